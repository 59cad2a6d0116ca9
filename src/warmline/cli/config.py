"""`warmline config`: every setting, what it means, and what is in force."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from warmline.cli.screen import errors_in_a_line, out
from warmline.config import keys, load


def show(
    config: Annotated[Path | None, typer.Option(help="Configuration file (TOML).")] = None,
) -> None:
    """Print every setting with its variable, its meaning and the value in force."""
    with errors_in_a_line():
        settings = load(config)
    table = Table(box=None, pad_edge=False)
    for title in ("key", "variable", "value", "meaning"):
        table.add_column(title, overflow="fold")
    for key, variable, _, meaning in keys():
        section, name = key.split(".")
        value = getattr(getattr(settings, section), name)
        table.add_row(key, variable, _shown(value), meaning)
    out.print(table)


def _shown(value: object) -> str:
    """A value as a variable would hold it; secrets are told by stars only."""
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value in (None, {}) else str(value)
