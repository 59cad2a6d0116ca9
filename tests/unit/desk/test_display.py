"""Text of strangers on a screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.desk.display import MAX_TEXT, display


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("", ""),
        ("Zoë, José, 東京, שלום, مرحبا", "Zoë, José, 東京, שלום, مرحبا"),
        ("two\nlines\r\nand\ttabs", "two lines and tabs"),
        ("non\N{NO-BREAK SPACE}breaking", "non breaking"),
        ("bell\x07 nul\x00", "bell\ufffd nul\ufffd"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a\ufffdb"),
        ("a\N{RIGHT-TO-LEFT ISOLATE}b\N{POP DIRECTIONAL ISOLATE}", "a\ufffdb\ufffd"),
        ("zero\N{ZERO WIDTH SPACE}width", "zero\ufffdwidth"),
        ("می\N{ZERO WIDTH NON-JOINER}خواهم", "می\N{ZERO WIDTH NON-JOINER}خواهم"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # the page writes text
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert display(text) == shown


def test_a_megabyte_is_cut_with_a_mark() -> None:
    shown = display("x" * 1_000_000)
    assert shown == "x" * MAX_TEXT + " … [996,000 more characters]"


@given(st.text(st.characters(codec=None)))
def test_nothing_moves_other_text(text: str) -> None:
    shown = display(text)
    shown.encode()  # it can be sent
    assert all(c.isprintable() or c in "\u200c\u200d" for c in shown)
    assert display(shown) == shown
