from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.config.sections import EndpointSettings
from warmline.events import AnswerKind
from warmline.hearing.expectation import Completeness
from warmline.hearing.patience import Patience, Pause

C, F, U = Completeness.COMPLETE, Completeness.FINISHED, Completeness.UNFINISHED
FREE, DIGITS, YES_NO = AnswerKind.FREE, AnswerKind.DIGITS, AnswerKind.YES_NO

kinds = st.sampled_from([*AnswerKind])
words = st.sampled_from([None, *Completeness])
voices = st.none() | st.floats(min_value=0, max_value=1)
lengths = st.just(inf) | st.floats(min_value=0, max_value=5)
pauses = st.builds(Pause, kind=kinds, words=words, finished=voices, said_s=lengths)


def wait_s(kind: AnswerKind, words: Completeness | None, finished: float | None = None) -> float:
    return Patience().wait(Pause(kind=kind, words=words, finished=finished)).seconds


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [
        ((YES_NO, C), (YES_NO, F)),
        ((DIGITS, C, 0.0), (DIGITS, U, 1.0)),
        ((DIGITS, C), (FREE, F)),
        ((FREE, F, 0.95), (FREE, F, 0.5)),
        ((FREE, F, 0.95), (FREE, F, None)),
        ((FREE, F, 0.5), (FREE, U, 0.5)),
        ((FREE, U, 0.95), (FREE, U, 0.5)),
        ((FREE, U, 0.5), (FREE, U, 0.0)),
        ((FREE, F, None), (FREE, None, None)),
        ((FREE, None, 0.95), (FREE, None, 0.5)),
    ],
)
def test_who_sounds_more_finished_is_answered_sooner(
    shorter: tuple[AnswerKind, Completeness | None, float | None],
    longer: tuple[AnswerKind, Completeness | None, float | None],
) -> None:
    assert wait_s(*shorter) < wait_s(*longer)


def test_the_voice_says_nothing_about_half_a_number() -> None:
    assert wait_s(DIGITS, U, 1.0) == wait_s(DIGITS, U, 0.0) == wait_s(DIGITS, U)


@given(pauses, st.floats(0.1, 0.5), st.floats(0.6, 4), st.floats(0.2, 5))
def test_every_wait_lies_between_the_bounds(
    pause: Pause, least: float, most: float, factor: float
) -> None:
    patience = Patience(EndpointSettings(min=least, max=most, factor=factor))
    for _ in range(3):
        assert least - 0.001 <= patience.wait(pause).seconds <= most + 0.001
        patience.breathed(9.0)


@given(pauses, st.lists(st.floats(0.2, 10)))
def test_slow_callers_get_a_little_more_time_and_quick_ones_no_less(
    pause: Pause, breaths: list[float]
) -> None:
    patience = Patience()
    before = patience.wait(pause).seconds
    for breath in breaths:
        patience.breathed(breath)
    patience.begun()
    assert before <= patience.wait(pause).seconds <= 1.25 * before + 0.001


# --- stories ------------------------------------------------------------------------------------


@given(pauses, st.lists(st.just(0.6), min_size=1, max_size=5))
def test_in_a_turn_that_pauses_no_wait_becomes_shorter(pause: Pause, breaths: list[float]) -> None:
    patience = Patience()
    told = [patience.wait(pause).seconds]
    for breath in breaths:  # as long as usual: of the caller nothing is learnt
        patience.breathed(breath)
        told.append(patience.wait(pause).seconds)
    assert told == sorted(told)


def test_a_story_is_waited_for_and_what_is_said_behind_it_is_not() -> None:
    patience = Patience()
    said = Pause(kind=FREE, words=F, finished=0.95)
    at_first = patience.wait(said)
    patience.breathed(0.4)
    paused = patience.wait(said)
    patience.breathed(0.5)
    story = patience.wait(said)
    assert at_first.seconds < paused.seconds < story.seconds
    assert at_first.because == "words and voice sound finished"
    assert paused.because == "words and voice sound finished, and the caller paused before"
    assert story.because == "words and voice sound finished, in a story"
    patience.begun()
    assert patience.wait(said).seconds == pytest.approx(at_first.seconds, rel=0.25)


def test_a_story_does_not_end_with_a_sentence_at_which_the_voice_hangs() -> None:
    patience = Patience()
    patience.breathed(0.9)
    hangs, ends = (Pause(kind=FREE, words=F, finished=finished) for finished in (0.02, 0.95))
    assert patience.wait(ends).seconds < 0.9 < patience.wait(hangs).seconds


@pytest.mark.parametrize("kind", [kind for kind in AnswerKind if kind is not FREE])
def test_an_answer_to_a_closed_question_is_no_story(kind: AnswerKind) -> None:
    patience = Patience()
    patience.breathed(0.6)  # as usual
    assert patience.wait(Pause(kind=kind, words=F)).seconds == wait_s(kind, F)


@given(pauses, st.floats(0, 5))
def test_the_less_was_said_the_longer_an_answer_is_waited_for(pause: Pause, said_s: float) -> None:
    less = Patience().wait(replace(pause, said_s=min(said_s, pause.said_s)))
    assert less.seconds >= Patience().wait(pause).seconds


def test_a_short_beginning_is_waited_for_and_a_whole_sentence_is_not() -> None:
    begins, longer, whole = (
        Patience().wait(Pause(kind=FREE, words=F, finished=0.95, said_s=said_s))
        for said_s in (0.5, 1.4, 2.5)
    )
    assert whole.seconds < longer.seconds < begins.seconds < 0.8
    assert begins.because == "words and voice sound finished, after little speech"


# --- reasons ------------------------------------------------------------------------------------


def test_only_a_complete_answer_is_not_a_matter_of_patience() -> None:
    hasty, calm = (Patience(EndpointSettings(factor=factor)) for factor in (0.5, 2.0))
    complete, finished = (Pause(kind=DIGITS, words=words) for words in (C, F))
    assert hasty.wait(complete) == calm.wait(complete)
    assert hasty.wait(finished).seconds < calm.wait(finished).seconds


@given(pauses)
def test_every_judgement_has_its_reason(pause: Pause) -> None:
    assert Patience().wait(pause).because
