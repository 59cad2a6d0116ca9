"""What became of a conversation: turn by turn, and what was not as expected. Pure data."""

from dataclasses import dataclass

from warmline.flows.problem import Path

Road = tuple[str, Path]
"""A node's exit: the node's name, and the path of the target inside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the caller did, and all that followed until the next time."""

    line: int
    at: float
    """Seconds of the call."""
    caller: str
    """What was to be done; empty for the call's start."""
    heard: str
    """The words as they were understood; empty for all else."""
    said: tuple[str, ...]
    entered: tuple[str, ...]
    """Nodes."""
    slots: tuple[tuple[str, str, float], ...]
    """Filled in this turn: slot, value, confidence."""
    node: str
    """Where the call stands at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something was not as the conversation says."""

    file: str
    line: int
    expected: str
    found: str
    said: tuple[str, ...] = ()
    """What the flow said instead."""

    def __str__(self) -> str:
        """One line for each thing to know."""
        text = f"{self.file}:{self.line}: expected {self.expected}, found {self.found}"
        return "\n".join([text, *(f"    said: {said}" for said in self.said)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    flow: str
    name: str
    file: str
    line: int
    turns: tuple[Turn, ...]
    failures: tuple[Failure, ...]
    entered: frozenset[str]
    """Nodes."""
    taken: frozenset[Road]
    """Exits of nodes."""
    seconds: float
    """How long the call would have taken."""

    @property
    def passed(self) -> bool:
        return not self.failures
