"""Owns the question whether a sound on the caller's line is our own voice coming back. Pure.

Must not know who has the floor. Knows two loudness curves, frame by frame: what came in, and
what the caller heard of us at that moment.

Laws
    An echo is a later, quieter copy: its curve follows ours, at one delay and one loss.
    Until enough of us was heard, nobody can tell (`unknown`).
    What is clearly louder than our echo can be is the caller.
"""

from collections import deque
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

import numpy as np
import numpy.typing as npt

from warmline import spoken
from warmline.audio.frame import FRAME_S, RATE, Frame, Pcm

Levels = npt.NDArray[np.float64]

HISTORY: Final = 512
"""Frames (10 s) that are remembered: the longest turn that can be compared."""
MAX_DELAY: Final = 26
"""Frames (0.5 s) that an echo may be late: the network both ways, two buffers and a room."""
WINDOW: Final = 75
"""Frames (1.5 s) that are compared. Two voices that know nothing of each other reach a likeness
of 0.78 in one of 100 windows; an echo behind mu-law, a room and 15 dB of noise reaches 0.8 in
four of five (40 recorded prompts, 40 read sentences)."""
SPOKEN: Final = 45
"""So many of them must hold our voice."""
LOOK: Final = 10
"""Frames between two comparisons; two in a row must agree."""
ALIKE: Final = 0.8
UNLIKE: Final = 0.6
MAYBE: Final = 0.7
"""Enough for a line not known yet, when the words are ours too."""
MOSTLY: Final = 0.7
"""Share of a turn's loud frames that our echo explains, when the words are ours too."""
WHOLLY: Final = 0.95
"""The same when nobody else can have spoken."""
ACTIVE_DB: Final = -45.0
"""dBFS above which we count as speaking."""
SAID: Final = 3
"""So many of our last sentences can come back."""
OURS: Final = 0.8
"""Share of the words that are ours when all of them are."""
QUIET_DB: Final = -60.0
"""dBFS below which all is silence: G.711 and most rooms are not quieter."""
NOISE: Final = 200
"""Frames (4 s) whose quietest tenth is the line's noise."""
MAX_NOISE_DB: Final = -35.0
"""dBFS; a caller who never pauses is no noise."""
AUDIBLE_DB: Final = 6.0
"""A voice stands so far above the line's noise."""
LOUDER_DB: Final = 6.0
"""Frames of an echo stray so far around its loss (19 of 20)."""
TAIL_DB: Final = 2.0
"""A room's reverberation falls by so much a frame (60 dB in 0.6 s)."""
TAIL: Final = 8
_FALL: Final = TAIL_DB * np.maximum(np.arange(TAIL)[::-1] - 2, 0)
MAX_LATE_S: Final = 0.5
"""A frame that comes later is taken for one that comes so late."""
HOLD: Final = 15
"""Frames (0.3 s) behind a voice that are the caller's, soft sounds and all."""


@dataclass(frozen=True, slots=True)
class _Path:
    delay: int
    """Frames."""
    loss_db: float


class Echo:
    """`hear` each of the caller's frames; then ask."""

    def __init__(self) -> None:
        self._heard: Levels = np.full(HISTORY, QUIET_DB)
        self._ours: Levels = np.full(HISTORY, QUIET_DB)
        self._path: _Path | None = None
        self._guess: _Path | None = None
        """One comparison found it; the next must agree."""
        self._unlike = 0
        """So many comparisons in a row found none."""
        self._clear = False
        self._count = 0
        self._offsets: deque[float] = deque(maxlen=HISTORY)
        self._said: deque[str] = deque(maxlen=SAID)
        self._hold = 0
        self.end_s = 0.0
        """Up to here (seconds of the caller's audio) it was heard."""
        self.level_db = QUIET_DB
        """Loudness of the last frame (dBFS)."""
        self.masked = False
        """The last frame holds our echo, and perhaps more."""
        self.voiced = 0
        """How many frames up to the last one, without a gap, hold a sound that is not ours."""

    @property
    def known(self) -> bool:
        """There is an echo on this line, and it is known how late and how loud."""
        return self._path is not None

    @property
    def unknown(self) -> bool:
        """Not enough of us was heard to tell whether there is one; False without any audio."""
        return self._path is None and not self._clear and self._count > 0

    def late_s(self, frame: Frame, now: float) -> float:
        """How much later than the quickest of the last 10 s this frame comes at `now` (any
        clock): stalls of the network or of ours must not shift the two curves."""
        self._offsets.append(now - (frame.position + frame.samples.size) / RATE)
        return min(self._offsets[-1] - min(self._offsets), MAX_LATE_S)

    def hear(self, frame: Frame, ours: Pcm, gain_db: float = 0.0) -> Frame:
        """Take the next frame, and what of us (any rate, before `gain_db`) was at the caller's
        ear meanwhile. Gives the frame to go on with: silent where it is only our echo, for
        detectors and recognisers understand a voice however quiet."""
        self._heard[:-1], self._ours[:-1] = self._heard[1:], self._ours[1:]
        self.level_db = self._heard[-1] = max(_db(frame.samples), QUIET_DB)
        self._ours[-1] = max(_db(ours) + gain_db, QUIET_DB)
        self.end_s = (frame.position + frame.samples.size) / RATE
        self._count += 1
        if self._count % LOOK == 0:
            self._look()
        expected, audible = self._expected(), self._noise() + AUDIBLE_DB
        is_voice = self.level_db > max(audible, expected + LOUDER_DB)
        self.masked = audible < expected and not is_voice
        self.voiced = self.voiced + 1 if is_voice else 0
        self._hold = HOLD if self.voiced > 1 else max(0, self._hold - 1)
        if self._hold or expected < QUIET_DB:
            return frame
        return Frame(np.zeros_like(frame.samples), frame.position)

    def say(self, text: str) -> None:
        """The caller begins to hear this of us."""
        self._said.append(text)

    def is_us(self, text: str, begin_s: float, end_s: float) -> bool:
        """These words, heard between these seconds of audio, are our own: by the sound alone,
        or by the words and most of the sound."""
        explained = self._explained(begin_s, end_s)
        ours = explained >= MOSTLY and self._repeated(text) >= OURS
        return explained >= WHOLLY or ours

    def may_be_us(self, text: str) -> bool:
        """These words may be partly ours, by the words on a line with an echo; on one that is
        not known yet any may, for recognisers misunderstand echoes."""
        return self.unknown or (self.known and self._repeated(text) > 1 - OURS)

    def _repeated(self, text: str) -> float:
        return repeats(text, " ".join(self._said))

    def _explained(self, begin_s: float, end_s: float) -> float:
        """The share of what was heard between these seconds that we explain."""
        last = min(HISTORY, HISTORY - round((self.end_s - end_s) / FRAME_S))
        first = max(MAX_DELAY + TAIL, HISTORY - round((self.end_s - begin_s) / FRAME_S))
        if last <= first:
            return 0.0
        heard = self._heard[first:last]
        if self._path is None:
            alike = last - first >= SPOKEN and self._compare(heard, last)[0] >= MAYBE
            return MOSTLY if alike else 0.0
        loud = heard > self._noise() + AUDIBLE_DB
        expected = np.array([self._expected(at) for at in range(first, last)])
        return float((heard <= expected + LOUDER_DB)[loud].mean()) if loud.any() else 0.0

    # --- the line ---------------------------------------------------------------------------

    def _noise(self) -> float:
        """How loud the line is when nobody speaks (dBFS)."""
        recent = self._heard[-min(NOISE, self._count) :]
        return float(min(np.partition(recent, recent.size // 10)[recent.size // 10], MAX_NOISE_DB))

    def _expected(self, at: int = HISTORY - 1) -> float:
        """How loud our echo is at most in this frame, its tail included (dBFS)."""
        if self._path is None:
            return -np.inf
        end = at - self._path.delay + 2  # the delay is known to a frame
        begin = end - TAIL
        ours = self._ours[begin:end]
        loudest = ours - _FALL[: ours.size]
        return float(loudest.max(initial=QUIET_DB) - self._path.loss_db)

    def _look(self) -> None:
        """Compare the last window, if we spoke through most of it."""
        if (self._ours[-WINDOW:] > ACTIVE_DB).sum() < SPOKEN:
            return
        heard = self._heard[-WINDOW:]
        likeness, delay = self._compare(heard, HISTORY)
        self._unlike = self._unlike + 1 if likeness < UNLIKE else 0
        if self._unlike > 1 and (self._path is None or self._missing(heard, self._path)):
            self._path, self._clear = None, True
        if likeness < ALIKE:
            self._guess = None
            return
        ours = self._delayed(delay)
        loss = float(np.median((ours - heard)[(ours > ACTIVE_DB) & (heard > self._noise())]))
        found = _Path(delay, max(loss, 0.0))
        if self._guess is not None and abs(found.delay - self._guess.delay) <= 1:
            self._path, self._clear = found, False
        self._guess = found

    def _missing(self, heard: Levels, path: _Path) -> bool:
        """The echo should be heard in this window, and mostly is not."""
        expected = self._delayed(path.delay) - path.loss_db
        due = expected > self._noise() + AUDIBLE_DB
        return bool(due.any() and (heard < expected - AUDIBLE_DB)[due].mean() > 0.5)

    def _delayed(self, delay: int) -> Levels:
        """What of us is due in the last window, so many frames late."""
        return self._ours[HISTORY - WINDOW - delay : HISTORY - delay]

    def _compare(self, heard: Levels, end: int) -> tuple[float, int]:
        """The best correlation of these levels, which end before `end`, with ours at any
        delay, and that delay (frames)."""
        size = heard.size
        first = max(0, end - size - MAX_DELAY)
        ours = np.lib.stride_tricks.sliding_window_view(self._ours[first:end], size)[::-1]
        ours = ours - ours.mean(axis=1, keepdims=True)
        heard = heard - heard.mean()
        scale = np.sqrt((ours**2).sum(axis=1) * (heard**2).sum())
        alike = (ours @ heard) / np.maximum(scale, 1.0)
        best = int(alike.argmax())
        return float(alike[best]), best


def repeats(text: str, said: str) -> float:
    """0 to 1: the share of the words in `text` that repeat `said` in its order."""
    words, ours = _tokens(text), _tokens(said)
    if not words:
        return 0.0
    matching = SequenceMatcher(None, words, ours, autojunk=False).get_matching_blocks()
    return sum(block.size for block in matching) / len(words)


def _tokens(text: str) -> list[str]:
    """Words; numerals digit by digit, since "4 5" comes back as "45"."""
    return [
        part
        for word in spoken.words(text)
        for part in (word if word.isdecimal() else spoken.digits(word) or [word])
    ]


def _db(samples: Pcm) -> float:
    """Mean loudness (dBFS)."""
    if not samples.size:
        return QUIET_DB
    power = float(np.mean(samples.astype(np.float32) ** 2)) / 32_768**2
    return float(10 * np.log10(power + 1e-12))
