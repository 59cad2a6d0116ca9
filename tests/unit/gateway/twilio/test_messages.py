"""Messages of four dialects in any key order, and everything that must not pass."""

import json
from base64 import b64encode
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.gateway.twilio.formats import AudioFormat
from warmline.gateway.twilio.messages import (
    MAX_MESSAGE,
    BadMedia,
    Complaint,
    Connected,
    Dialect,
    Ignored,
    Key,
    MarkEchoed,
    Media,
    Started,
    Stopped,
    StreamEvent,
    StreamReader,
)
from warmline.gateway.wire import WireError

FRAME = b64encode(b"\xff" * 160).decode()
CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
START: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "9f2c", "from": "+14155550100"},
    },
    "streamSid": "MZ1",
}
MEDIA: dict[str, Any] = {
    "event": "media",
    "sequenceNumber": "2",
    "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": FRAME},
    "streamSid": "MZ1",
}
DTMF: dict[str, Any] = {
    "event": "dtmf",
    "streamSid": "MZ1",
    "sequenceNumber": "5",
    "dtmf": {"track": "inbound_track", "digit": "1"},
}
MARK = {"event": "mark", "sequenceNumber": "4", "streamSid": "MZ1", "mark": {"name": "my label"}}
STOP = {
    "event": "stop",
    "sequenceNumber": "5",
    "stop": {"accountSid": "AC1", "callSid": "CA1"},
    "streamSid": "MZ1",
}


def read(*messages: dict[str, Any], reader: StreamReader | None = None) -> list[StreamEvent]:
    reader = reader or StreamReader()
    return [reader.text(json.dumps(message)) for message in messages]


def begun(*messages: dict[str, Any]) -> StreamReader:
    reader = StreamReader()
    read(*(messages or (CONNECTED, START)), reader=reader)
    return reader


def refused(reader: StreamReader, message: dict[str, Any] | str | bytes) -> tuple[str, int]:
    with pytest.raises(WireError) as error:
        match message:
            case bytes():
                reader.binary(message)
            case str():
                reader.text(message)
            case _:
                reader.text(json.dumps(message))
    return error.value.code, error.value.close_code


def test_a_call_of_twilio() -> None:
    connected, started, media, dtmf, mark, stop = read(CONNECTED, START, MEDIA, DTMF, MARK, STOP)
    assert connected == Connected()
    assert started == Started(
        dialect=Dialect.TWILIO,
        stream="MZ1",
        call="CA1",
        format=AudioFormat("mulaw", 8000),
        parameters={"token": "9f2c", "from": "+14155550100"},
    )
    assert isinstance(media, Media)
    assert (media.pcm.tolist(), media.number, media.timestamp_ms) == ([0] * 160, 1, 5)
    assert (dtmf, mark, stop) == (Key(digit="1"), MarkEchoed(name="my label"), Stopped())


@pytest.mark.parametrize("message", [START, MEDIA, DTMF, MARK, STOP], ids=lambda m: m["event"])
def test_every_order_of_keys(message: dict[str, Any]) -> None:
    for keys in permutations(message):
        reader = StreamReader() if message is START else begun()
        (event,) = read({key: message[key] for key in keys}, reader=reader)
        assert not isinstance(event, Ignored)


def test_numbers_may_be_numbers_or_strings() -> None:
    media = MEDIA | {"sequenceNumber": 2, "media": MEDIA["media"] | {"chunk": 7, "timestamp": 140}}
    (event,) = read(media, reader=begun())
    assert isinstance(event, Media)
    assert (event.number, event.timestamp_ms) == (7, 140)


def test_without_chunk_the_sequence_counts() -> None:
    """Marks and digits take a number of it too."""
    reader = begun()
    numbers = []
    for sequence, event in enumerate("mmdmmkm", 2):
        message = {"m": MEDIA, "d": DTMF, "k": MARK}[event] | {"sequenceNumber": str(sequence)}
        if event == "m":
            message["media"] = {"track": "inbound", "payload": FRAME}
        (got,) = read(message, reader=reader)
        if isinstance(got, Media):
            numbers.append(got.number)
    assert numbers == [2, 3, 4, 5, 6]


# --- the other dialects ---------------------------------------------------------------------

TELNYX_START = {
    "event": "start",
    "sequence_number": "1",
    "start": {
        "user_id": "u",
        "call_control_id": "v3:1",
        "call_session_id": "s",
        "from": "+14155550100",
        "to": "+14155550199",
        "tags": [],
        "custom_parameters": [{"name": "flow", "value": "tenant_line"}],
        "media_format": {"encoding": "L16", "sample_rate": 16000, "channels": 1},
    },
    "stream_id": "T1",
}
PLIVO_START = {
    "event": "start",
    "sequenceNumber": 0,
    "start": {
        "callId": "P1",
        "streamId": "S1",
        "accountId": "MA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
    },
    "extra_headers": '{"X-PH-token": "9f2c", "from": "14155550100"}',
}


def test_signalwire() -> None:
    start = {key: value for key, value in START.items() if key != "sequenceNumber"}
    start["start"] = {k: v for k, v in START["start"].items() if k != "customParameters"}
    media = {key: value for key, value in MEDIA.items() if key != "streamSid"}
    stop = {"event": "stop", "sequenceNumber": "9"}
    _, started, got, ended = read(CONNECTED | {"version": "0.2.0"}, start, media, stop)
    assert isinstance(started, Started)
    assert (started.dialect, dict(started.parameters)) == (Dialect.SIGNALWIRE, {})
    assert isinstance(got, Media)
    assert ended == Stopped()


def test_telnyx() -> None:
    payload = b64encode(b"\x01\x00" * 320).decode()
    reader = begun({"event": "connected", "version": "1.0.0"}, TELNYX_START)
    started, media, dtmf, mark, error, stop = (
        reader.start,
        *read(
            {
                "event": "media",
                "sequence_number": "4",
                "media": {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": payload},
                "stream_id": "T1",
            },
            {
                "event": "dtmf",
                "stream_id": "T1",
                "occurred_at": "2026-01-01T00:00:00Z",
                "dtmf": {"digit": "#"},
            },
            {"event": "mark", "stream_id": "T1", "mark": {"name": "a"}},
            {"event": "error", "stream_id": "T1", "payload": {"code": 100003, "title": "x"}},
            {"event": "stop", "stream_id": "T1", "stop": {"call_control_id": "v3:1"}},
            reader=reader,
        ),
    )
    assert isinstance(started, Started)
    assert (started.dialect, started.stream, started.call) == (Dialect.TELNYX, "T1", "v3:1")
    assert started.format == AudioFormat("pcm16", 16000)
    assert started.parameters == {
        "flow": "tenant_line",
        "from": "+14155550100",
        "to": "+14155550199",
    }
    assert isinstance(media, Media)
    assert (media.pcm.tolist(), media.number, media.timestamp_ms) == ([1] * 320, 2, 20)
    assert (dtmf, mark) == (Key(digit="#"), MarkEchoed(name="a"))
    assert (error, stop) == (Complaint(code=100003), Stopped())


@pytest.mark.parametrize(
    "headers",
    [
        '{"X-PH-token": "9f2c", "from": "14155550100"}',
        {"token": "9f2c", "from": "14155550100"},
        "token=9f2c,from=14155550100",
        "{token=9f2c, from=14155550100}",
    ],
)
def test_plivo(headers: Any) -> None:
    reader = begun(PLIVO_START | {"extra_headers": headers})
    started = reader.start
    media, dtmf, played, cleared, stop = read(
        {
            "event": "media",
            "sequenceNumber": 1,
            "streamId": "S1",
            "media": {
                "track": "inbound",
                "timestamp": "1722500000000",
                "chunk": 1,
                "payload": FRAME,
            },
        },
        {"event": "dtmf", "streamId": "S1", "dtmf": {"track": "inbound", "digit": "5"}},
        {"event": "playedStream", "streamId": "S1", "name": "a"},
        {"event": "clearedAudio", "streamId": "S1"},
        {"event": "stop", "streamId": "S1"},
        reader=reader,
    )
    assert isinstance(started, Started)
    assert (started.dialect, started.stream, started.call) == (Dialect.PLIVO, "S1", "P1")
    assert started.parameters == {"token": "9f2c", "from": "14155550100"}
    assert isinstance(media, Media)
    assert (media.number, media.timestamp_ms) == (1, None)
    assert (dtmf, played) == (Key(digit="5"), MarkEchoed(name="a"))
    assert (cleared, stop) == (Ignored(), Stopped())


# --- what is passed over, and what is refused -------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        {"event": "something_new", "streamSid": "MZ1", "new": {"deep": [1]}},
        {"event": "dtmf", "dtmf": {"digit": "12"}},
        {"event": "dtmf", "dtmf": {"digit": "x"}},
        {"event": "dtmf", "dtmf": "5"},
        MEDIA | {"media": MEDIA["media"] | {"track": "outbound"}},
    ],
)
def test_ignored(message: dict[str, Any]) -> None:
    assert read(message, reader=begun()) == [Ignored()]


@pytest.mark.parametrize("payload", ["", "=", "////w", None, "/" * 20_000])
def test_bad_media_is_no_end(payload: object) -> None:
    reader = begun()
    bad, good = read(
        MEDIA | {"media": {"track": "inbound", "payload": payload}}, MEDIA, reader=reader
    )
    assert isinstance(bad, BadMedia)
    assert isinstance(good, Media)


@pytest.mark.parametrize("message", [MEDIA, DTMF, MARK, STOP], ids=lambda m: m["event"])
def test_nothing_goes_before_start(message: dict[str, Any]) -> None:
    assert refused(StreamReader(), message) == ("bad_message", 1008)
    assert refused(begun(CONNECTED), message) == ("bad_message", 1008)


def change(message: dict[str, Any], **inner: Any) -> dict[str, Any]:
    event = message["event"]
    return message | {event: message[event] | inner}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (START, "bad_message"),
        (CONNECTED, "bad_message"),
        (MEDIA | {"streamSid": "MZ2"}, "other_stream"),
        (DTMF | {"streamSid": "MZ2"}, "other_stream"),
        (change(STOP, callSid="CA2"), "other_call"),
        (change(START, callSid="CA2"), "other_call"),
        ({"event": 1}, "bad_message"),
        ({}, "bad_message"),
    ],
)
def test_refused_after_start(message: dict[str, Any], code: str) -> None:
    assert refused(begun(), message) == (code, 1008)


@pytest.mark.parametrize(
    ("message", "code", "close_code"),
    [
        (START | {"start": {}}, "bad_message", 1008),
        (START | {"start": "x"}, "bad_message", 1008),
        (START | {"streamSid": "MZ2"}, "other_stream", 1008),
        (change(START, callSid=""), "bad_message", 1008),
        (change(START, mediaFormat={}), "unsupported_audio", 1003),
        (
            change(START, mediaFormat={"encoding": "audio/x-mulaw", "sampleRate": 16000}),
            "unsupported_audio",
            1003,
        ),
    ],
)
def test_refused_starts(message: dict[str, Any], code: str, close_code: int) -> None:
    assert refused(begun(CONNECTED), message) == (code, close_code)


@pytest.mark.parametrize(
    ("message", "code", "close_code"),
    [
        (b"\xff" * 160, "binary", 1003),
        ("x" * (MAX_MESSAGE + 1), "too_big", 1009),
        ("é" * (MAX_MESSAGE // 2 + 1), "too_big", 1009),
        ("x" * 10_000_000, "too_big", 1009),
        ("{" * 10_000, "bad_json", 1007),
        ('{"event": "media", "event": "stop"}', "bad_json", 1007),
        ('{"event": NaN}', "bad_json", 1007),
        ('{"event": "x", "n": 1e999}', "bad_json", 1007),
        ("[]", "bad_json", 1007),
    ],
)
def test_what_is_no_message(message: str | bytes, code: str, close_code: int) -> None:
    assert refused(begun(), message) == (code, close_code)


def test_before_start_only_so_much() -> None:
    reader = begun(CONNECTED)
    noise = json.dumps({"event": "noise", "text": "x" * 30_000})
    assert reader.text(noise) == reader.text(noise) == Ignored()
    assert refused(reader, noise) == ("too_big", 1009)


def test_parameters_are_bounded_and_hidden() -> None:
    many = {f"p{number}": "x" for number in range(100)} | {"long": "x" * 600, "n": 5, "o": {}}
    reader = begun(change(START, customParameters=many))
    assert reader.start is not None
    assert len(reader.start.parameters) == 32
    assert "9f2c" not in repr(begun().start)


# --- anything at all --------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
ANY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
)
NAMES = st.sampled_from(
    [*START, *START["start"], *MEDIA["media"], "dtmf", "digit", "mark", "name", "stop", "stream_id"]
    + ["payload", "code", "extra_headers", "streamId", "callId", "call_control_id", "media_format"]
)
KNOWN = st.sampled_from([CONNECTED, START, MEDIA, DTMF, MARK, STOP, TELNYX_START, PLIVO_START])


@st.composite
def twisted(draw: st.DrawFn) -> str:
    """A message with some of its fields replaced by anything."""
    message = json.loads(json.dumps(draw(KNOWN)))
    for _ in range(draw(st.integers(0, 3))):
        inner = draw(st.sampled_from([message, *(v for v in message.values() if type(v) is dict)]))
        inner[draw(NAMES)] = draw(ANY)
    return json.dumps(message)


@settings(max_examples=300)
@given(st.lists(twisted() | st.text() | KNOWN.map(json.dumps), max_size=6))
def test_any_messages_are_events_or_wire_errors(texts: list[str]) -> None:
    reader = StreamReader()
    for text in texts:
        try:
            event = reader.text(text)
        except WireError as error:
            assert str(error).isprintable()
            return
        if isinstance(event, Media):
            assert reader.start is not None
            assert event.pcm.size >= 1
