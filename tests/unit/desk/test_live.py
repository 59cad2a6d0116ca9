"""Pages over a real server on the loopback: who gets in, what they see, when they are closed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from unit.desk.pages import TestDesk, Visitor, a_desk, heard
from warmline.events import (
    CallbackRequested,
    CallEnded,
    Escalated,
    PartialTranscript,
    SentimentChanged,
)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[TestDesk]:
    async with a_desk(tmp_path, serves=True) as desk:
        yield desk


async def test_a_page_is_greeted_and_told_of_the_floor(desk: TestDesk) -> None:
    anna = await desk.user("anna", "agent")
    async with anna.page() as page:
        assert anna.hello["epoch"] == desk.live.epoch
        assert anna.hello["user"]["name"] == "Anna"
        floor = await page.next("floor")
        assert (floor["controls"], floor["offer"], floor["assignment"]) == (True, None, None)
        assert [agent["name"] for agent in floor["agents"]] == ["Anna"]


async def test_a_call_from_the_first_ring_to_the_agents_screen(desk: TestDesk) -> None:
    anna = await desk.user("anna", "agent")
    call = desk.call()
    async with anna.page() as page:
        await page.send(type="watch", call="c1")
        assert (await page.next("error"))["code"] == 404, "nobody has offered it"
        call.log.add(heard(1, "I was charged twice"), Escalated(queue="orders", reason="asked"))
        desk.waits(call)
        while (offer := (await page.next("floor"))["offer"]) is None:
            pass
        assert (offer["call_id"], offer["packet"]["told"]) == ("c1", 1)
        await page.send(type="watch", call="c1")
        snapshot = await page.next("snapshot")
        assert "I was charged twice" in json.dumps(snapshot["view"])
        answer = await anna.ask("POST", f"/api/desk/offers/{offer['offer']}/accept", {})
        assert answer.json()["media_token"] == f"{anna.user.user_id}/c1/agent"
        while (has := (await page.next("floor"))["assignment"]) is None:
            pass
        assert (has["call_id"], has["state"]) == ("c1", "connecting")
        call.log.add(PartialTranscript(turn=2, stable="so", unstable="now", audio_at=9.0))
        while (message := await page.next("call"))["seq"] < len(call.log.entries):
            pass
        assert message["changes"][0]["unstable"] == "now"


async def test_only_ones_own_calls(desk: TestDesk) -> None:
    anna, sam = await desk.user("anna", "agent"), await desk.user("sam", "supervisor")
    call = desk.call()
    async with anna.page() as page, sam.page("?page=wall") as wall:
        await wall.send(type="watch", call="c1")
        assert (await wall.next("snapshot"))["seq"] == 1
        await page.send(type="watch", call="c1")
        assert (await page.next("error"))["code"] == 404
        desk.waits(call)  # offered to Anna
        while not (await page.next("floor"))["offer"]:
            pass
        await page.send(type="watch", call="c1")
        await page.next("snapshot")
        call.log.add(CallEnded(reason="caller_hung_up"))
        assert (await page.next("end"))["call"] == "c1"
        assert (await wall.next("end"))["call"] == "c1"


async def test_ten_seconds_away(desk: TestDesk) -> None:
    sam = await desk.user("sam", "supervisor")
    call = desk.call()
    async with sam.page() as page:
        await page.send(type="watch", call="c1")
        assert (await page.next("snapshot"))["seq"] == 1
    for turn in range(1, 100):
        call.log.add(heard(turn, f"sentence {turn}"))
    async with sam.page() as page:
        await page.send(type="watch", call="c1", after=1, epoch=sam.hello["epoch"])
        for seq in range(2, 101):
            message = await page.next("call", "snapshot")
            assert (message["type"], message["seq"]) == ("call", seq)
        call.log.add(heard(100, "and live again"))
        assert (await page.next("call"))["seq"] == 101


async def test_a_server_that_was_started_anew(desk: TestDesk) -> None:
    sam = await desk.user("sam", "supervisor")
    desk.call()
    async with sam.page() as page:
        await page.send(type="watch", call="c1", after=40, epoch="of yesterday")
        assert (await page.next("reset", "snapshot"))["epoch"] == desk.live.epoch
        assert (await page.next("snapshot"))["seq"] == 1


async def test_a_call_of_the_record(desk: TestDesk) -> None:
    sam = await desk.user("sam", "supervisor")
    desk.call().log.add(heard(1, "hello"), CallEnded(reason="completed"))
    desk.panels.room("c1")
    await asyncio.sleep(0)
    desk.panels._rooms.clear()  # as after some minutes
    async with sam.page() as page:
        await page.send(type="watch", call="c1")
        assert (await page.next("snapshot"))["seq"] == 3
        await page.next("end")
        await page.send(type="watch", call="c9")
        assert (await page.next("error"))["call"] == "c9"
    assert desk.audit.lines == [("view", sam.user.user_id, "c1", {})]


@pytest.mark.parametrize("how", ["sign_out", "disable"])
async def test_signed_out_is_out(desk: TestDesk, how: str) -> None:
    anna = await desk.user("anna", "agent")
    call = desk.call()
    async with anna.page() as page:
        desk.waits(call)
        while not (offer := (await page.next("floor"))["offer"]):
            pass
        desk.office.accept(anna.user.user_id, offer["offer"])
        if how == "sign_out":
            await anna.ask("DELETE", "/api/session")
        else:
            await desk.accounts.disable(anna.user.user_id)
        assert await page.close_code() == 4401
    floor = desk.office.floor
    assert [caller.call_id for caller in floor.waiting] == ["c1"], "the call is for others"
    assert floor.assignment(anna.user.user_id) is None
    with pytest.raises(InvalidStatus, match="403"):
        async with anna.page():
            pass


async def test_one_of_two_sessions_ends(desk: TestDesk) -> None:
    first = await desk.user("anna", "agent")
    second = await desk.user("anna", "agent")
    async with first.page() as old, second.page() as new:
        await first.ask("DELETE", "/api/session")
        assert await old.close_code() == 4401
        await new.send(type="ping")
        await new.next("pong")
        assert desk.office.floor.agents[0].state == "available"


async def test_both_sessions_end_at_once(desk: TestDesk) -> None:
    first = await desk.user("anna", "agent")
    second = await desk.user("anna", "agent")
    async with first.page() as one, second.page() as other:
        await desk.accounts.disable(first.user.user_id)
        assert await one.close_code() == await other.close_code() == 4401
    assert desk.office.floor.agents == ()


async def test_the_newest_page_has_the_controls(desk: TestDesk) -> None:
    anna = await desk.user("anna", "agent")
    async with anna.page() as old:
        assert (await old.next("floor"))["controls"]
        async with anna.page() as new:
            assert (await new.next("floor"))["controls"]
            while (await old.next("floor"))["controls"]:
                pass
        while not (await old.next("floor"))["controls"]:
            pass


async def test_a_wall_takes_no_calls(desk: TestDesk) -> None:
    both = await desk.user("both", "agent", "supervisor")
    async with both.page("?page=wall") as wall:
        floor = await wall.next("floor")
        assert (floor["controls"], floor["agents"]) == (False, [])


@pytest.mark.parametrize("text", ["{", '{"type":"watch","call":"c1","after":-1}', b"binary"])
async def test_bad_messages(desk: TestDesk, text: str | bytes) -> None:
    sam = await desk.user("sam", "supervisor")
    async with sam.page() as page:
        await page.connection.send(text)
        assert (await page.next("error"))["code"] == 400
        assert await page.close_code() == 4400


async def refused(desk: TestDesk, visitor: Visitor, **options: object) -> int:
    address = desk.url.replace("http", "ws") + "/api/live"
    cookie = {"Cookie": f"warmline={visitor.token}"}
    given = {"origin": Origin(desk.url), "additional_headers": cookie} | options
    with pytest.raises(InvalidStatus) as raised:
        await connect(address, **given)  # type: ignore[arg-type]
    return raised.value.response.status_code


async def test_strangers_stay_outside(desk: TestDesk) -> None:
    sam, admin = await desk.user("sam", "supervisor"), await desk.user("root", "admin")
    assert await refused(desk, sam, origin=Origin("https://evil.example.com")) == 403
    assert await refused(desk, sam, origin=None) == 403
    assert await refused(desk, sam, additional_headers={}) == 403
    assert await refused(desk, admin) == 403, "admins see no calls"


async def test_how_long_it_took_to_the_screen(desk: TestDesk) -> None:
    sam = await desk.user("sam", "supervisor")
    call = desk.call()
    async with sam.page() as page:
        await page.send(type="watch", call="c1")
        await page.next("snapshot")
        await page.send(type="painted", call="c1", seq=1)  # the snapshot is not news
        call.log.add(heard(1, "hello"))
        seq = (await page.next("call"))["seq"]
        await page.send(type="painted", call="c1", seq=seq)
        assert (await page.next("lag"))["seconds"] == 0.25
        assert sorted(desk.painted) == [("final", 0.25), ("packet", 0.25)]
        desk.painted.clear()
        call.log.add(SentimentChanged(turn=1, mood=0.1))
        seq = (await page.next("call"))["seq"]
        await page.send(type="painted", call="c1", seq=seq)
        await page.send(type="painted", call="c1", seq=999)
        await page.send(type="painted", call="c9", seq=1)
        await page.next("lag")
        await page.send(type="ping")
        await page.next("pong")
        ((kind, seconds),) = desk.painted
        assert (kind, round(seconds, 3)) == ("mood", 0.25)


async def test_callers_who_want_to_be_called(desk: TestDesk) -> None:
    anna = await desk.user("anna", "agent")
    async with anna.page() as page:
        desk.call().log.add(CallbackRequested(queue="orders", number=""))
        while not (callbacks := (await page.next("floor"))["callbacks"]):
            pass
        assert (callbacks[0]["queue"], callbacks[0]["number"]) == ("orders", "+15550100")
        await anna.ask("POST", f"/api/desk/callbacks/{callbacks[0]['id']}/done", {})
        while (await page.next("floor"))["callbacks"]:
            pass


async def test_a_page_that_does_not_read_is_cut_off_and_nobody_waits_for_it(
    desk: TestDesk,
) -> None:
    sam, pat = await desk.user("sam", "supervisor"), await desk.user("pat", "supervisor")
    call = desk.call()
    async with sam.page(max_queue=1) as slow, pat.page() as quick:
        for page in (slow, quick):
            await page.send(type="watch", call="c1")
        await quick.next("snapshot")
        seq, words = 1, "w" * 3000
        async with asyncio.timeout(30):
            while len(desk.live._pages) == 2:  # until the server lets the slow one go
                call.log.add(*(heard(seq + n, words) for n in range(20)))
                while seq < len(call.log.entries):
                    seq = (await quick.next("call"))["seq"]
        assert seq == len(call.log.entries), "the other has had every entry"
        seen = [0]
        with pytest.raises(Exception, match="1013|no close frame"):
            while True:
                message = await slow.next()
                if message["type"] in ("call", "snapshot"):
                    seen.append(message["seq"])
    async with sam.page() as page:
        await page.send(type="watch", call="c1", after=seen[-1], epoch=sam.hello["epoch"])
        for number in range(seen[-1] + 1, seq + 1):
            assert (await page.next("call", "snapshot"))["seq"] == number


async def test_what_the_desk_breaks_is_our_fault(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sam = await desk.user("sam", "supervisor")
    async with sam.page() as page:
        monkeypatch.setattr(desk.live, "_clock", None)
        await page.send(type="ping")
        assert await page.close_code() == 1011
    assert "A page was closed: TypeError" in caplog.text
