"""Opus and G.711 there and back; bad packets cost only themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.audio.frame import Pcm
from warmline.gateway.webrtc.codec import Decoder, Encoder, rate_of

CODECS = ["opus", "pcmu", "pcma"]


def tone(rate: int, frames: int) -> Pcm:
    at = np.arange(frames * rate // 50) / rate
    return np.asarray(8000 * np.sin(2 * np.pi * 440 * at), dtype=np.int16)


def coded(codec: str, frames: int, *, in_band_fec: bool = False) -> list[bytes]:
    encoder, rate = Encoder(codec, in_band_fec=in_band_fec), rate_of(codec)
    pcm = tone(rate, frames).reshape(frames, -1)
    return [bytes(packet) for frame in pcm if (packet := encoder.encode(frame)) is not None]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("in_band_fec", [False, True])
def test_a_tone_comes_back_at_its_pitch_and_strength(codec: str, in_band_fec: bool) -> None:
    payloads = coded(codec, 50, in_band_fec=in_band_fec)
    assert len(payloads) == 50
    decoder, rate = Decoder(codec), rate_of(codec)
    parts = [decoder.decode(payload) for payload in payloads]
    pcm = np.concatenate([part for part in parts if part is not None])
    assert pcm.size == rate
    steady = pcm[rate // 4 :].astype(float)
    spectrum = np.abs(np.fft.rfft(steady))
    pitch = np.fft.rfftfreq(steady.size, 1 / rate)[spectrum.argmax()]
    assert pitch == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(steady**2)) == pytest.approx(8000 / np.sqrt(2), rel=0.15)


@pytest.mark.parametrize(("codec", "ticks"), [("opus", 960), ("pcmu", 160), ("pcma", 160)])
def test_timestamps_advance_by_exactly_20_ms(codec: str, ticks: int) -> None:
    encoder, silence = Encoder(codec), np.zeros(rate_of(codec) // 50, dtype=np.int16)
    packets = [encoder.encode(silence) for _ in range(100)]
    assert [p.pts for p in packets if p is not None] == [n * ticks for n in range(100)]


def test_after_long_silence_the_voice_is_whole_again() -> None:
    encoder, decoder = Encoder("opus"), Decoder("opus")
    frames = [np.zeros(320, np.int16)] * 100 + list(tone(16_000, 30).reshape(30, -1))
    packets = [packet for frame in frames if (packet := encoder.encode(frame)) is not None]
    assert len({bytes(packet) for packet in packets[50:100]}) == 1
    assert [packet.pts for packet in packets] == [n * 960 for n in range(130)]
    heard = [decoder.decode(bytes(packet)) for packet in packets]
    assert all(pcm is not None and np.abs(pcm).max() < 20 for pcm in heard[20:100])
    assert all(pcm is not None and np.abs(pcm).max() > 6000 for pcm in heard[105:])


def test_opus_speech_is_small() -> None:
    assert sum(map(len, coded("opus", 100))) * 8 / 2 < 40_000


@pytest.mark.parametrize("bad", [b"\xff\xff\xff", b"", b"\x7f", bytes(2000), b"\xff" * 300])
def test_a_bad_packet_does_not_deafen(bad: bytes) -> None:
    decoder, payloads = Decoder("opus"), coded("opus", 20)
    for payload in payloads[:10]:
        decoder.decode(payload)
    decoder.decode(bad)
    after = [decoder.decode(payload) for payload in payloads[10:]]
    assert all(pcm is not None and pcm.size >= 320 for pcm in after)
    last = after[-1]
    assert last is not None
    assert np.abs(last).max() > 4000


@pytest.mark.parametrize("codec", CODECS)
@given(payload=st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_whole_frames_or_nothing(codec: str, payload: bytes) -> None:
    decoder = Decoder(codec)
    assert 0 <= decoder.slots(payload) <= 6
    pcm = decoder.decode(payload)
    assert pcm is None or pcm.dtype == np.int16


@pytest.mark.parametrize(
    ("codec", "payload", "slots"),
    [
        ("pcmu", bytes(160), 1),
        ("pcmu", bytes(480), 3),
        ("pcma", bytes(80), 0),  # 10 ms
        ("pcmu", bytes(2000), 0),  # 250 ms
        ("opus", bytes([9 << 3, 0]), 1),
        ("opus", bytes([8 << 3, 0]), 0),
        ("opus", b"\xff\xff\xff", 0),
    ],
)
def test_how_many_frames_are_in_a_packet(codec: str, payload: bytes, slots: int) -> None:
    assert Decoder(codec).slots(payload) == slots
