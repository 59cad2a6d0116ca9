"""Payloads of any length, in the formats that there are; all others are refused."""

from base64 import b64encode
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.twilio.formats import MAX_PAYLOAD, AudioFormat, BadPayload, audio_format
from warmline.gateway.wire import WireError

MULAW = AudioFormat("mulaw", 8000)
LINEAR = AudioFormat("pcm16", 16000)


def b64(data: bytes) -> str:
    return b64encode(data).decode()


@pytest.mark.parametrize("size", [1, 160, 161, 8000, MAX_PAYLOAD])
def test_mulaw_of_any_length(size: int) -> None:
    pcm = MULAW.decode(b64(bytes([0x80]) * size))
    assert pcm.tolist() == [32124] * size


def test_linear_is_little_endian() -> None:
    assert LINEAR.decode(b64(b"\x01\x00\xff\x7f")).tolist() == [1, 32767]
    assert LINEAR.encode(np.array([1, 32767], dtype=np.int16)) == b64(b"\x01\x00\xff\x7f")


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (None, "empty"),
        (7, "empty"),
        ("", "empty"),
        ("=", "not base64"),
        ("////w", "not base64"),
        ("//\n//", "not base64"),
        ("_-_-", "not base64"),
        ("/é//", "not base64"),
        (b64(bytes(MAX_PAYLOAD + 1)), "too long"),
        ("/" * 60_000, "too long"),
    ],
)
def test_bad_payloads(payload: object, why: str) -> None:
    with pytest.raises(BadPayload, match=why):
        MULAW.decode(payload)


def test_half_a_sample() -> None:
    with pytest.raises(BadPayload, match="half"):
        LINEAR.decode(b64(bytes(321)))


@given(st.binary(min_size=1, max_size=500))
def test_mulaw_comes_back(data: bytes) -> None:
    assert MULAW.decode(MULAW.encode(MULAW.decode(b64(data)))).tolist() == (
        MULAW.decode(b64(data)).tolist()
    )


def test_alaw_comes_back() -> None:
    a_law = AudioFormat("alaw", 8000)
    codes = b64(bytes(range(256)))
    assert a_law.encode(a_law.decode(codes)) == codes


def test_silence_is_what_the_standard_says() -> None:
    assert MULAW.encode(np.zeros(160, dtype=np.int16)) == "/" * 213 + "w=="


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}, MULAW),
        ({"encoding": "audio/x-mulaw", "sampleRate": "8000"}, MULAW),
        ({"encoding": "PCMU", "sample_rate": 8000, "channels": "1"}, MULAW),
        ({"encoding": "PCMA", "sample_rate": 8000, "channels": 1}, AudioFormat("alaw", 8000)),
        ({"encoding": "L16", "sample_rate": 16000, "channels": 1}, LINEAR),
        ({"encoding": "audio/x-l16;rate=16000", "sampleRate": 16000}, LINEAR),
        ({"encoding": "L16@24000h", "sampleRate": 24000}, AudioFormat("pcm16", 24000)),
    ],
)
def test_formats(told: dict[str, Any], expected: AudioFormat) -> None:
    assert audio_format(told) == expected


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"encoding": "audio/x-mulaw"},
        {"encoding": "audio/x-mulaw", "sampleRate": 16000},
        {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 2},
        {"encoding": "PCMA", "sample_rate": 16000},
        {"encoding": "OPUS", "sample_rate": 48000},
        {"encoding": "L16", "sample_rate": 44100},
        {"encoding": ["audio/x-mulaw"], "sampleRate": 8000},
    ],
)
def test_what_would_be_noise_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(WireError, match="mu-law") as refused:
        audio_format(told)
    assert (refused.value.code, refused.value.close_code) == ("unsupported_audio", 1003)
