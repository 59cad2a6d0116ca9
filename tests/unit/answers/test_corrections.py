import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.corrections import last_said, meant, readings


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("4528, no, 4527", "4527"),
        ("4528 I mean 4527", "4527"),
        ("Tuesday, no wait, Thursday", "Thursday"),
        ("4527", ""),
        ("4527, no", ""),
        ("", ""),
    ],
)
def test_last_said(text: str, last: str) -> None:
    assert last_said(text) == last
    assert readings(text) == ((last, text) if last else (text,))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no", ""),
        ("No, that's not right.", ""),
        ("wrong", ""),
        ("no, fifty", "fifty"),
        ("not fifteen, fifty", "fifty"),
        ("no, not a nine but a five", "a five"),
        ("it's B, not D as in dog", "it's B,"),
        ("I said Tuesday instead of Thursday", "Tuesday"),
        ("that isn't right, it\u2019s 4527", "it's 4527"),
        ("4527", "4527"),
    ],
)
def test_meant(text: str, left: str) -> None:
    assert meant(text) == left


@given(st.text())
def test_any_text_is_safe(text: str) -> None:
    assert len(meant(text)) <= len(text)
    assert readings(text)[-1] == text
