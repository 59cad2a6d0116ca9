"""The agents' HTTP: presence, offers, and what they do in a call.

Thin: who may is the guard's and the office's matter, what happens the call's.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from warmline.accounts.guard import Guard
from warmline.accounts.user import User
from warmline.desk.answers import PROBLEMS, CallId, DeskRoute
from warmline.desk.papers_api import papers
from warmline.desk.parts import (
    Accepted,
    Again,
    Consult,
    DeskParts,
    HandBack,
    HintOutcome,
    Hold,
    Media,
    Mute,
    Presence,
    Transfer,
)
from warmline.desk.refusals import NotPossible
from warmline.events import HintClosed


def desk_router(parts: DeskParts, guard: Guard) -> APIRouter:
    """/api/desk/…: for agents; what concerns their own voice and ears for supervisors too."""
    router = APIRouter(prefix="/api/desk", tags=["desk"], route_class=DeskRoute, responses=PROBLEMS)
    offers(router, parts, guard)
    talk(router, parts, guard)
    papers(router, parts, guard)
    return router


def offers(router: APIRouter, parts: DeskParts, guard: Guard) -> None:
    Agent = Annotated[User, Depends(guard.needs("agent"))]
    office = parts.office

    @router.post("/presence", status_code=204)
    async def presence(user: Agent, body: Presence) -> None:
        """Available for calls, or away (after the call that they have)."""
        office.presence(user.user_id, body.state)

    @router.post("/offers/{offer}/accept")
    async def accept(user: Agent, offer: CallId) -> Accepted:
        """Take the call; `offer` may be the id of a call that waits. The first one has it."""
        assigned = office.accept(user.user_id, offer)
        media = parts.media(user, assigned.call_id, assigned.kind)
        return Accepted(call_id=assigned.call_id, **media)

    @router.post("/offers/{offer}/decline", status_code=204)
    async def decline(user: Agent, offer: CallId) -> None:
        """Let it pass to somebody else."""
        office.decline(user.user_id, offer)


def talk(router: APIRouter, parts: DeskParts, guard: Guard) -> None:
    Agent = Annotated[User, Depends(guard.needs("agent"))]
    Anybody = Annotated[User, Depends(guard.needs("agent", "supervisor"))]
    office = parts.office

    @router.post("/calls/{call_id}/media")
    async def media(user: Anybody, call_id: CallId) -> Media:
        """Come (back) with audio."""
        parts.in_call(user, call_id)
        role = office.role(user.user_id, call_id)
        return Media(**parts.media(user, call_id, str(role)))

    @router.post("/calls/{call_id}/mute", status_code=204)
    async def mute(user: Anybody, call_id: CallId, body: Mute) -> None:
        """What the user says reaches nobody."""
        parts.in_call(user, call_id).mute(user.user_id, body.on)

    @router.post("/calls/{call_id}/again")
    async def again(user: Anybody, call_id: CallId) -> Again:
        """Hear the caller's last words once more; nobody else does."""
        return Again(seconds=parts.in_call(user, call_id).say_again(user.user_id))

    @router.post("/calls/{call_id}/hold", status_code=204)
    async def hold(user: Agent, call_id: CallId, body: Hold) -> None:
        """The caller hears music."""
        parts.in_call(user, call_id, "agent").hold(body.on, user.user_id)

    @router.post("/calls/{call_id}/transfer", status_code=204)
    async def transfer(user: Agent, call_id: CallId, body: Transfer) -> None:
        """To a queue or to an agent."""
        office.transfer(user.user_id, call_id, queue=body.queue, agent=body.agent, note=body.note)

    @router.post("/calls/{call_id}/consult", status_code=204)
    async def consult(user: Agent, call_id: CallId, body: Consult) -> None:
        """Ask a colleague in, whom the caller does not hear."""
        office.consult(user.user_id, call_id, body.agent)

    @router.post("/calls/{call_id}/handback", status_code=204)
    async def hand_back(user: Agent, call_id: CallId, body: HandBack) -> None:
        """Give the caller back to the flow."""
        office.hand_back(user.user_id, call_id, body.node)

    @router.post("/calls/{call_id}/hangup", status_code=204)
    async def hang_up(user: Agent, call_id: CallId) -> None:
        """End the call."""
        office.hang_up(user.user_id, call_id)

    @router.post("/calls/{call_id}/hints/{hint}", status_code=204)
    async def hint(user: Agent, call_id: CallId, hint: CallId, body: HintOutcome) -> None:
        """What became of a hint that was shown."""
        call = parts.in_call(user, call_id)
        rule = (await parts.lookup.panel(call_id)).rules.get(hint)
        if rule is None:
            raise NotPossible("this hint was not shown in this call")
        call.note(HintClosed(hint=hint, rule=rule, outcome=body.outcome))
