"""`warmline users`: on the database of a server that runs, or does not."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from warmline.accounts.accounts import Accounts
from warmline.cli.users import app
from warmline.records.accounts import AccountStore
from warmline.records.database import Database
from warmline.records.desk import DeskStore

PASSWORD = "correct horse battery"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warmline.db"


@pytest.fixture
def run(path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `warmline users ARGUMENT…`; gives exit status, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("WARMLINE_RECORDS_DATABASE", str(path))

    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, arguments)
        assert isinstance(result.exception, SystemExit | None), repr(result.exception)
        return result.exit_code, result.stdout, result.stderr

    return run


def link_in(out: str) -> str:
    """The token of the one link that was printed."""
    [token] = re.findall(r"/setup#(\S+)$", out, re.MULTILINE)
    return str(token)


def test_from_nobody_to_somebody(run: Run) -> None:
    add = ("add", "Anna", "--name", "Anna Berg", "--role", "agent", "--role", "supervisor")
    code, out, err = run(*add, "--skill", "french=5", "--queue", "orders")
    assert code == 0 and out.startswith("http://127.0.0.1:8080/setup#")
    assert len(link_in(out)) >= 43 and "works once" in err
    assert run("add", "bob", "--name", "Bob")[0] == 0
    code, out, err = run("list")
    assert (code, err) == (0, "")
    anna, bob = out.splitlines()[1:]
    assert re.split(r"\s{2,}", anna.strip()) == [
        *("anna", "Anna Berg", "agent supervisor", "french=5", "orders", "no password yet"),
    ]
    assert re.split(r"\s{2,}", bob.strip()) == [
        *("bob", "Bob", "agent", "-", "all", "no password yet"),
    ]


def test_where_the_link_leads(run: Run, tmp_path: Path) -> None:
    run("add", "anna", "--name", "Anna")
    config = tmp_path / "warmline.toml"
    config.write_text("[server]\nport = 9000\n")
    _, out, _ = run("link", "ANNA", "--config", str(config))
    assert out.startswith("http://127.0.0.1:9000/setup#")
    _, out, _ = run("link", "anna", "--url", "https://voice.example.com/")
    assert out.startswith("https://voice.example.com/setup#")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "an na", "--name", "x"), "login: 1 to 64"),
        (("add", "bob", "--name", "x", "--skill", "french"), "--skill french: write it as"),
        (("add", "bob", "--name", "x", "--skill", "french=6"), "skills: a level of 1 to 5"),
        (("add", "anna", "--name", "x"), "login: anna belongs to another user"),
        (("link", "nobody"), "nobody: there is no such user"),
        (("disable", "nobody"), "nobody: there is no such user"),
        (("list", "--config", "none.toml"), "none.toml: the configuration cannot be read"),
    ],
)
def test_what_cannot_be_done(run: Run, arguments: tuple[str, ...], why: str) -> None:
    run("add", "anna", "--name", "Anna")
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert err.startswith(f"error: {why}") and err.count("\n") == 1


def test_a_database_that_is_none(run: Run, path: Path) -> None:
    path.write_text("Dear database,\n" * 1000)
    code, _, err = run("list")
    assert code == 1 and "is no usable SQLite database" in err


async def test_while_the_server_runs(run: Run, path: Path) -> None:
    database = await Database.open(path)
    store = AccountStore(database)
    accounts = await Accounts.open(store, poll_s=0.01)
    ends: asyncio.Queue[str] = asyncio.Queue()
    accounts.on_end(lambda session_id, user_id, why: ends.put_nowait(why))
    try:
        _, out, _ = await asyncio.to_thread(run, "add", "anna", "--name", "Anna")
        signed_in = await accounts.set_password(link_in(out), PASSWORD)
        assert (await asyncio.to_thread(run, "disable", "anna"))[0] == 0
        assert await asyncio.wait_for(ends.get(), 10) == "disabled"
        assert await accounts.session(signed_in.token) is None
        assert "disabled" in (await asyncio.to_thread(run, "list"))[1]
        assert (await asyncio.to_thread(run, "enable", "anna"))[0] == 0
        assert await accounts.sign_in("anna", PASSWORD, "")
        _, out, _ = await asyncio.to_thread(run, "link", "anna")
        await accounts.set_password(link_in(out), "another good password")
        entries = await DeskStore(database).audit_entries()
        assert {entry.user_id for entry in entries if entry.action == "user_changed"} == {
            "warmline users"
        }
    finally:
        await accounts.close()
        await database.close()
