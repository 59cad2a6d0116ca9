"""AudioSocket's messages, as Asterisk's sources have them."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.asterisk.audiosocket import (
    HANG_UP,
    MAX_BAD,
    Audio,
    AudioSocketCodec,
    Failed,
    HungUp,
    Identified,
    Key,
    Message,
    encode,
)
from warmline.gateway.wire import WireError

UUID = bytes.fromhex("01001040325ec25efd4bd3805f53576e581d13")
NAME = "40325ec2-5efd-4bd3-805f-53576e581d13"
FRAME_20MS = bytes.fromhex("100140") + bytes(320)
FRAME_30MS = bytes.fromhex("1001e0") + bytes(480)
WIDE_20MS = bytes.fromhex("120280") + bytes(640)
ODD = bytes.fromhex("100003000000")
KEY_5 = bytes.fromhex("03000135")
CALL = UUID + FRAME_20MS + KEY_5 + FRAME_30MS + WIDE_20MS + bytes.fromhex("ff000101") + HANG_UP


def messages(parts: Iterable[bytes]) -> list[Message]:
    codec, found = AudioSocketCodec(), list[Message]()
    for part in parts:
        codec.feed(part)
        while (message := codec.next()) is not None:
            found.append(message)
    return found


def shape(message: Message) -> object:
    if isinstance(message, Audio):
        return message.rate, message.samples.size
    return message


WHOLE = [Identified(NAME), (8_000, 160), Key("5"), (8_000, 240), (16_000, 320), Failed(1), HungUp()]


def test_a_call_is_read() -> None:
    assert [shape(message) for message in messages([CALL])] == WHOLE


@pytest.mark.parametrize("at", range(1, len(UUID + FRAME_20MS + KEY_5) + 4))
def test_where_the_stream_is_cut_makes_no_difference(at: int) -> None:
    assert [shape(message) for message in messages([CALL[:at], CALL[at:]])] == WHOLE


def test_it_may_come_byte_by_byte() -> None:
    found = messages(bytes([byte]) for byte in CALL)
    assert [shape(message) for message in found] == WHOLE


@given(st.lists(st.integers(0, len(CALL)), max_size=8).map(sorted))
def test_cuts_anywhere(places: list[int]) -> None:
    edges = [0, *places, len(CALL)]
    parts = [CALL[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    assert [shape(message) for message in messages(parts)] == WHOLE


@pytest.mark.parametrize(
    ("kind", "rate"),
    list(
        enumerate(
            [8_000, 12_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000], start=0x10
        )
    ),
)
def test_every_rate_has_its_kind_in_both_directions(kind: int, rate: int) -> None:
    pcm = np.array([0, 1000, -1000, 32_767, -32_768], dtype=np.int16)
    sent = encode(pcm, rate)
    assert sent == bytes((kind, 0, 10)) + bytes.fromhex("0000e80318fcff7f0080")
    audio = messages([UUID, sent])[1]
    assert isinstance(audio, Audio)
    assert audio.rate == rate
    assert audio.samples.tolist() == pcm.tolist()


def test_the_largest_audio() -> None:
    audio = messages([UUID, b"\x10\xff\xfe" + bytes(65_534)])[1]
    assert shape(audio) == (8_000, 32_767)
    assert len(encode(np.zeros(32_767, dtype=np.int16), 8_000)) == 3 + 65_534


@pytest.mark.parametrize("digit", "0123456789*#ABCD")
def test_every_key(digit: str) -> None:
    assert messages([UUID, b"\x03\x00\x01" + digit.encode()])[1] == Key(digit)


@pytest.mark.parametrize(
    "strange",
    [
        ODD,
        bytes.fromhex("100000"),
        bytes.fromhex("19000400000000"),
        bytes.fromhex("02000101"),
        b"\x03\x00\x01x",
        b"\x03\x00\x0212",
        b"\x03\x00\x00",
    ],
    ids=["odd", "empty", "rate", "kind", "no key", "two keys", "none"],
)
def test_what_is_not_understood_is_skipped_and_counted(strange: bytes) -> None:
    codec = AudioSocketCodec()
    codec.feed(UUID + strange + KEY_5)
    assert codec.next() == Identified(NAME)
    assert codec.next() == Key("5")
    assert codec.bad == 1


def test_a_peer_that_is_never_understood_is_sent_away() -> None:
    codec = AudioSocketCodec()
    codec.feed(UUID + ODD * MAX_BAD + KEY_5 + ODD)
    assert codec.next() == Identified(NAME)
    assert codec.next() == Key("5")
    with pytest.raises(WireError, match="no known kind or length"):
        codec.next()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (FRAME_20MS, "first message must be the call's UUID"),
        (b"GET / HTTP/1.1\r\n\r\n", "first message must be the call's UUID"),
        (HANG_UP, "first message must be the call's UUID"),
        (bytes.fromhex("01000f") + bytes(15), "16 bytes, not 15"),
        (bytes.fromhex("01ffff"), "16 bytes, not 65535"),
        (UUID + UUID, "send it once"),
    ],
)
def test_a_stream_that_is_no_call(data: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why) as raised:
        messages([data])
    assert raised.value.code == "bad_message"


def test_an_error_without_its_byte() -> None:
    assert messages([UUID, b"\xff\x00\x00"])[1] == Failed(0)


@given(st.lists(st.binary(max_size=300), max_size=20), st.booleans())
def test_no_bytes_do_harm(parts: list[bytes], named: bool) -> None:
    try:
        found = messages([UUID, *parts] if named else parts)
    except WireError:
        return
    assert all(isinstance(message, Message) for message in found)
