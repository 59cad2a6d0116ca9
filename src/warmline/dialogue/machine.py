"""Walks a caller through a flow: a fact comes in, the next state and commands go out.

Pure: no clock, no queue, no audio; the same state and fact always give the same result, and a
state is never changed, so that a decision can be undone by going back to the state before it.

Laws of every call:
- after a turn of the caller (words, a complete key entry, silence) something is said, or the
  call ends; only while keys are being typed the reply waits for the last of them;
- a person is one key (`*`) or a request in words away, always;
- each ladder of failures ends at a person, and so does a flow that would turn in circles.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, assert_never

from warmline.dialogue import prompts
from warmline.dialogue.flow import (
    AskNode,
    BranchNode,
    EndNode,
    EscalateNode,
    Flow,
    LookUpNode,
    SayNode,
)
from warmline.dialogue.matching import Wish, exact_option, wish
from warmline.dialogue.slots import Heard, Understood, pressed, understand
from warmline.dialogue.turn import State, Turn
from warmline.events import (
    AnswerKind,
    CallStarted,
    CancelTimer,
    Command,
    DigitPressed,
    Fact,
    NothingHeard,
    StartTimer,
    TimerFired,
    UtteranceHeard,
)
from warmline.spoken import yes_no

__all__ = ["Machine", "State"]

DIGITS_TIMER: Final = "digits"
DIGIT_KEYS: Final = frozenset("0123456789")
MAX_VISITS: Final = 50
"""Nodes entered in one turn; more means that the flow turns in circles without the caller."""
MAX_KEYS: Final = 32
"""Keys kept of one entry; no answer has more."""


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
        turn = _Turn(self.flow, state)
        turn.take(fact)
        if state.keys and not turn.state.keys and fact != TimerFired(name=DIGITS_TIMER):
            turn.commands.insert(0, CancelTimer(name=DIGITS_TIMER))
        return turn.state, turn.commands

    def rewind(self, state: State, before: State) -> tuple[State, list[Command]]:
        """Undo all that was decided since `before`: the caller had not finished.

        The numbers of what is said go on, so that no two replies share one.
        """
        turn = Turn(self.flow, replace(before, says=state.says))
        if state.keys and not before.keys:
            turn.commands.append(CancelTimer(name=DIGITS_TIMER))
        turn.listen()
        return turn.state, turn.commands


class _Turn(Turn):
    """What the caller did, and where that leads."""

    def take(self, fact: Fact) -> None:
        if not self.state.node:
            if isinstance(fact, CallStarted):
                self._go(self.flow.start)
            return
        if self.state.ended:
            return
        match fact:
            case UtteranceHeard(text=text, confidence=confidence):
                self._utterance(text, confidence)
            case DigitPressed(digit=key):
                self._key(key)
            case TimerFired(name="digits") if self.state.keys:
                self._typed()
            case TimerFired(name="no_input"):
                self._silence()
            case NothingHeard() if self.state.keys:
                pass
            case NothingHeard(reason="failed"):
                self._no_match(self.flow.repair.failed, hint=True)
            case NothingHeard():
                self.listen()
            case _:
                pass

    def _utterance(self, text: str, confidence: float) -> None:
        ask, pending = self.ask, self.state.pending
        if pending is None and (option := exact_option(text, ask.options)) is not None:
            self._accept(Heard(value=option, confidence=confidence))
            return
        match wish(text, free=ask.kind is AnswerKind.FREE and pending is None):
            case Wish.PERSON:
                self.escalate("asked")
            case Wish.ROBOT:
                self.ask_again(prompts.ROBOT)
            case Wish.REPEAT:
                self.say_again()
            case None if pending is not None:
                self._confirm(text, confidence, pending)
            case None:
                self._answer(understand(ask, text, confidence))

    def _answer(self, answer: Understood) -> None:
        match answer:
            case Heard():
                self._accept(answer)
            case _ if self.state.keys:
                pass  # talk beside the keypad: the keys are the answer
            case None:
                self._no_match()
            case "wrong_length":
                self._no_match(self.flow.wrong_length(self.ask))

    def _confirm(self, text: str, confidence: float, pending: Heard) -> None:
        """The words after a read-back: yes, no, or another answer instead."""
        verdict = yes_no(text)
        again: Understood = None
        if self.ask.kind is AnswerKind.DIGITS or (
            self.ask.kind is AnswerKind.CHOICE and verdict is not True
        ):
            again = understand(self.ask, text, confidence)
        same = isinstance(again, Heard) and again.value == pending.value
        if isinstance(again, Heard) and not same:
            self._accept(again)
        elif verdict is True or (same and verdict is None):
            self._fill(pending)
        elif verdict is False:
            self._reject()
        else:
            self._answer(None)

    # --- keys and silence ------------------------------------------------------------------------

    def _key(self, key: str) -> None:
        typing = bool(self.state.keys)
        number = self.ask.kind is AnswerKind.DIGITS and (self.state.pending is None or typing)
        if key == "*" or (key == "0" and not number):
            self.escalate("asked")
        elif key == "#" and typing:
            self._typed()
        elif key in DIGIT_KEYS and (number or typing or not self._single_key(key)):
            self._type(key)

    def _single_key(self, key: str) -> bool:
        """Take a key that is an answer by itself; False when it is none."""
        if (pending := self.state.pending) is not None:
            if key == "1":
                self._fill(pending)
            elif key == "2":
                self._reject()
            return key in "12"
        if (answer := pressed(self.ask, key)) is not None:
            self._accept(answer)
        return answer is not None

    def _type(self, key: str) -> None:
        """Collect a key. Keys that answer nothing are collected too, and are one failure."""
        keys = (self.state.keys + key)[:MAX_KEYS]
        self.state = replace(self.state, keys=keys)
        if len(keys) == self.ask.max_digits:
            self._typed()
        else:
            timer = StartTimer(name=DIGITS_TIMER, seconds=self.ask.inter_digit_timeout)
            self.commands.append(timer)

    def _typed(self) -> None:
        """The entry is complete: all digits are there, `#` was pressed, or no key followed."""
        keys, ask = self.state.keys, self.ask
        self.state = replace(self.state, keys="")
        if ask.kind is not AnswerKind.DIGITS:
            self._no_match(hint=True)
        elif ask.min_digits <= len(keys) <= ask.max_digits:
            self._accept(Heard(value=keys, confidence=1.0))
        else:
            self._no_match(self.flow.wrong_length(ask))

    def _silence(self) -> None:
        if self.state.keys:
            self._typed()
            return
        count = self.state.no_input + 1
        self.state = replace(self.state, no_input=count)
        if count >= self.flow.escape.after.no_input:
            self.escalate("no_input")
        else:
            self._repair(self.flow.repair.no_input, count)

    # --- answers, good and bad -------------------------------------------------------------------

    def _accept(self, heard: Heard) -> None:
        if self.ask.kind is AnswerKind.FREE and heard.value in self.ask.options:
            self._leave(heard.value)  # a word that steers is no message
        elif self.ask.read_back is None:
            self._fill(heard)
        else:
            self.state = replace(self.state, pending=heard, no_match=0, no_input=0, said=())
            self.put_question()

    def _fill(self, heard: Heard) -> None:
        self.save(self.ask.slot, heard)
        self._leave(heard.value)

    def _leave(self, value: str) -> None:
        node = self.node
        self._go(node.then or node.on.get(value) or node.on["else"])

    def _reject(self) -> None:
        """What was read back is wrong."""
        count = self.state.rejected + 1
        self.state = replace(self.state, rejected=count, pending=None, no_match=0, no_input=0)
        if count >= self.flow.escape.after.no_match:
            self.escalate("no_match")
        else:
            self._repair(self.flow.repair.rejected, count, hint=count > 1)

    def _no_match(self, wording: str | None = None, *, hint: bool = False) -> None:
        count = self.state.no_match + 1
        self.state = replace(self.state, no_match=count)
        if count >= self.flow.escape.after.no_match:
            self.escalate("no_match")
        else:
            wordings = self.flow.repair.no_match if wording is None else (wording,)
            self._repair(wordings, count, hint=hint or count > 1)

    def _repair(self, wordings: Sequence[str], count: int, *, hint: bool = False) -> None:
        self.state = replace(self.state, said=((self.state.node, self.question()),))
        self.ask_again(wordings[min(count, len(wordings)) - 1], hint=hint)

    # --- the road --------------------------------------------------------------------------------

    def _go(self, name: str) -> None:
        """Walk from a node until the caller is asked or the call ends."""
        self.state = replace(self.state, said=())
        for _ in range(MAX_VISITS):
            self.enter(name)
            match node := self.flow.nodes[name]:
                case SayNode():
                    self.tell(self.render(node.say), interruptible=node.barge_in)
                    name = node.then
                case LookUpNode():
                    name = self._look_up(node)
                case BranchNode():
                    value = dict(self.state.slots).get(node.branch, "")
                    name = node.on.get(value) or node.on["else"]
                case AskNode():
                    return self.put_question()
                case EscalateNode(escalate=to):
                    return self.escalate("flow", to.queue, to.say, to.reason)
                case EndNode(end=end):
                    if end.say is not None:
                        self.say(self.render(end.say))
                    return self.complete()
                case _:
                    assert_never(node)
        self.escalate("failed")

    def _look_up(self, node: LookUpNode) -> str:
        record = self.flow.tables[node.look_up.table].get(self.render(node.look_up.key))
        if record is None:
            return node.on.not_found
        for slot, field in node.look_up.save.items():
            self.save(slot, Heard(value=record[field], confidence=1.0))
        return node.on.found
