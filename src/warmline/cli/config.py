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
        shown = ",".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
        table.add_row(key, variable, shown, meaning)
    out.print(table)
