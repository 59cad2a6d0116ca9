"""What browsers load: types, headers, who gets a page and who gets JSON, what is vendored."""

import hashlib
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from warmline.pages import PagesSettings, pages_router
from warmline.pages.router import STATIC, TYPES, title

FILES = sorted(file for file in STATIC.rglob("*") if file.is_file())


@pytest.fixture
def flows() -> dict[str, str]:
    return {"second_flow": "", "first": "It greets."}


@pytest.fixture
def client(flows: dict[str, str]) -> TestClient:
    app = FastAPI()
    settings = PagesSettings(version="1.2.3", default_flow="first", configuration="From a file.")
    app.include_router(pages_router(lambda: flows, settings))
    return TestClient(app)


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("/", "*/*", "application/json"),
        ("/", "application/json", "application/json"),
        ("/call", "*/*", "text/html; charset=utf-8"),
    ],
)
def test_browsers_get_pages_and_programs_get_json(
    client: TestClient, path: str, accept: str, kind: str
) -> None:
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == kind


def test_what_a_program_reads_at_the_start(client: TestClient) -> None:
    response = client.get("/")
    assert response.json() == {
        "name": "warmline",
        "version": "1.2.3",
        "flows": ["first", "second_flow"],
    }
    assert response.headers["vary"] == "Accept"


def test_the_flows_are_those_of_now(client: TestClient, flows: dict[str, str]) -> None:
    assert client.get("/api/flows").json() == {
        "flows": [
            {"name": "first", "title": "First", "description": "It greets."},
            {"name": "second_flow", "title": "Second flow", "description": ""},
        ],
        "default": "first",
        "configuration": "From a file.",
        "version": "1.2.3",
    }
    flows["third"] = ""
    assert len(client.get("/api/flows").json()["flows"]) == 3


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(STATIC)))
def test_every_file_is_served_with_its_type(client: TestClient, file: Path) -> None:
    path = file.relative_to(STATIC)
    response = client.get(f"/static/{path}")
    assert response.status_code == 200
    assert response.headers["content-type"] == TYPES[path.suffix]
    assert response.headers["x-content-type-options"] == "nosniff"
    again = client.get(f"/static/{path}", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["", "nothing.js", "views", "../router.py", "%2e%2e/router.py"])
def test_there_is_nothing_else(client: TestClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/call"])
def test_a_page_may_load_only_what_is_ours(client: TestClient, path: str) -> None:
    response = client.get(path, headers={"Accept": "text/html"})
    policy = dict(
        part.split(" ", 1) for part in response.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in response.headers["content-security-policy"]
    assert "microphone=(self)" in response.headers["permissions-policy"]


@pytest.mark.parametrize("page", [file for file in FILES if file.suffix == ".html"])
def test_pages_hold_no_code_and_no_style(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"(src|href)=\"(https?:)?//", text)


def test_modules_are_short_and_say_what_they_own() -> None:
    for file in FILES:
        if file.suffix in (".js", ".css") and file.parent.name != "vendor":
            text = file.read_text(encoding="utf-8")
            assert text.startswith(("// Owns", "/* The ")), file
            assert len(text.splitlines()) <= 300, file


def test_the_code_of_others_is_what_its_record_says() -> None:
    folder = STATIC / "vendor"
    rows = re.findall(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", record(folder), re.MULTILINE)
    assert {name for name, _ in rows} == {file.name for file in folder.glob("*.js")}
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    for licence in re.findall(r"\((LICENSE\S+)\)", record(folder)):
        assert (folder / licence).is_file()


def record(folder: Path) -> str:
    text: str = (folder / "VENDORED.md").read_text(encoding="utf-8")
    return text


@pytest.mark.parametrize(
    ("name", "shown"),
    [("order_status", "Order status"), ("it-helpdesk", "It helpdesk"), ("x", "X")],
)
def test_titles(name: str, shown: str) -> None:
    assert title(name) == shown
