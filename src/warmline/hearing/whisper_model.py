"""Whisper on CTranslate2 with short windows: audio in, written words and their scores out.

`faster_whisper.WhisperModel` pads all audio to 30 s; CTranslate2 itself takes fewer mel
frames, which is what makes an answer on two cores quick. So the model is used directly, with
faster-whisper's feature extractor and tokenizer. Only importer of both libraries. Knows no
answer that is awaited and no call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import numpy.typing as npt
import tokenizers
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer

from warmline.audio.frame import RATE, Pcm
from warmline.hearing import decoding
from warmline.hearing.digit_decoder import DigitDecoder
from warmline.hearing.prompting import Prompts

FRAMES_PER_S: Final = 100
_MAX_LENGTH: Final = 448
"""Whisper's decoder positions, prompt included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be written of one utterance."""

    voice_s: float
    """From the start of its samples to the end of the voice."""
    context: list[int] = field(default_factory=list)
    """Tokens that came before (`Prompts.context`)."""
    beams: int = 1

    @property
    def bound(self) -> int:
        """The most tokens to write."""
        return min(decoding.token_bound(self.voice_s), _MAX_LENGTH // 2)

    @property
    def likely(self) -> int:
        """So many are nearly always enough."""
        return min(decoding.likely_tokens(self.voice_s), self.bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One decode."""

    text: str
    logprob: float
    """Mean log probability per token."""
    no_speech: float
    """Probability of the no-speech token."""
    looped: bool
    reaches_s: float
    """Up to there the samples were heard (seconds); below 0: not known."""
    suspicious: bool
    ended: bool
    """The end of the text was found before the decoder had to stop."""
    overran: bool
    """It wrote more than its own bound, as others in the batch were allowed to."""
    others: tuple[str, ...] = ()
    """The texts of the other beams, the likeliest first."""


class WhisperModel:
    """One model in memory; its methods are not reentrant."""

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
        self.prompts = Prompts(self._tokenizer)
        self.digits = DigitDecoder(self._model, self._tokenizer)
        self._noise = _noise()

    def encode(self, several: Sequence[Pcm], window_s: float) -> Any:
        """The encoder's output for utterances (16 kHz) that fit the window with their lead.

        Several decodes may share it.
        """
        lead, size = int(decoding.LEAD_S * RATE), int(window_s * RATE)
        mels = []
        for samples in several:
            audio = self._noise[:size].copy()
            audio[lead : lead + samples.size] += samples / 32_768
            mel: npt.NDArray[np.float32] = self._features(audio.astype(np.float32))
            mels.append(mel[:, : int(window_s * FRAMES_PER_S)])
        return self._model.encode(ctranslate2.StorageView.from_array(np.stack(mels)))

    def write(self, encoded: Any, tasks: Sequence[Task]) -> list[Written]:
        """The words of each, in one pass; their contexts are equally long, their beams as many
        (CTranslate2 wants the start token at the same place in all).

        Behind the end of a text Whisper often says it again and again until it is stopped, and
        nothing stops CTranslate2 but a number of tokens. So it first gets those that are likely
        enough, and the whole bound only when the text did not end with them.
        """
        written = self._write(encoded, tasks, max(task.likely for task in tasks))
        if all(one.ended for one in written):
            return written
        return self._write(encoded, tasks, max(task.bound for task in tasks))

    def _write(self, encoded: Any, tasks: Sequence[Task], bound: int) -> list[Written]:
        prompts = [[*task.context, *self.prompts.start] for task in tasks]
        beams = tasks[0].beams
        results = self._model.generate(
            encoded,
            prompts,
            beam_size=beams,
            num_hypotheses=beams,
            # CTranslate2 takes the prompt off, and never writes more than half of this.
            max_length=min(_MAX_LENGTH, max(2 * bound, len(prompts[0]) + bound)),
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [self._read(task, bound, one) for task, one in zip(tasks, results, strict=True)]

    def _read(self, task: Task, bound: int, result: Any) -> Written:
        cuts = [
            decoding.cut(
                ids,
                timestamp_begin=self._tokenizer.timestamp_begin,
                eot=self._tokenizer.eot,
                end_s=decoding.LEAD_S + task.voice_s,
                bound=min(bound, task.bound),
            )
            for ids in result.sequences_ids
        ]
        text, *others = (self._tokenizer.decode(cut.tokens).strip() for cut in cuts)
        size = len(result.sequences_ids[0])
        return Written(
            text=text,
            logprob=result.scores[0] * size / (size + 1),
            no_speech=result.no_speech_prob,
            looped=cuts[0].looped,
            reaches_s=cuts[0].reaches_s - decoding.LEAD_S,
            suspicious=decoding.suspicious(cuts[0], task.voice_s),
            ended=cuts[0].ended,
            overran=any(len(ids) > task.bound for ids in result.sequences_ids),
            others=decoding.different([text], others),
        )


@cache
def _noise() -> npt.NDArray[np.float64]:
    """What stands for silence; the same for all models of a process."""
    size = int(decoding.MAX_WINDOW_S * RATE)
    return np.random.default_rng(0).normal(0.0, decoding.NOISE, size)


def separate(encoded: Any) -> list[Any]:
    """The encoder's output for several utterances, one by one."""
    rows = np.array(encoded)
    return [ctranslate2.StorageView.from_array(rows[at : at + 1]) for at in range(len(rows))]
