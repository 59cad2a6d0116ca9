"""A test made of a call's turn: it is one, and the flow passes it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from recorded import NAMES, flow, record, scripts
from warmline.records import codec
from warmline.trial.folder import read_script_file
from warmline.trial.runner import Script, run

Json = dict[str, Any]
Example = Callable[[list[Json]], dict[int, str]]
MAKE = """async (events) => {
    const {example} = await import("/static/one-call/example.js");
    const {turnsOf} = await import("/static/one-call/turns.js");
    const turns = turnsOf(events).filter(({flow}) => flow).map(({turn}) => turn);
    return turns.map((turn) => [turn, example("call-1", events, turn)]);
}"""


@pytest.fixture
def examples(page: Page) -> Example:
    """The test made of each turn of a log that the flow was told."""
    page.goto("/static/icon.svg")
    return lambda events: dict(page.evaluate(MAKE, events))


def script(folder: Path, text: str) -> Script:
    file = folder / "made.yaml"
    file.write_text(text, encoding="utf-8")
    (made,) = read_script_file(file)
    return made


def log_of(name: str, script: Script) -> list[Json]:
    """The log of a call that went as this conversation, as the server gives it."""
    return [
        {"seq": entry.seq, "at": entry.at, "type": kind, **body}
        for entry in record(flow(name), script)
        for kind, body in [codec.encode(entry.fact)]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_of_a_turn_passes(name: str, examples: Example, tmp_path: Path) -> None:
    """All conversations of the flow are played; of each turn of theirs a test is made."""
    made, wrong = 0, list[str]()
    for conversation in scripts(name):
        for text in examples(log_of(name, conversation)).values():
            if "secret" in text:  # what the log does not have, a test cannot say
                continue
            made += 1
            for failure in run(flow(name), script(tmp_path, text)).failures:
                title = conversation.conversation.conversation
                wrong.append(f"{title}: {failure.expected} | {failure.found}\n{text}")
    assert not wrong, "\n\n".join(wrong)
    assert made > 3
