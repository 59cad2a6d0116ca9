"""`warmline call`, when it cannot be placed."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of a port at which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listened at
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_missing_file(refused: Command, tmp_path: Path) -> None:
    assert "none.wav: there is no such file" in refused("call", tmp_path / "none.wav").err


def test_a_missing_file_that_comes_later(refused: Command, clip: Path, tmp_path: Path) -> None:
    err = refused("call", clip, "--then", tmp_path / "none.wav").err
    assert "none.wav: there is no such file" in err


def test_a_file_without_sound(refused: Command, letter: Path) -> None:
    assert "expected a sound file" in refused("call", letter).err


def test_a_folder(refused: Command, tmp_path: Path) -> None:
    assert "expected a sound file" in refused("call", tmp_path).err


def test_nothing_to_say(refused: Command) -> None:
    assert "nothing to say: give a sound file, or --dtmf" in refused("call").err


def test_keys_that_no_telephone_has(refused: Command) -> None:
    assert "12x: there is no such file" in refused("call", "--dtmf", "12x").err


def test_a_server_that_does_not_run(refused: Command, clip: Path, nobody: str) -> None:
    err = refused("call", clip, "--url", nobody).err
    assert f"{nobody}: cannot be called" in err and "`warmline serve` starts one" in err


@pytest.mark.parametrize("url", ["http://[::1", "localhost:99999", "ftp://localhost", "http://"])
def test_what_is_no_address(refused: Command, url: str) -> None:
    assert f"error: {url}: " in refused("call", "--dtmf", "1", "--url", url).err
