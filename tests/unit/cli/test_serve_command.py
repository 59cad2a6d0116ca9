"""`warmline serve`, when it cannot, and how it listens."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warmline.cli.serve import _listen

Command = Callable[..., Any]


def test_a_port_in_use(refused: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        err = refused("serve", "--port", port).err
    assert f"cannot listen on 127.0.0.1:{port}" in err and "(--port)" in err


@pytest.mark.parametrize("host", ["203.0.113.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours(refused: Command, host: str) -> None:
    assert f"cannot listen on {host}:0" in refused("serve", "--port", "0", "--host", host).err


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_cannot_be(warmline: Command, port: str) -> None:
    done = warmline("serve", "--port", port)
    assert done.code == 2 and "--port" in done.err


def test_a_bad_configuration(refused: Command, tmp_path: Path) -> None:
    config = tmp_path / "warmline.toml"
    config.write_text("[server]\nport = 8080\n\n[sever]\nport = 1\n")
    err = refused("serve", "--config", config).err
    assert f"{config}:4: sever: there is no such key; did you mean server?" in err


def test_a_variable_that_is_wrong(refused: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_SERVER_PORT", "eighty")
    assert "WARMLINE_SERVER_PORT: server.port: " in refused("serve").err


@pytest.mark.usefixtures("models")
def test_an_unknown_flow(refused: Command) -> None:
    err = refused("serve", "--port", "0", "--flow", "nosuch").err
    assert "flows.default: there is no flow 'nosuch'; there are" in err and "order_status" in err


@pytest.mark.usefixtures("models")
def test_a_broken_flow(refused: Command, tmp_path: Path) -> None:
    flow = tmp_path / "flows" / "broken" / "flow.yaml"
    flow.parent.mkdir(parents=True)
    flow.write_text("name: [\n")
    for named in (flow, flow.parent):
        assert f"{flow}:" in refused("serve", "--port", "0", "--flow", named).err


def test_a_model_that_is_not_here(warmline: Command) -> None:
    done = warmline("serve", "--port", "0")
    assert done.code == 1
    assert "run `warmline models pull" in done.err
    assert all(line.startswith("error: ") for line in done.err.splitlines())


async def test_small_messages_go_at_once() -> None:
    """A frame of audio, or a word for the desk, does not wait for an acknowledgement (Nagle)."""
    accepted: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    listener = _listen("127.0.0.1", 0)
    server = await asyncio.start_server(lambda _, ours: accepted.set_result(ours), sock=listener)
    async with server:
        _, theirs = await asyncio.open_connection(*listener.getsockname())
        ours = await accepted
        connection = ours.get_extra_info("socket")
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for writer in (ours, theirs):
            writer.close()
            await writer.wait_closed()
