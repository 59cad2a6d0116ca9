"""The flows in use: loaded at the start, loaded anew when their files change.

A running call keeps the flow that it began with. Files with an error change nothing: the last
good flows stay, and the log says what is wrong.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from watchfiles import awatch

from warmline.errors import WarmlineError
from warmline.flows.flow import Flow

log = logging.getLogger(__name__)

Load = Callable[[Path], dict[str, Flow]]


class FlowLibrary:
    """`flows` are those for new calls."""

    def __init__(self, folder: Path, load: Load, check: Callable[[dict[str, Flow]], None]) -> None:
        """`check` raises a WarmlineError for flows that this server cannot run.

        Raises FlowError, or what `check` raises.
        """
        self._folder = folder
        self._load = load
        self._check = check
        self.flows = load(folder)
        check(self.flows)

    def reload(self) -> list[Flow]:
        """Load all again; gives the flows that changed, none when the files are wrong."""
        try:
            flows = self._load(self._folder)
            self._check(flows)
        except WarmlineError as error:
            log.error("the flows stay as they were; the changed files are refused:\n%s", error)
            return []
        before = {name: flow.version for name, flow in self.flows.items()}
        self.flows = flows
        changed = [flow for name, flow in flows.items() if before.get(name) != flow.version]
        log.info("flows loaded anew: %s", ", ".join(f.name for f in changed) or "none changed")
        return changed

    async def watch(self, changed: Callable[[list[Flow]], None]) -> None:
        """Reload whenever a file in the folder changes, until cancelled."""
        async for _ in awatch(self._folder, debounce=500, step=100):
            flows = await asyncio.to_thread(self.reload)
            if flows:
                changed(flows)


def shipped_flows() -> Path:
    """The flows of a checkout, or those inside the installed package."""
    package = Path(__file__).parent
    checkout = package.parents[1] / "voice_flows"
    return checkout if checkout.is_dir() else package / "voice_flows"
