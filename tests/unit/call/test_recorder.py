"""The recording: both tracks, in time, whatever the disk does."""

import asyncio
from pathlib import Path

import numpy as np
import soundfile

from warmline.audio.frame import FRAME, RATE, Frame
from warmline.call.memory import AudioMemory
from warmline.call.recorder import Recorder


def talk(memory: AudioMemory, seconds: float, value: int) -> None:
    for _ in range(round(seconds / 0.02)):
        position = memory.end
        memory.caller(Frame(np.full(FRAME, value, dtype=np.int16), position))
        memory.others(np.full(FRAME, -value, dtype=np.int16), position)


async def test_the_file_holds_both_from_the_beginning_on(tmp_path: Path) -> None:
    memory = AudioMemory()
    talk(memory, 2.0, 1000)  # before anybody agreed
    recorder = Recorder(memory, tmp_path / "calls" / "a.flac", failed=lambda: None)
    await asyncio.sleep(0)
    talk(memory, 3.0, 2000)
    await recorder.close()
    await recorder.close()
    samples, rate = soundfile.read(str(tmp_path / "calls" / "a.flac"), dtype="int16")
    assert (rate, samples.shape) == (RATE, (5 * RATE, 2))
    assert not samples[: 2 * RATE].any(), "what was not allowed is silence"
    assert samples[3 * RATE].tolist() == [2000, -2000]


async def test_a_file_that_cannot_be_written_is_told_and_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    told: list[str] = []
    recorder = Recorder(AudioMemory(), tmp_path / "file" / "a.flac", lambda: told.append("failed"))
    await recorder.close()
    assert told == ["failed"]


async def test_who_refuses_is_recorded_no_further(tmp_path: Path) -> None:
    memory = AudioMemory()
    recorder = Recorder(memory, tmp_path / "a.flac", failed=lambda: None)
    talk(memory, 1.0, 1000)
    recorder.stop()
    await recorder.close()
    talk(memory, 1.0, 2000)
    await recorder.close()
    samples, _ = soundfile.read(str(tmp_path / "a.flac"), dtype="int16")
    assert samples.shape == (RATE, 2)
