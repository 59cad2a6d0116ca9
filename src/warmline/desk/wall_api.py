"""The supervisors' HTTP: listening in, figures, history, recordings.

Thin, as `api` is. Whoever hears or reads a call that is not theirs is written down first: without
that they do not.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path as File
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from warmline.accounts.guard import Guard
from warmline.accounts.user import User
from warmline.desk.answers import PROBLEMS, CallId, DeskRoute
from warmline.desk.parts import DeskParts, Media
from warmline.desk.past import past_json
from warmline.desk.refusals import UnknownCall

MAX_HOURS = 24 * 31

Recording = Callable[[str], File | None]
"""Where the sound of a call is kept (FLAC); None for a call without."""


class Listen(BaseModel):
    model_config = ConfigDict(extra="forbid")
    mode: Literal["listen", "whisper", "join"]


def wall_router(parts: DeskParts, guard: Guard, recording: Recording) -> APIRouter:
    """/api/wall/…, /api/history, /api/calls/{call_id}/audio."""
    router = APIRouter(prefix="/api", tags=["wall"], route_class=DeskRoute, responses=PROBLEMS)
    Supervisor = Annotated[User, Depends(guard.needs("supervisor"))]

    @router.post("/wall/calls/{call_id}/listen")
    async def listen(user: Supervisor, call_id: CallId, body: Listen) -> Media:
        """Hear a call (`listen`), speak to its agent only (`whisper`) or to all (`join`)."""
        if parts.office.call(call_id) is None:
            raise UnknownCall
        await parts.audit(body.mode, user.user_id, call_id, {})
        parts.office.supervise(user.user_id, user.name, call_id, body.mode)
        return Media(**parts.media(user, call_id, body.mode))

    @router.delete("/wall/calls/{call_id}/listen", status_code=204)
    async def leave(user: Supervisor, call_id: CallId) -> None:
        """Hear it no longer."""
        parts.office.leave(user.user_id, call_id)

    @router.get("/wall/stats")
    async def stats(
        user: Supervisor, hours: Annotated[float, Query(gt=0, le=MAX_HOURS)] = 24
    ) -> dict[str, Any]:
        """The figures of the last hours: in all, by hour, by queue."""
        found = await parts.history.statistics(datetime.now(UTC) - timedelta(hours=hours))
        return {
            "since": found.since,
            "total": asdict(found.total),
            "hours": [{"hour": hour, **asdict(figures)} for hour, figures in found.hours],
            "queues": [{"queue": queue, **asdict(figures)} for queue, figures in found.queues],
        }

    @router.get("/history")
    async def history(
        user: Supervisor,
        q: Annotated[str, Query(max_length=200)] = "",
        flow: Annotated[str, Query(max_length=64)] = "",
        queue: Annotated[str, Query(max_length=64)] = "",
        reason: Annotated[str, Query(max_length=64)] = "",
        before: Annotated[str | None, Query(pattern=r"^[!-~]{1,200}$")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> dict[str, Any]:
        """Calls that were, the newest first; `before` is a call id to go on from."""
        if q:
            await parts.audit("search", user.user_id, "", {})
        found = await parts.history.search(
            q, flow=flow, queue=queue, reason=reason, before=before, limit=limit
        )
        more = found[-1].call.call_id if len(found) == limit else None
        return {"calls": [past_json(one) for one in found], "next": more}

    @router.get("/calls/{call_id}/audio", response_class=FileResponse)
    async def audio(
        user: Supervisor, call_id: CallId, range: Annotated[str, Header()] = ""
    ) -> FileResponse:
        """The recording: caller left, all others right. Parts of it by range requests."""
        file = recording(call_id)
        if file is None:
            raise UnknownCall
        if not range or range.startswith("bytes=0-"):
            await parts.audit("play", user.user_id, call_id, {})  # not once more for each part
        return FileResponse(file, media_type="audio/flac", headers={"Cache-Control": "no-store"})

    return router
