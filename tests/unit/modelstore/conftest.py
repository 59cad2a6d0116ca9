"""A model hub on loopback and a folder of wheels for pip, both scripted by the test."""

import hashlib
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from warmline.modelstore.catalog import (
    Catalog,
    HubFile,
    JoinedFiles,
    Model,
    ModelFile,
    PackageFile,
)

REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def content() -> bytes:
    """The right bytes of the model's one file."""
    return bytes(range(256)) * 40


@pytest.fixture
def hub_source() -> HubFile:
    return HubFile(hub=f"owner/voice@{REVISION}", path="deep/voice.bin")


@pytest.fixture
def file_of(content: bytes) -> Callable[..., ModelFile]:
    """`file_of(*sources)`: the catalog's entry for `content`."""

    def make(*sources: HubFile | PackageFile | JoinedFiles) -> ModelFile:
        digest = hashlib.sha256(content).hexdigest()
        return ModelFile(name="voice.bin", size=len(content), sha256=digest, sources=sources)

    return make


@pytest.fixture
def catalog_of(file_of: Callable[..., ModelFile]) -> Callable[..., Catalog]:
    """`catalog_of(*sources)`: a catalog with the one model `voice` in the set `serve`."""

    def make(*sources: HubFile | PackageFile | JoinedFiles) -> Catalog:
        files = (file_of(*sources),)
        model = Model(name="voice", purpose="tests", licence="MIT", sets=("serve",), files=files)
        return Catalog(models=(model,))

    return make


@pytest.fixture
def hub_faults() -> list[str]:
    """What the hub does wrong, one word a request: see `_Hub.do_GET`."""
    return []


@pytest.fixture
def hub_requests() -> list[str]:
    """What the hub was asked for: `PATH RANGE`."""
    return []


@pytest.fixture
def hub(
    content: bytes,
    hub_faults: list[str],
    hub_requests: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The base address of a hub that serves `content`, whatever the path."""

    class _Hub(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            span = self.headers.get("Range", "")
            hub_requests.append(f"{self.path} {span}".strip())
            fault, _, number = (hub_faults.pop(0) if hub_faults else "").partition(":")
            match fault:
                case "status":
                    return self._answer(int(number), b"")
                case "redirect":
                    return self._answer(302, b"")
            if fault == "wrong":
                body = content[::-1]
            elif fault == "long":
                body = content + b"more"
            else:
                body = content
            start = 0 if fault == "ignore_range" else int(span[6:-1] or 0)
            if start > len(body):
                return self._answer(416, b"")
            cut = int(number) if fault == "break" else None
            self._answer(206 if start else 200, body[start:], cut)

        def _answer(self, status: int, body: bytes, cut: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body[:cut])

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("WARMLINE_HUB", address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub where nobody listens: the port is taken, so that nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("WARMLINE_HUB", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield


@pytest.fixture
def make_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`make_wheel(name, {path: bytes})`: pip, cut off from any index, finds NAME==1.0."""
    links = tmp_path / "links"
    links.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))

    def make(name: str, members: dict[str, bytes]) -> None:
        info = f"{name}-1.0.dist-info"
        texts = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": "",
        }
        with zipfile.ZipFile(links / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            for path, data in (members | {k: v.encode() for k, v in texts.items()}).items():
                wheel.writestr(path, data)

    return make
