"""The record over HTTP, on a real store."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException

from warmline.events import (
    CallEnded,
    CallStarted,
    DigitPressed,
    Entry,
    Fact,
    TurnMeasured,
    UtteranceHeard,
)
from warmline.records.api import records_router
from warmline.records.store import Store

STARTED = CallStarted(door="socket", caller="+15550100", flow="order", flow_version="v1")


def call(store: Store, call_id: str, *facts: Fact) -> None:
    for seq, fact in enumerate([STARTED, *facts], start=1):
        store.append(Entry(call_id=call_id, seq=seq, at=seq - 1.0, fact=fact))


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(records_router(store))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://warmline") as client:
        yield client


async def test_pages_of_calls(store: Store, client: httpx.AsyncClient) -> None:
    for number in range(5):
        call(store, f"c{number}", CallEnded(reason="completed"))
    seen, query = list[str](), "?limit=2"
    while True:
        page = (await client.get(f"/api/calls{query}")).json()
        seen += [one["call_id"] for one in page["calls"]]
        if page["next"] is None:
            break
        query = f"?limit=2&before={page['next']}"
    assert sorted(seen) == [f"c{number}" for number in range(5)]
    every = (await client.get("/api/calls")).json()
    assert [one["call_id"] for one in every["calls"]] == seen
    assert every["next"] is None


async def test_one_call(store: Store, client: httpx.AsyncClient) -> None:
    call(store, "c1")
    found = (await client.get("/api/calls/c1")).json()
    assert found.pop("started_at").endswith("Z")
    assert found == {
        "call_id": "c1",
        "door": "socket",
        "caller": "+15550100",
        "flow": "order",
        "flow_version": "v1",
        "ended_at": None,
        "reason": None,
        "turns": 0,
        "timeline": [],
    }


async def test_the_waits_of_a_calls_turns(store: Store, client: httpx.AsyncClient) -> None:
    heard = UtteranceHeard(turn=1, text="yes", confidence=0.9, started_at=1.0, audio_at=1.5)
    measured = TurnMeasured(
        turn=1,
        endpoint_ms=200.0,
        transcript_ms=10.0,
        decision_ms=5.0,
        first_audio_ms=15.0,
        playout_ms=20.0,
        total_ms=250.0,
        expected="yes_no",
        ended="complete",
        because="a yes",
    )
    call(store, "c1", heard, measured, CallEnded(reason="completed"))
    (turn,) = (await client.get("/api/calls/c1")).json()["timeline"]
    assert turn == {
        "turn": 1,
        "at": 1.0,
        "text": "yes",
        "total_ms": 250.0,
        "waits_ms": {
            "endpoint": 200.0,
            "transcript": 10.0,
            "decision": 5.0,
            "fetch": 0.0,
            "first_audio": 15.0,
            "playout": 20.0,
            "network": 0.0,
        },
        "expected": "yes_no",
        "ended": "complete",
        "because": "a yes",
        "undone": 0,
    }


async def test_a_calls_events_from_a_number_on(store: Store, client: httpx.AsyncClient) -> None:
    call(store, "c1", DigitPressed(digit="4"), CallEnded(reason="completed"))
    page = (await client.get("/api/calls/c1/events?after=1")).json()
    assert page == {
        "call_id": "c1",
        "events": [
            {"seq": 2, "at": 1.0, "type": "DigitPressed", "digit": "4"},
            {"seq": 3, "at": 2.0, "type": "CallEnded", "reason": "completed"},
        ],
        "last_seq": 3,
    }
    rest = (await client.get("/api/calls/c1/events?after=3")).json()
    assert rest == {"call_id": "c1", "events": [], "last_seq": 3}


async def test_long_logs_come_whole_or_by_pages(store: Store, client: httpx.AsyncClient) -> None:
    call(store, "c1", *(DigitPressed(digit="1") for _ in range(2_499)))
    await store.flush(10)
    first = (await client.get("/api/calls/c1/events")).json()
    assert [e["seq"] for e in first["events"]] == list(range(1, 1001))
    rest = (await client.get("/api/calls/c1/events?after=1000&limit=10000")).json()
    assert [e["seq"] for e in rest["events"]] == list(range(1001, 2501))
    some = (await client.get("/api/calls/c1/events?after=5&limit=1500")).json()
    assert some["last_seq"] == 1505


@pytest.mark.parametrize(
    "path", ["/api/calls/nobody", "/api/calls/nobody/events", "/api/calls?before=nobody"]
)
async def test_unknown_calls_are_not_found(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert response.json() == {"detail": "There is no such call in the record."}


@pytest.mark.parametrize(
    "path",
    [
        "/api/calls?limit=0",
        "/api/calls?limit=1001",
        "/api/calls?limit=many",
        "/api/calls?before=",
        "/api/calls?before=a%00b",
        f"/api/calls/{'x' * 201}",
        "/api/calls/a%00b",
        "/api/calls/c1/events?after=-1",
        "/api/calls/c1/events?after=2147483648",
        "/api/calls/c1/events?limit=0",
        "/api/calls/c1/events?limit=10001",
    ],
)
async def test_bounds(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 422


async def test_a_record_that_cannot_be_read(store: Store, client: httpx.AsyncClient) -> None:
    await store.close()
    for path in ("/api/calls", "/api/calls/c1", "/api/calls/c1/events"):
        response = await client.get(path)
        assert response.status_code == 503
        assert response.json() == {"detail": "The record of the calls cannot be read now."}


async def test_whoever_may_not_ask_is_refused(store: Store) -> None:
    def nobody() -> None:
        raise HTTPException(401)

    app = FastAPI()
    app.include_router(records_router(store, [Depends(nobody)]))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://warmline") as client:
        for path in ("/api/calls", "/api/calls/c1", "/api/calls/c1/events"):
            assert (await client.get(path)).status_code == 401


async def test_the_description_names_what_is_answered(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    answers = {
        path: described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]["$ref"].rsplit("/")[-1]
        for path in described["paths"]
    }
    assert answers == {
        "/api/calls": "CallPage",
        "/api/calls/{call_id}": "CallDetail",
        "/api/calls/{call_id}/events": "EventPage",
    }
    event = described["components"]["schemas"]["Event"]
    assert event["required"] == ["seq", "at", "type"] and event["additionalProperties"] is True
