"""Starts of the voice: with an empty folder of clips, with a full one, and without any.

Knows no call.
"""

import asyncio
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from mouth import VOICE, Result, cpu_s, voice_folders, voice_pool
from warmline.flows.loader import load_flows
from warmline.flows.sayings import sayings
from warmline.library import shipped_flows
from warmline.speaking.cache import ClauseCache
from warmline.speaking.clauses import clauses
from warmline.speaking.clip_files import ClipFiles, fingerprint
from warmline.speaking.remote import RemoteSynthesizer

FLOW: Final = "order_status"
PLENTY: Final = 1 << 30
"""Bytes: what is measured is not how a cache forgets."""


def files(folder: Path) -> ClipFiles:
    ((name, where),) = voice_folders().items()
    return ClipFiles(folder, {"": fingerprint(Path(where), name)}, PLENTY)


async def render(clips: ClauseCache, flow: Any, *, lead_ins: bool = True) -> None:
    """As the server does at its start."""
    said = sayings(flow)
    for lead_in in said.lead_ins if lead_ins else ():
        await clips.render_lead_in(lead_in, "", flow.persona.pace)
    for text in said.texts:
        for clause in clauses(text):
            await clips.render(clause, "", flow.persona.pace, own=True)


async def start(folder: Path | None, *, every_flow: bool) -> Result:
    """A voice worker and a flow's prompts, from nothing to ready; `folder` has the clips."""
    loop = asyncio.get_running_loop()
    began, cpu = loop.time(), cpu_s([])
    flows = load_flows(shipped_flows())
    wanted = list(flows.values()) if every_flow else [flows[FLOW]]
    async with voice_pool() as pool:
        store = None if folder is None else await asyncio.to_thread(files, folder)
        up = loop.time()
        voice = RemoteSynthesizer(pool, VOICE)
        with patch.object(voice, "synthesize", wraps=voice.synthesize) as synthesized:
            clips = ClauseCache(voice, PLENTY, store)
            for flow in wanted:
                await render(clips, flow)
            await clips.close()
        return {
            "worker_s": round(up - began, 2),
            "prompts_s": round(loop.time() - up, 2),
            "cpu_s": round(cpu_s(pool.pids) - cpu, 2),
            "synthesized": synthesized.call_count,
            "mb": round(clips.size / 1e6, 1),
        }
