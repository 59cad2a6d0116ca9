"""An agent's voice: how long it lasts, and who may hear it afterwards."""

import numpy as np

from fakes import (
    LoudnessDetector,
    ScriptedFetcher,
    ScriptedLine,
    ScriptedTranscriber,
    ToneSynthesizer,
    silence,
    voice,
)
from virtual_time import run
from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.call.colleague import Colleague
from warmline.call.memory import AudioMemory
from warmline.call.services import Services
from warmline.events import AgentHeard, AgentSpeech, Fact
from warmline.ports.people import Person
from warmline.speaking.cache import ClauseCache
from whole import ORDER


def spoken(*said: Pcm, private: bool = False) -> tuple[list[Fact], AudioMemory]:
    """What an agent's words lead to, and what is kept of them."""
    facts: list[Fact] = []
    memory = AudioMemory()

    async def main() -> None:
        line = ScriptedLine([])
        anna = Colleague(
            Person(user_id="u1", name="Anna"),
            line,
            memory,
            facts.append,
            Services(
                find_flow=lambda name: ORDER,
                new_detector=LoudnessDetector,
                transcriber=ScriptedTranscriber(["one moment please"] * 3),
                clips=ClauseCache(ToneSynthesizer()),
                fetcher=ScriptedFetcher(),
                partials=False,
            ),
        )
        samples = np.concatenate(said)
        for at in range(0, samples.size, FRAME):
            memory.caller(Frame(np.zeros(FRAME, dtype=np.int16), at))
            anna.frame(Frame(samples[at : at + FRAME], at), private=private)
        await anna.close()
        await line.close()

    run(main())
    return facts, memory


def test_a_voice_that_takes_breath_goes_on() -> None:
    """Else what follows would not be cross-talk, and hints would come into the agent's words."""
    facts, _ = spoken(voice(1.0), silence(0.4), voice(2.0), silence(2.0))
    speech = [fact for fact in facts if isinstance(fact, AgentSpeech)]
    assert [fact.speaking for fact in speech] == [True, False]
    assert speech[0].audio_at < 0.3
    assert 3.2 < speech[1].audio_at < 3.7
    assert len([fact for fact in facts if isinstance(fact, AgentHeard)]) == 1


def test_a_voice_without_an_end_goes_on_from_turn_to_turn() -> None:
    facts, _ = spoken(voice(40.0), silence(2.0))
    speech = [fact for fact in facts if isinstance(fact, AgentSpeech)]
    assert [fact.speaking for fact in speech] == [True, False]
    assert speech[1].audio_at > 39.0


def test_only_what_the_caller_hears_is_kept() -> None:
    assert spoken(voice(1.0))[1].heard(0, 1)[1].any()
    facts, memory = spoken(voice(1.0), silence(1.0), private=True)
    assert not memory.heard(0, 2)[1].any()
    assert any(isinstance(fact, AgentHeard) for fact in facts), "the log has their words"
    assert memory.end == 2 * RATE
