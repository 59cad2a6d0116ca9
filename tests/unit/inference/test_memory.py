"""When a worker gives back what it does not need; how much that is, benchmarks tell."""

import os
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from warmline.inference import memory, worker
from warmline.inference.pipe import Message

ONE = Message({"n": 1})


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", 0) as sink:
        yield source, sink


@pytest.fixture
def given_back(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(memory, "give_back", lambda: told.append("given back"))
    return told


def test_the_library_is_asked_and_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    memory.give_back()
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())  # another C library
    memory.frugal()
    memory.give_back()


def test_a_busy_worker_rests_now_and_then(
    pipe: tuple[BinaryIO, BinaryIO], given_back: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, sink = pipe
    sink.write(ONE.pack())
    monkeypatch.setattr(worker, "REST_S", 3600.0)
    requests = worker._each(source)
    assert next(requests) == ONE and not given_back
    sink.write(ONE.pack())
    monkeypatch.setattr(worker, "REST_S", 0.0)  # that time is over
    assert next(requests) == ONE and given_back == ["given back"]


def test_an_idle_worker_rests(
    pipe: tuple[BinaryIO, BinaryIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, sink = pipe
    monkeypatch.setattr(worker, "REST_S", 0.0)
    monkeypatch.setattr(memory, "give_back", lambda: sink.write(ONE.pack()))
    assert next(worker._each(source)) == ONE  # which came while it rested


def test_it_ends_with_its_pipe(pipe: tuple[BinaryIO, BinaryIO], given_back: list[str]) -> None:
    source, sink = pipe
    sink.close()
    assert not list(worker._each(source)) and not given_back
