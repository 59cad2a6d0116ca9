"""Who must not get in, or not any more, and what strangers write: a real server and accounts."""

import json
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from unit.desk.pages import CALLER, TestDesk, Visitor, a_desk, heard
from unit.desk.test_api import ROLES, body_for
from warmline.desk.display import MAX_TEXT
from warmline.events import (
    AgentHeard,
    AgentJoined,
    Escalated,
    HintShown,
    SentimentChanged,
    SpeakingFinished,
    SpeakingStarted,
)
from warmline.pages.router import PAGES, pages_router
from warmline.ports.people import Wish

Json = dict[str, Any]
EVIL = "https://evil.example.com"
HOSTILE = (
    "<img src=x onerror=alert(1)>\N{RIGHT-TO-LEFT OVERRIDE}dne\N{ZERO WIDTH SPACE}\x1b[2J\x00"
    "\N{LINE SEPARATOR}\N{LEFT-TO-RIGHT ISOLATE}=HYPERLINK(1)"
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[TestDesk]:
    async with a_desk(tmp_path, serves=True) as desk:
        yield desk


async def offered(page: Any) -> str:
    while not (offer := (await page.next("floor"))["offer"]):
        pass
    return str(offer["offer"])


# --- D8 ------------------------------------------------------------------------------------------


async def signs_out(desk: TestDesk, visitor: Visitor) -> None:
    await visitor.ask("DELETE", "/api/session")


async def is_disabled(desk: TestDesk, visitor: Visitor) -> None:
    await desk.accounts.disable(visitor.user.user_id)


async def has_other_roles(desk: TestDesk, visitor: Visitor) -> None:
    await desk.accounts.change(visitor.user.user_id, {"roles": frozenset({"agent", "admin"})})


async def has_another_password(desk: TestDesk, visitor: Visitor) -> None:
    link = await desk.accounts.new_link(visitor.user.user_id)
    await desk.accounts.set_password(link, "quite another battery")


ENDS = [signs_out, is_disabled, has_other_roles, has_another_password]


@pytest.mark.parametrize("ends", ENDS)
async def test_a_session_that_ends_in_a_call(
    desk: TestDesk, ends: Callable[[TestDesk, Visitor], Awaitable[None]]
) -> None:
    """The page is closed, the caller is for somebody else, who listened hears no more."""
    anna, ben = await desk.user("anna", "agent", "supervisor"), await desk.user("ben", "agent")
    call, other = desk.call(), desk.call("c2")
    async with anna.page() as page, ben.page() as colleague:
        await colleague.next("floor")
        await ben.ask("POST", "/api/desk/presence", {"state": "away"})
        desk.waits(call)
        await anna.ask("POST", f"/api/desk/offers/{await offered(page)}/accept", {})
        await desk.attends(anna.user, call)
        await anna.ask("POST", "/api/wall/calls/c2/listen", {"mode": "listen"})
        await ben.ask("POST", "/api/desk/presence", {"state": "available"})
        await ends(desk, anna)
        assert await page.close_code() == 4401
        await offered(colleague)
    gone = ("dismiss", anna.user.user_id, "signed_out")
    assert gone in call.done and gone in other.done
    assert desk.office.role(anna.user.user_id, "c1") is None
    assert (await anna.ask("POST", "/api/desk/calls/c1/media", {})).status_code == 401


async def test_a_session_that_ends_while_its_page_is_opened(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never was at the desk: no caller waits for its answer."""
    anna = await desk.user("anna", "agent")
    serve = desk.live.serve

    async def slow(*given: Any) -> None:
        await desk.accounts.sign_out(anna.token)
        await serve(*given)

    monkeypatch.setattr(desk.live, "serve", slow)
    with pytest.raises(Exception, match="4401"):
        async with anna.page():
            pass
    assert desk.office.floor.agents == ()


# --- D9 ------------------------------------------------------------------------------------------

OF_A_CALL = [(method, path, roles) for method, path, roles in ROLES if "/calls/c1/" in path]


async def test_the_call_of_somebody_else_is_not_there(desk: TestDesk) -> None:
    """For every route that names a call: as one that never was. Its log shows no trace."""
    anna, ben = await desk.user("anna", "agent"), await desk.user("ben", "agent")
    desk.at_desk(anna.user)
    desk.at_desk(ben.user)
    call = desk.call()
    desk.waits(call)
    desk.office.accept(anna.user.user_id, "c1")
    entries, done = len(call.log.entries), list(call.done)
    for method, path, roles in OF_A_CALL:
        if "agent" not in roles:
            continue
        given = None if method == "GET" else body_for(path)
        answer = await ben.ask(method, path, given)
        never = await ben.ask(method, path.replace("/c1/", "/never/"), given)
        assert answer.status_code in (404, 409), f"{method} {path}: {answer.text}"
        assert "Anna" not in answer.text and CALLER not in answer.text
        if answer.status_code == 404:
            assert answer.json() == never.json()
    assert (len(call.log.entries), call.done) == (entries, done)


@pytest.mark.parametrize("after", [None, 0, 1, 999])
async def test_no_cursor_opens_the_call_of_somebody_else(desk: TestDesk, after: int | None) -> None:
    ben = await desk.user("ben", "agent")
    desk.call().log.add(heard(1, "my secret"))
    async with ben.page() as page:
        known = {} if after is None else {"after": after, "epoch": ben.hello["epoch"]}
        for call_id in ("c1", "never"):
            await page.send(type="watch", call=call_id, **known)
            assert (await page.next("error", "call", "snapshot"))["code"] == 404


# --- D10 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"X-Warmline-CSRF": ""},
        {"X-Warmline-CSRF": "guess"},
    ],
)
async def test_a_foreign_page_accepts_and_does_nothing(
    desk: TestDesk, headers: dict[str, str]
) -> None:
    anna = await desk.user("anna", "agent", "supervisor")
    call = desk.call()
    desk.at_desk(anna.user)
    desk.waits(call)
    offer = desk.office.floor.offer(anna.user.user_id)
    assert offer is not None
    for method, path, _ in ROLES:
        if method == "GET":
            continue
        path = path.replace("c1.1", offer.offer_id)
        answer = await anna.ask(method, path, body_for(path), headers=headers)
        assert answer.status_code == 403, f"{method} {path}"
    still = desk.office.floor.offer(anna.user.user_id)
    assert still is not None and still.offer_id == offer.offer_id
    assert desk.office.floor.assignment(anna.user.user_id) is None
    assert not call.done


@pytest.mark.parametrize("path", sorted(PAGES))
def test_no_page_can_be_framed_by_another(path: str) -> None:
    app = FastAPI()
    app.include_router(pages_router(dict))
    headers = TestClient(app).get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


# --- D11 -----------------------------------------------------------------------------------------


def strings(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for part in value.values() for text in strings(part)]
        case list():
            return [text for part in value for text in strings(part)]
        case _:
            return []


def harmless(text: str) -> bool:
    """Nothing in it moves, hides or colours other text."""
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") for c in text)


@pytest.mark.parametrize("size", [1, 1_000_000])
async def test_what_strangers_say_is_shown_as_it_is_and_moves_nothing(
    desk: TestDesk, size: int
) -> None:
    evil = HOSTILE + "x" * size
    anna = await desk.user("anna", "agent")
    call = desk.call()
    async with anna.page() as page:
        wish = Wish(call_id="c1", caller=CALLER, flow="orders", queue="orders", reason="asked")
        desk.office.waits(wish, call)
        offer = await offered(page)
        await page.send(type="watch", call="c1")
        await page.next("snapshot")
        begun = len(call.log.entries)
        call.log.add(
            heard(1, evil),
            SpeakingStarted(say_id="s1", node="n", text=evil),
            SpeakingFinished(say_id="s1", text=evil, played_s=1.0, interrupted=False),
            Escalated(queue="orders", reason="asked", why=evil),
            AgentJoined(agent="u9", name=evil, role="agent"),
            AgentHeard(agent="u9", turn=1, text=evil, confidence=0.9, started_at=1, audio_at=2),
            SentimentChanged(turn=1, mood=0.0, reasons=(evil,)),
            HintShown(hint="h1", rule="r", kind="rule", title=evil, text=evil, source=evil),
        )  # fmt: skip
        for seq in range(begun + 1, begun + 9):
            raw = json.dumps(message := await page.next("call"))
            assert message["seq"] == seq
            assert len(raw) < 8 * MAX_TEXT
            assert all(map(harmless, strings(message)))
        await anna.ask("POST", f"/api/desk/offers/{offer}/accept", {})
        await desk.attends(anna.user, call)
        note = {"queue": "billing", "note": evil[:200]}
        await anna.ask("POST", "/api/desk/calls/c1/transfer", note)
        why = ""
        while not why:  # the floors from before are on their way too
            why = next((one["why"] for one in (await page.next("floor"))["waiting"]), "")
        assert why.startswith("<img src=x") and harmless(why)
        await page.send(type="unwatch", call="c1")
        await page.send(type="watch", call="c1")
        view = await page.next("snapshot")
        assert all(map(harmless, strings(view)))
        assert any("<img src=x onerror=alert(1)>" in text for text in strings(view))
