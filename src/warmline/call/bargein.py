"""Owns the judgement of a sound over our speech: an interruption, or nothing to stop for. Pure.

Must not know what is being said, nor how loud anything is in itself: `echo` tells frame by
frame whether a sound is the caller's.

Laws
    At the onset we only speak more quietly; that costs nothing and can be undone.
    Who answers a question is let in after a syllable, all others after a word or two.
    A sound that stops before that was a cough, a click, an assent, or our own echo, which
    falls as we fall: we speak on.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from warmline import spoken
from warmline.audio.frame import FRAME_S
from warmline.events import AnswerKind, Expectation

DUCK_DB: Final = -18.0
"""So much quieter while it is not decided: the caller hears at once that we noticed, still
follows us, and an echo at -10 dB falls below what is taken for a voice."""
QUESTION_S: Final = 0.12
"""A voice so long while its answer is awaited stops us. With the detector's 64 ms, a frame and
the far end's buffer it is quiet within 300 ms of the onset."""
SPEECH_S: Final = 0.45
"""The same in the middle of what we tell: most coughs, clicks and assents are over by then."""
ECHO_S: Final = 0.8
"""The same while nobody knows whether the line has an echo: 100 ms until it is noticed,
60 until our fall is played, 400 until it comes back with its frames, 100 to be sure."""
GAP_S: Final = 0.1
"""Silence that ends a sound; closures within words are shorter."""
FALL_DB: Final = 12.0
"""So far below its peak a sound is over: less than our own fall, more than a vowel's."""
NOTICED: Final = 3
"""Frames that make a sound of one that had stopped."""
BEFORE_S: Final = 0.2
"""What is loud for longer before the detector notices a voice in it was no voice."""
MASKED_S: Final = 0.4
"""So long what our echo covers is waited for: it falls with us, and the caller is left."""
LATEST_S: Final = 1.0
"""When no audio comes that would decide, the detector's last word counts: a voice."""


class Verdict(Enum):
    STOP = auto()
    """It is an interruption: be silent."""
    SPEAK_ON = auto()
    DOUBT = auto()
    """It had stopped, and goes on: be quieter again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    lasted_s: float
    """Since the sound began."""
    quiet_s: float
    """Since it was heard last."""
    question: bool
    """An answer is awaited, and what we say is the last thing before it."""
    maybe_echo: bool
    """Nobody knows yet whether the line has an echo."""


def judge(evidence: Evidence) -> Verdict | None:
    """The verdict; None: it is too early for one."""
    if evidence.quiet_s >= GAP_S:
        return Verdict.SPEAK_ON
    enough_s = QUESTION_S if evidence.question else SPEECH_S
    if evidence.maybe_echo:
        enough_s = ECHO_S
    return Verdict.STOP if evidence.lasted_s >= enough_s and not evidence.quiet_s else None


class Sound:
    """What is heard of the caller over our speech in one turn, frame by frame."""

    def __init__(self, *, lasted_s: float, question: bool, maybe_echo: bool) -> None:
        """`lasted_s` seconds of it were heard before it was noticed (at most `BEFORE_S` count).

        It is in doubt at first.
        """
        self.in_doubt = True
        self._lasted_s = min(max(lasted_s, 0.0), BEFORE_S)
        self._quiet_s = 0.0
        self._masked_s = 0.0
        self._again = 0
        self._peak_db = -200.0
        self._question = question
        self._maybe_echo = maybe_echo

    def hear(self, level_db: float, *, is_voice: bool, is_masked: bool = False) -> Verdict | None:
        """One more frame (20 ms) of the caller; `is_voice`: louder than noise and our echo,
        `is_masked`: our echo is as loud."""
        self._peak_db = max(self._peak_db, level_db)
        fallen = self._maybe_echo and level_db < self._peak_db - FALL_DB
        heard = is_voice and not fallen
        if not self.in_doubt:
            return self._wait_for_more(heard)
        self._lasted_s += FRAME_S
        self._masked_s += FRAME_S if is_masked else 0.0
        if is_masked and self._masked_s < MASKED_S:
            return None
        self._quiet_s = 0.0 if heard else self._quiet_s + FRAME_S
        verdict = judge(
            Evidence(
                lasted_s=self._lasted_s + FRAME_S / 2,  # half a frame of slack: 0.02 adds up badly
                quiet_s=self._quiet_s + FRAME_S / 2 if self._quiet_s else 0.0,
                question=self._question,
                maybe_echo=self._maybe_echo,
            )
        )
        if verdict:
            self.settle()
        return verdict

    def settle(self) -> None:
        """It is judged."""
        self.in_doubt = False

    def _wait_for_more(self, heard: bool) -> Verdict | None:
        self._again = self._again + 1 if heard else 0
        if self._again < NOTICED:
            return None
        # Words are as long as all their syllables; each return of an echo is one of its own.
        before = 0.0 if self._maybe_echo else self._lasted_s - self._quiet_s
        self._lasted_s, self._quiet_s = before + NOTICED * FRAME_S, 0.0
        self._again, self.in_doubt = 0, True
        return Verdict.DOUBT


# --- words ------------------------------------------------------------------------------------

_ASSENT: Final = re.compile(
    r"(?:(?:uh|huh|a?ha|ah|oh|um|hm+|m+|mm+hm+|mhm+|yes|yeah|yep|yup|ok|okay|right|sure|good"
    r"|great|fine|all right|alright|i see|got it|i understand|of course)(?: |$))+"
)
_PLAIN: Final = frozenset(spoken.words("yes yep yup"))
MAX_ASSENT: Final = 4
"""Words; "okay okay yeah right" is one still."""


def is_assent(text: str) -> bool:
    """Only "uh-huh", "okay", "right" and the like: the caller listens and wants us to go on."""
    words = spoken.words(text)
    return 0 < len(words) <= MAX_ASSENT and _ASSENT.fullmatch(" ".join(words)) is not None


def is_answer(text: str, expect: Expectation, *, asked: bool) -> bool:
    """Whether an assent answers the question that is asked, or (not `asked`) is still to come:
    only a plain yes comes before its question."""
    words = spoken.words(text)
    said = f" {' '.join(words)} "
    if not asked:
        return expect.kind is AnswerKind.YES_NO and not _PLAIN.isdisjoint(words)
    return expect.kind is AnswerKind.YES_NO or any(
        f" {' '.join(spoken.words(phrase))} " in said for phrase in expect.words
    )
