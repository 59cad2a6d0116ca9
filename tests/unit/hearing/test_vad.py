"""The detector on sounds that are no voice. (On voices: tests/real.)"""

import numpy as np
import pytest

from warmline.audio.frame import RATE, Pcm
from warmline.hearing.vad import _HOLD, CHUNK, SileroDetector, SileroModel


@pytest.fixture(scope="module")
def model() -> SileroModel:
    return SileroModel()


def probabilities(detector: SileroDetector, samples: Pcm) -> list[float]:
    whole = samples[: samples.size // CHUNK * CHUNK].reshape(-1, CHUNK)
    return [detector.probability(chunk) for chunk in whole]


def noise(seconds: float, level: float, seed: int = 1) -> Pcm:
    sound = np.random.default_rng(seed).normal(0, level * 32_767, int(seconds * RATE))
    return np.clip(sound, -32_768, 32_767).astype(np.int16)


def tone(seconds: float, hertz: float, level: float) -> Pcm:
    wave = np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)
    return (level * 32_767 * wave).astype(np.int16)


def babble(seconds: float) -> Pcm:
    """A buzz of 120 Hz in syllables: loud enough to open the gate."""
    time = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 25))
    return (6_000 * np.asarray(buzz) * (np.sin(2 * np.pi * 4 * time) > 0)).astype(np.int16)


def test_silence_is_no_voice_and_costs_nothing(
    model: SileroModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = SileroDetector(model)
    monkeypatch.setattr(detector, "_session", None)
    assert set(probabilities(detector, np.zeros(2 * RATE, dtype=np.int16))) == {0.0}


@pytest.mark.parametrize(
    "sound",
    [noise(3, 0.003), noise(3, 0.03), noise(3, 0.3), tone(3, 440, 0.3), tone(3, 50, 0.3)],
    ids=["hiss", "noise", "loud noise", "beep", "hum"],
)
def test_noise_is_hardly_ever_a_voice(model: SileroModel, sound: Pcm) -> None:
    found = probabilities(SileroDetector(model), sound)
    assert all(0.0 <= probability <= 1.0 for probability in found)
    assert np.mean(np.array(found) > 0.5) < 0.1


@pytest.mark.parametrize("level", [32_767, -32_768])
def test_full_scale_is_no_harm(model: SileroModel, level: int) -> None:
    found = probabilities(SileroDetector(model), np.full(RATE, level, dtype=np.int16))
    assert np.isfinite(found).all()


def test_silence_shuts_the_gate_and_a_sound_after_it_is_heard_afresh(model: SileroModel) -> None:
    """What came long before changes nothing: the model's memory does not drift."""
    quiet = np.zeros(2 * RATE // CHUNK * CHUNK, dtype=np.int16)
    used, fresh = SileroDetector(model), SileroDetector(model)
    assert max(probabilities(used, babble(3))) > 0.0
    after = probabilities(used, quiet)
    assert set(after[_HOLD:]) == {0.0}
    assert set(probabilities(fresh, quiet)) == {0.0}
    assert probabilities(used, babble(1)) == probabilities(fresh, babble(1))


def test_detectors_share_the_weights_and_no_memory(model: SileroModel) -> None:
    alone, first, second = (SileroDetector(model) for _ in range(3))
    sound, other = babble(1), noise(1, 0.3)
    expected = probabilities(alone, sound)
    heard = []
    for start in range(0, RATE - CHUNK + 1, CHUNK):
        heard.append(first.probability(sound[start : start + CHUNK]))
        second.probability(other[start : start + CHUNK])
    assert heard == expected
