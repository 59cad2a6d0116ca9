from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.config.sections import EndpointSettings
from warmline.events import AnswerKind, Expectation
from warmline.hearing.endpointing import (
    GO_ON_S,
    ON_CHUNKS,
    YOUNG_S,
    Endpointer,
    Signal,
    TurnOver,
    VoiceBegan,
    VoiceDragsOn,
    VoicePaused,
    VoiceResumed,
    VoiceWentOn,
)
from warmline.hearing.expectation import Completeness
from warmline.hearing.patience import Patience, Pause

CHUNK_S = 0.032
SETTINGS = EndpointSettings()


def feed(endpointer: Endpointer, probabilities: list[float], at: int = 0) -> list[Signal]:
    signals: list[Signal] = []
    for number, probability in enumerate(probabilities, at):
        signals += endpointer.chunk(probability, number * CHUNK_S, (number + 1) * CHUNK_S)
    return signals


def test_a_turn_begins_pauses_and_ends() -> None:
    signals = feed(Endpointer(), [0.0] * 10 + [0.9] * 20 + [0.0] * 60)
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


PAUSE = round(SETTINGS.pause / CHUNK_S)
"""Chunks of silence that make a pause."""


def paused(**known: Any) -> tuple[Endpointer, Patience]:
    """Ten chunks of voice and the silence that makes a pause, and what is known of it."""
    patience = Patience()
    endpointer = Endpointer(patience)
    endpointer.expect = Expectation(kind=known.pop("kind", AnswerKind.FREE))
    signals = feed(endpointer, [0.9] * 10 + [0.0] * PAUSE)
    assert isinstance(signals[-1], VoicePaused)
    if words := known.get("words"):
        endpointer.words(words)
    if (finished := known.get("finished")) is not None:
        endpointer.voice(finished)
    return endpointer, patience


@pytest.mark.parametrize("kind", [*AnswerKind])
@pytest.mark.parametrize("words", [None, *Completeness])
@pytest.mark.parametrize("finished", [None, 0.0, 0.5, 1.0])
def test_the_turn_ends_with_the_wait_that_patience_says(
    kind: AnswerKind, words: Completeness | None, finished: float | None
) -> None:
    endpointer, patience = paused(kind=kind, words=words, finished=finished)
    pause = Pause(kind=kind, words=words, finished=finished, said_s=pytest.approx(10 * CHUNK_S))
    assert endpointer.pause == pause
    wait_s = patience.wait(replace(pause, said_s=10 * CHUNK_S)).seconds
    chunks = PAUSE
    while not any(isinstance(s, TurnOver) for s in feed(endpointer, [0.0], 10 + chunks)):
        chunks += 1
    ended_s = (chunks + 1) * CHUNK_S
    assert wait_s <= ended_s + 1e-6 < max(wait_s, SETTINGS.pause + CHUNK_S) + CHUNK_S + 1e-6


def test_what_becomes_known_late_ends_the_turn_at_once() -> None:
    endpointer, _ = paused(kind=AnswerKind.YES_NO)
    assert feed(endpointer, [0.0] * 4, 10 + PAUSE) == []
    assert endpointer.enough() == []
    endpointer.words(Completeness.COMPLETE)
    assert endpointer.enough() == [TurnOver(pytest.approx(10 * CHUNK_S), "complete")]
    assert endpointer.enough() == [] and not endpointer.speaking


def test_a_chunk_of_voice_delays_the_end() -> None:
    """It may be the caller who goes on."""
    endpointer, _ = paused(kind=AnswerKind.YES_NO)
    assert feed(endpointer, [0.0] * 4 + [0.9], 10 + PAUSE) == []
    endpointer.words(Completeness.COMPLETE)
    assert endpointer.enough() == []
    assert [type(s) for s in feed(endpointer, [0.9], 15 + PAUSE)] == [VoiceResumed]


def test_what_is_known_counts_for_its_own_pause_only() -> None:
    endpointer, _ = paused(words=Completeness.FINISHED, finished=0.99)
    feed(endpointer, [0.9] * 3, 10 + PAUSE)
    endpointer.words(Completeness.COMPLETE)
    endpointer.voice(1.0)
    assert endpointer.pause is None
    feed(endpointer, [0.0] * PAUSE, 13 + PAUSE)
    said_s = (13 + PAUSE) * CHUNK_S
    assert endpointer.pause == Pause(kind=AnswerKind.FREE, said_s=pytest.approx(said_s))


@pytest.mark.parametrize(
    ("waited", "gap_s", "joined"),
    [
        (None, GO_ON_S, True),
        (None, GO_ON_S + 3 * CHUNK_S, False),
        (1.5, 1.5 + YOUNG_S, True),
        (1.5, 1.5 + YOUNG_S + 3 * CHUNK_S, False),
    ],
)
def test_a_voice_soon_after_takes_the_end_back(
    waited: float | None, gap_s: float, joined: bool
) -> None:
    settings = EndpointSettings(min=waited or SETTINGS.min, pause=SETTINGS.pause)
    endpointer = Endpointer(Patience(settings))
    endpointer.expect = Expectation(kind=AnswerKind.YES_NO)
    feed(endpointer, [0.9] * 10 + [0.0] * PAUSE)
    endpointer.words(Completeness.COMPLETE)
    gap = int(gap_s / CHUNK_S)
    signals = feed(endpointer, [0.0] * (gap - PAUSE) + [0.9] * ON_CHUNKS, 10 + PAUSE)
    assert [type(s) for s in signals] == [TurnOver, VoiceWentOn if joined else VoiceBegan]
    assert signals[-1].at == pytest.approx((10 + gap) * CHUNK_S)


def test_a_slow_caller_gets_longer_pauses() -> None:
    patience = Patience()
    endpointer = Endpointer(patience)
    before = patience.wait(Pause(kind=AnswerKind.FREE)).seconds
    for turn in range(20):
        feed(endpointer, [0.9] * 10 + [0.0] * 30, 40 * turn)
    assert before < patience.wait(Pause(kind=AnswerKind.FREE)).seconds


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
