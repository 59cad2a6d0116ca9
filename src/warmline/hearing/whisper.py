"""Whisper on CTranslate2 with short windows. Runs in a worker process; knows no call.

`faster_whisper.WhisperModel` pads all audio to 30 s; CTranslate2 itself takes fewer mel
frames, which is what makes an answer on two cores quick. So the model is used directly, with
faster-whisper's feature extractor and tokenizer. Only importer of both libraries.
"""

from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import numpy.typing as npt
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer

from warmline import spoken
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample
from warmline.events import ANYTHING, AnswerKind, Expectation
from warmline.hearing import decoding
from warmline.hearing.digit_decoder import DigitDecoder, DigitEar
from warmline.hearing.number import STYLES, Number, Reading
from warmline.ports import Transcript

_FRAMES_PER_S: Final = 100
_MAX_LENGTH: Final = 448
"""Whisper's decoder positions, prompt included."""
_MAX_PROMPT: Final = 200
"""Tokens; the rest is left for the text."""
_SPELLING: Final = "A, B, 7. B as in boy, T as in Tom. Alpha, Bravo, 2."
"""Shows the decoder how letters are written that are said one by one."""
_MENDING: Final = "No, 3 8 1 6. It's a 5, not a 2. The first one is 3. No, 0 9 at the end."
"""Shows it how the digits are written with which a caller mends a number."""
_FASTER: Final = RATE * 11 // 10
"""A number that was refused is heard once more a tenth faster: another sound, the same words."""


@dataclass(frozen=True, slots=True)
class _Speech:
    encoded: Any
    """The encoder's output; several decodes may share it."""
    seconds: float
    """From the start of the samples to the end of the voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decode:
    text: str
    logprob: float
    """Mean log probability per token."""
    no_speech: float
    looped: bool
    suspicious: bool
    others: tuple[str, ...] = ()
    """The texts of the other beams, the likeliest first."""


class Whisper:
    """One model in memory; `transcribe` is not reentrant."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """`folder` holds model.bin, config.json, tokenizer.json and vocabulary.txt."""
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=threads, inter_threads=1
        )
        self._features = FeatureExtractor()
        self._tokenizer = Tokenizer(
            tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json")),
            self._model.is_multilingual,
            task="transcribe",
            language="en",
        )
        self._digits = DigitDecoder(self._model, self._tokenizer)
        self._styles = {style: self._prompt(style) for style in STYLES}
        self._noise = np.random.default_rng(0).normal(
            0.0, decoding.NOISE, int(decoding.MAX_WINDOW_S * RATE)
        )

    def warm_up(self) -> None:
        """The first decode of a process is slow; do it before a caller waits for it."""
        self.transcribe(np.zeros(RATE, dtype=np.int16), guard=False)

    def transcribe(
        self,
        samples: Pcm,
        *,
        expect: Expectation = ANYTHING,
        prompt: str = "",
        tail_s: float = 0.0,
        guard: bool = True,
    ) -> Transcript:
        """The words in `samples` (16 kHz, at most 29 s; more is cut at the front).

        `prompt` is text that came before; `tail_s` seconds at the end are known to hold no
        voice. `guard` allows one more decode with a window of
        30 s when the short one looks wrong.
        """
        samples = samples[-int(decoding.MAX_SPEECH_S * RATE) :]
        example = _SPELLING if expect.kind is AnswerKind.SPELLED else ""
        context = self._context([example, *expect.words, prompt], expect.kind)
        choice = expect.kind is AnswerKind.CHOICE
        beams = 1 + expect.alternatives if choice else 1
        voice_s = samples.size / RATE - tail_s
        speech = _Speech(self._encode(samples, decoding.window_s(samples.size / RATE)), voice_s)
        number = None
        if expect.kind is AnswerKind.DIGITS and expect.max_digits:
            number = Number(self._digit_ear(samples, speech), expect, speech.seconds)
        if number and (reading := number.sure()):
            return _told(reading)
        free = self._decode(speech, context, beams)
        if number and (reading := self._second_reading(number, free.text, samples, expect)):
            return _told(reading, free)
        if expect.kind is AnswerKind.YES_NO and expect.max_digits and _may_mend(free):
            if reading := self._said_anew(samples, speech, free.text, expect):
                return _told(reading, free)
            # The example comes second: out of noise it would make digits.
            context = self._context([_MENDING, *expect.words], expect.kind)
            free = self._decode(speech, context)
        if guard and free.suspicious:
            long = _Speech(self._encode(samples, decoding.MAX_WINDOW_S), voice_s)
            free = max(free, self._decode(long, context, beams), key=_trust)
        if not free.text:
            return Transcript(text="", confidence=0.0, reason="no_words")
        if not decoding.is_speech(
            free.text,
            no_speech=free.no_speech,
            logprob=free.logprob,
            looped=free.looped,
            prompted=bool(context),
            weak=decoding.WEAK_CHOICE if choice and context else decoding.WEAK_LOGPROB,
        ):
            return Transcript(text="", confidence=0.0, reason="not_speech")
        return Transcript(text=free.text, confidence=_confidence(free), alternatives=free.others)

    def _second_reading(
        self, number: Number, words: str, samples: Pcm, expect: Expectation
    ) -> Reading | None:
        """A number that took more effort; None where words are the answer."""
        said = spoken.digits(words) if spoken.sounds_like_number(words) else ""
        corrected = len(said) > expect.max_digits and not spoken.is_number(words)
        if corrected or spoken.yes_no(words) is not None or not (said or number.plausible):
            return None
        if not expect.excluded:
            return number.weighed(said)
        return number.weighed(said, self._digit_ear(resample(samples, _FASTER, RATE)))

    def _said_anew(
        self, samples: Pcm, speech: _Speech, words: str, expect: Expectation
    ) -> Reading | None:
        """The whole number as the answer to its read-back."""
        if not spoken.is_number(words):
            return None
        number = Number(self._digit_ear(samples, speech), expect, speech.seconds)
        said = spoken.digits(words)
        return number.sure() or (number.weighed(said) if len(said) >= expect.min_digits else None)

    def _digit_ear(self, samples: Pcm, speech: _Speech | None = None) -> DigitEar:
        voice_s = samples.size / RATE
        heard = speech or _Speech(self._encode(samples, decoding.window_s(voice_s)), voice_s)
        frames = int((decoding.LEAD_S + heard.seconds) * _FRAMES_PER_S)
        return DigitEar(self._digits, self._styles, heard.encoded, frames)

    def _decode(self, speech: _Speech, context: list[int], beams: int = 1) -> _Decode:
        tokens = [*context, *self._tokenizer.sot_sequence]
        bound = min(decoding.token_bound(speech.seconds), _MAX_LENGTH // 2)
        result = self._model.generate(
            speech.encoded,
            [tokens],
            beam_size=beams,
            num_hypotheses=beams,
            # CTranslate2 takes the prompt off, and never writes more than half of this.
            max_length=min(_MAX_LENGTH, max(2 * bound, len(tokens) + bound)),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        cuts = [
            decoding.cut(
                ids,
                timestamp_begin=self._tokenizer.timestamp_begin,
                eot=self._tokenizer.eot,
                end_s=decoding.LEAD_S + speech.seconds,
                bound=bound,
            )
            for ids in result.sequences_ids
        ]
        text, *others = (self._tokenizer.decode(cut.tokens).strip() for cut in cuts)
        size = len(result.sequences_ids[0])
        return _Decode(
            text=text,
            logprob=result.scores[0] * size / (size + 1),
            no_speech=result.no_speech_prob,
            looped=cuts[0].looped,
            suspicious=decoding.suspicious(cuts[0], speech.seconds),
            others=decoding.different([text], others),
        )

    def _encode(self, samples: Pcm, window_s: float) -> Any:
        audio = self._noise[: int(window_s * RATE)].copy()
        lead = int(decoding.LEAD_S * RATE)
        audio[lead : lead + samples.size] += samples / 32_768
        mel: npt.NDArray[np.float32] = self._features(audio.astype(np.float32))
        window = np.ascontiguousarray(mel[None, :, : int(window_s * _FRAMES_PER_S)])
        return self._model.encode(ctranslate2.StorageView.from_array(window))

    def _prompt(self, text: str) -> list[int]:
        return [*self._context([text]), *self._tokenizer.sot_sequence]

    def _context(self, phrases: list[str], kind: AnswerKind = AnswerKind.FREE) -> list[int]:
        """What was said before, as tokens; empty for nothing."""
        written = [_sentence(phrase) for phrase in phrases if phrase]
        if not written:
            return []
        if kind is AnswerKind.CHOICE:
            shown = decoding.last_whole([self._timed(one) for one in written], _MAX_PROMPT)
        else:
            shown = self._tokenizer.encode(" " + " ".join(written))[-_MAX_PROMPT:]
        return [self._tokenizer.sot_prev, *shown]

    def _timed(self, sentence: str) -> list[int]:
        """A sentence between its times, as Whisper writes them itself.

        Behind plain sentences it often writes no times, and then one utterance again and again.
        """
        start = self._tokenizer.timestamp_begin + decoding.steps(decoding.LEAD_S)
        said = self._tokenizer.encode(" " + sentence)
        return [start, *said, start + decoding.steps(decoding.said_s(sentence))]


def _sentence(phrase: str) -> str:
    """A phrase as a sentence: the decoder writes on in the style of what came before."""
    end = "" if phrase.endswith((".", "?", "!")) else "."
    return phrase[0].upper() + phrase[1:] + end


def _trust(decode: _Decode) -> tuple[bool, float]:
    return (not decode.suspicious, decode.logprob)


def _may_mend(free: _Decode) -> bool:
    """Whether this answer to a read-back may hold digits, or something misheard for them."""
    if free.logprob < decoding.WEAK_LOGPROB or spoken.yes_no(free.text) is True:
        return False
    return len(spoken.words(free.text)) > 2 or bool(spoken.digits(free.text))


def _told(reading: Reading, free: _Decode | None = None) -> Transcript:
    """As a transcript; the free words may be surer of the same number."""
    logprob = reading.logprob
    if free and spoken.digits(free.text) == reading.digits:
        logprob = max(logprob, free.logprob)
    return Transcript(
        text=" ".join(reading.digits),
        confidence=round(exp(logprob), 3),
        alternatives=tuple(" ".join(other) for other in reading.others),
    )


def _confidence(decode: _Decode) -> float:
    return round(exp(min(0.0, decode.logprob)), 3)
