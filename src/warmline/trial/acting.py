"""What a caller does, as facts in time. Pure; knows the call, not the conversation."""

from collections.abc import Callable, Iterator
from typing import Final, assert_never

from warmline.call.floor import NO_INPUT
from warmline.dialogue.keypad import DIGITS_TIMER
from warmline.events import (
    DigitPressed,
    Expectation,
    Fact,
    NothingHeard,
    SentimentChanged,
    SpeechEnded,
    SpeechStarted,
    UtteranceHeard,
)
from warmline.trial.call import LETTER_S, TrialCall
from warmline.trial.conversation import (
    Action,
    HangsUp,
    Interrupts,
    KeepsSilent,
    MakesNoise,
    Sounds,
    Speaks,
    Types,
)

BREATH_S: Final = 0.3
"""Between the flow's last word and the caller's first."""
WORDS_S: Final = 0.5
"""Between a caller's last word and the text of it."""
KEY_S: Final = 0.25
"""From key to key."""
SILENCE_S: Final = 8.0
"""A silence that no timer ends."""

Ears = Callable[[Speaks, Callable[[], Expectation]], Iterator[tuple[float, Fact]]]
"""How speech is heard, while this may be answered: facts, each with the seconds before it."""


class AsWritten:
    """Ears that hear what is written."""

    def __init__(self) -> None:
        self._turn = 0

    def __call__(
        self, speech: Speaks, expect: Callable[[], Expectation]
    ) -> Iterator[tuple[float, Fact]]:
        self._turn += 1
        yield BREATH_S, SpeechStarted(audio_at=0.0)
        yield len(speech.text) * LETTER_S, self._over()
        yield (
            WORDS_S,
            UtteranceHeard(
                turn=self._turn,
                text=speech.text,
                confidence=speech.confidence,
                started_at=0.0,
                audio_at=0.0,
                alternatives=speech.alternatives,
            ),
        )

    def noise(self, reason: str) -> Iterator[tuple[float, Fact]]:
        self._turn += 1
        yield BREATH_S, SpeechStarted(audio_at=0.0)
        yield WORDS_S, self._over()
        yield WORDS_S, NothingHeard(turn=self._turn, audio_at=0.0, reason=reason)

    def _over(self) -> SpeechEnded:
        return SpeechEnded(turn=self._turn, audio_at=0.0, reason="silence")


class Caller:
    """Acts in one call."""

    def __init__(self, call: TrialCall, ears: Ears | None = None) -> None:
        self._call = call
        self._plain = AsWritten()
        self._ears = ears or self._plain

    def act(self, action: Action) -> None:
        """Do this now. What follows it takes its own time: see `TrialCall.rest`."""
        match action:
            case Speaks():
                self._happen(self._ears(action, lambda: self._call.expect))
            case Types(dtmf=keys):
                for key in keys:
                    self._call.take(DigitPressed(digit=key))
                    self._call.pause(KEY_S)
            case KeepsSilent(silence=True):
                self._call.wait_for({NO_INPUT, DIGITS_TIMER}, SILENCE_S)
            case KeepsSilent(silence=seconds):
                self._call.pause(seconds)
            case MakesNoise(noise=kind):
                self._happen(self._plain.noise("failed" if kind == "failed" else "no_words"))
            case Interrupts(interrupts=speech):
                self._call.pause(self._call.left_to_say / 2)
                self.act(speech)
            case Sounds(mood=mood):
                self._call.take(SentimentChanged(turn=0, mood=mood))
            case HangsUp():
                pass
            case _:
                assert_never(action)

    def _happen(self, facts: Iterator[tuple[float, Fact]]) -> None:
        for seconds, fact in facts:
            self._call.pause(seconds)
            self._call.take(fact)


def told(action: Action) -> str:
    """The action in words."""
    match action:
        case Speaks(text=text):
            return text
        case Types(dtmf=keys):
            return f"(keys {keys})"
        case KeepsSilent(silence=True):
            return "(silence)"
        case KeepsSilent(silence=seconds):
            return f"(silence of {seconds:g} s)"
        case MakesNoise():
            return "(noise)"
        case HangsUp():
            return "(hangs up)"
        case Sounds(mood=mood):
            return f"(sounds like {mood:g})"
        case Interrupts(interrupts=speech):
            return f"(interrupts) {told(speech)}"
        case _:
            assert_never(action)
