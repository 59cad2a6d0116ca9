"""When others spoke while the caller did."""

from warmline.call.overlap import Voices
from warmline.events import AgentLeft, AgentSpeech, SpeakingFinished, SpeakingStarted


def began(name: str) -> SpeakingStarted:
    return SpeakingStarted(say_id=name, node="n", text="hello")


def ended(name: str) -> SpeakingFinished:
    return SpeakingFinished(say_id=name, text="hello", played_s=1.0, interrupted=False)


def test_the_bot_and_agents_are_voices() -> None:
    voices = Voices()
    voices.fact(began("s1"), 1.0)
    voices.fact(ended("s1"), 3.0)
    voices.fact(AgentSpeech(agent="a", speaking=True, audio_at=5.0), 5.2)
    voices.fact(AgentSpeech(agent="a", speaking=False, audio_at=6.0), 6.2)
    assert voices.within(2.0, 5.5) == [(2.0, 3.0), (5.0, 5.5)]
    assert voices.within(3.5, 4.5) == []


def test_who_still_speaks_counts_until_the_end_and_who_left_does_not_speak_on() -> None:
    voices = Voices()
    voices.fact(AgentSpeech(agent="a", speaking=True, audio_at=5.0), 5.0)
    assert voices.within(4.0, 9.0) == [(5.0, 9.0)]
    voices.fact(AgentLeft(agent="a", role="agent", reason="lost"), 6.0)
    assert voices.within(4.0, 9.0) == [(5.0, 6.0)]
    voices.fact(ended("never began"), 7.0)
    assert voices.within(6.5, 9.0) == []
