"""What logins, names, roles, skills and queues may be."""

from collections.abc import Callable
from typing import Any

import pytest

from warmline.accounts import AccountError, user


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("anna", "anna"),
        (" Anna.Berg@example.com ", "anna.berg@example.com"),
        ("a", "a"),
        ("\uff41nna", "anna"),  # a full-width a
        ("x" * 64, "x" * 64),
    ],
)
def test_logins(given: str, kept: str) -> None:
    assert user.login(given) == kept


@pytest.mark.parametrize(
    "given", ["", " ", "-anna", "an na", "änna", "x" * 65, "a\nb", "a\0", "<b>"]
)
def test_what_is_no_login(given: str) -> None:
    with pytest.raises(AccountError, match=r"^login: "):
        user.login(given)


def test_what_somebody_gave_for_a_login_is_one_short_line() -> None:
    assert user.searched("  ANNA\r\n2026 admin signed in\x1b[31m") == "anna2026 admin signed in[31m"
    assert len(user.searched("x" * 100_000)) <= user.MAX_NAME


@pytest.mark.parametrize(
    ("given", "kept"), [("  Anna \n Berg ", "Anna Berg"), ("Željko", "Željko")]
)
def test_names(given: str, kept: str) -> None:
    assert user.name(given) == kept


@pytest.mark.parametrize(
    ("check", "given"),
    [
        (user.name, ""),
        (user.name, "x" * 81),
        (user.name, "An\x00na"),
        (user.name, "Anna\u202e"),  # turns the direction of what follows
        (user.roles, []),
        (user.roles, ["agent", "program"]),
        (user.skills, {"billing": 0}),
        (user.skills, {"billing": 6}),
        (user.skills, {"": 3}),
        (user.queues, ["Orders"]),
        (user.queues, ["or ders"]),
        (user.queues, [f"q{number}" for number in range(65)]),
    ],
)
def test_what_is_refused(check: Callable[[Any], Any], given: Any) -> None:
    with pytest.raises(AccountError, match=f"^{check.__name__}: "):
        check(given)


def test_what_is_taken() -> None:
    assert user.roles(["admin", "agent", "agent"]) == {"admin", "agent"}
    assert user.skills({"french": 5, "billing": 1}) == {"billing": 1, "french": 5}
    assert user.queues(["orders", "billing", "orders"]) == ("orders", "billing")
