"""Who has the floor: barge-in, replies taken back, and the silence timer. Pure.

Must not know audio: `echo` and `bargein` judge sounds, this module says what follows.

Laws
    The caller may always interrupt, except the sentences marked as not interruptible.
    A sound over our speech makes us quieter at once; an interruption then makes us silent,
    and anything else lets us speak on as before (see `bargein`).
    A sound without words gives the floor back: what it cut off is said again from the clause
    in which it was cut. Our own words that come back, and an assent to what we tell, are such.
    A caller who goes on takes the reply to half a sentence back, whatever it was, and
    interrupts all else like one who begins.
    The silence timer runs only while nobody speaks and an answer is awaited.
"""

from collections.abc import Iterable
from dataclasses import replace

from warmline.audio.frame import FRAME_S
from warmline.call.bargein import DUCK_DB, LATEST_S, Sound, Verdict, is_answer, is_assent
from warmline.call.echo import Echo
from warmline.events import (
    ANYTHING,
    CancelTimer,
    Command,
    DigitPressed,
    Duck,
    Fact,
    HandedBack,
    HangUp,
    Listen,
    NothingHeard,
    PartialTranscript,
    Say,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    StartTimer,
    StopSpeaking,
    TimerFired,
    TurnResumed,
    UtteranceHeard,
)
from warmline.speaking.clauses import clauses

NO_INPUT = "no_input"
"""Name of the silence timer."""
BARGE_IN = "barge_in"
"""Name of the timer that ends a doubt which no audio ends."""


class Floor:
    """Told of every fact, and then of every command that the machine answers it with; and of
    every frame, after `echo` heard it."""

    def __init__(self, echo: Echo | None = None) -> None:
        self._echo = echo or Echo()
        self._saying: dict[str, Say] = {}
        """What is being said or waits to be, by say_id."""
        self._reply: set[str] = set()
        """The part of it that came since the words of the caller's last turn."""
        self._reply_closes = False
        """The end of the call came since then too."""
        self._cut: list[Say] = []
        """What the present sound cut off, without what was heard of it."""
        self._caller_speaks = False
        self._over: bool | None = None
        """The present turn began over our speech, and (True) that asked a question."""
        self._sound: Sound | None = None
        """What is heard in the present turn over our speech."""
        self._ducked = False
        self._words_pending: dict[int, bool | None] = {}
        """Turns that are over and whose words are not known yet; each with its `_over`."""
        self._expect = ANYTHING
        self._no_input_s: float | None = None
        self._closing = False

    @property
    def on_air(self) -> bool:
        return bool(self._saying)

    def command(self, command: Command) -> list[Command]:
        """The machine wants this."""
        return [*self._command(command), *self._settle()]

    def fact(self, fact: Fact) -> list[Command]:
        """This happened."""
        return [*self._fact(fact), *self._settle()]

    def frame(self) -> list[Command]:
        """One more frame of the caller was heard."""
        if self._sound is None:
            return []
        echo = self._echo
        match self._sound.hear(echo.level_db, is_voice=echo.voiced > 0, is_masked=echo.masked):
            case None:
                return []
            case Verdict.DOUBT:
                return [StartTimer(name=BARGE_IN, seconds=LATEST_S), *self._settle()]
            case verdict:
                return [*self._judged(verdict), *self._settle()]

    def weigh(self, fact: Fact) -> Fact:
        """The fact as it counts, before anybody gets it: words that are none of an answer nor
        of an interruption become NothingHeard."""
        if not isinstance(fact, UtteranceHeard):
            return fact
        question = self._words_pending.get(fact.turn)
        if question is None:
            return fact
        if self._echo.is_us(fact.text, fact.started_at, fact.audio_at):
            reason = "echo"
        elif self._is_backchannel(fact.text, question):
            reason = "backchannel"
        else:
            return fact
        return NothingHeard(turn=fact.turn, audio_at=fact.audio_at, reason=reason)

    def _command(self, command: Command) -> list[Command]:
        match command:
            case Say(say_id=say_id):
                self._saying[say_id] = command
                self._reply.add(say_id)
                return [CancelTimer(name=NO_INPUT)]
            case Listen(expect=expect, no_input_s=seconds):
                self._expect, self._no_input_s = expect, seconds
                return self._silence()
            case HangUp():
                self._closing = self._reply_closes = True
                self._no_input_s = None
                return [CancelTimer(name=NO_INPUT)]
            case _:
                return []

    def _fact(self, fact: Fact) -> list[Command]:
        match fact:
            case SpeechStarted(audio_at=at):
                self._caller_speaks = True
                self._over = self._asking()
                return [CancelTimer(name=NO_INPUT), *self._doubt(at)]
            case SpeechPaused():
                return self._judged(Verdict.SPEAK_ON) if self._in_doubt else []
            case TimerFired(name="barge_in"):
                return self._judged(Verdict.STOP) if self._in_doubt else []
            case PartialTranscript(stable=stable, unstable=unstable):
                return self._interrupt() if self._means_us(stable, unstable) else []
            case TurnResumed(turn=turn, audio_at=at):
                self._caller_speaks = True
                taken_back = [] if turn in self._words_pending else self._take_back()
                over = self._words_pending.pop(turn, None)
                self._over = self._asking() if over is None else over
                return [CancelTimer(name=NO_INPUT), *taken_back, *self._doubt(at)]
            case DigitPressed():
                interrupt = self._interrupt()
                self._cut.clear()  # a key is an answer: nothing is said again
                return [*interrupt, *self._silence()]
            case SpeechEnded(turn=turn, reason=reason):
                self._caller_speaks = reason == "max_speech"  # only the first part is over
                self._words_pending[turn], self._over = self._over, None
                return []
            case UtteranceHeard(turn=turn):
                interrupt = self._words_known(turn)
                self._cut.clear()
                return [*interrupt, *self._silence()]
            case NothingHeard(turn=turn, reason="failed"):
                interrupt = self._words_known(turn)
                self._cut.clear()  # there were words: they are asked for again
                return [*interrupt, *self._silence()]
            case NothingHeard(turn=turn):
                self._words_pending.pop(turn, None)
                self._forget_reply()
                return self._resume() or self._silence()
            case HandedBack():
                self._closing = self._reply_closes = False
                return []
            case SpeakingStarted(text=text):
                self._echo.say(text)
                return []
            case SpeakingFinished(say_id=say_id, text=text):
                self._saying.pop(say_id, None)
                self._cut = [rest for say in self._cut if (rest := _rest(say, say_id, text))]
                return self._silence()
            case _:
                return []

    # --- a sound over our speech ------------------------------------------------------------

    def _asking(self) -> bool | None:
        """See `_over`: of a sound that begins now."""
        return self._no_input_s is not None and len(self._saying) == 1 if self._saying else None

    def _doubt(self, begun_at: float) -> list[Command]:
        if not self._interruptible():
            return []
        self._sound = Sound(
            lasted_s=max(self._echo.end_s - begun_at, self._echo.voiced * FRAME_S),
            question=bool(self._asking()),
            maybe_echo=self._echo.unknown,
        )
        return [StartTimer(name=BARGE_IN, seconds=LATEST_S)]

    @property
    def _in_doubt(self) -> bool:
        return self._sound is not None and self._sound.in_doubt

    def _judged(self, verdict: Verdict) -> list[Command]:
        if self._sound is None:
            return []
        self._sound.settle()
        stop = self._interrupt() if verdict is Verdict.STOP else []
        return [CancelTimer(name=BARGE_IN), *stop]

    def _settle(self) -> list[Command]:
        """Nothing is in doubt that is over; we are quieter exactly while something is."""
        settled: list[Command] = []
        if self._sound and not (self._caller_speaks and self._interruptible()):
            settled = self._judged(Verdict.SPEAK_ON) if self._in_doubt else []
            self._sound = None
        on_air = next(iter(self._saying.values()), None)
        duck = self._in_doubt and on_air is not None and on_air.interruptible
        if duck == self._ducked:
            return settled
        self._ducked = duck
        return [*settled, Duck(gain_db=DUCK_DB if duck else 0.0)]

    def _means_us(self, stable: str, unstable: str) -> bool:
        """The words so far are to stop what we say, whatever the sound was taken for."""
        text = f"{stable} {unstable}".strip()
        sure = stable or " " in text  # a cough is one unstable word now and then
        if self._over is None or not sure or self._is_backchannel(text, self._over):
            return False
        return not self._echo.may_be_us(text)

    def _is_backchannel(self, text: str, question: bool) -> bool:
        more = bool(self._saying or self._cut)
        return more and is_assent(text) and not is_answer(text, self._expect, asked=question)

    def _words_known(self, turn: int) -> list[Command]:
        over = self._words_pending.pop(turn, None)
        self._forget_reply()
        return self._interrupt() if over is not None else []

    # --- who speaks -------------------------------------------------------------------------

    def _interruptible(self) -> list[Say]:
        return [] if self._closing else [s for s in self._saying.values() if s.interruptible]

    def _interrupt(self) -> list[Command]:
        cut = self._interruptible()
        self._cut += cut
        return self._stop(say.say_id for say in cut)

    def _take_back(self) -> list[Command]:
        self._closing = self._closing and not self._reply_closes
        if self._echo.unknown:  # perhaps it is the reply itself that comes back
            return []
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
        """Say what was cut off by a sound that held no words, once all is quiet."""
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


def _rest(say: Say, finished: str, heard: str) -> Say | None:
    """`say` from the first clause on that was not wholly heard; None when all of it was.

    `finished` is the say_id of what has just ended, with the words that were heard of it.
    """
    if say.say_id != finished:
        return say
    left = clauses(say.text)
    count = len(heard.split())
    while left and count >= len(left[0].split()):
        count -= len(left.pop(0).split())
    return replace(say, text=" ".join(left)) if left else None
