"""Owns what Asterisk's dialplan asks over HTTP: `/asterisk/register` and `/asterisk/next`.

Must not know media or what a call does. Answers are plain text for Asterisk's CURL().
"""

import asyncio
import hmac
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import PlainTextResponse

from warmline.gateway.asterisk.calls import AsteriskCalls, Caller, label
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.asterisk.websocket import media_router
from warmline.ports import CallHandler

Secret = Annotated[str, Header()]


def asterisk_router(
    handler: CallHandler, calls: AsteriskCalls, settings: AsteriskSettings
) -> APIRouter:
    """All HTTP and WebSocket routes of the Asterisk doors; those not configured refuse (403)."""
    router = APIRouter(prefix="/asterisk")

    def check(given: str) -> None:
        wanted = settings.secret.encode()
        if not hmac.compare_digest(given.encode(), wanted) or not wanted:
            raise HTTPException(403, "show asterisk.secret as the header X-Warmline-Secret")

    @router.get("/register", response_class=PlainTextResponse)
    async def register(
        request: Request,
        uuid: str,
        secret: str = "",
        x_warmline_secret: Secret = "",
    ) -> str:
        """Tell who is about to call by AudioSocket under this UUID: `from`, `to`, `flow`."""
        check(x_warmline_secret or secret)
        if not label(uuid):
            raise HTTPException(400, "uuid: must not be empty")
        calls.register(uuid, Caller.of(request.query_params), _now())
        return "ok"

    @router.get("/next", response_class=PlainTextResponse)
    async def next_step(uuid: str, secret: str = "", x_warmline_secret: Secret = "") -> str:
        """What is to become of the caller, see `AsteriskCalls.next_step`."""
        check(x_warmline_secret or secret)
        return calls.next_step(uuid, _now())

    router.include_router(media_router(handler, calls, settings))
    return router


def _now() -> float:
    return asyncio.get_running_loop().time()
