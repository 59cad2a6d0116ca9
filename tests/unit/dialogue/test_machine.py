from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talk import KEYS_DONE, SILENCE, STARTED, Call, escalation, facts, heard, nothing
from warmline.dialogue.machine import Machine, State
from warmline.events import (
    AnswerKind,
    CancelTimer,
    DigitPressed,
    Escalated,
    Expectation,
    Fact,
    HangUp,
    Listen,
    NodeEntered,
    Note,
    NothingHeard,
    PartialTranscript,
    Say,
    SlotFilled,
    StartTimer,
    TimerFired,
    UtteranceHeard,
)
from warmline.flows import prompts
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow

Build = Callable[..., Flow]
FLOWS = Path(__file__).parents[3] / "voice_flows"
ORDER_STATUS = load_flow(FLOWS / "order_status")
TAKE_MESSAGE = load_flow(FLOWS / "take_message")


def test_a_whole_call_as_commands() -> None:
    call = Call(ORDER_STATUS)
    assert [type(command) for command in call.last] == [StartTimer, Note, Say, Note, Say, Listen]
    call.do("hi um I'm still waiting for my parcel", "four five two eight")
    assert call.do("no, four five two seven") == [
        Say(say_id="say-5", node="order_number", text="I have 4 5 2 7. Is that right?"),
        Listen(
            expect=Expectation(
                kind=AnswerKind.YES_NO, words=("yes", "no"), min_digits=4, max_digits=4
            ),
            no_input_s=10.0,
        ),
    ]
    commands = call.do("yeah that's right")
    assert commands[:6] == [
        Note(fact=SlotFilled(slot="order", value="4527", confidence=0.9, source="confirmed")),
        Note(fact=NodeEntered(node="look_up")),
        Note(
            fact=SlotFilled(
                slot="status", value="on its way to you", confidence=1.0, source="system"
            )
        ),
        Note(fact=SlotFilled(slot="eta", value="2026-11-24", confidence=1.0, source="system")),
        Note(fact=NodeEntered(node="answer")),
        Say(
            say_id="say-6",
            node="answer",
            text="Order 4 5 2 7 is on its way to you. It should arrive Tuesday, November 24.",
        ),
    ]
    commands = call.do("no that's all")
    assert commands[-2:] == [
        Say(say_id="say-8", node="goodbye", text="Thanks for calling Northwind. Goodbye."),
        HangUp(reason="completed"),
    ]
    assert call.do("hello?", SILENCE, "/1") == []


def test_the_same_call_by_keys() -> None:
    call = Call(ORDER_STATUS)
    call.do("/1", "/4527")
    assert call.last[0] == CancelTimer(name="digits")
    assert "4 5 2 7" in call.says("/45#")
    assert call.slots == {"reason": "where_is_my_order"}
    call.do("/1")
    assert call.slots["order"] == "4527"
    assert isinstance(call.do("/2")[-1], HangUp)


def test_facts_before_and_after_the_call_change_nothing() -> None:
    machine = Machine(ORDER_STATUS)
    for fact in (*facts("hello", "/1"), SILENCE):
        assert machine.handle(machine.start(), fact) == (machine.start(), [])
    call = Call(ORDER_STATUS)
    call.do("agent")
    assert call.state.ended
    ended = call.state
    assert call.do(STARTED, "hello", "/*", SILENCE, nothing("failed")) == []
    assert call.state is ended


def test_other_facts_change_nothing() -> None:
    call = Call(ORDER_STATUS)
    before = call.state
    partial = PartialTranscript(turn=1, stable="a", unstable="b", audio_at=1.0)
    assert call.do(partial, TimerFired(name="digits"), TimerFired(name="x"), STARTED) == []
    assert call.state is before


@pytest.mark.parametrize("said", ["agent", "can I talk to a person", "/*", "/0"])
def test_a_person_at_any_time(said: str) -> None:
    for before in ([], ["/1"], ["/1", "4527"], ["/1", "4527", "yes"]):
        call = Call(ORDER_STATUS)
        call.do(*before)
        if said == "/0" and before == ["/1"]:
            continue  # a number is awaited: 0 is a digit
        assert escalation(call.do(said)) == "asked"


def test_zero_is_a_digit_where_a_number_is_awaited() -> None:
    call = Call(ORDER_STATUS)
    call.do("/1", "/0000")
    assert "0 0 0 0" in call.says("say that again")


def test_repeat_says_all_of_the_last_reply() -> None:
    call = Call(ORDER_STATUS)
    call.do("/1", "4527", "yes")
    assert call.says("pardon?").startswith("Order 4 5 2 7 is on its way")
    nodes = [command.node for command in call.last if isinstance(command, Say)]
    assert nodes == ["answer", "anything_else"]
    call.do("blue cheese")
    assert call.says("what did you say") == "Is there anything else?"


def test_are_you_a_robot_is_answered_truthfully() -> None:
    call = Call(ORDER_STATUS)
    assert call.says("are you a robot?") == f"{prompts.ROBOT} How can I help you today?"
    assert call.state.no_match == 0


def test_no_match_ladder() -> None:
    call = Call(ORDER_STATUS)
    first, second = call.says("blue cheese"), call.says("blue cheese")
    assert first == "Sorry, I didn't catch that. How can I help you today?"
    assert second.startswith("Sorry, I still didn't understand. How can I help you today? You can")
    assert escalation(call.do("blue cheese")) == "no_match"


def test_silence_ladder_and_its_reset() -> None:
    call = Call(ORDER_STATUS)
    assert call.says(SILENCE) == "I didn't hear anything. How can I help you today?"
    assert call.says(SILENCE).startswith("Are you still there?")
    call.do("track my order")
    assert call.says(SILENCE).startswith("I didn't hear anything.")
    assert escalation(call.do(SILENCE, SILENCE)) == "no_input"


def test_sounds_without_words_are_no_failure() -> None:
    call = Call(ORDER_STATUS)
    before = call.state
    for reason in ("no_words", "not_speech"):
        (command,) = call.do(nothing(reason))
        assert isinstance(command, Listen)
    assert call.state == before


def test_a_failed_recogniser_offers_the_keypad() -> None:
    call = Call(ORDER_STATUS)
    said = call.says(nothing("failed"))
    assert said.startswith(prompts.FAILED)
    assert "You can press 1 for " in said
    assert escalation(call.do(nothing("failed"), nothing("failed"))) == "no_match"


def test_wrong_length_says_how_many_are_needed() -> None:
    for entry in (["four five two"], ["/45#"], ["/452", KEYS_DONE], ["1 2 3 4 5"]):
        call = Call(ORDER_STATUS)
        assert call.says("/1", *entry).startswith("I need four digits. What is your")


def test_read_back_refused_again_and_again_reaches_a_person() -> None:
    call = Call(ORDER_STATUS)
    said = call.says("/1", "4528", "no")
    assert said == "Sorry about that. What is your four digit order number?"
    assert call.says("4528", "/2").endswith(prompts.HINT_DIGITS)
    assert escalation(call.do("4528", "that's wrong")) == "no_match"


def test_read_back_answers() -> None:
    call = Call(ORDER_STATUS)
    call.do("/1", "4528")
    assert "Is that right?" in call.says("blue cheese")
    assert call.state.no_match == 1
    assert "4 5 2 7" in call.says("yes, 4527")
    assert "9 4 5 2" in call.says("/9452")
    assert "I need four digits" in call.says("/94#")
    call.do("9 4 5 2")
    assert call.slots["order"] == "9452"
    assert "can't find an order" in "".join(c.text for c in call.last if isinstance(c, Say))


def test_keys_that_answer_nothing_are_one_failure() -> None:
    call = Call(ORDER_STATUS)
    assert call.do("/7") == [StartTimer(name="digits", seconds=3.0)]
    assert call.do("/A1")[-1] == StartTimer(name="digits", seconds=3.0)
    assert "You can press 1 for " in call.says("/#")
    assert call.state.no_match == 1


def test_a_lone_hash_and_letters_are_ignored() -> None:
    call = Call(ORDER_STATUS)
    before = call.state
    assert call.do("/#A") == []
    assert call.state is before


def test_talk_beside_the_keypad_does_not_disturb() -> None:
    call = Call(ORDER_STATUS)
    call.do("/1", "/45")
    assert call.do("where is it", nothing("failed"), nothing("no_words")) == []
    assert "4 5 2 7" in call.says("/27")


def test_silence_ends_an_entry_of_keys() -> None:
    call = Call(ORDER_STATUS)
    assert "I need four digits" in call.says("/1", "/45", SILENCE)
    assert call.last[0] == CancelTimer(name="digits")


def test_words_complete_an_entry_of_keys() -> None:
    call = Call(ORDER_STATUS)
    assert "4 5 2 7" in call.says("/1", "/12", "4527")
    assert call.last[0] == CancelTimer(name="digits")


def test_digits_with_a_range(flow_with: Build) -> None:
    flow = flow_with(
        "  question:\n    then: bye\n"
        "    ask: { slot: n, type: digits(2..4), prompt: q, interDigitTimeout: 2 }"
    )
    for entry in (["/12#"], ["/12", KEYS_DONE], ["/1234"], ["one two three"]):
        call = Call(flow)
        assert isinstance(call.do(*entry)[-1], HangUp)
    assert "I need 2 to 4 digits." in Call(flow).says("/1#")
    assert Call(flow).do("/1") == [StartTimer(name="digits", seconds=2.0)]


def test_read_back_of_a_choice(flow_with: Build) -> None:
    flow = flow_with(
        "  question:\n    then: bye\n    ask:\n      { slot: c, type: choice, prompt: q,\n"
        '        read_back: "{c}?", options: { red: [red], blue: [blue] } }'
    )
    call = Call(flow)
    assert call.says("red") == "red?"
    assert call.says("no, blue") == "blue?"
    call.do("yes")
    assert call.slots == {"c": "blue"}


def test_a_word_that_steers_is_no_message() -> None:
    call = Call(TAKE_MESSAGE)
    call.do("please call me back about the leaking tap", "it is urgent")
    assert call.slots == {"message": "it is urgent"}
    assert call.do("end of message")[-1] == HangUp(reason="completed")
    assert call.slots == {"message": "it is urgent"}


def test_a_monologue_runs_through() -> None:
    call = Call(TAKE_MESSAGE)
    for at in range(100):
        assert "Go on" in call.says(f"I told the agent {at} times that somebody should come, yes.")
    for _ in range(19):
        call.do(SILENCE)
    assert not call.state.ended
    assert escalation(call.do(SILENCE)) == "no_input"


def test_branch_escalate_and_end(flow_with: Build) -> None:
    flow = flow_with(
        "  question:\n    ask: { slot: c, type: yes_no, prompt: q }\n    then: fork\n"
        "  fork: { branch: c, on: { yes: desk, else: silent } }\n"
        '  desk: { escalate: { queue: sales, say: "To sales.", reason: "wants it" } }\n'
        "  silent: { end: {} }\n"
    )
    assert Call(flow).do("yes")[-3:] == [
        Note(fact=Escalated(queue="sales", reason="flow", why="wants it")),
        Say(say_id="say-3", node="desk", text="To sales."),
        HangUp(reason="escalated", details={"queue": "sales", "why": "wants it"}),
    ]
    assert Call(flow).do("no")[-1] == HangUp(reason="completed")
    assert Call(flow).says("no") == ""


def test_barge_in_can_be_switched_off(flow_with: Build) -> None:
    flow = flow_with("  question: { say: Listen., bargeIn: false, then: bye }")
    says = [command for command in Call(flow).last if isinstance(command, Say)]
    assert [command.interruptible for command in says] == [True, False, True]


def test_a_flow_in_circles_reaches_a_person(flow_with: Build) -> None:
    flow = flow_with("  question: { say: again, then: bye }")
    nodes = dict(flow.nodes) | {"bye": flow.nodes["question"]}
    circle = replace(flow, file=flow.file.model_copy(update={"nodes": nodes}))
    assert escalation(Call(circle).last) == "failed"


# --- laws ----------------------------------------------------------------------------------------

_TEXTS = st.sampled_from(
    [
        *("yes", "no", "4527", "four five two", "9999", "where is my order", "change my address"),
        *("pardon?", "are you a robot", "blue cheese", "", "...", "I don't know", "no, 4528"),
        *("agent", "something else", "end of message", "one", "that's all"),
    ]
)
_FACTS = st.one_of(
    (_TEXTS | st.text(max_size=20)).map(heard),
    st.sampled_from("0123456789*#A").map(lambda key: DigitPressed(digit=key)),
    st.sampled_from([SILENCE, KEYS_DONE]),
    st.sampled_from(["failed", "no_words", "not_speech"]).map(nothing),
)


def is_turn(state: State, fact: Fact, after: State) -> bool:
    """Whether the caller's turn is over and a reply is owed."""
    match fact:
        case UtteranceHeard():
            return not after.keys  # else the reply comes with the last key
        case NothingHeard(reason="failed") | TimerFired(name="digits"):
            return bool(state.keys) if isinstance(fact, TimerFired) else not state.keys
        case TimerFired(name="no_input"):
            return True
        case DigitPressed():
            return bool(state.keys) and not after.keys
        case _:
            return False


@pytest.mark.parametrize("flow", [ORDER_STATUS, TAKE_MESSAGE], ids=lambda flow: flow.name)
@settings(max_examples=150, deadline=None)
@given(happened=st.lists(_FACTS, max_size=25))
def test_no_caller_is_left_without_a_reply_or_a_way_out(flow: Flow, happened: list[Fact]) -> None:
    machine = Machine(flow)
    state, _ = machine.handle(machine.start(), STARTED)
    for fact in happened:
        before = hash(state)
        after, commands = machine.handle(state, fact)
        assert machine.handle(state, fact) == (after, commands)
        assert hash(state) == before
        if state.ended:
            assert (after, commands) == (state, [])
            return
        if is_turn(state, fact, after):
            assert any(isinstance(command, Say | HangUp) for command in commands)
        if any(isinstance(command, Say) for command in commands):
            assert isinstance(commands[-1], Listen | HangUp)
        assert after.ended is any(isinstance(command, HangUp) for command in commands)
        assert bool(after.keys) <= (commands == [] or isinstance(commands[-1], StartTimer))
        state = after
        if not state.ended:
            for request in facts("/*", "I want to talk to a person"):
                assert escalation(machine.handle(state, request)[1]) == "asked"


@pytest.mark.parametrize("flow", [ORDER_STATUS, TAKE_MESSAGE], ids=lambda flow: flow.name)
@pytest.mark.parametrize("failure", [heard("..."), SILENCE, nothing("failed")])
def test_failures_end_at_a_person(flow: Flow, failure: Fact) -> None:
    call = Call(flow)
    limit = max(flow.escape.after.no_match, flow.escape.after.no_input)
    for _ in range(limit):
        call.do(failure)
    assert call.state.ended
