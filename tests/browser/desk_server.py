"""The desk's server as a script: the test leads the floor and the calls, the page believes it.

Speaks the live feed and the desk's HTTP as the page knows them; keeps what the page asks.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from playwright.sync_api import Page, Route, WebSocketRoute, expect
from pydantic import Field, TypeAdapter

from browser.desk_story import AGENTS, CALL, NOW, QUEUES, TRANSFER_QUEUES, USER, assigned
from warmline.desk.messages import ServerMessage, read
from warmline.pages.router import HEADERS, STATIC

FAKE_PEER = Path(__file__).with_name("fake_peer.js")
Json = dict[str, Any]
SERVER: TypeAdapter[Any] = TypeAdapter(Annotated[ServerMessage, Field(discriminator="type")])


@dataclass
class DeskServer:
    page: Page
    user: Json | None = field(default_factory=lambda: dict(USER))
    """Who is signed in; None: nobody."""
    epoch: str = "e1"
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    """What the next requests of these paths get, by the end of the path: status and JSON."""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    """Method, path and body of each request of the page that the story cares for."""
    heard: list[Json] = field(default_factory=list)
    """All messages of the page over the feed, of all sockets."""
    sockets: list[WebSocketRoute] = field(default_factory=list)
    away: bool = False
    """Sockets are refused."""
    floor: Json = field(default_factory=dict)
    logs: dict[str, list[Json]] = field(default_factory=dict)
    """Changes of each entry by call: entry 1 first."""
    silent: bool = False
    """`watch` is not answered: the test does."""
    deaf: bool = False
    """Pings are not answered."""

    def __post_init__(self) -> None:
        self.floor = {
            **{"type": "floor", "version": 1, "queues": QUEUES, "waiting": [], "agents": AGENTS},
            **{"calls": [], "offer": None, "assignment": None, "callbacks": [], "controls": True},
            "transfer_queues": TRANSFER_QUEUES,
        }
        self.page.add_init_script(path=FAKE_PEER)
        self.page.route("**/desk", self._page)
        self.page.route("**/api/session", self._session)
        self.page.route("**/api/desk/**", self._desk)
        self.page.route("**/webrtc/offer", self._offer)
        self.page.route_web_socket("**/api/live", self._live)

    # --- HTTP -----------------------------------------------------------------------------------

    def _page(self, route: Route) -> None:
        html = {**HEADERS, "Content-Type": "text/html; charset=utf-8"}
        route.fulfill(body=(STATIC / "desk.html").read_text(), headers=html)

    def _session(self, route: Route) -> None:
        if route.request.method == "DELETE":
            self.user = None
            return route.fulfill(status=204)
        if self.user is None:
            return route.fulfill(status=401, json={"detail": "Sign in first."})
        route.fulfill(json={"user": self.user, "csrf": "c1"})

    def _desk(self, route: Route) -> None:
        request = route.request
        path = request.url.partition("/api/desk/")[2]
        body = json.loads(request.post_data) if request.post_data else None
        self.asked.append((request.method, path, body))
        if request.method == "POST":
            assert request.headers["x-warmline-csrf"] == "c1"
        status, answer = self._answer(path)
        if isinstance(answer, bytes):
            return route.fulfill(status=status, body=answer, content_type="audio/wav")
        route.fulfill(status=status, json=answer)

    def _answer(self, path: str) -> tuple[int, Any]:
        for ending, answer in self.answers.items():
            if path.partition("?")[0].endswith(ending):
                return answer
        if path.endswith(("/accept", "/media")):
            self.let(assignment=assigned("connecting"), offer=None)
            return 200, {"call_id": CALL, "media_token": "m1", "ice_servers": []}
        return 200, {"calls": []} if path.endswith("/earlier") else {}

    def _offer(self, route: Route) -> None:
        self.asked.append(("POST", "webrtc/offer", json.loads(route.request.post_data or "{}")))
        route.fulfill(json={"sdp": "v=0 answer", "type": "answer", "pc_id": "pc-1"})

    def did(self, path: str) -> list[Any]:
        """Bodies of what the page asked under paths that end so."""
        return [body for _, asked, body in self.asked if asked.partition("?")[0].endswith(path)]

    # --- the feed -------------------------------------------------------------------------------

    def _live(self, socket: WebSocketRoute) -> None:
        if self.away:
            return socket.close(code=1011, reason="away")
        self.sockets.append(socket)
        socket.on_message(lambda text: self._hear(socket, json.loads(text)))
        send(socket, {"type": "hello", "epoch": self.epoch, "user": self.user, "now": NOW})
        send(socket, self.floor)

    def _hear(self, socket: WebSocketRoute, message: Json) -> None:
        read(json.dumps(message))  # the real server would take it
        self.heard.append(message)
        if message["type"] == "ping" and not self.deaf:
            send(socket, {"type": "pong", "now": NOW})
        if message["type"] != "watch" or self.silent:
            return
        call, log = message["call"], self.logs.setdefault(message["call"], [])
        if message.get("epoch") != self.epoch:
            send(socket, {"type": "snapshot", "call": call, "seq": len(log), "view": view(log)})
            return
        for seq in range(message["after"] + 1, len(log) + 1):
            send(socket, entry(call, seq, log[seq - 1]["changes"]))

    @property
    def socket(self) -> WebSocketRoute:
        return self.sockets[-1]

    def say(self, **message: Any) -> None:
        send(self.socket, message)

    def let(self, **floor: Any) -> None:
        """The floor changes so."""
        self.floor |= floor | {"version": self.floor["version"] + 1}
        if self.sockets:
            send(self.socket, self.floor)

    def happens(self, *changes: Json, call: str = CALL, told: bool = True) -> int:
        """One more entry of a call's log; gives its number."""
        log = self.logs.setdefault(call, [])
        seq = len(log) + 1
        made = [{**one, "seq": seq} if one.get("kind") == "line" else one for one in changes]
        log.append({"changes": made})
        if told:
            send(self.socket, entry(call, seq, made))
        return len(log)

    def until_heard(self, **message: Any) -> None:
        """The page sends a message with these values, over whichever socket."""
        self._until(lambda: any(message.items() <= heard.items() for heard in self.heard), message)

    def until_asked(self, path: str, *bodies: Any) -> None:
        """The page has asked these, and nothing else, under paths that end so."""
        self._until(lambda: self.did(path) == list(bodies), (path, self.did(path)))

    def until_connected(self, sockets: int) -> None:
        self._until(lambda: len(self.sockets) >= sockets, "a new socket")

    def let_time_pass(self, seconds: int) -> None:
        """Of a page whose clock is installed; its pings are answered meanwhile."""
        for _ in range(seconds // 5):
            pings = self._pings()
            self.page.clock.run_for(5_000)
            self._until(lambda known=pings: self._pings() > known, "no ping")  # type: ignore[misc]
            self.page.evaluate("0")  # comes after the answer

    def _pings(self) -> int:
        return sum(heard["type"] == "ping" for heard in self.heard)

    def _until(self, holds: Callable[[], bool], what: object) -> None:
        for _ in range(400):
            if holds():
                return
            self.page.wait_for_timeout(20)  # the browser's messages are taken meanwhile
        raise AssertionError(what)

    # --- where stories begin --------------------------------------------------------------------

    def open(self) -> None:
        """The page is there, its agent is signed in, nobody calls."""
        self.page.goto("/desk")
        expect(self.page.get_by_role("heading", name="No call")).to_be_visible()

    def talk(self) -> None:
        """The page is there, in the middle of the call."""
        self.floor["assignment"] = assigned("talking")
        self.page.goto("/desk")
        self.page.wait_for_function("() => window.peers?.at(-1)?.channel.readyState === 'open'")
        expect(self.page.get_by_role("heading", name="Call with")).to_be_visible()


def send(socket: WebSocketRoute, message: Json) -> None:
    SERVER.validate_python(message)  # the real server would say it so
    socket.send(json.dumps(message))


def entry(call: str, seq: int, changes: list[Json]) -> Json:
    at = max([0.0, *(change.get("at", 0.0) for change in changes)])
    return {"type": "call", "call": call, "seq": seq, "at": at, "changes": changes}


def view(log: list[Json]) -> list[Json]:
    """What a late joiner is shown."""
    shown: dict[str, Json] = {}
    for each in log:
        for change in each["changes"]:
            if change.get("gone"):
                shown.pop(change["key"], None)
            else:
                shown[change["key"]] = change
    return list(shown.values())
