"""From packets to frames, with real codecs and simulated time."""

import random

import numpy as np
import pytest

from warmline.audio.frame import Pcm
from warmline.gateway.webrtc.codec import Encoder, rate_of
from warmline.gateway.webrtc.ear import SILENT_S, Ear

CLOCK = {"opus": 48_000, "pcmu": 8_000, "pcma": 8_000}


def voice(codec: str, frames: int) -> list[bytes]:
    rate, encoder = rate_of(codec), Encoder(codec)
    at = np.arange(frames * rate // 50) / rate
    pcm = (7000 * np.sin(2 * np.pi * 200 * at)).astype(np.int16).reshape(frames, -1)
    return [bytes(packet) for frame in pcm if (packet := encoder.encode(frame)) is not None]


def hear(ear: Ear, codec: str, payloads: dict[int, bytes], seconds: float) -> list[Pcm]:
    """Packet `n` comes at `n * 20 ms`; the frames of so many seconds."""
    frames, ticks = [], CLOCK[codec] // 50
    for number in range(round(seconds * 50)):
        now = number * 0.02
        if number in payloads:
            ear.push(
                seq=number, timestamp=number * ticks, ssrc=9, payload=payloads[number], now=now
            )
        while ear.due is not None and ear.due < now + 0.0199:
            frames.append(ear.pull(ear.due))
    return frames


@pytest.mark.parametrize("codec", CLOCK)
def test_what_was_said_is_heard(codec: str) -> None:
    ear = Ear(codec, CLOCK[codec])
    frames = hear(ear, codec, dict(enumerate(voice(codec, 50))), 1.0)
    assert {frame.size for frame in frames} == {rate_of(codec) // 50}
    assert len(frames) >= 48
    assert np.abs(frames[-1]).max() > 5000
    assert ear.quality.received == 50
    assert ear.quality.delay_ms == pytest.approx(30, abs=5)


def test_losses_are_made_up_and_counted() -> None:
    ear, rng = Ear("opus", 48_000), random.Random(4)
    payloads = {n: p for n, p in enumerate(voice("opus", 200)) if n < 5 or rng.random() > 0.1}
    frames = hear(ear, "opus", payloads, 4.0)
    quality = ear.quality
    assert quality.lost == 200 - len(payloads) or quality.lost == 199 - len(payloads)
    assert quality.concealed >= quality.lost
    assert all(np.abs(frame).max() > 1500 for frame in frames[10:-1]), "a hole in the voice"


@pytest.mark.parametrize("bad", [b"\xff\xff\xff", b"", b"\x48" * 3])
def test_bad_packets_cost_their_own_audio(bad: bytes) -> None:
    payloads = dict(enumerate(voice("opus", 100))) | {50: bad, 51: bad}
    ear = Ear("opus", 48_000)
    frames = hear(ear, "opus", payloads, 2.0)
    assert np.abs(frames[-1]).max() > 5000
    assert ear.quality.lost == 0


def test_silence_follows_when_the_packets_stop_and_then_nothing() -> None:
    ear = Ear("pcmu", 8_000)
    frames = hear(ear, "pcmu", dict(enumerate(voice("pcmu", 50))), 10.0)
    assert len(frames) == pytest.approx((1.0 + SILENT_S) * 50, abs=3)
    assert not frames[-1].any()
    assert ear.due is None


def test_the_caller_who_comes_back_is_heard_at_once() -> None:
    ear, payloads = Ear("pcmu", 8_000), voice("pcmu", 100)
    coming = dict(enumerate(payloads[:50])) | {600 + n: p for n, p in enumerate(payloads[50:])}
    frames = hear(ear, "pcmu", coming, 13.0)
    assert np.abs(frames[-1]).max() > 5000
    assert len(frames) == pytest.approx((1.0 + SILENT_S + 1.0) * 50, abs=5)


def test_a_key_among_the_packets_is_no_loss() -> None:
    ear, payloads = Ear("pcmu", 8_000), voice("pcmu", 60)
    for number, payload in enumerate(payloads):
        if 20 <= number < 26:
            ear.other(seq=number)
        else:
            ear.push(seq=number, timestamp=number * 160, ssrc=1, payload=payload, now=number * 0.02)
        while ear.due is not None and ear.due < number * 0.02 + 0.0199:
            ear.pull(ear.due)
    assert ear.quality.lost == 0
