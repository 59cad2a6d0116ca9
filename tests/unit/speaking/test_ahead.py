"""One at a time, the likeliest first, and nobody who leaves keeps others waiting."""

import asyncio

from virtual_time import run
from warmline.speaking.ahead import Rank, Turnstile


async def work(gate: Turnstile, rank: Rank, name: str, order: list[str]) -> None:
    await gate.enter(rank)
    order.append(name)
    await asyncio.sleep(1)
    gate.leave()


def test_the_likeliest_goes_first_and_equals_by_age() -> None:
    async def main() -> list[str]:
        gate, order = Turnstile(), list[str]()
        ranks = [Rank.KNOWN, Rank.KNOWN, Rank.EXPECTED, Rank.DRAFTED, Rank.EXPECTED]
        names = ["first", "known", "expected", "drafted", "expected too"]
        works = zip(ranks, names, strict=True)
        await asyncio.gather(*(work(gate, rank, name, order) for rank, name in works))
        assert asyncio.get_running_loop().time() == 5.0
        return order

    assert run(main()) == ["first", "drafted", "expected", "expected too", "known"]


def test_who_gives_up_loses_only_their_own_place() -> None:
    async def main() -> list[str]:
        gate, order = Turnstile(), list[str]()
        tasks = [
            asyncio.create_task(work(gate, Rank.EXPECTED, name, order)) for name in ("a", "b", "c")
        ]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await gate.enter(Rank.KNOWN)  # and it is free again
        return order

    assert run(main()) == ["a", "c"]


def test_a_place_that_was_given_to_one_who_goes_is_passed_on() -> None:
    async def main() -> list[str]:
        gate, order = Turnstile(), list[str]()
        await gate.enter(Rank.KNOWN)
        going = asyncio.create_task(work(gate, Rank.DRAFTED, "going", order))
        other = asyncio.create_task(work(gate, Rank.KNOWN, "other", order))
        await asyncio.sleep(0)
        gate.leave()
        going.cancel()  # it has the turn, and has not run yet
        await asyncio.gather(going, other, return_exceptions=True)
        return order

    assert run(main()) == ["other"]
