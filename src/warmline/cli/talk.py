"""The console's call: what is typed goes in, what is said and where the call stands come out.

Owns the terminal of `warmline console`; the call itself is `warmline.trial`'s.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import uuid4

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from warmline.cli.screen import err, out
from warmline.events import (
    CallbackRequested,
    Command,
    ConsentAnswered,
    Escalated,
    Fact,
    Fetch,
    FetchFinished,
    HandedBack,
    Note,
    Say,
    SlotFilled,
)
from warmline.flows.flow import Flow
from warmline.trial.acting import Caller, told
from warmline.trial.call import TrialCall
from warmline.trial.commands import HELP, Help, Quit, Scripted, Typed, reply, typed
from warmline.trial.conversation import (
    Action,
    AgentStep,
    CallerStep,
    HandsBack,
    HangsUp,
    Interrupts,
    Reply,
)
from warmline.trial.endpoints import ScriptedEndpoints, finished
from warmline.trial.runner import MASKED, Script

PROMPT: Final = "you> "
SIDE: Final = 46
"""Columns of the view beside the words."""


def caller_part(script: Script) -> Iterator[Action | HandsBack]:
    """What is done in a conversation, without what is expected."""
    for step in script.conversation.turns:
        match step:
            case CallerStep(caller=action):
                yield action
            case AgentStep(agent=agent):
                yield agent


def _told(said: Action | HandsBack) -> str:
    return "(a person hands the caller back)" if isinstance(said, HandsBack) else told(said)


def _input(prompt: str) -> str:
    """Raises EOFError at the end. What comes through a pipe is shown as if it was typed."""
    line = out.input(Text(prompt, "bold"))
    if not sys.stdin.isatty():
        out.print(Text(line), soft_wrap=True)
    return line


class Talk:
    """One call by keyboard; `run` leads it to its end."""

    def __init__(self, flow: Flow, answers: ScriptedEndpoints, live: bool) -> None:
        self._answers = answers
        self._live = live
        self._call = TrialCall(flow, self._endpoint)
        self._caller = Caller(self._call)
        self._shown = 0
        """How much of the call's log is on the screen."""
        self._sure: dict[str, float] = {}
        """Confidence of each filled slot."""

    def run(self, began: str, script: Sequence[Action | HandsBack]) -> None:
        self._call.begin(began)
        self._show()
        for said in self._inputs(script):
            match said:
                case Help():
                    for usage, meaning in HELP.items():
                        out.print(Text(f"  {usage:24}{meaning}"))
                case Scripted(endpoint=endpoint, reply=answer):
                    self._answers.script(endpoint, answer)
                case Quit() | HangsUp():
                    return
                case HandsBack(hands_back=agent):
                    self._call.rest()
                    self._call.take(HandedBack(by=agent))
                    self._show()
                case _:
                    if not (isinstance(said, Interrupts) or self._call.state.keys):
                        self._call.rest()
                    self._caller.act(said)
                    self._show()

    def _inputs(self, script: Sequence[Action | HandsBack]) -> Iterator[Typed]:
        """The script, then the keyboard, until it ends or the call does."""
        for said in script:
            secret = self._call.expect.secure
            out.print(Text(f"{PROMPT}{MASKED if secret else _told(said)}", "bold"), soft_wrap=True)
            yield said
        while not self._call.over:
            try:
                line = _input(PROMPT)
                if line.strip():
                    yield typed(line)
            except EOFError:
                return
            except ValueError as error:
                err.print(Text(str(error), "red"))

    # --- endpoints -------------------------------------------------------------------------------

    def _endpoint(self, fetch: Fetch) -> tuple[float, FetchFinished]:
        """As scripted, over HTTP, or as the one at the keyboard says."""
        answer = self._answers.next(fetch.endpoint)
        if answer is None and self._live:
            return asyncio.run(_over_http(fetch))
        answer = answer or self._typed(fetch)
        return answer.after, finished(fetch, answer)

    def _typed(self, fetch: Fetch) -> Reply:
        hidden = dict.fromkeys(fetch.secrets, MASKED)
        sent = ", ".join(f"{n}={v}" for n, v in (dict(fetch.values) | hidden).items())
        saves = " ".join(f"{slot}=…" for slot, _ in fetch.save)
        out.print(Text(f"{fetch.endpoint}({sent}): ok {saves} | not_found | error CODE", "cyan"))
        while True:
            try:
                return reply(_input(f"{fetch.endpoint}> "))
            except EOFError:
                return Reply(error="timeout")
            except ValueError as error:
                err.print(Text(str(error), "red"))

    # --- showing ---------------------------------------------------------------------------------

    def _show(self) -> None:
        """What happened since the last time, and beside it where the call stands.

        The flow may still speak then, so that it can be interrupted.
        """
        self._call.rest(until=self._asks)
        news = [item for _, item in self._call.log[self._shown :]]
        self._shown = len(self._call.log)
        words = Text("\n").join([line for item in news if (line := self._line(item)) is not None])
        if self._call.over and self._call.hung_up:
            words.append(f"\n(the call is over: {self._call.hung_up.reason})", "dim")
        page = Table.grid(expand=True, padding=(0, 1))
        page.add_column(ratio=1)
        page.add_column(width=SIDE)
        page.add_row(
            words, Panel(self._side(), title=f"{self._call.now:.1f} s", title_align="left")
        )
        out.print(page)

    def _asks(self) -> bool:
        """The flow speaks or awaits more keys, and all that comes next is up to the caller."""
        state = self._call.state
        awaits = self._call.speaking or state.keys
        return bool(awaits) and not (state.waiting or self._call.hung_up)

    def _line(self, item: Fact | Command) -> Text | None:
        match item:
            case Say(text=text):
                return Text(f"bot: {text}")
            case Note(fact=SlotFilled(slot=slot, confidence=sure)):
                self._sure[slot] = sure
            case Note(fact=Escalated(queue=queue, reason=reason)):
                return Text(f"→ a person of {queue} ({reason})", "yellow")
            case Note(fact=CallbackRequested(queue=queue, number=number)):
                return Text(
                    f"→ {queue} calls back ({number or 'the number of this call'})", "yellow"
                )
            case Note(fact=ConsentAnswered(purpose=purpose, granted=granted)):
                return Text(f"→ {purpose}: {'allowed' if granted else 'not allowed'}", "yellow")
            case Fetch(endpoint=endpoint):
                return Text(f"→ asks {endpoint}", "cyan")
            case FetchFinished(endpoint=endpoint, outcome=outcome, code=code):
                return Text(f"← {endpoint}: {outcome} {code}".rstrip(), "cyan")
            case _:
                pass
        return None

    def _side(self) -> Table:
        state, expect = self._call.state, self._call.expect
        rows = {"node": f"{state.node}.{state.field}" if state.field else state.node}
        if not self._call.over:
            rows["awaits"] = f"{expect.kind}{' (secret)' if expect.secure else ''}"
        for slot, value in state.slots:
            rows[slot] = f"{value} ({self._sure.get(slot, 1.0):.2f})"
        for slot, heard in state.pending:
            rows[f"{slot}?"] = f"{heard.value} ({heard.confidence:.2f})"
        if state.confirming:
            rows["confirming"] = "yes"
        if state.offered:
            rows["offered"] = ", ".join(state.offered)
        for name in ("no_match", "no_input", "rejected", "waiting"):
            if value := getattr(state, name):
                rows[name] = str(value)
        for name, left in self._call.timers.items():
            rows[f"timer {name}"] = f"{left:.1f} s"
        table = Table.grid(padding=(0, 1))
        for name, value in rows.items():
            table.add_row(Text(name, "dim"), Text(value))
        return table


async def _over_http(fetch: Fetch) -> tuple[float, FetchFinished]:
    """The configured endpoint's own answer, and how long it took. Raises ConfigError."""
    from warmline.config import load
    from warmline.connect.client import Connector
    from warmline.connect.endpoint import endpoints
    from warmline.connect.fetcher import ConnectorFetcher

    configured = endpoints(load().endpoints)
    clock = asyncio.get_running_loop().time
    begun = clock()
    async with Connector(configured) as connector:
        answer = await ConnectorFetcher(connector, configured).fetch(fetch, uuid4().hex)
    return clock() - begun, answer
