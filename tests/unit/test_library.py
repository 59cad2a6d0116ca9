"""Flows are loaded anew when their files change; wrong files change nothing."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.errors import ConfigError, FlowError
from warmline.flows.flow import Flow
from warmline.flows.loader import load_flows
from warmline.library import FlowLibrary

FLOW = """\
flow: NAME
start: hello
escape: {{ queue: help }}
nodes:
  hello: {{ end: "This is an automated greeting. {words}" }}
"""

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_flow(name: str, words: str) -> None:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        text = FLOW.format(words=words).replace("NAME", name)
        (folder / "flow.yaml").write_text(text, encoding="utf-8")

    write_flow("one", "Good day.")
    write_flow("two", "Good day.")
    return write_flow


@pytest.fixture
def library(tmp_path: Path, write: Write) -> FlowLibrary:
    return FlowLibrary(tmp_path, load_flows, lambda flows: None)


def test_only_what_changed_is_told(library: FlowLibrary, write: Write) -> None:
    running = library.flows["one"]
    write("one", "Good evening.")
    write("three", "Welcome.")
    assert sorted(flow.name for flow in library.reload()) == ["one", "three"]
    assert library.flows["one"].version != running.version
    assert "evening" in repr(library.flows["one"].nodes)
    assert "evening" not in repr(running.nodes)  # a running call keeps what it began with
    assert library.reload() == []


def test_wrong_files_change_nothing(
    library: FlowLibrary, write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    before = dict(library.flows)
    write("one", '" broken')
    with caplog.at_level(logging.ERROR):
        assert library.reload() == []
    assert library.flows == before
    assert "one/flow.yaml:" in caplog.text


def test_flows_that_the_server_cannot_run_are_refused(tmp_path: Path, write: Write) -> None:
    def check(flows: dict[str, Flow]) -> None:
        if "three" in flows:
            raise ConfigError("no voice for it")

    library = FlowLibrary(tmp_path, load_flows, check)
    write("three", "Welcome.")
    assert library.reload() == []
    assert library.flows.keys() == {"one", "two"}


def test_wrong_files_at_the_start_are_an_error(tmp_path: Path, write: Write) -> None:
    write("one", '" broken')
    with pytest.raises(FlowError, match=r"one/flow\.yaml:"):
        FlowLibrary(tmp_path, load_flows, lambda flows: None)


async def test_a_changed_file_is_noticed(library: FlowLibrary, write: Write) -> None:
    changed: asyncio.Queue[list[Flow]] = asyncio.Queue()
    watching = asyncio.create_task(library.watch(changed.put_nowait))
    try:
        async with asyncio.timeout(60):
            number = 0
            while changed.empty():  # until the watch has begun, a change goes unseen
                number += 1
                write("two", f"Change {number}.")
                try:
                    async with asyncio.timeout(2):
                        flows = await changed.get()
                        break
                except TimeoutError:
                    continue
        assert [flow.name for flow in flows] == ["two"]
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
