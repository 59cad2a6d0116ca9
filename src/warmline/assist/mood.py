"""A caller's mood, turn by turn, from how they speak and what they say. Pure; one meter per call.

For callers' own audio and words only. An agent's voice must never come here, nor anywhere else
where it is judged: employees' emotions must not be inferred (EU AI Act, article 5(1)(f)).

What it is: the voice tells whether the caller is louder, higher, brighter and faster than in
their own first turns; the words tell whether that is bad. What it is not: a reading of feelings.
Quiet anger in polite words, sadness, irony and anger from the first second are not seen; joy in
neutral words may look like strain for a turn. Nobody may decide about a person by it alone.
"""

from collections import deque
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final

from warmline.assist import prosody, words
from warmline.assist.arousal import Arousal, arousal
from warmline.assist.baseline import Baseline
from warmline.assist.frames import frames
from warmline.assist.quality import Doubt, doubt
from warmline.assist.words import Words
from warmline.audio.frame import Pcm
from warmline.events import SentimentChanged, UtteranceHeard

WORDS: Final = 0.8
"""How much of the words' valence is mood: they are read, not heard."""
BAD_WORDS: Final = -0.2
GOOD_WORDS: Final = 0.4
"""Valence from which on a raised voice is all strain, and from which on it is joy, not strain."""
ONCE: Final = 0.45
LASTING: Final = 0.75
"""How much of a raised voice is strain with words that say nothing: in one turn too little to
pass -0.5 alone, and more when the turn before was raised as well."""
INTERRUPTION: Final = 0.1
"""Strain that each interruption adds to a caller who is strained already. Alone it is none:
callers are invited to interrupt the bot."""
_RECENT: Final = 4
"""Turns over which interruptions are counted and the trend is taken."""
_INTERRUPTED_S: Final = 0.2
"""Both must have spoken so long at once; less is the others' last syllable."""
_GAIN: Final = 0.7
"""Share by which a turn full of evidence moves the mood: one outburst is seen at once, and one
error is halved by the next turn."""
_VOICED_S: Final = 2.0
_WORDS: Final = 4
"""So much voice, or so many words, are full evidence: a "yes" changes little."""
_SURE: Final = 0.5
"""Confidence of a transcript from which on its words count in full."""
_TREND: Final = 0.15
"""Change over the recent turns that is one."""
_REASONS: Final = 4


@dataclass(slots=True)
class _Known:
    """What the turns so far have told."""

    baseline: Baseline = field(default_factory=Baseline)
    moods: deque[float] = field(default_factory=lambda: deque([0.0], maxlen=_RECENT))
    interruptions: deque[bool] = field(default_factory=lambda: deque(maxlen=_RECENT))
    raised: bool = False
    """The last voice that was judged was."""


class MoodMeter:
    """Call `utterance` for each of the caller's turns, in order."""

    def __init__(self) -> None:
        self._known = _Known()
        self._before = _Known()
        self._turn = 0

    def utterance(
        self, samples: Pcm, fact: UtteranceHeard, overlaps: Sequence[tuple[float, float]] = ()
    ) -> SentimentChanged:
        """What this turn makes of the mood. The same turn once more (the caller went on after
        all) takes the place of what was heard of it before.

        `samples`: the caller's own audio at 16 kHz, nobody else's, that begins at
        `fact.started_at`; `overlaps`: when others (bot or agents) were heard meanwhile, begin and
        end in seconds of the caller's audio. About 1 ms of work per second of audio.
        """
        if fact.turn == self._turn:
            self._known = self._before
        self._turn, self._before = fact.turn, deepcopy(self._known)
        self._known.interruptions.append(_interrupts(fact, overlaps))
        said = words.judge(fact.text)
        valence = said.valence * min(1.0, max(0.0, fact.confidence) / _SURE)
        others = [(begin - fact.started_at, end - fact.started_at) for begin, end in overlaps]
        view = frames(samples, others)
        measured = prosody.measure(view, fact.text)
        why = doubt(samples, view, measured)
        judged = self._judge(measured, why, valence <= BAD_WORDS)
        voice = 0.0
        if judged is not None:
            voice -= self._strain(judged, valence)
            self._known.raised = judged.raised > 0
        elif not why:
            why = "baseline"
        evidence = self._evidence(measured.voiced_s if not why else 0.0, said, valence)
        self._settle(max(-1.0, min(1.0, WORDS * valence + voice)), evidence)
        return SentimentChanged(
            turn=fact.turn,
            mood=round(self._known.moods[-1], 3),
            voice=round(voice, 3),
            words=round(valence, 3),
            trend=self._trend(),
            reasons=self._reasons(judged, voice, said, valence),
            abstained=why,
        )

    def _judge(self, measured: prosody.Prosody, why: Doubt, bad: bool) -> Arousal | None:
        """None when there is doubt, or no baseline yet; learns from turns without bad words."""
        baseline = self._known.baseline
        if not baseline.ready:
            if why in ("", "short") and not bad:
                baseline.learn(measured)
            return None
        if why:
            return None
        judged = arousal(measured, baseline)
        if judged.raised == 0 and not bad:
            baseline.adapt(measured)
        return judged

    def _strain(self, judged: Arousal, valence: float) -> float:
        """How much of a raised voice is a bad mood, 0 to 1: the words decide."""
        if valence <= BAD_WORDS:
            share = 1.0
        else:
            share = LASTING if self._known.raised else ONCE
            share *= 1 - min(1.0, max(0.0, valence) / GOOD_WORDS)
        strain = judged.raised * share
        if strain or valence <= BAD_WORDS:
            strain += INTERRUPTION * sum(self._known.interruptions)
        return min(1.0, strain)

    def _evidence(self, voiced_s: float, said: Words, valence: float) -> float:
        """How much this turn can tell, 0 to 1."""
        return min(1.0, max(voiced_s / _VOICED_S, said.count / _WORDS, 1.5 * abs(valence)))

    def _settle(self, heard: float, evidence: float) -> None:
        moods = self._known.moods
        moods.append(moods[-1] + _GAIN * evidence * (heard - moods[-1]))

    def _trend(self) -> str:
        change = self._known.moods[-1] - self._known.moods[0]
        if abs(change) < _TREND:
            return "steady"
        return "rising" if change > 0 else "falling"

    def _reasons(
        self, judged: Arousal | None, voice: float, said: Words, valence: float
    ) -> tuple[str, ...]:
        reasons: list[str] = []
        if valence < 0 and said.telling:
            reasons.append("words: " + ", ".join(f"'{words}'" for words in said.telling[:3]))
        if judged is not None and voice < 0:
            reasons.extend(judged.reasons)
        often = sum(self._known.interruptions)
        if voice < 0 and often > 1:
            reasons.insert(_REASONS - 1, f"interrupted us {often} times")
        return tuple(reasons[:_REASONS])


def _interrupts(fact: UtteranceHeard, overlaps: Sequence[tuple[float, float]]) -> bool:
    """The caller began while somebody else was speaking, and both went on."""
    return any(
        begin <= fact.started_at and end - fact.started_at >= _INTERRUPTED_S
        for begin, end in overlaps
    )
