"""Calls to one system: turns, interruptions, and what they cost its processes.

Owns what a batch of calls at once is, and whence a system's words come; knows neither how
systems are started nor what is made of their figures.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import beside  # noqa: F401
import httpx
from peer_servers import Server
from peer_turns import Said, Turn, measure, spoke_at, stopped_ms, summary

import corpus
import desk_words
import stats
from bare_caller import BareRecording, Play, place_bare_call
from barge_in import onset_s, spoken_part
from corpus import Clip
from waits import Partial
from warmline.audio import files
from warmline.audio.frame import RATE
from warmline.cli.call import fetch_events
from warmline.errors import WarmlineError

MEMORY_EVERY_S: Final = 2.0
INTO_S: Final = 1.0
"""So far into the bot's answer it is interrupted."""


@dataclass(slots=True, kw_only=True)
class Run:
    """What one system did so far."""

    server: Server
    said: Mapping[str, Said]
    """By the clip's name."""
    turns: list[Turn] = field(default_factory=list)
    stops: list[float | None] = field(default_factory=list)
    heard: list[BareRecording] = field(default_factory=list)
    cpu_s: float = 0.0
    call_s: float = 0.0
    rss_mb: float = 0.0
    pss_mb: float = 0.0

    def figures(self) -> dict[str, Any]:
        per_minute = 60 * self.cpu_s / self.call_s if self.call_s else 0.0
        costs = {
            "cpu_s_per_call_minute": round(per_minute, 2),
            "rss_mb": self.rss_mb,
            "pss_mb": self.pss_mb,
            "start_s": self.server.start_s,
        }
        return summary(self.turns, self.heard, self.stops, costs)


async def batch(run: Run, clips: Sequence[Sequence[Clip]], interrupts: bool) -> None:
    """Calls at once, one for each of the groups of clips."""
    before = run.server.tree.cpu_s()
    watch = asyncio.create_task(_watch_memory(run))
    one = _interrupt if interrupts else _converse
    await asyncio.gather(*(one(run, group) for group in clips))
    watch.cancel()
    run.cpu_s += run.server.tree.cpu_s() - before


async def _converse(run: Run, clips: Sequence[Clip]) -> None:
    """One call, a turn for each clip. What goes wrong is a turn without an answer."""
    server = run.server
    try:
        heard = await place_bare_call(
            server.url,
            [Play(samples=files.read(clip.path, RATE)) for clip in clips],
            opening=server.opening,
            answers=server.answers,
        )
        told = await _told(server, heard)
    except (WarmlineError, httpx.HTTPError) as error:
        run.turns += [Turn(clip=clip.name, failure=str(error).splitlines()[0]) for clip in clips]
        return
    _note(run, heard)
    begins = [begin for begin, _ in heard.spoken]
    ends = [*begins[1:], max(heard.received.end, heard.sent.end)]
    for clip, begin, until in zip(clips, begins, ends, strict=False):
        mine = [replace(one, at_s=one.at_s - begin) for one in told if begin < one.at_s <= until]
        turn = measure(run.said[clip.name], begin, until, heard, mine, server.answers)
        run.turns.append(turn)
        said = turn.failure or f"answered after {turn.v2v_ms} ms, {turn.restarted} restarts"
        stats.err.print(f"{server.name}: {clip.name}: {said}", soft_wrap=True)
    for clip in clips[len(begins) :]:
        run.turns.append(Turn(clip=clip.name, failure=f"{heard.ended} before it was spoken"))


async def _interrupt(run: Run, clips: Sequence[Clip]) -> None:
    """One call: a turn, and the same voice again into the answer."""
    clip = run.said[clips[0].name]
    samples = files.read(clips[0].path, RATE)
    into = spoken_part(samples)
    # Nothing behind the voice: the answer's beginning is waited for from its end.
    asked = Play(samples=samples[: round(clip.end_s * RATE)], waits=False)
    steps = [asked, Play(samples=into, into_s=INTO_S)]
    try:
        heard = await place_bare_call(run.server.url, steps, opening=run.server.opening)
    except WarmlineError:
        return
    _note(run, heard)
    begin = heard.spoken[1][0] if len(heard.spoken) > 1 else heard.sent.end
    if not spoke_at(heard, begin):
        stats.err.print(f"{run.server.name}: {clip.clip}: was not speaking, not interrupted")
        return
    run.stops.append(stopped_ms(heard, begin, begin + onset_s(into)))
    stats.err.print(f"{run.server.name}: {clip.clip}: silent {run.stops[-1]} ms after the caller")


def _note(run: Run, heard: BareRecording) -> None:
    run.heard.append(heard)
    run.call_s += heard.sent.end - heard.connected_at


async def _told(server: Server, heard: BareRecording) -> list[Partial]:
    """What the system wrote down, on the caller's clock: of Warmline by its log, of others by
    what they say on the line."""
    if not server.http:
        return [Partial(at_s=w.at, turn=0, stable=w.text, final=w.final) for w in heard.words]
    async with httpx.AsyncClient(base_url=server.http, timeout=10) as client:
        events = await fetch_events(client, heard.call_id)
    return [
        Partial(
            at_s=heard.started_at + event["at"],
            turn=event["turn"],
            stable=event.get("stable", event.get("text", "")),
            unstable=event.get("unstable", ""),
            final=event["type"] == "UtteranceHeard",
        )
        for event in events
        if event["type"] in ("PartialTranscript", "UtteranceHeard")
    ]


def said(clip: Clip) -> Said:
    samples = files.read(clip.path, RATE)
    return Said(
        clip=clip.name,
        end_s=corpus.voice_end_s(clip),
        words=tuple(desk_words.align(samples)),
    )


async def _watch_memory(run: Run) -> None:
    while True:
        with contextlib.suppress(OSError):  # a process has ended meanwhile
            memory = await asyncio.to_thread(run.server.tree.memory)
            run.rss_mb = max(run.rss_mb, memory.rss_mb)
            run.pss_mb = max(run.pss_mb, memory.pss_mb)
        await asyncio.sleep(MEMORY_EVERY_S)
