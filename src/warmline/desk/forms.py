"""The forms of the greater parts of messages: users, and the floor as a page sees it. Pure data."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from warmline.desk.changes import Present


class Form(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )


class UserShown(Form):
    user_id: str
    login: str
    name: str
    roles: list[str]
    skills: dict[str, int]
    queues: list[str]
    """Empty: all."""


class QueueShown(Form):
    name: str
    open: bool
    waiting: int
    longest_s: float
    agents_free: int
    service_level: float | None
    """Part of the callers that were answered in time, 0 to 1; null before the first."""


class TransferQueue(Form):
    """Where a caller may be passed on to: any queue, whoever serves it."""

    name: str
    open: bool
    """Closed or full, it takes nobody now."""
    waiting: int
    agents_free: int


class WaitingShown(Form):
    """A caller who waits for a person."""

    call_id: str
    queue: str
    caller: str
    flow: str
    reason: str
    why: str
    since_s: float
    """Seconds since they began to wait, as of this message."""
    priority: int
    mood: float
    position: int
    wait_s: float
    """How long it will take; negative when nobody can say."""
    offered_to: str
    """Id of the agent who is asked now; empty for nobody."""


class AgentShown(Form):
    user_id: str
    name: str
    state: str
    """available | busy | wrap_up | away | unreachable"""
    since_s: float
    call_id: str
    """Empty for none, and for pages that may not know."""
    queues: list[str]


class AlertShown(Form):
    rule: str
    severity: str
    """notice | warning | harm"""
    text: str


class CallShown(Form):
    call_id: str
    flow: str
    caller: str
    state: str
    """bot | waiting | talking | held | wrap_up"""
    since_s: float
    agents: list[Present]
    """Who of us is in it, listeners too."""
    mood: float | None
    """-1 to 1; null while nobody knows."""
    moods: list[float]
    """After each of the caller's last turns, at most 12, the oldest first; `mood` is the last."""
    alerts: list[AlertShown]


class OfferShown(Form):
    """A call that this user may accept."""

    offer: str
    call_id: str
    role: Literal["agent", "consult"]
    """consult: a colleague who has the call wants advice."""
    queue: str
    caller: str
    reason: str
    why: str
    since_s: float
    expires_s: float
    """Seconds from this message on."""
    packet: dict[str, Any] | None


class AssignmentShown(Form):
    """The call that this user has."""

    call_id: str
    role: Literal["agent", "consult"]
    state: Literal["connecting", "talking", "wrap_up"]
    """connecting: the call waits for their audio, to come or to come back."""
    expires_s: float | None
    """Until the audio must be there, or the notes written; null: no end."""


class CallbackShown(Form):
    id: int
    queue: str
    number: str
    caller: str
    requested_at: str
    """ISO 8601, UTC."""


class Floor(Form):
    """Who waits, who helps, what is for this user. A state: the newest is enough."""

    type: Literal["floor"]
    version: int
    queues: list[QueueShown]
    """An agent gets those that they serve."""
    transfer_queues: list[TransferQueue]
    """All of them."""
    waiting: list[WaitingShown]
    agents: list[AgentShown]
    calls: list[CallShown]
    offer: OfferShown | None
    assignment: AssignmentShown | None
    callbacks: list[CallbackShown]
    controls: bool
    """False: another page of this user is newer, and this one only watches."""
