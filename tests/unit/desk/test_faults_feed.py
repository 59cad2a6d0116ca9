"""Pages that are away, cut off, from before a restart, or many at once: real server and record."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from unit.desk.pages import CALLER, FakeCall, Log, Socket, TestDesk, Visitor, a_desk, heard
from warmline.desk.mail import Mail
from warmline.desk.office import Office
from warmline.desk.outbox import MAX_MESSAGES, Message
from warmline.desk.presence import Agent
from warmline.desk.refusals import OfferTaken
from warmline.events import CallEnded, PartialTranscript
from warmline.ports.people import Wish

Json = dict[str, Any]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[TestDesk]:
    async with a_desk(tmp_path, serves=True) as desk:
        yield desk


def partial(turn: int, words: int) -> PartialTranscript:
    text = ["so", "many", "words"][:words]
    return PartialTranscript(turn=turn, stable="", unstable=" ".join(text), audio_at=turn + 0.2)


def speaks(call: FakeCall, turn: int) -> None:
    """One turn, with the words as they come: four entries."""
    call.log.add(*(partial(turn, words) for words in (1, 2, 3)), heard(turn, f"sentence {turn}"))


async def takes(page: Socket, seen: list[int], upto: int) -> list[Json]:
    """The messages of the call up to this entry."""
    messages = []
    while not seen or seen[-1] < upto:
        message = await page.next("call", "snapshot")
        messages.append(message)
        seen.append(message["seq"])
    return messages


# --- R4, D1 --------------------------------------------------------------------------------------


async def test_ten_thousand_entries_once_and_in_order(desk: TestDesk) -> None:
    sam = await desk.user("sam", "supervisor")
    call = desk.call()
    for turn in range(1, 2501):
        speaks(call, turn)
        if turn % 100 == 0:
            await desk.store.flush(10.0)
    async with sam.page() as page:
        await page.send(type="watch", call="c1", after=1, epoch=sam.hello["epoch"])
        messages: list[Json] = []
        async with asyncio.timeout(30):
            while not messages or messages[-1]["seq"] < 10_001:
                message = json.loads(await page.connection.recv())
                messages += [message] if message["type"] in ("call", "snapshot") else []
        assert [message["seq"] for message in messages] == list(range(2, 10_002))
        assert {message["type"] for message in messages} == {"call"}
        lines = [change for m in messages for change in m["changes"] if change["kind"] == "line"]
        assert [line["text"] for line in lines] == [f"sentence {turn}" for turn in range(1, 2501)]
        assert not [line for line in lines if line["unstable"]], "no words that changed meanwhile"


@pytest.mark.parametrize("seed", range(3))
async def test_a_page_that_is_cut_off_again_and_again(desk: TestDesk, seed: int) -> None:
    """Whatever is lost on the way, the page has each entry once; others see it all live."""
    chance = random.Random(seed)
    sam, pat = await desk.user("sam", "supervisor"), await desk.user("pat", "supervisor")
    call = desk.call()
    seen: list[int] = []

    async def goes_on() -> None:
        for turn in range(1, 151):
            speaks(call, turn)
            await asyncio.sleep(chance.choice([0, 0, 0.001, 0.01]))
        call.log.add(CallEnded(reason="completed"))

    async def watches(visitor: Visitor, seen: list[int], breaks: float) -> None:
        while not seen or seen[-1] < 602:
            async with visitor.page() as page:
                known = {"after": seen[-1], "epoch": visitor.hello["epoch"]} if seen else {}
                await page.send(type="watch", call="c1", **known)
                if known and chance.random() < 0.3:  # sent twice: by a page that is not sure
                    await page.send(type="watch", call="c1", **known)
                while not seen or seen[-1] < 602:
                    message = await page.next("call", "snapshot")
                    assert message["type"] == ("call" if seen else "snapshot")
                    assert not seen or message["seq"] == seen[-1] + 1
                    seen.append(message["seq"])
                    if chance.random() < breaks:
                        page.connection.transport.abort()
                        break

    live: list[int] = []
    async with asyncio.timeout(30):
        await asyncio.gather(goes_on(), watches(sam, seen, 0.03), watches(pat, live, 0.0))
    assert seen[-1] == live[-1] == len(call.log.entries)


# --- D7 ------------------------------------------------------------------------------------------


def test_nothing_comes_behind_what_was_lost() -> None:
    """A page that is cut off must not take what still comes for all that there was."""
    slow: list[str] = []
    mail = Mail(lambda: slow.append("too slow"))
    for number in range(MAX_MESSAGES + 1):
        mail.tell(Message(str(number)))
    assert slow == ["too slow"]
    sent = [mail.outbox.take() for _ in range(10)]
    mail.tell(Message("later"))
    while (text := mail.outbox.take()) is not None:
        sent.append(text)
    assert sent == [str(number) for number in range(MAX_MESSAGES)]
    assert slow == ["too slow"]


# --- D2 ------------------------------------------------------------------------------------------


async def test_a_page_from_before_a_restart_begins_anew(tmp_path: Path) -> None:
    """Its session goes on; the call that the old server had is over, and told from the record."""
    async with a_desk(tmp_path, serves=True) as before:
        sam = await before.user("sam", "supervisor")
        call = before.call()
        async with sam.page() as page:
            old = sam.hello["epoch"]
            await page.send(type="watch", call="c1")
            await page.next("snapshot")
            speaks(call, 1)
            await takes(page, seen := [1], 5)
            assert seen == [1, 2, 3, 4, 5]
        await before.store.flush()
    async with a_desk(tmp_path, serves=True) as after:
        again = Visitor(after, sam.user, sam)
        other = after.call("c2")
        async with again.page() as page:
            assert again.hello["epoch"] != old
            await page.send(type="watch", call="c1", after=5, epoch=old)
            await page.send(type="watch", call="c2", after=9, epoch=old)
            told = [await page.next("reset", "snapshot", "end") for _ in range(4)]
            assert [message["type"] for message in told] == ["reset", "snapshot", "end", "snapshot"]
            assert (told[0]["epoch"], told[1]["seq"]) == (again.hello["epoch"], 5)
            speaks(other, 1)
            await takes(page, seen := [1], 5)
            assert seen == [1, 2, 3, 4, 5], "then it is live"


# --- R5, D3 --------------------------------------------------------------------------------------


async def test_whoever_is_first_has_the_caller_and_every_page_sees_it(desk: TestDesk) -> None:
    agents = [await desk.user(f"agent{number}", "agent") for number in range(5)]
    call = desk.call()

    async def tries(visitor: Visitor, page: Socket) -> tuple[int, str]:
        while not (await page.next("floor"))["waiting"]:
            pass
        answer = await visitor.ask("POST", "/api/desk/offers/c1/accept", {})
        while (floor := await page.next("floor"))["waiting"] or floor["offer"]:
            pass
        has = floor["assignment"]
        assert bool(has) == (answer.status_code == 200)
        return answer.status_code, answer.json().get("taken_by", visitor.user.name)

    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(agent.page()) for agent in agents]
        trying = [asyncio.create_task(tries(*pair)) for pair in zip(agents, pages, strict=True)]
        desk.waits(call)
        answers = await asyncio.gather(*trying)
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409, 409]
    assert len({name for _, name in answers}) == 1, "all are told who has the caller"


async def test_one_acceptor_a_hundred_times() -> None:
    """In whatever order they come: the office decides alone, no database takes part."""
    chance, office = random.Random(5), Office()
    users = [f"agent{number}" for number in range(50)]
    for number in range(100):
        for user in users:
            office.sign_in(Agent(user_id=user, name=user), "page")
        call = FakeCall(Log(f"c{number}"))
        wish = Wish(
            call_id=call.call_id, caller=CALLER, flow="orders", queue="orders", reason="asked"
        )
        office.waits(wish, call)
        told: list[str] = []

        async def accepts(user: str, call_id: str = call.call_id, told: list[str] = told) -> None:
            try:
                office.accept(user, call_id)
                told.append(user)
            except OfferTaken as taken:
                told.append(taken.by)

        chance.shuffle(users)
        await asyncio.gather(*map(accepts, users))
        assert told == [users[0]] * 50
        office.sign_out(users[0], "signed_out")
        office.ends(call.call_id)
    office.close()
