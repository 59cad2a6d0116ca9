"""Runs a conversation against its flow, in virtual time and milliseconds. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from warmline.events import (
    Fetch,
    FetchFinished,
    HandedBack,
    NodeEntered,
    Note,
    Say,
    SlotFilled,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.hours import is_open
from warmline.trial.acting import Caller, Ears, told
from warmline.trial.call import Endless, TrialCall
from warmline.trial.conversation import (
    AgentStep,
    BotStep,
    CallerStep,
    Conversation,
    Expected,
    HangsUp,
    Interrupts,
    Reply,
    Sounds,
)
from warmline.trial.coverage import walked
from warmline.trial.endpoints import ScriptedEndpoints, finished
from warmline.trial.expectations import Miss, Seen, misses
from warmline.trial.outcome import Failure, Outcome, Turn

MASKED: Final = "(secret)"
_MONDAY: Final = datetime.fromisoformat("2026-03-02T00:00:00Z")
_QUARTERS: Final = 14 * 24 * 4
"""Of an hour, in two weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A conversation, and where it stands."""

    file: str
    line: int
    lines: tuple[int, ...]
    """Of each step."""
    conversation: Conversation


def run(flow: Flow, script: Script, ears: Ears | None = None) -> Outcome:
    """Play all of it, whatever fails; without `ears` the words are heard as they are written."""
    return _Run(flow, script, ears).outcome()


class _Run:
    def __init__(self, flow: Flow, script: Script, ears: Ears | None) -> None:
        self._flow = flow
        self._script = script
        self._endpoints = ScriptedEndpoints(script.conversation.endpoints)
        self._call = TrialCall(flow, self._answer)
        self._caller = Caller(self._call, ears)
        self._starts = [0]
        """Where in the call's log each turn of the caller begins."""
        self._turns: list[Turn] = []
        self._failures: list[Failure] = []
        self._doing = (script.line, "", 0.0)
        """The turn under way: its line, what the caller does, and when it began."""
        self._settled = False
        self._gone = False
        """The caller has hung up."""

    def outcome(self) -> Outcome:
        script = self._script
        began = moment(self._flow, script.conversation.hours)
        if began is None:
            hours = script.conversation.hours
            self._fail(script.line, (f"a time when the flow is {hours}", "none within two weeks"))
        else:
            self._play(began)
        return Outcome(
            flow=self._flow.name,
            name=script.conversation.conversation,
            file=script.file,
            line=script.line,
            turns=tuple(self._turns),
            failures=tuple(self._failures),
            entered=frozenset(self._entered(0)),
            taken=frozenset(walked(self._flow, [item for _, item in self._call.log])),
            seconds=round(self._call.now, 3),
        )

    def _play(self, began: str) -> None:
        line = self._script.line
        try:
            self._call.begin(began)
            for at, line in enumerate(self._script.lines):
                self._step(at, line)
            self._settle()
        except Endless as endless:
            self._fail(line, ("the call to wait for the caller", str(endless)))
        self._end_turn()

    # --- steps -----------------------------------------------------------------------------------

    def _step(self, at: int, line: int) -> None:
        match self._script.conversation.turns[at]:
            case BotStep(bot=expected):
                self._compare(at, line, expected)
            case CallerStep(caller=action):
                if not self._settled:
                    self._settle(interrupted=isinstance(action, Interrupts))
                if self._gone or self._call.over:
                    self._fail(line, ("the call to go on", self._over()))
                    return
                if not isinstance(action, Sounds):
                    self._begin_turn(line, told(action))
                self._caller.act(action)
                self._settled = False
                self._gone = isinstance(action, HangsUp)
            case AgentStep(agent=agent):
                self._settle()
                self._begin_turn(line, "(a person hands the caller back)")
                self._call.take(HandedBack(by=agent.hands_back, node=agent.to))
                self._settled = False

    def _compare(self, at: int, line: int, expected: Expected) -> None:
        self._settle(waits=expected.waits is not None, interrupted=self._interrupted(at))
        missed = list(misses(expected, self._seen(expected.within_turns)))
        said = self._seen(1).said
        for miss in missed:
            self._fail(line, miss, said)

    def _interrupted(self, at: int) -> bool:
        """Whether the caller does not let this be said to its end."""
        later = self._script.conversation.turns[at + 1 :]
        after = next((step for step in later if not isinstance(step, BotStep)), None)
        return isinstance(after, CallerStep) and isinstance(after.caller, Interrupts)

    def _settle(self, *, waits: bool = False, interrupted: bool = False) -> None:
        """Let happen what happens by itself before the caller does something."""
        if self._gone:
            return
        if waits:
            self._call.rest(until=lambda: self._waits() and not self._call.speaking)
        elif interrupted:
            self._call.rest(until=lambda: self._call.speaking)
        else:
            self._call.rest()
        self._settled = True

    def _waits(self) -> bool:
        state = self._call.state
        return bool(state.waiting) and state.fillers > 0

    def _fail(self, line: int, miss: Miss, said: tuple[str, ...] = ()) -> None:
        expected, found = miss
        self._failures.append(
            Failure(file=self._script.file, line=line, expected=expected, found=found, said=said)
        )

    def _over(self) -> str:
        hung_up = self._call.hung_up
        return f"it is over ({hung_up.reason})" if hung_up else "the caller has hung up"

    def _answer(self, fetch: Fetch) -> tuple[float, FetchFinished]:
        """As the conversation scripts it, which must fit the flow as a real answer would."""
        name, slots = fetch.endpoint, {slot for slot, _ in fetch.save}
        reply = self._endpoints.next(name)
        if reply is None:
            self._fail(self._doing[0], (f"an answer of {name} under 'endpoints'", "none"))
            reply = Reply(error="unknown_endpoint")
        elif reply.ok is not None and reply.ok.keys() != slots:
            wanted = ", ".join(sorted(slots)) or "no slots"
            found = ", ".join(sorted(reply.ok)) or "none"
            self._fail(self._doing[0], (f"{name} to answer ok with {wanted}", found))
        return reply.after, finished(fetch, reply)

    # --- what was seen ---------------------------------------------------------------------------

    def _seen(self, turns: int) -> Seen:
        begin = self._starts[-min(turns, len(self._starts))]
        state = self._call.state
        return Seen(
            since=[item for _, item in self._call.log[begin:]],
            node=state.node,
            slots=dict(state.slots),
            hung_up=self._call.hung_up,
            waits=self._waits(),
        )

    def _entered(self, begin: int) -> Iterator[str]:
        for _, item in self._call.log[begin:]:
            match item:
                case Note(fact=NodeEntered(node=node)):
                    yield node

    def _begin_turn(self, line: int, action: str) -> None:
        self._end_turn()
        secret = self._call.expect.secure
        self._doing = (line, MASKED if secret else action, self._call.now)
        self._starts.append(len(self._call.log))

    def _end_turn(self) -> None:
        line, action, at = self._doing
        begin = self._starts[-1]
        since = [item for _, item in self._call.log[begin:]]
        heard = [item.text for item in since if isinstance(item, UtteranceHeard)]
        filled = [i.fact for i in since if isinstance(i, Note) and isinstance(i.fact, SlotFilled)]
        self._turns.append(
            Turn(
                line=line,
                at=round(at, 3),
                caller=action,
                heard=" ".join(heard) if action != MASKED else "",
                said=tuple(item.text for item in since if isinstance(item, Say)),
                entered=tuple(self._entered(begin)),
                slots=tuple((fact.slot, fact.value, fact.confidence) for fact in filled),
                node=self._call.state.node,
            )
        )


def moment(flow: Flow, hours: str) -> str | None:
    """When the call begins (ISO 8601 in UTC), empty for any time; None: there is no such time."""
    if hours not in ("open", "closed"):
        return hours
    table, queue = flow.file.hours, flow.escape.queue
    if table is None:
        return "" if hours == "open" else None
    for quarter in range(_QUARTERS):
        time = (_MONDAY + timedelta(minutes=15 * quarter)).isoformat()
        if is_open(table, time, queue) == (hours == "open"):
            return time
    return None
