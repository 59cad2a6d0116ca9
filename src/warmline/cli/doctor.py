"""`warmline doctor`: can this machine serve, and what is in the way?"""

import json
import platform
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from warmline.cli.screen import out
from warmline.config import Settings, load
from warmline.errors import WarmlineError
from warmline.machine import cores

TURN_MODEL: Final = "smart-turn-v3.2"


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    state: State
    text: str


_COLOURS = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "red"}
_EXIT = {State.OK: 0, State.WARNING: 1, State.FAILED: 2}


def doctor(
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check configuration, flows, models, processor and port. Exit: 0 fine, 1 warnings, 2 no."""
    findings = list(examine(config))
    if as_json:
        typer.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            mark = Text(f"{finding.state:>8}  ", _COLOURS[finding.state])
            out.print(mark + Text(f"{finding.name}: {finding.text}"), soft_wrap=True)
    raise typer.Exit(max((_EXIT[finding.state] for finding in findings), default=0))


def examine(config: Path | None) -> Iterator[Finding]:
    """All checks, in the order in which a server would meet them."""
    try:
        settings = load(config)
    except WarmlineError as error:
        yield Finding("configuration", State.FAILED, str(error))
        return
    yield Finding("configuration", State.OK, "readable")
    yield _flows(settings)
    yield from _models(settings)
    yield _processor()
    yield _recognition(settings)
    yield _calls(settings)
    yield _memory()
    yield _port(settings)


def _flows(settings: Settings) -> Finding:
    from warmline.flows.loader import load_flows
    from warmline.library import shipped_flows

    try:
        flows = load_flows(settings.flows.folder or shipped_flows())
    except WarmlineError as error:
        return Finding("flows", State.FAILED, str(error))
    if settings.flows.default not in flows:
        return Finding("flows", State.FAILED, f"there is no flow {settings.flows.default!r}")
    return Finding("flows", State.OK, ", ".join(sorted(flows)))


def _models(settings: Settings) -> Iterator[Finding]:
    from warmline.modelstore import ModelStore

    models = ModelStore()
    hearing = settings.hearing
    for name in {
        hearing.final_model: 0,
        hearing.partial_model: 0,
        **dict.fromkeys(settings.speaking.voices),
    }:
        try:
            yield Finding(f"model {name}", State.OK, str(models.path(name)))
        except WarmlineError as error:
            yield Finding(f"model {name}", State.FAILED, str(error))
    if settings.endpoint.turn_model:
        try:
            yield Finding(f"model {TURN_MODEL}", State.OK, str(models.path(TURN_MODEL)))
        except WarmlineError as error:
            text = f"{error}; without it turns end by words and silence alone"
            yield Finding(f"model {TURN_MODEL}", State.WARNING, text)


def _recognition(settings: Settings) -> Finding:
    """Measured anew; the server uses the best that was ever measured here."""
    from warmline.inference import layout, probe

    found = probe.measured()
    if found is None:
        return Finding("recognition", State.WARNING, "the processor's speed could not be measured")
    hearing = settings.hearing
    best = probe.remember(hearing.probe_path(), found)
    chosen = layout.choose(cores(), best, workers=hearing.workers, threads=hearing.threads)
    state = State.WARNING if chosen.small_finals else State.OK
    return Finding("recognition", state, str(chosen))


def _calls(settings: Settings) -> Finding:
    from warmline.config.capacity import call_limit

    limit = call_limit(settings)
    return Finding("calls at once", State.OK, f"{limit.calls}: {limit.because}")


def _processor() -> Finding:
    many, flags = cores(), _cpu_flags()
    fast = [flag for flag in ("avx512_vnni", "avx_vnni", "avx512f", "avx2") if flag in flags]
    text = f"{many} cores, {platform.machine()}, {', '.join(fast) or 'no vector extensions known'}"
    if many < 2:
        return Finding("processor", State.WARNING, f"{text}; two cores are needed for human speed")
    if flags and not fast:
        return Finding("processor", State.WARNING, f"{text}; speech recognition will be slow")
    return Finding("processor", State.OK, text)


def _cpu_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith("flags") for flag in line.split()[2:]}


def _memory() -> Finding:
    try:
        fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        free = int(fields["MemAvailable"].split()[0]) / 2**20
    except (OSError, KeyError, ValueError):
        return Finding("memory", State.OK, "unknown on this system")
    state = State.OK if free >= 1.5 else State.WARNING
    return Finding("memory", state, f"{free:.1f} GiB available; the server needs about 1.3")


def _port(settings: Settings) -> Finding:
    host, port = settings.server.host, settings.server.port
    try:
        with socket.create_server((host, port), reuse_port=False):
            return Finding("port", State.OK, f"{host}:{port} is free")
    except OSError as error:
        why = error.strerror or str(error)
        return Finding(
            "port", State.WARNING, f"{host}:{port}: {why} (is a server running already?)"
        )
