"""What the door's tests share: a loop on a virtual clock, and a real server on loopback."""

import asyncio
import contextlib
import selectors
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from warmline.gateway.protocol import UVICORN_OPTIONS
from warmline.gateway.socket import SocketSettings, audio_router
from warmline.ports import CallHandler

Serve = Callable[..., AbstractAsyncContextManager[str]]


class _NoWait(selectors.DefaultSelector):
    """Instead of waiting for the next timer, moves the clock to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("deadlock: no task can run and no timer is set")
        self.now += max(timeout, 0.0)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = _NoWait()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.now


@pytest.fixture
def in_virtual_time() -> Callable[[Coroutine[Any, Any, None]], None]:
    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(main)

    return run


@pytest.fixture
def serve() -> Serve:
    @contextlib.asynccontextmanager
    async def run(
        handler: CallHandler, settings: SocketSettings | None = None, **options: Any
    ) -> AsyncIterator[str]:
        app = FastAPI()
        app.include_router(audio_router(handler, settings))
        config = uvicorn.Config(app, log_config=None, **(UVICORN_OPTIONS | options))
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            await server.startup(sockets=[listener])
            try:
                yield f"ws://127.0.0.1:{listener.getsockname()[1]}/audio"
            finally:
                async with asyncio.timeout(5):
                    await server.shutdown(sockets=[listener])

    return run
