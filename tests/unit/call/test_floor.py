"""Who has the floor: each law by a table, and all of them together on any course of a call."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from warmline.audio.frame import FRAME, FRAME_S, Frame, Pcm
from warmline.call.bargein import DUCK_DB, LATEST_S
from warmline.call.echo import Echo
from warmline.call.floor import BARGE_IN, NO_INPUT, Floor
from warmline.events import (
    ANYTHING,
    AnswerKind,
    CancelTimer,
    Command,
    DigitPressed,
    Duck,
    Expectation,
    Fact,
    HangUp,
    Listen,
    NodeEntered,
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

STARTED = SpeechStarted(audio_at=1.0)
KEY = DigitPressed(digit="1")
LISTEN = Listen(expect=ANYTHING, no_input_s=6.0)
BYE = HangUp(reason="completed")
CANCEL = CancelTimer(name=NO_INPUT)
START = StartTimer(name=NO_INPUT, seconds=6.0)
# What a sound over our speech brings, and its end.
WATCH = StartTimer(name=BARGE_IN, seconds=LATEST_S)
SEEN = CancelTimer(name=BARGE_IN)
TOO_LONG = TimerFired(name=BARGE_IN)
DOWN = Duck(gain_db=DUCK_DB)
UP = Duck(gain_db=0.0)
PAUSED = SpeechPaused(audio_at=1.5)


@dataclass(frozen=True)
class Sounds:
    """The caller's line for so long: a voice, or silence."""

    seconds: float
    loud: bool = True


VOICE = Sounds(0.6)
QUIET = Sounds(0.2, loud=False)
Step = Fact | Command | Sounds
SILENCE = np.zeros(FRAME, dtype=np.int16)
LOUD = np.full(FRAME, 5000, dtype=np.int16)


def say(say_id: str, *, interruptible: bool = True) -> Say:
    return Say(say_id=say_id, node="node", text="text", interruptible=interruptible)


def stop(*say_ids: str) -> StopSpeaking:
    return StopSpeaking(say_ids=frozenset(say_ids))


def said(say_id: str, *, interrupted: bool = False) -> SpeakingFinished:
    return SpeakingFinished(say_id=say_id, text="", played_s=0.0, interrupted=interrupted)


def ended(turn: int = 1, reason: str = "silence") -> SpeechEnded:
    return SpeechEnded(turn=turn, audio_at=2.0, reason=reason)


def heard(turn: int = 1) -> UtteranceHeard:
    return UtteranceHeard(turn=turn, text="yes", confidence=0.9, started_at=1.0, audio_at=2.0)


def nothing(turn: int = 1) -> NothingHeard:
    return NothingHeard(turn=turn, audio_at=2.0, reason="no_words")


def resumed(turn: int = 1) -> TurnResumed:
    return TurnResumed(turn=turn, audio_at=2.5)


class Caller:
    """A floor and its ears, on a line that is known to have no echo."""

    def __init__(self) -> None:
        self.echo = Echo()
        self.floor = Floor(self.echo)
        self._position = 0
        dice = np.random.default_rng(1)
        for _ in range(100):
            self._hear(SILENCE, dice.normal(0, dice.uniform(500, 5000), FRAME).astype(np.int16))
        assert not self.echo.known and not self.echo.unknown

    def _hear(self, samples: Pcm, ours: Pcm) -> None:
        self.echo.hear(Frame(samples, self._position), ours)
        self._position += samples.size

    def take(self, step: Step) -> list[Command]:
        match step:
            case Sounds(seconds, loud):
                answers: list[Command] = []
                for _ in range(round(seconds / FRAME_S)):
                    self._hear(LOUD if loud else SILENCE, SILENCE)
                    answers += self.floor.frame()
                return answers
            case SpeechStarted() | TurnResumed():  # it begins now, wherever the audio is
                return self.floor.fact(replace(step, audio_at=self.echo.end_s))
            case Say() | Listen() | HangUp():
                return self.floor.command(step)
            case _:
                return self.floor.fact(step)  # type: ignore[arg-type]


def last_answer(steps: Sequence[Step]) -> list[Command]:
    """What the floor wants after the last of these."""
    caller, answer = Caller(), list[Command]()
    for step in steps:
        answer = caller.take(step)
    return answer


NOTICE = say("notice", interruptible=False)

LONG = Say(say_id="a", node="node", text="One two three. Four five. Six.")

CASES: dict[str, tuple[list[Step], list[Command]]] = {
    # The caller may always interrupt: at once we are quieter …
    "a sound": ([say("a"), say("b"), STARTED], [CANCEL, WATCH, DOWN]),
    "barge-in": ([say("a"), say("b"), STARTED, VOICE], [SEEN, stop("a", "b"), UP]),
    "not yet": ([say("a"), STARTED, Sounds(0.3)], []),
    "into the question": ([LISTEN, say("a"), STARTED, Sounds(0.2)], [SEEN, stop("a"), UP]),
    "before the question": ([say("a"), say("b"), LISTEN, STARTED, Sounds(0.3)], []),
    "no audio that would decide": ([say("a"), STARTED, TOO_LONG], [SEEN, stop("a"), UP]),
    "the words decide": (
        [say("a"), STARTED, PartialTranscript(turn=1, stable="", unstable="an agent", audio_at=1)],
        [stop("a"), SEEN, UP],
    ),
    "one word that nobody confirms does not": (
        [say("a"), STARTED, PartialTranscript(turn=1, stable="", unstable="You", audio_at=1)],
        [],
    ),
    "an assent so far decides nothing": (
        [say("a"), STARTED, PartialTranscript(turn=1, stable="", unstable="okay", audio_at=1)],
        [],
    ),
    # … and louder again when it was nothing.
    "a click": ([say("a"), STARTED, Sounds(0.1), QUIET], [SEEN, UP]),
    "a pause": ([say("a"), STARTED, PAUSED], [SEEN, UP]),
    "the sound is over": ([say("a"), STARTED, ended()], [SEEN, UP]),
    "we are done first": ([say("a"), STARTED, said("a")], [SEEN, UP]),
    "a click, then a voice": (
        [say("a"), STARTED, Sounds(0.1), QUIET, Sounds(0.1)],
        [WATCH, DOWN],
    ),
    "a voice in silence is nobody's business": ([STARTED, Sounds(0.1), QUIET, VOICE], []),
    "words after all": ([say("a"), STARTED, PAUSED, ended(), heard()], [stop("a")]),
    "words that are lost": (
        [LISTEN, say("a"), STARTED, PAUSED, ended(), replace(nothing(), reason="failed")],
        [stop("a"), START],
    ),
    "a click is no reason to say anything again": (
        [say("a"), STARTED, PAUSED, ended(), nothing()],
        [],
    ),
    "nothing to interrupt": ([STARTED], [CANCEL]),
    "what was said": ([say("a"), said("a"), STARTED], [CANCEL]),
    "a key interrupts": ([say("a"), KEY], [stop("a")]),
    # Not interruptible are the sentences marked so, and the last ones of the call.
    "a notice is no quieter": ([NOTICE, say("a"), STARTED], [CANCEL, WATCH]),
    "a notice is said to its end": ([NOTICE, say("a"), STARTED, VOICE], [SEEN, stop("a")]),
    "what follows a notice is quieter": ([NOTICE, say("a"), STARTED, said("notice")], [DOWN]),
    "a notice after it is not": (
        [say("a"), NOTICE, say("b"), STARTED, said("a")],
        [UP],
    ),
    "keys do not stop a notice": ([NOTICE, KEY], []),
    "the goodbye is said to its end": ([say("bye"), BYE, STARTED], [CANCEL]),
    # A sound without words gives the floor back.
    "a cough": (
        [say("a"), say("b"), STARTED, VOICE, ended(), nothing()],
        [say("a+"), say("b+")],
    ),
    "a cough, twice": (
        [say("a"), STARTED, VOICE, ended(), nothing(), STARTED, VOICE, ended(2), nothing(2)],
        [say("a++")],
    ),
    "it is said from the clause that was cut": (
        [LONG, STARTED, VOICE, replace(said("a"), text="One two three. Four"), ended(), nothing()],
        [replace(LONG, say_id="a+", text="Four five. Six.")],
    ),
    "whole clauses are not said again": (
        [LONG, STARTED, VOICE, replace(said("a"), text="One two three."), ended(), nothing()],
        [replace(LONG, say_id="a+", text="Four five. Six.")],
    ),
    "what was heard to its end is not said again": (
        [LISTEN, LONG, STARTED, VOICE, replace(said("a"), text=LONG.text), ended(), nothing()],
        [START],
    ),
    "words are an answer": ([say("a"), STARTED, ended(), heard(), said("a")], []),
    "no word, no sentence": ([LISTEN, STARTED, ended(), nothing()], [START]),
    "a cough, then words": (
        [say("a"), STARTED, ended(), heard(), STARTED, ended(2), nothing(2)],
        [],
    ),
    "a key is an answer": ([say("a"), STARTED, KEY, ended(), nothing()], []),
    "not while the caller speaks": ([say("a"), STARTED, VOICE, ended(), STARTED, nothing()], []),
    "not before all words are known": (
        [say("a"), STARTED, VOICE, ended(), STARTED, ended(2), nothing()],
        [],
    ),
    "when the last sound was none either": (
        [say("a"), STARTED, VOICE, ended(), STARTED, ended(2), nothing(), nothing(2)],
        [say("a+")],
    ),
    # A caller who goes on takes the reply back.
    "a reply to half a sentence": (
        [STARTED, ended(), heard(), say("r"), resumed()],
        [CANCEL, stop("r")],
    ),
    "whatever it was": (
        [STARTED, ended(), heard(), NOTICE, BYE, resumed()],
        [CANCEL, stop("notice")],
    ),
    "the words were not known yet": ([STARTED, ended(), resumed()], [CANCEL]),
    "a notice is no reply": ([NOTICE, STARTED, ended(), resumed()], [CANCEL]),
    "a notice before is no reply": (
        [NOTICE, STARTED, ended(), heard(), say("r"), resumed()],
        [CANCEL, stop("r")],
    ),
    "a reply that was said": (
        [STARTED, ended(), heard(), say("r"), said("r"), resumed()],
        [CANCEL],
    ),
    "who goes on interrupts all else like one who begins": (
        [say("a"), STARTED, VOICE, ended(), nothing(), resumed()],
        [CANCEL, WATCH, DOWN],
    ),
    "what was said again is cut again": (
        [say("a"), STARTED, VOICE, ended(), nothing(), resumed(), VOICE],
        [SEEN, stop("a+"), UP],
    ),
    "and said again in the end": (
        [say("a"), STARTED, VOICE, ended(), nothing(), resumed(), VOICE, ended(), nothing()],
        [say("a++")],
    ),
    "a cough in two parts": (
        [say("a"), STARTED, VOICE, ended(), resumed(), ended(), nothing()],
        [say("a+")],
    ),
    "a goodbye that is taken back may be interrupted": (
        [
            STARTED,
            ended(),
            heard(),
            say("bye"),
            BYE,
            resumed(),
            ended(),
            heard(),
            say("r"),
            STARTED,
            VOICE,
        ],
        [SEEN, stop("r"), UP],
    ),
    "an older goodbye stays": (
        [say("bye"), BYE, STARTED, ended(), heard(), resumed(), STARTED],
        [CANCEL],
    ),
    # The silence timer.
    "an answer is awaited": ([LISTEN], [START]),
    "once all was said": ([say("a"), LISTEN, said("a")], [START]),
    "not before": ([say("a"), say("b"), LISTEN, said("a")], []),
    "not while the caller speaks (timer)": ([STARTED, LISTEN], []),
    "not before the words are known": ([STARTED, ended(), LISTEN], []),
    "not while the caller goes on and on": ([LISTEN, STARTED, ended(1, "max_speech"), heard()], []),
    "after the words": ([LISTEN, STARTED, ended(), heard()], [START]),
    "after each key": ([LISTEN, KEY], [START]),
    "nothing is awaited": ([say("a"), said("a")], []),
    "the call ends": ([LISTEN, BYE], [CANCEL]),
    "after the goodbye": ([LISTEN, say("bye"), BYE, said("bye")], []),
    "a sentence stops it": ([LISTEN, say("a")], [CANCEL]),
    # What means nothing here.
    "a pause in silence": ([say("a"), PAUSED], []),
    "a begin": ([SpeakingStarted(say_id="a", node="node", text="")], []),
    "a node": ([NodeEntered(node="node")], []),
}


@pytest.mark.parametrize(("steps", "answer"), CASES.values(), ids=CASES)
def test_a_law(steps: list[Step], answer: list[Command]) -> None:
    assert last_answer(steps) == answer


def test_other_commands_mean_nothing() -> None:
    assert Floor().command(START) == Floor().command(stop("a")) == []


# --- words that count, and words that do not ----------------------------------------------------

YES_NO = Listen(expect=Expectation(kind=AnswerKind.YES_NO), no_input_s=6.0)
RIGHT = Listen(expect=Expectation(kind=AnswerKind.CHOICE, words=("right", "left")), no_input_s=6.0)
INFORMS: list[Step] = [say("a"), say("b"), YES_NO, STARTED]
ASKS: list[Step] = [YES_NO, say("a"), STARTED]

WORDS: dict[str, tuple[list[Step], str, str]] = {
    "an assent to what we tell": ([*INFORMS, ended()], "Uh-huh.", "backchannel"),
    "also when it has stopped us": ([*INFORMS, VOICE, ended()], "Okay, right.", "backchannel"),
    "an assent to the question": ([*ASKS, ended()], "Uh-huh.", ""),
    "a word that is awaited": ([RIGHT, say("a"), STARTED, ended()], "Right.", ""),
    "another that is not": ([RIGHT, say("a"), STARTED, ended()], "Okay.", "backchannel"),
    "a plain yes before its question": ([*INFORMS, ended()], "Yes.", ""),
    "a plain yes to nothing": (
        [LISTEN, say("a"), say("b"), STARTED, ended()],
        "Yes.",
        "backchannel",
    ),
    "a no is never an assent": ([*INFORMS, ended()], "No.", ""),
    "nor is a request": ([*INFORMS, ended()], "Okay, an agent.", ""),
    "in silence it is a turn": ([LISTEN, STARTED, ended()], "Okay.", ""),
    "when nothing is left to say": ([LISTEN, say("a"), STARTED, said("a"), ended()], "Okay.", ""),
    "of another turn": ([*INFORMS, ended(2)], "Okay.", ""),
}


@pytest.mark.parametrize(("steps", "text", "reason"), WORDS.values(), ids=WORDS)
def test_words_over_our_speech(steps: list[Step], text: str, reason: str) -> None:
    caller = Caller()
    for step in steps:
        caller.take(step)
    words = replace(heard(), text=text)
    weighed = caller.floor.weigh(words)
    assert weighed == (replace(nothing(), reason=reason) if reason else words)


def test_other_facts_are_what_they_are() -> None:
    assert Floor().weigh(STARTED) == STARTED


def test_a_reply_is_not_taken_back_by_what_may_be_its_own_echo() -> None:
    caller = Caller()
    caller.echo = Echo()
    caller.floor = Floor(caller.echo)
    caller.take(QUIET)
    for step in (STARTED, ended(), heard(), say("r")):
        caller.take(step)
    assert caller.take(resumed()) == [CANCEL, WATCH, DOWN]
    assert caller.take(Sounds(0.3)) == []  # it may be; we wait whether it falls with us
    assert caller.take(VOICE) == [SEEN, stop("r"), UP]


# --- any course of a call -----------------------------------------------------------------------


class Calls(RuleBasedStateMachine):
    """Any course of a call; the model knows what is on air, who speaks, the timers, the gain."""

    def __init__(self) -> None:
        super().__init__()
        self.caller = Caller()
        self.on_air: dict[str, Say] = {}
        self.reply: set[str] = set()
        self.caller_speaks = self.awaited = False
        self.timers: set[str] = set()
        self.gain_db = 0.0
        self.closing = self.reply_closes = False
        self.turn = self.number = 0
        self.words_due: list[int] = []

    def tell(self, step: Step, *, may_stop: set[str] | None = None, again: bool = False) -> None:
        """Also checks that the answer stays within what this step allows."""
        begun = next(iter(self.on_air), None)
        stopped = set[str]()
        for command in self.caller.take(step):
            match command:
                case StopSpeaking(say_ids=say_ids):
                    assert say_ids and say_ids <= (may_stop or set())
                    stopped |= say_ids
                    for say_id in say_ids:
                        del self.on_air[say_id]
                case Say():
                    assert again and not self.caller_speaks and not self.words_due
                    assert command.say_id not in self.on_air
                    self.on_air[command.say_id] = command
                case _:
                    self.obey(command)
        if begun in stopped:
            self.tell(said(begun, interrupted=True))

    def obey(self, command: Command) -> None:
        match command:
            case StartTimer(name=name, seconds=seconds):
                assert seconds == {NO_INPUT: 6.0, BARGE_IN: LATEST_S}[name]
                self.timers.add(name)
            case CancelTimer(name=name):
                self.timers.discard(name)
            case Duck(gain_db=gain_db):
                assert gain_db != self.gain_db
                self.gain_db = gain_db
            case _:
                raise AssertionError(f"nobody asked for {command}")

    def order(self, command: Command) -> None:
        for answer in self.caller.take(command):
            self.obey(answer)

    @property
    def interruptible(self) -> set[str]:
        if self.closing:
            return set()
        return {say_id for say_id, one in self.on_air.items() if one.interruptible}

    # --- the machine ---

    @precondition(lambda self: not self.closing)
    @rule(interruptible=st.booleans())
    def say(self, interruptible: bool) -> None:
        self.number += 1
        one = say(f"s{self.number}", interruptible=interruptible)
        self.on_air[one.say_id] = one
        self.reply.add(one.say_id)
        self.order(one)

    @precondition(lambda self: not self.closing)
    @rule()
    def listen(self) -> None:
        self.awaited = True
        self.order(LISTEN)

    @precondition(lambda self: not self.closing)
    @rule()
    def hang_up(self) -> None:
        self.closing = self.reply_closes = True
        self.awaited = False
        self.order(BYE)

    # --- the speaker and the keypad ---

    @precondition(lambda self: self.on_air)
    @rule()
    def finish_saying(self) -> None:
        first = next(iter(self.on_air))
        del self.on_air[first]
        self.tell(said(first))

    @rule()
    def press(self) -> None:
        self.tell(KEY, may_stop=self.interruptible)
        assert not self.interruptible

    # --- the ears ---

    @precondition(lambda self: not self.caller_speaks)
    @rule()
    def begin_turn(self) -> None:
        self.turn += 1
        self.caller_speaks = True
        self.tell(STARTED)
        assert bool(self.interruptible) == (BARGE_IN in self.timers)

    @precondition(lambda self: self.caller_speaks)
    @rule()
    def pause(self) -> None:
        self.tell(PAUSED)

    @rule(seconds=st.sampled_from([0.06, 0.2, 0.6]), loud=st.booleans())
    def sound(self, seconds: float, loud: bool) -> None:
        heard = loud and self.caller_speaks
        self.tell(Sounds(seconds, loud), may_stop=self.interruptible if heard else set())

    @precondition(lambda self: BARGE_IN in self.timers)
    @rule()
    def decide_at_last(self) -> None:
        self.timers.discard(BARGE_IN)
        self.tell(TOO_LONG, may_stop=self.interruptible)
        assert not self.interruptible

    @precondition(lambda self: self.caller_speaks)
    @rule()
    def end_turn(self) -> None:
        self.caller_speaks = False
        self.words_due.append(self.turn)
        self.tell(ended(self.turn))

    @precondition(lambda self: self.caller_speaks)
    @rule()
    def split_turn(self) -> None:
        self.words_due.append(self.turn)
        self.tell(ended(self.turn, "max_speech"))
        self.turn += 1

    @precondition(lambda self: self.words_due)
    @rule(words=st.booleans())
    def tell_words(self, words: bool) -> None:
        turn = self.words_due.pop(0)
        self.reply, self.reply_closes = set(), False
        may_stop = self.interruptible if words else set()
        self.tell(heard(turn) if words else nothing(turn), may_stop=may_stop, again=not words)

    @precondition(lambda self: self.turn and not self.caller_speaks)
    @rule()
    def go_on(self) -> None:
        self.caller_speaks = True
        taken_back = set[str]()
        if self.turn in self.words_due:
            self.words_due.remove(self.turn)
        else:
            taken_back = self.reply & self.on_air.keys()
            self.closing = self.closing and not self.reply_closes
        self.tell(resumed(self.turn), may_stop=taken_back)
        assert not taken_back & self.on_air.keys()

    # --- the laws ---

    @invariant()
    def the_silence_timer_runs_exactly_while_all_wait_for_the_caller(self) -> None:
        busy = self.on_air or self.caller_speaks or self.words_due
        assert (NO_INPUT in self.timers) == (self.awaited and not busy)

    @invariant()
    def we_are_quieter_only_while_a_sound_is_in_doubt_that_will_be_decided(self) -> None:
        doubt = BARGE_IN in self.timers
        on_air = next(iter(self.on_air.values()), None)
        assert not doubt or self.caller_speaks and self.interruptible
        assert (self.gain_db < 0) == (doubt and on_air is not None and on_air.interruptible)


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
