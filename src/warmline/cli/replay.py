"""`warmline replay`: a recorded call through changed settings, and what they change."""

import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from warmline.cli.screen import err, errors_in_a_line, out
from warmline.config import ENV_PREFIX, Settings, load
from warmline.errors import ConfigError, WarmlineError

if TYPE_CHECKING:
    from warmline.call.services import Services
    from warmline.events import Entry
    from warmline.flows.flow import Flow
    from warmline.trial.comparison import Figures, Pair, Turn
    from warmline.trial.recording import Recording
    from warmline.trial.replay import Engines

_SOUNDS: Final = {".wav", ".flac", ".ogg", ".mp3"}
_MARKS: Final = {"text": "words", "nodes": "nodes", "slots": "slots", "undone": "taken back"}


def replay(
    recording: Annotated[
        str, typer.Argument(help="A call (its id, its beginning, or `last`), or a sound file.")
    ],
    changed: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="A setting; any number of them."),
    ] = None,
    flow: Annotated[str, typer.Option(help="Voice flow; default: that of the call.")] = "",
    against: Annotated[
        str, typer.Option(help="`now`: a replay without --set; `record`: the call as it was.")
    ] = "",
    all_turns: Annotated[bool, typer.Option("--all", help="Show the same turns too.")] = False,
    url: Annotated[str, typer.Option(help="The server that has the record.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
) -> None:
    """Run a recorded call again, faster than real time, and tell what settings change.

    Without --set it is compared with its record.
    """
    with errors_in_a_line():
        from warmline.trial.comparison import compare, figures

        if against not in ("", "now", "record"):
            raise WarmlineError(f"--against {against}: expected now or record")
        now = load(config)
        other = _changed(config, changed or [])
        played = _recording(recording, now, url)
        if not played.entries and against == "record":
            raise WarmlineError("--against record: a sound file has no record; give a call's id")
        with_record = bool(played.entries) and (against or ("now" if changed else "record"))
        after = _run(played, other, flow)
        before = list(played.entries) if with_record == "record" else _run(played, now, flow)
        pairs = compare(before, after)
        first, second = figures(before), figures(after)
    if as_json:
        out.print_json(data=_plain(pairs, first, second))
        return
    names = ("record" if with_record == "record" else "now", "replay")
    _show(pairs, all_turns, names)
    _show_figures(names, (first, second))


def _changed(config: Path | None, changed: Sequence[str]) -> Settings:
    env = dict(os.environ)
    for setting in changed:
        key, _, value = setting.partition("=")
        section, _, name = key.strip().partition(".")
        if not (section and name and value):
            raise ConfigError(
                f"--set {setting}: expected SECTION.KEY=VALUE, as in endpoint.min=0.4"
            )
        env[f"{ENV_PREFIX}{section}_{name}".upper()] = value.strip()
    return load(config, env)


def _recording(name: str, settings: Settings, url: str) -> "Recording":
    from warmline.audio import files
    from warmline.audio.frame import RATE
    from warmline.cli.record import read_call
    from warmline.trial.recording import Recording

    if Path(name).suffix.lower() in _SOUNDS:
        return Recording(audio=files.read_channel(Path(name), RATE))
    call, entries = read_call(name, settings, url)
    path = settings.records.audio_path() / f"{call.call_id}.flac"
    if not path.exists():
        raise WarmlineError(
            f"call {call.call_id} has no recording on this machine ({path}): calls are recorded "
            "after a yes to a flow's question, or all of them with records.audio=always"
        )
    return Recording(audio=files.read_channel(path, RATE), entries=tuple(entries))


_loaded: dict[tuple[str, ...], "Engines"] = {}


def _run(recording: "Recording", settings: Settings, flow: str) -> "list[Entry]":
    from warmline.hearing.patience import Patience
    from warmline.trial.replay import Turns
    from warmline.trial.replay import replay as run

    engines = _engines(settings)
    model = Turns(engines) if settings.endpoint.turn_model else None
    started = recording.started
    name = flow or (started.flow if started else settings.flows.default)

    def configure(services: "Services") -> "Services":
        return replace(
            services,
            partials=settings.hearing.partials,
            turn_model=model,
            new_patience=lambda: Patience(settings.endpoint),
        )

    return run(recording, _flow(name, settings.flows.folder), engines, configure)


@cache
def _flow(name: str, folder: Path | None) -> "Flow":
    """Loaded once for both replays. Raises FlowError."""
    from warmline.cli.at_hand import flow_folders, sentence_model
    from warmline.flows.loader import load_flow

    [path] = flow_folders([name], folder)
    return load_flow(path, embed=sentence_model())


def _engines(settings: Settings) -> "Engines":
    """Loaded once for the same models. Raises ModelError."""
    from warmline.hearing.turn_model import SmartTurn
    from warmline.hearing.vad import SileroDetector, SileroModel
    from warmline.hearing.whisper import Whisper
    from warmline.modelstore import ModelStore
    from warmline.speaking.piper import Voice
    from warmline.trial.replay import Engines

    hearing, voice = settings.hearing, settings.speaking.voices[0]
    models = (hearing.final_model, hearing.partial_model, voice)
    if models not in _loaded:
        store, silero = ModelStore(), SileroModel()
        _loaded[models] = Engines(
            final=Whisper(store.path(hearing.final_model)),
            partial=Whisper(store.path(hearing.partial_model)),
            voice=Voice(store.path(voice), voice, steady=True),
            new_detector=lambda: SileroDetector(silero),
            finished=SmartTurn(store.path("smart-turn-v3.2")).finished,
        )
    return _loaded[models]


# --- showing -------------------------------------------------------------------------------------


def _show(pairs: "Sequence[Pair]", all_turns: bool, names: tuple[str, str]) -> None:
    shown = [pair for pair in pairs if pair.changes or all_turns]
    for pair in shown:
        changes = pair.changes
        for name, turn in zip(names, (pair.before, pair.after), strict=True):
            if name == names[0] or changes:
                out.print(_line(name, turn, changes), soft_wrap=True)
    same = len(pairs) - sum(bool(pair.changes) for pair in pairs)
    err.print(f"{same} of {len(pairs)} turns are the same")


def _line(name: str, turn: "Turn | None", changes: Sequence[str]) -> Text:
    line = Text(f"{name:7s}", "dim")
    if turn is None:
        return line + Text("no such turn", "red")
    line += Text(f"{turn.began:7.2f} to {turn.ended:6.2f} s  ")
    line += Text(turn.text or f"({turn.reason})", "bold" if "text" in changes else "")
    if turn.nodes:
        line += Text(f"  → {', '.join(turn.nodes)}", "cyan" if "nodes" in changes else "dim")
    if turn.slots and "slots" in changes:
        filled = ", ".join(f"{slot}={value}" for slot, value in turn.slots.items())
        line += Text(f"  [{filled}]", "magenta")
    wait = "no reply" if turn.wait_ms is None else f"{turn.wait_ms:.0f} ms"
    line += Text(f"  {wait}", "yellow" if "wait" in changes else "dim")
    if turn.undone:
        line += Text(f"  taken back {turn.undone} ×", "red" if "undone" in changes else "dim")
    return line


def _show_figures(names: Sequence[str], both: "Sequence[Figures]") -> None:
    for name, found in zip(names, both, strict=True):
        out.print(
            f"{name:7s} {found.turns} turns, {found.undone} taken back, "
            f"wait p50 {_ms(found.p50_ms)}, p95 {_ms(found.p95_ms)}",
            soft_wrap=True,
        )


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"


def _plain(pairs: "Sequence[Pair]", first: "Figures", second: "Figures") -> dict[str, Any]:
    return {
        "before": asdict(first),
        "after": asdict(second),
        "turns": [
            {
                "changes": list(pair.changes),
                "before": pair.before and asdict(pair.before),
                "after": pair.after and asdict(pair.after),
            }
            for pair in pairs
        ],
    }
