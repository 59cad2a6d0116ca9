"""Who has the floor: barge-in, replies taken back, and the silence timer. Pure.

Laws
    The caller may always interrupt, except the sentences marked as not interruptible.
    A sound without words gives the floor back: what it cut off is said again.
    A caller who goes on takes the reply to half a sentence back, whatever it was, and
    interrupts all else like one who begins.
    The silence timer runs only while nobody speaks and an answer is awaited.
"""

from collections.abc import Iterable
from dataclasses import replace

from warmline.events import (
    CancelTimer,
    Command,
    DigitPressed,
    Fact,
    HandedBack,
    HangUp,
    Listen,
    NothingHeard,
    Say,
    SpeakingFinished,
    SpeechEnded,
    SpeechStarted,
    StartTimer,
    StopSpeaking,
    TurnResumed,
    UtteranceHeard,
)

NO_INPUT = "no_input"
"""Name of the silence timer."""


class Floor:
    """Told of every fact, and then of every command that the machine answers it with."""

    def __init__(self) -> None:
        self._saying: dict[str, Say] = {}
        """What is being said or waits to be, by say_id."""
        self._reply: set[str] = set()
        """The part of it that came since the words of the caller's last turn."""
        self._reply_closes = False
        """The end of the call came since then too."""
        self._cut: list[Say] = []
        """What the present sound cut off."""
        self._caller_speaks = False
        self._words_pending: set[int] = set()
        """Turns that are over and whose words are not known yet."""
        self._no_input_s: float | None = None
        self._closing = False

    def command(self, command: Command) -> list[Command]:
        """The machine wants this."""
        match command:
            case Say(say_id=say_id):
                self._saying[say_id] = command
                self._reply.add(say_id)
                return [CancelTimer(name=NO_INPUT)]
            case Listen(no_input_s=seconds):
                self._no_input_s = seconds
                return self._silence()
            case HangUp():
                self._closing = self._reply_closes = True
                self._no_input_s = None
                return [CancelTimer(name=NO_INPUT)]
            case _:
                return []

    def fact(self, fact: Fact) -> list[Command]:
        """This happened."""
        match fact:
            case SpeechStarted():
                self._caller_speaks = True
                return [CancelTimer(name=NO_INPUT), *self._interrupt()]
            case TurnResumed(turn=turn):
                self._caller_speaks = True
                replied = turn not in self._words_pending
                self._words_pending.discard(turn)
                taken_back = self._take_back() if replied else []
                return [CancelTimer(name=NO_INPUT), *taken_back, *self._interrupt()]
            case DigitPressed():
                interrupt = self._interrupt()
                self._cut.clear()  # a key is an answer: nothing is said again
                return [*interrupt, *self._silence()]
            case SpeechEnded(turn=turn, reason=reason):
                self._caller_speaks = reason == "max_speech"  # only the first part is over
                self._words_pending.add(turn)
                return []
            case UtteranceHeard(turn=turn):
                self._words_pending.discard(turn)
                self._cut.clear()
                self._forget_reply()
                return self._silence()
            case NothingHeard(turn=turn, reason=reason):
                self._words_pending.discard(turn)
                self._forget_reply()
                if reason == "failed":  # there were words: the flow asks for them again
                    self._cut.clear()
                return self._resume() or self._silence()
            case HandedBack():
                self._closing = self._reply_closes = False
                return []
            case SpeakingFinished(say_id=say_id):
                self._saying.pop(say_id, None)
                return self._silence()
            case _:
                return []

    def _interrupt(self) -> list[Command]:
        if self._closing:
            return []
        cut = [say for say in self._saying.values() if say.interruptible]
        self._cut += cut
        return self._stop(say.say_id for say in cut)

    def _take_back(self) -> list[Command]:
        self._closing = self._closing and not self._reply_closes
        return self._stop(self._reply & self._saying.keys())

    def _forget_reply(self) -> None:
        """From here on a new one begins."""
        self._reply.clear()
        self._reply_closes = False

    def _stop(self, say_ids: Iterable[str]) -> list[Command]:
        stopped = frozenset(say_ids)
        for say_id in stopped:
            del self._saying[say_id]
        return [StopSpeaking(say_ids=stopped)] if stopped else []

    def _resume(self) -> list[Command]:
        """Say again what was cut off by a sound that held no words, once all is quiet."""
        if self._caller_speaks or self._words_pending:
            return []
        again = [replace(say, say_id=f"{say.say_id}+") for say in self._cut]
        self._cut.clear()
        self._saying.update({say.say_id: say for say in again})
        return [*again]

    def _silence(self) -> list[Command]:
        """Start the silence timer if nobody speaks and somebody should."""
        busy = self._saying or self._caller_speaks or self._words_pending
        if busy or self._no_input_s is None:
            return []
        return [StartTimer(name=NO_INPUT, seconds=self._no_input_s)]
