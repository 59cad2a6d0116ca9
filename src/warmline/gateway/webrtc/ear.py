"""Owns one caller's audio from RTP packets to frames: order, decoding, gaps, pauses.

Must not know sockets or any WebRTC stack; the caller brings the clock. What is missing is made
up, so that the frames keep the pace of real time.
"""

from typing import Final

import numpy as np

from warmline.audio.frame import FRAME_S, Pcm
from warmline.gateway.webrtc.arrivals import Quality
from warmline.gateway.webrtc.codec import Decoder, rate_of
from warmline.gateway.webrtc.concealment import Concealer
from warmline.gateway.webrtc.jitter import Conceal, JitterBuffer, JitterSettings, Play, Silence

SILENT_S: Final = 5.0
"""Without packets for so long the peer is away, and there are no more frames."""
QUIET: Final = 100.0
"""Root mean square (of 32,767; -50 dBFS) below which nothing is taken for a voice."""
ABOVE_FLOOR: Final = 2.0
"""The same against the quietest of late: 6 dB."""
_FLOOR_RISE: Final = 1.005
"""Per frame: the floor follows a noise that has become louder by 6 dB within 3 s."""


class Ear:
    """`push` packets as they come, `pull` a frame whenever `due` is reached."""

    def __init__(self, codec: str, clock_rate: int, settings: JitterSettings | None = None) -> None:
        rate = rate_of(codec)
        self._decoder = Decoder(codec)
        self._buffer = JitterBuffer(clock_rate, settings)
        self._concealer = Concealer(rate)
        self._nothing: Pcm = np.zeros(round(rate * FRAME_S), dtype=np.int16)
        self._frame = self._nothing.size
        self._floor = QUIET
        self._quiet = True
        self._bad = 0
        self._packet_at: float | None = None

    def push(self, *, seq: int, timestamp: int, ssrc: int, payload: bytes, now: float) -> None:
        slots = self._decoder.slots(payload)
        if not slots:
            self._bad += 1
            self._buffer.other(seq=seq)
            return
        self._packet_at = now
        self._buffer.push(
            seq=seq, timestamp=timestamp, ssrc=ssrc, payload=payload, now=now, slots=slots
        )

    def other(self, *, seq: int) -> None:
        """A packet of the same stream that is no audio."""
        self._buffer.other(seq=seq)

    @property
    def due(self) -> float | None:
        """When to pull next; None while nothing comes."""
        if self._packet_at is None or self._buffer.due is None:
            return None
        return self._buffer.due if self._buffer.due < self._packet_at + SILENT_S else None

    def pull(self, now: float) -> Pcm:
        """The next 20 ms at the codec's rate; more when the peer's packets are longer."""
        match self._buffer.pull(now, quiet=self._quiet):
            case Play(payloads):
                return self._heard(payloads)
            case Conceal():
                return self._concealer.made_up()
            case Silence():
                self._quiet = True
                return self._nothing

    @property
    def quality(self) -> Quality:
        arrivals = self._buffer.arrivals
        return Quality(
            received=arrivals.received,
            lost=arrivals.lost,
            late=arrivals.late,
            duplicates=arrivals.duplicates,
            bad=self._bad,
            concealed=self._buffer.concealed,
            jitter_ms=arrivals.jitter_s * 1000,
            delay_ms=self._buffer.delay_s * 1000,
        )

    def _heard(self, payloads: tuple[bytes, ...]) -> Pcm:
        decoded = [self._decoder.decode(payload) for payload in payloads]
        self._bad += sum(pcm is None for pcm in decoded)
        parts = [pcm for pcm in decoded if pcm is not None and pcm.size]
        if not parts:
            return self._concealer.made_up()
        if len(parts) == 2:
            parts = [self._concealer.merged(*parts)]
        pcm = parts[0]
        joined = np.concatenate(
            [self._concealer.real(pcm[at : at + self._frame])
             for at in range(0, pcm.size, self._frame)]
        )  # fmt: skip
        self._listen(joined)
        return joined

    def _listen(self, pcm: Pcm) -> None:
        wave = pcm.astype(np.float32)
        level = float(wave @ wave / wave.size) ** 0.5
        self._floor = max(min(level, self._floor * _FLOOR_RISE), 1.0)
        self._quiet = level < max(QUIET, self._floor * ABOVE_FLOOR)
