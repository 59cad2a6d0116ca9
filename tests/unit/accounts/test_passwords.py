"""What a password may be, and how it is kept."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from unit.accounts.people import CHEAP
from warmline.accounts import AccountError, TooMany
from warmline.accounts.passwords import AT_ONCE, MAX_WAITING, Passwords, check


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("ninechars", "10 to 256"),
        ("x1y2" * 65, "10 to 256"),
        ("anna.berg2026", "first that a guesser"),
        ("password2026!", "first that a guesser"),
    ],
)
def test_what_is_refused_and_why(password: str, why: str) -> None:
    with pytest.raises(AccountError, match=why) as refused:
        check(password, "anna.berg", "Anna Berg")
    assert password not in str(refused.value)


def test_there_are_no_rules_of_characters() -> None:
    assert check("lower case only please") == "lower case only please"
    assert check("x1y2" * 64) == "x1y2" * 64


async def test_keyboards_compose_characters_differently(hashes: Passwords) -> None:
    kept = await hashes.hash(check("Zu\u0308rich am Abend"))
    assert await hashes.verify(kept, "Z\u00fcrich am Abend")


async def test_argon2id_with_the_library_s_parameters() -> None:
    kept = await Passwords().hash("correct horse battery")
    assert kept.startswith("$argon2id$")
    found = extract_parameters(kept)
    assert (found.time_cost, found.memory_cost) == (
        RFC_9106_LOW_MEMORY.time_cost,
        RFC_9106_LOW_MEMORY.memory_cost,
    )


async def test_right_wrong_nobody_and_broken(hashes: Passwords) -> None:
    kept = await hashes.hash("correct horse battery")
    assert await hashes.verify(kept, "correct horse battery")
    assert not await hashes.verify(kept, "correct horse batteries")
    assert not await hashes.verify(None, "correct horse battery")
    assert not await hashes.verify("no hash", "correct horse battery")


class Counting(PasswordHasher):
    """Counts how many verify at once; each waits until it may go on."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = list[str | bytes]()
        self.now = self.most = 0
        self.lock = threading.Lock()
        self.go_on = threading.Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        with self.lock:
            self.verified.append(hash)
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go_on.wait(10)
        with self.lock:
            self.now -= 1
        return super().verify(hash, password)


async def test_nobody_is_verified_as_anybody_is() -> None:
    hasher = Counting()
    hasher.go_on.set()
    hashes = Passwords(hasher)
    await hashes.verify(None, "correct horse battery")
    [dummy] = hasher.verified
    assert extract_parameters(str(dummy)) == extract_parameters(hasher.hash("x"))


async def test_few_at_once_some_wait_and_the_rest_is_refused() -> None:
    hasher = Counting()
    hashes = Passwords(hasher)
    kept = await hashes.hash("correct horse battery")
    tasks = [asyncio.create_task(hashes.verify(kept, "x")) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooMany):
        await hashes.verify(kept, "x")
    hasher.go_on.set()
    assert not any(await asyncio.gather(*tasks))
    assert hasher.most <= AT_ONCE
    assert not await hashes.verify(kept, "x")


async def test_other_parameters_are_noticed(hashes: Passwords) -> None:
    kept = await hashes.hash("correct horse battery")
    assert not hashes.is_old(kept)
    assert Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)).is_old(kept)
    assert CHEAP.check_needs_rehash(PasswordHasher(2, 16, 1).hash("x"))
