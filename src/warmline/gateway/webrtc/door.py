"""Owns the WebRTC door's HTTP: join tokens, and offers in JSON (`whip` has the other form).

Must not know what a call does. Whatever is wrong is told as JSON {code, message}.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from warmline.errors import ConfigError
from warmline.gateway.tokens import TOKEN_S
from warmline.gateway.webrtc.access import Access
from warmline.gateway.webrtc.aiortc_engine import AiortcEngine
from warmline.gateway.webrtc.bodies import parse, read_body, refusals
from warmline.gateway.webrtc.call import Call
from warmline.gateway.webrtc.calls import CallLimits, Calls, Wish
from warmline.gateway.webrtc.candidate import MAX_CANDIDATES, candidates_in
from warmline.gateway.webrtc.engine import Engine
from warmline.gateway.webrtc.ice import IceServer, IceSettings, ice_servers
from warmline.gateway.webrtc.offer import OfferRefused, read
from warmline.gateway.webrtc.whip import whip_router
from warmline.gateway.wire import Label
from warmline.ports import DESK, CallHandler

_Name = Annotated[str, Field(max_length=128)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRtcSettings:
    limits: CallLimits = CallLimits()
    ice: IceSettings = IceSettings()
    addresses: tuple[str, ...] = ()
    """Addresses of this machine that callers are told of; all but loopback if none is given."""
    token_required: bool = True
    """A call needs a join token."""
    token_s: float = TOKEN_S
    """So long a join token is good."""
    api_key: str = field(default="", repr=False)
    """With it programs get join tokens; pages of this server's own origin need none."""

    def __post_init__(self) -> None:
        if self.token_s <= 0:
            raise ConfigError("token_s: must be more than 0 seconds")
        if self.api_key and len(self.api_key) < 16:
            raise ConfigError("api_key: must have 16 characters or more")


class _Body(BaseModel):
    # Other clients' fields (`request_data`, `restart_pc` of Pipecat) are passed over.
    model_config = ConfigDict(extra="ignore")


class _OfferBody(_Body):
    sdp: str
    type: Literal["offer"]
    token: _Name = ""
    flow: Label = ""
    caller: Label = ""
    pc_id: _Name | None = None
    captions: bool = False


class _Candidate(_Body):
    candidate: Annotated[str, Field(max_length=512)]


class _CandidatesBody(_Body):
    pc_id: _Name
    candidates: Annotated[list[_Candidate], Field(max_length=4 * MAX_CANDIDATES)]


def webrtc_router(
    handler: CallHandler,
    settings: WebRtcSettings | None = None,
    engine: Engine | None = None,
    access: Access | None = None,
) -> APIRouter:
    """The routes `/webrtc/…` and `/whip`; `handler` gets the line of each caller, and of each
    agent whom `access` gave a token for a call (see `ports.DESK`).

    Calls that are left when the application stops are ended.
    """
    settings = settings or WebRtcSettings()
    servers = partial(_servers, settings.ice)
    own = partial(servers, "server") if settings.ice.for_us else tuple
    engine = engine or AiortcEngine(own, settings.addresses)
    calls = Calls(handler, engine, settings.limits)
    access = access or new_access(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await calls.close()

    router = APIRouter(lifespan=lifespan)

    @router.post("/webrtc/token")
    @refusals
    async def token(request: Request) -> JSONResponse:
        if not access.may_have_token(request.headers):
            raise OfferRefused("forbidden", "only this server's pages or its API key", 403)
        body = {
            "token": access.issue(asyncio.get_running_loop().time()),
            "expires_in": settings.token_s,
            "ice_servers": [server.as_json() for server in servers("caller")],
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    @router.post("/webrtc/offer")
    @refusals
    async def offer(request: Request) -> JSONResponse:
        body = parse(_OfferBody, await read_body(request))
        if body.pc_id:
            call = _known(calls, body.pc_id)
            answer = (await calls.rejoin(call, read(body.sdp))).answer
        else:
            guest = access.admits(body.token, asyncio.get_running_loop().time())
            if guest is None:
                raise OfferRefused("bad_token", "token: get a new one from /webrtc/token", 401)
            wish = Wish(flow=body.flow, caller=body.caller, captions=body.captions)
            if guest.user_id:
                wish = Wish(door=DESK, flow=guest.call_id, caller=guest.user_id)
            call = await calls.begin(read(body.sdp), wish)
            answer = call.peer.answer
        return JSONResponse({"sdp": answer, "type": "answer", "pc_id": call.pc_id})

    @router.patch("/webrtc/offer")
    @refusals
    async def trickle(request: Request) -> JSONResponse:
        body = parse(_CandidatesBody, await read_body(request))
        call = _known(calls, body.pc_id)
        found = candidates_in(each.candidate for each in body.candidates)
        await call.newest.add_candidates(found)
        return JSONResponse({"status": "success"})

    router.include_router(whip_router(calls, access, partial(servers, "caller")))
    return router


def new_access(settings: WebRtcSettings) -> Access:
    return Access(
        api_key=settings.api_key, token_s=settings.token_s, required=settings.token_required
    )


def _servers(settings: IceSettings, name: str) -> list[IceServer]:
    return ice_servers(settings, name, time.time())


def _known(calls: Calls, pc_id: str) -> Call:
    if (call := calls.find(pc_id)) is None:
        raise OfferRefused("unknown_call", "pc_id: there is no such call, or it is over", 404)
    return call
