"""Who has the floor: each law by a table, and all of them together on any course of a call."""

from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from warmline.call.floor import NO_INPUT, Floor
from warmline.events import (
    ANYTHING,
    CancelTimer,
    Command,
    DigitPressed,
    Fact,
    HangUp,
    Listen,
    NodeEntered,
    NothingHeard,
    Say,
    SpeakingFinished,
    SpeakingStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    StartTimer,
    StopSpeaking,
    TurnResumed,
    UtteranceHeard,
)

STARTED = SpeechStarted(audio_at=1.0)
KEY = DigitPressed(digit="1")
LISTEN = Listen(expect=ANYTHING, no_input_s=6.0)
BYE = HangUp(reason="completed")
CANCEL = CancelTimer(name=NO_INPUT)
START = StartTimer(name=NO_INPUT, seconds=6.0)


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


def last_answer(steps: Sequence[Fact | Command]) -> list[Command]:
    """What the floor wants after the last of these facts and commands."""
    floor, answer = Floor(), list[Command]()
    for step in steps:
        is_command = isinstance(step, Say | Listen | HangUp)
        answer = floor.command(step) if is_command else floor.fact(step)  # type: ignore[arg-type]
    return answer


NOTICE = say("notice", interruptible=False)

CASES: dict[str, tuple[list[Fact | Command], list[Command]]] = {
    # The caller may always interrupt …
    "barge-in": ([say("a"), say("b"), STARTED], [CANCEL, stop("a", "b")]),
    "nothing to interrupt": ([STARTED], [CANCEL]),
    "what was said": ([say("a"), said("a"), STARTED], [CANCEL]),
    "a key interrupts": ([say("a"), KEY], [stop("a")]),
    # … except the sentences that are not interruptible, and the last ones of the call.
    "a notice is said to its end": ([NOTICE, say("a"), STARTED], [CANCEL, stop("a")]),
    "keys do not stop a notice": ([NOTICE, KEY], []),
    "the goodbye is said to its end": ([say("bye"), BYE, STARTED], [CANCEL]),
    # A sound without words gives the floor back.
    "a cough": ([say("a"), say("b"), STARTED, ended(), nothing()], [say("a+"), say("b+")]),
    "a cough, twice": (
        [say("a"), STARTED, ended(), nothing(), STARTED, ended(2), nothing(2)],
        [say("a++")],
    ),
    "words are an answer": ([say("a"), STARTED, ended(), heard(), said("a")], []),
    "no word, no sentence": ([LISTEN, STARTED, ended(), nothing()], [START]),
    "a cough, then words": (
        [say("a"), STARTED, ended(), heard(), STARTED, ended(2), nothing(2)],
        [],
    ),
    "a key is an answer": ([say("a"), STARTED, KEY, ended(), nothing()], []),
    "not while the caller speaks": ([say("a"), STARTED, ended(), STARTED, nothing()], []),
    "not before all words are known": (
        [say("a"), STARTED, ended(), STARTED, ended(2), nothing()],
        [],
    ),
    "when the last sound was none either": (
        [say("a"), STARTED, ended(), STARTED, ended(2), nothing(), nothing(2)],
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
    "what was said again is cut again": (
        [say("a"), STARTED, ended(), nothing(), resumed()],
        [CANCEL, stop("a+")],
    ),
    "and said again in the end": (
        [say("a"), STARTED, ended(), nothing(), resumed(), ended(), nothing()],
        [say("a++")],
    ),
    "a cough in two parts": (
        [say("a"), STARTED, ended(), resumed(), ended(), nothing()],
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
        ],
        [CANCEL, stop("r")],
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
    "a pause": ([say("a"), SpeechPaused(audio_at=1.0)], []),
    "a begin": ([SpeakingStarted(say_id="a", node="node", text="")], []),
    "a node": ([NodeEntered(node="node")], []),
}


@pytest.mark.parametrize(("steps", "answer"), CASES.values(), ids=CASES)
def test_a_law(steps: list[Fact | Command], answer: list[Command]) -> None:
    assert last_answer(steps) == answer


def test_other_commands_mean_nothing() -> None:
    assert Floor().command(START) == Floor().command(stop("a")) == []


class Calls(RuleBasedStateMachine):
    """Any course of a call; the model knows only what is on air, who speaks, and the timer."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor()
        self.on_air: dict[str, Say] = {}
        self.reply: set[str] = set()
        self.caller_speaks = self.awaited = self.timer = False
        self.closing = self.reply_closes = False
        self.turn = self.number = 0
        self.words_due: list[int] = []

    def tell(self, fact: Fact, *, may_stop: set[str] | None = None, again: bool = False) -> None:
        """Also checks that the answer stays within what this fact allows."""
        for command in self.floor.fact(fact):
            match command:
                case StopSpeaking(say_ids=say_ids):
                    assert say_ids and say_ids <= (may_stop or set())
                    for say_id in say_ids:
                        del self.on_air[say_id]
                case Say():
                    assert again and not self.caller_speaks and not self.words_due
                    assert command.say_id not in self.on_air
                    self.on_air[command.say_id] = command
                case _:
                    self.obey(command)

    def obey(self, command: Command) -> None:
        match command:
            case StartTimer(name=name, seconds=seconds):
                assert (name, seconds) == (NO_INPUT, 6.0)
                self.timer = True
            case CancelTimer(name=name):
                assert name == NO_INPUT
                self.timer = False
            case _:
                raise AssertionError(f"nobody asked for {command}")

    def order(self, command: Command) -> None:
        for answer in self.floor.command(command):
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
        self.tell(STARTED, may_stop=self.interruptible)
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
        self.tell(heard(turn) if words else nothing(turn), again=not words)

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
        self.tell(resumed(self.turn), may_stop=taken_back | self.interruptible)
        assert not (taken_back & self.on_air.keys() or self.interruptible)

    # --- the laws ---

    @invariant()
    def the_silence_timer_runs_exactly_while_all_wait_for_the_caller(self) -> None:
        busy = self.on_air or self.caller_speaks or self.words_due
        assert self.timer == (self.awaited and not busy)


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
