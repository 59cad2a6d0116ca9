"""`warmline users`: list, add, disable and enable users, and give them one-time links.

Draws and chooses only. It works on the server's database, while the server runs or not: a running
one signs a disabled user out within a second.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from warmline.accounts import AccountError
from warmline.cli.screen import err, errors_in_a_line
from warmline.config import Settings, load

if TYPE_CHECKING:  # they bring the database along, which other commands do not need
    from warmline.accounts.accounts import Accounts
    from warmline.accounts.user import User

app = typer.Typer(no_args_is_help=True, help="Who may use the desk and the wall.")

_BY: Final = "warmline users"
"""Who did it, for the audit."""
_LIST_WIDTH: Final = 120
"""Columns of the list where it does not go to a terminal."""


_Result = TypeVar("_Result")


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


Login = Annotated[str, typer.Argument(metavar="LOGIN", show_default=False)]
Config = Annotated[Path | None, typer.Option("--config", help="Configuration file (TOML).")]
Url = Annotated[
    str, typer.Option("--url", help="Where browsers reach the server, as https://voice.example.com")
]


@app.command("list")
def list_users(config: Config = None) -> None:
    """Show each user, their roles, skills and queues, and whether they can sign in."""
    users = _run(config, lambda accounts: accounts.users())
    out = Console(highlight=False)
    if not out.is_terminal:
        out.width = _LIST_WIDTH
    table = Table("login", "name", "roles", "skills", "queues", "state", box=None, pad_edge=False)
    for user in users:
        skills = " ".join(f"{skill}={level}" for skill, level in user.skills.items())
        queues = " ".join(user.queues) or "all"
        roles = " ".join(sorted(user.roles))
        table.add_row(user.login, user.name, roles, skills or "-", queues, _state(user))
    out.print(table)


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="As colleagues and callers may hear it.")],
    role: Annotated[
        list[Role] | None, typer.Option(help="May be given more than once; default: agent.")
    ] = None,
    skill: Annotated[list[str] | None, typer.Option(help="As billing=3, of 1 to 5.")] = None,
    queue: Annotated[list[str] | None, typer.Option(help="Default: all queues.")] = None,
    url: Url = "",
    config: Config = None,
) -> None:
    """Add a user, and print the link with which they set their password."""

    async def work(accounts: "Accounts") -> str:
        skills = dict(_skill(text) for text in skill or ())
        _, token = await accounts.create(
            login, name, role or [Role.AGENT], skills, queue or (), by=_BY
        )
        return token

    _give(_run(config, work), url, config)


@app.command()
def link(login: Login, url: Url = "", config: Config = None) -> None:
    """Print a new link with which a user sets a password; earlier links are void."""

    async def work(accounts: "Accounts") -> str:
        user = await _find(accounts, login)
        return await accounts.new_link(user.user_id, by=_BY)

    _give(_run(config, work), url, config)


@app.command()
def disable(login: Login, config: Config = None) -> None:
    """Sign a user out everywhere, and let them not sign in again."""
    _run(config, lambda accounts: _enable(accounts, login, False))


@app.command()
def enable(login: Login, config: Config = None) -> None:
    """Let a user sign in again, with the password that they had."""
    _run(config, lambda accounts: _enable(accounts, login, True))


async def _enable(accounts: "Accounts", login: str, enabled: bool) -> "User":
    user = await _find(accounts, login)
    return await accounts.disable(user.user_id, enabled, by=_BY)


async def _find(accounts: "Accounts", login: str) -> "User":
    for user in await accounts.users():
        if user.login == login.strip().lower():
            return user
    raise AccountError(f"{login}: there is no such user; `warmline users list` shows them")


def _state(user: "User") -> str:
    if not user.enabled:
        return "disabled"
    return "active" if user.has_password else "no password yet"


def _skill(text: str) -> tuple[str, int]:
    name, _, level = text.partition("=")
    if not level.isdecimal():
        raise AccountError(f"--skill {text}: write it as NAME=LEVEL, as billing=3")
    return name, int(level)


def _give(token: str, url: str, config: Path | None) -> None:
    from warmline.accounts.links import link_path

    with errors_in_a_line():
        server = load(config).server
    typer.echo((url or f"http://{server.host}:{server.port}").rstrip("/") + link_path(token))
    err.print("This link works once, within 24 hours. Give it to nobody but them.")


def _run(config: Path | None, work: "Callable[[Accounts], Awaitable[_Result]]") -> _Result:
    async def run(settings: Settings) -> _Result:
        async with _accounts(settings) as accounts:
            return await work(accounts)

    with errors_in_a_line():
        return asyncio.run(run(load(config)))


@asynccontextmanager
async def _accounts(settings: Settings) -> "AsyncIterator[Accounts]":
    from warmline.accounts.accounts import Accounts
    from warmline.accounts.audit import audit_in
    from warmline.records.accounts import AccountStore
    from warmline.records.database import Database
    from warmline.records.desk import DeskStore

    database = await Database.open(settings.records.url_or_path())
    try:
        audit = audit_in(DeskStore(database))
        accounts = await Accounts.open(AccountStore(database), audit=audit, poll_s=0.0)
        try:
            yield accounts
        finally:
            await accounts.close()
    finally:
        await database.close()
