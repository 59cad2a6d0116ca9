"""Who hears whom when lines are joined, how voices are added, and what a slow line leaves out.

Pure. Must not know lines, rates other than 16 kHz, or time: frames are the clock.

Laws
    A leg is heard by its audience, and by nobody while it is muted.
    A held leg hears nobody and nobody hears it; it gets music if it was told so.
    Whoever has nobody left to hear because of a hold gets music.
    Nobody hears themselves.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from warmline.audio.frame import FRAME, FRAME_S, Pcm

PATIENCE: Final = 2
"""Frames of a voice that wait for the others to be added; then it goes without them. Legs have
clocks and jitter of their own, and 40 ms are what a bridge may add."""

LIMIT_S: Final = 0.12
"""A line that is further behind gets only what cannot be left out: half of what disturbs a
conversation (ITU-T G.114: 150 ms one way, all included)."""
TARGET_S: Final = 0.02
"""... until it is this near again, or when it was further behind for `WINDOW_S` without need."""
HARD_LIMIT_S: Final = 0.24
"""Further behind, voices are left out too."""
WINDOW_S: Final = 2.0
_QUIET: Final = 50.0
"""RMS of a frame that nobody misses: -56 dBFS."""
_PAUSE: Final = 0.1
"""The same as a share of the loudest frame of late: 20 dB below it is a pause in the speech."""
_FORGET: Final = 0.98
"""What the loudest frame of late fades by in a frame: half in 0.7 s."""


class Everyone(Enum):
    """The audience of most: all who are there, and who come later."""

    EVERYONE = "everyone"


EVERYONE: Final = Everyone.EVERYONE
Audience = Everyone | frozenset[str]
"""Who hears a leg. Nobody for one that only listens; the agent for one that whispers to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a leg stands in a bridge; it outlives the line, which can be replaced."""

    audience: Audience = EVERYONE
    muted: bool = False
    held: bool = False
    music: bool = False
    """What the leg itself hears while it is held."""

    def may_be_heard_by(self, name: str) -> bool:
        """Music and mute apart: is this voice meant for that leg?"""
        return self.audience is EVERYONE or name in self.audience


class Music(Enum):
    """What somebody hears instead of voices."""

    MUSIC = "music"


MUSIC: Final = Music.MUSIC
Hears = Music | frozenset[str]
"""The names of those whose voices somebody hears."""


def who_hears_whom(places: Mapping[str, Place]) -> dict[str, Hears]:
    """For each leg what it hears."""
    return {name: _heard_by(name, place, places) for name, place in places.items()}


def _heard_by(name: str, place: Place, places: Mapping[str, Place]) -> Hears:
    if place.held:
        return MUSIC if place.music else frozenset()
    meant = {
        other: its for other, its in places.items() if other != name and its.may_be_heard_by(name)
    }
    if meant and all(its.held for its in meant.values()):
        return MUSIC
    return frozenset(other for other, its in meant.items() if not its.held and not its.muted)


class Mixer:
    """Adds the voices that one leg hears, frame by frame.

    A single voice passes at once. Of several, a frame goes out as soon as each has one, or
    one of them has waited for `PATIENCE` frames.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Pcm]] = {}

    def hear(self, names: frozenset[str]) -> None:
        """From now on these voices; what still waits of others is forgotten."""
        self._waiting = {name: self._waiting.get(name, deque()) for name in names}

    def push(self, name: str, samples: Pcm) -> Iterator[Pcm]:
        """The next 20 ms (at 16 kHz) of a voice; gives what can be played now."""
        if name not in self._waiting:
            return
        self._waiting[name].append(samples)
        while self._ready():
            yield _sum([waiting.popleft() for waiting in self._waiting.values() if waiting])

    def _ready(self) -> bool:
        lengths = [len(waiting) for waiting in self._waiting.values()]
        return min(lengths) > 0 or max(lengths) > PATIENCE


def _sum(frames: list[Pcm]) -> Pcm:
    if len(frames) == 1:
        return frames[0]
    total = np.sum(frames, axis=0, dtype=np.int32)
    return np.clip(total, -32_768, 32_767).astype(np.int16)


class CatchUp:
    """Decides which frames a line that has fallen behind does not get.

    It falls behind by a burst, by a clock that is slower than the other's, or when its peer
    took nothing for a while. Pauses are left out first.
    """

    def __init__(self) -> None:
        self.left_out = 0
        """Frames so far."""
        self._hurries = False
        self._loudest = 0.0
        self._least_s = LIMIT_S
        self._seen = 0

    def keeps(self, samples: Pcm, behind_s: float) -> bool:
        """Whether to play the next frame on a line that is so many seconds behind."""
        self._watch(behind_s)
        level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float32))))
        self._loudest = max(self._loudest * _FORGET, level)
        pause = level < max(_QUIET, self._loudest * _PAUSE)
        kept = not (self._hurries and (pause or behind_s > HARD_LIMIT_S))
        self.left_out += not kept
        return kept

    def _watch(self, behind_s: float) -> None:
        self._least_s = min(self._least_s, behind_s)
        self._seen += 1
        if behind_s > LIMIT_S:
            self._hurries = True
        if self._seen >= WINDOW_S / FRAME_S:
            self._hurries = self._hurries or self._least_s > TARGET_S
            self._least_s, self._seen = LIMIT_S, 0
        if behind_s <= TARGET_S:
            self._hurries = False


SILENCE: Final = np.zeros(FRAME, dtype=np.int16)
"""A frame in which nothing is said."""
