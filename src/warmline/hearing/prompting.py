"""What Whisper's decoder is shown before it writes: words of the flow, text before, examples.

Works with a tokenizer that `hearing.whisper` owns; knows no model, no audio and no call.
"""

from collections.abc import Sequence
from typing import Any, Final

from warmline.events import AnswerKind
from warmline.hearing import decoding

SPELLING: Final = "A, B, 7. B as in boy, T as in Tom. Alpha, Bravo, 2."
"""Shows the decoder how letters are written that are said one by one."""
MENDING: Final = "No, 3 8 1 6. It's a 5, not a 2. The first one is 3. No, 0 9 at the end."
"""Shows it how the digits are written with which a caller mends a number."""
MAX_PROMPT: Final = 200
"""Tokens; the rest of Whisper's 448 positions is left for the text."""


class Prompts:
    """One per tokenizer (faster-whisper's)."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.start: list[int] = list(tokenizer.sot_sequence)
        """The tokens behind which the decoder writes."""

    def context(self, phrases: Sequence[str], kind: AnswerKind = AnswerKind.FREE) -> list[int]:
        """What was said before, as tokens; empty for nothing."""
        written = [_sentence(phrase) for phrase in phrases if phrase]
        if not written:
            return []
        if kind is AnswerKind.CHOICE:
            shown = decoding.last_whole([self._timed(one) for one in written], MAX_PROMPT)
        else:
            shown = self._tokenizer.encode(" " + " ".join(written))[-MAX_PROMPT:]
        return [self._tokenizer.sot_prev, *shown]

    def before(self, text: str) -> list[int]:
        """All that stands before what is written behind `text`."""
        return [*self.context([text]), *self.start]

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
