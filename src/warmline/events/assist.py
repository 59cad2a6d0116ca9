"""What is noticed about a call for those who help the caller. Pure data; part of `Fact`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentChanged:
    """How the caller sounds, after a turn of theirs. Callers only."""

    turn: int
    mood: float
    """-1 (angry, desperate) to 1 (happy), of voice and words, smoothed; 0 is this caller's calm."""
    voice: float = 0.0
    """The voice's part, before smoothing; without meaning when `abstained` says why."""
    words: float = 0.0
    """The words' part, before smoothing."""
    trend: str = "steady"
    """rising | steady | falling"""
    reasons: tuple[str, ...] = ()
    """In words and units: "pitch +4 semitones", "1.6 times faster"."""
    abstained: str = ""
    """Why the voice is not judged: short | noisy | clipped | overlap | baseline; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HintShown:
    """One hint is offered to the agent."""

    hint: str
    """Unlike all others of this call."""
    rule: str
    """The rule's name in hints.yaml, or `article/heading` of a passage."""
    kind: str
    """rule | passage"""
    title: str
    text: str
    source: str
    """Where it comes from, to be shown: `hints.yaml: refund_policy`, an article's name."""
    link: str = ""
    compliance: bool = False
    confidence: float = 1.0
    cause: int = 0
    """Number of the call's entry that led to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HintClosed:
    hint: str
    rule: str
    outcome: str
    """used | said (the agent said it anyway) | dismissed | expired | withdrawn (the topic moved
    on)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistTicked:
    """One thing that had to be said was said."""

    item: str
    text: str
    by: str
    """bot | agent | caller"""
    evidence: int
    """Number of the call's entry that shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised:
    """A supervisor's rule applies to this call."""

    rule: str
    severity: str
    """notice | warning | harm"""
    text: str


AssistFact = SentimentChanged | HintShown | HintClosed | ChecklistTicked | AlertRaised
