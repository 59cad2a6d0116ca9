"""Flows written by tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.flows.flow import Flow
from warmline.flows.loader import load_flow

HEAD = """\
flow: tiny
start: welcome
"""
ESCAPE = "escape: { queue: help }\n"
WELCOME = """\
  welcome:
    say: "You are talking with a virtual assistant."
    then: question
"""
END = """\
  bye:
    end: "Goodbye."
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a whole flow.yaml and gives its path."""

    def write_flow(text: str) -> Path:
        path = tmp_path / "flow.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_flow


@pytest.fixture
def flow_with(write: Callable[[str], Path]) -> Callable[..., Flow]:
    """A flow that greets, then goes to the node `question`; `nodes` are YAML below `nodes:`."""

    def build(nodes: str, head: str = "") -> Flow:
        escape = "" if "escape:" in head else ESCAPE
        return load_flow(write(f"{HEAD}{escape}{head}nodes:\n{WELCOME}{END}{nodes}"))

    return build
