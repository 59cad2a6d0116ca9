"""What commands for flows work on: the flows that are meant, and the model if it is there."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from warmline.cli.screen import err
from warmline.config import load
from warmline.errors import FlowError, ModelError
from warmline.library import shipped_flows

if TYPE_CHECKING:
    from warmline.meaning.vectors import Embed


def flow_folders(names: Sequence[str], folder: Path | None) -> list[Path]:
    """The folders of the flows that are meant: by name, or by path; all when none is named.

    Raises FlowError for a flow that is not there.
    """
    root = folder or load().flows.folder or shipped_flows()
    if not names:
        found = sorted(path.parent for path in root.glob("*/flow.yaml"))
        if not found:
            raise FlowError(f"{root}:1: expected at least one NAME/flow.yaml in this folder")
        return found
    return [_folder(name, root) for name in names]


def _folder(name: str, root: Path) -> Path:
    for path in (root / name, Path(name), Path(name).parent):
        if (path / "flow.yaml").is_file() and (path.name == name or Path(name).exists()):
            return path
    raise FlowError(f"{root}:1: there is no flow {name!r}; expected a name or a flow's folder")


def sentence_model() -> "Embed | None":
    """The model of calls, so that decisions are theirs; None, and a word about it, without it."""
    from warmline.meaning.embedder import MODEL, Embedder
    from warmline.modelstore import ModelStore

    try:
        return Embedder(ModelStore().path(MODEL)).embed
    except ModelError:
        note = f"note: {MODEL} is not installed; intents go by words alone, unlike in calls"
        err.print(Text(f"{note} (`warmline models pull {MODEL}`)"), soft_wrap=True)
        return None
