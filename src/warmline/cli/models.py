"""`warmline models`: list, pull and verify the weights.

Draws and chooses only; knows nothing of how a file is fetched.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table

from warmline.errors import ModelError
from warmline.modelstore import Catalog, Model, ModelStore, Report, State

app = typer.Typer(no_args_is_help=True, help="The speech models: list, pull, verify.")

_LIST_WIDTH = 120
"""Columns of the list where it does not go to a terminal."""

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", show_default=False)]


class ModelSet(StrEnum):
    SERVE = "serve"
    TEST = "test"
    ALL = "all"


@app.command("list")
def list_models() -> None:
    """Show each model, its licence, and whether it is on this machine."""
    with _one_line_errors():
        store = ModelStore()
    out = Console()
    if not out.is_terminal:
        out.width = _LIST_WIDTH
    table = Table("model", "for", "set", "size", "licence", "state", box=None, pad_edge=False)
    for model in store.catalog.models:
        state, sets = store.state(model.name), ", ".join(model.sets) or "-"
        size = _megabytes(model.size)
        table.add_row(model.name, model.purpose, sets, size, model.licence, state)
    out.print(table)
    out.print(f"in {store.root}", highlight=False, soft_wrap=True)


@app.command()
def pull(
    names: Names = None,
    wanted: Annotated[
        ModelSet | None,
        typer.Option("--set", help="What serving or the tests need; all: the whole catalog."),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Hash what is there and fetch wrong files again.")
    ] = False,
) -> None:
    """Fetch models that are not here yet: by NAME, or by --set (serve when nothing is said)."""
    with _one_line_errors(), Drawing() as drawing:
        store = ModelStore()
        chosen = list(names or ())
        if wanted or not chosen:
            chosen += _members(store.catalog, wanted or ModelSet.SERVE)
        for model in [store.catalog[name] for name in chosen]:
            drawing.note(_announcement(model, store.state(model.name)))
        store.pull(chosen, drawing, repair=repair)


@app.command()
def verify(names: Names = None) -> None:
    """Hash the files of these models, or of all that are here. Exit code 1 if one is wrong."""
    with _one_line_errors():
        store = ModelStore()
        here = [name for name in store.catalog.names if store.state(name) is not State.MISSING]
        if not (names or here):
            raise ModelError(f"there are no models in {store.root}: run `warmline models pull`")
        checks = store.verify(names or here)
    for check in checks:
        typer.echo(f"{check.model}/{check.file}: {check.problem or 'right'}")
    wrong = dict.fromkeys(check.model for check in checks if check.problem)
    if wrong:
        _complain(f"to mend it, run `warmline models pull --repair {' '.join(wrong)}`")
        raise typer.Exit(1)


class Drawing:
    """Progress on stderr: bars on a terminal, elsewhere only the notes, a line each."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    @contextmanager
    def transfer(self, what: str) -> Iterator[Report]:
        task = self._bars.add_task(what, total=None)
        try:
            yield lambda done, total: self._bars.update(task, completed=done, total=total)
        finally:
            self._bars.remove_task(task)

    def note(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        _complain(str(error))
        raise typer.Exit(1) from error


def _complain(line: str) -> None:
    typer.secho(line, fg=typer.colors.RED, err=True)


def _members(catalog: Catalog, wanted: ModelSet) -> list[str]:
    if wanted is ModelSet.ALL:
        return catalog.names
    return [model.name for model in catalog.models if wanted.value in model.sets]


def _announcement(model: Model, state: State) -> str:
    return f"{model.name}: {state}, {_megabytes(model.size)}, licence {model.licence}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
