"""The Asterisk doors against a real Asterisk 22, by the dialplans of their README."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI

from asterisk import pbx as telephony
from asterisk.pbx import Pbx, Variant, free_port, until
from warmline.audio import files
from warmline.audio.frame import RATE, Frame, Pcm
from warmline.audio.resample import resample
from warmline.gateway.asterisk.audiosocket_server import audiosocket_server
from warmline.gateway.asterisk.calls import AsteriskCalls
from warmline.gateway.asterisk.http import asterisk_router
from warmline.gateway.asterisk.settings import AsteriskSettings
from warmline.gateway.protocol import UVICORN_OPTIONS
from warmline.ports import Digit, Handover, Line, LineEvent, MarkPlayed

HTTP, TCP, DEAD = free_port(), free_port(), free_port()
VARIANTS = {
    "ulaw": Variant(of="warmline-websocket", replace={"c(slin16)f(json)": "c(ulaw)"}),
    "alaw": Variant(of="warmline-websocket", replace={"c(slin16)": "c(alaw)"}),
    "channel": Variant(
        of="warmline-audiosocket",
        replace={
            f"TryExec(AudioSocket(${{CALL}},127.0.0.1:{TCP}))": (
                f"Dial(AudioSocket/127.0.0.1:{TCP}/${{CALL}}/c(slin16),,g)"
            )
        },
    ),
    "unregistered": Variant(
        of="warmline-audiosocket", replace={"/asterisk/register": "/asterisk/nothing"}
    ),
    "audiosocket-down": Variant(
        of="warmline-audiosocket", replace={str(HTTP): str(DEAD), str(TCP): str(DEAD)}
    ),
    "websocket-down": Variant(
        of="warmline-websocket", replace={str(HTTP): str(DEAD), "WebSocket/warmline": "WebSocket/x"}
    ),
}
DOORS = ["warmline-audiosocket", "warmline-websocket"]
SETTINGS = AsteriskSettings(audiosocket_port=TCP, password="hush", secret="s3cret")


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pbx]:
    substitutes = {
        "127.0.0.1:8080": f"127.0.0.1:{HTTP}",
        "127.0.0.1:9019": f"127.0.0.1:{TCP}",
        "SECRET": SETTINGS.secret,
        "PASSWORD": SETTINGS.password,
    }
    blocks = telephony.dialplans(substitutes, VARIANTS)
    with telephony.running(tmp_path_factory.mktemp("pbx"), blocks) as pbx:
        yield pbx


class Doors:
    """Warmline's doors in a thread of their own, with an application that only notes."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.events: list[LineEvent] = []
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run()])
        self._up = threading.Event()

    def __enter__(self) -> "Doors":
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(RuntimeError):  # it was stopped before
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    async def _run(self) -> None:
        calls = AsteriskCalls()
        app = FastAPI()
        app.include_router(asterisk_router(self._handle, calls, SETTINGS))
        config = uvicorn.Config(app, log_config=None, port=HTTP, **UVICORN_OPTIONS)
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        try:
            async with audiosocket_server(self._handle, calls, SETTINGS):
                self._up.set()
                await self._stop.wait()
        finally:
            await server.shutdown()

    async def _handle(self, line: Line) -> None:
        self.lines.append(line)
        await line.started(f"call-{len(self.lines)}")
        async for event in line:
            self.events.append(event)

    def line(self) -> Line:
        """The call that has come."""
        until(lambda: self.lines, "a call comes")
        return self.lines[-1]

    def do(self, action: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(20)

    def tell(self, action: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(action)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    @property
    def keys(self) -> str:
        return "".join(event.digit for event in self.events if isinstance(event, Digit))

    @property
    def heard(self) -> Pcm:
        frames = [event.samples for event in self.events if isinstance(event, Frame)]
        return np.concatenate([np.zeros(0, dtype=np.int16), *frames])


@pytest.fixture
def doors(pbx: Pbx) -> Iterator[Doors]:
    with Doors() as doors:
        yield doors
        pbx.hang_up_all()


@pytest.fixture(scope="module")
def recorded(pbx: Pbx, spell: Callable[[str], Pcm]) -> Path:
    """A woman's "four five" at 8 kHz, named as Playback wants it: without the ending."""
    file = pbx.folder / "number.wav"
    files.write_wav(file, resample(spell("45"), RATE, 8_000), 8_000)
    return pbx.folder / "number"


def likeness(heard: Pcm, said: Pcm, rate: int) -> float:
    """How well the loudness of `said`, in steps of 20 ms, is found somewhere in `heard`; 0 to 1."""

    def steps(pcm: Pcm) -> "np.typing.NDArray[np.float64]":
        whole = pcm[: pcm.size // (rate // 50) * (rate // 50)].reshape(-1, rate // 50)
        rms: np.typing.NDArray[np.float64] = np.sqrt(np.mean(whole.astype(np.float64) ** 2, axis=1))
        return rms

    wanted, found = steps(said), steps(heard)
    wanted -= wanted.mean()
    best = 0.0
    for at in range(max(0, found.size - wanted.size + 1)):
        part = found[at : at + wanted.size] - found[at : at + wanted.size].mean()
        norm = np.linalg.norm(part) * np.linalg.norm(wanted)
        best = max(best, float(part @ wanted / norm)) if norm else best
    return best


@pytest.mark.parametrize("context", [*DOORS, "ulaw", "alaw", "channel"])
def test_both_hear_each_other_and_keys_come_through(
    pbx: Pbx, doors: Doors, recorded: Path, context: str
) -> None:
    said = files.read(recorded.with_suffix(".wav"), RATE)
    # Twice: the beginning of the first may be lost while Asterisk connects.
    pbx.call(context, f"Playback({recorded})", f"Playback({recorded})", "SendDTMF(12#*)")
    line = doors.line()
    assert line.info.called == "100"
    assert line.info.rate == (16_000 if context in ("warmline-websocket", "channel") else 8_000)
    until(lambda: doors.keys == "12#*", "four keys have come")
    assert likeness(doors.heard, said, RATE) > 0.95

    doors.do(line.play(resample(said, RATE, line.info.rate)))
    doors.tell(lambda: line.mark("said"))
    until(lambda: MarkPlayed("said") in doors.events, "the mark was played")
    assert line.stats.lost == line.stats.dropped == 0
    pbx.act("Hangup()")
    until(lambda: line.gone, "the caller's end is noticed")
    assert line.gone == "caller_hung_up"
    until(lambda: not pbx.channels(), "all channels are gone")
    heard = files.read(pbx.folder / "heard.wav", RATE)
    # Word by word: a busy machine may stretch the pause between them.
    for word in np.array_split(said, 2):
        assert likeness(heard, word, RATE) > 0.8


@pytest.mark.parametrize("context", DOORS)
def test_a_barge_in_cuts_what_asterisk_has_not_played(
    pbx: Pbx, doors: Doors, recorded: Path, context: str
) -> None:
    pbx.call(context)
    line = doors.line()
    doors.do(line.play(np.full(20 * line.info.rate, 3_000, dtype=np.int16)))
    until(lambda: line.played > line.info.rate, "a second was played")
    doors.tell(line.clear)
    pbx.act("SendDTMF(1)")
    until(lambda: doors.keys == "1", "a key has come")
    doors.do(line.hang_up("completed"))
    until(lambda: not pbx.channels(), "all channels are gone")
    heard = files.read(pbx.folder / "heard.wav", 8_000)
    loud_s = np.count_nonzero(np.abs(heard.astype(np.int32)) > 1_000) / 8_000
    assert 0.5 < loud_s < 4.0, "the rest of the 20 s was thrown away"


@pytest.mark.parametrize("context", DOORS)
def test_neither_saying_anything_ends_no_call(pbx: Pbx, doors: Doors, context: str) -> None:
    """Asterisk's own limit at AudioSocket is 2 s without audio from either side."""
    pbx.call(context)
    line = doors.line()
    pbx.act("Wait(3)")
    pbx.act("SendDTMF(1)")
    until(lambda: doors.keys == "1", "a key has come")
    assert line.gone == ""
    assert pbx.channels()


@pytest.mark.parametrize("context", DOORS)
def test_our_end_of_the_call_hangs_up(pbx: Pbx, doors: Doors, context: str) -> None:
    pbx.call(context)
    doors.do(doors.line().hang_up("completed"))
    until(lambda: not pbx.channels(), "all channels are gone")
    assert doors.line().gone == "completed"


@pytest.mark.parametrize("context", [*DOORS, "channel"])
def test_a_caller_is_given_to_a_queue_with_all_that_is_known(
    pbx: Pbx, doors: Doors, context: str
) -> None:
    pbx.call(context)
    line = doors.line()
    assert doors.do(line.transfer(Handover("billing", "asked, twice & more", "call-1")))
    until(lambda: pbx.in_queue("billing"), "the caller waits for billing")
    assert line.gone == "escalated"
    variables = pbx.variables(pbx.in_queue("billing")[0])
    assert variables["SUMMARY"] == "call-1"
    assert variables["~HASH~next~reason~"] == "asked, twice & more"


@pytest.mark.parametrize("context", DOORS)
def test_when_warmline_stops_in_a_call_the_caller_gets_a_person(
    pbx: Pbx, doors: Doors, context: str
) -> None:
    pbx.call(context)
    doors.line()
    doors.stop()
    until(lambda: pbx.in_queue("support"), "the caller waits for a person")
    assert doors.line().gone == "server_stopped"


@pytest.mark.parametrize("context", ["audiosocket-down", "websocket-down", "unregistered"])
def test_when_warmline_is_down_or_refuses_the_caller_gets_a_person(
    pbx: Pbx, doors: Doors, context: str
) -> None:
    pbx.call(context)
    until(lambda: pbx.in_queue("support"), "the caller waits for a person")
    assert doors.lines == []
