"""Owns the routes of the telephone networks' door: webhooks, and streams until they are lines.

Must not know what a call does: the handler gets the line, and its return ends the call.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response, WebSocket
from starlette.requests import ClientDisconnect

from warmline.gateway.link import Link
from warmline.gateway.lobby import Lobby
from warmline.gateway.tokens import TokenStore
from warmline.gateway.twilio.calls import CallBook
from warmline.gateway.twilio.gate import Gate, Proof, is_local
from warmline.gateway.twilio.instructions import (
    AFTER_DIAL,
    AFTER_STREAM,
    MEDIA,
    PLIVO_MEDIA,
    STREAM_STATUS,
    VOICE,
    Instructions,
)
from warmline.gateway.twilio.limits import Bucket
from warmline.gateway.twilio.media import StreamDoor
from warmline.gateway.twilio.pump import Count
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.gateway.twilio.signature import plivo_signed, twilio_signed
from warmline.ports import CallHandler

_LOG: Final = logging.getLogger(__name__)

MAX_FORM: Final = 65_536
"""Bytes of a webhook's body; real ones have one or two thousand."""
MAX_FIELDS: Final = 256
FORM_S: Final = 5.0
"""Seconds in which it must have come."""
_STREAM_EVENTS: Final = {"stream-started", "stream-stopped", "stream-error"}

Form = list[tuple[str, str]]


def _no_count(_name: str) -> None:
    pass


def twilio_router(
    handler: CallHandler,
    settings: TwilioSettings,
    count: Count = _no_count,
    lobby: Lobby | None = None,
) -> APIRouter:
    """The routes that the settings open; none at all when the door is off.

    `handler` gets the line of each caller; `count` is told by a short name what was refused or
    reported (`bad_signature`, `bad_token`, `bad_media`, `too_fast`, `stream-error` and so on).
    """
    router = APIRouter()
    if not settings.enabled:
        return router
    tokens, book = TokenStore(), CallBook()
    streams = StreamDoor(handler, settings, book, count)
    lobby = lobby or Lobby()
    if settings.twilio:
        _add_webhooks(router, _Webhooks(settings, tokens, book, count))
        _add_stream(
            router, MEDIA, Gate(settings, tokens, "twilio"), streams, settings, count, lobby
        )
    if settings.plivo:
        webhooks = _Webhooks(settings, tokens, book, count)
        router.add_api_route("/plivo/answer", webhooks.plivo_answer, methods=["POST"])
    for provider in settings.stream_tokens.keys() | ({"plivo"} if settings.plivo else set()):
        path = PLIVO_MEDIA if provider == "plivo" else f"/{provider}/media"
        _add_stream(router, path, Gate(settings, tokens, provider), streams, settings, count, lobby)
    return router


def _add_webhooks(router: APIRouter, webhooks: "_Webhooks") -> None:
    for path, endpoint in (
        (VOICE, webhooks.voice),
        (AFTER_STREAM, webhooks.after_stream),
        (AFTER_DIAL, webhooks.after_dial),
        (STREAM_STATUS, webhooks.stream_status),
    ):
        router.add_api_route(path, endpoint, methods=["POST"])


def _add_stream(
    router: APIRouter,
    path: str,
    gate: Gate,
    streams: StreamDoor,
    settings: TwilioSettings,
    count: Count,
    lobby: Lobby,
) -> None:
    @router.websocket(path)
    async def media(websocket: WebSocket) -> None:
        host = websocket.client.host if websocket.client else ""
        proof = gate.knock(websocket.headers, host)
        if proof is Proof.FALSE:
            count("bad_signature")
            await websocket.close()  # before it was accepted: HTTP 403
            return
        if (seat := lobby.enter(host)) is None:
            count("crowd")
            await websocket.close()
            return
        try:
            await websocket.accept()
            link = Link(websocket, settings.stall_timeout_s)
            await streams.attend(link, gate, proof, seat.leave)
        finally:
            seat.leave()


class _Webhooks:
    """What providers ask us over HTTP. Each answer is XML, or 403 without a valid signature."""

    def __init__(
        self, settings: TwilioSettings, tokens: TokenStore, book: CallBook, count: Count
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._book = book
        self._count = count
        self._instructions = Instructions(settings)
        self._warnings = Bucket(rate=1 / 60, burst=3)  # nobody fills the log from outside

    async def voice(self, request: Request) -> Response:
        """A call came in: join it to our stream."""
        form = await self._twilio_form(request)
        if isinstance(form, Response):
            return form
        return self._join(form, "CallSid", request, self._instructions.answer)

    async def after_stream(self, request: Request) -> Response:
        """The stream is over: a person, a rescue, or the end."""
        form = await self._twilio_form(request)
        if isinstance(form, Response):
            return form
        step = self._book.next_step(dict(form).get("CallSid", ""))
        self._count(f"after-stream-{type(step).__name__.lower()}")
        return _xml(self._instructions.next_step(step, _flow(request)))

    async def after_dial(self, request: Request) -> Response:
        """The person has hung up, or never answered: then we take the caller back."""
        form = await self._twilio_form(request)
        if isinstance(form, Response):
            return form
        if dict(form).get("DialCallStatus") in ("completed", "answered"):
            return _xml(self._instructions.over())
        return self._join(form, "CallSid", request, self._instructions.answer_again)

    async def stream_status(self, request: Request) -> Response:
        """What the provider says about the stream."""
        form = await self._twilio_form(request)
        if isinstance(form, Response):
            return form
        event = dict(form).get("StreamEvent", "")
        self._count(event if event in _STREAM_EVENTS else "stream-other")
        if event == "stream-error":
            _LOG.warning("the provider reports that a stream failed; its own log says why")
        return Response(status_code=204)

    async def plivo_answer(self, request: Request) -> Response:
        """The same as `voice`, for Plivo."""
        form = await _form(request)
        url = self._settings.url(_target(request))
        signatures = request.headers.get("x-plivo-signature-v3", "")
        nonce = request.headers.get("x-plivo-signature-v3-nonce", "")
        if not plivo_signed(self._settings.plivo_auth_token, signatures, url, nonce, form or []):
            return self._refuse()
        return self._join(form or [], "CallUUID", request, self._instructions.answer_plivo)

    def _join(
        self,
        form: Form,
        id_name: str,
        request: Request,
        document: Callable[[str, str, str, str], str],
    ) -> Response:
        told = dict(form)
        if not (call := told.get(id_name, "")):
            return Response(f"{id_name} is missing", 400)
        token = self._tokens.issue(call, now=asyncio.get_running_loop().time())
        return _xml(document(token, told.get("From", ""), told.get("To", ""), _flow(request)))

    async def _twilio_form(self, request: Request) -> Form | Response:
        """The signed form, or the refusal."""
        if (form := await _form(request)) is None:
            return Response("that is no form of a webhook", 400)
        headers, host = request.headers, request.client.host if request.client else ""
        signature = headers.get("x-twilio-signature") or headers.get("x-signalwire-signature", "")
        if not signature and is_local(self._settings, headers, host):
            return form
        url = self._settings.url(_target(request))
        token = self._settings.auth_token
        if token and twilio_signed(token, signature, url, form):
            return form
        return self._refuse()

    def _refuse(self) -> Response:
        self._count("bad_signature")
        if self._warnings.take(asyncio.get_running_loop().time()):
            _LOG.warning(
                "a webhook without a valid signature was refused; if your provider sent it, check "
                "the auth token, and that public_url is exactly what is configured there"
            )
        return Response("the signature is not valid", 403)


async def _form(request: Request) -> Form | None:
    """The form's fields; None for too many, too much, too slow, or what is no form."""
    body = bytearray()
    try:
        async with asyncio.timeout(FORM_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_FORM:
                    return None
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except (ValueError, TimeoutError, ClientDisconnect):
        return None


def _target(request: Request) -> str:
    """Path and query as they came."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def _flow(request: Request) -> str:
    return request.query_params.get("flow", "")


def _xml(document: str) -> Response:
    return Response(document, media_type="text/xml")
