"""What agents wrote about a call, over HTTP, on a real database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException

from warmline.records.database import Database
from warmline.records.desk import DeskStore, Wrapup
from warmline.records.outcome import outcome_router

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def app_of(database: Database, *dependencies: object) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(outcome_router(DeskStore(database), dependencies))
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://warmline")


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with app_of(database) as client:
        yield client


async def test_what_was_written(database: Database, client: httpx.AsyncClient) -> None:
    wrapup = Wrapup(
        call_id="c1",
        user_id="u1",
        disposition="solved",
        summary="<b>Sent</b>",
        fields={"order": "4527", "refund": 39.9},
        at=NOW,
    )
    await DeskStore(database).save_wrapup(wrapup)
    response = await client.get("/api/calls/c1/wrapups")
    assert response.json() == {
        "wrapups": [
            {
                **{"user_id": "u1", "at": "2026-03-01T12:00:00.250000Z", "disposition": "solved"},
                **{"summary": "<b>Sent</b>", "notes": "", "first_contact_resolved": None},
                "fields": {"order": "4527", "refund": 39.9},
            }
        ]
    }


async def test_of_other_calls_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/calls/c9/wrapups")).json() == {"wrapups": []}
    assert (await client.get("/api/calls/%20/wrapups")).status_code == 422


async def test_only_for_who_may(database: Database) -> None:
    def nobody() -> None:
        raise HTTPException(403)

    async with app_of(database, Depends(nobody)) as client:
        assert (await client.get("/api/calls/c1/wrapups")).status_code == 403


async def test_a_database_that_cannot_be_read(
    database: Database, client: httpx.AsyncClient
) -> None:
    await database.close()
    assert (await client.get("/api/calls/c1/wrapups")).status_code == 503
