"""Owns what browsers load: the pages, their files, and the list of flows that a caller can choose.

Must not know calls, audio or models: the pages reach those through the doors and the API.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.staticfiles import StaticFiles

STATIC: Final = Path(__file__).parent / "static"

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
"""Said here, not guessed: the system's own tables differ, and browsers refuse wrong types."""

PAGES: Final = {
    "/call": "call.html",
    "/desk": "desk.html",
    "/wall": "wall.html",
    "/history": "history.html",
    "/calls/{call_id}": "one-call.html",
    "/sign-in": "sign-in.html",
    "/setup": "setup.html",
    "/users": "users.html",
}
"""Anybody may load a page; who may see what is shown on it is the API's matter."""

_CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types lit-html",  # Lit's one policy, for the static parts of its templates
    )
)

HEADERS: Final = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",  # asked for again each time (304): an update is seen at once
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesSettings:
    version: str = ""
    """Of the server, for the start page and for programs that ask `/`."""
    default_flow: str = ""
    """Chosen on the pages when the caller does not choose."""
    configuration: str = "Settings come from a TOML file (--config) and WARMLINE_* variables."
    """One sentence for the start page: where the settings come from."""


class FlowEntry(BaseModel):
    """One flow that a caller can choose."""

    name: str
    title: str = Field(description="The name as a person would write it")
    description: str = Field(description="One sentence; may be empty")


class FlowList(BaseModel):
    """What a caller can choose from."""

    flows: list[FlowEntry]
    default: str = Field(description="The flow for callers who do not choose; may be empty")
    configuration: str = Field(description="Where the server's settings come from")
    version: str


def pages_router(
    flows: Callable[[], Mapping[str, str]], settings: PagesSettings | None = None
) -> APIRouter:
    """GET /, the pages, /static/… and /api/flows.

    `flows` gives the flows for new calls, name to one sentence (or an empty text), each time
    it is asked. `/` answers a browser with a page and a program with JSON.
    """
    router = APIRouter()
    settings = settings or PagesSettings()
    static = StaticFiles(directory=STATIC)

    async def page(request: Request, path: str) -> Response:
        response = await static.get_response(path, request.scope)
        response.headers.update(HEADERS)
        if response.status_code == 200:
            response.headers["Content-Type"] = TYPES[Path(path).suffix]
        return response

    @router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def start(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            response = await page(request, "start.html")
        else:
            about = {"name": "warmline", "version": settings.version, "flows": sorted(flows())}
            response = JSONResponse(about)
        response.headers["Vary"] = "Accept"
        return response

    def serve(path: str, name: str) -> None:
        async def named(request: Request) -> Response:
            return await page(request, name)

        router.add_api_route(path, named, methods=["GET", "HEAD"], include_in_schema=False)

    for path, name in PAGES.items():
        serve(path, name)

    @router.api_route("/static/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def file(request: Request, path: str) -> Response:
        return await page(request, path)

    @router.get("/api/flows", tags=["flows"])
    async def listed() -> FlowList:
        """The flows that a caller can choose, by name."""
        return FlowList(
            flows=[
                FlowEntry(name=name, title=title(name), description=text)
                for name, text in sorted(flows().items())
            ],
            default=settings.default_flow,
            configuration=settings.configuration,
            version=settings.version,
        )

    return router


def title(name: str) -> str:
    """A flow's name for people: `order_status` is "Order status"."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
