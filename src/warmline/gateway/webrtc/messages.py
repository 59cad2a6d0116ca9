"""Owns the texts of the data channel "warmline": JSON objects, both ways.

Pure. Must not know calls. What Pipecat's clients send besides (texts that begin with "ping",
"signalling" objects) is passed over.
"""

import json
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from warmline.gateway.far_end import Farewell
from warmline.gateway.webrtc.arrivals import Quality
from warmline.ports import Caption

MAX_TEXT: Final = 4096
"""Characters of a text from the page."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Dtmf(_Message):
    """The caller pressed a key."""

    type: Literal["dtmf"]
    digit: Literal[
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D"
    ]  # fmt: skip


class Ping(_Message):
    """The page asks whether we live; it is answered by pong."""

    type: Literal["ping"]


class Stop(_Message):
    """The caller hangs up."""

    type: Literal["stop"]


class Captions(_Message):
    """The caller wants to read along, or no longer."""

    type: Literal["captions"]
    on: bool


class Signalling(_Message):
    """Pipecat's own; of no meaning here."""

    type: Literal["signalling"]


PageMessage = Dtmf | Ping | Stop | Captions | Signalling

_ADAPTER: Final = TypeAdapter[PageMessage](Annotated[PageMessage, Field(discriminator="type")])


def read(text: str) -> PageMessage | None:
    """A text of the page; None when it is none of ours."""
    if len(text) > MAX_TEXT:
        return None
    if text.startswith("ping"):
        return Signalling(type="signalling")
    try:
        return _ADAPTER.validate_json(text, strict=True)
    except ValidationError:
        return None


def started(call_id: str) -> str:
    return _text(type="started", call_id=call_id)


def caption(shown: Caption) -> str:
    """A caption with the same `key` takes the place of the one before."""
    named = {"name": shown.name} if shown.name else {}
    return _text(
        type="caption", who=shown.who, key=shown.key, text=shown.text, final=shown.final, **named
    )


def ended(farewell: Farewell) -> str:
    """`code` and `message` are there only when something went wrong."""
    wrong = {"code": farewell.code, "message": farewell.message} if farewell.code else {}
    return _text(type="ended", reason=farewell.reason, **wrong)


def pong() -> str:
    return _text(type="pong")


def clear() -> str:
    return _text(type="clear")


def quality(now: Quality, loss: float) -> str:
    """`loss`: the share of the last seconds' packets that was missing, 0 to 1."""
    return _text(
        type="quality",
        loss=round(loss, 4),
        jitter_ms=round(now.jitter_ms, 1),
        delay_ms=round(now.delay_ms, 1),
    )


def _text(**fields: object) -> str:
    return json.dumps(fields, separators=(",", ":"))
