"""How commands speak: results on stdout, everything else on stderr, errors in one line each."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text

from warmline.errors import WarmlineError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def errors_in_a_line(status: int = 1) -> Iterator[None]:
    """Turn a WarmlineError into red lines and an exit status; Ctrl-C into a quiet end."""
    try:
        yield
    except WarmlineError as error:
        for line in str(error).splitlines():
            err.print(Text("error: ", "red") + Text(line), soft_wrap=True)
        raise typer.Exit(status) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
