"""How often a password may be guessed, on seconds that the test counts."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.accounts.limits import ADDRESS, LOGIN, PAIR, Limit, Limits, network

HERE = "192.0.2.1"


def test_the_first_wrong_ones_cost_nothing_then_the_wait_doubles() -> None:
    limits, now, waits = Limits(), 0.0, list[float]()
    for _ in range(PAIR.free):
        assert limits.begin("anna", HERE, now) == 0.0
    while len(waits) < 12:
        assert limits.begin("anna", HERE, now) == 0.0
        wait_s = limits.begin("anna", HERE, now)
        waits.append(wait_s)
        now += wait_s
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert waits[-1] == PAIR.longest_s


def test_many_at_once_are_many() -> None:
    limits = Limits()
    assert sum(not limits.begin("anna", HERE, 0.0) for _ in range(100)) == PAIR.free + 1


def test_who_keeps_knocking_does_not_lengthen_the_wait() -> None:
    limits, now = Limits(), 0.0
    while (wait_s := limits.begin("anna", HERE, now)) < PAIR.longest_s:
        now += wait_s
    for step in range(3000):
        limits.begin("anna", HERE, now + step * wait_s / 3001)
    assert limits.begin("anna", HERE, now + wait_s) == 0.0


def test_a_right_one_ends_the_wait_of_this_login() -> None:
    limits = Limits()
    for _ in range(PAIR.free + 1):
        assert not limits.begin("anna", HERE, 0.0)
    limits.succeeded("anna", HERE)
    assert not limits.begin("anna", HERE, 0.0)


def test_a_guesser_with_a_login_of_their_own_does_not_begin_anew() -> None:
    limits, now, wrong = Limits(), 0.0, 0
    for number in count():
        if limits.begin(f"victim-{number}", HERE, now):
            break
        wrong += 1
        if limits.begin("mallory", HERE, now):
            break
        limits.succeeded("mallory", HERE)
    assert wrong <= ADDRESS.free + 1


def test_colleagues_behind_one_address_are_in_nobody_s_way() -> None:
    limits = Limits()
    for number in range(500):
        assert not limits.begin(f"agent-{number}", HERE, 0.0)
        limits.succeeded(f"agent-{number}", HERE)


@pytest.mark.parametrize(
    ("logins", "addresses", "limit"),
    [
        (["anna"], [HERE], PAIR),
        (["anna"], [f"198.51.100.{n}" for n in range(200)], LOGIN),
        ([f"user-{n}" for n in range(1000)], [HERE], ADDRESS),
    ],
    ids=["pair", "login", "address"],
)
def test_guesses_of_a_day(logins: list[str], addresses: list[str], limit: Limit) -> None:
    limits, got = Limits(), 0
    for number, second in enumerate(range(0, 86_400, 10)):
        login, address = logins[number % len(logins)], addresses[number % len(addresses)]
        got += not limits.begin(login, address, float(second))
    doublings = 10
    assert got <= 86_400 / limit.longest_s + limit.free + doublings


def test_all_is_forgotten_after_a_while() -> None:
    limits = Limits()
    for _ in range(PAIR.free + 1):
        limits.begin("anna", HERE, 0.0)
    for _ in range(PAIR.free):
        assert not limits.begin("anna", HERE, PAIR.forget_s)


def test_what_was_not_looked_at_does_not_count() -> None:
    limits = Limits()
    for _ in range(100):
        assert not limits.begin("anna", HERE, 0.0)
        limits.undo("anna", HERE)


def test_the_counts_are_bounded_and_the_oldest_goes_first() -> None:
    limits = Limits(max_kept=300)
    for _ in range(PAIR.free + 1):
        limits.begin("anna", HERE, 0.0)
    for number in range(80):
        limits.begin(f"x{number}", f"198.51.100.{number}", 0.0)
        assert len(limits) <= 300
    assert limits.begin("anna", HERE, 0.0) > 0
    for number in range(200):
        limits.begin(f"y{number}", f"203.0.113.{number}", 0.0)
    assert limits.begin("anna", HERE, 0.0) == 0


@given(st.text(max_size=50), st.text(max_size=50), st.floats(0, 1e9))
def test_it_takes_whatever_is_sent(login: str, address: str, now: float) -> None:
    assert Limits().begin(login, address, now) == 0.0


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_who_an_address_is(address: str, shown: str) -> None:
    assert network(address) == shown
