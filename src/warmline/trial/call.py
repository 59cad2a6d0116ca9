"""A call without a line, in virtual time: the flow, who has the floor, and a voice that takes
as long as it speaks.

Pure. Decides nothing itself: `take` is told what happens, `Machine` and `Floor` answer, and what
they start (speech, timers, requests) happens when its time has come.
"""

from collections import deque
from collections.abc import Callable, Collection
from typing import Final, assert_never

from warmline.call.floor import NO_INPUT, Floor
from warmline.dialogue.machine import Machine, State
from warmline.dialogue.repair import RESOLVE_TIMER
from warmline.events import (
    ANYTHING,
    CallStarted,
    CancelFetch,
    CancelTimer,
    Command,
    Duck,
    Expectation,
    Fact,
    Fetch,
    FetchFinished,
    HangUp,
    Listen,
    Note,
    NothingHeard,
    Say,
    SpeakingFinished,
    StartTimer,
    StopSpeaking,
    TimerFired,
    TurnResumed,
    UtteranceHeard,
)
from warmline.flows.flow import Flow

LETTER_S: Final = 0.06
"""Speech takes so long a character: 150 words of 5.7 letters a minute, with their blanks."""
PATIENCE: Final = frozenset({("timer", NO_INPUT), ("timer", RESOLVE_TIMER)})
"""What waits for the caller, and for nothing else."""
MAX_EVENTS: Final = 20_000
"""More without a word of the caller is an endless loop, in the flow or in the machine."""

Ask = Callable[[Fetch], tuple[float, FetchFinished]]
"""An endpoint: the seconds that it takes, and its answer."""
Key = tuple[str, str]


class Endless(Exception):
    """The call does not come to rest; the message says where."""


class TrialCall:
    """`begin`, then `take` what the caller does; `log` is all that happened."""

    def __init__(self, flow: Flow, ask: Ask) -> None:
        self.flow = flow
        self.now = 0.0
        """Seconds since the call began."""
        self.log: list[tuple[float, Fact | Command]] = []
        self.hung_up: HangUp | None = None
        self.listening: Listen | None = None
        self._ask = ask
        self._machine = Machine(flow)
        self._floor = Floor()
        self.state = self._machine.start()
        self._before: tuple[int, State, int] | None = None
        """The last turn that was answered, where the flow stood before it, and the log."""
        self._inbox: deque[Fact] = deque()
        self._saying: deque[Say] = deque()
        self._due: dict[Key, tuple[float, int, Fact]] = {}
        self._scheduled = 0

    @property
    def expect(self) -> Expectation:
        """What may be answered now."""
        return self.listening.expect if self.listening else ANYTHING

    @property
    def speaking(self) -> bool:
        """The flow is heard."""
        return bool(self._saying)

    @property
    def left_to_say(self) -> float:
        """Seconds until what is said now is said to its end."""
        saying = [due for (kind, _), (due, _, _) in self._due.items() if kind == "say"]
        return min(saying, default=self.now) - self.now

    @property
    def over(self) -> bool:
        return self.hung_up is not None and not self._saying

    @property
    def timers(self) -> dict[str, float]:
        """The running timers, and the seconds that each has left."""
        return {
            name: due - self.now for (kind, name), (due, _, _) in self._due.items()
            if kind == "timer"
        }  # fmt: skip

    def begin(self, started_at: str = "", caller: str = "") -> None:
        self.take(
            CallStarted(
                door="trial",
                caller=caller,
                flow=self.flow.name,
                flow_version=self.flow.version,
                started_at=started_at,
            )
        )

    def take(self, fact: Fact) -> None:
        """This happens now."""
        self._inbox.append(fact)
        while self._inbox:
            self._handle(self._inbox.popleft())

    # --- time ------------------------------------------------------------------------------------

    def step(self) -> None:
        """Go on to what is due next."""
        key = min(self._due, key=lambda key: self._due[key][:2])
        due, _, fact = self._due.pop(key)
        self.now = max(self.now, due)
        if key[0] == "say":
            self._saying.popleft()
            self._speak()
        self.take(fact)

    def pause(self, seconds: float) -> None:
        """Let time pass, with all that happens in it."""
        until = self.now + seconds
        while self._due and min(due for due, _, _ in self._due.values()) <= until:
            self.step()
        self.now = until

    def rest(self, until: Callable[[], bool] = lambda: False) -> None:
        """Until nothing more happens while the caller is quiet, or `until` is true.

        Raises Endless when the call does not come to rest.
        """
        for _ in range(MAX_EVENTS):
            if until() or self._due.keys() <= PATIENCE:
                return
            self.step()
        raise Endless(f"it turns in circles around the node {self.state.node}")

    def wait_for(self, timers: Collection[str], otherwise_s: float) -> None:
        """Until one of the timers that run has fired; `otherwise_s` when none does."""
        waited = [left for name, left in self.timers.items() if name in timers]
        self.pause(min(waited, default=otherwise_s))

    # --- in --------------------------------------------------------------------------------------

    def _handle(self, fact: Fact) -> None:
        before = len(self.log)
        fact = self._floor.weigh(fact)
        self.log.append((self.now, fact))
        for command in self._floor.fact(fact):
            self._obey(command)
        commands = self._decide(fact, before)
        if not self.state.ended:
            self.hung_up = None  # taken back, or handed back
        for command in commands:
            self._obey(command)
            for answer in self._floor.command(command):
                self._obey(answer)

    def _decide(self, fact: Fact, before: int) -> list[Command]:
        """Ask the flow; as in `call.session`, a turn that is taken up again is undone."""
        if isinstance(fact, TurnResumed):
            if self._before is None or self._before[0] != fact.turn or self._before[1].ended:
                return []
            _, state, length = self._before
            del self.log[length:]
            self.state, commands = self._machine.rewind(self.state, state)
            return commands
        if isinstance(fact, UtteranceHeard | NothingHeard):
            self._before = (fact.turn, self.state, before)
        self.state, commands = self._machine.handle(self.state, fact)
        return commands

    # --- out -------------------------------------------------------------------------------------

    def _obey(self, command: Command) -> None:
        self.log.append((self.now, command))
        match command:
            case Say():
                self._saying.append(command)
                if len(self._saying) == 1:
                    self._speak()
            case StopSpeaking(say_ids=say_ids):
                self._stop(say_ids)
            case Listen():
                self.listening = command
            case StartTimer(name=name, seconds=seconds):
                self._schedule(("timer", name), seconds, TimerFired(name=name))
            case CancelTimer(name=name):
                self._due.pop(("timer", name), None)
            case Fetch(request_id=request_id):
                self._schedule(("fetch", request_id), *self._ask(command))
            case CancelFetch(request_id=request_id):
                self._due.pop(("fetch", request_id), None)
            case HangUp():
                self.hung_up = command
            case Note() | Duck():
                pass
            case _:
                assert_never(command)

    def _schedule(self, key: Key, seconds: float, fact: Fact) -> None:
        self._scheduled += 1
        self._due[key] = (self.now + seconds, self._scheduled, fact)

    def _speak(self) -> None:
        """Say what is next, if there is anything."""
        if self._saying:
            say = self._saying[0]
            seconds = len(say.text) * LETTER_S / say.pace
            fact = SpeakingFinished(
                say_id=say.say_id, text=say.text, played_s=seconds, interrupted=False
            )
            self._schedule(("say", say.say_id), seconds, fact)

    def _stop(self, say_ids: Collection[str]) -> None:
        """Only what was begun is finished by it; what waits is dropped."""
        on_air = self._saying[0] if self._saying else None
        self._saying = deque(say for say in self._saying if say.say_id not in say_ids)
        if on_air is not None and on_air.say_id in say_ids:
            due, _, _ = self._due.pop(("say", on_air.say_id))
            whole = len(on_air.text) * LETTER_S / on_air.pace
            played = whole - (due - self.now)
            text = on_air.text[: int(len(on_air.text) * played / whole)].rpartition(" ")[0]
            self._inbox.append(
                SpeakingFinished(say_id=on_air.say_id, text=text, played_s=played, interrupted=True)
            )
            self._speak()
