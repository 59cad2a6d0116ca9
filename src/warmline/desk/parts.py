"""What the desk's routes are made of, and the forms of what they take and give.

Knows no route.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from warmline.accounts.audit import Audit
from warmline.accounts.user import User
from warmline.desk.callbacks import Callbacks
from warmline.desk.floor_view import may_watch
from warmline.desk.lookup import Lookup
from warmline.desk.office import Office
from warmline.desk.refusals import UnknownCall
from warmline.desk.wrapup import WrapUps
from warmline.ports.people import LiveCall
from warmline.records.history import History

Short = Annotated[str, Field(max_length=200)]
Long = Annotated[str, Field(max_length=10_000)]

NewMediaToken = Callable[[str, str, str], str]
"""A single-use token for the audio of this user, in this call, in this role."""
IceServers = Callable[[], Sequence[Mapping[str, Any]]]
WebhookDue = Callable[[], None]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Presence(_Body):
    state: Literal["available", "away"]


class Mute(_Body):
    on: bool


class Hold(_Body):
    on: bool


class Transfer(_Body):
    queue: Short = ""
    agent: Short = ""
    note: Short = ""


class Consult(_Body):
    agent: Short


class HandBack(_Body):
    node: Short = ""


class HintOutcome(_Body):
    outcome: Literal["used", "dismissed"]


class WrapUpBody(_Body):
    disposition: Short
    summary: Long = ""
    notes: Long = ""
    fields: Annotated[dict[Short, Long], Field(max_length=50)] = {}
    resolved: bool | None = None


class Media(BaseModel):
    """What the page shows to /webrtc/offer, once, within a minute."""

    media_token: str
    ice_servers: Sequence[Mapping[str, Any]]


class Accepted(Media):
    call_id: str


class Draft(BaseModel):
    summary: str
    dispositions: Sequence[str]
    fields: Mapping[str, str]
    second: bool = Field(description="Whether …/wrapup/second is worth asking")


class Sentence(BaseModel):
    text: str
    lines: Sequence[int] = Field(description="Numbers of the entries of the log that show it")


class Second(BaseModel):
    """A language model's draft; only sentences that cite what was said."""

    text: str
    sentences: Sequence[Sentence]


class Again(BaseModel):
    seconds: float = Field(description="How long the caller's last words are; 0 for none")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """What the desk's routes are made of."""

    office: Office
    lookup: Lookup
    wrapups: WrapUps
    callbacks: Callbacks
    history: History
    audit: Audit
    new_media_token: NewMediaToken
    ice_servers: IceServers
    webhook_due: WebhookDue

    def media(self, user: User, call_id: str, role: str) -> dict[str, Any]:
        token = self.new_media_token(user.user_id, call_id, role)
        return {"media_token": token, "ice_servers": self.ice_servers()}

    def in_call(self, user: User, call_id: str, *roles: str) -> LiveCall:
        """The call that this user is in, in one of these roles. Raises UnknownCall."""
        call = self.office.call(call_id)
        role = self.office.role(user.user_id, call_id)
        if call is None or role is None or (roles and role not in roles):
            raise UnknownCall
        return call

    def check_sight(self, user: User, call_id: str) -> None:
        """Raises UnknownCall for a call that this user may not look at."""
        if not ("supervisor" in user.roles or may_watch(self.office.floor, user, call_id)):
            raise UnknownCall

    def check_wrote(self, user: User, call_id: str, people: Mapping[str, str]) -> None:
        """Raises UnknownCall for a call that this user neither has nor had."""
        has = self.office.floor.assignment(user.user_id)
        if user.user_id not in people and not (has and has.call_id == call_id):
            raise UnknownCall
