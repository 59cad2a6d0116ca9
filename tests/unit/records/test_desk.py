"""The desk's papers on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from warmline.records.database import Database
from warmline.records.desk import DeskStore, Wrapup
from warmline.records.schema import audit

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def wrapup(user_id: str = "u1", *, summary: str = "Sent again.", later_s: int = 0) -> Wrapup:
    return Wrapup(
        call_id="c1",
        user_id=user_id,
        disposition="solved",
        summary=summary,
        notes="%_'\" \u202e",
        fields={"order": "4527", "refund": 39.9, "items": [1, None, True]},
        first_contact_resolved=True,
        at=NOW + timedelta(seconds=later_s),
    )


@pytest.fixture
def desk(database: Database) -> DeskStore:
    return DeskStore(database)


async def test_a_wrapup_is_one_for_each_agent_of_a_call(desk: DeskStore) -> None:
    await desk.save_wrapup(wrapup())
    await desk.save_wrapup(wrapup("u2", later_s=1))
    again = wrapup(summary="Sent twice.", later_s=2)
    await desk.save_wrapup(again)
    assert await desk.wrapup("c1", "u1") == again
    assert [one.user_id for one in await desk.wrapups("c1")] == ["u2", "u1"]
    assert await desk.wrapup("c1", "u3") is None
    assert await desk.wrapups("c2") == []


async def test_a_wrapup_and_its_message_are_kept_together(desk: DeskStore) -> None:
    await desk.save_wrapup(wrapup(), post_to="https://crm.example/hook", body={"call": "c1"})
    (one,) = await desk.take_due(NOW)
    assert (one.url, one.body) == ("https://crm.example/hook", {"call": "c1"})


async def test_a_callback_is_done_by_one(desk: DeskStore) -> None:
    ids = [
        await desk.add_callback(call_id="c1", queue="q", number=n, caller="+1", at=NOW)
        for n in ("", "+2")
    ]
    assert [(one.id, one.number) for one in await desk.callbacks()] == [
        (ids[0], ""),
        (ids[1], "+2"),
    ]
    tries = await asyncio.gather(*(desk.done_callback(ids[0], f"u{n}", NOW) for n in range(10)))
    assert tries.count(True) == 1
    (left,) = await desk.callbacks()
    assert (left.id, left.requested_at, left.done_by) == (ids[1], NOW, None)
    assert not await desk.done_callback(999, "u", NOW)


# --- audit --------------------------------------------------------------------------------------


async def test_who_did_what_newest_first(desk: DeskStore) -> None:
    for number in range(5):
        await desk.audit("listen", user_id="u1", subject=f"c{number}", at=NOW)
    assert [one.id for one in await desk.audit_entries(limit=2)] == [5, 4]
    older = await desk.audit_entries(before=4)
    assert [(one.id, one.subject) for one in older] == [(3, "c2"), (2, "c1"), (1, "c0")]


async def test_many_at_once_make_one_chain(desk: DeskStore) -> None:
    odd = {"text": "ü\ud800\0", "list": (1, 2.5, None), "deep": {"é": [True]}}
    await asyncio.gather(
        *(desk.audit("act", user_id=f"u{n}\0", details=odd, at=NOW) for n in range(20))
    )
    verdict = await desk.verify()
    assert verdict.intact and verdict.entries == 20
    assert verdict.head == (await desk.audit_entries(limit=1))[0].hash
    assert (await desk.verify(known=verdict.head)).intact
    assert not (await desk.verify(known="0" * 64)).intact


async def test_an_empty_audit_is_intact(desk: DeskStore) -> None:
    assert (await desk.verify()).intact


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        (sa.update(audit).where(audit.c.id == 7).values(user_id="nobody"), 7),
        (sa.update(audit).where(audit.c.id == 2).values(details={}), 2),
        (sa.delete(audit).where(audit.c.id == 5), 6),
        (sa.delete(audit).where(audit.c.id <= 3), 4),
    ],
)
async def test_tampering_is_found(
    desk: DeskStore,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    tampering: sa.Executable,
    broken_at: int,
) -> None:
    monkeypatch.setattr("warmline.records.desk._AT_ONCE", 3)
    for number in range(8):
        await desk.audit("act", user_id="u1", details={"n": number}, at=NOW)
    await database.change(tampering)
    verdict = await desk.verify()
    assert (verdict.intact, verdict.broken_at) == (False, broken_at)


# --- webhooks -----------------------------------------------------------------------------------


async def test_each_message_is_taken_by_one_and_comes_back_after_its_lease(
    desk: DeskStore,
) -> None:
    ids = [await desk.add_delivery("https://x.example", [n], NOW) for n in range(5)]
    assert await desk.take_due(NOW - MINUTE) == []
    takes = await asyncio.gather(*(desk.take_due(NOW, limit=2, lease_s=60) for _ in range(4)))
    assert sorted(one.id for take in takes for one in take) == ids
    assert await desk.take_due(NOW + 0.9 * MINUTE) == []
    again = await desk.take_due(NOW + MINUTE)
    assert [(one.id, one.tries, one.body) for one in again] == [(n, 2, [n - 1]) for n in ids]


async def test_what_is_settled_is_not_sent_again(desk: DeskStore) -> None:
    done, later, never = [await desk.add_delivery("https://x.example", {}, NOW) for _ in range(3)]
    await desk.take_due(NOW)
    await desk.delivery_done(done, NOW)
    await desk.delivery_failed(later, "timeout", NOW + 5 * MINUTE)
    await desk.delivery_failed(never, "gone", None)
    assert await desk.take_due(NOW + 4 * MINUTE) == []
    (one,) = await desk.take_due(NOW + 60 * MINUTE)
    assert (one.id, one.error, one.tries) == (later, "timeout", 2)
