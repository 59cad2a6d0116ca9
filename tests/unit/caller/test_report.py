"""The report of a call whose every sound is known: its waits are right to 10 ms."""

from typing import Any

import numpy as np
import pytest

from warmline.audio.frame import Pcm
from warmline.caller.client import Recording
from warmline.caller.report import Report, report
from warmline.caller.tracks import Track

RATE = 16_000
CONNECTED = 500.0
"""The caller's clock: far from the call's."""
STARTED = 500.1
SENDING = 500.12
NEAR = 10.0
"""Milliseconds."""


def noise(seconds: float, level: float = 0.1) -> Pcm:
    rng = np.random.default_rng(1)
    return rng.normal(0, level * 32_767, int(seconds * RATE)).astype(np.int16)


class Call:
    """Sounds at seconds of the caller's audio, and the server's log beside them."""

    def __init__(self) -> None:
        self.recording = Recording(
            sent=Track(RATE, SENDING),
            received=Track(RATE, CONNECTED),
            connected_at=CONNECTED,
            started_at=STARTED,
            call_id="c1",
            ended="completed",
        )
        self.events: list[dict[str, Any]] = []

    def log(self, kind: str, **fields: Any) -> None:
        self.events.append({"type": kind, "seq": len(self.events) + 1, "at": 0.0, **fields})

    def caller(self, begin: float, end: float) -> None:
        self.recording.sent.append_at(SENDING + begin, noise(end - begin))
        self.log("SpeechStarted", audio_at=begin - 0.01)

    def heard(self, turn: int, text: str, begin: float, end: float, at: float) -> None:
        """The server is a little wrong about begin and end; its text came at `at`."""
        fields = {"turn": turn, "text": text, "started_at": begin + 0.03, "audio_at": end - 0.02}
        self.log("UtteranceHeard", **fields)
        self.events[-1]["at"] = SENDING + at - STARTED

    def bot(self, begin: float, seconds: float, text: str, node: str = "node") -> None:
        self.recording.received.append_at(SENDING + begin, noise(seconds))
        self.log("SpeakingStarted", say_id=text, node=node, text=text)
        self.log("SpeakingFinished", say_id=text, text=text, played_s=seconds, interrupted=False)

    def keys(self, keys: str, begin: float) -> None:
        for number, key in enumerate(keys):
            self.recording.keys.append((SENDING + begin + 0.15 * number, key))
            self.log("DigitPressed", digit=key)

    def report(self) -> Report:
        self.recording.sent.append(np.zeros(3 * RATE, dtype=np.int16))
        return report(self.recording, self.events)


def test_the_waits_of_a_turn() -> None:
    call = Call()
    call.bot(0.2, 1.0, "Hello.", "greet")
    call.caller(2.0, 3.2)
    call.heard(1, "My order.", 2.0, 3.2, at=3.5)
    call.log("NodeEntered", node="ask")
    call.bot(3.65, 1.0, "Which one?", "ask")
    call.bot(4.7, 0.5, "Say it.", "ask")
    found = call.report()
    assert (found.call_id, found.ended, found.pacing_p95_ms) == ("c1", "completed", 0.0)
    assert found.greeting_ms == pytest.approx(320, abs=NEAR)
    (turn,) = found.turns
    assert turn.v2v_ms == pytest.approx(450, abs=NEAR)
    assert turn.ttfs_ms == pytest.approx(300, abs=NEAR)
    assert (turn.heard, turn.said, turn.node, turn.by) == (
        "My order.",
        "Which one? Say it.",
        "ask",
        "voice",
    )
    assert found.as_dict()["turns"][0]["heard"] == "My order."


def test_turns_do_not_take_each_others_answers() -> None:
    call = Call()
    for turn, begin in enumerate([1.0, 5.0, 9.0], start=1):
        call.caller(begin, begin + 1)
        call.heard(turn, f"turn {turn}", begin, begin + 1, at=begin + 1.2)
        if turn != 2:  # nobody answers the second
            call.bot(begin + 1 + turn / 10, 1.0, f"reply {turn}")
    found = call.report()
    waits = [turn.v2v_ms for turn in found.turns]
    assert waits == [pytest.approx(100, abs=NEAR), None, pytest.approx(300, abs=NEAR)]
    assert [turn.said for turn in found.turns] == ["reply 1", "", "reply 3"]


def test_a_turn_that_was_resumed_counts_once_and_from_its_real_end() -> None:
    call = Call()
    call.caller(1.0, 2.0)
    call.heard(1, "Four zero", 1.0, 2.0, at=2.3)
    call.bot(2.5, 0.3, "Sorry")
    call.log("TurnResumed", turn=1, audio_at=2.9)
    call.recording.sent.append_at(SENDING + 2.9, noise(1.1))
    call.heard(1, "Four zero one seven", 1.0, 4.0, at=4.3)
    call.bot(4.4, 1.0, "Thanks.")
    (turn,) = call.report().turns
    assert (turn.heard, turn.said) == ("Four zero one seven", "Thanks.")
    assert turn.v2v_ms == pytest.approx(400, abs=NEAR)


def test_a_reply_that_was_taken_back_leaves_no_node_behind() -> None:
    call = Call()
    call.caller(1.0, 2.0)
    call.heard(1, "Where is it?", 1.0, 2.0, at=2.3)
    call.log("NodeEntered", node="number")
    call.bot(2.4, 0.5, "Which number?", "number")
    call.caller(3.5, 4.0)
    call.heard(2, "Yes", 3.5, 4.0, at=4.2)
    call.log("NodeEntered", node="answer")
    call.log("SpeakingStarted", say_id="s", node="answer", text="It is")
    call.log("TurnResumed", turn=2, audio_at=4.3)
    call.recording.sent.append_at(SENDING + 4.3, noise(0.5))
    call.heard(2, "Yes, please", 3.5, 4.8, at=5.1)
    call.log("NodeEntered", node="answer")
    call.bot(5.2, 0.5, "It is here.", "answer")
    assert [turn.node for turn in call.report().turns] == ["number", "answer"]


def test_words_that_were_void_and_never_came_again_are_no_turn() -> None:
    call = Call()
    call.caller(1.0, 2.0)
    call.heard(1, "Well", 1.0, 2.0, at=2.3)
    call.log("TurnResumed", turn=1, audio_at=2.9)
    call.log("NothingHeard", turn=1, audio_at=3.0, reason="no_words")
    assert call.report().turns == []


def test_a_voice_ends_before_the_next_begins() -> None:
    call = Call()
    call.caller(1.0, 2.0)
    call.heard(1, "first", 1.0, 2.0, at=2.2)
    call.caller(2.3, 3.0)
    call.heard(2, "second", 2.3, 3.0, at=3.2)
    call.bot(3.3, 1.0, "Thanks.")
    first, second = call.report().turns
    assert first.ttfs_ms == pytest.approx(200, abs=NEAR)
    assert second.v2v_ms == pytest.approx(300, abs=NEAR)


def test_keys_in_a_row_are_one_turn_from_the_last_key() -> None:
    call = Call()
    call.bot(0.2, 0.5, "Your number?")
    call.keys("4017", 1.0)
    call.bot(1.6, 1.0, "4 0 1 7?", "confirm")
    call.keys("1", 4.0)
    call.bot(4.2, 0.5, "Thanks.", "end")
    call.caller(6.0, 7.0)
    call.heard(1, "Bye.", 6.0, 7.0, at=7.2)
    found = call.report().turns
    assert [(turn.by, turn.heard, turn.node) for turn in found] == [
        ("keypad", "4017", "confirm"),
        ("keypad", "1", "end"),
        ("voice", "Bye.", ""),
    ]
    assert found[0].v2v_ms == pytest.approx(150, abs=NEAR)
    assert found[1].v2v_ms == pytest.approx(200, abs=NEAR)
    assert found[0].ttfs_ms is None


def test_nothing_audible() -> None:
    call = Call()
    call.caller(1.0, 2.0)
    call.heard(1, "Hello?", 1.0, 2.0, at=2.2)
    found = call.report()
    assert found.greeting_ms is None
    assert found.turns[0].v2v_ms is None
    assert found.turns[0].ttfs_ms == pytest.approx(200, abs=NEAR)


def test_words_without_a_voice_have_no_wait() -> None:
    call = Call()
    call.recording.sent.append(np.zeros(3 * RATE, dtype=np.int16))
    call.heard(1, "invented", 1.0, 2.0, at=2.2)
    call.bot(2.5, 1.0, "What?")
    (turn,) = call.report().turns
    assert (turn.v2v_ms, turn.ttfs_ms, turn.said) == (None, None, "What?")


def test_an_empty_call() -> None:
    found = Call().report()
    assert (found.turns, found.greeting_ms, found.pacing_p95_ms) == ([], None, 0.0)


def test_the_callers_own_lateness_is_told() -> None:
    call = Call()
    call.recording.lateness = [0.001] * 90 + [0.004] * 10
    assert call.report().pacing_p95_ms == 4.0
