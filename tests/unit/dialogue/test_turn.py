from pathlib import Path

from warmline.dialogue.loader import load_flow
from warmline.dialogue.slots import Heard
from warmline.dialogue.turn import State, Turn
from warmline.events import Escalated, HangUp, Listen, NodeEntered, Note, Say

FLOW = load_flow(Path(__file__).parents[3] / "voice_flows" / "order_status")
PENDING = Heard(value="4527", confidence=0.5)


def turn(**state: object) -> Turn:
    fields = {"node": "order_number", "says": 6} | state
    return Turn(FLOW, State(**fields))  # type: ignore[arg-type]


def test_says_are_counted_through_the_call() -> None:
    grown = turn()
    grown.say("One.")
    grown.tell("Two.")
    assert [c.say_id for c in grown.commands if isinstance(c, Say)] == ["say-7", "say-8"]
    assert grown.state.said == (("order_number", "Two."),)


def test_the_question_is_the_prompt_or_its_read_back() -> None:
    assert turn().question() == "What is your four digit order number?"
    assert turn(pending=PENDING).question() == "I have 4 5 2 7. Is that right?"


def test_entering_a_node_forgets_the_question_before() -> None:
    grown = turn(pending=PENDING, no_match=1, no_input=1, rejected=1)
    grown.enter("reason")
    assert grown.state == State(node="reason", says=6)
    assert grown.commands == [Note(fact=NodeEntered(node="reason"))]


def test_slots_are_sorted_so_that_equal_states_are_equal() -> None:
    one, other = turn(), turn()
    for grown, names in ((one, "ab"), (other, "ba")):
        for name in names:
            grown.save(name, PENDING)
    assert one.state == other.state
    assert hash(one.state) == hash(other.state)


def test_a_hint_beside_a_read_back_is_about_yes_and_no() -> None:
    grown = turn(pending=PENDING, keys="1")
    grown.ask_again("Hm.", hint=True)
    said, listen = grown.commands
    assert isinstance(said, Say)
    assert said.text.endswith("You can press 1 for yes, or 2 for no.")
    assert isinstance(listen, Listen)
    assert grown.state.keys == ""


def test_ends() -> None:
    grown = turn(keys="1")
    grown.escalate("asked")
    assert grown.commands == [
        Note(fact=Escalated(queue="orders", reason="asked")),
        Say(say_id="say-7", node="order_number", text=FLOW.escape.say),
        HangUp(reason="escalated", details={"queue": "orders", "why": ""}),
    ]
    assert grown.state.ended
    assert grown.state.keys == ""
    grown = turn()
    grown.complete()
    assert grown.commands == [HangUp(reason="completed")]
