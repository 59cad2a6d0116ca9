"""A stretch of a recorded call as a conversation test: what the caller did, what came of it, and
the sound of the last turn. Pure; gives plain data and seconds, writes no file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from warmline.call.mask import KEY, WORDS
from warmline.errors import WarmlineError
from warmline.events import (
    CallStarted,
    DigitPressed,
    Entry,
    Escalated,
    FetchFinished,
    NodeEntered,
    NothingHeard,
    SlotFilled,
    SpeechEnded,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)

AROUND_S: Final = 0.4
"""Kept before and behind the voice: the detector needs a moment of silence."""
_KEYS_S: Final = 3.0
"""Keys that follow each other so soon are typed as one."""


class NoTestcase(WarmlineError):
    """The call does not hold what the test needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    conversation: dict[str, Any]
    """As in a file of `conversations/`, without the sound."""
    turn: int
    """Its caller's step, counted from 0 in `turns`."""
    begin_s: float
    end_s: float
    """Where the sound of that step lies in the caller's track."""


@dataclass(slots=True, kw_only=True)
class _Step:
    """What the caller did, and what followed before they did something else."""

    at: float
    caller: Any
    turn: int = 0
    began: float = 0.0
    ended: float = 0.0
    nodes: list[str]
    slots: dict[str, str]
    escalates: str = ""

    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.nodes:
            found["node"] = self.nodes[-1]
        if self.slots:
            found["slot"] = self.slots
        if self.escalates:
            found["escalates"] = self.escalates
        return found


def excerpt(entries: Sequence[Entry], turn: int, name: str) -> Excerpt:
    """The call up to this turn (as numbered in the record) as a test called `name`.

    Raises NoTestcase: no such turn, one without words, or a secret on the way to it.
    """
    steps = list(_steps(entries))
    at = next((n for n, step in enumerate(steps) if step.turn == turn), None)
    if at is None:
        known = ", ".join(str(step.turn) for step in steps if step.turn) or "none"
        raise NoTestcase(f"the call has no turn {turn} with words; it has {known}")
    steps = steps[: at + 1]
    if any(_is_secret(step) for step in steps):
        raise NoTestcase(f"turn {turn} comes after a secret, which is not in the record")
    turns: list[dict[str, Any]] = []
    where = 0
    for step in steps:
        where = len(turns)
        turns.append({"caller": step.caller})
        if expected := step.expected():
            turns.append({"bot": expected})
    conversation: dict[str, Any] = {"conversation": name}
    if began := _began(entries):
        conversation["hours"] = began
    if endpoints := _endpoints(entries):
        conversation["endpoints"] = endpoints
    conversation["turns"] = turns
    last = steps[-1]
    return Excerpt(
        conversation=conversation,
        turn=where,
        begin_s=max(0.0, last.began - AROUND_S),
        end_s=last.ended + AROUND_S,
    )


def _is_secret(step: _Step) -> bool:
    return step.caller == WORDS or KEY in _keys(step)


def _keys(step: _Step) -> str:
    """What was typed; empty for all else."""
    return str(step.caller.get("dtmf", "")) if isinstance(step.caller, dict) else ""


def _steps(entries: Sequence[Entry]) -> Iterator[_Step]:
    """In order; an undone turn counts with its final words only."""
    steps: list[_Step] = []
    began = ended = 0.0
    for entry in entries:
        match entry.fact:
            case SpeechStarted(audio_at=at):
                began = at
            case SpeechEnded(audio_at=at):
                ended = at
            case TurnResumed(turn=turn):
                steps = [step for step in steps if step.turn != turn]
            case UtteranceHeard(turn=turn, text=text, started_at=began, audio_at=ended):
                steps.append(_step(entry.at, text, turn, began, ended))
            case NothingHeard(reason=reason):
                kind: Any = {"noise": "failed" if reason == "failed" else True}
                steps.append(_step(entry.at, kind, 0, began, ended))
            case DigitPressed(digit=digit):
                last = steps[-1] if steps else None
                if last and _keys(last) and entry.at - last.at < _KEYS_S:
                    last.caller["dtmf"] += digit
                    last.at = entry.at
                else:
                    steps.append(_step(entry.at, {"dtmf": digit}, 0, began, ended))
            case NodeEntered(node=node) if steps:
                steps[-1].nodes.append(node)
            case SlotFilled(slot=slot, value=value) if steps:
                steps[-1].slots[slot] = value
            case Escalated(queue=queue) if steps:
                steps[-1].escalates = queue
            case _:
                pass
    yield from steps


def _step(at: float, caller: Any, turn: int, began: float, ended: float) -> _Step:
    return _Step(at=at, caller=caller, turn=turn, began=began, ended=ended, nodes=[], slots={})


def _began(entries: Sequence[Entry]) -> str:
    facts = (entry.fact for entry in entries)
    return next((fact.started_at for fact in facts if isinstance(fact, CallStarted)), "")


def _endpoints(entries: Sequence[Entry]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for entry in entries:
        match entry.fact:
            case FetchFinished(endpoint=endpoint, outcome="ok", values=values):
                found.setdefault(endpoint, []).append({"ok": dict(values)})
            case FetchFinished(endpoint=endpoint, outcome="not_found"):
                found.setdefault(endpoint, []).append("not_found")
            case FetchFinished(endpoint=endpoint, code=code):
                found.setdefault(endpoint, []).append({"error": code})
            case _:
                pass
    return found
