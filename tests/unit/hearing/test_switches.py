"""Each technique of turn-taking can be turned off, and only that one is then missing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import LoudnessDetector, ScriptedTranscriber, silence, voice
from virtual_time import run
from warmline.audio.frame import Frame, Pcm
from warmline.config.sections import EndpointSettings
from warmline.events import (
    ANYTHING,
    AnswerKind,
    Entry,
    Expectation,
    PauseJudged,
    SpeechEnded,
    TurnResumed,
    UtteranceHeard,
)
from warmline.hearing.endpointing import Endpointer
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.patience import Patience
from warmline.hearing.turn_log import recorded, replay

YES_NO = Expectation(kind=AnswerKind.YES_NO)
ON = EndpointSettings()
WORDS = ("Yes.", "I want to", "My order is late.", "")


@dataclass
class Told:
    facts: list[Heard] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    drafts: int = 0

    def first(self, kind: type) -> float:
        """When it was told first (seconds)."""
        return next(at for at, fact in zip(self.at, self.facts, strict=True) if type(fact) is kind)

    def count(self, kind: type) -> int:
        return sum(type(fact) is kind for fact in self.facts)

    @property
    def entries(self) -> list[Entry]:
        return [
            Entry(call_id="c", seq=seq, at=0.0, fact=fact) for seq, fact in enumerate(self.facts, 1)
        ]

    @property
    def judged(self) -> list[PauseJudged]:
        return [fact for fact in self.facts if isinstance(fact, PauseJudged)]


def hear(
    pieces: Sequence[Pcm],
    settings: EndpointSettings,
    *,
    words: Sequence[str] = WORDS,
    expect: Expectation = ANYTHING,
    takes_s: float = 0.1,
) -> Told:
    told = Told()

    async def main() -> None:
        now = asyncio.get_running_loop().time

        def emit(fact: Heard) -> None:
            told.facts.append(fact)
            told.at.append(now())

        def drafted(*_: object) -> None:
            told.drafts += 1

        listener = Listener(
            LoudnessDetector(),
            ScriptedTranscriber(words, takes_s=takes_s),
            emit,
            patience=Patience(settings),
            drafted=drafted,
        )
        listener.expect(expect)
        audio = np.concatenate([silence(0.32), *pieces])
        for position in range(0, audio.size, 320):
            await asyncio.sleep(0.02)
            listener.push(Frame(audio[position : position + 320], position))
        await listener.close()

    run(main())
    return told


def test_without_speculation_the_words_are_asked_for_at_the_end() -> None:
    off = hear([voice(1), silence(3)], EndpointSettings(speculative=False), takes_s=0.3)
    assert off.drafts == 0
    assert {fact.words for fact in off.judged} == {""}
    assert off.first(UtteranceHeard) == pytest.approx(off.first(SpeechEnded) + 0.3)
    on = hear([voice(1), silence(3)], ON, takes_s=0.3)
    assert on.drafts == 1
    assert on.first(UtteranceHeard) == on.first(SpeechEnded) < off.first(SpeechEnded)


def test_without_the_expectation_a_yes_is_an_open_answer() -> None:
    off = hear([voice(1), silence(3)], EndpointSettings(expectation=False), expect=YES_NO)
    assert {fact.kind for fact in off.judged} == {"free"}
    on = hear([voice(1), silence(3)], ON, expect=YES_NO)
    assert {fact.kind for fact in on.judged} == {"yes_no"}
    assert on.first(SpeechEnded) < off.first(SpeechEnded)


def test_without_optimism_who_goes_on_begins_a_new_turn() -> None:
    pieces = [voice(1, 2), silence(0.9), voice(1, 2), silence(3)]
    off = hear(pieces, EndpointSettings(optimistic=False))
    assert (off.count(TurnResumed), off.count(SpeechEnded)) == (0, 2)
    assert [fact.turn for fact in off.facts if isinstance(fact, UtteranceHeard)] == [1, 2]
    on = hear(pieces, ON)
    assert on.count(TurnResumed) == 1
    assert {fact.turn for fact in on.facts if isinstance(fact, UtteranceHeard)} == {1}


SPEECHES = st.lists(
    st.tuples(st.integers(10, 40), st.integers(1, 70), st.integers(0, len(WORDS) - 1)),
    min_size=1,
    max_size=5,
)
SWITCHES = st.builds(
    EndpointSettings,
    speculative=st.booleans(),
    expectation=st.booleans(),
    optimistic=st.booleans(),
    factor=st.sampled_from([0.6, 1.0, 1.5]),
)


@settings(max_examples=40, deadline=None)
@given(SPEECHES, SWITCHES, st.sampled_from([ANYTHING, YES_NO]), st.floats(0.02, 1.0))
def test_the_replay_of_a_log_decides_as_the_call_did(
    speech: list[tuple[int, int, int]],
    changed: EndpointSettings,
    expect: Expectation,
    takes_s: float,
) -> None:
    pieces = []
    for voiced, quiet, word in speech:
        pieces += [voice(voiced * 0.032, word), silence(quiet * 0.032)]
    told = hear(pieces, changed, expect=expect, takes_s=takes_s)
    assert replay(told.entries, changed) == recorded(told.entries)


def test_a_log_is_replayed_without_a_technique() -> None:
    told = hear([voice(1, 2), silence(0.9), voice(1, 2), silence(3)], ON)
    assert [one.undone for one in recorded(told.entries)] == [True, False]
    cautious = replay(told.entries, EndpointSettings(optimistic=False))
    assert [one.undone for one in cautious] == [False, False]
    slow = replay(told.entries, EndpointSettings(speculative=False))
    assert slow[-1].waited_s > recorded(told.entries)[-1].waited_s


def test_the_log_of_an_expected_answer_is_replayed_as_an_open_one() -> None:
    told = hear([voice(1), silence(3)], ON, expect=YES_NO)
    ((was,), (open_answer,)) = (
        recorded(told.entries),
        replay(told.entries, EndpointSettings(expectation=False)),
    )
    assert (was.reason, open_answer.reason) == ("complete", "silence")
    assert was.waited_s < open_answer.waited_s


def test_the_endpointer_alone_is_optimistic_or_not() -> None:
    def ends(optimistic: bool) -> list[str]:
        endpointer = Endpointer(Patience(EndpointSettings(optimistic=optimistic, max=0.5)))
        heard = [0.9] * 10 + [0.0] * 20 + [0.9] * 10
        return [
            type(signal).__name__
            for number, probability in enumerate(heard)
            for signal in endpointer.chunk(probability, number * 0.032, (number + 1) * 0.032)
        ]

    assert ends(True)[-1] == "VoiceWentOn"
    assert ends(False)[-1] == "VoiceBegan"
