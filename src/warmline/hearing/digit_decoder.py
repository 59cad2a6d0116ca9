"""Whisper's decoder held to the ten digits: writes readings of a number and weighs them.

Works with a model and a tokenizer that `hearing.whisper` owns; knows no call and no flow.
"""

from dataclasses import dataclass
from math import log
from typing import Any, Final

from warmline.hearing.decoding import TIMESTAMP_S
from warmline.hearing.number import Weight

_HYPOTHESES: Final = 6
_LEAST: Final = 1e-5
"""Probability below which differences mean nothing."""
_TIMESTAMPS: Final = 1501
"""Whisper's timestamp tokens, the last of its vocabulary: 0.00 to 30.00 s."""


class DigitDecoder:
    """One per model. `model` is a ctranslate2 Whisper, `tokenizer` faster-whisper's."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._digits: list[int] = [tokenizer.encode(f" {digit}")[0] for digit in range(10)]
        self._stop: int = tokenizer.encode(".")[0]
        alphabet = set(self._digits)
        ends = {self._stop, tokenizer.eot}
        tokens = range(tokenizer.timestamp_begin + _TIMESTAMPS)
        self._not_digits = [token for token in tokens if token not in alphabet]
        self._not_number = [token for token in self._not_digits if token not in ends]

    def write(
        self, encoded: Any, style: list[int], size: int, *, exactly: bool
    ) -> list[tuple[str, float]]:
        """See `number.Ear.write`; `style` holds the prompt's tokens."""
        tokens = [*style, self._tokenizer.no_timestamps]
        most = size if exactly else size + 1
        result = self._model.generate(
            encoded,
            [tokens],
            beam_size=_HYPOTHESES,
            num_hypotheses=_HYPOTHESES,
            # CTranslate2 takes the prompt off, and never writes more than half of this.
            max_length=max(2 * most, len(tokens) - 1 + most),
            suppress_tokens=self._not_digits if exactly else self._not_number,
            return_scores=True,
        )[0]
        likeliest: dict[str, float] = {}
        for ids, score in zip(result.sequences_ids, result.scores, strict=True):
            written = self._tokenizer.decode(ids).partition(".")[0].replace(" ", "")[:most]
            if written:
                likeliest.setdefault(written, score * len(ids))
        return list(likeliest.items())

    def weigh(self, encoded: Any, style: list[int], digits: str, frames: int) -> Weight:
        """The `Weight` of these digits; the speech ends within `frames` of 10 ms."""
        tokens = [*(self._digits[int(digit)] for digit in digits), self._stop]
        aligned = self._model.align(encoded, style, [tokens], [frames])[0]
        *each, end = (log(max(p, _LEAST)) for p in aligned.text_token_probs)
        # Pairs of a token's place and a step of audio, in order.
        last = aligned.alignments[-1][1]
        ended = next((step for token, step in aligned.alignments if token >= len(digits)), last)
        return Weight(tuple(each), end, (last - ended) * TIMESTAMP_S)


@dataclass(frozen=True, slots=True)
class DigitEar:
    """One utterance, as `number.Number` hears it."""

    decoder: DigitDecoder
    styles: dict[str, list[int]]
    """The prompt's tokens of each style."""
    encoded: Any
    """The encoder's output."""
    frames: int

    def write(self, style: str, size: int, *, exactly: bool) -> list[tuple[str, float]]:
        return self.decoder.write(self.encoded, self.styles[style], size, exactly=exactly)

    def weigh(self, style: str, digits: str) -> Weight:
        return self.decoder.weigh(self.encoded, self.styles[style], digits, self.frames)
