"""A stretch of a recorded call as a conversation test."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from warmline.events import (
    CallStarted,
    DigitPressed,
    Entry,
    Escalated,
    FetchFinished,
    NodeEntered,
    NothingHeard,
    SlotFilled,
    SpeechEnded,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.trial.folder import read_script_file
from warmline.trial.testcase import AROUND_S, NoTestcase, excerpt

AT = "2026-11-22T10:00:00+00:00"


def log(*facts: Any) -> list[Entry]:
    started = CallStarted(door="t", caller="", flow="f", flow_version="1", started_at=AT)
    return [
        Entry(call_id="c", seq=n, at=float(n), fact=fact)
        for n, fact in enumerate([started, *facts], 1)
    ]


def said(turn: int, text: str, began: float = 1.0, ended: float = 2.0) -> list[Any]:
    return [
        SpeechStarted(audio_at=began),
        SpeechEnded(turn=turn, audio_at=ended, reason="silence"),
        UtteranceHeard(turn=turn, text=text, confidence=0.9, started_at=began, audio_at=ended),
    ]


def test_the_call_up_to_a_turn_with_what_came_of_it() -> None:
    entries = log(
        NodeEntered(node="welcome"),
        *said(1, "where is my order"),
        NodeEntered(node="order_number"),
        SlotFilled(slot="reason", value="where_is_my_order", confidence=0.9),
        NothingHeard(turn=2, audio_at=3.0, reason="not_speech"),
        *said(3, "4 5 2 7", began=8.0, ended=9.5),
        SlotFilled(slot="order", value="4527", confidence=0.9),
        NodeEntered(node="confirm"),
        *said(4, "yes"),
    )
    found = excerpt(entries, 3, "a number")
    assert found.conversation == {
        "conversation": "a number",
        "hours": AT,
        "turns": [
            {"caller": "where is my order"},
            {"bot": {"node": "order_number", "slot": {"reason": "where_is_my_order"}}},
            {"caller": {"noise": True}},
            {"caller": "4 5 2 7"},
            {"bot": {"node": "confirm", "slot": {"order": "4527"}}},
        ],
    }
    assert (found.turn, found.begin_s, found.end_s) == (3, 8.0 - AROUND_S, 9.5 + AROUND_S)


def test_it_is_a_conversation_that_can_be_read(tmp_path: Path) -> None:
    entries = log(
        *said(1, "a person please"),
        Escalated(queue="orders", reason="asked", why="they asked", skills=(), priority=0),
        FetchFinished(
            request_id="r", endpoint="status", outcome="ok", code="", values=(("order", "1"),)
        ),
        FetchFinished(request_id="r", endpoint="status", outcome="not_found", code=""),
        FetchFinished(request_id="r", endpoint="status", outcome="error", code="timeout"),
    )
    conversation = excerpt(entries, 1, "to a person").conversation
    assert conversation["endpoints"] == {
        "status": [{"ok": {"order": "1"}}, "not_found", {"error": "timeout"}]
    }
    path = tmp_path / "case.yaml"
    path.write_text(yaml.safe_dump(conversation))
    [script] = read_script_file(path)
    assert script.conversation.conversation == "to a person"


def test_an_undone_turn_stands_there_once() -> None:
    resumed = TurnResumed(turn=1, audio_at=2.4)
    entries = log(*said(1, "four five"), resumed, *said(1, "four five two seven", ended=4.0))
    turns = excerpt(entries, 1, "x").conversation["turns"]
    assert turns == [{"caller": "four five two seven"}]


def test_keys_that_follow_each_other_are_typed_as_one() -> None:
    keys = [DigitPressed(digit=digit) for digit in "452"]
    turns = excerpt(log(*keys, *said(1, "yes")), 1, "x").conversation["turns"]
    assert turns == [{"caller": {"dtmf": "452"}}, {"caller": "yes"}]


def test_words_about_keys_are_no_keys() -> None:
    entries = log(*said(1, "what is dtmf"), DigitPressed(digit="4"), *said(2, "yes"))
    turns = excerpt(entries, 2, "x").conversation["turns"]
    assert [turn["caller"] for turn in turns] == ["what is dtmf", {"dtmf": "4"}, "yes"]


def test_a_turn_that_is_not_there() -> None:
    with pytest.raises(NoTestcase, match="no turn 7 with words; it has 1"):
        excerpt(log(*said(1, "yes")), 7, "x")


@pytest.mark.parametrize("secret", [DigitPressed(digit="x"), *said(1, "[secret]")[2:]])
def test_what_is_secret_cannot_be_done_again(secret: Any) -> None:
    with pytest.raises(NoTestcase, match="after a secret"):
        excerpt(log(secret, *said(2, "yes")), 2, "x")
