"""Who gets a place, and when: tables, and the laws under any sequence of calls."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.call.admission import Admission, Need, Slot
from warmline.events import AgentJoined, AgentLeft, CallEnded, Entry, Escalated, Fact

ESCALATED = Escalated(queue="care", reason="asked")
JOINED = AgentJoined(agent="u1", name="Anna", role="agent")
LEFT = AgentLeft(agent="u1", role="agent", reason="lost")
LISTENS = AgentJoined(agent="u2", name="Bert", role="listen")
ENDED = CallEnded(reason="completed")


def told(slot: Slot, *facts: Fact) -> Slot:
    for seq, fact in enumerate(facts, 1):
        slot.observe(Entry(call_id="c", seq=seq, at=0.0, fact=fact))
    return slot


def full(calls: int = 2) -> tuple[Admission, list[Slot]]:
    admission = Admission(calls)
    slots = [slot for _ in range(calls) if (slot := admission.reserve())]
    assert len(slots) == calls
    return admission, slots


@pytest.mark.parametrize(
    ("facts", "need"),
    [
        ([], Need.BOT),
        ([LISTENS], Need.BOT),
        ([ESCALATED], Need.WAITING),
        ([ESCALATED, JOINED], Need.TALKING),
        ([ESCALATED, JOINED, LISTENS], Need.TALKING),
        ([ESCALATED, JOINED, LEFT], Need.WAITING),
        ([ESCALATED, JOINED, ENDED], Need.NOTHING),
        ([ENDED, ESCALATED], Need.NOTHING),
    ],
)
def test_what_a_call_needs_follows_its_log(facts: list[Fact], need: Need) -> None:
    admission, (slot,) = full(1)
    assert told(slot, *facts).need is need
    assert admission.used == need


def test_a_newcomer_gets_a_place_or_nothing() -> None:
    admission, (first, _) = full(2)
    assert admission.reserve() is None
    first.release()
    first.release()
    assert admission.used == Need.BOT
    assert admission.reserve() is not None


def test_who_waits_is_served_in_order_and_hears_of_every_change() -> None:
    admission, (one, two) = full(2)
    places: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    a, b, c = (admission.queue(heard.append) for heard in places.values())
    one.release()
    assert admission.reserve() is None, "others were first"
    b.release()
    two.release()
    assert places == {"a": [1, 0], "b": [2, 1], "c": [3, 2, 1, 0]}
    assert (a.need, c.need, admission.waiting) == (Need.BOT, Need.BOT, 0)


def test_who_is_given_back_goes_before_who_was_never_led() -> None:
    admission, (one, two) = full(2)
    told(one, ESCALATED, JOINED)
    new: list[int] = []
    admission.queue(new.append)
    assert new == [1], "half a place is free"
    back: list[int] = []
    assert one.ask(Need.BOT, back.append), "and that is enough for who has the other half"
    assert back == [0]
    told(two, ESCALATED)
    assert new == [1], "a tenth is still needed by who waits for a person"


def test_a_conversation_is_never_refused_and_is_owed() -> None:
    admission, (one, two) = full(2)
    told(one, ESCALATED)
    told(two, ESCALATED)
    third = admission.reserve()
    assert third and admission.reserve() is None
    told(one, JOINED)
    told(two, JOINED)
    assert admission.used == admission.limit
    fourth = admission.queue(lambda place: None)
    one.release()
    assert fourth.need is Need.NOTHING, "half a place"
    two.release()
    assert fourth.need is Need.BOT


def test_who_waits_to_be_given_back_may_stay_with_people() -> None:
    admission, (one, two) = full(2)
    told(one, ESCALATED, JOINED)
    told(two, ESCALATED, JOINED)
    third = admission.reserve()
    assert third
    heard: list[int] = []
    assert not one.ask(Need.BOT, heard.append)
    assert one.ask(Need.TALKING)
    third.release()
    assert heard == [1]
    assert one.need is Need.TALKING


def test_what_is_told_late_does_not_undo_the_wish_to_go_back() -> None:
    admission = Admission(1)
    first = admission.reserve()
    assert first
    told(first, ESCALATED, JOINED)
    first.ask(Need.WAITING)
    second = Slot(admission)
    second.ask(Need.TALKING)
    heard: list[int] = []
    assert not second.ask(Need.BOT, heard.append)
    told(second, LEFT, JOINED, ESCALATED)
    first.release()
    assert heard == [1, 0]
    assert second.need is Need.BOT


def test_a_server_without_any_place_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="0"):
        Admission(0)


@dataclass
class Crowd:
    """Calls that do anything, with the laws checked after each step."""

    admission: Admission
    slots: list[Slot] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    """Who stands in line as newcomer, in order of arrival."""
    served: list[int] = field(default_factory=list)

    def come(self) -> None:
        if slot := self.admission.reserve():
            self.slots.append(slot)
            return
        number = len(self.slots)
        self.line.append(number)
        self.slots.append(
            self.admission.queue(lambda place: None if place else self.served.append(number))
        )

    def step(self, what: str, which: int) -> None:
        if what == "come" or not self.slots:
            return self.come()
        slot = self.slots[which % len(self.slots)]
        before, owed = slot.need, self.admission.used - self.admission.limit
        match what:
            case "release":
                slot.release()
            case "back":
                slot.ask(Need.BOT)
            case "wait" if slot.need:
                slot.ask(Need.WAITING)
            case "talk" if slot.need:
                slot.ask(Need.TALKING)
            case _:
                pass
        grown = max(0, self.admission.used - self.admission.limit) - max(0, owed)
        assert grown <= 0 or (what == "talk" and before is not Need.BOT), "nobody else may owe"
        return None

    def check(self) -> None:
        admission = self.admission
        assert admission.used == sum(slot.need for slot in self.slots) >= 0
        bots = sum(slot.need is Need.BOT for slot in self.slots)
        assert bots * Need.BOT <= admission.limit
        places = sorted(slot.place for slot in self.slots if slot.place)
        assert places == list(range(1, admission.waiting + 1))
        never_led = [slot for slot in self.slots if slot.place and not slot.need]
        given_back = [slot for slot in self.slots if slot.place and slot.need]
        assert all(one.place < other.place for one in given_back for other in never_led)
        assert self.served == sorted(self.served), "newcomers in the order of their coming"
        if first := next((slot for slot in self.slots if slot.place == 1), None):
            assert admission.used - first.need + Need.BOT > admission.limit, "nobody waits idly"


STEPS = st.tuples(
    st.sampled_from(["come", "come", "release", "back", "wait", "talk"]), st.integers(0, 30)
)


@given(st.integers(1, 6), st.lists(STEPS, max_size=80))
def test_the_laws_hold_whatever_calls_do(calls: int, steps: list[tuple[str, int]]) -> None:
    crowd = Crowd(Admission(calls))
    for what, which in steps:
        crowd.step(what, which)
        crowd.check()
    for slot in crowd.slots:
        slot.release()
    assert (crowd.admission.used, crowd.admission.waiting) == (0, 0)
