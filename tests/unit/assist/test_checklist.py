"""What counts as said, by the flow and by people."""

from collections.abc import Callable

import pytest

from warmline.assist.checklist import Checklist, Items
from warmline.assist.rules import HintsFile
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    CallerHeld,
    ChecklistTicked,
    Entry,
    Fact,
    SpeakingFinished,
    SpeakingStarted,
    UtteranceHeard,
)
from warmline.flows.flow import Flow

FLOW = """\
  question:
    ask: { slot: order, type: digits(4), prompt: ["What is your order number?", "Your number?"] }
    then: more
  more: { set: { item: lamp }, then: found }
  found: { say: "I see order {order:digits}[, {item}]. It comes soon.", then: bye }
"""
WELCOME = "You are talking with a virtual assistant."
ITEMS = {
    "disclosure": {"text": "Disclosed", "node": "welcome", "by": "bot"},
    "asked": {"text": "Asked for the order", "node": "question", "required": False},
    "told": {"text": "Told about the order", "node": "found", "words": ["it comes soon"]},
    "deadline": {
        "text": "Said until when",
        "by": "agent",
        "said": ["you have it within five days"],
        "words": ["until friday"],
    },
}


class Call:
    def __init__(self, flow: Flow) -> None:
        file = HintsFile.model_validate({"checklist": ITEMS})
        self.checklist = Checklist(Items(file.checklist, flow, None))
        self.seq = 0

    def take(self, fact: Fact) -> list[ChecklistTicked]:
        self.seq += 1
        return self.checklist.handle(
            Entry(call_id="c", seq=self.seq, at=float(self.seq), fact=fact)
        )

    def bot(self, node: str, text: str, heard: str | None = None, say_id: str = "") -> list[str]:
        """Says it; without an interruption all of it is heard."""
        say_id = say_id or f"say-{self.seq}"
        self.take(SpeakingStarted(say_id=say_id, node=node, text=text))
        finished = SpeakingFinished(
            say_id=say_id,
            text=text if heard is None else heard,
            played_s=1.0,
            interrupted=heard is not None,
        )
        return [ticked.item for ticked in self.take(finished)]

    def agent(self, text: str, who: str = "anna") -> list[str]:
        heard = AgentHeard(
            agent=who, turn=1, text=text, confidence=0.9, started_at=0.0, audio_at=1.0
        )
        return [ticked.item for ticked in self.take(heard)]


@pytest.fixture
def call(flow_with: Callable[..., Flow]) -> Call:
    call = Call(flow_with(FLOW))
    call.take(AgentJoined(agent="anna", name="Anna", role="agent"))
    return call


def test_a_text_of_the_flow_heard_to_its_end(call: Call) -> None:
    call.take(SpeakingStarted(say_id="say-1", node="welcome", text=WELCOME))
    finished = SpeakingFinished(say_id="say-1", text=WELCOME, played_s=2.0, interrupted=False)
    assert call.take(finished) == [
        ChecklistTicked(item="disclosure", text="Disclosed", by="bot", evidence=3)
    ]
    assert call.checklist.missing == ["told", "deadline"]


def test_cut_off_does_not_count(call: Call) -> None:
    assert call.bot("welcome", WELCOME, heard="You are talking with") == []
    assert call.bot("welcome", WELCOME, heard=WELCOME) == []
    assert "disclosure" in call.checklist.missing


def test_taken_up_again_after_a_cough_it_does(call: Call) -> None:
    call.bot("welcome", WELCOME, heard="You are talking with", say_id="say-1")
    assert call.bot("welcome", "with a virtual assistant.", say_id="say-1+") == ["disclosure"]


def test_taken_up_again_and_cut_off_again(call: Call) -> None:
    call.bot("welcome", WELCOME, heard="You are", say_id="say-1")
    assert call.bot("welcome", "talking with a virtual assistant.", "talking", "say-1+") == []
    assert call.bot("welcome", "talking with a virtual assistant.", say_id="say-1++") == [
        "disclosure"
    ]


def test_other_words_at_the_node_do_not_count(call: Call) -> None:
    assert call.bot("welcome", "Of course, I'll speak more slowly.") == []


def test_any_wording_and_what_is_said_around_it(call: Call) -> None:
    assert call.bot("question", "Sorry, I didn't catch that. Your number?") == ["asked"]


def test_values_are_other_words_each_time(call: Call) -> None:
    assert call.bot("found", "I see order 4 5 2 7, a lamp. It comes soon.") == ["told"]


def test_an_agent_may_say_it_instead(call: Call) -> None:
    assert call.agent("It comes soon, I think.") == ["told"]
    assert call.bot("found", "I see order 4 5 2 7. It comes soon.") == []


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("you have it within five days", True),
        ("You have it until Friday.", True),
        ("you have it within ten days", False),
        ("have a nice day", False),
        ("", False),
    ],
)
def test_by_an_agent_in_words_like_these(call: Call, text: str, ticks: bool) -> None:
    assert call.agent(text) == (["deadline"] if ticks else [])


def test_each_once(call: Call) -> None:
    assert call.agent("until Friday") == ["deadline"]
    assert call.agent("until Friday") == []


def test_only_who_should_say_it(call: Call) -> None:
    assert call.bot("found", "until Friday") == []
    assert call.agent(WELCOME) == []


def test_only_what_the_caller_hears(call: Call) -> None:
    call.take(AgentJoined(agent="sue", name="Sue", role="whisper"))
    assert call.agent("until Friday", "sue") == []
    call.take(CallerHeld(held=True, by="anna"))
    assert call.agent("until Friday") == []
    call.take(CallerHeld(held=False, by="anna"))
    call.take(AgentJoined(agent="sue", name="Sue", role="join"))
    assert call.agent("until Friday", "sue") == ["deadline"]


def test_the_last_words_of_who_has_left(call: Call) -> None:
    """Their text comes a moment after them."""
    call.take(AgentLeft(agent="anna", role="agent", reason="transferred"))
    assert call.agent("until Friday") == ["deadline"]


def test_what_does_not_matter(call: Call) -> None:
    heard = UtteranceHeard(
        turn=1, text="until Friday", confidence=0.9, started_at=0.0, audio_at=1.0
    )
    assert call.take(heard) == []
    finished = SpeakingFinished(say_id="say-9", text=WELCOME, played_s=2.0, interrupted=False)
    assert call.take(finished) == []
