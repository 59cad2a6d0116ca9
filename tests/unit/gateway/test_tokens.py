"""Single-use tokens: used once, soon, and never guessed."""

import pytest

from warmline.gateway.tokens import TOKEN_S, TokenStore


def test_a_token_opens_once() -> None:
    store = TokenStore()
    token = store.issue("CA1", now=5.0)
    assert store.redeem(token, now=6.0) == "CA1"
    assert store.redeem(token, now=6.0) is None


@pytest.mark.parametrize(("age", "bound"), [(0.0, "CA1"), (59.9, "CA1"), (60.0, None)])
def test_a_token_grows_old(age: float, bound: str | None) -> None:
    store = TokenStore()
    assert store.redeem(store.issue("CA1", TOKEN_S, now=100.0), now=100.0 + age) == bound


@pytest.mark.parametrize("token", ["", "x", "\ud800", "é" * 10_000])
def test_what_was_never_issued_opens_nothing(token: str) -> None:
    store = TokenStore()
    real = store.issue("CA1", now=0.0)
    assert store.redeem(token, now=0.0) is None
    assert store.redeem(real[:-1], now=0.0) is None
    assert store.redeem(real, now=0.0) == "CA1"


def test_tokens_are_long_and_differ() -> None:
    store = TokenStore()
    tokens = {store.issue("CA1", now=0.0) for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {64}  # 256 bits, 4 a digit


def test_the_oldest_goes_when_there_are_too_many() -> None:
    store = TokenStore(max_tokens=3)
    tokens = [store.issue(str(number), now=0.0) for number in range(5)]
    assert [store.redeem(token, now=0.0) for token in tokens] == [None, None, "2", "3", "4"]


def test_old_ones_are_forgotten_first() -> None:
    store = TokenStore(max_tokens=3)
    lasting = store.issue("lasting", 600.0, now=0.0)
    for _ in range(2):
        store.issue("short", 1.0, now=0.0)
    store.issue("new", now=2.0)
    assert len(store) == 2
    assert store.redeem(lasting, now=2.0) == "lasting"
