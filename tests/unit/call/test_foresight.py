"""What is rendered before it is said: the right sentences, and nothing when it is too late."""

import asyncio
from pathlib import Path

import pytest

from fakes import ToneSynthesizer
from talk import STARTED, heard
from virtual_time import run
from warmline.audio.frame import Pcm
from warmline.call.foresight import MAX_ANSWERS, PATIENCE_S, Foresight, likely
from warmline.dialogue.machine import Machine, State
from warmline.errors import InferenceError
from warmline.events import Fact, Say, TimerFired, UtteranceHeard
from warmline.flows.loader import load_flow
from warmline.ports import Transcript
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses

FLOWS = Path(__file__).parents[3] / "voice_flows"
MACHINE = Machine(load_flow(FLOWS / "order_status"))
DRIVE_THRU = Machine(load_flow(FLOWS / "drive_thru"))
NUMBER = "four five two seven"


def after(*facts: Fact, machine: Machine = MACHINE) -> State:
    state = machine.start()
    for fact in (STARTED, *facts):
        state, _ = machine.handle(state, fact)
    return state


REASON = after()
ASKED = after(heard("where is my order"))
CONFIRMING = after(heard("where is my order"), heard(NUMBER))


def words(text: str) -> Transcript:
    return Transcript(text=text, confidence=0.9)


class Ahead:
    """A foresight on a cache, and the clauses that were synthesized for it."""

    def __init__(self, voice: ToneSynthesizer) -> None:
        self.voice = voice
        self.clips = ClauseCache(voice)
        self.foresight = Foresight(MACHINE, self.clips, 8_000)

    def at_hand(self, text: str) -> bool:
        return not self.clips.opening(text, voice="", pace=1.0, rate=8_000).rest


def test_the_reply_to_a_draft_is_there_when_the_turn_is_over() -> None:
    async def main() -> None:
        ahead = Ahead(ToneSynthesizer(takes_s=0.1))
        ahead.foresight.drafted(ASKED, 2, words(NUMBER))
        await asyncio.sleep(0.25)
        assert ahead.voice.asked == ["I have 4 5 2 7.", "Is that right?"]
        _, commands = MACHINE.handle(ASKED, heard(NUMBER))
        (say,) = (command for command in commands if isinstance(command, Say))
        loop = asyncio.get_running_loop()
        began = loop.time()
        for clause in clauses(say.text):
            await ahead.clips.clip(clause, voice="", pace=say.pace, rate=8_000)
        assert loop.time() == began
        await ahead.foresight.close()

    run(main())


def test_both_ways_of_a_read_back_and_silence_are_thought_through() -> None:
    async def main() -> None:
        ahead = Ahead(ToneSynthesizer())
        ahead.foresight.expecting(CONFIRMING)
        await asyncio.sleep(1)
        yes = ["Order 4 5 2 7 is on its way to you.", "It should arrive Tuesday, November 24."]
        assert ahead.voice.asked[:2] == yes
        assert "Sorry about that." in ahead.voice.asked
        assert "I didn't hear anything." in ahead.voice.asked
        assert len(set(ahead.voice.asked)) == len(ahead.voice.asked)
        await ahead.foresight.close()

    run(main())


def test_nothing_is_done_for_a_turn_that_is_over_with_its_words() -> None:
    async def main() -> None:
        ahead = Ahead(ToneSynthesizer(takes_s=0.1))
        ahead.foresight.drafted(ASKED, 2, words(NUMBER))
        await asyncio.sleep(PATIENCE_S / 2)
        ahead.foresight.expecting(after())  # the decision has come
        await asyncio.sleep(1)
        assert "I have 4 5 2 7." not in ahead.voice.asked
        await ahead.foresight.close()

    run(main())


def test_what_is_no_longer_likely_is_not_begun() -> None:
    async def main() -> None:
        ahead = Ahead(ToneSynthesizer(takes_s=0.5))
        ahead.foresight.drafted(ASKED, 2, words("four five"))
        await asyncio.sleep(0.1)
        before = list(ahead.voice.asked)
        assert len(before) == 1
        ahead.foresight.drafted(ASKED, 2, words(NUMBER))  # the caller went on, and paused again
        await asyncio.sleep(2)
        assert ahead.voice.asked == [*before, "I have 4 5 2 7.", "Is that right?"]
        await ahead.foresight.close()

    run(main())


def test_the_same_state_is_thought_through_once() -> None:
    async def main() -> None:
        ahead = Ahead(ToneSynthesizer(takes_s=0.5))
        ahead.foresight.expecting(CONFIRMING)
        await asyncio.sleep(0.6)
        ahead.foresight.expecting(CONFIRMING)
        await asyncio.sleep(0.5)
        assert len(ahead.voice.asked) == 3  # it went on where it was
        await ahead.foresight.close()
        await ahead.foresight.close()
        await asyncio.sleep(1)
        assert len(ahead.voice.asked) == 3

    run(main())


@pytest.mark.parametrize("text", ["", "um"])
def test_words_that_are_none_or_no_answer_harm_nothing(text: str) -> None:
    async def main() -> None:
        ahead = Ahead(ToneSynthesizer())
        ahead.foresight.drafted(ASKED, 2, words(text))
        await asyncio.sleep(1)
        assert bool(ahead.voice.asked) == bool(text)
        await ahead.foresight.close()

    run(main())


def test_a_voice_that_fails_is_not_told_of(caplog: pytest.LogCaptureFixture) -> None:
    class Mute(ToneSynthesizer):
        async def synthesize(
            self, text: str, *, voice: str, pace: float, ahead: bool = False
        ) -> tuple[Pcm, int]:
            raise InferenceError("voice: given up")

    async def main() -> None:
        ahead = Ahead(Mute())
        ahead.foresight.drafted(ASKED, 2, words(NUMBER))
        ahead.foresight.expecting(CONFIRMING)
        await asyncio.sleep(1)
        await ahead.foresight.close()

    run(main())
    assert not caplog.records


def test_what_callers_may_do_next() -> None:
    def told(machine: Machine, state: State) -> list[str]:
        return [
            fact.text if isinstance(fact, UtteranceHeard) else "silence"
            for fact in likely(machine, state)
        ]

    reasons = ["the status of your order", "a change of address", "something else"]
    assert told(MACHINE, REASON) == [*reasons, "silence"]
    assert told(MACHINE, ASKED) == ["silence"]
    assert told(MACHINE, CONFIRMING) == ["yes", "no", "silence"]
    assert told(MACHINE, MACHINE.start()) == []
    assert told(MACHINE, after(heard("I want to speak to a person"))) == []
    drink = after(heard("something large"), machine=DRIVE_THRU)
    assert len(told(DRIVE_THRU, drink)) <= MAX_ANSWERS + 1


def test_the_flow_is_asked_without_effect() -> None:
    """States are values: thinking a fact through changes none."""
    before = hash(CONFIRMING)
    for fact in [*likely(MACHINE, CONFIRMING), TimerFired(name="no_input")]:
        MACHINE.handle(CONFIRMING, fact)
    assert hash(CONFIRMING) == before
