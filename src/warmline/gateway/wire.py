"""Owns the messages of `warmline.audio.v1`: their form, their order and their audio formats.

Pure: bytes and texts in, messages and samples out. Must not know sockets, time or calls.
The README beside this file is the description for people who write a client;
`python -m warmline.gateway.wire` prints the JSON Schema.
"""

import json
from typing import Annotated, Any, Final, Literal, Never, get_args

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from warmline.audio import g711
from warmline.audio.frame import Pcm
from warmline.errors import WarmlineError

SUBPROTOCOL: Final = "warmline.audio.v1"
MAX_MESSAGE: Final = 65_536
"""Bytes of the largest message: 0.7 s of audio in the widest format, 8 s in the narrowest."""


class WireError(WarmlineError):
    """The client broke the protocol. It gets `code` and the message, then `close_code`."""

    def __init__(self, code: str, message: str, close_code: int) -> None:
        super().__init__(message)
        self.code = code
        self.close_code = close_code
        """WebSocket close code (RFC 6455, section 7.4.1)."""


# --- messages ------------------------------------------------------------------------------


def _printable(text: str) -> str:
    # Control characters would forge log lines and break agents' screens.
    if not text.isprintable():
        raise ValueError("only printable characters are allowed")
    return text


Label = Annotated[str, StringConstraints(max_length=64), AfterValidator(_printable)]
"""At most 64 printable characters."""


class _Message(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )


class Start(_Message):
    """Always the client's first message, sent once: who calls, and in which audio format."""

    type: Literal["start"]
    encoding: Literal["pcm16", "mulaw"]
    """Of both directions: signed 16 bit little-endian, or one byte a sample (G.711)."""
    rate: Literal[8000, 16000, 24000, 48000]
    """Samples a second (Hz), mono, of both directions."""
    caller: Label = ""
    """Caller id: a hint, never an identity."""
    flow: Label = ""
    """The voice flow to run; empty for the server's default."""


class Dtmf(_Message):
    """The caller pressed a key."""

    type: Literal["dtmf"]
    digit: Literal[
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D"
    ]  # fmt: skip


class Stop(_Message):
    """The caller hangs up. The server answers `ended` and closes."""

    type: Literal["stop"]


class Started(_Message):
    """The call is accepted."""

    type: Literal["started"] = "started"
    call_id: str


class MarkSet(_Message):
    """All audio before this message belongs to what the server calls `name`."""

    type: Literal["mark"] = "mark"
    name: str


class Clear(_Message):
    """Throw away at once all audio that was received and not played yet."""

    type: Literal["clear"] = "clear"


class Ended(_Message):
    """The call is over; the server closes with 1000."""

    type: Literal["ended"] = "ended"
    reason: str


class Error(_Message):
    """The call cannot start or go on; the server closes with the code of the README's table."""

    type: Literal["error"] = "error"
    code: str
    """For programs."""
    message: str
    """For people: what was wrong and what to do."""


ClientMessage = Start | Dtmf | Stop
ServerMessage = Started | MarkSet | Clear | Ended | Error

_CLIENT: Final[dict[str, type[Start] | type[Dtmf] | type[Stop]]] = {
    "start": Start,
    "dtmf": Dtmf,
    "stop": Stop,
}


# --- reading and writing -------------------------------------------------------------------


class WireCodec:
    """One connection's messages, in order: `start` first and once, no audio before it."""

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self._max = max_message
        self.start: Start | None = None
        """What the client asked for, once it did."""

    def text(self, text: str) -> ClientMessage:
        """Read a text message. Raises WireError."""
        if len(text) > self._max or len(text.encode(errors="surrogatepass")) > self._max:
            raise self._too_big("text")
        message = _parse(text)
        if isinstance(message, Start):
            if self.start is not None:
                raise WireError("bad_message", "start: it was sent already, send it once", 1008)
            self.start = message
        elif self.start is None:
            raise WireError("bad_message", f"{message.type}: send start first", 1008)
        return message

    def binary(self, data: bytes) -> Pcm:
        """Read audio: int16 samples at the caller's rate, none for no bytes. Raises WireError."""
        if len(data) > self._max:
            raise self._too_big("binary")
        if not data:
            return np.empty(0, dtype=np.int16)
        if self.start is None:
            raise WireError("audio_before_start", "audio: send start first", 1008)
        if self.start.encoding == "mulaw":
            return g711.decode(data)
        if len(data) % 2:
            raise WireError(
                "odd_bytes", f"audio: {len(data)} bytes are no whole number of 16 bit samples", 1007
            )
        return np.frombuffer(data, dtype="<i2").astype(np.int16)

    def encode(self, pcm: Pcm) -> bytes:
        """Samples at the caller's rate in the caller's encoding. Needs `start`."""
        if self.start is None:
            raise RuntimeError("encode() before start")
        if self.start.encoding == "mulaw":
            return g711.encode(pcm)
        return pcm.astype("<i2", copy=False).tobytes()

    def _too_big(self, kind: str) -> WireError:
        return WireError("too_big", f"{kind}: a message may have {self._max} bytes", 1009)


def _parse(text: str) -> ClientMessage:
    try:
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError):
        # The parser's own words would quote the message.
        raise WireError("bad_json", "text: it is not valid JSON (RFC 8259)", 1007) from None
    if not isinstance(data, dict):
        raise WireError("bad_message", "text: a message must be a JSON object", 1008)
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in _CLIENT:
        raise WireError("bad_message", "type: must be start, dtmf or stop", 1008)
    try:
        return _CLIENT[kind].model_validate(data, strict=True)
    except ValidationError as error:
        raise _explain(kind, error) from None


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Two readers of one message could each believe another value.
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _explain(kind: str, error: ValidationError) -> WireError:
    """The first thing wrong, by the name of our field and never with the client's value."""
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    if first["type"] == "extra_forbidden":
        return WireError("bad_message", f"{kind}: it has a field that is not known", 1008)
    field = str(first["loc"][0])
    message = f"{kind}.{field}: {first['msg']}"
    if first["type"] == "literal_error" and field in ("encoding", "rate"):
        return WireError("unsupported_audio", message, 1003)
    return WireError("bad_message", message, 1008)


# --- the schema ----------------------------------------------------------------------------


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of all text messages of both sides."""
    client, server = get_args(ClientMessage), get_args(ServerMessage)
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    modes += [(model, "validation") for model in client]
    modes += [(model, "serialization") for model in server]
    _, shared = models_json_schema(modes)
    sides = {
        name: {"oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in models]}
        for name, models in (("ClientMessage", client), ("ServerMessage", server))
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SUBPROTOCOL,
        "description": "Text messages of Warmline's WebSocket door; audio goes as binary messages.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in sides],
        "$defs": shared["$defs"] | sides,
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
