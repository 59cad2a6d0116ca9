"""A conversation of a flow as the log of a call: the facts that a real one would have.

Plays the caller's steps and judges nothing; times are those of the trial.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from warmline.events import (
    CallEnded,
    Command,
    Entry,
    Fact,
    Fetch,
    FetchFinished,
    HandedBack,
    Note,
    Say,
    SpeakingFinished,
    SpeakingStarted,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow
from warmline.trial.acting import WORDS_S, Caller
from warmline.trial.call import LETTER_S, TrialCall
from warmline.trial.conversation import AgentStep, CallerStep, HangsUp, Interrupts
from warmline.trial.endpoints import ScriptedEndpoints, finished
from warmline.trial.folder import read_scripts
from warmline.trial.runner import Script, moment

FLOWS = Path(__file__).parents[1] / "voice_flows"
NAMES = sorted(path.parent.name for path in FLOWS.glob("*/flow.yaml"))
CALLER = "+15550100"


@cache
def flow(name: str) -> Flow:
    return load_flow(FLOWS / name)


@cache
def scripts(name: str) -> tuple[Script, ...]:
    return tuple(read_scripts(FLOWS / name))


def script(name: str, conversation: str) -> Script:
    return next(s for s in scripts(name) if s.conversation.conversation == conversation)


def recorded(name: str, conversation: str, *, ends: bool = True) -> list[Entry]:
    """The log of one of the flow's conversations; `ends=False` leaves CallEnded out."""
    return record(flow(name), script(name, conversation), ends=ends)


def record(played: Flow, script: Script, *, ends: bool = True) -> list[Entry]:
    endpoints = ScriptedEndpoints(script.conversation.endpoints)

    def ask(fetch: Fetch) -> tuple[float, FetchFinished]:
        reply = endpoints.next(fetch.endpoint)
        assert reply is not None, fetch.endpoint
        answer = finished(fetch, reply)
        call_facts.append((call.now, answer))
        return reply.after, answer

    call_facts: list[tuple[float, Fact]] = []
    call = TrialCall(played, ask)
    caller = Caller(call)
    call.begin(moment(played, script.conversation.hours) or "", CALLER)
    reason = ""
    for step in script.conversation.turns:
        match step:
            case CallerStep(caller=action):
                interrupts = isinstance(action, Interrupts)
                call.rest(until=lambda: call.speaking if interrupts else False)  # noqa: B023
                caller.act(action)
                reason = "caller_hung_up" if isinstance(action, HangsUp) else ""
            case AgentStep(agent=agent):
                call.rest()
                call.take(HandedBack(by=agent.hands_back))
            case _:
                pass
    call.rest()
    facts = [*_facts(call.log)]
    if ends:
        over = call.hung_up.reason if call.hung_up else "caller_hung_up"
        facts.append((call.now + 1.0, CallEnded(reason=reason or over)))
    return numbered(facts)


def numbered(facts: Sequence[tuple[float, Fact]], after: Sequence[Entry] = ()) -> list[Entry]:
    """Facts with their times as entries of one call, behind those of `after`."""
    first = after[-1].seq + 1 if after else 1
    return [*after, *(
        Entry(call_id="call", seq=seq, at=round(at, 3), fact=fact)
        for seq, (at, fact) in enumerate(facts, first)
    )]  # fmt: skip


def _facts(log: Sequence[tuple[float, Fact | Command]]) -> Iterator[tuple[float, Fact]]:
    """The facts; what is said begins when all before it was said."""
    waiting: list[Say] = []
    for at, item in log:
        match item:
            case Note(fact=fact):
                yield at, fact
            case Say():
                waiting.append(item)
                if len(waiting) == 1:
                    yield at, _begun(item)
            case SpeakingFinished(say_id=say_id):
                yield at, item
                waiting = [say for say in waiting if say.say_id != say_id]
                if waiting and not item.interrupted:
                    yield at, _begun(waiting[0])
                elif item.interrupted:
                    waiting.clear()
            case UtteranceHeard(text=text):
                ended = round(at - WORDS_S, 3)
                begun = round(ended - LETTER_S * len(text), 3)
                yield at, replace(item, started_at=begun, audio_at=ended)
            case _ if isinstance(item, Fact):
                yield at, item


def _begun(say: Say) -> SpeakingStarted:
    return SpeakingStarted(say_id=say.say_id, node=say.node, text=say.text)
