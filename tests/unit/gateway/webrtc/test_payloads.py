"""Lengths of Opus packets and keys of RFC 4733, by the documents' tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.webrtc.payloads import KeyPresses, opus_ms


@pytest.mark.parametrize(
    ("payload", "ms"),
    [
        (b"", 0),
        (bytes([1 << 3]), 20),  # SILK, narrow band, 20 ms
        (bytes([3 << 3]), 60),
        (bytes([9 << 3 | 0]), 20),  # SILK, wide band
        (bytes([12 << 3]), 10),  # hybrid
        (bytes([31 << 3]), 20),  # CELT, full band
        (bytes([28 << 3]), 2.5),
        (bytes([9 << 3 | 1]), 40),  # two frames
        (bytes([9 << 3 | 3, 3]), 60),  # three frames
        (bytes([9 << 3 | 3]), 0),  # their number is missing
        (bytes([9 << 3 | 3, 0]), 0),
        (b"\xff\xff\xff", 0),  # 63 frames of 20 ms
        (bytes([9 << 3]) + bytes(5000), 0),
    ],
)
def test_how_much_audio_is_in_an_opus_packet(payload: bytes, ms: float) -> None:
    assert opus_ms(payload) == ms


@given(st.binary(max_size=50))
def test_any_bytes_have_a_sensible_length(payload: bytes) -> None:
    assert 0 <= opus_ms(payload) <= 120


@pytest.mark.parametrize(
    ("payload", "key"),
    [("018a03c0", "1"), ("028a03c0", "2"), ("0b8a03c0", "#"), ("0a0a0000", "*"), ("0f0a0000", "D")],
)
def test_a_key(payload: str, key: str) -> None:
    assert KeyPresses().push(1, 100, bytes.fromhex(payload)) == key


def press(timestamp: int, event: int = 5) -> list[tuple[int, bytes]]:
    """All packets of one press: three that grow, three that end it."""
    ends = [0x0A] * 3 + [0x8A] * 3
    return [(timestamp, bytes([event, end]) + (160 * n).to_bytes(2)) for n, end in enumerate(ends)]


@pytest.mark.parametrize("kept", [slice(0, 6), slice(3, 6), slice(0, 1), slice(5, 6)])
def test_a_press_is_told_once_whichever_of_its_packets_come(kept: slice) -> None:
    keys = KeyPresses()
    packets = press(100)[kept] + press(5000)[kept] + press(100)[kept]
    told = [key for at, payload in packets if (key := keys.push(7, at, payload))]
    assert told == ["5", "5"]


@pytest.mark.parametrize("payload", ["", "01", "018a03", "108a03c0", "ff8a03c0"])
def test_what_is_no_key(payload: str) -> None:
    assert KeyPresses().push(1, 1, bytes.fromhex(payload)) is None


@given(st.integers(), st.integers(), st.binary(max_size=8))
def test_any_bytes_are_a_key_or_nothing(ssrc: int, timestamp: int, payload: bytes) -> None:
    key = KeyPresses().push(ssrc, timestamp, payload)
    assert key is None or key in "0123456789*#ABCD"
