"""Owns what is read in RTP payloads without decoding them: lengths of Opus, keys of RFC 4733.

Pure. Must not know packets' order, audio or sockets.
"""

from collections import deque
from typing import Final

KEYS: Final = "0123456789*#ABCD"
"""By event number (RFC 4733, section 3.2, table 3)."""
MAX_OPUS: Final = 1275 * 3 + 7
"""Bytes of the longest sensible packet: 60 ms in frames of 1275 (RFC 6716, section 3.4)."""

_SILK_MS: Final = (10.0, 20.0, 40.0, 60.0)
_HYBRID_MS: Final = (10.0, 20.0)
_CELT_MS: Final = (2.5, 5.0, 10.0, 20.0)
_MAX_MS: Final = 120.0
_REMEMBERED: Final = 16


def opus_ms(payload: bytes) -> float:
    """Milliseconds of audio in an Opus packet (RFC 6716, section 3.1); 0 when it is none."""
    if not payload or len(payload) > MAX_OPUS:
        return 0.0
    config, code = payload[0] >> 3, payload[0] & 3
    if config < 12:
        frame_ms = _SILK_MS[config % 4]
    elif config < 16:
        frame_ms = _HYBRID_MS[config % 2]
    else:
        frame_ms = _CELT_MS[config % 4]
    frames = 1 if code == 0 else 2
    if code == 3:
        frames = payload[1] & 0x3F if len(payload) > 1 else 0
    total = frames * frame_ms
    return total if total <= _MAX_MS else 0.0


class KeyPresses:
    """Keys from telephone events. A key is told at its first packet, whichever that is.

    All packets of a press carry the timestamp of its beginning, so neither the loss of some nor
    their coming twice or in disorder matters.
    """

    def __init__(self) -> None:
        self._told: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)

    def push(self, ssrc: int, timestamp: int, payload: bytes) -> str | None:
        """The key of a press that begins here; None for all other packets."""
        if len(payload) < 4 or payload[0] >= len(KEYS) or (ssrc, timestamp) in self._told:
            return None
        self._told.append((ssrc, timestamp))
        return KEYS[payload[0]]
