"""`warmline call`: a paced caller from outside, who says what was heard and how long it took."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import typer
from rich.text import Text

from warmline.audio import files
from warmline.audio.frame import Pcm
from warmline.caller.client import (
    CallFailed,
    CallOptions,
    Play,
    Press,
    Recording,
    Step,
    api_url,
    place_call,
)
from warmline.caller.report import Report, report
from warmline.cli.record import proof
from warmline.cli.screen import errors_in_a_line, out
from warmline.config import load
from warmline.errors import AudioError

RATES = (8_000, 16_000, 24_000, 48_000)
ENCODINGS = ("pcm16", "mulaw")
_KEYS = re.compile(r"[0-9*#A-D]+")


def call(
    file: Annotated[Path | None, typer.Argument(help="Sound file to speak first.")] = None,
    then: Annotated[
        list[str] | None,
        typer.Option(
            "--then",
            "--dtmf",
            help="What comes next, in the given order: a sound file to speak (--then FILE) "
            "or keys to press (--dtmf 1234).",
        ),
    ] = None,
    url: Annotated[str, typer.Option(help="The server.")] = "http://127.0.0.1:8080",
    flow: Annotated[str, typer.Option(help="Voice flow; default: the server's.")] = "",
    caller: Annotated[str, typer.Option(help="Caller id to show.")] = "+15550100",
    rate: Annotated[
        int, typer.Option(help="Samples a second: 8000, 16000, 24000, 48000.")
    ] = 16_000,
    encoding: Annotated[str, typer.Option(help="pcm16 or mulaw.")] = "pcm16",
    save: Annotated[
        Path | None, typer.Option(help="Write both tracks here (WAV: left caller, right bot).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Call a running server with recorded speech, in real time."""
    with errors_in_a_line():
        if rate not in RATES or encoding not in ENCODINGS:
            raise AudioError(
                f"{encoding} at {rate} Hz: expected {' or '.join(ENCODINGS)} at "
                f"{', '.join(map(str, RATES))} Hz"
            )
        options = CallOptions(url=url, flow=flow, caller=caller, encoding=encoding, rate=rate)
        steps = _steps([*([str(file)] if file else []), *(then or [])], rate)
        recording, result = asyncio.run(_call(options, steps))
        if save:
            files.write_wav(save, _stereo(recording), rate)
    if as_json:
        out.print_json(data=result.as_dict())
    else:
        _show(result)


async def _call(options: CallOptions, steps: Sequence[Step]) -> tuple[Recording, Report]:
    recording = await place_call(options, steps)
    try:
        async with httpx.AsyncClient(base_url=api_url(options.url), timeout=10) as client:
            events = await fetch_events(client, recording.call_id)
    except httpx.HTTPError as error:
        raise CallFailed(
            f"{options.url}: the server went away before it gave the log of the call ({error})"
        ) from None
    return recording, report(recording, events)


async def fetch_events(client: httpx.AsyncClient, call_id: str) -> list[dict[str, Any]]:
    """The whole log of a call that has just ended (waits until it is complete)."""
    events: list[dict[str, Any]] = []
    headers = proof(client.base_url, load())
    for _ in range(100):
        params = {"after": events[-1]["seq"] if events else 0}
        answer = await client.get(f"/api/calls/{call_id}/events", params=params, headers=headers)
        if answer.status_code in (401, 403):
            raise CallFailed(
                f"call {call_id}: it was made, but the server does not show its log to us: the key "
                "of a server of this user on this machine is known, any other is the setting "
                "accounts.api_key (WARMLINE_ACCOUNTS_API_KEY)"
            )
        if answer.status_code == 200:
            events += answer.json()["events"]
        if events and events[-1]["type"] == "CallEnded":
            return events
        await asyncio.sleep(0.1)
    raise CallFailed(f"call {call_id}: the server's log of the call did not come to its end")


def _steps(wanted: Sequence[str], rate: int) -> list[Step]:
    steps: list[Step] = []
    for item in wanted:
        if _KEYS.fullmatch(item) and not Path(item).exists():
            steps.append(Press(item))
        else:
            steps.append(Play(files.read(Path(item), rate)))
    if not steps:
        raise AudioError("nothing to say: give a sound file, or --dtmf with keys to press")
    return steps


def _stereo(recording: Recording) -> Pcm:
    """Both tracks on one clock, shape (n, 2)."""
    sent, received = recording.sent, recording.received
    shift = int((sent.zero - received.zero) * sent.rate)
    left = np.concatenate([np.zeros(shift, dtype=np.int16), sent.samples()])
    right = received.samples()
    size = max(left.size, right.size)
    return np.stack([np.pad(t, (0, size - t.size)) for t in (left, right)], axis=1)


def _show(result: Report) -> None:
    out.print(f"call {result.call_id}, greeting after {_figure(result.greeting_ms)}")
    for turn in result.turns:
        who = "keys" if turn.by == "keypad" else "you"
        out.print(Text(f"  {who:>4}  ", "bold") + Text(turn.heard))
        out.print(Text("   bot  ", "bold cyan") + Text(turn.said))
        waits = f"answered after {_figure(turn.v2v_ms)}, text after {_figure(turn.ttfs_ms)}"
        out.print(Text(f"        {waits}, at {turn.node or '-'}", "dim"))
    out.print(f"ended: {result.ended} (own pacing error p95 {result.pacing_p95_ms:.1f} ms)")


def _figure(ms: float | None) -> str:
    return "-" if ms is None else f"{ms:.0f} ms"
