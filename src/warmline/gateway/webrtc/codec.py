"""Owns coding and decoding of the callers' audio: Opus and G.711, by FFmpeg.

The only importer of av. Must not know packets' order, connections or time. A bad packet costs
its own audio and nothing else. 20 ms of Opus take 0.03 ms to decode and 0.1 ms to encode, less
than handing them to a thread would, so both happen where they are asked for.
"""

from fractions import Fraction
from typing import Final, Literal, TypeAlias, cast

import av
import numpy as np
from av import AudioCodecContext, AudioFrame, CodecContext, Packet
from av.stream import Stream

from warmline.audio.frame import FRAME_S, Pcm
from warmline.audio.resample import StreamResampler
from warmline.gateway.webrtc.payloads import opus_ms

OPUS_RATE: Final = 16_000
"""Hz. What the recogniser hears and telephones call wide band; 48 kHz would cost the caller's
side nothing and ours a resampler at every step."""
G711_RATE: Final = 8_000
OPUS_CLOCK: Final = 48_000
"""Hz of RTP timestamps, whatever the audio's rate (RFC 7587, section 4.1)."""
OPUS_BIT_RATE: Final = 28_000
"""Transparent for wide-band speech in mono (RFC 7587, section 3.1.1: 16 to 20 kbit/s)."""
EXPECTED_LOSS: Final = "5"
"""Percent; how much Opus spends on forward error correction for peers who can use it."""
VoicePacket: TypeAlias = "Packet[Stream]"
"""20 ms of coded audio with its timestamp."""
SETTLED: Final = 10
"""Frames of digital silence after which they are all coded alike, so that coding them again
would be for nothing; a call is silent most of the time."""
_FFMPEG: Final = {"opus": "libopus", "pcmu": "pcm_mulaw", "pcma": "pcm_alaw"}


def rate_of(codec: str) -> int:
    """Hz of the line's audio, by codec."""
    return OPUS_RATE if codec == "opus" else G711_RATE


def _context(codec: str, mode: Literal["r", "w"], rate: int) -> AudioCodecContext:
    context = cast(AudioCodecContext, CodecContext.create(_FFMPEG[codec], mode))
    context.format = "s16"
    context.layout = "mono"
    context.sample_rate = rate
    return context


class Decoder:
    """One stream of one caller. `codec`: opus | pcmu | pcma."""

    def __init__(self, codec: str) -> None:
        self._opus = codec == "opus"
        rate = OPUS_CLOCK if self._opus else G711_RATE
        self._resampler = StreamResampler(rate, rate_of(codec))
        self._context = _context(codec, "r", rate)

    def slots(self, payload: bytes) -> int:
        """How many times 20 ms are in it; 0 when it cannot be used."""
        ms = opus_ms(payload) if self._opus else len(payload) / G711_RATE * 1000
        return round(ms / 20) if 15 < ms <= 120 else 0

    def decode(self, payload: bytes) -> Pcm | None:
        """Samples at `rate_of(codec)`, a multiple of 20 ms; None for a bad packet."""
        if not payload:  # FFmpeg would take it for the end of the stream
            return None
        try:
            frames = self._context.decode(Packet(payload))
        except (av.FFmpegError, ValueError):
            return None
        parts = [np.frombuffer(bytes(frame.planes[0]), np.int16, frame.samples) for frame in frames]
        if not parts:
            return None
        return self._resampler.push(parts[0] if len(parts) == 1 else np.concatenate(parts))


class Encoder:
    """One stream to one caller. `codec`: opus | pcmu | pcma."""

    def __init__(self, codec: str, *, in_band_fec: bool = False) -> None:
        self._rate = rate_of(codec)
        clock = OPUS_CLOCK if codec == "opus" else G711_RATE
        self._clock = Fraction(1, clock)
        self._ticks = round(clock * FRAME_S)
        self._frames = 0
        self._coded = 0
        self._silent = 0  # frames in a row
        self._last: bytes | None = None
        self._context = _context(codec, "w", self._rate)
        self._context.time_base = Fraction(1, self._rate)
        if codec == "opus":
            self._context.bit_rate = OPUS_BIT_RATE
            fec = {"fec": "1", "packet_loss": EXPECTED_LOSS} if in_band_fec else {}
            self._context.options = {
                "application": "voip",
                "frame_duration": "20",
                # Above 5 the ear hears no difference at this rate; it costs a third more.
                "compression_level": "5",
            } | fec

    def encode(self, pcm: Pcm) -> "VoicePacket | None":
        """20 ms at `rate_of(codec)`. Timestamps advance by exactly 20 ms a call."""
        payload = self._payload(pcm)
        at = self._frames
        self._frames += 1
        if payload is None:
            return None
        packet: VoicePacket = Packet(payload)
        packet.pts = at * self._ticks
        packet.time_base = self._clock
        return packet

    def _payload(self, pcm: Pcm) -> bytes | None:
        self._silent = 0 if pcm.any() else self._silent + 1
        if self._silent > SETTLED:
            return self._last
        frame = AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate
        frame.pts = self._coded * pcm.size
        self._coded += 1
        packets = self._context.encode(frame)
        self._last = bytes(packets[0]) if packets else None
        return self._last
