"""The hints of one call, from its entries; by words alone, without a model."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.assist.governor import Change
from warmline.assist.hints import Hints
from warmline.assist.rules import HintsFile
from warmline.assist.triggers import Triggers
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    AgentPartial,
    AgentSpeech,
    CallerHeld,
    Entry,
    Escalated,
    Fact,
    HandedBack,
    HintClosed,
    HintShown,
    NodeEntered,
    PartialTranscript,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.meaning.articles import parse_article
from warmline.meaning.knowledge import Knowledge

RULES = HintsFile.model_validate(
    {
        "hints": {
            "refund": {
                "when": {"words": ["refund"]},
                "priority": 6,
                "title": "Refunds",
                "text": "The money is back within five working days.",
                "link": "https://example.com/refunds",
            },
            "legal": {
                "speaker": "any",
                "when": {"words": ["lawyer"]},
                "title": "A lawyer",
                "text": "Say nothing about it.",
            },
            "promise": {
                "speaker": "agent",
                "when": {"words": ["send it back"]},
                "compliance": True,
                "title": "Say until when",
                "text": "It is there within five working days.",
                "said": ["that takes up to five working days"],
            },
            "paid": {
                "when": {"words": ["card"]},
                "after": "payment",
                "before": "paid",
                "title": "Card",
                "text": "Never ask for its number.",
            },
        }
    }
).hints
TRIGGERS = Triggers(RULES, None)
ARTICLES = """\
# Delivery
## What does delivery cost?
Questions: is delivery free; how much is shipping
Delivery costs five dollars.
## When do you open?
Questions: what are your opening hours
We open at nine.
"""


class Call:
    """A log that the hints observe, and whose facts they add to."""

    def __init__(self, knowledge: Knowledge | None = None) -> None:
        self.hints = Hints(TRIGGERS, knowledge)
        self.at = 0.0
        self.log: list[Entry] = []
        self.turn = 0

    def take(self, fact: Fact, wait: float = 0.0) -> list[Change]:
        self.at += wait
        entry = Entry(call_id="c", seq=len(self.log) + 1, at=self.at, fact=fact)
        self.log.append(entry)
        return self._noted(self.hints.handle(entry))

    def tick(self, wait: float) -> list[Change]:
        self.at += wait
        return self._noted(self.hints.tick(self.at))

    def _noted(self, changes: list[Change]) -> list[Change]:
        for change in changes:
            assert self.take(change) == []
        return changes

    def says(self, text: str, wait: float = 1.0) -> list[Change]:
        self.turn += 1
        heard = UtteranceHeard(
            turn=self.turn, text=text, confidence=0.9, started_at=0.0, audio_at=1.0
        )
        return self.take(heard, wait)

    def begins(self, text: str, wait: float = 0.5) -> list[Change]:
        partial = PartialTranscript(turn=self.turn + 1, stable=text, unstable="and", audio_at=1.0)
        return self.take(partial, wait)

    def agent_says(self, text: str, wait: float = 1.0) -> list[Change]:
        heard = AgentHeard(
            agent="anna", turn=1, text=text, confidence=0.9, started_at=0.0, audio_at=1.0
        )
        return self.take(heard, wait)

    def joins(self, wait: float = 1.0, role: str = "agent") -> list[Change]:
        return self.take(AgentJoined(agent="anna", name="Anna", role=role), wait)


@pytest.fixture
def call() -> Call:
    """A caller who talks with an agent, with articles at hand."""
    call = Call(Knowledge(parse_article("delivery.md", ARTICLES), None))
    call.take(Escalated(queue="care", reason="asked"))
    call.joins()
    return call


def shown(changes: list[Change]) -> list[str]:
    return [change.rule for change in changes if isinstance(change, HintShown)]


def closed(changes: list[Change]) -> list[tuple[str, str]]:
    return [(c.rule, c.outcome) for c in changes if isinstance(c, HintClosed)]


# --- what is shown -------------------------------------------------------------------------------


def test_all_that_an_agent_needs_of_it(call: Call) -> None:
    assert call.says("I want a refund, please") == [
        HintShown(
            hint="hint-1",
            rule="refund",
            kind="rule",
            title="Refunds",
            text="The money is back within five working days.",
            source="hints.yaml: refund",
            link="https://example.com/refunds",
            cause=3,
        )
    ]


def test_a_passage_with_its_article(call: Call) -> None:
    (change,) = call.says("what does delivery cost")
    assert isinstance(change, HintShown)
    assert (change.kind, change.rule) == ("passage", "Delivery/What does delivery cost?")
    assert (change.title, change.text) == (
        "What does delivery cost?",
        "Delivery costs five dollars.",
    )
    assert change.source == "Delivery" and 0.6 <= change.confidence <= 1.0


def test_what_no_passage_supports_is_not_shown(call: Call) -> None:
    assert call.says("do you like my new hat") == []


def test_only_callers_are_searched_for_passages(call: Call) -> None:
    assert call.agent_says("what does delivery cost") == []


# --- as somebody speaks --------------------------------------------------------------------------


def test_as_soon_as_the_word_is_sure(call: Call) -> None:
    assert call.begins("so I was") == []
    assert shown(call.begins("so I was thinking about a refund")) == ["refund"]
    assert call.begins("so I was thinking about a refund for") == []
    assert call.says("So I was thinking about a refund for the lamp.") == []


def test_words_that_change_nothing_are_not_looked_at_again(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Sequence[str]] = []

    def topics(said: Sequence[str], looked_at: Sequence[str]) -> dict[str, float]:
        looked.append(said)
        return {}

    monkeypatch.setattr(TRIGGERS, "topics", topics)
    for _ in range(3):
        call.begins("so I was thinking about it")
    assert len(looked) == 1


def test_a_turn_that_is_void_led_to_nothing(call: Call) -> None:
    call.take(AgentSpeech(agent="anna", speaking=True, audio_at=1.0))
    call.says("I want a refund")
    call.take(TurnResumed(turn=call.turn, audio_at=1.0))
    assert call.take(AgentSpeech(agent="anna", speaking=False, audio_at=1.0)) == []
    call.turn -= 1
    assert shown(call.says("I want a refund or I call my lawyer")) == ["refund"]


def test_two_turns_about_something_else(call: Call) -> None:
    call.says("I want a refund")
    assert call.says("It was a lamp for my mother") == []
    assert closed(call.says("She lives in a house by the lake")) == [("refund", "withdrawn")]


@pytest.mark.parametrize("text", ["yes, thank you", "four five two seven nine one", "Okay."])
def test_answers_are_no_other_topic(call: Call, text: str) -> None:
    call.says("I want a refund")
    assert [call.says(text) for _ in range(4)] == [[]] * 4


# --- the agent -----------------------------------------------------------------------------------


def test_not_into_the_agents_words(call: Call) -> None:
    call.take(AgentSpeech(agent="anna", speaking=True, audio_at=1.0))
    assert call.says("I want a refund") == []
    assert call.tick(1.0) == []
    stopped = AgentSpeech(agent="anna", speaking=False, audio_at=2.0)
    assert shown(call.take(stopped, 1.0)) == ["refund"]


def test_said_by_the_agent(call: Call) -> None:
    call.says("I want a refund")
    assert call.agent_says("Let me see what I can do for you.") == []
    said = call.agent_says("The money is back within 5 working days.")
    assert closed(said) == [("refund", "said")]


def test_said_while_the_agent_still_speaks(call: Call) -> None:
    call.says("I want a refund")
    begun = "the money is back within five working days"
    partial = AgentPartial(agent="anna", turn=1, stable=begun, unstable="and", audio_at=2.0)
    assert closed(call.take(partial)) == [("refund", "said")]


def test_what_an_agent_says_leads_to_a_hint(call: Call) -> None:
    assert shown(call.agent_says("I will send it back to your card.")) == ["promise"]
    assert closed(call.agent_says("That takes up to five working days.")) == [("promise", "said")]


def test_what_was_said_at_once_needs_no_hint(call: Call) -> None:
    call.agent_says("That takes up to five working days.")
    assert call.agent_says("I will send it back to your card.", 20.0) == []


def test_the_callers_words_do_not_count_as_the_agents(call: Call) -> None:
    assert call.says("please send it back to my card") == []
    assert shown(call.agent_says("you want to call a lawyer?")) == ["legal"]


@pytest.mark.parametrize("role", ["listen", "whisper", "consult"])
def test_nobody_whom_the_caller_hears(role: str) -> None:
    call = Call()
    call.take(Escalated(queue="care", reason="asked"))
    call.joins(role=role)
    assert call.says("I want a refund") == []
    assert shown(call.joins(role="agent")) == ["refund"]


def test_words_that_the_caller_cannot_hear(call: Call) -> None:
    call.take(AgentJoined(agent="sue", name="Sue", role="whisper"))
    call.says("I want a refund")
    text = "The money is back within five working days."
    whispered = AgentHeard(
        agent="sue", turn=1, text=text, confidence=0.9, started_at=0.0, audio_at=1.0
    )
    assert call.take(whispered) == []
    call.take(CallerHeld(held=True, by="anna"))
    assert call.agent_says(text) == []
    call.take(CallerHeld(held=False, by="anna"))
    assert closed(call.agent_says(text)) == [("refund", "said")]


def test_used_and_dismissed_come_from_outside(call: Call) -> None:
    call.says("I want a refund")
    used = HintClosed(hint="hint-1", rule="refund", outcome="used")
    assert call.take(used, 1.0) == []
    assert shown(call.says("or I call my lawyer now", 5.0)) == ["legal"]
    dismissed = HintClosed(hint="hint-2", rule="legal", outcome="dismissed")
    assert call.take(dismissed, 1.0) == []
    assert call.says("you know, my lawyer", 500.0) == []
    assert shown(call.says("so I want a refund", 5.0)) == ["refund"]


def test_it_expires(call: Call) -> None:
    call.says("I want a refund")
    assert call.tick(29.0) == []
    assert closed(call.tick(1.0)) == [("refund", "expired")]


# --- before and after ----------------------------------------------------------------------------


def test_what_the_flow_heard_shortly_before_waits_for_the_agent() -> None:
    call = Call()
    call.says("I call my lawyer")
    call.says("I want a refund", 100.0)
    call.says("it was on a Monday I think", 1.0)
    call.says("or a Tuesday in fact", 1.0)
    call.take(Escalated(queue="care", reason="asked"), 1.0)
    assert call.tick(200.0) == []
    assert shown(call.joins()) == ["refund"]
    assert call.tick(29.0) == []
    assert closed(call.tick(1.0)) == [("refund", "expired")]


def test_nothing_while_the_flow_speaks_with_the_caller(call: Call) -> None:
    call.says("I want a refund")
    assert closed(call.take(AgentLeft(agent="anna", role="agent", reason="handed_back"))) == [
        ("refund", "withdrawn")
    ]
    call.take(HandedBack(by="anna", node="payment"))
    assert call.begins("I call my lawyer about that") == []
    assert call.says("I call my lawyer about that") == []
    assert call.tick(300.0) == []
    assert call.agent_says("my lawyer") == []


def test_after_and_before_a_node(call: Call) -> None:
    assert call.says("this is my card") == []
    call.take(NodeEntered(node="payment"))
    assert shown(call.says("this is my card")) == ["paid"]
    call.take(NodeEntered(node="paid"))
    call.tick(90.0)
    assert call.says("this is my card") == []


def test_what_does_not_matter(call: Call) -> None:
    assert call.take(SpeechStarted(audio_at=1.0)) == []
    assert call.take(CallerHeld(held=True, by="anna")) == []


# --- whatever happens ----------------------------------------------------------------------------

texts = st.sampled_from(
    ["I want a refund", "my lawyer says so", "yes", "what does delivery cost", "it rains again",
     "the money is back within five working days", "I will send it back to you", ""]
)  # fmt: skip
facts: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        UtteranceHeard, turn=st.integers(1, 9), text=texts, confidence=st.just(0.9),
        started_at=st.just(0.0), audio_at=st.just(1.0),
    ),
    st.builds(
        PartialTranscript, turn=st.integers(1, 9), stable=texts, unstable=texts,
        audio_at=st.just(1.0),
    ),
    st.builds(TurnResumed, turn=st.integers(1, 9), audio_at=st.just(1.0)),
    st.builds(
        AgentHeard, agent=st.sampled_from(["anna", "ben"]), turn=st.integers(1, 3), text=texts,
        confidence=st.just(0.9), started_at=st.just(0.0), audio_at=st.just(1.0),
    ),
    st.builds(
        AgentSpeech, agent=st.sampled_from(["anna", "ben"]), speaking=st.booleans(),
        audio_at=st.just(1.0),
    ),
    st.builds(
        AgentJoined, agent=st.sampled_from(["anna", "ben"]), name=st.just("A"),
        role=st.sampled_from(["agent", "whisper", "join"]),
    ),
    st.builds(
        AgentLeft, agent=st.sampled_from(["anna", "ben"]), role=st.just("agent"),
        reason=st.just("ended"),
    ),
    st.just(Escalated(queue="care", reason="asked")),
    st.just(HandedBack(by="anna")),
    st.builds(
        HintClosed, hint=st.sampled_from(["hint-1", "hint-2"]), rule=st.just("refund"),
        outcome=st.sampled_from(["used", "dismissed"]),
    ),
)  # fmt: skip


@given(st.lists(st.tuples(facts, st.sampled_from([0.0, 1.0, 5.0, 40.0])), max_size=40))
def test_every_hint_is_unlike_all_others_and_closed_once(
    happened: list[tuple[Fact, float]],
) -> None:
    call = Call(Knowledge(parse_article("delivery.md", ARTICLES), None))
    visible: set[str] = set()
    seen: set[str] = set()
    for fact, wait in happened:
        changes = call.take(fact, wait)
        if isinstance(fact, HintClosed):
            visible.discard(fact.hint)
        for change in changes:
            if isinstance(change, HintShown):
                assert not visible and change.hint not in seen
                visible.add(change.hint)
                seen.add(change.hint)
            else:
                assert change.hint in visible
                visible.remove(change.hint)
