"""What of a call must not be seen: a secret answer is taken out of every fact before anybody
but the flow gets it. Pure.

Fails closed: from the moment a secret is awaited until a new turn begins after something else
is awaited, all that the caller says and types is secret.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from warmline.audio.frame import Frame
from warmline.events import (
    Command,
    DigitPressed,
    Fact,
    HangUp,
    Listen,
    NothingHeard,
    PartialTranscript,
    SpeakingFinished,
    SpeechEnded,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)

WORDS: Final = "[secret]"
KEY: Final = "x"


class Mask:
    """Told of every Listen and every fact, in order."""

    def __init__(self) -> None:
        self._secret = False
        """A secret is awaited now."""
        self._voice = False
        """The present turn began, or went on, while one was."""
        self._keys = False
        """Keys belong to the secret: until our next sentence was heard to its end, or a new turn
        begins. Who types on a little too long does not show the last digits."""
        self._pending = 0
        """Turns whose words are still to come."""

    @property
    def hides(self) -> bool:
        """What the caller says now is secret."""
        return self._secret or self._voice

    def frame(self, frame: Frame) -> Frame:
        """The caller's audio as anybody else may hear it."""
        return replace(frame, samples=np.zeros_like(frame.samples)) if self.hides else frame

    def command(self, command: Command) -> None:
        if isinstance(command, Listen):
            self._secret = command.expect.secure
            self._voice = self._voice or self._secret
            self._keys = self._keys or self._secret
        elif isinstance(command, HangUp):  # to a person, perhaps: no secret is awaited any more
            self._secret = False

    def fact(self, fact: Fact) -> Fact:
        """The fact as everybody may see it."""
        match fact:
            case SpeechStarted():
                if not self._pending:
                    self._voice = self._keys = self._secret
            case SpeakingFinished(interrupted=False):
                self._keys = self._secret
            case SpeechEnded():
                self._pending += 1
            case TurnResumed() | NothingHeard():
                self._pending = max(0, self._pending - 1)
            case UtteranceHeard():
                self._pending = max(0, self._pending - 1)
                if self._voice:
                    return replace(fact, text=WORDS, alternatives=())
            case PartialTranscript() if self._voice:
                return replace(fact, stable=WORDS if fact.stable else "", unstable="")
            case DigitPressed() if self._keys:
                return replace(fact, digit=KEY)
            case _:
                pass
        return fact
