"""The papers of a call over HTTP: packet, wrap-up, earlier calls, a moment's sound; call-backs.

Thin, as `api` is.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response

from warmline.accounts.guard import Guard
from warmline.accounts.user import User
from warmline.desk.answers import CallId
from warmline.desk.clips import clip
from warmline.desk.floor_view import callback_json, serves
from warmline.desk.parts import DeskParts, Draft, Second, Sentence, WrapUpBody
from warmline.desk.past import past_json
from warmline.desk.wrapup import Written

EARLIER = 10
"""Calls of the same caller that are shown."""


def papers(router: APIRouter, parts: DeskParts, guard: Guard) -> None:
    Agent = Annotated[User, Depends(guard.needs("agent"))]
    Anybody = Annotated[User, Depends(guard.needs("agent", "supervisor"))]

    @router.get("/calls/{call_id}/packet")
    async def packet(
        user: Anybody, call_id: CallId, seq: Annotated[int | None, Query(ge=1, lt=2**31)] = None
    ) -> dict[str, Any]:
        """The handoff packet, as it is now; with `seq` as it was at that entry of the log."""
        parts.check_sight(user, call_id)
        return (await parts.lookup.panel(call_id, seq)).packet()

    @router.get("/calls/{call_id}/wrapup")
    async def draft(user: Agent, call_id: CallId) -> Draft:
        """What the user wrote about the call before, else a draft."""
        parts.check_wrote(user, call_id, (await parts.lookup.panel(call_id)).people)
        made = await parts.wrapups.draft(call_id, user)
        return Draft(
            summary=made.summary,
            dispositions=made.dispositions,
            fields=made.fields,
            second=made.second,
        )

    @router.get(
        "/calls/{call_id}/wrapup/second",
        response_model=Second,
        responses={204: {"description": "There is none, or none any more"}},
    )
    async def second_draft(user: Agent, call_id: CallId) -> Second | Response:
        """A language model's draft, beside the other one; it takes seconds."""
        parts.check_wrote(user, call_id, (await parts.lookup.panel(call_id)).people)
        made = await parts.wrapups.second_draft(call_id, user)
        if made is None:
            return Response(status_code=204)
        told = [Sentence(text=one.text, lines=one.evidence) for one in made.sentences]
        return Second(text=made.text, sentences=told)

    @router.post("/calls/{call_id}/wrapup", status_code=204)
    async def wrap_up(user: Agent, call_id: CallId, body: WrapUpBody) -> None:
        """Keep what the user writes about the call; it is done for them."""
        parts.check_wrote(user, call_id, (await parts.lookup.panel(call_id)).people)
        await parts.wrapups.save(call_id, user, Written(**body.model_dump()))
        parts.webhook_due()
        parts.office.wrapped_up(user.user_id, call_id)

    @router.get("/calls/{call_id}/earlier")
    async def earlier(user: Anybody, call_id: CallId) -> dict[str, list[dict[str, Any]]]:
        """Calls from the same number, the newest first."""
        parts.check_sight(user, call_id)
        _, caller = await parts.lookup.about(call_id)
        found = await parts.history.earlier(caller, call_id, EARLIER)
        return {"calls": [past_json(one) for one in found]}

    @router.get("/calls/{call_id}/clip", response_class=Response)
    async def moment(
        user: Anybody, call_id: CallId, begin: Annotated[float, Query()], end: float
    ) -> Response:
        """What was heard between two times of the caller's audio, in seconds."""
        parts.check_sight(user, call_id)
        wav = await clip(parts.office.call(call_id), begin, end)
        if parts.office.role(user.user_id, call_id) is None:
            await parts.audit("listen_to_clip", user.user_id, call_id, {})
        return Response(wav, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    @router.get("/callbacks")
    async def callbacks(user: Anybody) -> dict[str, list[dict[str, Any]]]:
        """Callers who want to be called, the oldest first."""
        mine = [one for one in parts.callbacks.open if serves(user, one.queue)]
        return {"callbacks": [callback_json(one) for one in mine]}

    @router.post("/callbacks/{callback}/done", status_code=204)
    async def done(user: Anybody, callback: Annotated[int, Path(ge=1, lt=2**31)]) -> None:
        """Somebody has called them."""
        mine = (one.id for one in parts.callbacks.open if serves(user, one.queue))
        if callback not in mine or not await parts.callbacks.done(callback, user.user_id):
            raise HTTPException(404, "There is no such call-back, or it was done.")
