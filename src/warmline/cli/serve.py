"""`warmline serve`: run the server until it is stopped."""

import asyncio
import logging
import socket
import time
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn

from warmline.cli.screen import err, errors_in_a_line
from warmline.config import Settings, load
from warmline.errors import ConfigError
from warmline.gateway.protocol import UVICORN_OPTIONS

_START = time.monotonic()


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes any.", min=0, max=65_535)
    ] = None,
    flow: Annotated[
        str | None, typer.Option(help="Flow for callers who ask for none: a name, or its folder.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
) -> None:
    """Serve calls on http://127.0.0.1:8080 until Ctrl-C."""
    with errors_in_a_line():
        settings = _with_options(load(config), host, port, flow)
        logging.basicConfig(
            level=settings.server.log_level.upper(),
            format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        )
        for chatty in ("aioice", "aiortc", "alembic"):  # they tell each of their steps at INFO
            logging.getLogger(chatty).setLevel(logging.WARNING)
        listener = _listen(settings.server.host, settings.server.port)
        from warmline.app import build
        from warmline.modelstore import ModelStore

        with listener:
            app = build(settings, ModelStore())
            server = _Server(_uvicorn(app))
            with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
                runner.run(_serve(app, server, listener))


async def _serve(app: Any, server: "_Server", listener: socket.socket) -> None:
    """Start and stop the rooms around uvicorn, so that what cannot start is one clear line."""
    async with app.router.lifespan_context(app):
        server.first_link = app.state.first_link
        await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Says when calls can come, and how the first account is made while there is none."""

    first_link = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            seconds = time.monotonic() - _START
            err.print(f"Warmline answers on http://{host}:{port} (ready after {seconds:.1f} s)")
            if self.first_link:
                link = f"http://{host}:{port}{self.first_link}"
                err.print(f"No accounts yet; make the first: {link}", soft_wrap=True)


def _uvicorn(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        **UVICORN_OPTIONS,
        lifespan="off",
        log_level="warning",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )


def _with_options(
    settings: Settings, host: str | None, port: int | None, flow: str | None
) -> Settings:
    server = {k: v for k, v in {"host": host, "port": port}.items() if v is not None}
    flows: dict[str, Any] = {}
    if flow is not None:
        path = Path(flow)
        folder = path.parent if path.name == "flow.yaml" else path
        if (folder / "flow.yaml").is_file():
            flows = {"folder": folder.resolve().parent, "default": folder.resolve().name}
        else:
            flows = {"default": flow}
    return settings.model_copy(
        update={
            "server": settings.server.model_copy(update=server),
            "flows": settings.flows.model_copy(update=flows),
        }
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        family, kind, protocol, _, address = found
        # Only of a socket that names its protocol asyncio knows that it is TCP, and lets small
        # messages go at once; else each may wait 40 ms for the other side's acknowledgement.
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except BaseException:
            listener.close()
            raise
        return listener
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"server.host, server.port: cannot listen on {host}:{port}: {error}; "
            "stop the other program or choose another port (--port)"
        ) from None
