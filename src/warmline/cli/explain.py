"""`warmline explain`: where the time of each turn went, and why it went as it did.

Draws only: `record` reads the call, `records.explained` tells it.
"""

from dataclasses import asdict
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from warmline.cli.screen import errors_in_a_line, out
from warmline.config import load
from warmline.errors import WarmlineError

if TYPE_CHECKING:
    from warmline.events import TurnMeasured
    from warmline.records import CallRecord
    from warmline.records.explained import Told

_BAR_MS: Final = 25.0
"""Milliseconds of one character of a bar."""
_SHOWN_MS: Final = 0.5
"""Shorter waits are left out."""
_LONGEST: Final = 60
"""Characters of the longest bar."""
_NAMES: Final = {
    "endpoint": "end of turn",
    "transcript": "recognition",
    "decision": "decision",
    "fetch": "HTTP requests",
    "first_audio": "first audio",
    "playout": "playout",
    "network": "network",
}
_COLOURS: Final = {"turn": "", "flow": "cyan", "voice": "green", "people": "magenta"}


def explain(
    call: Annotated[
        str, typer.Argument(help="Its id, the beginning of it, or `last` for the newest call.")
    ],
    turn: Annotated[int | None, typer.Option(help="This turn only.")] = None,
    url: Annotated[
        str, typer.Option(help="The server; default: the configured one, or its database.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
) -> None:
    """Tell a call turn by turn: what was heard, each wait, and the reason for each decision."""
    from warmline.cli.record import read_call
    from warmline.records.explained import explain as tell

    with errors_in_a_line():
        record, entries = read_call(call, load(config), url)
        turns = tell(entries)
        if turn is not None:
            turns = [told for told in turns if told.turn == turn]
            if not turns:
                raise WarmlineError(f"--turn {turn}: call {record.call_id} has no such turn")
    if as_json:
        out.print_json(data={**asdict(record), "turns": [_plain(told) for told in turns]})
        return
    _show_call(record, turns)
    for told in turns:
        _show(told)


def _plain(told: "Told") -> dict[str, Any]:
    measured = told.measured
    return asdict(told) | {"measured": asdict(measured) if measured else None}


def _show_call(record: "CallRecord", turns: "list[Told]") -> None:
    ended = record.reason or "it goes on"
    out.print(Text(f"call {record.call_id}", "bold"), soft_wrap=True)
    told = f"{record.started_at}, {record.caller or 'no caller id'} by {record.door}"
    out.print(Text(f"{told} to {record.flow}; ended: {ended}"), soft_wrap=True)
    totals = sorted(one.measured.total_ms for one in turns if one.measured)
    if totals:
        median, longest = totals[len(totals) // 2], totals[-1]
        out.print(
            f"turns answered: {len(totals)}, after {median:.0f} ms (median), "
            f"{longest:.0f} ms (longest)"
        )


def _show(told: "Told") -> None:
    out.print()
    name = f"Turn {told.turn}" if told.turn else "Keys" if told.keys else "No turn"
    head = Text(f"{name}  {_clock(told.at)}  " if told.at else "Before the first turn", "bold")
    if told.heard:
        head.append(f"“{told.heard}”", "not bold").append(
            f" ({told.confidence:.2f})", "not bold dim"
        )
    elif told.keys or told.nothing:
        head.append(told.keys or told.nothing, "not bold")
    out.print(head, soft_wrap=True)
    if told.measured:
        _show_waits(told.measured)
    for step in told.steps:
        line = Text(f"  {_clock(step.at):>8}  ", "dim")
        line.append(step.text, f"not dim {_COLOURS.get(step.kind, 'red')}")
        out.print(line, soft_wrap=True)


def _show_waits(measured: "TurnMeasured") -> None:
    undone = f" (its end was taken back before: {measured.undone})" if measured.undone else ""
    out.print(f"  answered after {measured.total_ms:.0f} ms{undone}")
    for name, ms in measured.waits:
        note = _note(measured, name)
        if ms < _SHOWN_MS and not note:
            continue
        bar = "█" * min(_LONGEST, ceil(ms / _BAR_MS))
        line = Text(f"    {_NAMES[name]:<14}{ms:6.0f} ms  ").append(bar, "blue")
        out.print(line.append(f"{bar and note and ' '}{note}", "dim"), soft_wrap=True)


def _note(measured: "TurnMeasured", name: str) -> str:
    match name:
        case "endpoint":
            known = {
                "pause noticed": measured.paused_ms,
                "words known": measured.words_ms,
                "voice judged": measured.voice_ms,
            }
            return ", ".join(f"{what} after {ms:.0f}" for what, ms in known.items() if ms)
        case "network" if not measured.network_ms:
            return "not known by this door"
        case _:
            return ""


def _clock(at: float) -> str:
    minutes, seconds = divmod(max(0.0, at), 60)
    return f"{minutes:.0f}:{seconds:04.1f}"
