"""What a caller reads along."""

import pytest

from warmline.call.captions import caption
from warmline.events import (
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
    assert caption(fact) == shown
