"""Where a call stands: with the bot, waiting, with a person, on hold, over; and who is in it. Pure.

Knows facts. The words for them are `wording`'s.
"""

from collections.abc import Sequence
from typing import Final, Literal

from warmline.desk.changes import Present, StateChange
from warmline.desk.display import display
from warmline.events import (
    AgentJoined,
    AgentLeft,
    CallbackRequested,
    CallEnded,
    CallerHeld,
    Entry,
    Escalated,
    HandedBack,
    QueueMoved,
)

TALKS: Final = ("agent", "join")
"""The roles of who talks with the caller."""

State = Literal["bot", "waiting", "talking", "held", "ended"]


class Standing:
    """Told of every entry of one call, in order."""

    def __init__(self, handback_nodes: Sequence[str] = ()) -> None:
        self._nodes = list(handback_nodes)
        self._people: dict[str, Present] = {}
        self._state: State = "bot"
        self._queue = ""
        self._reason = ""
        self._since = 0.0

    def handle(self, entry: Entry) -> StateChange | None:
        """How the call stands now, if this entry changes it."""
        before = self.shown()
        match entry.fact:
            case Escalated(queue=queue, reason=reason):
                self._queue, self._reason = queue, reason
                self._be("waiting", entry.at)
            case QueueMoved(queue=queue):
                self._queue = queue
                if not self._talked():
                    self._be("waiting", entry.at)
            case AgentJoined(agent=agent, name=name, role=role):
                self._people[agent] = Present(user_id=agent, name=display(name), role=role)
                if role in TALKS and self._state != "held":
                    self._be("talking", entry.at)
            case AgentLeft(agent=agent, reason=reason):
                self._people.pop(agent, None)
                if self._state in ("talking", "held") and not self._talked():
                    # Who ends the call or loses the caller leaves it as it is until CallEnded.
                    again = reason in ("lost", "signed_out", "transferred")
                    self._be("waiting" if again else "talking", entry.at)
            case CallerHeld(held=held) if self._state in ("talking", "held"):
                self._be("held" if held else "talking", entry.at)
            case HandedBack() | CallbackRequested():
                self._be("bot", entry.at)
            case CallEnded(reason=reason):
                self._reason = reason
                self._people.clear()
                self._be("ended", entry.at)
            case _:
                return None
        now = self.shown()
        return now if now != before else None

    def shown(self) -> StateChange:
        return StateChange(
            key="state",
            kind="state",
            state=self._state,
            queue=self._queue,
            reason=self._reason,
            agents=list(self._people.values()),
            handback_nodes=self._nodes,
            at=self._since,
        )

    def _talked(self) -> bool:
        return any(person["role"] in TALKS for person in self._people.values())

    def _be(self, state: State, at: float) -> None:
        if state != self._state:
            self._state, self._since = state, at
