"""Reading the supervisors' rules: those that ship, and what is wrong with others, by line."""

from pathlib import Path

import pytest

from warmline.desk.alert_rules import CONDITIONS, read_rules
from warmline.errors import FlowError


def test_the_rules_that_ship_use_every_condition() -> None:
    rules = read_rules()
    for condition in CONDITIONS:
        assert any(getattr(rule, condition) is not None for rule in rules.values()), condition


def test_a_file_of_one_s_own_replaces_them(tmp_path: Path) -> None:
    file = tmp_path / "alerts.yaml"
    file.write_text("alerts:\n  slow:\n    text: Too slow\n    waiting: 30\n")
    assert list(read_rules(file)) == ["slow"]
    file.write_text("# none\n")
    assert read_rules(file) == {}


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("text: A\n    waiting: 0", ":4: alerts.slow.waiting: expected greater than or equal to 1"),
        ("waiting: 30", ":2: alerts.slow.text: is missing"),
        (
            "text: A",
            ":2: alerts.slow: expected exactly one of mood, silence, waiting, said, missed",
        ),
        ("text: A\n    waiting: 5\n    silence: 5", ":2: alerts.slow: expected exactly one of"),
        ("text: A\n    wating: 5", ":4: alerts.slow.wating: unknown key"),
        ("text: A\n    mood: { under: -0.5 }", "unknown key (known: below, turns)"),
        ("text: A\n    mood: { below: 0.5 }", ":4: alerts.slow.mood.below: expected less than"),
        ("text: A\n    said: { words: [] }", ":4: alerts.slow.said.words:"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, rule: str, told: str) -> None:
    file = tmp_path / "alerts.yaml"
    file.write_text(f"alerts:\n  slow:\n    {rule}\n")
    with pytest.raises(FlowError) as refused:
        read_rules(file)
    assert told in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="alerts.yaml: no such file"):
        read_rules(tmp_path / "alerts.yaml")
