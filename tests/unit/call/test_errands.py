"""What changes something outside waits for the end of the turn; the rest does not."""

import asyncio
from dataclasses import dataclass, field

from virtual_time import run
from warmline.call.errands import LAST_S, Errands
from warmline.events import Fetch, FetchFinished


@dataclass
class SlowShop:
    """Answers after `takes_s`; `book` changes something there."""

    takes_s: float = 1.0
    asked: list[tuple[float, str]] = field(default_factory=list)

    def is_safe(self, endpoint: str) -> bool:
        return endpoint != "book"

    async def fetch(self, fetch: Fetch, key: str) -> FetchFinished:
        self.asked.append((asyncio.get_running_loop().time(), key))
        await asyncio.sleep(self.takes_s)
        return FetchFinished(
            request_id=fetch.request_id, endpoint=fetch.endpoint, outcome="ok", code=""
        )


def fetch(endpoint: str) -> Fetch:
    return Fetch(request_id="fetch-1", endpoint=endpoint, values=(), save=())


async def errand(
    shop: SlowShop, endpoint: str, *, after_s: float, cancel: bool = False
) -> list[tuple[float, str]]:
    """Run an errand, then cancel it or end the call; gives when answers came."""
    loop = asyncio.get_running_loop()
    answers: list[tuple[float, str]] = []
    errands = Errands(shop, lambda fact: answers.append((loop.time(), fact.outcome)), "call")
    errands.run(fetch(endpoint), hold_s=1.2)
    await asyncio.sleep(after_s)
    if cancel:
        errands.cancel("fetch-1")
    await errands.close()
    return answers


def test_what_only_asks_goes_at_once() -> None:
    shop = SlowShop()
    assert run(errand(shop, "look", after_s=5)) == [(1.0, "ok")]
    assert shop.asked == [(0.0, "call-fetch-1")]


def test_what_changes_something_waits_for_the_turn() -> None:
    shop = SlowShop()
    assert run(errand(shop, "book", after_s=5)) == [(2.2, "ok")]
    assert shop.asked == [(1.2, "call-fetch-1")]


def test_what_was_not_sent_can_be_taken_back() -> None:
    shop = SlowShop()
    assert run(errand(shop, "book", after_s=1.0, cancel=True)) == []
    assert shop.asked == []


def test_a_caller_who_hangs_up_has_still_decided() -> None:
    shop = SlowShop()
    assert run(errand(shop, "book", after_s=0.5)) == [(1.5, "ok")]


def test_nobody_waits_for_what_only_asks_when_the_call_is_over() -> None:
    assert run(errand(SlowShop(), "look", after_s=0.5)) == []


def test_the_end_of_a_call_does_not_wait_for_ever() -> None:
    shop = SlowShop(takes_s=60)

    async def main() -> float:
        await errand(shop, "book", after_s=0.5)
        return asyncio.get_running_loop().time()

    assert run(main()) == 0.5 + LAST_S
