"""The agents' routes: who may, what happens in the call, one acceptor of fifty."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from unit.accounts.people import eventually
from unit.desk.pages import CALLER, FakeCall, TestDesk, Visitor, a_desk, heard
from warmline.assist.draft import DraftSentence, SecondDraft
from warmline.events import (
    CallbackRequested,
    CallEnded,
    Entry,
    HintClosed,
    HintShown,
)
from warmline.records import StoreError


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[TestDesk]:
    async with a_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
async def anna(desk: TestDesk) -> Visitor:
    return await desk.user("anna", "agent")


async def has_call(desk: TestDesk, visitor: Visitor, call_id: str = "c1") -> FakeCall:
    """An agent to whom a caller was given; their audio is not there yet."""
    desk.at_desk(visitor.user)
    call = desk.call(call_id)
    desk.waits(call)
    offer = desk.office.floor.offer(visitor.user.user_id)
    assert offer is not None
    answer = await visitor.ask("POST", f"/api/desk/offers/{offer.offer_id}/accept", {})
    assert answer.status_code == 200
    return call


async def talks(desk: TestDesk, visitor: Visitor) -> FakeCall:
    call = await has_call(desk, visitor)
    await desk.attends(visitor.user, call)
    await asyncio.sleep(0)
    return call


# --- who may -----------------------------------------------------------------------------------

BODIES: dict[str, Any] = {
    "presence": {"state": "away"},
    "mute": {"on": True},
    "hold": {"on": True},
    "transfer": {"queue": "billing"},
    "consult": {"agent": "u2"},
    "handback": {"node": "survey"},
    "hints/h1": {"outcome": "used"},
    "wrapup": {"disposition": "solved"},
    "listen": {"mode": "listen"},
}
AGENTS = [
    ("POST", "/api/desk/presence"),
    ("POST", "/api/desk/offers/c1.1/accept"),
    ("POST", "/api/desk/offers/c1.1/decline"),
    *(("POST", f"/api/desk/calls/c1/{what}") for what in ("hold", "transfer", "consult")),
    *(("POST", f"/api/desk/calls/c1/{what}") for what in ("handback", "hangup", "hints/h1")),
    ("GET", "/api/desk/calls/c1/wrapup"),
    ("GET", "/api/desk/calls/c1/wrapup/second"),
    ("POST", "/api/desk/calls/c1/wrapup"),
]
BOTH = [
    *(("POST", f"/api/desk/calls/c1/{what}") for what in ("media", "mute", "again")),
    *(("GET", f"/api/desk/calls/c1/{what}") for what in ("packet", "earlier")),
    ("GET", "/api/desk/calls/c1/clip?begin=0&end=1"),
    ("GET", "/api/desk/callbacks"),
    ("POST", "/api/desk/callbacks/1/done"),
]
SUPERVISORS = [
    ("POST", "/api/wall/calls/c1/listen"),
    ("DELETE", "/api/wall/calls/c1/listen"),
    ("GET", "/api/wall/stats"),
    ("GET", "/api/history"),
    ("GET", "/api/calls/c1/audio"),
]
ROLES = [
    *((*route, {"agent"}) for route in AGENTS),
    *((*route, {"agent", "supervisor"}) for route in BOTH),
    *((*route, {"supervisor"}) for route in SUPERVISORS),
]


def body_for(path: str) -> Any:
    return next((body for end, body in BODIES.items() if path.endswith(end)), {})


async def test_the_table_of_roles(desk: TestDesk) -> None:
    everybody = {role: await desk.user(role, role) for role in ("agent", "supervisor", "admin")}
    for method, path, allowed in ROLES:
        body = None if method == "GET" else body_for(path)
        for role, visitor in everybody.items():
            status = (await visitor.ask(method, path, body)).status_code
            assert (status != 403) == (role in allowed), f"{role} {method} {path}: {status}"
            assert status < 500
        stranger = Visitor(desk, everybody["agent"].user, type("No", (), {"token": "", "csrf": ""}))
        assert (await stranger.ask(method, path, body)).status_code == 401


async def test_every_route_is_in_the_table(desk: TestDesk) -> None:
    described = desk.app.openapi()["paths"]
    ours = {
        (method.upper(), path)
        for path, methods in described.items()
        for method in methods
        if path.startswith(("/api/desk", "/api/wall", "/api/history", "/api/calls"))
    }
    assert len(ours) == len(ROLES)


async def test_only_pages_of_ours_change_anything(desk: TestDesk, anna: Visitor) -> None:
    desk.at_desk(anna.user)
    body = {"state": "away"}
    for headers in (
        {"X-Warmline-CSRF": "guess"},
        {"Origin": "https://evil.example.com"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = await anna.ask("POST", "/api/desk/presence", body, headers=headers)
        assert answer.status_code == 403
    assert (await anna.ask("POST", "/api/desk/presence", body)).status_code == 204
    assert desk.office.floor.agents[0].state == "away"


# --- offers --------------------------------------------------------------------------------------


async def test_fifty_accept_at_once_and_one_has_it(tmp_path: Path) -> None:
    async with a_desk(tmp_path, serves=True) as desk:
        agents = [await desk.user(f"agent{number}", "agent") for number in range(10)]
        for agent in agents:
            desk.at_desk(agent.user)
        call = desk.call()
        desk.waits(call)
        answers = await asyncio.gather(
            *(agents[n % 10].ask("POST", "/api/desk/offers/c1/accept", {}) for n in range(50))
        )
        (winner,) = {a.json()["media_token"] for a in answers if a.status_code == 200}
        name = next(a.user.name for a in agents if winner.startswith(a.user.user_id))
        # The one who has it may ask again and gets the same: a lost answer costs no call.
        told = Counter((a.status_code, a.json().get("taken_by")) for a in answers)
        assert told == {(200, None): 5, (409, name): 45}


async def test_one_200_and_49_times_409(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        agents = [await desk.user(f"agent{number}", "agent") for number in range(50)]
        for agent in agents:
            desk.at_desk(agent.user)
        desk.waits(desk.call())
        answers = await asyncio.gather(
            *(agent.ask("POST", "/api/desk/offers/c1/accept", {}) for agent in agents)
        )
        taken = Counter(answer.status_code for answer in answers)
        assert taken == {200: 1, 409: 49}
        (winner,) = (n for n, answer in enumerate(answers) if answer.status_code == 200)
        names = {a.json()["taken_by"] for a in answers if a.status_code == 409}
        assert names == {agents[winner].user.name}
        assert len(desk.office.floor.assignments) == 1


async def test_an_offer_that_is_over(desk: TestDesk, anna: Visitor) -> None:
    desk.at_desk(anna.user)
    desk.waits(desk.call())
    offer = desk.office.floor.offer(anna.user.user_id)
    assert offer is not None
    path = f"/api/desk/offers/{offer.offer_id}"
    assert (await anna.ask("POST", f"{path}/decline", {})).status_code == 204
    answer = await anna.ask("POST", f"{path}/accept", {})
    assert answer.status_code == 410 and answer.json()["detail"]


# --- in a call -----------------------------------------------------------------------------------


async def test_what_an_agent_does_reaches_the_call(desk: TestDesk, anna: Visitor) -> None:
    call = await talks(desk, anna)
    call.log.add(
        HintShown(hint="h1", rule="refund", kind="rule", title="", text="", source="hints.yaml")
    )
    await asyncio.sleep(0)
    me = anna.user.user_id
    for what, body in [
        ("mute", {"on": True}),
        ("hold", {"on": True}),
        ("hints/h1", {"outcome": "used"}),
    ]:
        answer = await anna.ask("POST", f"/api/desk/calls/c1/{what}", body)
        assert answer.status_code == 204, answer.text
    assert (await anna.ask("POST", "/api/desk/calls/c1/again", {})).json() == {"seconds": 1.5}
    media = (await anna.ask("POST", "/api/desk/calls/c1/media", {})).json()
    assert media["media_token"] == f"{me}/c1/agent"
    assert media["ice_servers"] == [{"urls": "stun:stun.example.com"}]
    assert call.done == [("mute", me, True), ("hold", True, me), ("again", me)]
    assert call.log.entries[-1].fact == HintClosed(hint="h1", rule="refund", outcome="used")
    assert (await anna.ask("POST", "/api/desk/calls/c1/hangup", {})).status_code == 204
    assert call.done[-1] == ("hang_up", me)


async def test_what_cannot_be_done_says_why(desk: TestDesk, anna: Visitor) -> None:
    await talks(desk, anna)
    for what, body, status in [
        ("hints/unknown", {"outcome": "used"}, 409),
        ("handback", {"node": "nowhere"}, 409),
        ("transfer", {}, 409),
        ("consult", {"agent": "nobody"}, 409),
        ("hold", {"on": "perhaps"}, 422),
        ("transfer", {"queue": "x" * 201}, 422),
        ("hold", {"on": True, "more": 1}, 422),
    ]:
        answer = await anna.ask("POST", f"/api/desk/calls/c1/{what}", body)
        assert answer.status_code == status, (what, answer.text)
        assert answer.json()["detail"]


async def test_a_call_of_somebody_else(desk: TestDesk, anna: Visitor) -> None:
    call = await talks(desk, anna)
    ben = await desk.user("ben", "agent")
    desk.at_desk(ben.user)
    for method, path, _ in [*((*r, 0) for r in AGENTS), *((*r, 0) for r in BOTH)]:
        if "/calls/c1/" not in path:
            continue
        answer = await ben.ask(method, path, None if method == "GET" else body_for(path))
        assert answer.status_code in (404, 409), (path, answer.text)
    assert call.done == []


async def test_the_packet_is_for_those_who_are_offered_the_call(
    desk: TestDesk, anna: Visitor
) -> None:
    call = desk.call()
    call.log.add(heard(1, "hello"))
    path = "/api/desk/calls/c1/packet"
    assert (await anna.ask("GET", path)).status_code == 404
    desk.at_desk(anna.user)
    desk.waits(call)
    assert (await anna.ask("GET", path)).json()["told"] == 1


async def test_the_packet_as_it_was(desk: TestDesk, anna: Visitor) -> None:
    call = await talks(desk, anna)
    sam = await desk.user("sam", "supervisor")
    handover = call.log.add(heard(1, "one"), heard(2, "two")).seq
    call.log.add(heard(3, "three"))
    await asyncio.sleep(0)
    path = "/api/desk/calls/c1/packet"

    async def told() -> list[int]:
        numbers = (handover - 1, handover, handover + 1, 10_000)
        answers = [await sam.ask("GET", f"{path}?seq={seq}") for seq in numbers]
        return [answer.json()["told"] for answer in (*answers, await sam.ask("GET", path))]

    assert await told() == [1, 2, 3, 3, 3]
    desk.panels._rooms.clear()  # as some minutes after its end
    assert await told() == [1, 2, 3, 3, 3]
    assert (await anna.ask("GET", f"{path}?seq={handover}")).json()["told"] == 2
    for seq in ("0", "-1", "x", str(2**31)):
        assert (await sam.ask("GET", f"{path}?seq={seq}")).status_code == 422
    assert (await sam.ask("GET", "/api/desk/calls/c9/packet?seq=1")).status_code == 404


async def test_a_moment_once_more(desk: TestDesk, anna: Visitor) -> None:
    call = await talks(desk, anna)
    sam = await desk.user("sam", "supervisor")
    path = "/api/desk/calls/c1/clip"
    answer = await anna.ask("GET", f"{path}?begin=1&end=2.5")
    assert (answer.content, answer.headers["content-type"]) == (b"RIFF", "audio/wav")
    assert call.done == [("clip", 0.85, 2.65)]
    assert desk.audit.actions == []
    assert (await sam.ask("GET", f"{path}?begin=0&end=1")).status_code == 200
    assert desk.audit.actions == ["listen_to_clip"]
    for query in ("begin=2&end=1", "begin=-1&end=1", "begin=0&end=61", "begin=nan&end=1"):
        assert (await anna.ask("GET", f"{path}?{query}")).status_code == 409
    call.sound = b""
    assert (await anna.ask("GET", f"{path}?begin=0&end=1")).status_code == 409


# --- papers --------------------------------------------------------------------------------------


async def test_a_wrap_up(desk: TestDesk, anna: Visitor) -> None:
    call = await talks(desk, anna)
    call.log.add(heard(1, "4527"), heard(2, "4528"))
    path = "/api/desk/calls/c1/wrapup"
    draft = (await anna.ask("GET", path)).json()
    assert draft == {
        "summary": "The caller spoke 2 times.",
        "dispositions": ["solved", "other"],
        "fields": {"order": "4528", "colour": ""},
        "second": False,
    }
    assert (await anna.ask("GET", f"{path}/second")).status_code == 204, "nobody drafts it"
    desk.office.hang_up(anna.user.user_id, "c1")
    call.log.add(CallEnded(reason="completed"))
    assert desk.office.floor.agents[0].state == "wrap_up"
    body = {"disposition": "solved", "summary": "Done.", "notes": "n", "fields": {"order": "9"}}
    assert (await anna.ask("POST", path, body | {"resolved": True})).status_code == 204
    assert desk.office.floor.agents[0].state == "available"
    kept = await desk.desk_store.wrapup("c1", anna.user.user_id)
    assert kept is not None
    assert (kept.summary, kept.fields, kept.first_contact_resolved) == (
        "Done.", {"order": "9"}, True,
    )  # fmt: skip
    assert desk.posted == ["due"]
    (delivery,) = await desk.desk_store.take_due(kept.at)
    assert delivery.url == "http://127.0.0.1:9/crm"
    assert (delivery.body["caller"], delivery.body["fields"]) == (CALLER, {"order": "9"})
    # Later than the time for it, from the record alone: nobody's words are lost.
    desk.panels._rooms.clear()
    assert (await anna.ask("GET", path)).json()["summary"] == "Done."
    assert (await anna.ask("POST", path, {"disposition": "other"})).status_code == 204


@pytest.mark.parametrize("found", [True, False])
async def test_a_second_draft(tmp_path: Path, found: bool) -> None:
    asked: list[Sequence[Entry]] = []
    texts = ("It was two orders.", "One is open.")
    sentences = [DraftSentence(text=text, lines=(1, 2), evidence=(4, 5)) for text in texts]

    async def second(entries: Sequence[Entry]) -> SecondDraft | None:
        asked.append(entries)
        return SecondDraft(sentences=tuple(sentences), dropped=()) if found else None

    async with a_desk(tmp_path, second=second) as desk:
        anna = await desk.user("anna", "agent")
        call = await talks(desk, anna)
        call.log.add(heard(1, "4527"), heard(2, "4528"))
        path = "/api/desk/calls/c1/wrapup"
        draft = (await anna.ask("GET", path)).json()
        assert (draft["summary"], draft["second"]) == ("The caller spoke 2 times.", True)
        assert asked == [], "the first draft waits for nobody"
        answer = await anna.ask("GET", f"{path}/second")
        assert asked == [tuple(call.log.entries)]
        if found:
            lines = [{"text": text, "lines": [4, 5]} for text in texts]
            assert answer.json() == {"text": " ".join(texts), "sentences": lines}
        else:
            assert (answer.status_code, answer.content) == (204, b"")
        await anna.ask("POST", path, {"disposition": "solved", "summary": "Mine."})
        draft = (await anna.ask("GET", path)).json()
        assert (draft["summary"], draft["second"]) == ("Mine.", False)
        assert (await anna.ask("GET", f"{path}/second")).status_code == 204, "too late"
        assert len(asked) == 1


async def test_a_wrap_up_that_cannot_be_kept(
    desk: TestDesk, anna: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talks(desk, anna)

    async def away(*_: object, **__: object) -> None:
        raise StoreError("record.db: cannot be written (SQLITE_FULL)")

    monkeypatch.setattr(desk.desk_store, "save_wrapup", away)
    answer = await anna.ask("POST", "/api/desk/calls/c1/wrapup", {"disposition": "solved"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "record.db" not in answer.text
    assert desk.posted == []


async def test_earlier_calls_of_the_same_number(desk: TestDesk, anna: Visitor) -> None:
    for number in range(3):
        desk.call(f"old{number}").log.add(heard(1, "hello"), CallEnded(reason="completed"))
        await asyncio.sleep(0.002)  # calls are told apart by milliseconds
    call = await talks(desk, anna)
    await desk.store.flush()
    found = (await anna.ask("GET", f"/api/desk/calls/{call.call_id}/earlier")).json()["calls"]
    assert {one["call_id"] for one in found} == {"old0", "old1", "old2"}
    assert {"started_at", "flow", "disposition", "summary"} <= found[0].keys()


async def _any(some: Sequence[object]) -> bool:
    return bool(some)


async def test_call_backs(desk: TestDesk, anna: Visitor) -> None:
    desk.call().log.add(CallbackRequested(queue="orders", number="+15550199"))
    await eventually(lambda: _any(desk.callbacks.open))
    (one,) = (await anna.ask("GET", "/api/desk/callbacks")).json()["callbacks"]
    assert (one["number"], one["caller"]) == ("+15550199", CALLER)
    path = f"/api/desk/callbacks/{one['id']}/done"
    answers = await asyncio.gather(*(anna.ask("POST", path, {}) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404, 404]


# --- supervisors ---------------------------------------------------------------------------------


async def test_listening_in_is_written_down_first(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = await desk.user("sam", "supervisor")
    path = "/api/wall/calls/c1/listen"
    assert (await sam.ask("POST", path, {"mode": "listen"})).status_code == 404
    desk.call()
    media = await sam.ask("POST", path, {"mode": "whisper"})
    assert media.json()["media_token"] == f"{sam.user.user_id}/c1/whisper"
    assert desk.audit.lines == [("whisper", sam.user.user_id, "c1", {})]
    assert desk.office.role(sam.user.user_id, "c1") == "whisper"
    assert (await sam.ask("POST", "/api/desk/calls/c1/mute", {"on": True})).status_code == 204
    assert (await sam.ask("DELETE", path)).status_code == 204
    assert desk.office.role(sam.user.user_id, "c1") is None
    assert (await sam.ask("POST", path, {"mode": "agent"})).status_code == 422


async def test_history_and_figures(desk: TestDesk) -> None:
    sam = await desk.user("sam", "supervisor")
    for number in range(3):
        desk.call(f"c{number}").log.add(
            heard(1, f"my parcel {number}"), CallEnded(reason="completed")
        )
    await desk.store.flush()
    page = (await sam.ask("GET", "/api/history?limit=2")).json()
    assert len(page["calls"]) == 2
    rest = (await sam.ask("GET", f"/api/history?limit=2&before={page['next']}")).json()
    assert len(rest["calls"]) == 1 and rest["next"] is None
    (found,) = (await sam.ask("GET", "/api/history?q=parcel 1")).json()["calls"]
    assert found["lines"][0]["snippet"]
    assert desk.audit.actions == ["search"]
    stats = (await sam.ask("GET", "/api/wall/stats?hours=1")).json()
    assert stats["total"]["calls"] == 3
    assert stats["hours"][0]["calls"] == 3
    assert (await sam.ask("GET", "/api/wall/stats?hours=0")).status_code == 422


async def test_recordings_come_by_parts(tmp_path: Path) -> None:
    file = tmp_path / "c1.flac"
    file.write_bytes(b"fLaC" + bytes(100))
    async with a_desk(tmp_path, recording=file) as desk:
        sam = await desk.user("sam", "supervisor")
        whole = await sam.ask("GET", "/api/calls/c1/audio")
        assert (whole.headers["content-type"], len(whole.content)) == ("audio/flac", 104)
        part = await sam.ask("GET", "/api/calls/c1/audio", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, bytes(4))
        assert desk.audit.actions == ["play"], "once, not for each part"


async def test_a_call_without_a_recording(desk: TestDesk) -> None:
    sam = await desk.user("sam", "supervisor")
    assert (await sam.ask("GET", "/api/calls/c1/audio")).status_code == 404
    assert desk.audit.actions == []
