"""When a sound stops us: the judgement as a table, a sound frame by frame, and assents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.call.bargein import (
    ECHO_S,
    GAP_S,
    QUESTION_S,
    SPEECH_S,
    Evidence,
    Sound,
    Verdict,
    is_answer,
    is_assent,
    judge,
)
from warmline.events import ANYTHING, AnswerKind, Expectation

STOP, SPEAK_ON = Verdict.STOP, Verdict.SPEAK_ON
YES_NO = Expectation(kind=AnswerKind.YES_NO)
SIDES = Expectation(kind=AnswerKind.CHOICE, words=("left", "all right"))

# lasted, quiet, question, maybe echo
CASES: dict[str, tuple[tuple[float, float, bool, bool], Verdict | None]] = {
    "a syllable into a question": ((0.12, 0.0, True, False), STOP),
    "less than that": ((0.1, 0.0, True, False), None),
    "a syllable into a sentence": ((0.3, 0.0, False, False), None),
    "words into a sentence": ((0.45, 0.0, False, False), STOP),
    "a closure within a word": ((0.5, 0.06, False, False), None),
    "it is over": ((0.2, 0.1, True, False), SPEAK_ON),
    "it was long, and is over": ((2.0, 0.1, False, False), SPEAK_ON),
    "perhaps our echo": ((0.5, 0.0, True, True), None),
    "no echo: it did not fall with us": ((0.8, 0.0, True, True), STOP),
    "an echo: it fell with us": ((0.4, 0.1, True, True), SPEAK_ON),
}


@pytest.mark.parametrize(("seen", "verdict"), CASES.values(), ids=CASES)
def test_the_judgement(seen: tuple[float, float, bool, bool], verdict: Verdict | None) -> None:
    lasted_s, quiet_s, question, maybe_echo = seen
    evidence = Evidence(
        lasted_s=lasted_s, quiet_s=quiet_s, question=question, maybe_echo=maybe_echo
    )
    assert judge(evidence) is verdict


def decided(sound: Sound, levels: list[float]) -> tuple[Verdict | None, int]:
    """The first verdict and its frame; below -50 dBFS is no voice."""
    for number, level_db in enumerate(levels, 1):
        if verdict := sound.hear(level_db, is_voice=level_db > -50):
            return verdict, number
    return None, len(levels)


@pytest.mark.parametrize(
    ("question", "maybe_echo", "frames"), [(True, False, 2), (False, False, 18), (True, True, 36)]
)
def test_a_voice_is_let_in_in_time(question: bool, maybe_echo: bool, frames: int) -> None:
    """0.08 s of it were heard before it was noticed."""
    sound = Sound(lasted_s=0.08, question=question, maybe_echo=maybe_echo)
    verdict, number = decided(sound, [-20.0] * 100)
    assert (verdict, number) == (STOP, frames)
    enough = ECHO_S if maybe_echo else QUESTION_S if question else SPEECH_S
    assert abs(0.08 + 0.02 * number - enough) <= 0.01 + 1e-9


def test_what_falls_with_our_own_fall_is_over() -> None:
    sound = Sound(lasted_s=0.08, question=True, maybe_echo=True)
    assert decided(sound, [-30.0] * 10 + [-48.0] * 20) == (SPEAK_ON, 15)


def test_what_our_echo_covers_is_waited_for_and_then_over() -> None:
    sound = Sound(lasted_s=0.08, question=True, maybe_echo=False)
    hidden = [sound.hear(-30.0, is_voice=False, is_masked=True) for _ in range(10)]
    assert hidden == [None] * 10
    assert sound.hear(-30.0, is_voice=True) is STOP
    sound = Sound(lasted_s=0.08, question=True, maybe_echo=False)
    verdicts = [sound.hear(-30.0, is_voice=False, is_masked=True) for _ in range(30)]
    assert verdicts.index(SPEAK_ON) == 23  # 0.4 s, and the gap


@given(
    levels=st.lists(st.floats(-60, 0), min_size=70, max_size=70),
    question=st.booleans(),
    maybe_echo=st.booleans(),
    before=st.floats(0, 0.3),
)
def test_every_sound_that_goes_on_or_ends_is_judged(
    levels: list[float], question: bool, maybe_echo: bool, before: float
) -> None:
    """Whatever came before: one frame of voice behind the time limit, or a gap, decides."""
    sound = Sound(lasted_s=before, question=question, maybe_echo=maybe_echo)
    verdict, _ = decided(sound, levels)
    assert verdict or decided(sound, [0.0])[0] is STOP
    if verdict is None:
        assert max(levels[-round(GAP_S / 0.02) :]) > -50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Uh-huh.", True),
        ("Mm-hmm.", True),
        ("Mhm", True),
        ("Hmm.", True),
        ("Okay.", True),
        ("Yeah, right.", True),
        ("All right, I see.", True),
        ("Oh, okay, got it.", True),
        ("Yes.", True),
        ("", False),
        ("...", False),
        ("No.", False),
        ("Stop.", False),
        ("Okay, stop.", False),
        ("Right, an agent.", False),
        ("Mmm, bananas.", False),
        ("yeah yeah yeah yeah yeah", False),
    ],
)
def test_an_assent(text: str, expected: bool) -> None:
    assert is_assent(text) is expected


@pytest.mark.parametrize(
    ("text", "expect", "asked", "expected"),
    [
        ("Uh-huh.", YES_NO, True, True),
        ("Uh-huh.", YES_NO, False, False),
        ("Yes.", YES_NO, False, True),
        ("Yes.", ANYTHING, False, False),
        ("Okay.", ANYTHING, True, False),
        ("All right.", SIDES, True, True),
        ("All right.", SIDES, False, False),
        ("Right.", SIDES, True, False),
    ],
)
def test_an_assent_as_an_answer(
    text: str, expect: Expectation, asked: bool, expected: bool
) -> None:
    assert is_answer(text, expect, asked=asked) is expected
