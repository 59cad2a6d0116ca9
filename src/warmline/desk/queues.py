"""How callers wait: the settings of each queue and of the whole desk.

Pure. Must not know who waits. A queue that nobody configured has the defaults: always open,
for any agent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warmline.errors import ConfigError
from warmline.flows.hours import Hours

MAX_ANNOUNCE_S: Final = 45.0
MAX_LEASE_S: Final = 15.0
"""Together: no caller waits longer than 60 s without a word."""


class QueueSettings(BaseModel):
    """`[queues.NAME]` of the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("", description="set by the table's own name")
    skills: frozenset[str] = Field(
        frozenset(), description="skills that its agents must have declared"
    )
    hours: Hours | None = Field(
        None, description="when people are there: timezone, open, closed; default: always"
    )
    overflow: str = Field("", description="queue to move to after overflow_s; empty: none")
    overflow_s: float = Field(120.0, gt=0, description="seconds of waiting until then")
    max_waiting: int = Field(50, ge=1, description="callers who may wait here at once")
    service_level_s: float = Field(
        20.0, gt=0, description="seconds within which a call counts as answered in time"
    )
    announce_s: float = Field(
        30.0, ge=10, le=MAX_ANNOUNCE_S, description="seconds between words to a waiting caller"
    )
    wrap_up_s: float = Field(
        120.0, ge=0, description="seconds for an agent's notes after a call; 0: none"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSettings:
    """`[desk]` of the configuration. Raises ConfigError for times that cannot work."""

    offer_s: float = 20.0
    """How long an agent is asked before somebody else is."""
    lease_s: float = 10.0
    """How long a call is kept for an agent whose audio is not there (yet, or any more)."""
    heartbeat_s: float = 15.0
    """An agent's page that says nothing for so long is unreachable; it speaks every 5 s, so
    that two may be lost."""
    max_misses: int = 2
    """Calls in a row that an agent lets pass before they are taken to be away."""
    again_s: float = 30.0
    """An agent who let a caller pass is not asked for the same caller within this time."""
    agent_wait_s: float = 60.0
    """How long a caller waits for one certain agent before anybody will do."""

    def __post_init__(self) -> None:
        for key in ("offer_s", "lease_s", "heartbeat_s", "max_misses", "again_s", "agent_wait_s"):
            if getattr(self, key) <= 0:
                raise ConfigError(f"desk.{key}: expected more than 0")
        if self.lease_s > MAX_LEASE_S:
            raise ConfigError(f"desk.lease_s: expected at most {MAX_LEASE_S:g} seconds")


class Queues(dict[str, QueueSettings]):
    """All queues by name; one that is asked for and not configured comes into being."""

    def __init__(self, settings: Iterable[QueueSettings] = ()) -> None:
        super().__init__({queue.name: queue for queue in settings})

    def __missing__(self, name: str) -> QueueSettings:
        made = self[name] = QueueSettings(name=name)
        return made


def queues(tables: Mapping[str, object]) -> Queues:
    """The queues of the configuration's `[queues.NAME]` tables.

    Raises ConfigError with a line for each thing that is wrong.
    """
    made: list[QueueSettings] = []
    problems: list[str] = []
    for name, table in tables.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
            problems.append(f"queues.{name}: expected a lower-case name, as in billing")
        try:
            settings = QueueSettings.model_validate(table)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                key = ".".join(("queues", name, *map(str, problem["loc"])))
                problems.append(f"{key}: {problem['msg'].removeprefix('Value error, ')}")
            continue
        if settings.overflow == name:
            problems.append(f"queues.{name}.overflow: expected another queue than itself")
        made.append(settings.model_copy(update={"name": name}))
    if problems:
        raise ConfigError("\n".join(problems))
    return Queues(made)
