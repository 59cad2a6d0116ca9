"""`warmline explain`: from a server, from a database, and what it says when there is neither."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from warmline.cli.record import proof
from warmline.config import load
from warmline.events import (
    CallEnded,
    CallStarted,
    Entry,
    Fact,
    NodeEntered,
    SpeakingStarted,
    SpeechEnded,
    SpeechStarted,
    TurnMeasured,
    UtteranceHeard,
)
from warmline.records import codec
from warmline.records.store import Store

Command = Callable[..., Any]
Answer = Callable[[httpx.Request], httpx.Response]

STARTED = CallStarted(door="socket", caller="+15550100", flow="order", flow_version="v1")
FACTS: tuple[Fact, ...] = (
    STARTED,
    SpeechStarted(audio_at=1.0),
    SpeechEnded(turn=1, audio_at=2.0, reason="complete"),
    UtteranceHeard(turn=1, text="yes, please", confidence=0.9, started_at=1.0, audio_at=2.0),
    NodeEntered(node="confirm"),
    SpeakingStarted(say_id="s", node="confirm", text="••••"),
    TurnMeasured(
        turn=1,
        endpoint_ms=300.0,
        transcript_ms=12.5,
        decision_ms=0.0,
        first_audio_ms=20.0,
        total_ms=332.5,
        paused_ms=200.0,
        words_ms=280.0,
        undone=1,
    ),
    CallEnded(reason="completed"),
)


def log(call_id: str) -> list[Entry]:
    return [
        Entry(call_id=call_id, seq=seq, at=float(seq - 1), fact=fact)
        for seq, fact in enumerate(FACTS, 1)
    ]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a server that does not run: three calls, the newest is `b2`."""
    path = tmp_path / "record.db"
    monkeypatch.setenv("WARMLINE_RECORDS_DATABASE", str(path))
    monkeypatch.setenv("WARMLINE_SERVER_PORT", "1")  # nobody listens there

    async def fill() -> None:
        store = await Store.open(path)
        for call_id in ("a1", "b1", "b2"):
            for entry in log(call_id):
                store.append(entry)
            await store.flush(5)
            await asyncio.sleep(0.002)  # calls are in the order of their milliseconds
        await store.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """Requests are answered by this instead of a server."""

    def set_up(answer: Answer) -> None:
        client = partial(httpx.AsyncClient, transport=httpx.MockTransport(answer))
        monkeypatch.setattr("warmline.cli.record.httpx.AsyncClient", client)

    return set_up


def record(call_id: str) -> dict[str, Any]:
    return {
        **{"call_id": call_id, "started_at": "2026-11-22T09:12:00.000Z", "door": "socket"},
        **{"caller": "+15550100", "flow": "order", "flow_version": "v1", "turns": 1},
        **{"ended_at": None, "reason": None},
    }


def server(request: httpx.Request) -> httpx.Response:
    """Has the call `c1`, in two pages of events."""
    match request.url.path:
        case "/api/calls":
            return httpx.Response(200, json={"calls": [record("c1")], "next": None})
        case "/api/calls/c1/events":
            after = int(request.url.params["after"])
            events = [_event(entry) for entry in log("c1")][after:]
            return httpx.Response(200, json={"call_id": "c1", "events": events, "last_seq": 8})
        case _:
            return httpx.Response(404, json={"detail": "There is no such call in the record."})


def _event(entry: Entry) -> dict[str, Any]:
    type_, body = codec.encode(entry.fact)
    return {"seq": entry.seq, "at": entry.at, "type": type_, **body}


# --- what it tells -------------------------------------------------------------------------------


def test_a_call_of_a_database(warmline: Command, database: Path) -> None:
    done = warmline("explain", "last")
    assert (done.code, done.err) == (0, "")
    assert "call b2\n" in done.out
    assert "+15550100 by socket to order; ended: completed" in done.out
    assert "turns answered: 1, after 332 ms (median), 332 ms (longest)" in done.out
    assert "Before the first turn\n    0:00.0  a call by socket to the flow order" in done.out
    assert "Turn 1  0:01.0  “yes, please”" in done.out
    assert "answered after 332 ms (its end was taken back before: 1)" in done.out
    assert "pause noticed after 200, words known after 280" in done.out
    assert "    network            0 ms  not known by this door\n" in done.out
    assert "playout" not in done.out
    assert "    0:02.0  turn over: the answer was complete" in done.out
    assert "says “••••”" in done.out


def test_one_turn_as_json(warmline: Command, database: Path) -> None:
    told = json.loads(warmline("explain", "a1", "--turn", 1, "--json").out)
    assert (told["call_id"], told["reason"]) == ("a1", "completed")
    (turn,) = told["turns"]
    assert (turn["turn"], turn["heard"], turn["keys"]) == (1, "yes, please", "")
    assert turn["measured"]["endpoint_ms"] == 300.0
    assert turn["steps"][0] == {
        "seq": 3,
        "at": 2.0,
        "kind": "turn",
        "text": "turn over: the answer was complete, so a short silence was enough",
    }


@pytest.mark.parametrize("name", ["c1", "c", "last"])
def test_a_call_of_a_server(
    warmline: Command, answering: Callable[[Answer], None], name: str
) -> None:
    answering(server)
    done = warmline("explain", name, "--url", "http://127.0.0.1:8080")
    assert "call c1\n" in done.out and "“yes, please”" in done.out
    assert "ended: it goes on" in done.out


def test_long_logs_come_by_pages(
    warmline: Command, answering: Callable[[Answer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warmline.cli.record._PAGE", 3)

    def by_three(request: httpx.Request) -> httpx.Response:
        answer = server(request)
        if "events" not in request.url.path:
            return answer
        return httpx.Response(200, json={"events": answer.json()["events"][:3]})

    answering(by_three)
    told = json.loads(warmline("explain", "c1", "--json").out)
    assert [step["seq"] for turn in told["turns"] for step in turn["steps"]] == [1, 3, 4, 5, 6, 8]


def test_only_this_machine_is_shown_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_ACCOUNTS_API_KEY", "secret")
    assert proof(httpx.URL("http://127.0.0.1:8080"), load()) == {"Authorization": "Bearer secret"}
    assert proof(httpx.URL("https://voice.example.com"), load()) == {}


# --- what can be wrong ---------------------------------------------------------------------------


def test_neither_server_nor_record(
    refused: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WARMLINE_RECORDS_DATABASE", str(tmp_path / "none.db"))
    monkeypatch.setenv("WARMLINE_SERVER_PORT", "1")
    err = refused("explain", "last").err
    assert "none.db: there is no record yet" in err and "`warmline serve` starts one" in err


def test_no_server_at_the_given_address(refused: Command, database: Path) -> None:
    err = refused("explain", "b2", "--url", "http://127.0.0.1:1").err
    assert "http://127.0.0.1:1: no server answers; `warmline serve` starts one" in err


def test_no_such_call(refused: Command, database: Path) -> None:
    assert "nobody: there is no such call in the record" in refused("explain", "nobody").err
    assert "b: 2 calls begin like this; give more of the id" in refused("explain", "b").err
    assert "--turn 7: call b2 has no such turn" in refused("explain", "b2", "--turn", 7).err


def test_no_call_at_all(refused: Command, answering: Callable[[Answer], None]) -> None:
    def empty(request: httpx.Request) -> httpx.Response:
        known = request.url.path == "/api/calls"
        return httpx.Response(200 if known else 404, json={"calls": [], "next": None})

    answering(empty)
    assert "there is no call in the record yet" in refused("explain", "last").err
    assert "c9: there is no such call in the record" in refused("explain", "c9").err


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (401, {}, "the server does not show its record to us"),
        (503, {}, "the server did not give its record"),
        (404, {}, "the server did not give its record"),
        (200, {"hello": 1}, "is that its server?"),
        (200, {"calls": [{"call_id": "c1"}]}, "is that its server?"),
    ],
)
def test_a_server_that_does_not_tell(
    refused: Command,
    answering: Callable[[Answer], None],
    status: int,
    body: dict[str, Any],
    why: str,
) -> None:
    answering(lambda request: httpx.Response(status, json=body))
    assert why in refused("explain", "c1").err
