"""Articles: what is read, what is refused, and that no mark is ever spoken."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.errors import FlowError
from warmline.meaning.articles import MAX_BYTES, MAX_FILES, parse_article, read_articles

ARTICLE = """
# All about *points*

Notes for authors: <!-- never spoken -->

## When do my points **expire**?
Questions: how long are points valid; do points run out;

Points are good for [two years](https://example.com/points),
counted from the _day_ you earned them

They go in this order
- the `oldest` first
- then the others.

1. At last

## How do I earn points?
Questions:
- what do I get
* how does it work

### With care.
You earn one.
"""


def test_an_article() -> None:
    first, second = parse_article("points.md", ARTICLE.replace("### With care.\n", ""))
    assert (first.source, first.article) == ("points.md:6", "All about points")
    assert first.heading == "When do my points expire?"
    assert first.questions == ("how long are points valid", "do points run out")
    assert first.short == "Points are good for two years, counted from the day you earned them."
    assert first.more == "They go in this order. the oldest first. then the others. At last."
    assert second.questions == ("what do I get", "how does it work")
    assert (second.short, second.more) == ("You earn one.", "")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "a.md:1: an article begins with its title"),
        ("\n\nHello", "a.md:3: an article begins with its title"),
        ("# T\n\nHello", "a.md:1: no passages"),
        ("# T\n## A\n\n## B\nYes.", "a.md:2: no answer under this heading"),
        ("# T\n## A\nQuestions: why\n", "a.md:2: no answer under this heading"),
        ("# T\n## A\nYes.\n## A\nNo.", "a.md:4: a second passage with this heading"),
        ("# T\n## A\n| a | b |", "a.md:3: `|` cannot be spoken"),
        ("# T\n## A\nYes.\n```\ncode\n```", "a.md:4: ``` cannot be spoken"),
        ("# T\n## A\n<b>Yes</b>", "a.md:3: `<` cannot be spoken"),
        ("# T\n## A\nSee https://example.com", "a.md:3: `://` cannot be spoken"),
        ("# T\n## A\n![map](map.png)", "a.md:3: `[` cannot be spoken"),
        ("# T\n## A\nDear {name}", "a.md:3: `{` cannot be spoken"),
        ("# T\n## A\n### B\nYes", "a.md:3: `#` cannot be spoken"),
        ("# T\n## A\nYes.\n\n---\n\nNo.", "a.md:5: `---` cannot be spoken"),
        ("# T\n## A\nQuestions: a_b\nYes", "a.md:3: `_` cannot be spoken"),
    ],
)
def test_what_is_refused(text: str, error: str) -> None:
    with pytest.raises(FlowError) as caught:
        parse_article("a.md", text)
    assert str(caught.value).replace("`````", "```").startswith(error)


_MARKS = st.text(st.sampled_from("ab .*_`#[]()|<>-+1\n~"), max_size=60)


@given(_MARKS)
def test_no_mark_is_ever_spoken(body: str) -> None:
    try:
        passages = parse_article("a.md", f"# T\n## A\n{body}")
    except FlowError as error:
        assert re.match(r"a\.md:\d+: ", str(error))
        return
    for passage in passages:
        texts = (passage.heading, passage.short, passage.more, *passage.questions)
        assert not re.search(r"[*_`#\[\]|<>~\n]", " ".join(texts))
        assert passage.short


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    for form in (text, f"# T\n## A\n{text}"):
        try:
            parse_article("a.md", form)
        except FlowError as error:
            assert str(error).startswith("a.md:")


def test_many_marks_take_no_time() -> None:
    for body in ("*" * 50_000, "[" * 50_000, "_a" * 50_000, "`" + " " * 50_000 + "`"):
        with pytest.raises(FlowError):
            parse_article("a.md", f"# T\n## A\n{body}")


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# B\n## Two\nYes.", encoding="utf-8")
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf# A\r\n## One\r\nYes.\r\n")
    (tmp_path / "notes.txt").write_text("not read", encoding="utf-8")
    passages = read_articles(tmp_path)
    assert [passage.heading for passage in passages] == ["One", "Two"]
    assert passages[0].source == f"{tmp_path / 'a.md'}:2"


def test_folders_that_are_refused(tmp_path: Path) -> None:
    def refused() -> str:
        with pytest.raises(FlowError) as caught:
            read_articles(inside)
        return str(caught.value)

    inside = tmp_path / "knowledge"
    assert refused().startswith(f"{inside}:1: no articles")
    inside.mkdir()
    (tmp_path / "outside.md").write_text("# A\n## One\nYes.", encoding="utf-8")
    os.symlink(tmp_path / "outside.md", inside / "a.md")
    assert refused().startswith(f"{inside / 'a.md'}:1: leads out of")
    (inside / "a.md").unlink()
    (inside / "a.md").write_bytes(b"# A\n## One\n\xff")
    assert refused().startswith(f"{inside / 'a.md'}:3: not UTF-8")
    (inside / "a.md").write_bytes(b"x" * (MAX_BYTES + 1))
    assert refused().startswith(f"{inside / 'a.md'}:1: above 1 MiB")
    (inside / "a.md").unlink()
    (inside / "a.md").mkdir()
    assert refused().startswith(f"{inside / 'a.md'}:1: ")
    for number in range(MAX_FILES):
        (inside / f"{number}.md").touch()
    assert "201 articles, at most 200" in refused()
