"""Whisper on CTranslate2 with short windows. Runs in a worker process; knows no call.

`faster_whisper.WhisperModel` pads all audio to 30 s; CTranslate2 itself takes fewer mel
frames, which is what makes an answer on two cores quick. So the model is used directly, with
faster-whisper's feature extractor and tokenizer. Only importer of both libraries.
"""

from dataclasses import dataclass
from functools import cached_property
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
from warmline.events import ANYTHING, Expectation
from warmline.hearing import decoding
from warmline.ports import Transcript

_FRAMES_PER_S: Final = 100
_MAX_LENGTH: Final = 448
"""Whisper's decoder positions, prompt included."""
_MAX_PROMPT: Final = 200
"""Tokens; the rest is left for the text."""
_DIGITS_PROMPT: Final = "4 0 1 7. 9 2 5. 3 8 6 0 4 2. 7 1 5 9 3."
"""Shows the decoder how a number is written: digit by digit."""


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
        prompt = _written([*expect.words, prompt])
        voice_s = samples.size / RATE - tail_s
        speech = _Speech(self._encode(samples, decoding.window_s(samples.size / RATE)), voice_s)
        free = self._decode(speech, prompt)
        if expect.max_digits and spoken.sounds_like_number(free.text):
            closed = self._decode(speech, _DIGITS_PROMPT, suppress=self._not_digits)
            if (number := _as_number(closed, expect.max_digits)) is not None:
                return number
        if guard and free.suspicious:
            long = _Speech(self._encode(samples, decoding.MAX_WINDOW_S), voice_s)
            free = max(free, self._decode(long, prompt), key=_trust)
        if not free.text:
            return Transcript(text="", confidence=0.0, reason="no_words")
        if not decoding.is_speech(
            free.text,
            no_speech=free.no_speech,
            logprob=free.logprob,
            looped=free.looped,
            prompted=bool(prompt),
        ):
            return Transcript(text="", confidence=0.0, reason="not_speech")
        return Transcript(text=free.text, confidence=_confidence(free))

    def _decode(self, speech: _Speech, prompt: str, suppress: list[int] | None = None) -> _Decode:
        tokens = self._prompt(prompt)
        bound = min(decoding.token_bound(speech.seconds), _MAX_LENGTH // 2)
        result = self._model.generate(
            speech.encoded,
            [tokens],
            beam_size=1,
            # CTranslate2 takes the prompt off, and never writes more than half of this.
            max_length=min(_MAX_LENGTH, max(2 * bound, len(tokens) + bound)),
            suppress_tokens=suppress or [-1],
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        ids: list[int] = result.sequences_ids[0]
        cut = decoding.cut(
            ids,
            timestamp_begin=self._tokenizer.timestamp_begin,
            eot=self._tokenizer.eot,
            end_s=decoding.LEAD_S + speech.seconds,
            bound=bound,
        )
        return _Decode(
            text=self._tokenizer.decode(cut.tokens).strip(),
            logprob=result.scores[0] * len(ids) / (len(ids) + 1),
            no_speech=result.no_speech_prob,
            looped=cut.looped,
            suspicious=decoding.suspicious(cut, speech.seconds),
        )

    def _encode(self, samples: Pcm, window_s: float) -> Any:
        audio = self._noise[: int(window_s * RATE)].copy()
        lead = int(decoding.LEAD_S * RATE)
        audio[lead : lead + samples.size] += samples / 32_768
        mel: npt.NDArray[np.float32] = self._features(audio.astype(np.float32))
        window = np.ascontiguousarray(mel[None, :, : int(window_s * _FRAMES_PER_S)])
        return self._model.encode(ctranslate2.StorageView.from_array(window))

    def _prompt(self, text: str) -> list[int]:
        before: list[int] = []
        if text:
            before = [self._tokenizer.sot_prev, *self._tokenizer.encode(" " + text)[-_MAX_PROMPT:]]
        return [*before, *self._tokenizer.sot_sequence]

    @cached_property
    def _not_digits(self) -> list[int]:
        """All text tokens that hold anything but digits, blanks and light punctuation."""
        decode = self._tokenizer.tokenizer.decode
        allowed = set("0123456789 ,.-")
        return [-1] + [t for t in range(self._tokenizer.eot) if not set(decode([t])) <= allowed]


def _written(phrases: list[str]) -> str:
    """Phrases as sentences: the decoder writes on in the style of what came before."""
    return " ".join(f"{p[0].upper()}{p[1:].rstrip('.')}." for p in phrases if p)


def _trust(decode: _Decode) -> tuple[bool, float]:
    return (not decode.suspicious, decode.logprob)


def _as_number(closed: _Decode, max_digits: int) -> Transcript | None:
    """The constrained reading of a number, cut at the length that the flow waits for."""
    digits = spoken.digits(closed.text)[:max_digits]
    if not digits or closed.logprob < decoding.WEAK_LOGPROB:
        return None
    return Transcript(text=" ".join(digits), confidence=_confidence(closed))


def _confidence(decode: _Decode) -> float:
    return round(exp(min(0.0, decode.logprob)), 3)
