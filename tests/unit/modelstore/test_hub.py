from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.modelstore.catalog import HubFile, ModelFile
from warmline.modelstore.hub import Hub
from warmline.modelstore.part import Part, SourceFailed, Unreachable
from warmline.modelstore.progress import SILENT

FileOf = Callable[..., ModelFile]
HALF = 5_000
PATH = "/owner/voice/resolve/0123456789abcdef0123456789abcdef01234567/deep/voice.bin"


@pytest.fixture
def fetch(
    tmp_path: Path, file_of: FileOf, hub_source: HubFile, content: bytes
) -> Callable[[], bytes]:
    """Fetch once, as a new run would, and give what got its name."""

    def run() -> bytes:
        with Hub(SILENT) as hub, Part(tmp_path, file_of(hub_source)) as part:
            hub.fetch(hub_source, part)
            part.commit()
        return (tmp_path / "voice.bin").read_bytes()

    return run


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("there", "faults", "ranges"),
    [
        ("", [], [""]),
        ("", ["redirect"], ["", ""]),
        ("right", [], ["5000-"]),
        ("right", ["ignore_range"], ["5000-"]),
        ("right", ["status:416"], ["5000-", ""]),
        ("wrong", [], ["5000-", ""]),
        ("right", ["long"], ["5000-", ""]),
        ("whole", [], []),
        ("", ["break:5000"], ["", "5000-"]),
        ("", ["break:5000", "break:1000"], ["", "5000-", "6000-"]),
    ],
)
def test_the_file_comes_whole(
    fetch: Callable[[], bytes],
    tmp_path: Path,
    content: bytes,
    hub_faults: list[str],
    hub_requests: list[str],
    there: str,
    faults: list[str],
    ranges: list[str],
) -> None:
    hub_faults += faults
    before = {"right": content[:HALF], "wrong": b"?" * HALF, "whole": content, "": b""}
    (tmp_path / "voice.bin.part").write_bytes(before[there])
    assert fetch() == content
    assert [request.partition("bytes=")[2] for request in hub_requests] == ranges
    assert all(request.split()[0] in (PATH, "/elsewhere") for request in hub_requests)


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    ("faults", "message", "kept"),
    [
        (["wrong"], "the catalog says", 0),
        (["long"], "more than", 0),
        (["status:404"], "answers HTTP 404", 0),
        (["break:0"], "broke off", 0),
        (["break:5000", "break:0"], "broke off", 5000),
        (["break:1000"] * 5, "broke off", 5000),
    ],
)
def test_what_fails_says_why_and_keeps_what_can_be_resumed(
    fetch: Callable[[], bytes],
    tmp_path: Path,
    hub_faults: list[str],
    faults: list[str],
    message: str,
    kept: int,
) -> None:
    hub_faults += faults
    with pytest.raises(SourceFailed, match=message):
        fetch()
    part = tmp_path / "voice.bin.part"
    assert (part.stat().st_size if part.exists() else 0) == kept
    assert not (tmp_path / "voice.bin").exists()


@pytest.mark.usefixtures("no_hub")
def test_a_hub_out_of_reach_is_tried_once(
    tmp_path: Path,
    file_of: FileOf,
    hub_source: HubFile,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Hub(SILENT) as hub, Part(tmp_path, file_of(hub_source)) as part:
        with pytest.raises(Unreachable, match="cannot be reached"):
            hub.fetch(hub_source, part)
        monkeypatch.setattr(hub, "_stream", lambda *_: pytest.fail("tried again"))
        with pytest.raises(Unreachable, match="cannot be reached"):
            hub.fetch(hub_source, part)


def test_an_address_that_is_none(
    fetch: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARMLINE_HUB", "mirror:nowhere")
    with pytest.raises(SourceFailed):
        fetch()
