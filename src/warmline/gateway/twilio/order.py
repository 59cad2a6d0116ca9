"""Owns the order of a stream's audio: puts it right, drops repeats, finds what is missing.

Pure; counts seconds of audio, never a clock. Must not know messages' texts.

Which message follows which is told by their numbers, how much is missing by their timestamps:
a provider that never got a caller's packet numbers its messages on without a gap. Streams
without timestamps tell it by the gap in their numbers, those without numbers come as they come.
"""

from dataclasses import dataclass
from typing import Final

from warmline.audio.frame import FRAME_S, Pcm
from warmline.gateway.twilio.messages import Media

REORDER_S: Final = 0.06
"""Seconds of audio that wait for a message before it is given up."""
TOLERANCE_S: Final = 0.015
"""A timestamp so far ahead of the audio is a gap: more than rounding, less than one packet."""
RENUMBERED: Final = 50
"""So many messages in a row with numbers long passed are a stream that counts anew."""
_REMEMBERED: Final = 256
"""Numbers given up that are remembered, to tell what comes late from what comes twice."""


@dataclass(frozen=True, slots=True)
class Missing:
    """So many 20 ms frames of the caller's audio are missing here."""

    frames: int


class Order:
    """One stream's audio at `rate` Hz."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._next: int | None = None  # the number to come
        self._held: dict[int, Media] = {}  # came too early
        self._given_up: dict[int, None] = {}
        self._passed_by = 0  # messages in a row whose numbers were passed
        self._expected_s: float | None = None  # where the next timestamp should be
        self._length_s = FRAME_S  # of the last message
        self.late = 0
        """Messages that came after they had been given up."""
        self.repeated = 0

    def push(self, media: Media) -> list[Pcm | Missing]:
        """Take a message; gives what is in order now."""
        number = media.number
        if number is None:
            return self._release(media, gap=0)
        if self._next is None:
            self._next = number
        if number < self._next and not self._counts_anew(media, number):
            return []
        self._passed_by = 0
        if number in self._held:
            self.repeated += 1
            return []
        self._held[number] = media
        out = self._in_order()
        while self._held and self._held_s() >= REORDER_S:
            out += self._skip_to_next()
        return out

    def flush(self) -> list[Pcm | Missing]:
        """The rest, at the end of the stream."""
        out: list[Pcm | Missing] = []
        while self._held:
            out += self._skip_to_next()
        return out

    def _counts_anew(self, media: Media, number: int) -> bool:
        """Whether this old number starts a new count; counts the message when it does not."""
        self._passed_by += 1
        if self._passed_by >= RENUMBERED:
            self._next, self._expected_s = number, None
            self._held.clear()
            self._given_up.clear()
            return True
        if number in self._given_up:
            del self._given_up[number]
            self.late += 1
        else:
            self.repeated += 1
        return False

    def _in_order(self) -> list[Pcm | Missing]:
        out: list[Pcm | Missing] = []
        while self._next is not None and (media := self._held.pop(self._next, None)):
            self._next += 1
            out += self._release(media, gap=0)
        return out

    def _skip_to_next(self) -> list[Pcm | Missing]:
        """Give up what did not come before the earliest of those that wait."""
        assert self._next is not None
        first = min(self._held)
        gap = first - self._next
        for number in range(max(self._next, first - _REMEMBERED), first):
            self._given_up[number] = None
        while len(self._given_up) > _REMEMBERED:
            del self._given_up[next(iter(self._given_up))]
        media = self._held.pop(first)
        self._next = first + 1
        return [*self._release(media, gap), *self._in_order()]

    def _held_s(self) -> float:
        return sum(media.pcm.size for media in self._held.values()) / self._rate

    def _release(self, media: Media, gap: int) -> list[Pcm | Missing]:
        """The message's audio, behind what is missing before it."""
        missing_s = gap * self._length_s
        if media.timestamp_ms is not None:
            at = media.timestamp_ms / 1000
            expected = at if self._expected_s is None else self._expected_s
            ahead = at - expected
            missing_s = ahead if ahead >= TOLERANCE_S or gap else 0.0
            # Audio that is ahead of its timestamps sets them anew: only a jump counts.
            self._expected_s = min(expected, at) + max(missing_s, 0.0)
        self._length_s = media.pcm.size / self._rate
        if self._expected_s is not None:
            self._expected_s += self._length_s
        frames = round(missing_s / FRAME_S)
        return [Missing(frames), media.pcm] if frames > 0 else [media.pcm]
