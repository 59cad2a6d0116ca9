"""What was said, by one Whisper model: short windows, closed answers, a second look at doubts.

Runs in a worker process; knows what answer is awaited, but no call. `whisper_model` does the
decoding, `decoding` and `number` decide what to believe.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp
from pathlib import Path
from typing import Any, Final

import numpy as np

from warmline import spoken
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing import decoding
from warmline.hearing.digit_decoder import DigitEar
from warmline.hearing.number import STYLES, Number, Reading
from warmline.hearing.prompting import MENDING, SPELLING
from warmline.hearing.whisper_model import (
    FRAMES_PER_S,
    Task,
    WhisperModel,
    Written,
    separate,
)
from warmline.ports import Transcript

_FASTER: Final = RATE * 11 // 10
"""A number that was refused is heard once more a tenth faster: another sound, the same words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What `Whisper.transcribe` takes, for several at once."""

    samples: Pcm
    """16 kHz, at most 29 s; more is cut at the front."""
    expect: Expectation = ANYTHING
    prompt: str = ""
    """Text that came before."""
    tail_s: float = 0.0
    """Seconds at the end that are known to hold no voice."""
    guard: bool = True
    """One more decode is allowed when the first looks wrong (with a window of 30 s) or doubtful
    (with more beams)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A request, made ready for the model."""

    samples: Pcm
    expect: Expectation
    guard: bool
    window_s: float
    task: Task

    @property
    def weak(self) -> float:
        """The score below which the decoder does not believe in its words."""
        prompted_choice = self.expect.kind is AnswerKind.CHOICE and self.task.context
        return decoding.WEAK_CHOICE if prompted_choice else decoding.WEAK_LOGPROB


class Whisper:
    """One model in memory; its methods are not reentrant."""

    def __init__(self, folder: Path, *, threads: int = 1, short_window: bool = True) -> None:
        """`folder` holds model.bin, config.json, tokenizer.json and vocabulary.txt. Without
        `short_window` all is padded to 30 s, as Whisper usually is."""
        self._model = WhisperModel(folder, threads=threads)
        self._shortest_s = 0.0 if short_window else decoding.MAX_WINDOW_S
        self._prompts = self._model.prompts
        self._styles = {style: self._prompts.before(style) for style in STYLES}

    def warm_up(self) -> None:
        """The first decode of a process is slow; do it before a caller waits for it.

        A window takes memory when it is first used, 20 to 45 ms of work, and smaller ones then
        use the same: so the largest that common answers need is made, and those below are warm.
        """
        seconds = decoding.COMMON_WINDOW_S - decoding.LEAD_S - decoding.AIR_S
        silence = np.zeros(int(seconds * RATE), dtype=np.int16)
        self.transcribe(silence, tail_s=seconds, guard=False)

    def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        prompt: str = "",
        tail_s: float = 0.0,
        guard: bool = True,
    ) -> Transcript:
        """The words in `samples` (see `Request`)."""
        request = Request(samples=samples, expect=expect, prompt=prompt, tail_s=tail_s, guard=guard)
        return self._alone(self._job(request))

    def transcribe_many(self, requests: Sequence[Request]) -> list[Transcript]:
        """The same words as one by one, in the same order, for less work.

        Those with the same window and an equally long prompt share one pass of the decoder,
        whose time goes into reading the weights; the encoder gains nothing. What runs beyond
        its own bound in company is decoded again alone. `decoding.batch_key` says beforehand
        which requests fit together.
        """
        jobs = [self._job(request) for request in requests]
        heard: dict[int, Transcript] = {}
        for places in _alike(jobs):
            told = self._together([jobs[at] for at in places])
            heard.update(zip(places, told, strict=True))
        return [heard[at] for at in range(len(jobs))]

    def _job(self, request: Request) -> _Job:
        samples, expect = request.samples[-int(decoding.MAX_SPEECH_S * RATE) :], request.expect
        seconds = samples.size / RATE
        example = SPELLING if expect.kind is AnswerKind.SPELLED else ""
        phrases = [example, *expect.words, request.prompt]
        return _Job(
            samples=samples,
            expect=expect,
            guard=request.guard,
            window_s=self._window_s(seconds),
            task=Task(
                voice_s=seconds - request.tail_s,
                context=self._prompts.context(phrases, expect.kind),
                beams=1 + expect.alternatives if expect.kind is AnswerKind.CHOICE else 1,
            ),
        )

    def _window_s(self, speech_s: float) -> float:
        return max(self._shortest_s, decoding.window_s(speech_s))

    def _together(self, jobs: Sequence[_Job]) -> list[Transcript]:
        if len(jobs) == 1:
            return [self._alone(jobs[0])]
        encoded = self._model.encode([job.samples for job in jobs], jobs[0].window_s)
        written = self._model.write(encoded, [job.task for job in jobs])
        return [
            self._alone(job) if free.overran else self._believed(job, free, one)
            for job, free, one in zip(jobs, written, separate(encoded), strict=True)
        ]

    def _alone(self, job: _Job) -> Transcript:
        expect = job.expect
        encoded = self._model.encode([job.samples], job.window_s)
        number = None
        if expect.kind is AnswerKind.DIGITS and expect.max_digits:
            number = self._number(encoded, job)
        if number and (reading := number.sure()):
            return _told(reading)
        free = self._model.write(encoded, [job.task])[0]
        if number and (reading := self._second_reading(number, free.text, job)):
            return _told(reading, free)
        if expect.kind is AnswerKind.YES_NO and expect.max_digits and _may_mend(free):
            if reading := self._said_anew(encoded, free.text, job):
                return _told(reading, free)
            # The example comes second: out of noise it would make digits.
            mending = self._prompts.context([MENDING, *expect.words], expect.kind)
            job = replace(job, task=replace(job.task, context=mending))
            free = self._model.write(encoded, [job.task])[0]
        return self._believed(job, free, encoded)

    def _believed(self, job: _Job, free: Written, encoded: Any) -> Transcript:
        """The words, if the decoder believes in them; doubtful ones are looked at once more."""
        if job.guard and free.suspicious:
            encoded = self._model.encode([job.samples], decoding.MAX_WINDOW_S)
            free = max(free, self._model.write(encoded, [job.task])[0], key=_trust)
        if not free.text:
            return Transcript(text="", confidence=0.0, reason="no_words")
        if not _is_speech(job, free) or self._is_lent(job, free, encoded):
            return Transcript(text="", confidence=0.0, reason="not_speech")
        text = self._searched(job, free, encoded) if job.guard else free.text
        told = Transcript(text=text, confidence=_confidence(free), alternatives=free.others)
        return self._with_rest(job, free, told)

    def _with_rest(self, job: _Job, free: Written, told: Transcript) -> Transcript:
        """And what a full window left for the next one."""
        left_s = job.task.voice_s - free.reaches_s
        full = job.window_s == decoding.MAX_WINDOW_S
        if not full or free.looped or not decoding.REST_S <= left_s < free.reaches_s:
            return told
        samples = job.samples[int(free.reaches_s * RATE) :]
        tail_s = job.samples.size / RATE - job.task.voice_s
        rest = self._alone(self._job(Request(samples=samples, tail_s=tail_s, guard=job.guard)))
        return replace(told, text=f"{told.text} {rest.text}".strip())

    def _is_lent(self, job: _Job, free: Written, encoded: Any) -> bool:
        """Whether noise got this answer from the prompt: without it there are no words to believe
        in, nor a yes or no. (A prompt of "yes" and "no" makes words of every fifth clatter.)"""
        doubted = free.no_speech > decoding.NO_SPEECH_PROMPTED
        if job.expect.kind is not AnswerKind.YES_NO or not doubted or not job.task.context:
            return False
        bare = replace(job, task=replace(job.task, context=[]))
        heard = self._model.write(encoded, [bare.task])[0]
        if _is_speech(bare, heard):
            return False
        noise = decoding.like_noise(heard.text, job.task.voice_s)
        return noise or spoken.yes_no(heard.text) is None

    def _searched(self, job: _Job, free: Written, encoded: Any) -> str:
        """Doubtful words, searched for with more beams.

        Whether they are words at all was decided before, and the confidence stays that of the
        first look: a wider search finds better scores in noise too.
        """
        if free.suspicious or free.logprob >= decoding.DOUBTFUL_LOGPROB or job.task.beams > 1:
            return free.text
        wide = self._model.write(encoded, [replace(job.task, beams=decoding.WIDE)])[0]
        return wide.text if wide.text and _trust(wide) > _trust(free) else free.text

    # --- numbers --------------------------------------------------------------------------------

    def _number(self, encoded: Any, job: _Job) -> Number:
        voice_s = job.task.voice_s
        return Number(self._digit_ear(encoded, voice_s), job.expect, voice_s)

    def _second_reading(self, number: Number, words: str, job: _Job) -> Reading | None:
        """A number that took more effort; None where words are the answer."""
        said = spoken.digits(words) if spoken.sounds_like_number(words) else ""
        corrected = len(said) > job.expect.max_digits and not spoken.is_number(words)
        if corrected or spoken.yes_no(words) is not None or not (said or number.plausible):
            return None
        if not job.expect.excluded:
            return number.weighed(said)
        faster = resample(job.samples, _FASTER, RATE)
        seconds = faster.size / RATE
        encoded = self._model.encode([faster], self._window_s(seconds))
        return number.weighed(said, self._digit_ear(encoded, seconds))

    def _said_anew(self, encoded: Any, words: str, job: _Job) -> Reading | None:
        """The whole number as the answer to its read-back."""
        if not spoken.is_number(words):
            return None
        number, said = self._number(encoded, job), spoken.digits(words)
        enough = len(said) >= job.expect.min_digits
        return number.sure() or (number.weighed(said) if enough else None)

    def _digit_ear(self, encoded: Any, voice_s: float) -> DigitEar:
        frames = int((decoding.LEAD_S + voice_s) * FRAMES_PER_S)
        return DigitEar(self._model.digits, self._styles, encoded, frames)


def _alike(jobs: Sequence[_Job]) -> Iterator[list[int]]:
    """The places of those that may share a pass; of the others, each alone."""
    groups: dict[tuple[float, int, int], list[int]] = {}
    for at, job in enumerate(jobs):
        if decoding.is_alone(job.expect):
            yield [at]
        else:
            shape = (job.window_s, len(job.task.context), job.task.beams)
            groups.setdefault(shape, []).append(at)
    yield from groups.values()


def _is_speech(job: _Job, written: Written) -> bool:
    return decoding.is_speech(
        written.text,
        no_speech=written.no_speech,
        logprob=written.logprob,
        looped=written.looped,
        prompted=bool(job.task.context),
        voice_s=job.task.voice_s,
        weak=job.weak,
    )


def _trust(written: Written) -> tuple[bool, float]:
    return (not written.suspicious, written.logprob)


def _may_mend(free: Written) -> bool:
    """Whether this answer to a read-back may hold digits, or something misheard for them."""
    if free.logprob < decoding.WEAK_LOGPROB or spoken.yes_no(free.text) is True:
        return False
    return len(spoken.words(free.text)) > 2 or bool(spoken.digits(free.text))


def _told(reading: Reading, free: Written | None = None) -> Transcript:
    """As a transcript; the free words may be surer of the same number."""
    logprob = reading.logprob
    if free and spoken.digits(free.text) == reading.digits:
        logprob = max(logprob, free.logprob)
    return Transcript(
        text=" ".join(reading.digits),
        confidence=round(exp(logprob), 3),
        alternatives=tuple(" ".join(other) for other in reading.others),
    )


def _confidence(written: Written) -> float:
    return round(exp(min(0.0, written.logprob)), 3)
