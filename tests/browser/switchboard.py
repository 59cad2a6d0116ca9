"""The door's HTTP as a script: what a page asks is kept, what it hears is set by the test."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route

FAKE_PEER = Path(__file__).with_name("fake_peer.js")
PC_ID = "pc-1"


@dataclass
class Switchboard:
    """`peer` speaks for the server over the data channel of the page's newest connection."""

    page: Page
    offers: list[dict[str, Any]] = field(default_factory=list)
    tokens: int = 0
    refusal: tuple[int, dict[str, str]] | None = None
    """Status and body for the next offers."""
    away: bool = False
    """Nothing answers."""

    def install(self) -> None:
        self.page.add_init_script(path=FAKE_PEER)
        self.page.route("**/webrtc/token", self._token)
        self.page.route("**/webrtc/offer", self._offer)

    def _token(self, route: Route) -> None:
        if self.away:
            return route.abort("connectionrefused")
        self.tokens += 1
        route.fulfill(json={"token": f"t{self.tokens}", "expires_in": 60, "ice_servers": []})

    def _offer(self, route: Route) -> None:
        if self.away:
            return route.abort("connectionrefused")
        self.offers.append(json.loads(route.request.post_data or "{}"))
        if self.refusal is not None:
            status, body = self.refusal
            route.fulfill(status=status, json=body)
        else:
            route.fulfill(json={"sdp": "v=0 answer", "type": "answer", "pc_id": PC_ID})

    def call(self, flow: str = "") -> None:
        """Open the page and call; the server has answered."""
        self.page.goto(f"/call?flow={flow}" if flow else "/call")
        self.page.get_by_role("button", name="Call", exact=True).click()
        self.wait_open()
        self.say(type="started", call_id="call-1")
        self.page.get_by_role("button", name="Hang up").wait_for()

    def wait_open(self, peers: int = 1) -> None:
        self.page.wait_for_function(
            "n => peers.length >= n && peers.at(-1).channel.readyState === 'open'", arg=peers
        )

    def say(self, **message: Any) -> None:
        self.page.evaluate("message => peers.at(-1).say(message)", message)

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """What the page said of this type over the newest channel."""
        sent: list[dict[str, Any]] = self.page.evaluate("peers.at(-1).channel.sent")
        return [message for message in sent if message["type"] == kind]
