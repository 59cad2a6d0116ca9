"""`warmline console` through a pipe: what is typed, what is said, and the view beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from warmline.cli import app

FLOW = """\
flow: tiny
start: welcome
escape: { queue: help }
endpoints: [orders, cards]
nodes:
  welcome:
    say: "You are talking with an automated assistant."
    then: order
  order:
    ask: { slot: order, type: digits(4), prompt: "What is your order number?" }
    then: look_up
  look_up:
    call: { endpoint: orders, with: { id: "{order}" }, save: { status: $.status } }
    on: { ok: card, error: broken }
  card:
    secure_input: { slot: card, type: digits(4), prompt: "It is {status}. Card?", endpoint: cards }
    on: { ok: back, error: broken }
  broken:
    escalate: "the system is down"
  back:
    end: "Goodbye."
  again:
    handback: "You are back with the automated assistant."
    then: order
"""

Talk = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows" / "tiny").mkdir(parents=True)
    (tmp_path / "flows" / "tiny" / "flow.yaml").write_text(FLOW)
    return tmp_path / "flows"


@pytest.fixture
def talk(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Talk:
    """What `console tiny` shows when these lines are typed."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("WARMLINE_MODELS", str(tmp_path / "models"))

    def type_lines(*lines: str, options: tuple[object, ...] = ()) -> str:
        arguments = ["console", "tiny", "--folder", folder, *options]
        typed = "".join(f"{line}\n" for line in lines)
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)
        assert isinstance(result.exception, SystemExit | None), repr(result.exception)
        assert result.exit_code == 0, result.output
        return result.output

    return type_lines


def test_a_whole_call(talk: Talk) -> None:
    out = talk("four five two seven", "ok status=shipped", "/keys 1234", "ok")
    told = ("automated assistant", "What is your order number?", "It is shipped. Card?", "Goodbye.")
    at = [out.index(text) for text in told]
    assert at == sorted(at)
    assert "orders(id=4527): ok status=… | not_found | error CODE" in out
    assert "order         4527 (0.90)" in out
    assert "digits (secret)" in out
    assert "cards(card=(secret))" in out
    assert out.rstrip().endswith("╯") and "(the call is over: completed)" in out


def test_scripted_answers_are_not_asked_for(talk: Talk, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("orders: [ { ok: { status: lost } } ]\n")
    out = talk("4527", options=("--endpoints", answers))
    assert "It is lost. Card?" in out and "orders(" not in out
    out = talk("/endpoint orders error timeout", "4527")
    assert "← orders: error timeout" in out and "→ a person of help (flow)" in out


def test_wrong_lines_are_told(talk: Talk) -> None:
    out = talk("/dance", "", "/help", "4527", "perhaps", "error")
    assert "unknown command /dance" in out
    assert "/keys 123#" in out
    assert "expected ok SLOT=VALUE …, not_found, or error CODE" in out


def test_the_view_follows_the_call(talk: Talk) -> None:
    out = talk("/silence", "/keys 45", "/silence", "/over agent", "/back anna", "/quit", "4527")
    assert "no_input      1" in out
    assert "timer digits" in out
    assert "no_match      1" in out
    assert "a person of help (asked)" in out
    assert "orders(" not in out


def test_an_escalated_call_can_be_handed_back_by_a_script(talk: Talk, folder: Path) -> None:
    script = folder / "script.yaml"
    script.write_text(
        "conversation: x\n"
        "endpoints: { orders: [ { ok: { status: shipped } } ], cards: [ ok ] }\n"
        "turns:\n"
        "  - bot: automated\n"
        '  - caller: { interrupts: "agent" }\n'
        "  - agent: { hands_back: anna }\n"
        "  - caller: '4527'\n"
        "  - caller: { dtmf: '9182' }\n"
    )
    out = talk(options=("--script", script))
    assert "you> (interrupts) agent" in out
    assert "you> (a person hands the caller back)" in out
    assert "You are back with the automated assistant." in out
    assert "you> (secret)" in out and "9182" not in out


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--hours", "closed"), "this flow is never closed"),
        (("--hours", "soon"), "expected open, closed or a time"),
        (("--script", "none.yaml"), "none.yaml"),
        (("--endpoints", "none.yaml"), "none.yaml"),
    ],
)
def test_mistakes_of_use(folder: Path, options: tuple[str, ...], problem: str) -> None:
    arguments = ["console", "tiny", "--folder", str(folder), *options]
    result = CliRunner().invoke(app, arguments, input="")
    assert result.exit_code == 2
    assert problem in " ".join(result.output.replace("│", " ").split())
