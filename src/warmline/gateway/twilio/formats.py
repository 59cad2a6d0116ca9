"""Owns the audio in media messages: which formats there are, and base64 to samples and back.

Pure. Linear audio is little-endian, whatever RFC 3551 says of L16: that is what these providers
pass on to speech services (README: what is known of Telnyx).
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from warmline.audio import alaw, g711
from warmline.audio.frame import Pcm
from warmline.gateway.twilio import fields
from warmline.gateway.wire import WireError

MAX_PAYLOAD: Final = 8192
"""Bytes of audio in one message: a second of mu-law, a quarter of 16 kHz linear."""
_MAX_BASE64: Final = (MAX_PAYLOAD + 2) // 3 * 4

_MULAW: Final = {"audio/x-mulaw", "audio/mulaw", "audio/pcmu", "pcmu", "mulaw"}
_ALAW: Final = {"audio/x-alaw", "audio/alaw", "audio/pcma", "pcma", "alaw"}
_LINEAR: Final = {"audio/x-l16", "audio/l16", "l16"}
_LINEAR_RATES: Final = {8000, 16000, 24000}


class BadPayload(ValueError):
    """A payload that cannot be used. `str` says why, without quoting it."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    codec: Literal["mulaw", "alaw", "pcm16"]
    rate: int
    """Samples a second (Hz), mono."""

    def decode(self, payload: object) -> Pcm:
        """Samples of a base64 payload, at least one. Raises BadPayload."""
        if not isinstance(payload, str) or not payload:
            raise BadPayload("empty")
        if len(payload) > _MAX_BASE64:
            raise BadPayload("too long")
        try:
            data = b64decode(payload, validate=True)
        except (binascii.Error, ValueError):
            raise BadPayload("not base64") from None
        if not 1 <= len(data) <= MAX_PAYLOAD:
            raise BadPayload("too long" if data else "empty")
        if self.codec == "mulaw":
            return g711.decode(data)
        if self.codec == "alaw":
            return alaw.decode(data)
        if len(data) % 2:
            raise BadPayload("half a sample")
        return np.frombuffer(data, dtype="<i2").astype(np.int16)

    def encode(self, pcm: Pcm) -> str:
        """Samples at `rate` as a base64 payload."""
        if self.codec == "mulaw":
            return b64encode(g711.encode(pcm)).decode()
        if self.codec == "alaw":
            return b64encode(alaw.encode(pcm)).decode()
        return b64encode(pcm.astype("<i2", copy=False).tobytes()).decode()


def audio_format(told: Mapping[str, Any]) -> AudioFormat:
    """What a `mediaFormat` says. Raises WireError for all that would be heard as noise."""
    encoding = fields.text(told, "encoding").lower().partition(";")[0].partition("@")[0]
    rate = fields.number(told, "sampleRate", "sample_rate")
    if fields.text(told, "channels") in ("", "1"):
        if encoding in _MULAW and rate == 8000:
            return AudioFormat("mulaw", rate)
        if encoding in _ALAW and rate == 8000:
            return AudioFormat("alaw", rate)
        if encoding in _LINEAR and rate in _LINEAR_RATES:
            return AudioFormat("pcm16", rate)
    raise WireError(
        "unsupported_audio",
        "start.mediaFormat: this server takes mu-law (audio/x-mulaw, PCMU) and A-law (PCMA) at "
        "8000 Hz, and linear 16 bit (audio/x-l16, L16) at 8000, 16000 or 24000 Hz, mono; set the "
        "stream's codec",
        1003,
    )
