"""The messages of `/api/live`, described: what pages send is read here, what they get is written
as plain JSON by `texts`, `floor_view` and `live`, and held to these forms by the tests.

Pure. The README beside this file is for people; `python -m warmline.desk.messages` prints the
JSON Schema.
"""

import json
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from warmline.desk.changes import Change
from warmline.desk.forms import Floor, Form, UserShown

NAME: Final = "warmline.live.v1"
MAX_MESSAGE: Final = 4096
"""Characters of a page's message."""

CallId = Annotated[str, Field(pattern=r"^[!-~]{1,200}$")]


# --- from the page -------------------------------------------------------------------------


class Watch(Form):
    """Show me this call, from now on."""

    type: Literal["watch"]
    call: CallId
    after: Annotated[int, Field(ge=0)] | None = None
    """The last number that the page has seen: go on behind it. Without it a snapshot comes."""
    epoch: Annotated[str, Field(max_length=64)] | None = None
    """The server's run in which it was seen; `after` counts in the same run only."""


class Unwatch(Form):
    """Show me no more of this call."""

    type: Literal["unwatch"]
    call: CallId


class Painted(Form):
    """The browser has painted what this entry changed."""

    type: Literal["painted"]
    call: CallId
    seq: Annotated[int, Field(ge=1)]


class Ping(Form):
    """The page lives: sent every 5 s."""

    type: Literal["ping"]


# --- from the server -----------------------------------------------------------------------


class Hello(Form):
    """Always the first message."""

    type: Literal["hello"]
    epoch: str
    """New with each start of the server."""
    user: UserShown
    now: float
    """The server's time: seconds since 1970. All other times are the server's too."""


class Snapshot(Form):
    """All that is to be seen of a call: it replaces what the page has of it."""

    type: Literal["snapshot"]
    call: str
    seq: int
    """Up to this entry."""
    view: list[Change]


class CallEntry(Form):
    """What one entry of the call's log changes. The numbers have no gaps."""

    type: Literal["call"]
    call: str
    seq: int
    at: float
    """Seconds on the call's clock."""
    changes: list[Change]
    """In order; perhaps none."""


class Reset(Form):
    """The server was started anew: forget all that was seen before; snapshots follow."""

    type: Literal["reset"]
    epoch: str


class End(Form):
    """Nothing more comes of this call: it is over, or not yours to see any more."""

    type: Literal["end"]
    call: str


class Lag(Form):
    """So long after it happened the page painted what it told last."""

    type: Literal["lag"]
    seconds: float


class Pong(Form):
    type: Literal["pong"]
    now: float


class Error(Form):
    """What was asked for cannot be done."""

    type: Literal["error"]
    code: int
    """400 | 404 | 429 | 503, as in HTTP; after 400 the server closes."""
    detail: str
    call: str
    """Which call it is about; empty for none."""


ClientMessage = Watch | Unwatch | Painted | Ping
ServerMessage = Hello | Floor | Snapshot | CallEntry | Reset | End | Lag | Pong | Error

_CLIENT: Final[TypeAdapter[ClientMessage]] = TypeAdapter(
    Annotated[ClientMessage, Field(discriminator="type")]
)


def read(text: str) -> ClientMessage:
    """A page's message. Raises ValueError, which names the field and never quotes its value."""
    if len(text) > MAX_MESSAGE:
        raise ValueError(f"a message may have {MAX_MESSAGE} characters")
    try:
        return _CLIENT.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "message"
        raise ValueError(f"{field}: {first['type'].replace('_', ' ')}") from None


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of all messages of both sides."""
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
        "title": NAME,
        "description": "Messages of /api/live, between Warmline's desk and wall and their server.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in sides],
        "$defs": shared["$defs"] | sides,
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
