"""The ears under bad audio: it comes late, all at once, without a pause, or without end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fakes import VOICE, LoudnessDetector, ScriptedTranscriber, silence, voice
from virtual_time import run
from warmline.audio.frame import FRAME, FRAME_S, RATE, Frame, Pcm
from warmline.events import (
    ANYTHING,
    AnswerKind,
    Expectation,
    NothingHeard,
    SpeechEnded,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.hearing.decoding import MAX_SPEECH_S
from warmline.hearing.endpointing import BREATH_S as BREATH
from warmline.hearing.endpointing import DRAGS_ON_S
from warmline.hearing.expectation import MAX_UTTERANCE_S
from warmline.hearing.listener import Heard, Listener
from warmline.hearing.partials import PartialTrack
from warmline.hearing.utterance import CUT_SEARCH_S, Utterance
from warmline.ports import Priority, Transcript

BEFORE_CUT_S = MAX_UTTERANCE_S - CUT_SEARCH_S - 0.5
"""A voice of so many seconds lies in the first part of a turn that is cut."""
MACHINE = "Please leave a message after the tone."
"""A turn that is none: for ten seconds behind it sounds are told only with words."""
STORY = "On and on I tell you a very long story."
DIGITS = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)
YES_NO = Expectation(kind=AnswerKind.YES_NO)


@dataclass
class Ears(ScriptedTranscriber):
    """Keeps the audio of what it was asked."""

    audio: list[Pcm] = field(default_factory=list)

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        if priority is Priority.FINAL:
            self.audio.append(samples)
        return await super().transcribe(samples, priority=priority)


class Watch(PartialTrack):
    """Notes how much audio of a turn is kept; decodes nothing."""

    longest = 0

    def heard(self, utterance: Utterance, turn: int, at: float) -> None:
        self.longest = max(self.longest, utterance.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How the caller's audio arrives."""

    packet: int = 1
    """Frames that come together."""
    ppm: float = 0.0
    """The caller's clock is so much slower, in parts of a million."""
    stalls: tuple[tuple[float, float], ...] = ()
    """From when (seconds of audio) nothing comes, and for how long; then all comes at once."""

    def arrives(self, spoken_s: float) -> float:
        """When the frame that ends there comes at the earliest."""
        at = spoken_s * (1 + self.ppm / 1e6)
        return max([at, *(begin + lasts for begin, lasts in self.stalls if spoken_s > begin)])


def hear(
    audio: Pcm,
    ears: Ears,
    network: Network | None = None,
    *,
    expect: Expectation = ANYTHING,
    watch: Watch | None = None,
) -> list[Heard]:
    """All that is told of this audio, which ends with the call still going on."""
    network, facts = network or Network(), list[Heard]()

    async def main() -> None:
        listener = Listener(LoudnessDetector(), ears, facts.append, watch)
        listener.expect(expect)
        now = asyncio.get_running_loop().time
        size = FRAME * network.packet
        for start in range(0, audio.size, size):
            packet = audio[start : start + size]
            if (wait := network.arrives((start + packet.size) / RATE) - now()) > 0:
                await asyncio.sleep(wait)
            for at in range(0, packet.size, FRAME):
                listener.push(Frame(packet[at : at + FRAME], start + at))
        await asyncio.sleep(ears.takes_s + FRAME_S)  # the last answer
        await listener.close()

    run(main())
    return facts


def texts(facts: Sequence[Heard]) -> list[str]:
    """The words of each turn, as they were told last; none where it was no turn after all."""
    last: dict[int, str] = {}
    for fact in facts:
        if isinstance(fact, UtteranceHeard):
            last[fact.turn] = fact.text
        elif isinstance(fact, NothingHeard):
            last[fact.turn] = ""
    return [text for text in last.values() if text]


# --- however it comes ---------------------------------------------------------------------------

WORDS = ("Yes I do.", "I want to", "four five", "My order is late.", "one two three four")
"""Enough of them for each stretch of voice: one word in four seconds is background."""
BREATH_S = (0.1, 0.3, 0.5, 0.9)
"""Whether or not they end a turn, the caller who goes on is joined to what was said before."""
ENDS_S = (3.5, 5.0)
"""Nobody goes on behind these, not even where the words come as late as audio can stall."""
phrases = st.lists(
    st.tuples(
        st.sampled_from([0.3, 0.8, 1.7, 2.4]),
        st.sampled_from(BREATH_S + ENDS_S),
        st.integers(0, len(WORDS) - 1),
    ),
    min_size=1,
    max_size=6,
)
networks = st.builds(
    Network,
    packet=st.sampled_from([1, 3, 10, 50]),
    ppm=st.sampled_from([-200.0, 0.0, 200.0]),
    stalls=st.lists(st.tuples(st.floats(0, 25), st.floats(0.1, 3.0)), max_size=3).map(tuple),
)


def unbroken_s(spoken: list[tuple[float, float, int]]) -> float:
    """The longest voice without a pause that counts as one."""
    longest = lasted = 0.0
    for lasts, gap, _ in spoken:
        lasted += lasts
        longest = max(longest, lasted)
        lasted = lasted + gap if gap < BREATH else 0.0
    return longest


@settings(max_examples=40, deadline=None)
@given(phrases, networks, st.sampled_from([ANYTHING, DIGITS, YES_NO]), st.floats(0.05, 0.6))
def test_however_it_comes_the_words_of_the_turns_are_the_same(
    spoken: list[tuple[float, float, int]], network: Network, expect: Expectation, takes_s: float
) -> None:
    """The recogniser takes its time, so turns end elsewhere; no word moves to another turn."""
    assume(unbroken_s(spoken) < DRAGS_ON_S)  # else it is asked for words, and may end meanwhile
    parts = [part for lasts, gap, n in spoken for part in (voice(lasts, n), silence(gap))]
    audio = np.concatenate([silence(0.5), *parts, silence(4)])
    bad, good = (
        texts(hear(audio, Ears(WORDS, takes_s=takes_s), which, expect=expect))
        for which in (network, Network())
    )
    assert bad == good


@pytest.mark.parametrize("packet", [1, 150])
def test_a_burst_is_heard_as_soon_as_it_comes(packet: int) -> None:
    """Three seconds at once are no reason to wait three seconds."""
    audio = np.concatenate([silence(1), voice(1), silence(1.5), silence(1)])
    times: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        listener = Listener(
            LoudnessDetector(),
            Ears(["My order is late."]),
            lambda fact: times.append(loop.time()) if isinstance(fact, UtteranceHeard) else None,
        )
        await asyncio.sleep(4)
        for start in range(0, audio.size, FRAME):
            listener.push(Frame(audio[start : start + FRAME], start))
            if start // FRAME % packet == packet - 1:
                await asyncio.sleep(0)
        await asyncio.sleep(1)
        await listener.close()

    run(main())
    assert times == [pytest.approx(4.1)]


# --- too long -----------------------------------------------------------------------------------


def test_ten_minutes_without_a_pause() -> None:
    """No sample is lost or heard twice, and no more is kept than a turn may hold."""
    random = np.random.default_rng(1)
    speech = random.integers(VOICE + 1, VOICE + 20_000, 610 * RATE, dtype=np.int16)
    speech[:: RATE * 4] = VOICE  # so that each stretch has words
    ears = Ears([STORY])
    watch = Watch(ears, lambda partial: None)
    facts = hear(np.concatenate([silence(1), speech, silence(3)]), ears, watch=watch)
    ended = [fact for fact in facts if isinstance(fact, SpeechEnded)]
    cuts = int(610 / MAX_UTTERANCE_S)
    assert [fact.reason for fact in ended] == ["max_speech"] * cuts + ["silence"]
    assert [f.turn for f in facts if isinstance(f, UtteranceHeard)] == list(range(1, cuts + 2))
    parts = [audio for audio in ears.audio if audio.size != DRAGS_ON_S * RATE]
    heard = np.concatenate(parts)
    np.testing.assert_array_equal(heard[np.argmax(heard >= VOICE) :][: speech.size], speech)
    # More than that the recogniser does not hear; behind a cut up to two seconds are kept.
    assert max(audio.size for audio in parts) / RATE <= MAX_SPEECH_S
    assert watch.longest / RATE <= MAX_SPEECH_S


def test_ten_minutes_of_silence_are_no_turn() -> None:
    ears = Ears(["Thank you."])
    assert hear(silence(600), ears) == []
    assert ears.finals == 0


# --- nothing stays open -------------------------------------------------------------------------


def left_open(facts: Sequence[Heard]) -> list[str]:
    """What whoever follows the facts still waits for: a voice to end, the words of a turn."""
    speaks, pending = False, set[int]()
    for fact in facts:
        match fact:
            case SpeechStarted():
                speaks = True
            case TurnResumed(turn=turn):
                speaks = True
                pending.discard(turn)
            case SpeechEnded(turn=turn, reason=reason):
                speaks = reason == "max_speech"  # only the first part is over
                pending.add(turn)
            case UtteranceHeard(turn=turn) | NothingHeard(turn=turn):
                pending.discard(turn)
    return ["a voice"] * speaks + [f"turn {turn}" for turn in sorted(pending)]


@pytest.mark.parametrize("takes_s", [0.1, 1.5])
@pytest.mark.parametrize("rest", ["", STORY])
def test_a_doubted_voice_that_is_cut_ends_too(rest: str, takes_s: float) -> None:
    """Its first part has words and is told; what follows may have none, and then is not."""
    pieces = [voice(2), silence(2), voice(BEFORE_CUT_S, 1), voice(3, 2), silence(16)]
    facts = hear(np.concatenate(pieces), Ears([MACHINE, STORY, rest], takes_s=takes_s))
    assert texts(facts)[0].startswith(STORY)
    assert left_open(facts) == []


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.2, 1.0, 3.0, 9.0, 26.5, 31.0]),
            st.sampled_from([0.0, 0.3, 0.9, 1.5, 3.0, 12.0]),
            st.integers(0, 3),
        ),
        max_size=6,
    ),
    networks,
    st.sampled_from([0.05, 0.5, 5.0]),
    st.integers(0, 3),
)
def test_whatever_is_heard_nothing_stays_open(
    spoken: list[tuple[float, float, int]], network: Network, takes_s: float, failures: int
) -> None:
    parts = [part for lasts, gap, n in spoken for part in (voice(lasts, n), silence(gap))]
    ears = Ears([MACHINE, STORY, "", "Yes."], takes_s=takes_s, failures=failures)
    assert left_open(hear(np.concatenate([silence(0.5), *parts, silence(16)]), ears, network)) == []
