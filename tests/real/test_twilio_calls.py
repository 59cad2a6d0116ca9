"""Calls to a real server as Twilio makes them, by a simulator that is not ours (streamdouble)."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from streamdouble.scenario import (  # type: ignore[import-untyped]
    Dtmf,
    Hangup,
    Say,
    Scenario,
    Step,
)
from streamdouble.session import Session, SessionConfig  # type: ignore[import-untyped]

from access import get
from warmline.audio import g711
from warmline.audio.frame import RATE, Pcm
from warmline.audio.resample import resample

PAUSE_S = 1.5
"""Seconds of our silence after which the caller takes the floor: more than a pause between two
sentences, less than the flow's patience."""
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Listen(Step):  # type: ignore[misc]
    """Until the server has said something more and is quiet."""


@dataclass(frozen=True)
class Caller:
    """Places calls from a telephone: mu-law at 8 kHz."""

    url: str

    def call(self, *steps: Any, **parameters: str) -> "Call":
        return asyncio.run(self._call(list(steps), parameters))

    async def _call(self, steps: list[Any], parameters: dict[str, str]) -> "Call":
        known = {call["call_id"] for call in self._calls()}
        phone = Phone(
            self.url.replace("http", "ws", 1) + "/twilio/media",
            scenario=Scenario(name="call", steps=steps),
            config=SessionConfig(custom_parameters=parameters, max_drain_s=15.0),
        )
        result = await phone.run()
        assert result.violations == []
        (call_id,) = {call["call_id"] for call in self._calls()} - known
        return Call(result, self._events(call_id))

    def _calls(self) -> list[dict[str, Any]]:
        return list(get(f"{self.url}/api/calls").json()["calls"])

    def _events(self, call_id: str) -> list[dict[str, Any]]:
        for _ in range(100):
            answer = get(f"{self.url}/api/calls/{call_id}/events")
            events = answer.json()["events"] if answer.status_code == 200 else []
            if events and events[-1]["type"] == "CallEnded":
                return list(events)
            time.sleep(0.05)
        raise AssertionError("the call's log did not come to its end")


class Phone(Session):  # type: ignore[misc]
    """The simulator, able to listen to one answer after the other."""

    async def _run_step(self, connection: Any, step: Any) -> None:
        if not isinstance(step, Listen):
            await super()._run_step(connection, step)
            return
        began = self.clock()
        while not self._socket_closed.is_set():
            now, last = self.clock(), self._last_audio_at
            assert now - began < PATIENCE_S, "the server says nothing"
            if last is not None and last > began and now - last > PAUSE_S:
                return
            await self._stream_silence(connection, 0.02)


@dataclass(frozen=True)
class Call:
    result: Any
    events: list[dict[str, Any]] = field(repr=False)

    def all(self, kind: str, key: str) -> list[Any]:
        return [event[key] for event in self.events if event["type"] == kind]

    @property
    def said(self) -> str:
        return " ".join(self.all("SpeakingFinished", "text"))


@pytest.fixture(scope="module")
def caller(
    tmp_path_factory: pytest.TempPathFactory, joe: object, base: object, tiny: object
) -> Iterator[Caller]:
    """`warmline serve` with the door open for simulators. The models are there, or it skips."""
    folder = tmp_path_factory.mktemp("twilio")
    log = folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "warmline", "serve", "--port", "0"],
            env={
                **os.environ,
                "WARMLINE_RECORDS_DATABASE": str(folder / "calls.db"),
                "WARMLINE_TWILIO_PUBLIC_URL": "http://127.0.0.1:8080",
                "WARMLINE_TWILIO_INSECURE_LOOPBACK": "true",
            },
            stderr=out,
        )
    try:
        yield Caller(_address(process, log))
    finally:
        process.terminate()
        process.wait(20)
    assert not re.search(r"4527|15550100|Traceback", log.read_text())


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:(?!8080\b)\d+", log.read_text()):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def speak(pcm: Pcm) -> Say:
    """At 16 kHz, as a telephone passes it on."""
    phone = resample(pcm, RATE, 8000)
    phone = phone[: phone.size // 160 * 160]
    return Say(Path("speech"), [g711.encode(part) for part in phone.reshape(-1, 160)])


def test_the_whole_order_status_conversation(
    caller: Caller, say: Callable[[str], Pcm], spell: Callable[[str], Pcm]
) -> None:
    call = caller.call(
        Listen(),
        speak(say("Hello, I'd like to know where my order is.")),
        Listen(),
        speak(spell("4527")),
        Listen(),
        speak(say("Yes, that's right.")),
        Listen(),
        speak(say("No, thank you.")),
        Listen(),
        **{"from": "+15550100"},
    )
    assert "I have 4 5 2 7" in call.said
    assert "on its way" in call.said
    assert call.all("CallEnded", "reason") == ["completed"]
    assert call.all("CallStarted", "door") == ["twilio"]
    assert call.all("CallStarted", "caller") == ["+15550100"]
    assert call.result.closed_by == "agent"
    assert sum(call.all("LineMeasured", "lost")) == 0


def test_the_keypad_and_a_person(caller: Caller) -> None:
    call = caller.call(
        *(Listen(), Dtmf("1"), Listen(), Dtmf("4527"), Listen(), Dtmf("1"), Listen(), Dtmf("*")),
        Hangup(),
    )
    assert call.all("DigitPressed", "digit")[0] == "1"
    assert "I have 4 5 2 7" in call.said
    assert call.all("Escalated", "reason") == ["asked"]
    assert call.all("CallEnded", "reason") == ["caller_hung_up"], "nobody was at the desk"


def test_a_caller_interrupts_and_hangs_up(caller: Caller, beckett: Pcm) -> None:
    call = caller.call(speak(beckett[: 4 * RATE]), Hangup())
    assert call.result.clears_received >= 1, "what was sent is thrown away at the far end"
    assert True in call.all("SpeakingFinished", "interrupted")
    assert call.all("CallEnded", "reason") == ["caller_hung_up"]
