"""How a call says, asks and listens."""

from pathlib import Path

from warmline.answers.answer import Heard
from warmline.dialogue.turn import State, Turn
from warmline.events import AnswerKind, Listen, NodeEntered, Note, Say
from warmline.flows.loader import load_flow

FLOW = load_flow(Path(__file__).parents[3] / "voice_flows" / "order_status")
HEARD = Heard(value="4527", confidence=0.5)
READ_BACK = {"pending": (("order", HEARD),), "confirming": True}


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
    assert turn().asking() == "What is your four digit order number?"
    assert turn(**READ_BACK).asking() == "I have 4 5 2 7. Is that right?"


def test_entering_a_node_forgets_the_question_before() -> None:
    grown = turn(**READ_BACK, no_match=1, no_input=1, rejected=1, offered=("a",), excluded=("b",))
    grown.enter("reason")
    assert grown.state == State(node="reason", says=6, visits=1)
    assert grown.commands == [Note(fact=NodeEntered(node="reason"))]


def test_slots_are_sorted_so_that_equal_states_are_equal() -> None:
    one, other = turn(), turn()
    for grown, names in ((one, "ab"), (other, "ba")):
        for name in names:
            grown.save(name, HEARD)
    assert one.state == other.state
    assert hash(one.state) == hash(other.state)


def test_what_changes_nothing_gives_the_same_state() -> None:
    grown = turn()
    before = grown.state
    grown.change(node="order_number", keys="")
    assert grown.state is before


def test_a_hint_beside_a_read_back_is_about_yes_and_no() -> None:
    grown = turn(**READ_BACK, keys="1")
    grown.ask_again("Hm.", hint=True)
    said, listen = grown.commands
    assert isinstance(said, Say)
    assert said.text.endswith("You can press 1 for yes, or 2 for no.")
    assert isinstance(listen, Listen)
    assert listen.expect.kind is AnswerKind.YES_NO
    assert listen.expect.max_digits == 4
    assert grown.state.keys == ""


def test_hearing_knows_what_was_refused() -> None:
    grown = turn(excluded=("4528",))
    grown.listen()
    (listen,) = grown.commands
    assert isinstance(listen, Listen)
    assert listen.expect.excluded == ("4528",)
