"""`warmline hints check|report`: what is wrong with hints.yaml, and how its hints served."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from warmline.cli.screen import err, errors_in_a_line, out
from warmline.errors import WarmlineError

if TYPE_CHECKING:
    from warmline.assist.outcomes import RuleReport
    from warmline.assist.reading import Examined
    from warmline.events import Entry
    from warmline.records import CallRecord
    from warmline.records.store import Store

hints_app = typer.Typer(
    no_args_is_help=True, help="What helps agents in a call: check the files, see how it served."
)

UNUSABLE = 2
"""Exit status when a file cannot be used, or a flow is not there."""
_PAGE = 1000
"""Entries read at a time."""

Names = Annotated[
    list[str] | None, typer.Argument(metavar="FLOW...", help="Names or folders; default: all.")
]
Json = Annotated[bool, typer.Option("--json", help="A JSON list.")]


@hints_app.command()
def check(
    names: Names = None,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of the flows; default: as configured.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    as_json: Json = False,
) -> None:
    """Prove that the flows' hints.yaml are sound; 0: no errors, 1: errors, 2: no such flow."""
    from warmline.assist.reading import examine
    from warmline.cli.at_hand import flow_folders
    from warmline.flows.loader import examine as examine_flow

    with errors_in_a_line(UNUSABLE):
        folders = flow_folders(names or [], folder)
    examined = [examine(path, examine_flow(path).flow) for path in folders]
    findings = [found for one in examined for found in one.findings]
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "file": found.place.file,
                        "line": found.place.line,
                        "path": found.path,
                        "severity": str(found.severity),
                        "message": found.message,
                    }
                    for found in findings
                ],
                indent=2,
            )
        )
    else:
        for one in examined:
            _show(one)
    wrong = any(one.file is None for one in examined) or (strict and findings)
    raise typer.Exit(1 if wrong else 0)


@hints_app.command()
def report(
    since: Annotated[
        str, typer.Option(metavar="DAY|DAYS", help="First day (2026-11-01), or as many days.")
    ] = "30",
    flow: Annotated[str, typer.Option(help="Of this flow only.")] = "",
    as_json: Json = False,
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
) -> None:
    """Count what became of each rule's hints: used, said anyway, dismissed, expired, withdrawn.

    Precision is the share of those shown that were used or said anyway.
    """
    with errors_in_a_line():
        reports = asyncio.run(_reports(_database(config), _beginning(since), flow))
    if as_json:
        rows = [asdict(one) | {"precision": round(one.precision, 3)} for one in reports]
        typer.echo(json.dumps(rows, indent=2))
    elif reports:
        out.print(_table(reports))
    else:
        err.print("no hints were shown in these calls")


# --- check ---------------------------------------------------------------------------------------


def _show(one: "Examined") -> None:
    for found in one.findings:
        colour = "red" if found in one.errors else "yellow"
        out.print(Text(f"{found.severity}: ", colour) + Text(str(found)), soft_wrap=True)
    counts = [
        (len(one.errors), "errors"),
        (len(one.findings) - len(one.errors), "warnings"),
    ]
    told = ", ".join(f"{count} {what}" for count, what in counts if count) or "no problems"
    if one.file is not None:
        told += f"; {len(one.file.hints)} hints, {len(one.file.checklist)} items to be said"
    out.print(Text(f"{one.path.parent.name}: {told}"), soft_wrap=True)


# --- report --------------------------------------------------------------------------------------


def _database(config: Path | None) -> str:
    """Where the record is, which must be there. Raises WarmlineError."""
    from warmline.config import load

    where = load(config).records.url_or_path()
    if "://" not in where and not Path(where).is_file():
        raise WarmlineError(f"{where}: there is no record yet; `warmline serve` writes it")
    return where


def _beginning(since: str) -> str:
    """From when on, as the record tells times. Raises WarmlineError."""
    try:
        if since.isdecimal():
            day = datetime.now(UTC) - timedelta(days=int(since))
        else:
            day = datetime.fromisoformat(since).astimezone(UTC)
    except (ValueError, OverflowError):
        wrong = f"--since {since}: expected a day (2026-11-01) or a number of days"
        raise WarmlineError(wrong) from None
    return day.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _reports(where: str, since: str, flow: str) -> "list[RuleReport]":
    from warmline.assist.outcomes import Tally
    from warmline.records.database import Database
    from warmline.records.store import Store

    tally = Tally()
    # Not Store.open: that is for the server, which sees to the calls that it finds unfinished.
    store = Store(await Database.open(where))
    try:
        async for call in _calls(store, since):
            if flow in ("", call.flow):
                tally.count(call.flow, [entry async for entry in _entries(store, call.call_id)])
    finally:
        await store.close()
    return tally.reports()


async def _calls(store: "Store", since: str) -> "AsyncIterator[CallRecord]":
    before: str | None = None
    while page := await store.calls(before=before):
        for call in page:
            if call.started_at < since:
                return
            yield call
        before = page[-1].call_id


async def _entries(store: "Store", call_id: str) -> "AsyncIterator[Entry]":
    after = 0
    while page := await store.events(call_id, after=after, limit=_PAGE):
        for entry in page:
            yield entry
        after = page[-1].seq


def _table(reports: "list[RuleReport]") -> Table:
    from warmline.assist.outcomes import OUTCOMES

    table = Table(box=None, pad_edge=False)
    for title in ("flow", "rule"):
        table.add_column(title, overflow="fold")
    for title in ("shown", *OUTCOMES, "precision"):
        table.add_column(title, justify="right")
    for one in reports:
        counts = [str(getattr(one, name)) for name in ("shown", *OUTCOMES)]
        table.add_row(one.flow, one.rule, *counts, f"{one.precision:.0%}")
    return table
