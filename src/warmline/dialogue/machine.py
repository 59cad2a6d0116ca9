"""Walks a caller through a flow: a fact comes in, the next state and commands go out.

Pure: no clock, no queue, no audio; the same state and fact always give the same result, and a
state is never changed, so that a decision can be undone by going back to the state before it.

Laws of every call:
- after a turn of the caller (words, a complete key entry, silence) something is said, or the
  call ends; only while keys are being typed the reply waits for the last of them;
- a person is one key (`*`) or a request in words away, always;
- each ladder of failures ends at a person, and so does a flow that would turn in circles.
"""

from dataclasses import replace

from warmline.dialogue import answering, keypad, repair, road
from warmline.dialogue.keypad import DIGITS_TIMER
from warmline.dialogue.leaving import FILLER_TIMER
from warmline.dialogue.turn import Counts, State, Turn
from warmline.events import (
    CallStarted,
    CancelFetch,
    CancelTimer,
    Command,
    DigitPressed,
    Fact,
    FetchFinished,
    HandedBack,
    Listen,
    NothingHeard,
    Say,
    SentimentChanged,
    SpeakingFinished,
    SpeechEnded,
    TimerFired,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.nodes import HandBackNode

__all__ = ["Machine", "State"]


class Machine:
    """One flow for any number of calls; it has no memory of its own."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow

    def start(self) -> State:
        """The state before CallStarted."""
        return State()

    def handle(self, state: State, fact: Fact) -> tuple[State, list[Command]]:
        """The state after a fact, and what to do about it; facts that do not matter change
        nothing."""
        turn = Turn(self.flow, state)
        _take(turn, fact)
        sign = repair.frustrated(turn)
        if sign and not repair.frustrated(Turn(self.flow, state)):
            turn.commands = [c for c in turn.commands if not isinstance(c, Say | Listen)]
            _give_up(turn, sign)
        road.walk(turn)
        if state.keys and not turn.state.keys and fact != TimerFired(name=DIGITS_TIMER):
            turn.commands.insert(0, CancelTimer(name=DIGITS_TIMER))
        return turn.state, turn.commands

    def rewind(self, state: State, before: State) -> tuple[State, list[Command]]:
        """Undo all that was decided since `before`: the caller had not finished.

        The numbers of what is said and fetched go on, so that no two share one. What an endpoint
        has answered meanwhile stays.
        """
        if before.waiting and before.waiting != state.waiting:
            return state, []
        turn = Turn(self.flow, replace(before, says=state.says, fetches=state.fetches))
        if state.keys and not before.keys:
            turn.commands.append(CancelTimer(name=DIGITS_TIMER))
        if state.waiting and state.waiting != before.waiting:
            turn.commands += [
                CancelFetch(request_id=state.waiting),
                CancelTimer(name=FILLER_TIMER),
            ]
        if not before.waiting:
            turn.listen()
        return turn.state, turn.commands


def _take(turn: Turn, fact: Fact) -> None:
    if not turn.state.node:
        if isinstance(fact, CallStarted):
            turn.change(started_at=fact.started_at)
            repair.watch(turn)
            turn.target = turn.flow.file.start
        return
    if turn.state.ended:
        if isinstance(fact, HandedBack) and turn.state.escalated:
            _hand_back(turn, fact.node)
        return
    if isinstance(fact, UtteranceHeard) and (limit := turn.flow.escape.when.unsure) is not None:
        unsure = turn.state.counts.unsure + 1 if fact.confidence < limit.below else 0
        turn.change(counts=replace(turn.state.counts, unsure=unsure))
    match fact:
        case UtteranceHeard() | DigitPressed() | TimerFired(name="no_input") | NothingHeard():
            _caller(turn, fact)
        case TimerFired(name="digits") if turn.state.keys:
            keypad.typed(turn)
        case TimerFired(name="filler") if turn.state.waiting:
            road.still_waiting(turn)
        case TimerFired(name="resolve"):
            _give_up(turn, "too_long")
        case FetchFinished():
            road.fetched(turn, fact)
        case SpeakingFinished(say_id=say_id, interrupted=False) if turn.state.asked:
            if say_id.rstrip("+") == turn.state.asked:
                turn.change(asked="", played=True)
        case SpeechEnded(reason=reason):
            _monologue(turn, reason == "max_speech")
        case SentimentChanged(mood=mood) if (signs := turn.flow.escape.when.mood) is not None:
            low = turn.state.counts.low_moods + 1 if mood < signs.below else 0
            turn.change(counts=replace(turn.state.counts, low_moods=low))
        case _:
            pass


def _caller(turn: Turn, fact: UtteranceHeard | DigitPressed | TimerFired | NothingHeard) -> None:
    """The caller did something, or nothing for too long."""
    if turn.state.waiting:
        _meanwhile(turn, fact)
        return
    match fact:
        case UtteranceHeard():
            answering.utterance(turn, fact)
        case DigitPressed(digit=key):
            keypad.pressed(turn, key)
        case TimerFired() if turn.state.keys:
            keypad.typed(turn)
        case TimerFired():
            repair.silence(turn)
        case NothingHeard() if turn.state.keys:
            pass
        case NothingHeard(reason="failed"):
            repair.no_match(turn, turn.flow.repair.failed, hint=True)
        case NothingHeard():
            turn.listen()


def _meanwhile(turn: Turn, fact: Fact) -> None:
    """Words and keys while an endpoint is asked: only a person can be had now."""
    match fact:
        case UtteranceHeard(text=text) if answering.wants_person(text):
            _give_up(turn, "asked")
        case DigitPressed(digit="*" | "0"):
            _give_up(turn, "asked")
        case UtteranceHeard():
            turn.say(turn.flow.repair.busy)
        case _:
            pass


def _give_up(turn: Turn, code: str) -> None:
    """A person, whatever the call waits for."""
    if turn.state.ended:
        return
    if waiting := turn.state.waiting:
        turn.commands += [CancelFetch(request_id=waiting), CancelTimer(name=FILLER_TIMER)]
        turn.change(waiting="")
    repair.escalate(turn, code)


def _monologue(turn: Turn, goes_on: bool) -> None:
    parts = turn.state.counts.monologue + 1 if goes_on else 0
    turn.change(counts=replace(turn.state.counts, monologue=parts))
    if parts >= repair.MAX_MONOLOGUE:
        _give_up(turn, "too_long")


def _hand_back(turn: Turn, name: str) -> None:
    """To the node that the person chose, or to the first one; without any, the caller goes on
    where they asked for a person."""
    nodes = [n for n, node in turn.flow.nodes.items() if isinstance(node, HandBackNode)]
    asked = turn.state.node if turn.state.node in turn.flow.questions else ""
    trail = next(iter(turn.state.trail[-1:]), turn.flow.file.start)
    turn.target = name if name in nodes else next(iter(nodes), asked or trail)
    turn.change(ended=False, escalated=False, counts=Counts())
