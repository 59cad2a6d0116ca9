"""Conversation files: what may stand in them, and what is refused, with file and line."""

from pathlib import Path

import pytest

from warmline.errors import FlowError
from warmline.trial.folder import read_replies, read_script_file, read_scripts

ONE = 'conversation: one\nturns:\n  - caller: "hi"\n'


def refusal(folder: Path, text: str) -> str:
    path = folder / "conversations" / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FlowError) as refused:
        read_script_file(path)
    return str(refused.value).replace(f"{path}:", "")


def test_a_file_holds_one_conversation_or_several(parcels: Path) -> None:
    folder = parcels / "conversations"
    (folder / "a.yaml").write_text(ONE)
    several = "conversations:\n" + "".join(
        f"  - conversation: {name}\n    turns:\n      - bot: hello\n" for name in ("two", "three")
    )
    (folder / "b.yaml").write_text(several)
    (folder / "notes.txt").write_text("not a conversation")
    scripts = read_scripts(parcels)
    assert [script.conversation.conversation for script in scripts] == ["one", "two", "three"]
    assert [(script.line, script.lines) for script in scripts] == [(1, (3,)), (2, (4,)), (5, (7,))]


def test_a_flow_without_conversations_has_none(tmp_path: Path) -> None:
    assert read_scripts(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conversation: x\n", "1: turns: is missing"),
        ("conversation: x\nturns: []\n", "2: turns: expected at least one"),
        ("- x\n", "1: expected a mapping"),
        (ONE + "  - bot: { say: hi }\n", "4: turns.1.bot.say: unknown key"),
        (ONE + "  - boot: hi\n", "4: turns.1: expected exactly one of bot, caller, agent"),
        (
            ONE + "  - caller: { text: hi, dtmf: '1' }\n",
            "4: turns.1.caller: expected exactly one of text, dtmf, silence, noise, hangs_up, "
            "mood, interrupts",
        ),
        (
            ONE + '  - caller: { dtmf: "12x" }\n',
            '4: turns.1.caller: expected keys (0-9, * and #) between quotes: "4527#"',
        ),
        (ONE + "  - caller: { silence: -1 }\n", "4: turns.1.caller.silence: "),
        (ONE + "  - bot: '!?'\n", "4: turns.1.bot: expected words, or words … words"),
        (ONE + "  - bot: { ends: maybe }\n", "4: turns.1.bot.ends: "),
        (
            ONE + "hours: never\n",
            '4: hours: expected open, closed or a time ("2026-03-03T10:00:00Z")',
        ),
        (
            ONE + "hours: 2026-03-03T10:00:00\n",
            '4: hours: expected open, closed or a time ("2026-03-03T10:00:00Z")',
        ),
        (
            ONE + "endpoints: { a: [ { ok: {}, error: timeout } ] }\n",
            "4: endpoints.a.0: expected exactly one of ok, not_found, error",
        ),
        (ONE + "endpoints: { a: [ maybe ] }\n", "4: endpoints.a.0: expected a mapping"),
        (ONE + "turns: &a []\n", "4: the key 'turns' stands on line 2 already"),
        (ONE + "---\n" + ONE, "4: expected one document"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(parcels: Path, text: str, message: str) -> None:
    assert refusal(parcels, text).startswith(message)


def test_all_problems_of_all_files_are_told_at_once(parcels: Path) -> None:
    folder = parcels / "conversations"
    (folder / "a.yaml").write_text(ONE + "  - boot: hi\n  - bat: hi\n")
    (folder / "b.yaml").write_text("conversation: x\n")
    with pytest.raises(FlowError) as refused:
        read_scripts(parcels)
    assert len(str(refused.value).splitlines()) == 3


def test_a_file_of_answers(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text("orders: [ { ok: { status: 4 } }, not_found, error ]\n")
    replies = read_replies(path)["orders"]
    assert [reply.outcome for reply in replies] == ["ok", "not_found", "error"]
    assert replies[0].ok == {"status": "4"}
    path.write_text("orders: []\n")
    with pytest.raises(FlowError, match=r"answers\.yaml:1: orders: "):
        read_replies(path)
