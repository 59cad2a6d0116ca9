"""When a call does not go well: what callers may ask for, signs of frustration, and the ends."""

from collections.abc import Callable

import pytest

from talk import SILENCE, Call, escalation
from warmline.dialogue.repair import MAX_MONOLOGUE
from warmline.events import (
    CallbackRequested,
    ConsentAnswered,
    HandedBack,
    HangUp,
    Say,
    SentimentChanged,
    SpeakingFinished,
    SpeechEnded,
    StartTimer,
    TimerFired,
    UtteranceHeard,
)
from warmline.flows import prompts
from warmline.flows.flow import Flow

Build = Callable[..., Flow]
TWO = """\
  question:
    ask:
      { slot: colour, type: choice, prompt: "Which colour?", help: "Red or blue?",
        options: { red: [red], blue: [blue] } }
    then: size
  size:
    ask:
      { slot: size, type: digits(2), read_back: "{size}?",
        prompt: ["Which size?", "The size, in two digits?"] }
    then: bye
"""
HOURS = 'hours: { open: { "mon-fri": ["09:00-17:00"] }, always: [fraud] }\n'
NIGHT = "2026-11-23T20:00:00+00:00"
DAY = "2026-11-23T12:00:00+00:00"


@pytest.fixture
def call(flow_with: Build) -> Call:
    return Call(flow_with(TWO))


def says(call: Call) -> list[Say]:
    return [command for command in call.last if isinstance(command, Say)]


def test_slower_and_slower_again(call: Call) -> None:
    assert call.says("could you speak slower").startswith(prompts.MORE_SLOWLY)
    assert [say.pace for say in says(call)] == [0.85] * len(says(call))
    call.do("slower please")
    call.do("red")
    assert says(call)[0].pace == 0.7


def test_louder(call: Call) -> None:
    assert "Which colour?" in call.says("speak up")
    assert {say.gain_db for say in says(call)} == {4.0}


def test_help_is_the_nodes_own_or_everybodys(call: Call) -> None:
    assert call.says("help").startswith("Red or blue? Which colour?")
    assert call.says("red", "what can I say?") == f"{prompts.HELP} Which size?"


def test_back_and_over_again(call: Call) -> None:
    assert "nothing to go back to" in call.says("go back")
    call.do("red")
    assert call.says("go back") == f"{prompts.BACK} | Which colour?"
    call.do("blue", "45")
    assert call.says("go back") == f"{prompts.BACK} | Which size?"
    assert call.slots == {"colour": "blue"}
    assert call.says("start over").endswith("Which colour?")
    assert call.slots == {}


def test_a_question_asked_again_has_other_words(call: Call) -> None:
    assert call.says("red") == "Which size?"
    assert call.says(SILENCE).endswith("The size, in two digits?")


def test_a_read_back_becomes_exact(call: Call) -> None:
    assert call.says("red", "45") != call.says("no, 46") == "4 6?"


def test_the_time_to_resolve_is_limited(flow_with: Build) -> None:
    call = Call(flow_with(TWO))
    assert StartTimer(name="resolve", seconds=600.0) in call.last
    assert escalation(call.do(TimerFired(name="resolve"))) == "too_long"


def unsure(text: str) -> UtteranceHeard:
    return UtteranceHeard(turn=1, text=text, confidence=0.3, started_at=0.0, audio_at=1.0)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{ repeats: 2 }", ["say that again", "pardon?"]),
        ("{ failures: 2 }", [SILENCE, "banana"]),
        ("{ corrections: 2 }", ["red", "45", "no, 46", "no, 47"]),
        (
            "{ mood: { below: -0.5, turns: 2 } }",
            [*[SentimentChanged(turn=n, mood=m) for n, m in enumerate((-0.9, 0.1, -0.6, -0.8))]],
        ),
        ("{ unsure: { below: 0.5, turns: 2 } }", [unsure("red"), unsure("red")]),
    ],
)
def test_frustration_leads_to_a_person(flow_with: Build, when: str, said: list[object]) -> None:
    head = f"escape: {{ queue: help, when: {when} }}\n"
    call = Call(flow_with(TWO, head))
    for fact in said[:-1]:
        call.do(fact)  # type: ignore[arg-type]
        assert not call.state.ended
    sign = "mood" if "mood" in when else "unsure" if "unsure" in when else "frustrated"
    assert escalation(call.do(said[-1])) == sign  # type: ignore[arg-type]


def test_who_never_stops_is_listened_to_by_a_person(call: Call) -> None:
    part = SpeechEnded(turn=1, audio_at=28.0, reason="max_speech")
    for _ in range(MAX_MONOLOGUE - 1):
        assert call.do(part) == []
    assert escalation(call.do(part)) == "too_long"


def test_at_night_the_call_ends_politely(flow_with: Build) -> None:
    call = Call(flow_with(TWO, HOURS), NIGHT)
    assert call.says("agent") == prompts.CLOSED
    assert call.last[-1] == HangUp(reason="completed")
    assert escalation(Call(flow_with(TWO, HOURS), DAY).do("agent")) == "asked"


def test_at_night_there_may_be_a_call_back(flow_with: Build) -> None:
    nodes = TWO + (
        '  closed: { ask: { slot: phone, type: digits(4), prompt: "We are closed. Your number?" }, '
        "then: later }\n  later: { escalate: { callback: phone } }\n"
    )
    flow = flow_with(nodes, HOURS + "escape: { queue: help, closed: closed }\n")
    call = Call(flow, NIGHT)
    assert call.says("agent") == "We are closed. Your number?"
    call.do("4527")
    assert CallbackRequested(queue="help", number="4527") in call.noted
    assert call.last[-1] == HangUp(reason="completed")
    call = Call(flow, NIGHT)
    call.do("/*")
    assert call.says("/*") == prompts.CLOSED


def test_some_queues_never_close(flow_with: Build) -> None:
    flow = flow_with("  question: { escalate: { queue: fraud } }\n", HOURS)
    assert escalation(Call(flow, NIGHT).last) == "flow"


def test_a_person_may_hand_back(flow_with: Build) -> None:
    flow = flow_with(TWO + '  again: { handback: "Here I am again.", then: size }\n')
    call = Call(flow)
    assert call.do(HandedBack(by="ann")) == []
    call.do("agent")
    assert call.says(HandedBack(by="ann")) == "Here I am again. | Which size?"
    assert not call.state.ended
    assert escalation(call.do("agent")) == "asked"


def test_a_person_chooses_where_to_hand_back(flow_with: Build) -> None:
    backs = (
        '  a: { handback: "Here is a.", then: size }\n  b: { handback: "Here is b.", then: size }\n'
    )
    call = Call(flow_with(TWO + backs))
    call.do("agent")
    assert call.says(HandedBack(by="ann", node="b")).startswith("Here is b.")
    call.do("agent")
    assert call.says(HandedBack(by="ann", node="gone")).startswith("Here is a.")


def test_without_a_node_for_it_the_flow_goes_on_where_it_stood(flow_with: Build) -> None:
    call = Call(flow_with(TWO))
    asked = call.state.node
    call.do("agent")
    assert call.says(HandedBack(by="caller"))
    assert (call.state.node, call.state.ended) == (asked, False)


# --- consent -------------------------------------------------------------------------------------

CONSENT = """\
  question:
    consent: { purpose: recording, prompt: "May we record?" }
    on: { yes: bye, no: bye }
"""


@pytest.mark.parametrize(("answer", "granted"), [("yes", True), ("/2", False), ("no", False)])
def test_consent_is_noted_with_its_wording(flow_with: Build, answer: str, granted: bool) -> None:
    call = Call(flow_with(CONSENT))
    assert [say.interruptible for say in says(call)] == [True, False]
    call.played()
    call.do(answer)
    fact = ConsentAnswered(
        purpose="recording", wording="May we record?", granted=granted, allows=("recording",)
    )
    assert fact in call.noted
    assert call.slots == {"recording": "yes" if granted else "no"}
    assert call.last[-1] == HangUp(reason="completed")


def test_what_was_not_heard_to_its_end_is_not_agreed_to(flow_with: Build) -> None:
    call = Call(flow_with(CONSENT))
    say_id = says(call)[-1].say_id
    cut = SpeakingFinished(say_id=say_id, text="May", played_s=0.2, interrupted=True)
    call.do(cut)
    assert call.says("yes") == f"{prompts.CONSENT_AGAIN} May we record?"
    assert call.noted == []
    call.played()
    call.do("yes")
    assert call.slots == {"recording": "yes"}


def test_a_caller_who_never_waits_for_the_question_gets_a_person(flow_with: Build) -> None:
    call = Call(flow_with(CONSENT))
    call.do("yes", "yes")
    assert escalation(call.do("yes")) == "no_match"


def test_a_question_may_be_given_up_without_a_person(flow_with: Build) -> None:
    ask = (
        "  question: { ask: { slot: n, type: number(1..5), prompt: How many?, give_up: bye },"
        " then: bye }\n"
    )
    for answer in (SILENCE, "banana"):
        call = Call(flow_with(ask))
        for _ in range(3):
            call.do(answer)  # type: ignore[arg-type]
        assert call.state.node == "bye"
        assert not call.state.escalated
