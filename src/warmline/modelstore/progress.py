"""How a pull tells what it is doing. Knows nothing of terminals: the command line draws."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol

Report = Callable[[int, int | None], None]
"""`report(done, total)`: bytes that are here, and bytes in all when that is known."""


class Progress(Protocol):
    def transfer(self, what: str) -> AbstractContextManager[Report]:
        """One transfer over the network, from entering to leaving the context."""

    def note(self, line: str) -> None:
        """Something that a person should read: a file is there, a source was refused."""


class _Silent:
    def transfer(self, what: str) -> AbstractContextManager[Report]:
        return nullcontext(lambda done, total: None)

    def note(self, line: str) -> None:
        pass


SILENT: Final[Progress] = _Silent()
