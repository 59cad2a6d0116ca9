"""The server of the supervisors' pages as a script: floor and calls as the desk's, and their own
HTTP: listening in, figures, history, one call's record and recording."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Route, expect

from browser import wall_story as story
from browser.desk_server import DeskServer, Json


@dataclass
class WallServer(DeskServer):
    user: Json | None = field(default_factory=lambda: dict(story.SUPERVISOR))
    past: list[Json] = field(default_factory=lambda: list(story.PAST))
    """What the history finds."""
    searched: list[dict[str, str]] = field(default_factory=list)
    """The questions to the history."""
    record: Json | None = None
    """The call of /api/calls/ID; None: there is none."""
    events: list[Json] = field(default_factory=list)
    wrapups: list[Json] = field(default_factory=list)
    recording: bytes | None = None
    """FLAC."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.floor |= {"queues": story.QUEUES, "agents": story.AGENTS, "calls": story.CALLS}
        self.answers.setdefault("stats", (200, story.STATS))
        self.page.route("**/api/wall/**", self._wall)
        self.page.route("**/api/history*", self._history)
        self.page.route("**/api/calls/**", self._calls)
        self.page.route_web_socket("**/api/live?page=wall", self._live)

    def _wall(self, route: Route) -> None:
        request = route.request
        path = request.url.partition("/api/wall/")[2]
        body = json.loads(request.post_data) if request.post_data else None
        self.asked.append((request.method, path, body))
        if request.method != "GET":
            assert request.headers["x-warmline-csrf"] == "c1"
        if request.method == "DELETE":
            return route.fulfill(status=204)
        status, answer = self._answer(path)
        if status == 200 and path.endswith("/listen"):
            answer = {"media_token": "m1", "ice_servers": []}
        route.fulfill(status=status, json=answer)

    def _history(self, route: Route) -> None:
        asked = dict(parse_qsl(urlsplit(route.request.url).query))
        self.searched.append(asked)
        if "history" in self.answers:
            status, answer = self.answers["history"]
            return route.fulfill(status=status, json=answer)
        ids = [one["call_id"] for one in self.past]
        begin = ids.index(asked["before"]) + 1 if "before" in asked else 0
        some = self.past[begin : begin + int(asked["limit"])]
        more = some[-1]["call_id"] if len(some) == int(asked["limit"]) else None
        route.fulfill(json={"calls": some, "next": more})

    def _calls(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        asked = dict(parse_qsl(parts.query))
        if parts.path.endswith("/audio"):
            return self._audio(route)
        if self.record is None:
            return route.fulfill(status=404, json={"detail": "There is no such call."})
        if parts.path.endswith("/events"):
            after, limit = int(asked.get("after", 0)), int(asked["limit"])
            some = [event for event in self.events if event["seq"] > after][:limit]
            last = some[-1]["seq"] if some else after
            return route.fulfill(json={"call_id": "", "events": some, "last_seq": last})
        if parts.path.endswith("/wrapups"):
            return route.fulfill(json={"wrapups": self.wrapups})
        route.fulfill(json=self.record)

    def _audio(self, route: Route) -> None:
        self.asked.append(("GET", "audio", route.request.headers.get("range", "")))
        if self.recording is None:
            return route.fulfill(status=404, json={"detail": "There is no such call."})
        asked = route.request.headers.get("range", "bytes=0-").removeprefix("bytes=")
        begin, _, end = asked.partition("-")
        first, last = int(begin), int(end) if end else len(self.recording) - 1
        headers = {
            **{"Content-Type": "audio/flac", "Accept-Ranges": "bytes"},
            "Content-Range": f"bytes {first}-{last}/{len(self.recording)}",
        }
        whole = "range" not in route.request.headers
        body = self.recording[first : last + 1]
        route.fulfill(status=200 if whole else 206, body=body, headers=headers)

    def open_wall(self) -> None:
        """The page is there, with the floor."""
        self.page.goto("/wall")
        expect(self.page.get_by_role("table", name="Calls")).to_be_visible()

    def hear(self) -> None:
        """The page is there, and a call is heard."""
        self.open_wall()
        self.page.get_by_role("button", name="Listen in to +1 555 0102").click()
        self.page.wait_for_function("() => window.peers?.at(-1)?.channel.readyState === 'open'")
        expect(self.page.get_by_role("radio", name="Whisper")).to_be_enabled()

    def requests(self, method: str, path: str) -> list[Any]:
        """Bodies of the page's requests of this method to paths that end so."""
        return [b for m, p, b in self.asked if m == method and p.partition("?")[0].endswith(path)]

    def until_stats(self, *hours: int) -> None:
        """The page has asked for the figures of these times, in this order."""
        wanted = [f"stats?hours={number}" for number in hours]
        self._until(lambda: [p for _, p, _ in self.asked if "stats" in p] == wanted, wanted)

    def until_searched(self, *questions: dict[str, str]) -> None:
        """The page has asked the history these questions, in this order."""
        self._until(lambda: self.searched == list(questions), (questions, self.searched))
