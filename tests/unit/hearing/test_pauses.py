"""What a listener tells of pauses, and that its log decides again as the call did."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import LoudnessDetector, ScriptedTranscriber, silence, voice
from virtual_time import run
from warmline.audio.frame import RATE, Frame, Pcm
from warmline.config.sections import EndpointSettings
from warmline.errors import InferenceError
from warmline.events import (
    ANYTHING,
    AnswerKind,
    Entry,
    Expectation,
    Fact,
    PauseJudged,
    SpeechEnded,
    SpeechResumed,
    TurnResumed,
    UtteranceHeard,
)
from warmline.hearing.listener import Listener
from warmline.hearing.patience import Patience
from warmline.hearing.turn_log import Decided, recorded, replay
from warmline.ports import Priority, Transcript

CHUNK = 512
CHUNK_S = CHUNK / RATE
DIGITS = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)


@dataclass
class ScriptedVoice:
    """A turn model: what it says, one answer for each pause, and how long it takes."""

    says: Sequence[float] = (0.95,)
    takes_s: float = 0.05
    failure: type[Exception] | None = None
    asked: list[Pcm] = field(default_factory=list)

    async def finished(self, samples: Pcm) -> float:
        self.asked.append(samples)
        answer = self.says[(len(self.asked) - 1) % len(self.says)]
        await asyncio.sleep(self.takes_s)
        if self.failure:
            raise self.failure("turns: given up")
        return answer


@dataclass
class Told:
    facts: list[Fact] = field(default_factory=list)
    drafts: list[tuple[int, str, Expectation]] = field(default_factory=list)

    def all(self, *kinds: type) -> list[Fact]:
        return [fact for fact in self.facts if isinstance(fact, kinds)]

    @property
    def judged(self) -> list[PauseJudged]:
        return [fact for fact in self.facts if isinstance(fact, PauseJudged)]

    @property
    def ended(self) -> list[SpeechEnded]:
        return [fact for fact in self.facts if isinstance(fact, SpeechEnded)]

    @property
    def entries(self) -> list[Entry]:
        return [
            Entry(call_id="c", seq=seq, at=0.0, fact=fact) for seq, fact in enumerate(self.facts, 1)
        ]


def hear(
    pieces: Sequence[Pcm],
    words: Sequence[str] = (),
    *,
    model: ScriptedVoice | None = None,
    expect: Expectation = ANYTHING,
    takes_s: float = 0.1,
    patience: EndpointSettings | None = None,
    hang_up: bool = False,
    transcriber: ScriptedTranscriber | None = None,
) -> Told:
    """Frames of 20 ms in real (virtual) time."""
    told = Told()

    async def main() -> None:
        listener = Listener(
            LoudnessDetector(),
            transcriber or ScriptedTranscriber(words, takes_s=takes_s),
            told.facts.append,
            turn_model=model,
            patience=Patience(patience),
            drafted=lambda turn, said, expect: told.drafts.append((turn, said.text, expect)),
        )
        listener.expect(expect)
        audio = np.concatenate(pieces)
        for position in range(0, audio.size, 320):
            await asyncio.sleep(0.02)
            listener.push(Frame(audio[position : position + 320], position))
        await (listener.finish() if hang_up else listener.close())

    run(main())
    return told


# --- what is told of a pause --------------------------------------------------------------------


def test_a_pause_is_judged_again_with_all_that_becomes_known() -> None:
    told = hear([voice(2), silence(2)], ["My order is late."], model=ScriptedVoice())
    bare, with_voice, with_words = told.judged
    assert (bare.words, bare.finished) == ("", -1.0)
    assert (with_voice.words, with_voice.finished) == ("", 0.95)
    assert (with_words.words, with_words.finished) == ("finished", 0.95)
    assert bare.known_at < with_voice.known_at <= with_words.known_at
    assert {one.audio_at for one in told.judged} == {told.ended[0].audio_at}
    assert {one.kind for one in told.judged} == {"free"}
    assert bare.wait_s > with_voice.wait_s > with_words.wait_s


def test_words_and_voice_that_agree_end_an_open_answer_early() -> None:
    sure, unsure, alone = (
        hear([voice(1), silence(2)], ["My order is late."], model=model).judged[-1].wait_s
        for model in (ScriptedVoice([0.95]), ScriptedVoice([0.3]), None)
    )
    assert sure < unsure == alone


@pytest.mark.parametrize(
    "model",
    [
        ScriptedVoice(failure=InferenceError),
        ScriptedVoice(failure=ValueError),
        ScriptedVoice(takes_s=1_000),
    ],
    ids=["refuses", "is broken", "never answers"],
)
def test_without_the_turn_model_the_words_decide_alone(model: ScriptedVoice) -> None:
    with_it, without = (
        hear([voice(1), silence(2)], ["My order is late."], model=which) for which in (model, None)
    )
    assert model.asked
    assert with_it.facts == without.facts


def test_the_voice_is_judged_from_the_beginning_of_the_turn() -> None:
    model = ScriptedVoice([0.1])
    hear([silence(1), voice(1), silence(0.4), voice(1, 1), silence(2)], ["I", "am."], model=model)
    first, second = model.asked
    assert 1 < first.size / RATE < 1.6
    assert 2.4 < second.size / RATE < 3.1


def test_a_voice_that_goes_on_voids_what_was_known() -> None:
    model = ScriptedVoice([0.95], takes_s=0.5)
    pieces = [voice(1), silence(0.3), voice(1, 1), silence(3)]
    told = hear(pieces, ["I said.", "No."], model=model, takes_s=0.5)
    (resumed,) = told.all(SpeechResumed)
    assert isinstance(resumed, SpeechResumed)
    assert resumed.audio_at == pytest.approx(1.3, abs=CHUNK_S)
    before = [one for one in told.judged if one.audio_at < resumed.audio_at]
    assert [(one.words, one.finished) for one in before] == [("", -1.0)]


class NeedsAir(ScriptedTranscriber):
    """Hears its words with a quarter second of silence behind them; else something like them."""

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        said = await super().transcribe(samples, priority=priority)
        return said if tail_s >= 0.25 else Transcript(text="p s", confidence=0.4)


@pytest.mark.parametrize(
    ("kind", "words", "heard"),
    [
        (AnswerKind.YES_NO, "Yes.", "Yes."),
        (AnswerKind.YES_NO, "Perhaps.", "p s"),
        (AnswerKind.FREE, "Yes.", "p s"),
    ],
)
def test_a_closed_answer_that_is_none_is_heard_again(
    kind: AnswerKind, words: str, heard: str
) -> None:
    transcriber = NeedsAir([words], takes_s=0.15)
    told = hear([voice(1), silence(3)], expect=Expectation(kind=kind), transcriber=transcriber)
    assert [fact.text for fact in told.facts if isinstance(fact, UtteranceHeard)] == [heard]
    assert transcriber.finals == (1 if kind is AnswerKind.FREE else 2)


def test_hearing_again_delays_no_end() -> None:
    slow, quick = (
        hear(
            [voice(1), silence(3)],
            expect=Expectation(kind=AnswerKind.YES_NO),
            transcriber=NeedsAir(["Perhaps."], takes_s=takes_s),
        )
        for takes_s in (0.3, 0.01)
    )
    assert slow.ended == quick.ended
    assert slow.judged[-1].wait_s == quick.judged[-1].wait_s


# --- drafts -------------------------------------------------------------------------------------


def test_the_words_of_a_pause_are_told_before_the_turn_is_over() -> None:
    pieces = [voice(1), silence(0.4), voice(1, 1), silence(3)]
    told = hear(pieces, ["four five", "two seven"], expect=DIGITS)
    assert told.drafts == [(1, "four five", DIGITS), (1, "four five two seven", DIGITS)]


def test_nothing_is_told_of_a_pause_without_words() -> None:
    assert hear([voice(1), silence(2)], [""]).drafts == []


def test_drafts_come_before_the_end_that_they_decide() -> None:
    order: list[str] = []

    async def main() -> None:
        listener = Listener(
            LoudnessDetector(),
            ScriptedTranscriber(["one two three four"]),
            lambda fact: order.append(type(fact).__name__),
            drafted=lambda *_: order.append("drafted"),
        )
        listener.expect(DIGITS)
        audio = np.concatenate([voice(1), silence(1)])
        for position in range(0, audio.size, 320):
            await asyncio.sleep(0.02)
            listener.push(Frame(audio[position : position + 320], position))
        await listener.close()

    run(main())
    assert order[-4:] == ["drafted", "PauseJudged", "SpeechEnded", "UtteranceHeard"]


# --- the log decides again ----------------------------------------------------------------------

WORDS = ("Yes.", "I want to", "four five", "My order is late.", "", "one two three four")
speeches = st.lists(
    st.tuples(
        st.integers(10, 60),  # chunks of voice
        st.integers(1, 70),  # chunks of silence behind it
        st.integers(0, len(WORDS) - 1),
    ),
    min_size=1,
    max_size=6,
)
voices = st.lists(st.sampled_from([0.0, 0.04, 0.5, 0.8999, 0.9, 0.99]), min_size=1, max_size=4)
expectations = st.sampled_from([ANYTHING, DIGITS, Expectation(kind=AnswerKind.YES_NO)])


def spoken(speech: list[tuple[int, int, int]]) -> list[Pcm]:
    pieces = [silence(0.32)]
    for voiced, quiet, word in speech:
        pieces += [voice(voiced * CHUNK_S, word), silence(quiet * CHUNK_S)]
    return pieces


@settings(max_examples=60, deadline=None)
@given(speeches, voices, expectations, st.floats(0.02, 1.5), st.floats(0.01, 0.6), st.booleans())
def test_with_the_same_settings_the_replay_gives_the_recorded_decisions(
    speech: list[tuple[int, int, int]],
    says: list[float],
    expect: Expectation,
    takes_s: float,
    voice_takes_s: float,
    hang_up: bool,
) -> None:
    told = hear(
        spoken(speech),
        WORDS,
        model=ScriptedVoice(says, takes_s=voice_takes_s),
        expect=expect,
        takes_s=takes_s,
        hang_up=hang_up,
    )
    assert replay(told.entries, EndpointSettings()) == recorded(told.entries)


def test_other_settings_decide_otherwise() -> None:
    pieces = [voice(1), silence(0.5), voice(1, 1), silence(3)]
    told = hear(pieces, ["My order is late.", "It is."])
    assert [one.undone for one in recorded(told.entries)] == [False]
    first, last = replay(told.entries, EndpointSettings(factor=0.5))
    assert first.undone and not last.undone
    assert first.audio_at == pytest.approx(1.0, abs=CHUNK_S)
    assert last.waited_s < recorded(told.entries)[0].waited_s


def test_more_patience_leaves_an_undone_end_out() -> None:
    pieces = [voice(1), silence(0.9), voice(1, 1), silence(3)]
    told = hear(pieces, ["My order is late.", "It is."])
    assert [one.undone for one in recorded(told.entries)] == [True, False]
    assert told.all(TurnResumed)
    (only,) = replay(told.entries, EndpointSettings(factor=1.5))
    assert only.audio_at == pytest.approx(2.9, abs=CHUNK_S)


def test_an_end_that_no_silence_decided_stays() -> None:
    told = hear([voice(60)], [""])
    assert replay(told.entries, EndpointSettings(factor=2)) == recorded(told.entries)
    assert [one.reason for one in recorded(told.entries)] == ["background"]


def test_an_empty_log_decides_nothing() -> None:
    assert replay([], EndpointSettings()) == recorded([]) == []


# --- audio time ---------------------------------------------------------------------------------


@dataclass
class AnswersInAudioTime(ScriptedTranscriber):
    """Its answers come when so much more audio was heard, however long that takes."""

    waiting: list[tuple[int, asyncio.Event]] = field(default_factory=list)
    heard: int = 0
    after: int = 8 * CHUNK

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        known = asyncio.Event()
        self.waiting.append((self.heard + self.after, known))
        await known.wait()
        return await super().transcribe(samples, priority=priority)


def turns_of(
    speech: list[tuple[int, int, int]], sizes: list[int], delays: list[float]
) -> list[Fact]:
    """All but transcripts, however the audio comes: frames of these sizes, after these delays."""
    facts: list[Fact] = []

    async def main() -> None:
        transcriber = AnswersInAudioTime(WORDS, takes_s=0.0)
        listener = Listener(LoudnessDetector(), transcriber, facts.append)
        audio = np.concatenate([*spoken(speech), silence(3)])
        position = number = 0
        while position < audio.size:
            size = sizes[number % len(sizes)]
            await asyncio.sleep(delays[number % len(delays)])
            listener.push(Frame(audio[position : position + size], position))
            position, number = position + size, number + 1
            transcriber.heard = position // CHUNK * CHUNK
            for _ in range(10):  # questions are asked, and answers get where they are awaited
                await asyncio.sleep(0)
            for due, known in transcriber.waiting:
                if transcriber.heard >= due:
                    known.set()
            for _ in range(10):
                await asyncio.sleep(0)
        await listener.close()

    run(main())
    return [fact for fact in facts if not isinstance(fact, UtteranceHeard)]


@settings(max_examples=40, deadline=None)
@given(
    speeches,
    st.lists(st.integers(40, CHUNK), min_size=1, max_size=5),
    st.lists(st.sampled_from([0.0, 0.001, 0.02, 3.0]), min_size=1, max_size=9),
)
def test_however_the_audio_comes_its_turns_are_the_same(
    speech: list[tuple[int, int, int]], sizes: list[int], delays: list[float]
) -> None:
    assert turns_of(speech, sizes, delays) == turns_of(speech, [CHUNK], [CHUNK_S])


def test_a_decision_is_a_plain_record() -> None:
    decided = Decided(audio_at=1.0, waited_s=0.3, reason="silence")
    assert not decided.undone
