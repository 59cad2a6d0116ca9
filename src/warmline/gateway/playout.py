"""Owns the pace of audio to a caller: what goes out when, and what was really played.

Pure: the caller of these methods brings the clock (any monotonic seconds). Must not know
sockets, encodings or speech.

The far end is taken to play at once what it gets. So every frame has a moment when it
starts to play, frames follow each other without a gap while there is audio, and the far end
holds at most `lead_s` that it has not played: that much a `clear` must throw away there.
"""

from collections import deque
from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np

from warmline.audio.frame import FRAME_S, Pcm
from warmline.audio.loudness import louder

LEAD_S: Final = 0.06
"""Three frames ahead: rides out the stalls of a busy event loop, 60 ms to clear at the far end."""
MAX_LEAD_S: Final = 0.2
"""Beyond it, speech goes on too long after a barge-in (budget: silence in 300 ms)."""
UNDERRUN_S: Final = 0.1
"""A longer silence is heard as a pause between two sentences."""
ECHO_PATIENCE_S: Final = 1.0
"""So long after its time an echo of a mark is waited for, and at most so far the far end's
playing is taken to lag behind."""
_AUDIBLE_S: Final = 0.001
"""A shorter gap is not heard, and far ends' buffers hide it."""
_ROUNDING: Final = 1e-3
"""Part of a sample: hides the rounding of clock seconds, far above it (1e-4 after 100 days)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the audio, told to the far end behind the audio before it."""

    name: str


@dataclass(frozen=True, slots=True)
class _Sent:
    starts: float
    samples: int
    """Without the silence that pads the frame."""


class Playout:
    """One caller's outgoing audio.

    Positions count samples at `rate`: those played, and behind them those to be played.
    Padding does not count, and what `clear` drops is taken back.
    """

    def __init__(
        self,
        rate: int,
        lead_s: float = LEAD_S,
        *,
        continuous: bool = False,
        echoes: bool = False,
    ) -> None:
        """`continuous` fills pauses with frames of silence; with `echoes` the far end tells
        when a mark was played, and the clock counts only when it does not."""
        if not FRAME_S <= lead_s <= MAX_LEAD_S:
            raise ValueError(f"lead_s must be {FRAME_S} to {MAX_LEAD_S}, not {lead_s}")
        self._rate = rate
        self._lead = lead_s
        self._continuous = continuous
        self._echoes = echoes
        self._planned: dict[str, float] = {}  # when marks are played by the clock, with echoes
        self._lag = 0.0  # the far end plays so much later than it gets
        self.gain_db = 0.0
        """Of the frames from the next one on."""
        self._frame = round(rate * FRAME_S)
        self._waiting: deque[Pcm] = deque()
        self._waiting_samples = 0
        self._ready_at = -inf  # when audio came after there was none waiting
        self._in_flight: deque[_Sent] = deque()  # sent, and not played to the end
        self._told = 0  # position that the far end says it has played
        self._played = 0  # samples of the frames before those
        self._sent = 0  # position up to which audio was sent
        self._end = -inf  # when all that was sent will have been played
        self._dry_at = -inf  # the same without the padding
        self._unsent: deque[tuple[int, Mark]] = deque()
        self._unplayed: deque[tuple[int, Mark]] = deque()
        self.underruns = 0
        """Gaps inside speech: all audio was played, and more was written in time to be noticed
        as a gap (less than `UNDERRUN_S` later), be it written late or sent late."""

    @property
    def queued(self) -> int:
        """The position where the next `write` begins."""
        return self._sent + self._waiting_samples

    @property
    def lag_s(self) -> float:
        """So much later (seconds) than by our clock the far end's last echo came: the way there
        and back, and what it keeps before it plays; 0 without echoes."""
        return self._lag

    @property
    def waiting_s(self) -> float:
        """Seconds of audio that were not sent yet."""
        return self._waiting_samples / self._rate

    def left_s(self, now: float) -> float:
        """Seconds until all audio has been played, if the far end plays what it gets at once."""
        return max(self._end - now, 0.0) + self.waiting_s

    def write(self, pcm: Pcm, now: float) -> None:
        """Queue samples behind all others."""
        if not pcm.size:
            return
        if not self._waiting:
            self._ready_at = now
        self._waiting.append(pcm)
        self._waiting_samples += pcm.size

    def mark(self, name: str) -> None:
        """Set a mark at `queued`."""
        place = (self.queued, Mark(name))
        self._unsent.append(place)
        self._unplayed.append(place)

    def clear(self, now: float) -> None:
        """Drop all that was not played, and the marks on it; the far end must do the same."""
        played = self._played = self._sent = self.played(now)
        self._in_flight.clear()
        self._waiting.clear()
        self._waiting_samples = 0
        self._ready_at = self._end = self._dry_at = -inf
        self._unsent = deque(place for place in self._unsent if place[0] <= played)
        self._unplayed = deque(place for place in self._unplayed if place[0] <= played)
        self._told = min(self._told, played)
        kept = {mark.name for _, mark in self._unplayed}
        self._planned = {name: at for name, at in self._planned.items() if name in kept}

    def due(self, now: float) -> list[Pcm | Mark]:
        """What to send now, in order: frames of exactly 20 ms, and marks."""
        out: list[Pcm | Mark] = self._marks_sent()
        while now >= self._frame_due():
            out.append(self._next_frame(now) if self._waiting else self._silence(now))
            out += self._marks_sent()
        return out

    def next_due(self, now: float) -> float:
        """When to call `due` and `played_marks` again; inf: when something was written."""
        if self._unsent and self._unsent[0][0] <= self._sent:
            return now
        times = [self._frame_due()]
        if self._unplayed and self._echoes:
            times.append(self._given_up(self._unplayed[0][1]))
        elif self._unplayed:
            times += self._when_played(self._unplayed[0][0])
        return max(now, min(times))

    def played(self, now: float) -> int:
        """The position that the far end's loudspeaker has reached."""
        now -= self._lag
        while self._in_flight and now >= self._in_flight[0].starts + FRAME_S:
            self._played += self._in_flight.popleft().samples
        return self._played + sum(
            min(max(int((now - sent.starts) * self._rate + _ROUNDING), 0), sent.samples)
            for sent in self._in_flight
        )

    def played_marks(self, now: float) -> list[str]:
        """Names of the marks that were reached since the last call, in order."""
        played = self._told if self._echoes else self.played(now)
        names = []
        while self._unplayed and (
            self._unplayed[0][0] <= played or now >= self._given_up(self._unplayed[0][1])
        ):
            names.append(self._unplayed.popleft()[1].name)
            self._planned.pop(names[-1], None)
        return names

    def echoed(self, name: str, now: float) -> None:
        """The far end has played up to this mark. Marks that were cleared are not known."""
        if name in self._planned:
            self._told = next(at for at, mark in self._unplayed if mark.name == name)
            self._lag = min(max(now - self._planned[name], 0.0), ECHO_PATIENCE_S)

    def _given_up(self, mark: Mark) -> float:
        """When the clock decides about a mark whose echo does not come."""
        planned = self._planned.get(mark.name, inf)
        return planned + self._lag + ECHO_PATIENCE_S

    def _frame_due(self) -> float:
        if not self._waiting:
            return self._end if self._continuous else inf
        # Counted from the end of what was sent, so no error adds up; after a stall longer than
        # the lead the end is in the past, and `_next_frame` starts anew instead of catching up.
        # A short tail waits one frame longer for samples to join it, if the lead allows.
        full = self._waiting_samples >= self._frame
        return self._end + FRAME_S - (self._lead if full else min(self._lead, 2 * FRAME_S))

    def _silence(self, now: float) -> Pcm:
        # Sent when the frame before it ends, not ahead: speech that comes must not queue behind.
        self._end = max(now, self._end) + FRAME_S
        return np.zeros(self._frame, dtype=np.int16)

    def _next_frame(self, now: float) -> Pcm:
        starts = max(now, self._end)
        if starts > self._dry_at + _AUDIBLE_S and self._ready_at < self._dry_at + UNDERRUN_S:
            self.underruns += 1
        frame, samples = self._take()
        self._end = starts + FRAME_S
        self._dry_at = self._end if samples == self._frame else starts + samples / self._rate
        self._in_flight.append(_Sent(starts, samples))
        self._sent += samples
        return louder(frame, self.gain_db)

    def _take(self) -> tuple[Pcm, int]:
        """The next frame, padded with silence, and how many of its samples are audio."""
        frame = np.zeros(self._frame, dtype=np.int16)
        filled = 0
        while self._waiting and filled < self._frame:
            piece = self._waiting.popleft()
            part = piece[: self._frame - filled]
            frame[filled : filled + part.size] = part
            filled += part.size
            if part.size < piece.size:
                self._waiting.appendleft(piece[part.size :])
        self._waiting_samples -= filled
        return frame, filled

    def _marks_sent(self) -> list[Pcm | Mark]:
        marks: list[Pcm | Mark] = []
        while self._unsent and self._unsent[0][0] <= self._sent:
            position, mark = self._unsent.popleft()
            marks.append(mark)
            if self._echoes:
                self._planned[mark.name] = max([*self._when_played(position), 0.0])
        return marks

    def _when_played(self, position: int) -> list[float]:
        """The moment when this position is reached, none while its audio was not sent."""
        reached = self._played
        if position <= reached:
            return [-inf]
        for sent in self._in_flight:
            if position <= reached + sent.samples:
                return [sent.starts + (position - reached) / self._rate]
            reached += sent.samples
        return []
