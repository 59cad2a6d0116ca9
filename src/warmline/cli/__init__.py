"""The `warmline` command. Each command loads what it needs and no more."""

import typer

from warmline import __version__
from warmline.cli import (
    call,
    capacity,
    config,
    console,
    doctor,
    explain,
    flow,
    flow_test,
    hints,
    models,
    replay,
    serve,
    testcase,
    transcribe,
    users,
)

app = typer.Typer(
    name="warmline",
    help="A voice IVR that hears, decides and answers at human speed, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(call.call)
app.command()(explain.explain)
app.command()(replay.replay)
app.command()(testcase.testcase)
app.command()(transcribe.transcribe)
app.command()(doctor.doctor)
app.command()(capacity.capacity)
app.command(name="config")(config.show)
app.add_typer(models.app, name="models")
flow.flow_app.command(name="test")(flow_test.test)
flow.flow_app.command(name="coverage")(flow_test.covered)
app.add_typer(flow.flow_app, name="flow")
app.add_typer(hints.hints_app, name="hints")
app.add_typer(users.app, name="users")
app.command()(console.console)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    app()
