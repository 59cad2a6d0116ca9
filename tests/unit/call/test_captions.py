"""What a caller reads along."""

from dataclasses import replace

import pytest

from warmline.call.captions import Captions
from warmline.events import (
    AgentHeard,
    AgentJoined,
    AgentLeft,
    AgentPartial,
    Fact,
    NodeEntered,
    NothingHeard,
    PartialTranscript,
    SpeakingFinished,
    SpeakingStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.ports import Caption


@pytest.mark.parametrize(
    ("fact", "shown"),
    [
        (
            SpeakingStarted(say_id="say-3", node="ask", text="Which order?"),
            Caption(who="bot", key="say-3", text="Which order?", final=True),
        ),
        (
            PartialTranscript(turn=2, stable="four five", unstable="two", audio_at=1.0),
            Caption(who="caller", key="turn-2", text="four five two", final=False),
        ),
        (
            UtteranceHeard(turn=2, text="4527", confidence=0.9, started_at=0.0, audio_at=1.0),
            Caption(who="caller", key="turn-2", text="4527", final=True),
        ),
        (
            NothingHeard(turn=2, audio_at=1.0, reason="no_words"),
            Caption(who="caller", key="turn-2", text="", final=True),
        ),
        (
            TurnResumed(turn=2, audio_at=1.0),
            Caption(who="caller", key="turn-2", text="…", final=False),
        ),
        (
            SpeakingFinished(say_id="say-3", text="Which", played_s=0.4, interrupted=True),
            Caption(who="bot", key="say-3", text="Which …", final=True),
        ),
        (
            SpeakingFinished(say_id="say-3", text="Which order?", played_s=1, interrupted=False),
            None,
        ),
        (NodeEntered(node="ask"), None),
    ],
)
def test_captions(fact: Fact, shown: Caption | None) -> None:
    assert Captions().fact(fact) == shown


def test_people_who_talk_are_named_and_those_who_listen_are_not() -> None:
    captions = Captions()
    assert captions.fact(AgentJoined(agent="u9", name="Ben", role="listen")) is None
    joined = captions.fact(AgentJoined(agent="u1", name="Anna", role="agent"))
    assert joined == Caption(
        who="agent", key="party", text="Anna is on the line.", final=True, name="Anna"
    )
    said = AgentHeard(
        agent="u1", turn=1, text="Hello", confidence=0.9, started_at=1.0, audio_at=2.0
    )
    assert captions.fact(said) == Caption(
        who="agent", key="u1-1", text="Hello", final=True, name="Anna"
    )
    assert captions.fact(replace(said, agent="u9")) is None
    grey = AgentPartial(agent="u1", turn=2, stable="let", unstable="me", audio_at=3.0)
    assert captions.fact(grey) == Caption(
        who="agent", key="u1-2", text="let me", final=False, name="Anna"
    )
    both = captions.fact(AgentJoined(agent="u9", name="Ben", role="join"))
    assert both and both.text == "Anna and Ben are on the line."
    captions.fact(AgentLeft(agent="u9", role="join", reason="ended"))
    gone = captions.fact(AgentLeft(agent="u1", role="agent", reason="ended"))
    assert gone == Caption(who="agent", key="party", text="", final=True)
    assert captions.fact(AgentLeft(agent="u7", role="listen", reason="ended")) is None
