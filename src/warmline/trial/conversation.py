"""Conversations as authors write them: what the caller does, what the flow must do. Pure.

A file of `conversations/` beside flow.yaml holds one conversation, or a list of them under
`conversations`. Knows no file and no call.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from warmline.flows.fields import Name, Part, short
from warmline.spoken import words

GAP: Final = "…"
"""Between the parts of what must be said: other words may stand there."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _written(value: Any) -> Any:
    """Slots hold texts: `4527` is short for `"4527"`."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)
        case _:
            return value


def _phrase(text: str) -> str:
    if not all(words(part) for part in text.split(GAP)):
        raise ValueError(f"expected words, or words {GAP} words")
    return text


def beginning(text: str) -> str:
    """`open`, `closed`, or an ISO 8601 time with its zone, as it is. Raises ValueError."""
    try:
        aware = text in ("open", "closed") or datetime.fromisoformat(text).tzinfo
    except ValueError:
        aware = None
    if aware is None:
        raise ValueError('expected open, closed or a time ("2026-03-03T10:00:00Z")')
    return text


def _some(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if not items:
        raise ValueError("expected at least one")
    return items


def _kind(*keys: str) -> Discriminator:
    """Which one of the keys says what it is; the tags are `<key>`."""

    def kind(value: Any) -> str | None:
        names = value if isinstance(value, dict) else type(value).model_fields
        found = [key for key in keys if key in names]
        return f"<{found[0]}>" if len(found) == 1 else None

    return Discriminator(
        kind,
        custom_error_type="kind",
        custom_error_message=f"expected exactly one of {', '.join(keys)}",
    )


Words = Annotated[str, Field(min_length=1, max_length=2000)]
Phrase = Annotated[Words, AfterValidator(_phrase)]
"""Words that stand together in this order; `…` parts those that others may stand between."""
Phrases = Annotated[tuple[Phrase, ...], Field(strict=False), BeforeValidator(_listed)]
Names = Annotated[tuple[Name, ...], Field(strict=False), BeforeValidator(_listed)]
Written = Annotated[str, Field(max_length=1000), BeforeValidator(_written)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


# --- what the caller does ------------------------------------------------------------------------


class Speaks(Part):
    text: Words
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.9
    """The recogniser's."""
    alternatives: Annotated[tuple[Words, ...], Field(strict=False)] = ()
    """Its other readings."""
    audio: Annotated[str, Field(max_length=200)] = ""
    """A sound file beside this one: spoken instead of a made voice where the words are heard."""

    @field_validator("audio")
    @classmethod
    def _beside(cls, name: str) -> str:
        if "/" in name or "\\" in name or name.startswith("."):
            raise ValueError("expected the name of a sound file in the same folder")
        return name


class Types(Part):
    dtmf: Annotated[str, Field(max_length=64), BeforeValidator(_written)]

    @model_validator(mode="after")
    def _keys(self) -> "Types":
        if not self.dtmf or set(self.dtmf) - set("0123456789*#ABCD"):
            raise ValueError('expected keys (0-9, * and #) between quotes: "4527#"')
        return self


class KeepsSilent(Part):
    silence: Literal[True] | Seconds
    """Until the flow's patience is over once, or so many seconds."""


class MakesNoise(Part):
    noise: Literal[True, "failed"]
    """A sound without words; `failed`: there were words, and the recogniser gave up."""


class HangsUp(Part):
    hangs_up: Literal[True]


class Sounds(Part):
    mood: Annotated[float, Field(ge=-1, le=1)]
    """-1 (angry) to 1 (happy)."""


class Interrupts(Part):
    """While the flow speaks: what it says now is not heard to its end."""

    interrupts: Annotated[
        Annotated[Speaks, Tag("<text>")] | Annotated[Types, Tag("<dtmf>")],
        _kind("text", "dtmf"),
        short("text"),
    ]


Action = Speaks | Types | KeepsSilent | MakesNoise | HangsUp | Sounds | Interrupts


class HandsBack(Part):
    """A person who took the call over gives the caller back to the flow."""

    hands_back: Words
    """Who."""
    to: Name | Literal[""] = ""
    """The handback node that they choose; without it the flow's first."""


# --- what the flow must do -----------------------------------------------------------------------


class Packet(Part):
    """What the person who takes over is told."""

    slots: dict[Name, Written] = {}
    reason: str | None = None
    """The kind of reason (`asked`, `no_match` …), or the author's words for it."""


class Expected(Part):
    """All of it must be so, since the caller did something last."""

    says: Phrases = ()
    """In this order. Case and punctuation do not matter."""
    absent: Phrases = ()
    node: Names = ()
    """Nodes that were entered, or where the call stands."""
    within_turns: Annotated[int, Field(ge=1, le=100)] = 1
    """Look back over so many turns of the caller instead of one."""
    slot: dict[Name, Written] = {}
    """What slots hold now; empty: nothing."""
    escalates: Name | None = None
    """To this queue."""
    packet: Packet | None = None
    callback: Annotated[Literal[True] | Written | None, Field(union_mode="left_to_right")] = None
    """The number that will be called; empty for the one that the call comes from."""
    consent: dict[Name, Written] = {}
    """Purpose, and `yes` or `no`."""
    fetches: dict[Name, dict[Name, Written]] = {}
    """Endpoint that was asked, and values that it was sent."""
    waits: Literal[True] | None = None
    """An endpoint has not answered yet, and the caller was told so."""
    ends: bool | None = None
    """The call is over (or is not)."""


class BotStep(Part):
    bot: Annotated[Expected, short("says")]


class CallerStep(Part):
    caller: Annotated[
        Annotated[Speaks, Tag("<text>")]
        | Annotated[Types, Tag("<dtmf>")]
        | Annotated[KeepsSilent, Tag("<silence>")]
        | Annotated[MakesNoise, Tag("<noise>")]
        | Annotated[HangsUp, Tag("<hangs_up>")]
        | Annotated[Sounds, Tag("<mood>")]
        | Annotated[Interrupts, Tag("<interrupts>")],
        _kind("text", "dtmf", "silence", "noise", "hangs_up", "mood", "interrupts"),
        short("text"),
    ]


class AgentStep(Part):
    agent: HandsBack


Step = Annotated[
    Annotated[BotStep, Tag("<bot>")]
    | Annotated[CallerStep, Tag("<caller>")]
    | Annotated[AgentStep, Tag("<agent>")],
    _kind("bot", "caller", "agent"),
]


# --- the world around ----------------------------------------------------------------------------


def _reply(value: Any) -> Any:
    """`not_found` and `ok` are whole answers by themselves, and so is `error`."""
    alone: dict[str, dict[str, Any]] = {
        "ok": {"ok": {}},
        "not_found": {"not_found": True},
        "error": {"error": "error"},
    }
    return alone.get(value, value) if isinstance(value, str) else value


class Reply(Part):
    """How an endpoint answers."""

    ok: dict[Name, Written] | None = None
    """Slots, and what is found for them."""
    not_found: Literal[True] | None = None
    error: Words | None = None
    """Its code, for example `timeout`."""
    after: Annotated[float, Field(ge=0, le=3600)] = 0.2
    """Seconds."""

    @model_validator(mode="after")
    def _one(self) -> "Reply":
        if sum(part is not None for part in (self.ok, self.not_found, self.error)) != 1:
            raise ValueError("expected exactly one of ok, not_found, error")
        return self

    @property
    def outcome(self) -> str:
        return "ok" if self.ok is not None else "not_found" if self.not_found else "error"


Replies = Annotated[
    tuple[Annotated[Reply, BeforeValidator(_reply)], ...],
    Field(strict=False),
    AfterValidator(_some),
]
"""In order; the last one stays."""


class Conversation(Part):
    conversation: Words
    """What it shows."""
    hours: Annotated[str, AfterValidator(beginning)] = "open"
    """When the call begins: while people are there, while nobody is, or at a time (ISO 8601)."""
    endpoints: dict[Name, Replies] = {}
    turns: Annotated[tuple[Step, ...], Field(strict=False), AfterValidator(_some)]


class ConversationFile(Part):
    conversations: Annotated[tuple[Conversation, ...], Field(strict=False), AfterValidator(_some)]
