"""The ears in virtual time: what is said of a caller's audio, in which order, and when."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pytest

from fakes import VOICE, LoudnessDetector, ScriptedTranscriber, silence, voice
from virtual_time import run
from warmline.audio.frame import FRAME, RATE, Frame, Pcm
from warmline.config.sections import EndpointSettings
from warmline.errors import InferenceError
from warmline.events import (
    ANYTHING,
    AnswerKind,
    Expectation,
    Fact,
    NothingHeard,
    PartialTranscript,
    PauseJudged,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TurnResumed,
    UtteranceHeard,
)
from warmline.hearing.endpointing import DRAGS_ON_S
from warmline.hearing.expectation import Completeness
from warmline.hearing.listener import LAST_WORDS_S, Listener
from warmline.hearing.partials import CADENCE_S, MAX_WINDOW_S, PartialTrack
from warmline.hearing.patience import Patience, Pause
from warmline.hearing.turns import MAX_PENDING
from warmline.ports import Priority, Transcript

CHUNK_S = 0.032
YES_NO = Expectation(kind=AnswerKind.YES_NO)
DIGITS = Expectation(kind=AnswerKind.DIGITS, min_digits=4, max_digits=4)
Kind = TypeVar("Kind")


@dataclass
class RecordingTranscriber(ScriptedTranscriber):
    """Keeps what it was given to hear."""

    audio: list[Pcm] = field(default_factory=list)
    expected: list[Expectation] = field(default_factory=list)
    broken: bool = False

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
            self.expected.append(expect)
        if self.broken:
            raise ValueError("a bug, and the words that it was about")
        return await super().transcribe(
            samples, expect=expect, priority=priority, prompt=prompt, tail_s=tail_s
        )


class Ears:
    """A listener, and its facts with their times."""

    def __init__(self, transcriber: ScriptedTranscriber, partials: bool) -> None:
        self.now = asyncio.get_running_loop().time
        self.facts: list[tuple[float, Fact]] = []
        track = PartialTrack(transcriber, self._emit) if partials else None
        self.listener = Listener(LoudnessDetector(), transcriber, self._emit, track)
        self._position = 0

    def _emit(self, fact: Fact) -> None:
        self.facts.append((self.now(), fact))

    async def hear(self, *pieces: Pcm, real_time: bool = True) -> None:
        """Frame by frame, each at its end as a line brings it (or all of them at once)."""
        for piece in pieces:
            for start in range(0, piece.size, FRAME):
                if real_time:
                    self._position += FRAME
                    await asyncio.sleep(self._position / RATE - self.now())
                    self._position -= FRAME
                self.listener.push(Frame(piece[start : start + FRAME], self._position))
                self._position += FRAME

    def all(self, kind: type[Kind]) -> list[Kind]:
        return [fact for _, fact in self.facts if isinstance(fact, kind)]

    @property
    def story(self) -> list[str]:
        """All but the judgements of pauses."""
        return [_told(fact) for _, fact in self.facts if not isinstance(fact, PauseJudged)]

    def at(self, told: str) -> float:
        return next(at for at, fact in self.facts if _told(fact) == told)


def _told(fact: Fact) -> str:
    match fact:
        case SpeechEnded(turn=turn, reason=reason):
            return f"ended {turn}: {reason}"
        case UtteranceHeard(turn=turn, text=text):
            return f"heard {turn}: {text}"
        case NothingHeard(turn=turn, reason=reason):
            return f"nothing {turn}: {reason}"
        case TurnResumed(turn=turn):
            return f"resumed {turn}"
        case SpeechStarted():
            return "started"
        case SpeechPaused():
            return "paused"
        case SpeechResumed():
            return "breath"
        case _:
            return "partial"


def listen(
    script: Callable[[Ears], Awaitable[None]],
    transcriber: ScriptedTranscriber | None = None,
    *,
    partials: bool = False,
) -> Ears:
    """Run the script and close; no task may be left over."""

    async def main() -> Ears:
        ears = Ears(transcriber or ScriptedTranscriber(), partials)
        await script(ears)
        await ears.listener.close()
        await ears.listener.close()
        return ears

    return run(main())


def hear(
    pieces: Sequence[Pcm],
    words: Sequence[str] = (),
    *,
    expect: Expectation = ANYTHING,
    takes_s: float = 0.1,
    failures: int = 0,
) -> tuple[Ears, RecordingTranscriber]:
    transcriber = RecordingTranscriber(words, takes_s=takes_s, failures=failures)

    async def script(ears: Ears) -> None:
        ears.listener.expect(expect)
        await ears.hear(*pieces)

    return listen(script, transcriber), transcriber


# --- one turn ---------------------------------------------------------------------------------


def test_a_whole_turn() -> None:
    ears, _ = hear([silence(1), voice(1), silence(2)], ["My order is late."])
    assert ears.story == ["started", "paused", "ended 1: silence", "heard 1: My order is late."]
    started, ended = ears.all(SpeechStarted)[0], ears.all(SpeechEnded)[0]
    assert started.audio_at == pytest.approx(1.0, abs=CHUNK_S)
    assert ended.audio_at == pytest.approx(2.0, abs=CHUNK_S)
    assert ears.all(UtteranceHeard) == [
        UtteranceHeard(
            turn=1,
            text="My order is late.",
            confidence=0.9,
            started_at=started.audio_at,
            audio_at=ended.audio_at,
        )
    ]


def test_the_text_is_there_at_the_end_of_the_turn() -> None:
    ears, transcriber = hear([voice(1), silence(2)], ["My order is late."], takes_s=0.25)
    assert transcriber.finals == 1
    assert ears.at("heard 1: My order is late.") == ears.at("ended 1: silence")


def test_words_that_take_longer_than_the_pause_follow() -> None:
    ears, transcriber = hear([voice(1), silence(3)], ["Yes."], takes_s=1.5)
    assert transcriber.finals == 1
    pause, heard = ears.at("paused"), ears.at("heard 1: Yes.")
    assert heard == pytest.approx(pause + 1.5, abs=0.001)


def test_a_complete_answer_ends_its_turn_at_once() -> None:
    ears, _ = hear([voice(1), silence(2)], ["Yes."], expect=YES_NO)
    assert "ended 1: complete" in ears.story
    known_s = 1 + EndpointSettings().pause + 0.1
    assert ears.at("ended 1: complete") == pytest.approx(known_s, abs=2 * CHUNK_S)


def test_half_a_number_is_waited_for() -> None:
    ears, _ = hear([voice(1), silence(2)], ["four zero"], expect=DIGITS)
    wait_s = Patience().wait(Pause(kind=DIGITS.kind, words=Completeness.UNFINISHED)).seconds
    assert ears.at("ended 1: silence") == pytest.approx(1 + wait_s, abs=2 * CHUNK_S)


def test_a_voice_that_goes_on_in_the_pause_throws_the_draft_away() -> None:
    ears, transcriber = hear(
        [voice(0.5), silence(0.3), voice(0.5, 1), silence(2)], ["I said.", "No."], takes_s=0.05
    )
    assert ears.story == [
        *("started", "paused", "breath", "paused"),
        *("ended 1: silence", "heard 1: I said. No."),
    ]
    assert transcriber.finals == 2


def test_a_sound_without_words() -> None:
    ears, _ = hear([voice(0.5), silence(2)], [""])
    assert ears.story[-1] == "nothing 1: no_words"


def test_silence_says_nothing() -> None:
    ears, transcriber = hear([silence(30)])
    assert ears.facts == [] and transcriber.finals == 0


def test_what_is_awaited_reaches_the_decoder() -> None:
    _, transcriber = hear([voice(0.5), silence(2)], ["Yes."], expect=YES_NO)
    assert transcriber.expected == [YES_NO]


def test_the_pre_roll_is_heard_too() -> None:
    _, transcriber = hear([silence(1), voice(0.5), silence(2)], ["Yes."])
    quiet = int(np.argmax(transcriber.audio[0] >= VOICE))
    assert 0.2 < quiet / RATE < 0.32


# --- a turn taken up again --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("takes_s", "gap_s"),
    [(0.1, 1.1), (0.4, 1.1), (2.0, 1.1)],
    ids=["known", "known late", "not known yet"],
)
def test_a_turn_that_goes_on_keeps_its_number_and_its_audio(takes_s: float, gap_s: float) -> None:
    ears, transcriber = hear(
        [voice(2), silence(gap_s), voice(1, 1), silence(6)],
        ["Four zero.", "One seven."],
        takes_s=takes_s,
    )
    story = [told for told in ears.story if told != "paused"]
    first = ["heard 1: Four zero."] if takes_s < 1 else []
    assert story == [
        *("started", "ended 1: silence", *first, "resumed 1"),
        *("ended 1: silence", "heard 1: Four zero. One seven."),
    ]
    assert ears.all(TurnResumed)[0].audio_at == pytest.approx(2 + gap_s, abs=CHUNK_S)
    assert ears.all(UtteranceHeard)[-1].started_at == ears.all(SpeechStarted)[0].audio_at
    joined = transcriber.audio[-1]
    assert np.count_nonzero(joined >= VOICE) == 3 * RATE


def test_a_voice_after_that_is_a_new_turn() -> None:
    ears, transcriber = hear(
        [voice(1), silence(1.3), voice(1, 1), silence(2)], ["Four zero.", "One seven."]
    )
    assert [told for told in ears.story if told.startswith("heard")] == [
        "heard 1: Four zero.",
        "heard 2: One seven.",
    ]
    assert not ears.all(TurnResumed)


def test_the_words_of_a_turn_that_goes_on_are_never_told_late() -> None:
    """They were decoded, but stood behind an earlier turn that takes long."""

    class SlowFirst(ScriptedTranscriber):
        async def transcribe(
            self,
            samples: Pcm,
            *,
            expect: Expectation = ANYTHING,
            priority: Priority = Priority.FINAL,
            prompt: str = "",
            tail_s: float = 0.0,
        ) -> Transcript:
            if samples.max() == VOICE:
                await asyncio.sleep(10)
            return await super().transcribe(samples)

    async def script(ears: Ears) -> None:
        await ears.hear(voice(0.5), silence(2))
        await ears.hear(voice(0.5, 1), silence(0.8), voice(0.5, 2), silence(15))

    ears = listen(script, SlowFirst(["Slow.", "Four zero.", "One seven."]))
    assert [told for told in ears.story if told.startswith(("heard", "resumed"))] == [
        "resumed 2",
        "heard 1: Slow.",
        "heard 2: Four zero. One seven.",
    ]


# --- long turns, slow and broken workers ------------------------------------------------------

STORY = "On and on I tell you a very long story."


def test_a_caller_who_never_stops_loses_no_sample() -> None:
    rng = np.random.default_rng(1)
    speech = rng.integers(VOICE + 1, VOICE + 20_000, 61 * RATE, dtype=np.int16)
    speech[:: RATE * 4] = VOICE
    _, transcriber = hear([silence(0.5), speech, silence(2)], [STORY])
    parts = [audio for audio in transcriber.audio if audio.size != DRAGS_ON_S * RATE]
    assert len(parts) == 3
    heard = np.concatenate(parts)
    loud = heard[np.argmax(heard >= VOICE) :][: speech.size]
    np.testing.assert_array_equal(loud, speech)
    assert all(audio.size <= 29 * RATE for audio in transcriber.audio)


def test_the_parts_of_a_long_turn_are_numbered_turns() -> None:
    ears, _ = hear([voice(30), silence(2)], [STORY])
    assert [told for told in ears.story if told != "paused"] == [
        *("started", "ended 1: max_speech", f"heard 1: {STORY}"),
        *("ended 2: silence", f"heard 2: {STORY}"),
    ]
    first, second = ears.all(UtteranceHeard)
    assert first.audio_at == second.started_at


def test_a_recogniser_that_gives_up() -> None:
    ears, _ = hear([voice(0.5), silence(2), voice(0.5), silence(2)], ["Yes."], failures=1)
    assert [told for told in ears.story if told.endswith(("failed", "Yes."))] == [
        "nothing 1: failed",
        "heard 2: Yes.",
    ]


def test_a_bug_in_one_turn_leaves_the_next_alone(caplog: pytest.LogCaptureFixture) -> None:
    transcriber = RecordingTranscriber(["Yes."])

    async def script(ears: Ears) -> None:
        transcriber.broken = True
        await ears.hear(voice(0.5), silence(2))
        transcriber.broken = False
        await ears.hear(voice(0.5), silence(2))

    ears = listen(script, transcriber)
    assert [told for told in ears.story if told.endswith(("failed", "Yes."))] == [
        "nothing 1: failed",
        "heard 2: Yes.",
    ]
    assert "ValueError" in caplog.text and "words" not in caplog.text


def test_slow_words_come_in_the_order_of_the_turns() -> None:
    words = ["One.", "Two.", "Three."]
    pieces = [piece for n in range(3) for piece in (voice(0.5, n), silence(2))]
    ears, _ = hear([*pieces, silence(20)], words, takes_s=7)
    told = [story for story in ears.story if story.startswith("heard")]
    assert told == ["heard 1: One.", "heard 2: Two.", "heard 3: Three."]


def test_turns_that_the_workers_cannot_keep_up_with_fail() -> None:
    many = MAX_PENDING + 4
    ears, _ = hear([voice(0.5), silence(2)] * many, ["Yes."], takes_s=1_000)
    # One is with the reporter, so many wait, and the rest has failed at once.
    assert [told for told in ears.story if told.startswith("nothing")] == [
        f"nothing {turn}: failed" for turn in range(MAX_PENDING + 2, many + 1)
    ]


def test_lost_frames_do_no_harm() -> None:
    async def script(ears: Ears) -> None:
        await ears.hear(voice(0.5))
        ears.listener.push(Frame(voice(0.02), 20 * RATE))
        ears.listener.push(Frame(silence(3), 20 * RATE + FRAME))
        await asyncio.sleep(1)

    assert listen(script, ScriptedTranscriber(["Yes."])).story[-1] == "heard 1: Yes."


# --- what is no caller --------------------------------------------------------------------------

GREETING = "Please leave a message after the tone."


def told(ears: Ears) -> list[str]:
    return [fact for fact in ears.story if fact not in ("paused", "breath")]


def test_a_machine_is_told_as_such() -> None:
    ears, _ = hear([voice(2), silence(2)], [GREETING])
    assert told(ears) == ["started", "ended 1: silence", "nothing 1: voicemail"]


def test_after_it_sounds_without_words_are_not_told_at_all() -> None:
    ears, transcriber = hear([voice(2), silence(2), voice(1, 1), silence(3)], [GREETING, ""])
    assert told(ears)[-1] == "nothing 1: voicemail"
    assert ears.story.count("paused") == 1
    assert transcriber.finals == 2


def test_after_it_words_are_told_with_all_that_belongs_to_them() -> None:
    words = [GREETING, "Hello?", "It is me."]
    pieces = [voice(2), silence(2), voice(1, 1), silence(2), voice(1, 2), silence(2)]
    ears, _ = hear(pieces, words)
    assert told(ears)[3:6] == ["started", "ended 2: silence", "heard 2: Hello?"]
    assert ears.at("heard 2: Hello?") > 5.0, "not before there are words"
    assert ears.all(SpeechStarted)[1].audio_at == pytest.approx(4.0, abs=2 * CHUNK_S)
    # Words end the doubt.
    assert told(ears)[6:] == ["started", "ended 3: silence", "heard 3: It is me."]
    assert ears.all(SpeechStarted)[2].audio_at == pytest.approx(7.0, abs=2 * CHUNK_S)


def test_doubt_passes() -> None:
    ears, _ = hear([voice(2), silence(12), voice(1, 1), silence(3)], [GREETING, ""])
    assert told(ears)[3:] == ["started", "ended 2: silence", "nothing 2: no_words"]


def test_a_doubted_turn_that_goes_on_is_one_turn() -> None:
    pieces = [voice(2), silence(2), voice(1, 1), silence(0.7), voice(1, 2), silence(3)]
    ears, _ = hear(pieces, [GREETING, "", "It is me."])
    assert told(ears)[3:] == ["started", "ended 2: silence", "heard 2: It is me."]


def test_no_partials_of_a_doubted_turn() -> None:
    transcriber = ScriptedTranscriber([GREETING, "and on"])

    async def script(ears: Ears) -> None:
        await ears.hear(voice(2), silence(2), voice(5, 1), silence(2))

    ears = listen(script, transcriber, partials=True)
    assert {fact.turn for fact in ears.all(PartialTranscript)} == {1}


def test_a_din_ends_its_turn_and_is_not_heard_again() -> None:
    ears, transcriber = hear([voice(60)], [""])
    assert ears.story == ["started", "ended 1: background", "nothing 1: background"]
    assert ears.at("ended 1: background") == pytest.approx(8.1, abs=3 * CHUNK_S)
    assert transcriber.finals == 1
    assert not ears.listener.speaking


def test_who_is_louder_than_a_din_is_heard() -> None:
    louder = np.full(RATE, 2 * VOICE, dtype=np.int16)
    ears, transcriber = hear([voice(12), louder, voice(5)], [*[""] * VOICE, "Hello?"])
    assert told(ears)[3:] == ["started", "ended 2: silence", "heard 2: Hello?"]
    assert transcriber.finals == 2


def test_what_was_said_before_a_din_counts() -> None:
    ears, _ = hear([voice(2), silence(0.3), voice(15, 1)], ["My order is late.", ""])
    assert told(ears) == ["started", "ended 1: background", "heard 1: My order is late."]


def test_a_complete_answer_over_a_din_counts() -> None:
    ears, _ = hear([voice(0.5, 1), voice(15, 0), silence(2)], ["", "Yes."], expect=YES_NO)
    assert told(ears) == ["started", "ended 1: background", "heard 1: Yes."]


# --- the end of the call ----------------------------------------------------------------------


@pytest.mark.parametrize("pause_s", [0, 0.3])
def test_who_hangs_up_while_speaking_is_still_heard(pause_s: float) -> None:
    async def script(ears: Ears) -> None:
        await ears.hear(voice(1), silence(pause_s))
        assert ears.listener.speaking
        await ears.listener.finish()

    ears = listen(script, ScriptedTranscriber(["Bye."]))
    assert ears.story[-2:] == ["ended 1: hang_up", "heard 1: Bye."]


def test_last_words_are_not_waited_for_for_ever() -> None:
    async def script(ears: Ears) -> None:
        await ears.hear(voice(1))
        begin = ears.now()
        await ears.listener.finish()
        assert ears.now() == pytest.approx(begin + LAST_WORDS_S)

    assert listen(script, ScriptedTranscriber(["Bye."], takes_s=60)).story == [
        "started",
        "ended 1: hang_up",
    ]


def test_closing_stops_all_that_is_in_work() -> None:
    """`listen` finds no task left over: a draft, a partial, a turn reported and one waiting."""

    async def script(ears: Ears) -> None:
        await ears.hear(voice(1), silence(2), voice(1), silence(2), voice(1), silence(0.3))
        assert ears.story.count("paused") == 3
        assert len(asyncio.all_tasks()) == 6

    listen(script, ScriptedTranscriber(["Yes."], takes_s=1_000), partials=True)


# --- partials ---------------------------------------------------------------------------------


class GrowingTranscriber(ScriptedTranscriber):
    """Hears the next word in every half second, and mishears the last one."""

    async def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        priority: Priority = Priority.FINAL,
        prompt: str = "",
        tail_s: float = 0.0,
    ) -> Transcript:
        await asyncio.sleep(self.takes_s)
        self.seconds = [*getattr(self, "seconds", []), samples.size / RATE]
        if self.failures:
            self.failures -= 1
            raise InferenceError("partials: given up")
        first = len(prompt.split())
        words = [f"word{n}" for n in range(first, first + samples.size * 2 // RATE)]
        return Transcript(text=" ".join([*words, f"guess{samples.size}"]), confidence=0.9)


def test_words_that_were_stable_are_never_taken_back() -> None:
    transcriber = GrowingTranscriber(takes_s=0.2)

    async def script(ears: Ears) -> None:
        await ears.hear(voice(25))

    partials = listen(script, transcriber, partials=True).all(PartialTranscript)
    assert len(partials) >= 25 / (CADENCE_S + CHUNK_S) - 1
    for before, after in zip(partials, partials[1:], strict=False):
        assert after.stable.startswith(before.stable)
        assert after.audio_at - before.audio_at >= CADENCE_S - CHUNK_S
    assert {partial.turn for partial in partials} == {1}
    assert len(partials[-1].stable.split()) > 40


def test_the_window_of_a_long_turn_is_closed() -> None:
    transcriber = GrowingTranscriber(takes_s=0.2)

    async def script(ears: Ears) -> None:
        await ears.hear(voice(25))

    listen(script, transcriber, partials=True)
    assert max(transcriber.seconds) <= MAX_WINDOW_S + CADENCE_S
    closed = [n for n, s in enumerate(transcriber.seconds[1:]) if s < transcriber.seconds[n] / 2]
    assert len(closed) == 2


def test_a_slow_partial_is_waited_for_and_a_failed_one_is_passed_over() -> None:
    transcriber = GrowingTranscriber(takes_s=3, failures=1)

    async def script(ears: Ears) -> None:
        await ears.hear(voice(10))

    ears = listen(script, transcriber, partials=True)
    assert len(transcriber.seconds) == 3
    assert len(ears.all(PartialTranscript)) == 2


def test_each_turn_has_its_own_partials_and_none_comes_late() -> None:
    async def script(ears: Ears) -> None:
        await ears.hear(voice(2), silence(3), voice(2, 1), silence(3))

    ears = listen(script, ScriptedTranscriber(["One.", "Two."], takes_s=0.3), partials=True)
    ended = 0
    for _, fact in ears.facts:
        ended += isinstance(fact, SpeechEnded)
        if isinstance(fact, PartialTranscript):
            assert fact.turn == ended + 1
            assert f"{fact.stable} {fact.unstable}".strip() == ["One.", "Two."][ended]
    assert {partial.turn for partial in ears.all(PartialTranscript)} == {1, 2}


def test_nobody_watches_nothing_is_decoded() -> None:
    _, transcriber = hear([voice(5), silence(2)], ["Yes."])
    assert transcriber.partials == 0
