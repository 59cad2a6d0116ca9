"""What the agents of a call wrote about it, over HTTP, read only.

Knows the desk's papers and FastAPI; no desk and no page.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, Field

from warmline.records import StoreError
from warmline.records.desk import DeskStore

CallId = Annotated[str, Path(pattern=r"^[!-~]{1,200}$", description="As in /api/calls")]


class WrapupShown(BaseModel):
    """What one agent wrote."""

    user_id: str
    at: datetime
    disposition: str
    summary: str
    notes: str
    fields: dict[str, Any]
    first_contact_resolved: bool | None = Field(description="null: the agent did not say")


class Outcome(BaseModel):
    """What all who had the call wrote about it, the oldest first."""

    wrapups: list[WrapupShown]


def outcome_router(papers: DeskStore, dependencies: Sequence[Any] = ()) -> APIRouter:
    """GET /api/calls/{call_id}/wrapups; none for a call that nobody wrote about.

    `dependencies` are FastAPI's (`Depends(…)`) and come before every answer: who may ask.
    """
    router = APIRouter(prefix="/api/calls", tags=["calls"], dependencies=list(dependencies))

    @router.get("/{call_id}/wrapups")
    async def wrapups(call_id: CallId) -> Outcome:
        """What the agents of this call wrote about it."""
        try:
            found = await papers.wrapups(call_id)
        except StoreError as error:
            raise HTTPException(503, "The database cannot be read now.") from error
        return Outcome(
            wrapups=[WrapupShown.model_validate(one, from_attributes=True) for one in found]
        )

    return router
