"""Owns the part of a call that people play: waiting for one, talking, and going back.

The desk knows a call by this (`ports.people.LiveCall`). Must not decide who takes the call,
nor what the flow does then: what happens is told as facts of the call's log.

Laws
    One of three has the caller's line: the flow, the waiting room, the conversation.
    A caller whose agent is lost waits again, with music, and has nothing to say twice.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from warmline.audio.frame import Frame, Pcm
from warmline.call.admission import Need
from warmline.call.colleague import Colleague
from warmline.call.conference import TALKING, Conference
from warmline.call.feed import CallFeed
from warmline.call.keeper import Keeper
from warmline.call.services import Services
from warmline.call.waiting import BACK, CALLBACK, LOST, MOMENT, NOBODY, choice
from warmline.call.waiting_room import WaitingRoom
from warmline.events import (
    AssistFact,
    CallbackRequested,
    Command,
    Escalated,
    Fact,
    HandedBack,
    HangUp,
    PeopleFact,
    QueueMoved,
    UtteranceHeard,
)
from warmline.flows.flow import Flow
from warmline.flows.nodes import HandBackNode
from warmline.ports import Line
from warmline.ports.people import Person, Role, Wish
from warmline.speaking.speaker import Speaker

SURVEY: Final = "survey"
"""A handback node of this name is where a call goes that an agent ends."""
_CALLER: Final = "caller"


class People:
    """See `ports.people.LiveCall`. All methods are for the event loop's thread."""

    def __init__(
        self,
        flow: Flow,
        line: Line,
        services: Services,
        feed: CallFeed,
        keeper: Keeper,
        speaker: Speaker,
        post: Callable[[Fact], None],
        obey: Callable[[Command], None],
    ) -> None:
        self._flow = flow
        self._line = line
        self._services = services
        self._feed = feed
        self._keeper = keeper
        self._post = post
        self._obey = obey
        self._room = WaitingRoom(line, speaker, services.music, feed.now)
        self._conference = Conference(line, self._colleague, self.note, services.music)
        self._queue = ""
        self._last_words = (0.0, 0.0)
        self._goes_back = False
        """The caller waits for a place at the bot."""
        self._closed = False

    # --- LiveCall ----------------------------------------------------------------------------

    @property
    def call_id(self) -> str:
        return self._feed.call_id

    @property
    def flow(self) -> str:
        return self._flow.name

    @property
    def handback_nodes(self) -> tuple[str, ...]:
        nodes = self._flow.nodes.items()
        return tuple(name for name, node in nodes if isinstance(node, HandBackNode))

    @property
    def has_caller(self) -> bool:
        """The caller waits, or talks with somebody: the flow has no say."""
        return self._room.occupied or self._conference.joined

    @property
    def watched(self) -> bool:
        """Somebody reads this call along, the caller too, or listens."""
        desk = self._services.desk
        return self._line.reads or (desk is not None and desk.watched(self.call_id))

    @property
    def now(self) -> float:
        return self._feed.now()

    @property
    def over(self) -> bool:
        return self._closed or bool(self._line.gone)

    def note(self, fact: PeopleFact | AssistFact) -> None:
        if not self._closed:
            self._post(fact)

    async def attend(self, line: Line, person: Person) -> str:
        if self.over:
            return "caller_gone"
        if person.role in TALKING:
            if self._room.occupied or self._conference.joined:
                self._let_talk()
            else:  # the flow talks with the caller: two at once never do
                person = replace(person, role="listen")
        why = "lost"
        try:
            why = await self._conference.attend(line, person)
        finally:
            self._leave_nobody_alone(LOST if why == "lost" else "")
        return why

    def dismiss(self, user_id: str, reason: str) -> None:
        self._conference.dismiss(user_id, reason)

    def mute(self, user_id: str, muted: bool) -> None:
        self._conference.mute(user_id, muted)

    def role(self, user_id: str, role: Role) -> None:
        if role in TALKING and not self._conference.joined:
            if not self._room.occupied:
                return
            self._let_talk()
        self._conference.role(user_id, role)
        self._leave_nobody_alone()

    def hold(self, held: bool, by: str) -> None:
        self._conference.hold(held, by)

    def say_again(self, user_id: str) -> float:
        samples, _ = self._keeper.memory.heard(*self._last_words)
        return self._conference.play_to(user_id, samples)

    def hand_back(self, by: str, node: str = "") -> bool:
        if self.over or (node and node not in self.handback_nodes):
            return False
        self._room.end()
        self._conference.part_caller()
        for user_id in self._conference.names("agent", "join", "consult"):
            self.dismiss(user_id, "handed_back")
        self._back_to_the_bot(HandedBack(by=by, node=node))
        return True

    def wait(self, wish: Wish) -> None:
        self._queue = wish.queue
        if not self.over and not self._conference.talking:
            self._stay()
            self._conference.part_caller()
            self._room.begin()

    def hang_up(self, by: str) -> None:
        survey = self._conference.joined and SURVEY in self.handback_nodes
        for user_id in self._conference.names():
            self.dismiss(user_id, "ended")
        if not survey or not self.hand_back(by, SURVEY):
            self._room.end()
            self._conference.part_caller()
            self._obey(HangUp(reason="completed"))

    def clip(self, begin_s: float, end_s: float) -> bytes:
        return self._keeper.clip(begin_s, end_s)

    # --- for the session ---------------------------------------------------------------------

    def begin(self) -> None:
        """The call has begun."""
        for fact in self._services.before():
            self._post(fact)
        if self._services.desk:
            self._services.desk.begins(self)

    def escalate(self, fact: Escalated) -> bool:
        """Let the caller wait for a person; False when this server has no desk."""
        desk = self._services.desk
        if desk is None:
            return False
        self._queue = fact.queue
        if not desk.open(fact.queue):
            self._call_later(NOBODY)
            return True
        self._room.begin()
        wish = Wish(
            call_id=self.call_id,
            caller=self._line.info.caller,
            flow=self.flow,
            queue=fact.queue,
            reason=fact.reason,
            why=fact.why,
            skills=frozenset(fact.skills),
            priority=fact.priority,
        )
        desk.waits(wish, self)
        return True

    def frame(self, frame: Frame, ours: Pcm) -> None:
        """The caller's next frame, and what they heard of the bot meanwhile (16 kHz)."""
        self._conference.frame(frame, ours)

    def fact(self, fact: Fact) -> None:
        """This was published."""
        desk = self._services.desk
        match fact:
            case UtteranceHeard(started_at=begin, audio_at=end):
                self._last_words = (begin, end)
            case QueueMoved():
                self._room.moved(fact)
            case _:
                pass
        waits = self._room.occupied and not self._goes_back
        if desk and waits and (wanted := choice(fact)):
            desk.gone(self.call_id)
            self._room.end()
            if wanted == "back":
                self._room.say(BACK)
                self._back_to_the_bot(HandedBack(by=_CALLER))
            else:
                self._call_later(CALLBACK)

    async def close(self) -> None:
        """The caller is gone; afterwards nobody is in the call, and all is told."""
        self._room.end()
        if self._services.desk:
            self._services.desk.gone(self.call_id)
        await self._conference.close("caller_gone")
        self._closed = True

    # --- inside ------------------------------------------------------------------------------

    def _back_to_the_bot(self, fact: HandedBack) -> None:
        """As soon as there is a place; until then there is music."""

        def told(place: int) -> None:
            if place and not self.over:
                self._goes_back = True
                self._room.begin(MOMENT, choices="")
                self._room.moved(QueueMoved(queue=self._queue, position=place, wait_s=-1.0))
            elif not place:
                if self._goes_back:  # else they are told something that is not to be cut off
                    self._goes_back = False
                    self._room.end()
                self.note(fact)

        if slot := self._services.slot:
            slot.ask(Need.BOT, told)
        else:
            self.note(fact)

    def _stay(self) -> None:
        """The caller does not go back to the bot after all."""
        if self._goes_back and self._services.slot:
            self._goes_back = False
            self._services.slot.ask(Need.WAITING)
            self._room.end()

    def _let_talk(self) -> None:
        self._stay()
        self._room.end()
        self._conference.join_caller()

    def _leave_nobody_alone(self, first: str = "") -> None:
        """A caller whom nobody talks with any more waits again; `first` is said to them."""
        if self._conference.joined and not self._conference.talking:
            self._conference.part_caller()
            if not self.over:
                self._room.begin(first)

    def _call_later(self, words: str) -> None:
        self._room.say(words)
        self.note(CallbackRequested(queue=self._queue, number=""))
        self._obey(HangUp(reason="completed"))

    def _colleague(self, person: Person, line: Line) -> Colleague:
        return Colleague(person, line, self._keeper.memory, self._post, self._services)
