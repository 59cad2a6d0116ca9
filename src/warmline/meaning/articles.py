"""Knowledge articles: Markdown files become passages that can be spoken. Knows no search.

`parse_article` is pure; `read_articles` is the only part of this room that reads a folder.

    # Points                                  the article's title
    Notes for other authors, never spoken.
    ## When do my points expire?              a passage
    Questions: how long are points valid; do points run out

    Points are good for two years.            the short answer: the first paragraph
                                              all others: what is said to "tell me more"
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warmline.errors import FlowError

MAX_BYTES: Final = 1 << 20
"""Of one file."""
MAX_FILES: Final = 200
_TITLE: Final = re.compile(r"#\s+(.*\S)\s*")
_HEADING: Final = re.compile(r"##\s+(.*\S)\s*")
_QUESTIONS: Final = re.compile(r"Questions:\s*(.*)")
_ITEM: Final = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(.*)")
_LINK: Final = re.compile(r"(?<!!)\[([^\[\]]+)\]\([^()\s]*\)")
_EMPHASIS: Final = re.compile(r"(?<!\w)(\*\*|__|\*|_|`)(?=\S)([^*_`]+)(?<=\S)\1(?!\w)")
_UNSPEAKABLE: Final = re.compile(r"[*_`#|<>\[\]{}~\\^=]|://|www\.|^-{3,}$")
"""What is still there when emphasis, links and lists are gone: tables, code, HTML, addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One answer. All texts are plain sentences, without any mark of Markdown."""

    source: str
    """file:line of its heading."""
    article: str
    """The article's title."""
    heading: str
    short: str
    """The spoken answer."""
    more: str = ""
    """What can be told beside it; empty when that was all."""
    questions: tuple[str, ...] = ()
    """Ways to ask for it, beside the heading."""


@dataclass(frozen=True, slots=True)
class _Line:
    file: str
    number: int
    text: str

    def wrong(self, problem: str) -> FlowError:
        return FlowError(f"{self.file}:{self.number}: {problem}")


def parse_article(name: str, text: str) -> list[Passage]:
    """The passages of one file in order; `name` stands in `source` and in errors.

    Raises FlowError (file:line) for a file without title or passages, a passage without an
    answer, two passages with one heading, and for what no voice can say.
    """
    lines = [_Line(name, at, line.strip()) for at, line in enumerate(text.splitlines(), start=1)]
    first = next((line for line in lines if line.text), _Line(name, 1, ""))
    title = _TITLE.fullmatch(first.text)
    if not title:
        raise first.wrong("an article begins with its title: `# Title`")
    starts = [at for at, line in enumerate(lines) if _HEADING.fullmatch(line.text)]
    if not starts:
        raise first.wrong("no passages: begin each with its question, `## How do I join?`")
    article = _plain(first, title[1])
    passages: list[Passage] = []
    for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        passage = _passage(article, lines[begin], lines[begin + 1 : end])
        if passage.heading in {other.heading for other in passages}:
            raise lines[begin].wrong("a second passage with this heading: join them")
        passages.append(passage)
    return passages


def read_articles(folder: Path) -> list[Passage]:
    """The passages of all *.md files of a folder, in the order of the names.

    Raises FlowError (file:line) as `parse_article` does, and for a folder without articles,
    more than 200 of them, one above 1 MiB, one that leads out of the folder or is not UTF-8.
    """
    paths = sorted(folder.glob("*.md"))
    if not paths:
        raise FlowError(f"{folder}:1: no articles: put *.md files there")
    if len(paths) > MAX_FILES:
        raise FlowError(f"{folder}:1: {len(paths)} articles, at most {MAX_FILES}: join some")
    return [passage for path in paths for passage in parse_article(str(path), _read(path, folder))]


def _read(path: Path, folder: Path) -> str:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise FlowError(f"{path}:1: leads out of {folder}: put the file itself there")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise FlowError(f"{path}:1: above 1 MiB: cut it into several articles")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FlowError(f"{path}:{line}: not UTF-8: save it as UTF-8") from error
    except OSError as error:
        raise FlowError(f"{path}:1: {error.strerror}") from error


def _passage(article: str, heading: _Line, body: list[_Line]) -> Passage:
    title = _HEADING.fullmatch(heading.text)
    assert title is not None
    questions, paragraphs = _parted(body)
    answers = [_sentences(paragraph) for paragraph in paragraphs]
    if not answers:
        raise heading.wrong("no answer under this heading: write one, a sentence or two")
    return Passage(
        source=f"{heading.file}:{heading.number}",
        article=article,
        heading=_plain(heading, title[1]),
        short=answers[0],
        more=" ".join(answers[1:]),
        questions=tuple(questions),
    )


def _parted(body: list[_Line]) -> tuple[list[str], list[list[_Line]]]:
    """The questions, and the paragraphs of the answer.

    `Questions:` goes on where its line ends with a semicolon, and over a list's items when
    nothing stands on its own line; whatever else follows is the answer.
    """
    questions: list[str] = []
    paragraphs: list[list[_Line]] = [[]]
    open_end, listed = False, False
    for line in body:
        head, item = _QUESTIONS.fullmatch(line.text), _ITEM.fullmatch(line.text)
        if head:
            open_end, listed = line.text.endswith(";"), not head[1]
            questions += _asked(line, head[1])
            paragraphs.append([])
        elif open_end and line.text:
            open_end = line.text.endswith(";")
            questions += _asked(line, line.text)
        elif listed and item:
            questions += _asked(line, item[1])
        elif line.text:
            open_end = listed = False
            paragraphs[-1].append(line)
        else:
            open_end = False
            paragraphs.append([])
    return questions, [paragraph for paragraph in paragraphs if paragraph]


def _asked(line: _Line, text: str) -> list[str]:
    return [_plain(line, part) for part in map(str.strip, text.split(";")) if part]


def _sentences(paragraph: list[_Line]) -> str:
    """One text; what stands alone (a list's item) becomes a sentence of its own."""
    pieces: list[str] = []
    for line in paragraph:
        item = _ITEM.fullmatch(line.text)
        if item and pieces:
            pieces[-1] = _ended(pieces[-1])
        pieces.append(_plain(line, item[1] if item else line.text))
    return _ended(" ".join(pieces))


def _ended(text: str) -> str:
    return text if text[-1] in ".!?:" else text.rstrip(",;") + "."


def _plain(line: _Line, text: str) -> str:
    """Without marks. Raises FlowError for what is left and cannot be spoken."""
    text = _LINK.sub(r"\1", text)
    for _ in range(2):  # bold around italics
        text = _EMPHASIS.sub(r"\2", text)
    if found := _UNSPEAKABLE.search(text):
        raise line.wrong(f"`{found[0]}` cannot be spoken: write it as words")
    return " ".join(text.split())
