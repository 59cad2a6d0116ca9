"""Passwords that anybody would guess first, and good ones that only look a bit like them."""

import pytest

from warmline.accounts.worst import is_guessed_first


@pytest.mark.parametrize(
    "password",
    [
        *("1234567890", "0987654321", "123456789012", "1234512345", "qwertyuiop", "poiuytrewq"),
        *("1q2w3e4r5t", "1qaz2wsx3edc", "asdfghjkl123", "qwerty123456", "aaaaaaaaaa", "1212121212"),
        *(
            "password123",
            "Password2024!",
            "P@ssw0rd2026",
            "passwordpassword",
            "iloveyou!!",
            "abcdefghij",
        ),
        *(
            "admin12345",
            "administrator",
            "Warmline2026",
            "letmein1234",
            "changeme!!",
            "Summer2026!",
        ),
    ],
)
def test_guessed_first(password: str) -> None:
    assert is_guessed_first(password)


@pytest.mark.parametrize(
    "password",
    [
        *(
            "correct horse battery",
            "8314 2957 1046",
            "my admin password",
            "summer rain on tin roofs",
        ),
        *("Tr0ub4dor&3x", "mondaynightpizza", "qwerty is no password", "ленивый кот спит"),
    ],
)
def test_not_guessed_first(password: str) -> None:
    assert not is_guessed_first(password)


@pytest.mark.parametrize(
    "password",
    [
        "anna.berg.the.first",
        "Anna Theresa Berg",
        "annatheresaberg1",
        "ANNA.BERG.THE.FIRST@example.com",
    ],
)
def test_what_everybody_knows_of_the_user(password: str) -> None:
    told = ("anna.berg.the.first@example.com", "Anna Theresa Berg", "")
    assert is_guessed_first(password, told)
    assert not is_guessed_first(password)
