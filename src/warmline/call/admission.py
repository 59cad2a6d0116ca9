"""Who may be led by the bot: a place for each call, as large as what the call needs now. Pure.

Must not know lines, audio or time.

Laws
    A place is taken in one step or not at all, and no caller is let to the bot beyond the limit:
    those who came before never pay for one who comes now.
    Who waits for the bot is served in the order in which they came; a caller whom a person gives
    back goes before those who were never led.
    What people do is never refused. A conversation may so need more than is free; then it is
    owed, and nobody is let to the bot until it is paid.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Final

from warmline.events import (
    AgentJoined,
    AgentLeft,
    CallEnded,
    Entry,
    Escalated,
    HandedBack,
)

_TALKS: Final = frozenset({"agent", "join"})
"""Roles of people who talk with the caller."""


class Need(IntEnum):
    """What a call needs now, in hundredths of a call that the bot leads."""

    NOTHING = 0
    """On hold before the call: its audio is thrown away, only music is played."""
    WAITING = 10
    """Waits for a person: music, and now and then a word that may be a choice."""
    TALKING = 50
    """Talks with a person. Two voices are written down, so the processor is as busy as with the
    bot; but nobody waits for the words to be answered, and they give way first under pressure."""
    BOT = 100


class Admission:
    """All places of one server, and the line in front of them."""

    def __init__(self, calls: int) -> None:
        """At most so many calls are led by the bot at once."""
        if calls < 1:
            raise ValueError(f"a server must be able to lead a call, not {calls}")
        self.limit: Final = calls * Need.BOT
        self.used = 0
        """Hundredths of a call; above `limit` while people's conversations owe it."""
        self._line: list[Slot] = []

    @property
    def waiting(self) -> int:
        """Callers in the line."""
        return len(self._line)

    def reserve(self) -> "Slot | None":
        """A place at the bot for a newcomer; None when there is none, or others were first."""
        slot = Slot(self)
        return slot if not self._line and self._take(slot) else None

    def queue(self, told: Callable[[int], None]) -> "Slot":
        """A newcomer stands in line; for `told` see `Slot.ask`."""
        slot = Slot(self)
        slot.ask(Need.BOT, told)
        return slot

    # --- for slots -------------------------------------------------------------------------

    def _take(self, slot: "Slot") -> bool:
        if self.used - slot.need + Need.BOT > self.limit:
            return False
        self._set(slot, Need.BOT)
        return True

    def _set(self, slot: "Slot", need: Need) -> None:
        self.used += need - slot.need
        slot.need = need

    def _ask(self, slot: "Slot", need: Need) -> bool:
        slot.place = 0
        if slot in self._line:
            self._line.remove(slot)
        if need is Need.BOT and slot.need is not Need.BOT:
            given_back = sum(bool(other.need) for other in self._line)
            self._line.insert(given_back if slot.need else len(self._line), slot)
        else:
            self._set(slot, need)
        self._serve()
        return slot.need is need

    def _serve(self) -> None:
        """Let in who can be, and tell all whose place in the line has changed."""
        while self._line and self._take(self._line[0]):
            self._line.pop(0).tell(0)
        for slot in list(self._line):
            if slot in self._line:  # what is told may change the line
                slot.tell(self._line.index(slot) + 1)


class Slot:
    """One call's place. `observe` follows the call's log."""

    def __init__(self, admission: Admission) -> None:
        self.need = Need.NOTHING
        """What it has."""
        self.place = 0
        """In the line, 1 is next; 0 is in none."""
        self._told: Callable[[int], None] | None = None
        self._admission = admission
        self._talkers: set[str] = set()
        self._released = False

    def ask(self, need: Need, told: Callable[[int], None] | None = None) -> bool:
        """Whether the call has what it needs now. Only the bot is ever waited for: then `told` is
        called with the place in the line (1 is next), at first and whenever it changes, and with
        0 once the place is there. Asking for something else leaves the line."""
        if self._released:
            return False
        self._told = told
        return self._admission._ask(self, need)

    def observe(self, entry: Entry) -> None:
        """What happened in the call, in order. Who gives the caller back asks for the bot before
        that; while they stand in line for it, what is told was before that."""
        match entry.fact:
            case CallEnded():
                self.release()
            case _ if self.place:
                pass
            case Escalated():
                self.ask(Need.WAITING)
            case AgentJoined(agent=agent, role=role) if role in _TALKS:
                if self.need is not Need.BOT:
                    self._talkers.add(agent)
                    self.ask(Need.TALKING)
            case AgentLeft(agent=agent) if agent in self._talkers:
                self._talkers.discard(agent)
                if self.need is Need.TALKING and not self._talkers:
                    self.ask(Need.WAITING)
            case HandedBack():
                self._talkers.clear()
            case _:
                pass

    def release(self) -> None:
        """The call is over. Idempotent."""
        if not self._released:
            self.ask(Need.NOTHING)
            self._released = True

    def tell(self, place: int) -> None:
        """For the admission."""
        if place != self.place or not place:
            self.place = place
            if self._told:
                self._told(place)
