from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.events import AnswerKind, Expectation
from warmline.hearing.endpointing import (
    Endpointer,
    Signal,
    TurnOver,
    VoiceBegan,
    VoiceDragsOn,
    VoicePaused,
    VoiceResumed,
)
from warmline.hearing.expectation import Completeness

CHUNK_S = 0.032


def feed(endpointer: Endpointer, probabilities: list[float], at: int = 0) -> list[Signal]:
    signals: list[Signal] = []
    for number, probability in enumerate(probabilities, at):
        signals += endpointer.chunk(probability, number * CHUNK_S, (number + 1) * CHUNK_S)
    return signals


def test_a_turn_begins_pauses_and_ends() -> None:
    signals = feed(Endpointer(), [0.0] * 10 + [0.9] * 20 + [0.0] * 40)
    assert [type(s) for s in signals] == [VoiceBegan, VoicePaused, TurnOver]
    assert signals[0].at == pytest.approx(10 * CHUNK_S)
    assert signals[1].at == signals[2].at == pytest.approx(30 * CHUNK_S)


def test_one_loud_chunk_is_no_voice() -> None:
    assert feed(Endpointer(), [0.0, 0.9, 0.0] * 10) == []


def test_between_the_thresholds_nothing_changes() -> None:
    assert feed(Endpointer(), [0.4] * 50) == []
    signals = feed(Endpointer(), [0.9] * 5 + [0.4] * 100)
    assert [type(s) for s in signals] == [VoiceBegan]


def test_a_resumed_voice_takes_the_words_of_the_pause_back() -> None:
    endpointer = Endpointer()
    feed(endpointer, [0.9] * 10 + [0.0] * 8)
    endpointer.words(Completeness.COMPLETE)
    assert isinstance(feed(endpointer, [0.9] * 2, 18)[-1], VoiceResumed)
    assert [type(s) for s in feed(endpointer, [0.0] * 10, 20)] == [VoicePaused]


@pytest.mark.parametrize(
    ("kind", "words", "wait_s"),
    [
        (AnswerKind.YES_NO, Completeness.COMPLETE, 0.2),
        (AnswerKind.DIGITS, Completeness.COMPLETE, 0.2),
        (AnswerKind.DIGITS, Completeness.UNFINISHED, 1.2),
        (AnswerKind.DIGITS, None, 1.2),
        (AnswerKind.FREE, Completeness.FINISHED, 0.45),
        (AnswerKind.FREE, Completeness.UNFINISHED, 1.0),
    ],
)
def test_the_awaited_answer_sets_the_silence(
    kind: AnswerKind, words: Completeness | None, wait_s: float
) -> None:
    endpointer = Endpointer()
    endpointer.expect = Expectation(kind=kind)
    signals = feed(endpointer, [0.9] * 10 + [0.0] * 7)
    assert isinstance(signals[-1], VoicePaused)
    if words:
        endpointer.words(words)
    chunks = 7
    while not any(isinstance(s, TurnOver) for s in feed(endpointer, [0.0], 10 + chunks)):
        chunks += 1
    assert wait_s - CHUNK_S <= (chunks + 1) * CHUNK_S - CHUNK_S < wait_s + CHUNK_S


def test_a_caller_who_never_stops_is_handed_on_in_parts() -> None:
    signals = feed(Endpointer(), [0.9] * 2_000)  # 64 s
    parts = [s for s in signals if not isinstance(s, VoiceDragsOn)]
    assert [type(s) for s in parts] == [VoiceBegan, TurnOver, TurnOver]
    assert [s.reason for s in signals if isinstance(s, TurnOver)] == ["max_speech"] * 2


def test_a_voice_without_a_pause_is_asked_about_every_eight_seconds() -> None:
    drags = [s.at for s in feed(Endpointer(), [0.9] * 860) if isinstance(s, VoiceDragsOn)]
    assert drags == pytest.approx([8, 16, 24], abs=CHUNK_S)


@pytest.mark.parametrize("gap", [[0.0] * 8, [0.0] * 30], ids=["a breath", "taken up again"])
def test_a_pause_begins_the_eight_seconds_anew(gap: list[float]) -> None:
    signals = feed(Endpointer(), [0.9] * 200 + gap + [0.9] * 200)
    assert not any(isinstance(s, VoiceDragsOn) for s in signals)


def test_lost_frames_are_a_pause_too() -> None:
    endpointer = Endpointer()
    feed(endpointer, [0.9] * 10)
    assert feed(endpointer, [0.9] * 10, 300) == []


def test_a_turn_that_is_dropped_is_not_taken_up_again() -> None:
    endpointer = Endpointer()
    feed(endpointer, [0.9] * 10)
    endpointer.drop()
    assert not endpointer.speaking
    assert feed(endpointer, [0.0] * 40, 10) == []
    assert [type(s) for s in feed(endpointer, [0.9] * 4, 14)] == [VoiceBegan]


@given(
    st.lists(st.floats(min_value=0, max_value=1), max_size=400),
    st.lists(st.sampled_from([*Completeness]), max_size=20),
    st.sampled_from([*AnswerKind]),
)
def test_signals_alternate_and_time_never_runs_back(
    probabilities: list[float], words: list[Completeness], kind: AnswerKind
) -> None:
    endpointer = Endpointer()
    endpointer.expect = Expectation(kind=kind)
    signals: list[Signal] = []
    for number, probability in enumerate([*probabilities, *[0.0] * 60]):
        signals += feed(endpointer, [probability], number)
        if words and number % 7 == 0:
            endpointer.words(words[number % len(words)])
    assert not endpointer.speaking, "silence always ends a turn"
    legal = {
        VoiceBegan: (VoicePaused, TurnOver),
        VoicePaused: (VoiceResumed, TurnOver),
        VoiceResumed: (VoicePaused, TurnOver),
        TurnOver: (VoiceBegan, VoicePaused, TurnOver),
    }
    for before, after in zip(signals, signals[1:], strict=False):
        assert isinstance(after, legal[type(before)])
        assert after.at >= before.at - 1e-9 or isinstance(after, VoicePaused)
    assert all(
        len(list(run)) == 1 for kind_, run in groupby(map(type, signals)) if kind_ is not TurnOver
    )
