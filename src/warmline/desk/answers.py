"""What the desk's routes answer when something cannot be: refusals and failures as JSON.

Knows no route.
"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from warmline.desk.refusals import DeskError, OfferGone, OfferTaken, UnknownCall
from warmline.records import StoreError

CallId = Annotated[str, Path(pattern=r"^[!-~]{1,200}$", description="As in /api/calls")]


class Problem(BaseModel):
    """Why it is not done."""

    detail: str


class Taken(Problem):
    """Somebody else was faster, or it is not possible now."""

    taken_by: str = Field(description="Name of who has the call; empty for other reasons")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such call, or it is not yours"},
    409: {"model": Taken, "description": "Somebody else has it, or not now"},
    410: {"model": Problem, "description": "The offer is over"},
    503: {"model": Problem, "description": "The database cannot be used now"},
}


class DeskRoute(APIRoute):
    """A route whose refusals become answers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except DeskError as refused:
                return refusal(refused)
            except StoreError:
                detail = "The database cannot be used now. Try again in a moment."
                return JSONResponse({"detail": detail}, 503, {"Retry-After": "5"})

        return answer


def refusal(refused: DeskError) -> JSONResponse:
    words = str(refused)
    detail = f"{words[:1].upper()}{words[1:]}."
    match refused:
        case UnknownCall():
            return JSONResponse({"detail": detail}, 404)
        case OfferTaken(by=name):
            return JSONResponse({"detail": detail, "taken_by": name}, 409)
        case OfferGone():
            return JSONResponse({"detail": detail}, 410)
        case _:
            return JSONResponse({"detail": detail, "taken_by": ""}, 409)
