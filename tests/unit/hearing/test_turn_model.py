import json
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from warmline.audio.frame import RATE, Pcm
from warmline.hearing.turn_model import RemoteTurnModel, log_mel
from warmline.inference.pipe import Message
from warmline.inference.pool import WorkerPool


def tone(hz: float, seconds: float) -> Pcm:
    at = np.arange(int(seconds * RATE)) / RATE
    return (8_000 * np.sin(2 * np.pi * hz * at)).astype(np.int16)


def test_the_features_cover_eight_seconds_whatever_was_said() -> None:
    for seconds in (0, 0.5, 8, 20):
        mel = log_mel(tone(440, seconds))
        assert mel.shape == (80, 800) and mel.dtype == np.float32
        assert np.isfinite(mel).all()
        assert np.ptp(mel) <= 2.0 + 1e-6, "eight decades, divided by four"


def test_what_is_shorter_stands_at_the_end() -> None:
    mel = log_mel(tone(440, 1))
    assert mel[:, :695].max() < mel[:, 705:].max() - 1
    np.testing.assert_array_equal(log_mel(tone(440, 20)), log_mel(tone(440, 20)[-8 * RATE :]))


def test_how_loud_it_is_makes_no_difference() -> None:
    quiet = (tone(440, 3) / 4).astype(np.int16)
    np.testing.assert_allclose(log_mel(quiet), log_mel(tone(440, 3)), atol=0.2)


@pytest.mark.parametrize(("hz", "mel"), [(200, 4), (1_000, 26), (4_000, 62)])
def test_a_tone_stands_on_its_mel(hz: float, mel: int) -> None:
    """The Slaney scale: 81 steps up to 8 kHz (45.25 mels); 1 kHz is 15 mels."""
    assert abs(int(log_mel(tone(hz, 8)).mean(axis=1).argmax()) - mel) <= 1


@dataclass
class FakePool:
    asked: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)

    async def ask(
        self, head: dict[str, Any], body: bytes, *, priority: int, within_s: float
    ) -> Message:
        self.asked.append((json.loads(json.dumps(head)), body))
        return Message({"id": 1, "finished": 0.25})


async def test_only_the_last_seconds_cross_the_wire() -> None:
    pool = FakePool()
    samples = np.arange(10 * RATE).astype(np.int16)
    assert await RemoteTurnModel(cast(WorkerPool, pool)).finished(samples) == 0.25
    ((_, body),) = pool.asked
    np.testing.assert_array_equal(np.frombuffer(body, dtype=np.int16), samples[-8 * RATE :])
