"""Owns what comes in from a caller until the call takes it: rate, 20 ms frames, and limits.

Pure: the caller of these methods brings the clock. Must not know sockets or hearing.

Who loses: when the call does not keep up, the oldest frames in the ring; when the client
sends faster than real time for long, its newest frames. Both are told by `Dropped`, and the
positions of the frames count on over what was lost. Digits and marks are never lost.
"""

from collections import deque
from typing import Final

import numpy as np

from warmline.audio.frame import FRAME, FRAME_S, RATE, Frame, Pcm
from warmline.audio.resample import StreamResampler
from warmline.gateway.wire import WireError
from warmline.ports import Digit, Dropped, LineEvent, LineStats, MarkPlayed

MAX_FLOOD_S: Final = 60.0
"""Seconds of audio dropped for coming too fast, after which the client is sent away."""
MAX_DIGITS: Final = 64
"""Digits that may wait: no person presses more within the 30 s that a call may stall."""


class Intake:
    """One caller's incoming audio and events, in order, at most `ring_s` seconds of audio."""

    def __init__(self, rate: int, *, ring_s: float, burst_s: float) -> None:
        self._rate = rate
        self._resampler = StreamResampler(rate, RATE)
        self._rest: Pcm = np.empty(0, dtype=np.int16)
        self._position = 0
        self._waiting: deque[LineEvent] = deque()
        self._frames = 0
        self._max_frames = round(ring_s / FRAME_S)
        self._digits = 0
        self._overrun = 0  # frames lost from the ring and not told yet
        self._burst_s = burst_s
        self._budget_s = burst_s  # a token bucket: seconds of audio that may come now
        self._filled_at: float | None = None
        self._flood_s = 0.0
        self.received = 0
        """Frames that came, whatever became of them."""
        self._lost = 0
        self.late = 0
        """Frames that came after their place had been filled; the door counts them."""
        self._dropped = 0
        self._jitter_s = 0.0
        self._transit_s: float | None = None
        self._sent_s = 0.0  # seconds of audio that came, by the far end's clock

    def audio(self, pcm: Pcm, now: float) -> None:
        """Take samples at the caller's rate. Raises WireError (`too_fast`)."""
        if self._filled_at is not None:
            self._budget_s = min(self._budget_s + now - self._filled_at, self._burst_s)
        self._filled_at = now
        if not pcm.size:
            return
        self._measure_jitter(pcm.size / self._rate, now)
        self._take(pcm)

    def lost(self, frames: int) -> None:
        """So many frames did not come: silence in their place keeps positions right."""
        self._lost += frames
        self.silence(frames)

    def silence(self, frames: int) -> None:
        """Nothing comes from the far end: so many frames of silence pass."""
        self._take(np.zeros(frames * round(self._rate * FRAME_S), dtype=np.int16), paced=False)

    def stats(self, underruns: int, behind_s: float = 0.0, network_s: float = 0.0) -> LineStats:
        return LineStats(
            received=self.received,
            lost=self._lost,
            late=self.late,
            dropped=self._dropped,
            jitter_ms=round(self._jitter_s * 1000, 1),
            underruns=underruns,
            behind_s=behind_s,
            network_s=network_s,
        )

    def _measure_jitter(self, seconds: float, now: float) -> None:
        self.received += max(1, round(seconds / FRAME_S))
        self._sent_s += seconds
        transit = now - self._sent_s
        if self._transit_s is not None:
            self._jitter_s += (abs(transit - self._transit_s) - self._jitter_s) / 16
        self._transit_s = transit

    def _take(self, pcm: Pcm, *, paced: bool = True) -> None:
        samples = self._resampler.push(pcm)
        if self._rest.size:
            samples = np.concatenate([self._rest, samples])
        whole = samples.size // FRAME * FRAME
        self._rest = samples[whole:]
        for at in range(0, whole, FRAME):
            self._frame(Frame(samples[at : at + FRAME], self._position), paced)
            self._position += FRAME

    def digit(self, digit: str) -> None:
        """Take a pressed key. Raises WireError (`too_fast`)."""
        if self._digits >= MAX_DIGITS:
            raise WireError("too_fast", f"dtmf: more than {MAX_DIGITS} digits are waiting", 1008)
        self._digits += 1
        self._waiting.append(Digit(digit))

    def mark_played(self, name: str) -> None:
        self._waiting.append(MarkPlayed(name))

    def pop(self) -> LineEvent | None:
        """The next thing that came in, None when there is none."""
        if self._overrun:
            lost, self._overrun = self._overrun, 0
            return Dropped(lost)
        if not self._waiting:
            return None
        event = self._waiting.popleft()
        self._frames -= isinstance(event, Frame)
        self._digits -= isinstance(event, Digit)
        return event

    def _frame(self, frame: Frame, paced: bool) -> None:
        # Half a frame of slack: adding up 0.02 never gives a round number.
        if paced and self._budget_s < FRAME_S / 2:
            self._refuse()
            return
        self._budget_s -= FRAME_S if paced else 0.0
        if self._frames >= self._max_frames:
            self._drop_oldest()
        self._frames += 1
        self._waiting.append(frame)

    def _refuse(self) -> None:
        self._flood_s += FRAME_S
        self._dropped += 1
        if self._flood_s > MAX_FLOOD_S:
            raise WireError("too_fast", "audio: send it at the pace of real time", 1008)
        match self._waiting[-1] if self._waiting else None:
            case Dropped(frames):
                self._waiting[-1] = Dropped(frames + 1)
            case _:
                self._waiting.append(Dropped(1))

    def _drop_oldest(self) -> None:
        kept: list[LineEvent] = []
        while not isinstance(event := self._waiting.popleft(), Frame):
            match event:
                case Dropped(frames):
                    self._overrun += frames
                case _:
                    kept.append(event)
        self._waiting.extendleft(reversed(kept))
        self._frames -= 1
        self._overrun += 1
        self._dropped += 1
