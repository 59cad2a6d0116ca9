"""The WebSocket `/api/live`: pages of agents and supervisors, and what each of them may see.

Knows who is signed in, the floor and the calls' panels; a single page is `page`'s matter.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from fastapi import APIRouter, WebSocket

from warmline.accounts.accounts import Accounts, Session
from warmline.accounts.audit import Audit
from warmline.accounts.guard import Guard
from warmline.accounts.user import User
from warmline.desk.floor_view import floor_message, may_watch
from warmline.desk.office import Office
from warmline.desk.outbox import Message
from warmline.desk.page import SIGNED_OUT, Page
from warmline.desk.panels import Panels
from warmline.desk.presence import Agent
from warmline.desk.replay import Record
from warmline.desk.texts import encode
from warmline.records.desk import Callback

FLOOR_S: Final = 0.2
"""Between two messages about the floor: five a second at most."""
LOOK_S: Final = 1.0
"""What changes beside the floor (the call-backs) is seen so soon."""

ObservePaint = Callable[[str, float], None]
"""A kind of change (`texts.kind`) was on a screen so many seconds after it happened."""


class OpenCallbacks(Protocol):
    @property
    def open(self) -> Sequence[Callback]: ...


@dataclass(slots=True, eq=False)
class _Here:
    """Whose a page is."""

    session: Session
    console: str
    """Empty for a page that only watches: the wall."""
    over: bool = False
    """The session has ended."""


class Live:
    """All pages that are open, and what they need of the rest (`watching.House`)."""

    def __init__(
        self,
        *,
        office: Office,
        record: Record,
        panels: Panels,
        accounts: Accounts,
        callbacks: OpenCallbacks,
        audit: Audit,
        observe_paint: ObservePaint,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives seconds since 1970: pages show no other time than the server's."""
        self.epoch = secrets.token_hex(8)
        self.record = record
        self.panels = panels
        self._office = office
        self._accounts = accounts
        self._callbacks = callbacks
        self._audit = audit
        self._observe_paint = observe_paint
        self._clock = clock
        self._pages: dict[_Here, Page] = {}
        accounts.on_end(self._session_ended)

    async def serve(self, socket: WebSocket, session: Session, page_name: str) -> None:
        """Serve one page until it is gone or has to go."""
        if not self._accounts.is_open(session.session_id):  # any more
            await socket.close(SIGNED_OUT)
            return
        user = session.user
        acts = "agent" in user.roles and page_name != "wall"
        here = _Here(session, secrets.token_hex(8) if acts else "")
        page = self._pages[here] = Page(socket, self, user, partial(self._alive, here))
        try:
            if acts:
                self._office.sign_in(_agent(user), here.console)
            page.tell(Message(encode(self._hello(user))))
            await page.run(self._follow_floor(page, here))
        finally:
            del self._pages[here]
            if acts:
                self._office.console_closed(user.user_id, here.console)

    async def _follow_floor(self, page: Page, here: _Here) -> None:
        """Tell of the floor whenever it looks different for this user."""
        user, version, before = here.session.user, -1, ""
        while True:
            floor = self._office.floor
            controls = self._office.controls(user.user_id, here.console)
            told = floor_message(
                floor, user, self.panels.packet, self._callbacks.open, controls=controls
            )
            if floor.version != version or told["callbacks"] != before:
                version, before = floor.version, told["callbacks"]
                page.watching.check(partial(may_watch, floor, user))
                page.tell(Message(encode(told), "floor"))
            await asyncio.sleep(FLOOR_S)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._office.changed(version)
            except TimeoutError:
                pass

    def _hello(self, user: User) -> dict[str, Any]:
        shown = {
            "user_id": user.user_id,
            "login": user.login,
            "name": user.name,
            "roles": sorted(user.roles),
            "skills": dict(user.skills),
            "queues": list(user.queues),
        }
        return {"type": "hello", "epoch": self.epoch, "user": shown, "now": self._clock()}

    def _session_ended(self, session_id: str, user_id: str, why: str) -> None:
        """Close its pages at once. When the user has no other page, their call is for others."""
        stays = False
        for here, page in self._pages.items():
            if here.session.session_id == session_id:
                here.over = True
                page.close(SIGNED_OUT)
            stays |= here.session.user.user_id == user_id and not here.over
        if not stays:
            self._office.sign_out(user_id, why)

    # --- for pages ------------------------------------------------------------------------------

    def may_watch(self, user: User, call_id: str) -> bool:
        # A supervisor may without a look at the floor, which has to be made for it.
        return "supervisor" in user.roles or may_watch(self._office.floor, user, call_id)

    async def looks_back(self, user: User, call_id: str) -> None:
        await self._audit("view", user.user_id, call_id, {})

    def painted(self, call_id: str, at: float, kinds: frozenset[str]) -> float | None:
        call = self._office.call(call_id)
        if call is None:
            return None
        seconds = max(0.0, call.now - at)
        for kind in kinds:
            self._observe_paint(kind, seconds)
        return seconds

    def _alive(self, here: _Here) -> float:
        self._accounts.touch(here.session.session_id)
        if here.console:
            self._office.heartbeat(here.session.user.user_id)
        return self._clock()


def live_router(live: Live, guard: Guard) -> APIRouter:
    """GET /api/live. With `?page=wall` an agent's page takes no part in the desk's work."""
    router = APIRouter()

    @router.websocket("/api/live")
    async def pages(socket: WebSocket) -> None:
        session = await guard.websocket(socket)
        if session is None:
            return
        if session.user.roles.isdisjoint({"agent", "supervisor"}):
            await socket.close()  # before it is accepted: HTTP 403
            return
        await socket.accept()
        await live.serve(socket, session, socket.query_params.get("page", ""))

    return router


def _agent(user: User) -> Agent:
    return Agent(user_id=user.user_id, name=user.name, skills=user.skills, queues=user.queues)
