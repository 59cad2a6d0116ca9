"""What remains of a call: the summary that is drafted for its agent, and what the agent made of it.

Knows the panel and the desk's papers; not who may write, nor how a webhook is sent.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from warmline.accounts.user import User
from warmline.assist.draft import SecondDraft
from warmline.desk.lookup import Lookup
from warmline.desk.panel import Packets
from warmline.events import Entry
from warmline.records.desk import DeskStore, Wrapup

DISPOSITIONS: Final = ("solved", "to_be_followed_up", "passed_on", "not_solved")
"""How a call can have ended for its agent, where the flow does not say."""
AskSecond = Callable[[Sequence[Entry]], Awaitable[SecondDraft | None]]
"""Lets a language model draft from the entries that count; None when nothing came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the agents of a flow fill in (see `assist.rules.HintsFile`)."""

    dispositions: Sequence[str] = DISPOSITIONS
    fields: Sequence[str] = ()
    """Named as a slot they come filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    summary: str
    dispositions: Sequence[str]
    fields: Mapping[str, str]
    second: bool = False
    """Whether a second draft can be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the agent sends."""

    disposition: str
    summary: str = ""
    notes: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    resolved: bool | None = None
    """Whether the caller's matter is settled; None when the agent did not say."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WrapUps:
    def __init__(
        self,
        lookup: Lookup,
        store: DeskStore,
        *,
        summarize: Callable[[Packets], str],
        form: Callable[[str], Form],
        second: AskSecond | None = None,
        webhook: str = "",
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`summarize` drafts from a call's packet builder, `form` is that of a flow by its name;
        `second` is None where no model drafts, `webhook` is where wrap-ups are posted, empty for
        nowhere."""
        self._lookup = lookup
        self._store = store
        self._summarize = summarize
        self._form = form
        self._second = second
        self._webhook = webhook
        self._clock = clock

    async def draft(self, call_id: str, user: User) -> Draft:
        """What this user wrote before, else what the call's log says.

        Raises UnknownCall, StoreError.
        """
        panel = await self._lookup.panel(call_id)
        flow, _ = await self._lookup.about(call_id)
        form = self._form(flow)
        written = await self._store.wrapup(call_id, user.user_id)
        if written is not None:
            fields = {name: str(written.fields.get(name, "")) for name in form.fields}
            return Draft(summary=written.summary, dispositions=form.dispositions, fields=fields)
        slots = {
            slot["slot"]: slot.get("written") or slot["spoken"]
            for slot in panel.packet().get("slots", ())
        }
        return Draft(
            summary=self._summarize(panel.packets),
            dispositions=form.dispositions,
            fields={name: slots.get(name, "") for name in form.fields},
            second=self._second is not None,
        )

    async def second_draft(self, call_id: str, user: User) -> SecondDraft | None:
        """A language model's, which takes seconds; None when there is none to be had, or when this
        user has written already: then nobody needs it.

        Raises UnknownCall, StoreError.
        """
        panel = await self._lookup.panel(call_id)
        if self._second is None or await self._store.wrapup(call_id, user.user_id) is not None:
            return None
        return await self._second(tuple(panel.packets.entries))

    async def save(self, call_id: str, user: User, written: Written) -> None:
        """Keep it, in place of what this user wrote before, and let it be posted.

        Raises UnknownCall, StoreError: then nothing is kept.
        """
        flow, caller = await self._lookup.about(call_id)
        wrapup = Wrapup(
            call_id=call_id,
            user_id=user.user_id,
            disposition=written.disposition,
            summary=written.summary,
            notes=written.notes,
            fields=dict(written.fields),
            first_contact_resolved=written.resolved,
            at=self._clock(),
        )
        body = _body(wrapup, user, flow, caller) if self._webhook else None
        await self._store.save_wrapup(wrapup, post_to=self._webhook, body=body)


def _body(wrapup: Wrapup, user: User, flow: str, caller: str) -> dict[str, Any]:
    return {
        "event": "wrapup",
        "call_id": wrapup.call_id,
        "flow": flow,
        "caller": caller,
        "agent": {"user_id": user.user_id, "name": user.name},
        "disposition": wrapup.disposition,
        "summary": wrapup.summary,
        "notes": wrapup.notes,
        "fields": dict(wrapup.fields),
        "resolved": wrapup.first_contact_resolved,
        "at": wrapup.at.isoformat(),
    }
