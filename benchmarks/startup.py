"""How soon is a server ready: the first time after an upgrade, and every other time?

Knows the server's process and its caches; places no call. Cold is with empty caches of our own
(rendered prompts, what was probed of the machine); the models' files stay, and so may the
system's own file cache.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import own_server
import stats
from warmline.cli.screen import errors_in_a_line
from warmline.modelstore import ModelStore

QUIET_CORES: Final = 0.1
"""Below this a server without calls has nothing left to prepare."""
LONGEST_S: Final = 25.0
STEP_S: Final = 1.0


async def start(name: str, cache: Path) -> dict[str, Any]:
    """Start one, and wait until it is at rest."""
    settings = {"XDG_CACHE_HOME": str(cache), "WARMLINE_MODELS": str(ModelStore().root)}
    begin = time.perf_counter()
    async with own_server.started(settings) as server:
        before = server.tree.cpu_s()
        while (took := time.perf_counter() - begin) < LONGEST_S:
            await asyncio.sleep(STEP_S)
            now = server.tree.cpu_s()
            if now - before < QUIET_CORES * STEP_S:
                break
            before = now
        return {
            "name": name,
            "ready_s": server.start_s,
            "settled_s": round(took, 1),
            "cpu_s": round(server.tree.cpu_s(), 1),
            "rss_mb": server.tree.memory().rss_mb,
        }


async def starts() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        return [await start(name, Path(folder)) for name in ("cold", "warm")]


def main(
    json: Annotated[Path | None, typer.Option(help="Write the result here.")] = None,
) -> None:
    """Start a server twice, with empty caches and with those that the first start left."""
    machine = stats.machine()
    os.environ.setdefault("WARMLINE_SERVER_LOG_LEVEL", "warning")
    with errors_in_a_line():
        found = asyncio.run(starts())
    for one in found:
        stats.out.print(
            f"{one['name']}: ready after {one['ready_s']:.1f} s; at rest after "
            f"{one['settled_s']:.0f} s and {one['cpu_s']:.1f} s of CPU; {one['rss_mb']:.0f} MB"
        )
    if json:
        stats.write_json(json, {"machine": machine, "starts": found})


if __name__ == "__main__":
    typer.run(main)
