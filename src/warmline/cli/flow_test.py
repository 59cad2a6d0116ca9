"""`warmline flow test` and `warmline flow coverage`: conversations as tests of flows."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from warmline.cli.screen import err, errors_in_a_line, out

if TYPE_CHECKING:
    from warmline.flows.flow import Flow
    from warmline.flows.report import Places
    from warmline.trial.coverage import Coverage
    from warmline.trial.ears import Studio
    from warmline.trial.outcome import Outcome, Turn
    from warmline.trial.runner import Script

UNUSABLE = 2
"""Exit status when files cannot be used, or there is nothing to do."""

Names = Annotated[
    list[str] | None, typer.Argument(metavar="FLOW...", help="Names or folders; default: all.")
]
Folder = Annotated[Path | None, typer.Option(help="Folder of the flows; default: as configured.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def test(
    names: Names = None,
    folder: Folder = None,
    only: Annotated[
        str, typer.Option("-k", metavar="TEXT", help="With TEXT in name or file.")
    ] = "",
    audio: Annotated[
        bool, typer.Option("--audio", help="Speak the caller's words, and hear them.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every turn.")] = False,
    as_json: Json = False,
) -> None:
    """Run the conversations of flows; 0: all pass, 1: one fails, 2: a file cannot be used."""
    outcomes: list[Outcome] = []
    with errors_in_a_line(UNUSABLE):
        studio = _studio() if audio else None
        for _, flow, scripts in _work(names or [], folder, only):
            for script in scripts:
                outcomes.append(_run(flow, script, studio))
                _show(outcomes[-1], verbose=verbose or audio, as_json=as_json)
    if not outcomes:
        err.print("no conversations to run: write them into FLOW/conversations/*.yaml")
        raise typer.Exit(UNUSABLE)
    failed = sum(not outcome.passed for outcome in outcomes)
    if not as_json:
        out.print(f"{len(outcomes) - failed} of {len(outcomes)} conversations pass")
    raise typer.Exit(1 if failed else 0)


def covered(
    names: Names = None,
    folder: Folder = None,
    least: Annotated[
        float, typer.Option("--min", help="Percent of nodes that must be entered.")
    ] = 0.0,
    least_exits: Annotated[
        float, typer.Option("--min-exits", help="Percent of exits that must be taken.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Show the nodes and exits that no conversation exercises; 1: less than asked for."""
    from warmline.flows.includes import read_source
    from warmline.trial.coverage import coverage

    enough = True
    with errors_in_a_line(UNUSABLE):
        for path, flow, scripts in _work(names or [], folder):
            found = coverage(flow, [_run(flow, script) for script in scripts])
            _show_coverage(flow.name, found, read_source(path / "flow.yaml").places, as_json)
            enough &= found.node_percent >= least and found.road_percent >= least_exits
    raise typer.Exit(0 if enough else 1)


def _work(
    names: Sequence[str], folder: Path | None, only: str = ""
) -> "Iterator[tuple[Path, Flow, list[Script]]]":
    """Each flow, its folder, and those of its conversations that are wanted."""
    from warmline.cli.at_hand import flow_folders, sentence_model
    from warmline.flows.loader import load_flow
    from warmline.trial.folder import read_scripts

    embed = sentence_model()
    for path in flow_folders(names, folder):
        scripts = [script for script in read_scripts(path) if _wanted(script, only)]
        yield path, load_flow(path, embed=embed), scripts


def _wanted(script: "Script", only: str) -> bool:
    named = f"{script.conversation.conversation} {Path(script.file).name}"
    return only.casefold() in named.casefold()


def _run(flow: "Flow", script: "Script", studio: "Studio | None" = None) -> "Outcome":
    from warmline.trial.ears import RealEars
    from warmline.trial.runner import run

    with ExitStack() as stack:
        folder = Path(script.file).parent
        ears = stack.enter_context(RealEars(studio, folder)) if studio else None
        return run(flow, script, ears)


def _studio() -> "Studio":
    """The voice and the ears of calls. Raises ModelError."""
    from warmline.config import load
    from warmline.hearing.vad import SileroDetector, SileroModel
    from warmline.hearing.whisper import Whisper
    from warmline.modelstore import ModelStore
    from warmline.speaking.piper import Voice
    from warmline.trial.ears import Studio

    settings, store, silero = load(), ModelStore(), SileroModel()
    voice = settings.speaking.voices[0]
    return Studio(
        voice=Voice(store.path(voice), voice, steady=True),
        recogniser=Whisper(store.path(settings.hearing.final_model)),
        new_detector=lambda: SileroDetector(silero),
    )


# --- showing -------------------------------------------------------------------------------------


def _show(outcome: "Outcome", *, verbose: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_plain(outcome)))
        return
    mark = Text("pass ", "green") if outcome.passed else Text("FAIL ", "red")
    out.print(mark + Text(f"{outcome.flow}: {outcome.name}"), soft_wrap=True)
    for turn in outcome.turns if verbose else ():
        _show_turn(turn)
    for failure in outcome.failures:
        out.print(Text(str(failure)), soft_wrap=True)


def _show_turn(turn: "Turn") -> None:
    lines = []
    if turn.caller:
        misheard = f"   heard: {turn.heard}" if turn.heard not in ("", turn.caller) else ""
        lines.append(f"caller: {turn.caller}{misheard}")
    lines += [f"bot: {said}" for said in turn.said]
    if turn.entered:
        lines.append(f"nodes: {', '.join(turn.entered)}")
    lines += [f"{slot} = {value!r} ({sure:.2f})" for slot, value, sure in turn.slots]
    for number, line in enumerate(lines):
        at = f"{turn.line:5d} {turn.at:6.1f} s  " if number == 0 else " " * 16
        out.print(Text(at, "dim") + Text(line), soft_wrap=True)


def _plain(outcome: "Outcome") -> dict[str, Any]:
    shown = ("flow", "name", "file", "line", "passed", "seconds")
    return {
        **{name: getattr(outcome, name) for name in shown},
        "failures": [asdict(failure) for failure in outcome.failures],
        "turns": [asdict(turn) for turn in outcome.turns],
    }


def _show_coverage(name: str, found: "Coverage", places: "Places", as_json: bool) -> None:
    nodes = [(places["nodes", node], node) for node in found.missed_nodes]
    exits = [
        (places["nodes", node, *path], f"{node} to {target} ({'.'.join(map(str, path))})")
        for (node, path), target in found.missed_roads
    ]
    if as_json:
        report = {
            "flow": name,
            "nodes": round(found.node_percent, 1),
            "exits": round(found.road_percent, 1),
            "missed_nodes": [{"at": str(at), "node": node} for at, node in nodes],
            "missed_exits": [{"at": str(at), "exit": road} for at, road in exits],
        }
        typer.echo(json.dumps(report))
        return
    out.print(
        f"{name}: {found.node_percent:.0f} % of {found.nodes} nodes entered, "
        f"{found.road_percent:.0f} % of {found.roads} exits taken",
        soft_wrap=True,
    )
    for at, node in nodes:
        out.print(Text(f"{at}: never entered: {node}"), soft_wrap=True)
    for at, road in exits:
        out.print(Text(f"{at}: never taken: {road}"), soft_wrap=True)
