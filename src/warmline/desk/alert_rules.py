"""When a supervisor wants to know of a call, as they write it in a YAML file.

Knows the file, no call. Without a file of their own the rules in `alerts.yaml` here apply.
"""

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from warmline.flows import files
from warmline.flows.explain import explain
from warmline.flows.fields import Name, Part, Phrase
from warmline.flows.reader import parse
from warmline.flows.report import FlowRefused, Place, locate

DEFAULT: Final = FilePath(__file__).with_name("alerts.yaml")
CONDITIONS: Final = ("mood", "silence", "waiting", "said", "missed")

Names = Annotated[tuple[Name, ...], Field(max_length=50, strict=False)]
Seconds = Annotated[float, Field(ge=1, le=86_400)]


class Mood(Part):
    below: Annotated[float, Field(ge=-1, le=0)]
    """-1 to 0; 0 is the caller's calm."""
    turns: Annotated[int, Field(ge=1, le=20)] = 2
    """Of the caller, one after the other."""


class Said(Part):
    by: Literal["caller", "agent", "any"] = "caller"
    words: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=100, strict=False)]
    """Said one after the other, in any of their forms."""


class Missed(Part):
    items: Names = ()
    """Of the flow's checklist; none given means all that are required."""
    after: Seconds = 120.0
    """Seconds that an agent has, from their first word with the caller on; who leaves earlier
    has missed it then."""


class AlertRule(Part):
    """One of the conditions, and what the wall shows when it is met."""

    text: Annotated[str, Field(min_length=1, max_length=120)]
    severity: Literal["notice", "warning", "harm"] = "warning"
    flows: Names = ()
    """Only in calls to these; none given means all."""
    cooldown: Seconds | None = None
    """Seconds until the same call may raise it once more; without it once per call."""
    mood: Mood | None = None
    silence: Seconds | None = None
    """Seconds in which nobody speaks, neither held nor waiting."""
    waiting: Seconds | None = None
    """Seconds for which the caller waits for a person."""
    said: Said | None = None
    missed: Missed | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(getattr(self, name) is not None for name in CONDITIONS) != 1:
            raise ValueError(f"expected exactly one of {', '.join(CONDITIONS)}")
        return self


class AlertsFile(Part):
    """The content of the file."""

    alerts: Annotated[dict[Name, AlertRule], Field(max_length=50)] = {}


def read_rules(path: FilePath | None = None) -> Mapping[str, AlertRule]:
    """The rules by name; `path` None: those that ship.

    Raises FlowRefused with a line `file:line: …` for each error.
    """
    path = path or DEFAULT
    document = parse(path, files.read(path, Place(str(path), 1)))
    try:
        content = {} if document.value is None else document.value
        return AlertsFile.model_validate(content).alerts
    except ValidationError as error:
        problems = explain(error, document.places, AlertsFile)
        raise FlowRefused(locate(problems, document.places)) from None
