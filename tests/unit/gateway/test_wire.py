"""The wire codec: every message form, every refusal, both encodings."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import warmline.gateway.wire
from warmline.audio import g711
from warmline.gateway.wire import (
    Clear,
    Dtmf,
    Ended,
    Error,
    MarkSet,
    ServerMessage,
    Start,
    Started,
    Stop,
    WireCodec,
    WireError,
    schema,
)

START: dict[str, Any] = {"type": "start", "encoding": "pcm16", "rate": 16000}
DTMF: dict[str, Any] = {"type": "dtmf", "digit": "5"}
SECRET = "5550100"  # stands for what a caller is called, or presses


def started(**changes: object) -> WireCodec:
    codec = WireCodec()
    codec.text(json.dumps(START | changes))
    return codec


def refusal(codec: WireCodec, message: str | bytes) -> WireError:
    with pytest.raises(WireError) as raised:
        codec.text(message) if isinstance(message, str) else codec.binary(message)
    return raised.value


@pytest.mark.parametrize("encoding", ["pcm16", "mulaw"])
@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_start_in_every_format(encoding: str, rate: int) -> None:
    text = json.dumps(START | {"encoding": encoding, "rate": rate, "caller": "+1 555", "flow": "f"})
    start = WireCodec().text(text)
    assert isinstance(start, Start)
    assert (start.encoding, start.rate, start.caller, start.flow) == (encoding, rate, "+1 555", "f")


def test_start_needs_no_caller_and_no_flow() -> None:
    codec = started()
    assert codec.start == Start(type="start", encoding="pcm16", rate=16000)
    assert codec.start is not None
    assert codec.start.caller == codec.start.flow == ""


@pytest.mark.parametrize("digit", "0123456789*#ABCD")
def test_every_digit(digit: str) -> None:
    message = started().text(json.dumps(DTMF | {"digit": digit}))
    assert isinstance(message, Dtmf)
    assert message.digit == digit


def test_stop() -> None:
    assert started().text('{"type": "stop"}') == Stop(type="stop")


BAD_START: list[tuple[dict[str, object], str, int]] = [
    ({"encoding": "opus"}, "unsupported_audio", 1003),
    ({"encoding": None}, "unsupported_audio", 1003),
    ({"rate": 44100}, "unsupported_audio", 1003),
    ({"rate": "16000"}, "unsupported_audio", 1003),
    ({"rate": 16000.5}, "unsupported_audio", 1003),
    ({"rate": 1e999}, "bad_json", 1007),
    ({"caller": SECRET * 10}, "bad_message", 1008),
    ({"caller": f"{SECRET}\n"}, "bad_message", 1008),
    ({"caller": f"{SECRET}\ud800"}, "bad_message", 1008),
    ({"caller": int(SECRET)}, "bad_message", 1008),
    ({"flow": "f" * 65}, "bad_message", 1008),
    ({SECRET: 1}, "bad_message", 1008),
    ({"type": "dtmf"}, "bad_message", 1008),
]


@pytest.mark.parametrize(("changes", "code", "close_code"), BAD_START)
def test_bad_start(changes: dict[str, object], code: str, close_code: int) -> None:
    error = refusal(WireCodec(), json.dumps(START | changes))
    assert (error.code, error.close_code) == (code, close_code)
    assert SECRET not in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize("missing", ["encoding", "rate"])
def test_a_start_without_its_format_is_a_bad_message(missing: str) -> None:
    text = json.dumps({key: value for key, value in START.items() if key != missing})
    assert refusal(WireCodec(), text).code == "bad_message"


BAD_TEXT = [
    ("", "bad_json", 1007),
    ("{", "bad_json", 1007),
    ('{"type": NaN}', "bad_json", 1007),
    ('{"type": "stop", "x": Infinity}', "bad_json", 1007),
    ('{"type": "stop", "type": "dtmf"}', "bad_json", 1007),
    ("[" * 30_000, "bad_json", 1007),
    ('{"a":' * 10_000, "bad_json", 1007),
    ("1" * 5_000, "bad_json", 1007),
    ("[]", "bad_message", 1008),
    ('"stop"', "bad_message", 1008),
    ("null", "bad_message", 1008),
    ("{}", "bad_message", 1008),
    ('{"type": "hello"}', "bad_message", 1008),
    ('{"type": ["stop"]}', "bad_message", 1008),
    ('{"type": "dtmf"}', "bad_message", 1008),
    ('{"type": "dtmf", "digit": "55"}', "bad_message", 1008),
    ('{"type": "dtmf", "digit": 5}', "bad_message", 1008),
    ('{"type": "stop", "5550100": "5550100"}', "bad_message", 1008),
    (json.dumps(START), "bad_message", 1008),
    ("x" * 65_537, "too_big", 1009),
    ("é" * 40_000, "too_big", 1009),
]


@pytest.mark.parametrize(("text", "code", "close_code"), BAD_TEXT)
def test_bad_text(text: str, code: str, close_code: int) -> None:
    error = refusal(started(), text)
    assert (error.code, error.close_code) == (code, close_code)
    assert SECRET not in str(error)


@pytest.mark.parametrize("text", ['{"type": "stop"}', json.dumps(DTMF)])
def test_start_comes_first(text: str) -> None:
    assert refusal(WireCodec(), text).code == "bad_message"


def test_no_audio_before_start() -> None:
    codec = WireCodec()
    assert codec.binary(b"").size == 0
    error = refusal(codec, b"\0\0")
    assert (error.code, error.close_code) == ("audio_before_start", 1008)


def test_pcm16_is_little_endian() -> None:
    codec = started()
    assert codec.binary(b"\x01\x00\x00\x80").tolist() == [1, -32768]
    assert codec.encode(np.array([1, -32768], dtype=np.int16)) == b"\x01\x00\x00\x80"


def test_mulaw_has_one_byte_a_sample() -> None:
    codec = started(encoding="mulaw", rate=8000)
    samples = codec.binary(b"\xff\x00\x80")
    assert samples.tolist() == g711.decode(b"\xff\x00\x80").tolist()
    assert codec.encode(samples) == b"\xff\x00\x80"


@pytest.mark.parametrize(
    ("size", "code", "close_code"), [(1, "odd_bytes", 1007), (65_538, "too_big", 1009)]
)
def test_bad_audio(size: int, code: str, close_code: int) -> None:
    error = refusal(started(), bytes(size))
    assert (error.code, error.close_code) == (code, close_code)


def test_the_largest_audio_and_none() -> None:
    assert started().binary(bytes(65_536)).size == 32_768
    assert started().binary(b"").size == 0


def test_encoding_needs_a_start() -> None:
    with pytest.raises(RuntimeError, match="before start"):
        WireCodec().encode(np.zeros(1, dtype=np.int16))


@given(st.text() | st.binary())
def test_any_input_is_a_message_or_a_wire_error(message: str | bytes) -> None:
    for codec in (WireCodec(), started(), started(encoding="mulaw")):
        try:
            codec.text(message) if isinstance(message, str) else codec.binary(message)
        except WireError as error:
            assert error.close_code in (1003, 1007, 1008, 1009)


SERVER: list[ServerMessage] = [
    Started(call_id="c1"),
    MarkSet(name="m"),
    Clear(),
    Ended(reason="completed"),
    Error(code="too_big", message="text: a message may have 65536 bytes"),
]


def test_the_schema_file_is_current() -> None:
    path = Path(warmline.gateway.wire.__file__).with_name("audio.v1.schema.json")
    assert json.loads(path.read_text()) == schema(), "run python -m warmline.gateway.wire > FILE"


@pytest.mark.parametrize("message", SERVER)
def test_server_messages_fit_the_schema(message: ServerMessage) -> None:
    jsonschema.validate(json.loads(message.model_dump_json()), schema())


def test_the_schema_tells_good_from_bad() -> None:
    jsonschema.validate(START, schema())
    for bad in ({"type": "mark"}, START | {"rate": 44100}, {"type": "hello"}, {"digit": "5"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema())
