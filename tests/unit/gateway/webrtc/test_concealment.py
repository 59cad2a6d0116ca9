"""Made-up audio: it goes on like a voice, fades, and joins without a click."""

import numpy as np
import pytest

from warmline.audio.frame import Pcm
from warmline.gateway.webrtc.concealment import Concealer


def voice(rate: int, hertz: float, frames: int) -> Pcm:
    at = np.arange(frames * rate // 50) / rate
    wave = sum(np.sin(2 * np.pi * hertz * n * at) / n for n in (1, 2, 3))
    return np.asarray(wave * 6000, dtype=np.int16)


def level(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean(pcm.astype(np.float64) ** 2)))


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
@pytest.mark.parametrize("hertz", [80.0, 110.0, 210.0, 320.0])
def test_a_lost_frame_sounds_like_the_voice_would_have(rate: int, hertz: float) -> None:
    frame = rate // 50
    whole = voice(rate, hertz, 10)
    concealer = Concealer(rate)
    for at in range(0, 6 * frame, frame):
        concealer.real(whole[at : at + frame])
    made = concealer.made_up()
    assert made.size == frame
    half = slice(0, rate // 100)  # before it fades
    missed = made[half].astype(float) - whole[6 * frame : 7 * frame][half]
    assert level(missed.astype(np.int16)) < 0.35 * level(whole[: 6 * frame])


def test_it_fades_to_nothing_within_100_ms() -> None:
    concealer = Concealer(16_000)
    for at in range(5):
        concealer.real(voice(16_000, 150, 5)[at * 320 : (at + 1) * 320])
    levels = [level(concealer.made_up()) for _ in range(6)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > 2000
    assert levels[5] == 0


def test_there_is_no_click_where_the_voice_comes_back() -> None:
    whole, concealer = voice(16_000, 120, 20), Concealer(16_000)
    out = []
    for number in range(20):
        frame = whole[number * 320 : (number + 1) * 320]
        out.append(concealer.made_up() if number in (8, 9) else concealer.real(frame))
    steps = np.abs(np.diff(np.concatenate(out).astype(int)))
    usual = np.abs(np.diff(whole.astype(int))).max()
    assert steps.max() <= 1.5 * usual


def test_silence_stays_silent() -> None:
    concealer = Concealer(8_000)
    assert not concealer.made_up().any()
    concealer.real(np.zeros(160, dtype=np.int16))
    assert not concealer.made_up().any()


def test_what_it_hears_is_not_changed() -> None:
    concealer, frame = Concealer(16_000), voice(16_000, 100, 1)
    concealer.made_up()
    before = frame.copy()
    concealer.real(frame)
    assert (frame == before).all()


def test_two_frames_become_one_that_begins_and_ends_like_them() -> None:
    first, second = np.full(320, 1000, np.int16), np.full(320, -3000, np.int16)
    merged = Concealer(16_000).merged(first, second)
    assert merged.size == 320
    assert (merged[0], merged[-1]) == (1000, -3000)


def test_the_loudest_does_not_wrap() -> None:
    concealer = Concealer(16_000)
    for _ in range(3):
        concealer.real(np.tile(np.array([32_767, -32_768], np.int16), 160))
    assert level(concealer.made_up()) > 20_000
