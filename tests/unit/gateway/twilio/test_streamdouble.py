"""The door with a simulator of Media Streams that is not ours (PyPI `streamdouble`)."""

import asyncio
import json
import sys
import wave
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamdouble.protocol import StreamIdentity  # type: ignore[import-untyped]
from streamdouble.scenario import Dtmf, Expect, Hangup, Say, Scenario, Wait, WaitFor  # type: ignore[import-untyped]
from streamdouble.session import Session, SessionConfig  # type: ignore[import-untyped]

from warmline.audio import g711
from warmline.audio.frame import Frame
from warmline.gateway.twilio.settings import TwilioSettings
from warmline.ports import Digit, Line, LineStats, MarkPlayed

ProviderOf = Callable[..., AbstractAsyncContextManager[Any]]
SimulatedCall = Callable[..., Any]
CALL = "CA00000000000000000000000000000001"
LOCAL = TwilioSettings(public_url="http://127.0.0.1:8080", insecure_loopback=True)
TONE = (8000 * np.sin(np.arange(8000) * 2 * np.pi * 440 / 8000)).astype(np.int16)
"""A second at 8 kHz."""
SPEECH = [g711.encode(TONE[at : at + 160]) for at in range(0, 4800, 160)]


class Agent:
    """Greets; when the caller speaks up it stops and answers once; `#` ends the call."""

    def __init__(self) -> None:
        self.answered = False
        self.loud = 0
        self.frames = 0
        self.digits = ""
        self.played: list[str] = []
        self.gone = ""
        self.stats = LineStats()
        self.over = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        await line.started("c1")
        await line.play(np.tile(TONE, 3))
        line.mark("greeting")
        async for event in line:
            match event:
                case Frame(samples=samples):
                    self.frames += 1
                    self.loud += int(np.abs(samples).max()) > 2000
                    if self.loud > 5 and not self.answered:
                        self.answered = True
                        line.clear()
                        await line.play(TONE[:3200])
                        line.mark("answer")
                case Digit(digit):
                    self.digits += digit
                    if digit == "#":
                        await line.hang_up("completed")
                case MarkPlayed(name):
                    self.played.append(name)
                case _:
                    pass
        self.gone, self.stats = line.gone, line.stats
        self.over.set()


async def test_a_barge_in(provider_of: ProviderOf, simulated_call: SimulatedCall) -> None:
    scenario = Scenario(
        name="barge in",
        steps=[
            WaitFor("audio"),
            Say(Path("speech"), SPEECH),
            WaitFor("clear"),
            Expect("clear"),
            WaitFor("mark"),
            Dtmf("4*"),
            Expect("no_violations"),
        ],
    )
    agent = Agent()
    config = SessionConfig(quiet_period_s=0.3)
    async with provider_of(agent, LOCAL) as provider:
        url = f"ws://{provider.host}/twilio/media"
        report = await simulated_call(url, scenario=scenario, config=config)
        async with asyncio.timeout(5):
            await agent.over.wait()
    assert report.violations == []
    assert report.result.failed_expectations == []
    assert report.result.clears_received == 1
    assert report.result.marks_echoed == ["answer"]
    assert agent.played == ["answer"], "the greeting was cut"
    assert agent.digits == "4*"
    assert agent.gone == "caller_hung_up"
    assert agent.loud >= len(SPEECH) - 1
    assert agent.stats.lost == agent.stats.dropped == 0


async def test_a_token_and_our_hang_up(provider_of: ProviderOf) -> None:
    agent = Agent()
    async with provider_of(agent) as provider:
        session = Session(
            f"ws://{provider.host}/twilio/media",
            scenario=Scenario(name="#", steps=[WaitFor("audio"), Dtmf("#"), Wait(5.0)]),
            config=SessionConfig(custom_parameters=await provider.parameters()),
            identity=StreamIdentity(call_sid=CALL),
        )
        result = await session.run()
    assert result.violations == []
    assert result.closed_by == "agent"
    assert (agent.gone, agent.digits) == ("completed", "#")


async def test_a_caller_who_slams_down(provider_of: ProviderOf) -> None:
    agent = Agent()
    async with provider_of(agent, LOCAL) as provider:
        scenario = Scenario(name="slam", steps=[WaitFor("audio"), Hangup()])
        result = await Session(f"ws://{provider.host}/twilio/media", scenario=scenario).run()
        async with asyncio.timeout(5):
            await agent.over.wait()
    assert result.violations == []
    assert agent.gone == "caller_hung_up"


@pytest.fixture
def speech_file(tmp_path: Path) -> Path:
    file = tmp_path / "speech.wav"
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(np.concatenate([TONE, TONE]).astype("<i2").tobytes())
    return file


async def test_its_command_line_with_loss_and_jitter(
    provider_of: ProviderOf, speech_file: Path
) -> None:
    """It tells lost packets by their timestamps alone: its messages are numbered on."""
    agent = Agent()
    async with provider_of(agent, LOCAL) as provider:
        options = "--json --quiet-period 0.3 --packet-loss 0.1 --jitter 30 --chaos-seed 7"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streamdouble.cli", "call"),
            *(f"ws://{provider.host}/twilio/media", "--audio", str(speech_file), *options.split()),
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            printed, _ = await process.communicate()
            await agent.over.wait()
    report = json.loads(printed)
    assert process.returncode == report["exit_code"] == 0
    assert report["frames_dropped"] > 0
    missed = report["frames_dropped"] - agent.stats.lost
    assert 0 <= missed <= 3, "what is lost before the first and behind the last frame is unknown"
