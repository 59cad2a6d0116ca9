"""What a caller says and types while a secret is awaited is seen by nobody."""

import numpy as np
import pytest

from warmline.audio.frame import Frame
from warmline.call.mask import KEY, WORDS, Mask
from warmline.events import (
    ANYTHING,
    DigitPressed,
    Expectation,
    Fact,
    Listen,
    NodeEntered,
    PartialTranscript,
    SpeakingFinished,
    SpeechEnded,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)

SECRET = Listen(expect=Expectation(secure=True), no_input_s=7)
OPEN = Listen(expect=ANYTHING, no_input_s=7)
BEGAN = SpeechStarted(audio_at=1.0)
RESUMED = TurnResumed(turn=1, audio_at=2.0)
KEYED = DigitPressed(digit="4")


def ended(turn: int = 1) -> SpeechEnded:
    return SpeechEnded(turn=turn, audio_at=1.5, reason="silence")


def heard(turn: int = 1) -> UtteranceHeard:
    return UtteranceHeard(
        turn=turn,
        text="four one one one",
        confidence=0.9,
        started_at=1.0,
        audio_at=1.5,
        alternatives=("for one",),
    )


def spoken(*, interrupted: bool) -> SpeakingFinished:
    return SpeakingFinished(say_id="say-1", text="Thanks.", played_s=0.5, interrupted=interrupted)


def partial() -> PartialTranscript:
    return PartialTranscript(turn=1, stable="four one", unstable="one", audio_at=1.4)


def shown(*script: Listen | Fact) -> str:
    """All that can be seen of a script."""
    mask = Mask()
    seen: list[str] = []
    for step in script:
        if isinstance(step, Listen):
            mask.command(step)
        else:
            seen.append(repr(mask.fact(step)))
    return " ".join(seen)


@pytest.mark.parametrize(
    "script",
    [
        (SECRET, BEGAN, partial(), ended(), heard()),
        (BEGAN, SECRET, partial(), ended(), heard()),
        # The words come late: something else is awaited by then.
        (SECRET, BEGAN, ended(), OPEN, heard()),
        (SECRET, BEGAN, ended(), OPEN, BEGAN, heard()),
        (SECRET, BEGAN, ended(), heard(), OPEN, RESUMED, partial(), ended(), heard()),
    ],
)
def test_a_secret_that_was_said_is_not_shown(script: tuple[Listen | Fact, ...]) -> None:
    seen = shown(*script)
    assert "four" not in seen
    assert "for one" not in seen
    assert WORDS in seen


def test_a_secret_that_was_typed_is_not_shown() -> None:
    assert shown(SECRET, KEYED, NodeEntered(node="next"), KEYED).count(f"'{KEY}'") == 2


def test_keys_too_many_are_not_shown_either() -> None:
    """The flow has its sixteen digits and asks for something else; the caller types on."""
    typed = (SECRET, KEYED, OPEN, KEYED, spoken(interrupted=True), KEYED)
    assert shown(*typed).count(f"'{KEY}'") == 3
    assert shown(*typed, spoken(interrupted=False), KEYED).count(f"'{KEY}'") == 3
    assert shown(*typed, BEGAN, KEYED).count(f"'{KEY}'") == 3
    prompted = (SECRET, spoken(interrupted=False), KEYED)
    assert shown(*prompted).count(f"'{KEY}'") == 1, "the question itself was played"


def test_all_else_is_shown_as_it_is() -> None:
    script = (KEYED, BEGAN, partial(), ended(), heard(), NodeEntered(node="next"))
    assert shown(OPEN, *script) == " ".join(map(repr, script))


def test_after_the_secret_a_new_turn_is_shown() -> None:
    seen = shown(SECRET, BEGAN, ended(), heard(), OPEN, BEGAN, ended(2), heard(2), KEYED)
    assert seen.count("four one one one") == 1
    assert KEY not in seen.rsplit("DigitPressed", 1)[1]


def test_a_secret_is_silence_for_all_who_listen() -> None:
    mask = Mask()
    said = Frame(np.full(320, 1000, dtype=np.int16), 640)
    assert mask.frame(said) is said
    mask.command(SECRET)
    assert not mask.frame(said).samples.any()
    assert mask.frame(said).position == 640
    mask.command(OPEN)
    assert not mask.frame(said).samples.any(), "their turn may still be going on"
    mask.fact(BEGAN)
    assert mask.frame(said) is said
