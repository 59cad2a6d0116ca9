"""The words of one turn, decoded while it is spoken; those of a long one in parts.

Owns which part of a turn's audio is decoded, and behind which words; knows no endpointing and
nothing of what the words mean.

At each pause the turn so far is decoded: that is the draft. If the caller only took a breath
there, and the draft tells some seconds that were not told before, it is settled: what follows is
decoded alone, behind its last words. So the words of a long turn come as soon as those of a
short one. A number, a spelled name or a choice is always heard as a whole.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from warmline.audio.frame import RATE, Pcm
from warmline.events import AnswerKind, Expectation
from warmline.hearing.endpointing import BREATH_S
from warmline.hearing.questions import Questions, answer
from warmline.ports import Transcript

SETTLE_S: Final = 12.0
"""A draft that tells so much new audio (seconds) is not heard again. In 62 turns of up to 25 s
(2,071 words over the telephone) 535 words were wrong so, and 535 when each was heard as a whole;
with 9 s already 16 instead of 14 % of read words, with 6 s 18 %: sentences help each other. The
last decode took 0.35 to 0.5 s of CPU instead of 0.75 to 1.0."""
PROMPT_WORDS: Final = 20
"""So many settled words the rest is decoded behind: about a sentence."""
HEARD_AGAIN: Final = frozenset({AnswerKind.YES_NO, AnswerKind.CHOICE})
AGAIN_S: Final = 0.25
"""Silence (seconds) after which these are heard again when they make no answer: over music a "yes"
was heard as "p s" with 0.16 s of silence behind it, and right with 0.2."""


@dataclass(frozen=True, slots=True)
class _Draft:
    words: asyncio.Task[Transcript]
    size: int
    """Samples of the turn that they tell, from its beginning on."""
    expect: Expectation


class TurnWords:
    """Of one turn."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._settled: _Draft | None = None
        self._draft: _Draft | None = None

    @property
    def settled(self) -> int:
        """Samples of the turn, from its beginning on, that are not decoded again."""
        return self._settled.size if self._settled else 0

    def draft(
        self, audio: Pcm, expect: Expectation, tail_s: float = 0.0
    ) -> asyncio.Task[Transcript]:
        """The words of the turn, which so far is `audio`; its last `tail_s` hold no voice."""
        settled = self._settled
        if settled and settled.size <= audio.size and is_told_in_parts(expect):
            words = self._questions.ask(self._behind(settled, audio, expect, tail_s))
        else:
            words = self._questions.words(audio, expect, tail_s)
        self._draft = _Draft(words, audio.size, expect)
        return words

    def breathed(self, seconds: float) -> None:
        """The silence that the draft was made in lasted so long; then the same turn went on."""
        draft, self._draft = self._draft, None
        if draft is None:
            return
        failed = draft.words.cancelled() or draft.words.done() and draft.words.exception()
        enough = is_settled((draft.size - self.settled) / RATE, seconds, draft.expect)
        if enough and not failed:
            self._settled = draft
        else:
            draft.words.cancel()

    async def _behind(
        self, settled: _Draft, audio: Pcm, expect: Expectation, tail_s: float
    ) -> Transcript:
        await asyncio.wait({settled.words})
        if (before := answer(settled.words)) is None:
            return await self._questions.words(audio, expect, tail_s)
        rest = audio[settled.size :]
        heard = await self._questions.words(rest, expect, tail_s, prompt=prompt(before.text))
        return joined(before, heard)


def is_told_in_parts(expect: Expectation) -> bool:
    """Whether half of such an answer can be understood without the other."""
    return expect.kind is AnswerKind.FREE


def is_settled(new_s: float, silence_s: float, expect: Expectation) -> bool:
    """Whether a draft that tells `new_s` seconds for the first time, and the silence behind it
    that was only a breath, are enough not to hear them again."""
    return is_told_in_parts(expect) and new_s >= SETTLE_S and silence_s >= BREATH_S - 1e-9


def prompt(settled: str) -> str:
    """What of the settled words the rest is decoded behind."""
    return " ".join(settled.split()[-PROMPT_WORDS:])


def joined(before: Transcript, rest: Transcript) -> Transcript:
    """The words of both, as one transcript; each word has its part in the confidence."""
    if not before.text:
        return rest
    if not rest.text:
        return before
    counts = len(before.text.split()), len(rest.text.split())
    confidence = (before.confidence * counts[0] + rest.confidence * counts[1]) / sum(counts)
    return replace(
        rest,
        text=f"{before.text} {rest.text}",
        confidence=round(confidence, 3),
        alternatives=tuple(f"{before.text} {other}" for other in rest.alternatives),
    )
