"""Owns what is common to the WebRTC door's requests: bounded bodies, refusals as JSON."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from warmline.gateway.webrtc.offer import MAX_SDP, OfferRefused

MAX_BODY: Final = 2 * MAX_SDP
"""Bytes: an offer as JSON, whose line ends take more room."""
BODY_S: Final = 5.0
"""Seconds that a client may take to send it."""
_RETRY_AFTER_S: Final = "5"

_P = ParamSpec("_P")
_Body = TypeVar("_Body", bound=BaseModel)


async def read_body(request: Request) -> bytes:
    """The body. Raises OfferRefused: too big, too slow."""
    body = b""
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY:
                    raise OfferRefused("too_big", f"a request may have {MAX_BODY} bytes", 413)
    except ClientDisconnect:
        raise OfferRefused("broken_off", "the request broke off") from None
    except TimeoutError:
        raise OfferRefused("too_slow", f"send it within {BODY_S:g} s", 408) from None
    return body


def parse(form: type[_Body], body: bytes) -> _Body:
    """A JSON body. Raises OfferRefused, which names the field and never quotes its value."""
    try:
        return form.model_validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise OfferRefused("bad_request", f"{field}: {first['msg']}") from None


def refusals(route: Callable[_P, Awaitable[Response]]) -> Callable[_P, Awaitable[Response]]:
    """What a route refuses becomes its answer."""

    @wraps(route)
    async def answering(*args: _P.args, **kwargs: _P.kwargs) -> Response:
        try:
            return await route(*args, **kwargs)
        except OfferRefused as refused:
            return refusal(refused)

    return answering


def refusal(refused: OfferRefused) -> JSONResponse:
    headers = {"Retry-After": _RETRY_AFTER_S} if refused.status == 503 else {}
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {"code": refused.code, "message": str(refused)}
    return JSONResponse(body, refused.status, headers=headers)
