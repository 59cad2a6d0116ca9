"""Owns the messages of AudioSocket, Asterisk's audio over plain TCP: their bytes and limits.

Pure: bytes in, messages out, and back. Must not know sockets, time or calls.

A message is one byte of kind, the length of its payload in two bytes (big-endian), and the
payload. Source: Asterisk's res_audiosocket.c and app_audiosocket.c (22.10). The first message
is the call's UUID. The length of audio is free: a caller whose phone sends packets of 30 ms
comes in pieces of 480 bytes.

What cannot be understood is skipped by its length and counted, so that one odd message costs
nobody a call; a peer that goes on like that speaks another protocol and is sent away.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.audio.frame import Pcm
from warmline.gateway.wire import WireError

MAX_BAD: Final = 50
"""Messages that may be skipped in one call: a second of audio."""
HANG_UP: Final = b"\x00\x00\x00"
"""Ends AudioSocket; Asterisk's dialplan goes on behind it."""

_HEADER: Final = 3
_KIND_HANG_UP: Final = 0x00
_KIND_UUID: Final = 0x01
_KIND_DIGIT: Final = 0x03
_KIND_ERROR: Final = 0xFF
_RATES: Final = {
    0x10: 8_000,
    0x11: 12_000,
    0x12: 16_000,
    0x13: 24_000,
    0x14: 32_000,
    0x15: 44_100,
    0x16: 48_000,
    0x17: 96_000,
    0x18: 192_000,
}
"""Samples a second (Hz) of each kind of audio; the dialplan's application uses the first."""
_KINDS: Final = {rate: kind for kind, rate in _RATES.items()}
_DIGITS: Final = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True)
class Identified:
    """Which call this is. Always first, once."""

    uuid: str
    """In canonical form: 40325ec2-5efd-4bd3-805f-53576e581d13."""


@dataclass(frozen=True, slots=True)
class Audio:
    samples: Pcm
    rate: int
    """Hz."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key was released: one of 0-9 * # A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """Asterisk ends the call, which it usually does by closing the connection."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Asterisk could not go on: 1 hang-up, 2 forwarding of a frame, 4 memory."""

    code: int


Message = Identified | Audio | Key | HungUp | Failed


class AudioSocketCodec:
    """What one connection sends: give it bytes as they come, then take messages while there are."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._at = 0
        self._identified = False
        self.bad = 0
        """Messages skipped because they could not be understood."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes, cut anywhere."""
        del self._data[: self._at]
        self._at = 0
        self._data += data

    def next(self) -> Message | None:
        """The next message, None when its bytes have not all come. Raises WireError."""
        while len(self._data) >= self._at + _HEADER:
            kind = self._data[self._at]
            if not self._identified and kind != _KIND_UUID:
                raise WireError(
                    "bad_message", "the first message must be the call's UUID (kind 0x01)", 1008
                )
            start = self._at + _HEADER
            end = start + int.from_bytes(self._data[start - 2 : start], "big")
            if kind == _KIND_UUID:
                self._check_uuid(end - start)
            if len(self._data) < end:
                return None
            self._at = end
            if (message := self._read(kind, bytes(self._data[start:end]))) is not None:
                return message
        return None

    def _check_uuid(self, length: int) -> None:
        if self._identified:
            raise WireError("bad_message", "the call's UUID was sent already, send it once", 1008)
        if length != 16:
            raise WireError("bad_message", f"a UUID has 16 bytes, not {length}", 1008)

    def _read(self, kind: int, payload: bytes) -> Message | None:
        if kind in _RATES and payload and len(payload) % 2 == 0:
            return Audio(np.frombuffer(payload, dtype="<i2").astype(np.int16), _RATES[kind])
        if kind == _KIND_DIGIT and len(payload) == 1 and chr(payload[0]) in _DIGITS:
            return Key(chr(payload[0]))
        if kind == _KIND_UUID:
            self._identified = True
            return Identified(_canonical(payload))
        if kind == _KIND_HANG_UP:
            return HungUp()
        if kind == _KIND_ERROR:
            return Failed(payload[0] if payload else 0)
        self._skip()
        return None

    def _skip(self) -> None:
        self.bad += 1
        if self.bad > MAX_BAD:
            raise WireError(
                "bad_message", f"{self.bad} messages were of no known kind or length", 1008
            )


def encode(pcm: Pcm, rate: int) -> bytes:
    """Samples as one message of audio, at most 32,767 of them, at a rate of AudioSocket's."""
    return bytes((_KINDS[rate], *divmod(pcm.size * 2, 256))) + pcm.astype("<i2").tobytes()


def _canonical(uuid: bytes) -> str:
    digits = uuid.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
