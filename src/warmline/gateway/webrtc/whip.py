"""Owns the WHIP form of the WebRTC door (RFC 9725): SDP over HTTP, a resource for each call.

Must not know what a call does. WHIP proper is one-way, and an offer that only sends is answered
so; an offer for both ways has both, in the same form. ICE cannot be restarted in place here
(422): a client comes back by a new POST.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError

from warmline.gateway.far_end import Farewell
from warmline.gateway.webrtc.access import Access, bearer
from warmline.gateway.webrtc.bodies import read_body, refusals
from warmline.gateway.webrtc.call import Call
from warmline.gateway.webrtc.calls import Calls, Wish
from warmline.gateway.webrtc.ice import IceServer
from warmline.gateway.webrtc.offer import OfferRefused, read, read_fragment
from warmline.gateway.wire import Label

SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"
_LABEL: Final = TypeAdapter[str](Label)


def whip_router(calls: Calls, access: Access, servers: Callable[[], list[IceServer]]) -> APIRouter:
    """The routes `/whip` and `/whip/ID`; `servers` are told to the client as links."""
    router = APIRouter(prefix="/whip")

    @router.post("")
    @refusals
    async def begin(request: Request) -> Response:
        _expect(request, SDP)
        guest = access.admits(bearer(request.headers), asyncio.get_running_loop().time())
        if guest is None or guest.user_id:
            raise OfferRefused("bad_token", "Authorization: Bearer needs a join token", 401)
        wish = Wish(flow=_label(request, "flow"), caller=_label(request, "caller"))
        call = await calls.begin(read(_text(await read_body(request))), wish)
        place = f"{request.url.path.rstrip('/')}/{call.pc_id}"
        response = Response(call.peer.answer, 201, {"Location": place, "ETag": _etag(call)}, SDP)
        for server in servers():
            response.headers.append("Link", _link(server))
        return response

    @router.options("")
    async def options() -> Response:
        return Response(status_code=204, headers={"Accept-Post": SDP, "Allow": "POST, OPTIONS"})

    @router.options("/{call_id}")
    async def call_options() -> Response:
        headers = {"Accept-Patch": FRAGMENT, "Allow": "PATCH, DELETE, GET, HEAD, OPTIONS"}
        return Response(status_code=204, headers=headers)

    @router.api_route("/{call_id}", methods=["GET", "HEAD"])
    @refusals
    async def look(request: Request, call_id: str) -> Response:
        _known(calls, call_id)
        return Response(status_code=204)

    @router.patch("/{call_id}")
    @refusals
    async def trickle(request: Request, call_id: str) -> Response:
        call = _known(calls, call_id)
        _expect(request, FRAGMENT)
        match request.headers.get("if-match"):
            case None:
                raise OfferRefused("no_if_match", "If-Match: send the ETag of the answer", 428)
            case "*":
                raise OfferRefused("no_restart", "ICE restarts need a new POST", 422)
            case etag if etag != _etag(call):
                raise OfferRefused("wrong_etag", "If-Match: it is not this session's ETag", 412)
        ufrag, candidates = read_fragment(_text(await read_body(request)))
        if ufrag != call.newest.ufrag:
            raise OfferRefused("no_restart", "ICE restarts need a new POST", 422)
        await call.newest.add_candidates(candidates)
        return Response(status_code=204)

    @router.delete("/{call_id}")
    @refusals
    async def hang_up(request: Request, call_id: str) -> Response:
        _known(calls, call_id).leg.end("caller_hung_up", Farewell("caller_hung_up"))
        return Response(status_code=200)

    return router


def _known(calls: Calls, call_id: str) -> Call:
    if (call := calls.find(call_id)) is None:
        raise OfferRefused("unknown_call", "there is no such call, or it is over", 404)
    return call


def _expect(request: Request, media_type: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        raise OfferRefused("bad_type", f"Content-Type: must be {media_type}", 415)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise OfferRefused("bad_sdp", "sdp: it is not UTF-8") from None


def _label(request: Request, name: str) -> str:
    try:
        return _LABEL.validate_python(request.query_params.get(name, ""))
    except ValidationError:
        raise OfferRefused("bad_request", f"{name}: at most 64 printable characters") from None


def _etag(call: Call) -> str:
    return f'"{call.newest.ufrag}"'


def _link(server: IceServer) -> str:
    """RFC 9725, section 4.6."""
    rights = ""
    if server.username:
        rights = (
            f'; username="{server.username}"; credential="{server.credential}"'
            '; credential-type="password"'
        )
    return ", ".join(f'<{url}>; rel="ice-server"{rights}' for url in server.urls)
