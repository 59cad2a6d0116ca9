"""Opens the files that a flow is made of, inside the folder they must stay in.

The only door to the disk in this room beside the listing of folders; knows no content.
"""

from pathlib import Path
from stat import S_ISREG

from warmline.flows.reader import MAX_BYTES
from warmline.flows.report import FlowRefused, Place


def inside(folder: Path, name: str, base: Path, place: Place, expected: str) -> Path:
    """The path of `name`, which is relative to `base` and stays inside `folder`, links followed.

    Raises FlowRefused with `expected` at `place`, who asks for it.
    """
    folder = folder.resolve()
    if name and "\0" not in name and not Path(name).is_absolute():
        try:
            path = (base / name).resolve()
        except (OSError, RuntimeError):  # a name too long, links in a circle
            path = folder
        if path.is_relative_to(folder) and path != folder:
            return path
    raise FlowRefused.at(place.file, place.line, f"expected {expected}")


def read(path: Path, place: Place) -> bytes:
    """A regular file of at most 1 MiB; raises FlowRefused at `place`, who asks for it."""
    try:
        # Asked before opening: to open a pipe would wait for its writer.
        if not S_ISREG(path.stat().st_mode):
            raise FlowRefused.at(place.file, place.line, f"{path.name}: expected a regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise FlowRefused.at(place.file, place.line, f"{path.name}: {reason}") from None
    if len(data) > MAX_BYTES:
        raise FlowRefused.at(place.file, place.line, f"{path.name}: expected at most 1 MiB")
    return data
