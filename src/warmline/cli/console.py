"""`warmline console`: talk to a flow by text, and see what it makes of it."""

from pathlib import Path
from typing import Annotated, Final

import typer

from warmline.cli.screen import errors_in_a_line
from warmline.errors import FlowError

UNUSABLE: Final = 2
"""Exit status when a file cannot be used."""


def console(
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="A flow's name or folder.")],
    folder: Annotated[Path | None, typer.Option(help="Folder of the flows.")] = None,
    hours: Annotated[str, typer.Option(help="open, closed, or when the call begins.")] = "open",
    endpoints: Annotated[
        Path | None, typer.Option(help="YAML file of scripted answers: NAME: [{ok: {…}}, …].")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the configured endpoints themselves.")
    ] = False,
    script: Annotated[
        Path | None, typer.Option(help="Begin with the caller's part of this conversation.")
    ] = None,
) -> None:
    """Talk to a flow by text in the terminal; /help shows what else can be typed."""
    from warmline.cli.at_hand import flow_folders, sentence_model
    from warmline.cli.talk import Talk, caller_part
    from warmline.flows.loader import load_flow
    from warmline.trial.call import Endless
    from warmline.trial.conversation import beginning
    from warmline.trial.endpoints import ScriptedEndpoints
    from warmline.trial.folder import read_replies, read_script_file
    from warmline.trial.runner import moment

    with errors_in_a_line(UNUSABLE):
        [path] = flow_folders([flow], folder)
        scripts = read_script_file(script)[:1] if script else []
        written = dict(scripts[0].conversation.endpoints) if scripts else {}
        answers = ScriptedEndpoints(written | (read_replies(endpoints) if endpoints else {}))
        loaded = load_flow(path, embed=sentence_model())
        hours = scripts[0].conversation.hours if scripts else hours
        try:
            began = moment(loaded, beginning(hours))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        if began is None:
            raise FlowError(f"{path}/flow.yaml:1: this flow is never {hours}")
        try:
            Talk(loaded, answers, live).run(began, [s for one in scripts for s in caller_part(one)])
        except Endless as endless:
            raise FlowError(f"{path}/flow.yaml:1: {endless}") from None
