"""Owns what comes in on a media stream: the messages of four dialects, and their order.

Pure: texts in, typed events out. Must not know sockets, time or calls; what goes out is
commands'. The README beside this file says which dialect was tried with what.

Tolerant where the providers differ or their documentation is silent: the order of keys, fields
and events not known here, numbers as strings. Strict where a mistake would mix up two calls:
`start` comes first and once, and each message belongs to the stream and call that it named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from warmline.audio.frame import Pcm
from warmline.gateway.twilio import fields
from warmline.gateway.twilio.formats import AudioFormat, BadPayload, audio_format
from warmline.gateway.twilio.strict_json import read_object
from warmline.gateway.wire import WireError

MAX_MESSAGE: Final = 65_536
"""Bytes; also of all that comes before `start`."""
DIGITS: Final = frozenset("0123456789*#ABCD")


class Dialect(Enum):
    TWILIO = "twilio"
    SIGNALWIRE = "signalwire"
    TELNYX = "telnyx"
    PLIVO = "plivo"
    """Vobiz speaks it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The stream is open; `Started` follows. Plivo leaves it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    dialect: Dialect
    stream: str
    """The provider's id of this stream, and of the call below."""
    call: str
    format: AudioFormat
    """Of both directions."""
    parameters: Mapping[str, str] = field(repr=False)
    """What our answer to the webhook gave along, with `from` and `to` where the provider tells
    them. Unverified: a token among them is to be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Audio of the caller, at least one sample."""

    pcm: Pcm
    number: int | None
    """Counts the media messages of the stream."""
    timestamp_ms: int | None
    """When it began, on the stream's own clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadMedia:
    """Audio that cannot be used; its place in the stream stays empty."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkEchoed:
    """All was played up to this mark, or cleared."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The caller hung up, or the provider goes on with something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """The provider could not use what we sent."""

    code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing that we need."""


StreamEvent = (
    Connected | Started | Media | BadMedia | Key | MarkEchoed | Stopped | Complaint | Ignored
)


class StreamReader:
    """One connection's messages, in order. All methods raise WireError for a broken protocol."""

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self._max = max_message
        self._before_start = 0  # bytes
        self._version = ""
        self._others = 0  # numbered messages that are no media, for streams without `chunk`
        self.start: Started | None = None
        """How the stream began, once it did."""

    def binary(self, data: bytes) -> StreamEvent:
        """No dialect sends binary messages."""
        raise WireError("binary", "messages must be text, as JSON", 1003)

    def text(self, text: str) -> StreamEvent:
        size = len(text.encode(errors="surrogatepass"))
        if self.start is None:
            self._before_start += size
        if size > self._max or self._before_start > self._max:
            raise WireError("too_big", f"text: a message may have {self._max} bytes", 1009)
        try:
            message = read_object(text)
        except ValueError:
            # The parser's own words would quote the message.
            raise WireError("bad_json", "text: it is not valid JSON, or too deep", 1007) from None
        event = message.get("event")
        if not isinstance(event, str):
            raise WireError("bad_message", "event: it must be a string", 1008)
        self._check_ids(message)
        return self._read(event, message)

    def _read(self, event: str, message: dict[str, Any]) -> StreamEvent:
        match event:
            case "connected":
                if self.start is not None:
                    raise WireError("bad_message", "connected: it must come first", 1008)
                self._version = fields.text(message, "version")
                return Connected()
            case "start":
                return self._read_start(message)
            case "media" | "dtmf" | "mark" | "playedStream" | "stop" if self.start is None:
                raise WireError("bad_message", f"{event}: send start first", 1008)
            case "media":
                return self._read_media(message)
        # Streams number all their messages; those without audio take a number too.
        self._others += fields.number(message, "sequenceNumber", "sequence_number") is not None
        match event:
            case "dtmf":
                digit = fields.text(fields.inner(message, "dtmf"), "digit").upper()
                return Key(digit=digit) if digit in DIGITS else Ignored()
            case "mark":
                return MarkEchoed(name=fields.text(fields.inner(message, "mark"), "name"))
            case "playedStream":
                return MarkEchoed(name=fields.text(message, "name"))
            case "stop":
                return Stopped()
            case "error":
                return Complaint(code=fields.number(fields.inner(message, "payload"), "code"))
            case _:
                return Ignored()

    def _check_ids(self, message: dict[str, Any]) -> None:
        """Each message that names its stream or call must name those of `start`."""
        if (start := self.start) is None:
            return
        for part in (message, fields.inner(message, "stop"), fields.inner(message, "start")):
            if fields.stream_id(part) not in ("", start.stream):
                raise WireError("other_stream", "streamSid: it is that of another stream", 1008)
            if fields.call_id(part) not in ("", start.call):
                raise WireError("other_call", "callSid: it is that of another call", 1008)

    def _read_start(self, message: dict[str, Any]) -> Started:
        if self.start is not None:
            raise WireError("bad_message", "start: it was sent already, send it once", 1008)
        start = fields.inner(message, "start")
        stream, call = fields.stream_id(start), fields.call_id(start)
        outer = fields.stream_id(message)
        if not (stream or outer) or not call:
            raise WireError("bad_message", "start: streamSid and callSid must be there", 1008)
        if stream and outer and stream != outer:
            raise WireError("other_stream", "start: it names two streams", 1008)
        self.start = Started(
            dialect=self._dialect(message, start),
            stream=stream or outer,
            call=call,
            format=audio_format(
                fields.inner(start, "mediaFormat") or fields.inner(start, "media_format")
            ),
            parameters=fields.parameters(message, start),
        )
        return self.start

    def _dialect(self, message: dict[str, Any], start: dict[str, Any]) -> Dialect:
        if "call_control_id" in start or "stream_id" in message:
            return Dialect.TELNYX
        if "streamId" in start or "streamId" in message:
            return Dialect.PLIVO
        return Dialect.SIGNALWIRE if self._version == "0.2.0" else Dialect.TWILIO

    def _read_media(self, message: dict[str, Any]) -> StreamEvent:
        media = fields.inner(message, "media")
        number = fields.number(media, "chunk")
        if number is None:
            sequence = fields.number(message, "sequenceNumber", "sequence_number")
            number = None if sequence is None else sequence - self._others
        if fields.text(media, "track").startswith("outbound"):
            return Ignored()
        assert self.start is not None
        try:
            pcm = self.start.format.decode(media.get("payload"))
        except BadPayload as bad:
            return BadMedia(why=str(bad))
        timestamp = fields.number(media, "timestamp")
        if self.start.dialect is Dialect.PLIVO:
            timestamp = None  # the wall clock of its server: it jitters with the network
        return Media(pcm=pcm, number=number, timestamp_ms=timestamp)
