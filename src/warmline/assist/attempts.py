"""What was tried in a call without success, and what was asked without an answer. Pure.

Read from what the flow said next: that it asks again, and with which of its words.
"""

from collections.abc import Iterable
from typing import Any

from warmline.assist.card import FlowCard
from warmline.assist.packet import Failure, Kind, OpenQuestion
from warmline.assist.question_card import QuestionCard
from warmline.assist.sentences import not_found, question_in, quoted, sentence
from warmline.assist.story import RESUMED, place
from warmline.events import (
    ConsentAnswered,
    DigitPressed,
    Entry,
    Escalated,
    FetchFinished,
    FetchStarted,
    NodeEntered,
    NothingHeard,
    SlotFilled,
    SpeakingStarted,
    TimerFired,
    UtteranceHeard,
)
from warmline.flows import prompts
from warmline.spoken import yes_no


class Attempts:
    """Goes through a call's entries once."""

    def __init__(self, card: FlowCard, entries: Iterable[Entry]) -> None:
        self.failures: list[Failure] = []
        self._card = card
        self._node = ""
        self._open: dict[tuple[str, str], OpenQuestion] = {}
        self._values: dict[str, str] = {}
        self._input: Entry | None = None
        """What the caller did, or did not, since the flow spoke last."""
        self._read_back = ""
        """What was read back at this node last."""
        self._fetch: FetchStarted | None = None
        for entry in entries:
            self._take(entry)

    @property
    def unanswered(self) -> tuple[OpenQuestion, ...]:
        return tuple(self._open.values())

    def _take(self, entry: Entry) -> None:
        match entry.fact:
            case UtteranceHeard() | DigitPressed() | NothingHeard(reason="failed"):
                self._input = entry
            case TimerFired(name="no_input"):
                self._input = entry
            case NodeEntered(node=node):
                self._enter(entry, node)
            case SpeakingStarted(say_id=say_id) if not say_id.endswith(RESUMED):
                self._said(entry, entry.fact)
            case SlotFilled(slot=slot, value=value):
                self._values[slot] = value
                if value:
                    self._answered(slot)
            case ConsentAnswered(purpose=purpose):
                self._answered(purpose)
            case FetchStarted():
                self._fetch = entry.fact
                self._open.pop((self._node, self._secret()), None)
            case FetchFinished():
                self._fetched(entry, entry.fact)
            case Escalated(reason=reason):
                self._fetch = None  # nobody waits for it any more
                if reason in ("no_match", "no_input"):
                    self._failed(reason)
            case _:
                pass

    # --- the flow's words ------------------------------------------------------------------------

    def _enter(self, entry: Entry, node: str) -> None:
        table, missing = self._card.look_ups.get(self._node, ("", ""))
        if table and node == missing:
            self._not_found(entry, table)
        if self._fetch:
            self._add(entry, "error", f"The system {self._fetch.endpoint} did not answer in time")
            self._fetch = None
        for place_, slot in [*self._open] if node != self._node else ():
            if place_ == self._node and (not slot or self._values.get(slot)):
                del self._open[place_, slot]  # the call went on: this was no question any more
        self._node, self._input, self._read_back = node, None, ""

    def _said(self, entry: Entry, said: SpeakingStarted) -> None:
        card = self._card
        if said.text == prompts.RESTART:
            self._open.clear()
        question = card.asked_at(said.node, said.text)
        if said.node != self._node or (question is None and said.text != prompts.CHANGE):
            return
        kind = card.failure(said.text)
        read_back = card.read_back_at(said.node, said.text) is not None
        corrected = read_back and self._read_back and self._read_back not in said.text
        if kind or corrected:
            self._failed(kind or "rejected")
        self._read_back = said.text if read_back else ""
        if question:
            self._ask(entry, question, said.text)

    def _ask(self, entry: Entry, question: QuestionCard, said: str) -> None:
        key = (question.node, question.slot)
        before = self._open.get(key)
        self._open[key] = OpenQuestion(
            **place(entry),
            node=question.node,
            slot=question.slot,
            label=question.label,
            question=before.question if before else question_in(said),
            asked=before.asked + 1 if before else 1,
        )

    def _answered(self, slot: str) -> None:
        nodes = {q.node for q in self._card.questions if q.slot == slot}
        for key in [key for key in self._open if key[1] == slot or key in {(n, "") for n in nodes}]:
            del self._open[key]

    def _secret(self) -> str:
        secret = (q.slot for q in self._card.questions if q.node == self._node)
        return next(secret, "")

    # --- failures --------------------------------------------------------------------------------

    def _failed(self, kind: str) -> None:
        """The caller's last turn led nowhere."""
        turn, self._input = self._input, None
        if turn is None:
            return
        fact = turn.fact
        said = fact.text if isinstance(fact, UtteranceHeard) else ""
        if isinstance(fact, TimerFired):
            self._add(turn, "no_input", f"No answer to {quoted(self._question())}")
        elif self._read_back and (kind == "rejected" or yes_no(said) is False):
            answer = quoted(said) if said else "no, by key"
            self._add(turn, "rejected", f"{quoted(self._read_back)}, and the caller: {answer}")
        elif said:
            self._add(turn, "no_match", f"Not understood: {quoted(said)}")
        elif isinstance(fact, DigitPressed):
            self._add(turn, "no_match", f"The keys did not answer {quoted(self._question())}")
        else:
            self._add(turn, "no_match", "Words that could not be recognised")

    def _question(self) -> str:
        asked = [question for question in self._open.values() if question.node == self._node]
        return asked[-1].question if asked else self._node

    def _fetched(self, entry: Entry, fetched: FetchFinished) -> None:
        if self._fetch is None or fetched.request_id != self._fetch.request_id:
            return  # an answer to what was taken back since
        self._fetch = None
        if fetched.outcome == "not_found":
            self._not_found(entry, fetched.endpoint)
        elif fetched.outcome == "error":
            code = fetched.code.replace("_", " ") or "error"
            self._add(entry, "error", f"The system {fetched.endpoint} failed ({code})")

    def _not_found(self, entry: Entry, system: str) -> None:
        card = self._card
        if checked := card.identity_checks.get(self._node):
            self._add(entry, "not_found", f"The {checked} did not match")
            return
        known = (slot for slot in card.sent.get(self._node, ()) if self._values.get(slot))
        things = [f"{card.label(slot)} {card.write(slot, self._values[slot])}" for slot in known]
        secret = (f"the {q.label}" for q in card.questions if q.node == self._node)
        things = things or [next(secret, "what was looked for")]
        text = not_found(things, system)
        self._add(entry, "not_found", text, things=tuple(things), system=system)

    def _add(self, entry: Entry, kind: Kind, text: str, **more: Any) -> None:
        where = place(entry, entry)
        words = sentence(text)
        self.failures.append(Failure(**where, kind=kind, node=self._node, text=words, **more))
