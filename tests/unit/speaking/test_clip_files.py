"""Clips on disk: found again, never trusted when damaged, bounded, and no failure of anybody."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from warmline.audio.frame import Pcm
from warmline.speaking import shape
from warmline.speaking.clip_files import Clause, ClipFiles, fingerprint

VOICES = {"": "joe-1", "joe": "joe-1", "amy": "amy-1"}
HELLO: Clause = ("Hello.", "", 1.0)
PLENTY = 1_000_000
HEAD = 12
"""Bytes of a file that are no samples."""


def clip(value: int = 7, size: int = 100) -> Pcm:
    return np.full(size, value, dtype=np.int16)


def files(folder: Path, max_bytes: int = PLENTY, voices: dict[str, str] = VOICES) -> ClipFiles:
    return ClipFiles(folder, voices, max_bytes)


def test_the_next_server_finds_it(tmp_path: Path) -> None:
    first = files(tmp_path / "clips")
    assert HELLO not in first and first.load(HELLO) is None
    first.save(HELLO, clip(), 22_050)
    again = files(tmp_path / "clips")
    assert HELLO in again and again.size == HEAD + 200
    found = again.load(HELLO)
    assert found is not None and found[1] == 22_050
    assert np.array_equal(found[0], clip()) and found[0].dtype == np.int16


def test_text_voice_and_pace_make_a_clause_and_the_default_has_a_name(tmp_path: Path) -> None:
    store = files(tmp_path)
    store.save(HELLO, clip(), 22_050)
    assert ("Hello.", "joe", 1.0) in store
    others: list[Clause] = [("Hello!", "", 1.0), ("Hello.", "amy", 1.0), ("Hello.", "", 1.1)]
    assert not any(other in store for other in others)


def test_another_voice_file_is_another_voice(tmp_path: Path) -> None:
    files(tmp_path).save(HELLO, clip(), 22_050)
    assert HELLO not in files(tmp_path, voices={"": "joe-2"})


def test_a_fingerprint_changes_with_the_files_and_with_the_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "joe.onnx").write_bytes(b"model")
    (tmp_path / "joe.onnx.json").write_bytes(b"{}")
    first = fingerprint(tmp_path, "joe")
    assert first == fingerprint(tmp_path, "joe")
    (tmp_path / "joe.onnx.json").write_bytes(b"{ }")
    second = fingerprint(tmp_path, "joe")
    monkeypatch.setattr(shape, "VERSION", shape.VERSION + 1)
    assert len({first, second, fingerprint(tmp_path, "joe")}) == 3


def test_nothing_in_the_folder_tells_a_text(tmp_path: Path) -> None:
    files(tmp_path / "clips").save(("My secret", "", 1.0), clip(), 22_050)
    (path,) = (tmp_path / "clips").iterdir()
    assert "secret" not in path.name and b"secret" not in path.read_bytes()
    assert (tmp_path / "clips").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:8],
        lambda content: content[:-2],
        lambda content: content[:-1],
        lambda content: content + b"\0\0",
        lambda content: b"WLC0" + content[4:],
        lambda content: content[:40] + b"x" + content[41:],
    ],
)
def test_a_damaged_file_is_not_there_and_is_replaced(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    files(tmp_path).save(HELLO, clip(), 22_050)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    store = files(tmp_path)
    assert store.load(HELLO) is None
    assert HELLO not in store and not path.exists()
    store.save(HELLO, clip(8), 22_050)
    found = store.load(HELLO)
    assert found is not None and found[0][0] == 8


def test_a_file_that_somebody_took_away_is_not_there(tmp_path: Path) -> None:
    store = files(tmp_path)
    store.save(HELLO, clip(), 22_050)
    (path,) = tmp_path.iterdir()
    path.unlink()
    assert store.load(HELLO) is None and HELLO not in store


def test_what_was_not_used_for_longest_goes(tmp_path: Path) -> None:
    size = HEAD + 200
    store = files(tmp_path, max_bytes=10 * size)
    for number in range(10):
        store.save((str(number), "", 1.0), clip(number), 22_050)
        (newest,) = (path for path in tmp_path.iterdir() if path.stat().st_mtime > 1_000_000)
        os.utime(newest, (1_000 + number, 1_000 + number))
    assert store.load(("0", "", 1.0)) is not None  # used just now
    store.save(("10", "", 1.0), clip(10), 22_050)
    left = [number for number in range(11) if (str(number), "", 1.0) in store]
    assert left == [0, *range(3, 11)]
    assert store.size <= 10 * size
    assert store.size == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_what_a_killed_server_left_goes_too(tmp_path: Path) -> None:
    half = tmp_path / ".abc.part"
    half.write_bytes(b"x" * 500)
    os.utime(half, (1, 1))
    store = files(tmp_path, max_bytes=600)
    store.save(HELLO, clip(), 22_050)
    assert half.exists() and store.size < 600
    store.save(("b", "", 1.0), clip(size=250), 22_050)
    assert not half.exists() and not list(tmp_path.glob(".*"))


def test_a_folder_that_cannot_be_written_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    store = files(tmp_path / "file" / "clips")
    for text in ("a", "b"):
        store.save((text, "", 1.0), clip(), 22_050)
        assert store.load((text, "", 1.0)) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "made anew at each start" in caplog.text


def test_threads_and_servers_share_a_folder(tmp_path: Path) -> None:
    stores = [files(tmp_path, max_bytes=20 * (HEAD + 200)) for _ in range(2)]

    def use(number: int) -> bool:
        store, clause = stores[number % 2], (str(number % 30), "", 1.0)
        store.save(clause, clip(number % 30), 22_050)
        found = store.load(clause)
        return found is None or bool((found[0] == number % 30).all())

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use, range(300)))
