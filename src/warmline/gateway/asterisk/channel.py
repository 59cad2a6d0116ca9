"""Owns the messages of Asterisk's WebSocket media channel (chan_websocket), in both their forms.

Pure: texts and bytes in, events and samples out, and back. Must not know sockets, time or calls.

Source: Asterisk's chan_websocket.c (22.10). Texts control, binaries are bare audio. Asterisk
speaks JSON where the dialplan says `f(json)`, else `NAME key:value …` (and `NAME id` for marks);
we answer in the form that its MEDIA_START had. A command of more than 128 bytes is ignored
there without a word, so marks go under short names of our own.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.audio import alaw, g711
from warmline.audio.frame import FRAME_S, Pcm
from warmline.gateway.wire import WireError

SUBPROTOCOL: Final = "media"
MAX_TEXT: Final = 65_536
"""Bytes of a text of Asterisk's; the longest known, MEDIA_START, has some hundreds."""
MAX_BINARY: Final = 65_536
"""Bytes of a piece of audio; Asterisk sends 20 ms each."""
MAX_COMMAND: Final = 128
"""Bytes of a command that Asterisk reads."""
MAX_ID: Final = 40
"""Characters of an id within a command: leaves room for the longest command around it."""

_RATES: Final = {
    "ulaw": 8_000,
    "alaw": 8_000,
    "slin": 8_000,
    "slin12": 12_000,
    "slin16": 16_000,
    "slin24": 24_000,
    "slin32": 32_000,
    "slin44": 44_100,
    "slin48": 48_000,
    "slin96": 96_000,
    "slin192": 192_000,
}
"""Formats by Asterisk's names, with their samples a second (Hz)."""
_DIGITS: Final = frozenset("0123456789*#ABCD")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaStart:
    """The first event: how audio is carried."""

    format: str
    """One of Asterisk's names: ulaw, alaw, slin, slin16 …"""
    frame_bytes: int
    """Audio to Asterisk must come in multiples of so many bytes; it drops what is over."""
    json: bool
    """Whether Asterisk speaks JSON."""

    @property
    def rate(self) -> int:
        """Samples a second (Hz)."""
        return _RATES[self.format]

    @property
    def codec(self) -> str:
        """As in `ports.AudioProfile`."""
        return {"ulaw": "mulaw", "alaw": "alaw"}.get(self.format, "pcm16")


@dataclass(frozen=True, slots=True)
class Key:
    """A key was released: one of 0-9 * # A-D."""

    digit: str


@dataclass(frozen=True, slots=True)
class MarkPlayed:
    """All audio sent before the command MARK_MEDIA with this id was played."""

    id: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Asterisk's queue is full (18 s wait), or has room again."""

    may_send: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """Asterisk could not carry out a command; the call goes on."""


@dataclass(frozen=True, slots=True)
class Other:
    """Nothing that we act upon: STATUS, QUEUE_DRAINED, what later versions bring."""


ChannelEvent = MediaStart | Key | MarkPlayed | Flow | Failed | Other


def parse(text: str) -> ChannelEvent:
    """Read a text of Asterisk's, in either form. Raises WireError."""
    if len(text) > MAX_TEXT:
        raise WireError("too_big", f"text: an event may have {MAX_TEXT} characters", 1009)
    is_json = text.startswith("{")
    name, fields = _json(text) if is_json else _plain(text)
    match name:
        case "MEDIA_START":
            return _media_start(fields, is_json)
        case "DTMF_END" if (digit := fields.get("digit", "")) in _DIGITS:
            return Key(digit)
        case "MEDIA_MARK_PROCESSED":
            return MarkPlayed(fields.get("correlation_id", ""))
        case "MEDIA_XOFF":
            return Flow(may_send=False)
        case "MEDIA_XON":
            return Flow(may_send=True)
        case "ERROR":
            return Failed()
        case _:
            return Other()


def _json(text: str) -> tuple[str, dict[str, str]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        # The parser's own words would quote the message.
        raise WireError("bad_json", "text: it is not valid JSON (RFC 8259)", 1007) from None
    fields = {key: str(value) for key, value in data.items() if isinstance(value, str | int)}
    return fields.get("event", ""), fields


def _plain(text: str) -> tuple[str, dict[str, str]]:
    name, *rest = text.split() or [""]
    fields = {"correlation_id": rest[0]} if rest else {}
    fields |= dict(part.split(":", 1) for part in rest if ":" in part)
    return name, fields


def _media_start(fields: dict[str, str], is_json: bool) -> MediaStart:
    name = fields.get("format", "")
    if name not in _RATES:
        raise WireError(
            "unsupported_audio", f"MEDIA_START: format must be one of {', '.join(_RATES)}", 1003
        )
    width = 1 if name in ("ulaw", "alaw") else 2
    frame = fields.get("optimal_frame_size", str(round(_RATES[name] * FRAME_S) * width))
    if not (re.fullmatch("[0-9]{1,5}", frame) and 0 < int(frame) <= MAX_BINARY):
        raise WireError(
            "bad_message", f"MEDIA_START: optimal_frame_size must be 1 to {MAX_BINARY}", 1008
        )
    return MediaStart(format=name, frame_bytes=int(frame), json=is_json)


class ChannelCodec:
    """One channel's audio in both directions, and our commands."""

    def __init__(self, start: MediaStart) -> None:
        self._start = start
        self._rest = b""
        self._silence = {"ulaw": b"\xff", "alaw": b"\xd5"}.get(start.format, b"\0")

    def decode(self, data: bytes) -> Pcm:
        """Samples at the format's rate. Raises WireError for too many, or for half a sample."""
        if len(data) > MAX_BINARY:
            raise WireError("too_big", f"binary: audio may have {MAX_BINARY} bytes", 1009)
        match self._start.codec:
            case "mulaw":
                return g711.decode(data)
            case "alaw":
                return alaw.decode(data)
        if len(data) % 2:
            raise WireError(
                "odd_bytes", f"audio: {len(data)} bytes are no whole number of 16 bit samples", 1007
            )
        return np.frombuffer(data, dtype="<i2").astype(np.int16)

    def encode(self, pcm: Pcm) -> bytes:
        """What can be sent now: whole frames of Asterisk's; the rest waits for more."""
        match self._start.codec:
            case "mulaw":
                data = self._rest + g711.encode(pcm)
            case "alaw":
                data = self._rest + alaw.encode(pcm)
            case _:
                data = self._rest + pcm.astype("<i2").tobytes()
        whole = len(data) // self._start.frame_bytes * self._start.frame_bytes
        self._rest = data[whole:]
        return data[:whole]

    def flush(self) -> bytes:
        """The rest as one frame filled up with silence; nothing where nothing waits."""
        rest, self._rest = self._rest, b""
        return rest.ljust(self._start.frame_bytes, self._silence) if rest else b""

    def drop(self) -> None:
        """Forget the rest."""
        self._rest = b""

    def command(self, name: str, id: str = "") -> str:
        """A command in Asterisk's form, with an id of at most MAX_ID printable characters."""
        if len(id) > MAX_ID:
            raise ValueError(f"an id may have {MAX_ID} characters, not {len(id)}")
        if not self._start.json:
            return f"{name} {id}".rstrip()
        return json.dumps({"command": name} | ({"correlation_id": id} if id else {}))
