"""What helps an agent in a flow, as authors write it: the schema of hints.yaml. Pure.

Knows one key at a time; names that must fit the flow are checked in `reading`, what is said in
a call is compared in `triggers`.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from warmline.flows.fields import Name, Part, Phrase

FILE: Final = "hints.yaml"
"""Beside flow.yaml; a flow without it has no hints."""
HEARD: Final = ("agent", "join")
"""The roles whose words the caller hears: theirs can be hints' causes, and tick what is said."""

Listed = Annotated[tuple[Phrase, ...], Field(max_length=50, strict=False)]
Line = Annotated[str, Field(min_length=1, max_length=80)]
Paragraph = Annotated[str, Field(min_length=1, max_length=400)]
Link = Annotated[str, Field(max_length=500, pattern=r"^(https?://|/|$)")]
"""Shown to agents as a link: an address of the web, or of this server."""


class When(Part):
    words: Listed = ()
    """Said one after the other, in any of their forms: "refund" is also "refunded"."""
    meaning: Listed = ()
    """Examples of what is said, in whatever words."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.words or self.meaning):
            raise ValueError("expected words or meaning")
        return self


class Rule(Part):
    speaker: Literal["caller", "agent", "any"] = "caller"
    """Whose words count."""
    when: When
    unless: Listed = ()
    """Words, or examples by meaning, with which it does not apply."""
    after: Name | None = None
    """Only once the flow has entered this node."""
    before: Name | None = None
    """Only until the flow enters this node."""
    priority: Annotated[int, Field(ge=0, le=9)] = 5
    """Of several that wait, the highest is shown; passages of articles have 3."""
    cooldown: Annotated[float, Field(ge=0, le=86_400)] = 60.0
    """Seconds after it was shown or said until it may be shown again."""
    once: bool = False
    """At most once in a call."""
    expires: Annotated[float, Field(ge=1, le=3600)] = 30.0
    """Seconds that it is worth showing, and that it stays."""
    compliance: bool = False
    """It has to be said: goes before all others, and replaces one that has none."""
    title: Line
    text: Paragraph
    link: Link = ""
    said: Listed = ()
    """What an agent says who follows it, beside `text`: then it is not needed any more."""


class Item(Part):
    """One thing that has to be said in a call, by the flow or by a person."""

    text: Annotated[str, Field(min_length=1, max_length=120)]
    said: Listed = ()
    """Examples, by meaning."""
    words: Listed = ()
    by: Literal["bot", "agent", "any"] = "any"
    node: Name | None = None
    """The flow's node whose text was played to its end."""
    required: bool = True
    """Asked about before an agent wraps up."""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.said or self.words or self.node):
            raise ValueError("expected said, words or node")
        if self.node and self.by == "agent":
            raise ValueError("expected by: bot or any: a node is spoken by the flow")
        return self


class WrapUp(Part):
    fields: Annotated[tuple[Name, ...], Field(max_length=20, strict=False)] = ()
    """What the agent fills in; named as a slot it comes filled in."""


class HintsFile(Part):
    """The content of hints.yaml."""

    hints: Annotated[dict[Name, Rule], Field(max_length=100)] = {}
    checklist: Annotated[dict[Name, Item], Field(max_length=30)] = {}
    dispositions: Annotated[tuple[Line, ...], Field(max_length=30, strict=False)] = ()
    """How a call can end for the agent who wraps it up."""
    wrapup: WrapUp = WrapUp()
    knowledge: Name | None = None
    """The flow's articles whose passages are shown to agents."""
