"""`warmline flow check|schema|show`: what is wrong with flows, their schema, their picture."""

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from warmline.cli.screen import errors_in_a_line, out
from warmline.errors import WarmlineError

if TYPE_CHECKING:
    from warmline.flows.loader import Examined
    from warmline.flows.report import Finding

flow_app = typer.Typer(
    no_args_is_help=True, help="Voice flows: check, test and show them, print their schema."
)

UNUSABLE = 2
"""Exit status when a file cannot be used, or a flow is not there."""

Names = Annotated[
    list[str] | None, typer.Argument(metavar="FLOW...", help="Names or folders; default: all.")
]
Folder = Annotated[Path | None, typer.Option(help="Folder of the flows; default: as configured.")]
Output = Annotated[Path | None, typer.Option(help="File to write; default: the screen.")]


class Format(StrEnum):
    MERMAID = "mermaid"
    SVG = "svg"


@flow_app.command()
def check(
    names: Names = None,
    folder: Folder = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as a JSON list.")] = False,
) -> None:
    """Prove that flows are sound; 0: no errors, 1: errors, 2: a file cannot be read."""
    from warmline.cli.at_hand import flow_folders
    from warmline.flows.loader import examine, named

    with errors_in_a_line(UNUSABLE):
        paths = [path / "flow.yaml" for path in flow_folders(names or [], folder)]
        for path in paths:
            _readable(path)
    examined = [_with_hints(named(examine(path))) for path in paths]
    findings = [found for one in examined for found in one.findings]
    if as_json:
        typer.echo(json.dumps([_plain(found) for found in findings], indent=2))
    else:
        for one in examined:
            _show(one)
    wrong = any(one.flow is None for one in examined) or (strict and findings)
    raise typer.Exit(1 if wrong else 0)


@flow_app.command()
def schema(output: Output = None) -> None:
    """Print the JSON Schema of flow.yaml, for editors."""
    from warmline.flows.schema import schema as made

    with errors_in_a_line(UNUSABLE):
        _write(json.dumps(made(), indent=2) + "\n", output)


@flow_app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="FLOW", help="A flow's name or folder.")],
    form: Annotated[
        Format, typer.Option("--format", help="Mermaid text, or a picture.")
    ] = Format.MERMAID,
    folder: Folder = None,
    output: Output = None,
) -> None:
    """Draw a flow's nodes and roads."""
    from warmline.cli.at_hand import flow_folders
    from warmline.flows.chart import chart, mermaid
    from warmline.flows.loader import load_flow
    from warmline.flows.svg import svg

    with errors_in_a_line(UNUSABLE):
        (path,) = flow_folders([name], folder)
        shown = chart(load_flow(path).file)
        _write(svg(shown) if form is Format.SVG else mermaid(shown), output)


def _with_hints(one: "Examined") -> "Examined":
    """The flow's findings and those of its hints: a flow whose hints are wrong is not usable."""
    from warmline.assist.reading import examine as examine_hints

    hints = examine_hints(one.path.parent, one.flow)
    findings = (*one.findings, *hints.findings)
    return replace(one, findings=findings, flow=one.flow if hints.file is not None else None)


def _readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise WarmlineError(f"{path}:1: {reason}") from None


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise WarmlineError(f"{output}: {reason}") from None


def _plain(found: "Finding") -> dict[str, str | int]:
    return {
        "file": found.place.file,
        "line": found.place.line,
        "path": found.path,
        "severity": str(found.severity),
        "message": found.message,
    }


def _show(one: "Examined") -> None:
    from warmline.flows.checks_roads import longest_way

    for found in one.findings:
        severity = str(found.severity)
        colour = "red" if found in one.errors else "yellow"
        out.print(Text(f"{severity}: ", colour) + Text(str(found)), soft_wrap=True)
    counts = [
        (len(one.errors), "errors"),
        (len(one.findings) - len(one.errors), "warnings"),
    ]
    told = ", ".join(f"{count} {what}" for count, what in counts if count) or "no problems"
    if one.flow is not None:
        steps = longest_way(one.flow.file)
        within = f"{steps} step{'s' if steps != 1 else ''}"
        told += f"; {len(one.flow.nodes)} nodes, a person within {within} of each"
    out.print(Text(f"{one.path.parent.name}: {told}"), soft_wrap=True)
