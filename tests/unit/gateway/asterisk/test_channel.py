"""chan_websocket's messages, as Asterisk 22.10 and 22.7 write them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.asterisk.channel import (
    MAX_BINARY,
    MAX_COMMAND,
    MAX_ID,
    MAX_TEXT,
    ChannelCodec,
    ChannelEvent,
    Failed,
    Flow,
    Key,
    MarkPlayed,
    MediaStart,
    Other,
    parse,
)
from warmline.gateway.wire import WireError

JSON_START = (
    '{"event":"MEDIA_START","connection_id":"media1","channel":"WebSocket/media1/0x7f4b44016950",'
    '"channel_id":"1795301389.12","format":"ulaw","optimal_frame_size":160,"ptime":20,'
    '"channel_variables":{"DIALEDPEERNUMBER":"media1/c(ulaw)f(json)v(who=900)",'
    '"MEDIA_WEBSOCKET_CONNECTION_ID":"media1","MEDIA_WEBSOCKET_OPTIMAL_FRAME_SIZE":"160"}}'
)
PLAIN_START = (
    "MEDIA_START connection_id:media1 channel:WebSocket/media1/0x7f channel_id:1795301460.36 "
    "format:slin16 optimal_frame_size:640 ptime:20"
)
STATUS = (
    '{"event":"STATUS","channel_id":"1.2","queue_length":101,"xon_level":800,"xoff_level":900,'
    '"queue_full":false,"bulk_media":false,"media_paused":false}'
)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        (JSON_START, MediaStart(format="ulaw", frame_bytes=160, json=True)),
        (PLAIN_START, MediaStart(format="slin16", frame_bytes=640, json=False)),
        (
            '{"event":"MEDIA_START","format":"slin48"}',
            MediaStart(format="slin48", frame_bytes=1920, json=True),
        ),
        ('{"event":"DTMF_END","channel_id":"1.2","digit":"1"}', Key("1")),
        ("DTMF_END digit:# channel_id:1.2", Key("#")),
        ("DTMF_END digit:D", Key("D")),
        ('{"event":"DTMF_END","channel_id":"1.2","digit":"12"}', Other()),
        ("DTMF_END", Other()),
        (
            '{"event":"MEDIA_MARK_PROCESSED","channel_id":"1.2","correlation_id":"m1"}',
            MarkPlayed("m1"),
        ),
        ("MEDIA_MARK_PROCESSED m1", MarkPlayed("m1")),
        ("MEDIA_MARK_PROCESSED", MarkPlayed("")),
        ("MEDIA_MARK_PROCESSED correlation_id:m1 channel_id:1.2", MarkPlayed("m1")),
        ('{"event":"MEDIA_XOFF","channel_id":"1.2"}', Flow(may_send=False)),
        ("MEDIA_XOFF", Flow(may_send=False)),
        ("MEDIA_XON", Flow(may_send=True)),
        ('{"event":"ERROR","channel_id":"1.2","error_text":"Unable to parse"}', Failed()),
        ("ERROR channel_id:1.2 error_text:Unable to parse", Failed()),
        (STATUS, Other()),
        ('{"event":"QUEUE_DRAINED","channel_id":"1.2"}', Other()),
        ('{"event":"FROM_A_LATER_VERSION"}', Other()),
        ('{"event":7}', Other()),
        ("{}", Other()),
        ("", Other()),
    ],
)
def test_events(text: str, event: ChannelEvent) -> None:
    assert parse(text) == event


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"event":"MEDIA_START","format":"opus"}', "unsupported_audio"),
        ("MEDIA_START", "unsupported_audio"),
        ('{"event":"MEDIA_START","format":"ulaw","optimal_frame_size":0}', "bad_message"),
        ('{"event":"MEDIA_START","format":"ulaw","optimal_frame_size":-160}', "bad_message"),
        ('{"event":"MEDIA_START","format":"ulaw","optimal_frame_size":9999999}', "bad_message"),
        ("MEDIA_START format:ulaw optimal_frame_size:١٦٠", "bad_message"),
        ('{"event":', "bad_json"),
        ('{"event":"STATUS"} {}', "bad_json"),
        ('{"a":' * 20_000, "too_big"),
        ('{"a":' * 10_000, "bad_json"),
        ('{"a":' + "9" * 5_000 + "}", "bad_json"),
        ("X" * (MAX_TEXT + 1), "too_big"),
    ],
)
def test_wrong_events(text: str, code: str) -> None:
    with pytest.raises(WireError) as raised:
        parse(text)
    assert raised.value.code == code


def codec(format: str, frame_bytes: int, *, json: bool = True) -> ChannelCodec:
    return ChannelCodec(MediaStart(format=format, frame_bytes=frame_bytes, json=json))


@pytest.mark.parametrize(
    ("format", "codec_name", "rate", "data"),
    [
        ("ulaw", "mulaw", 8_000, "ffce4e8000"),
        ("alaw", "alaw", 8_000, "d5fa7aaa2a"),
        ("slin", "pcm16", 8_000, "0000e80318fcff7f0080"),
        ("slin16", "pcm16", 16_000, "0000e80318fcff7f0080"),
        ("slin44", "pcm16", 44_100, "0000e80318fcff7f0080"),
    ],
)
def test_formats(format: str, codec_name: str, rate: int, data: str) -> None:
    start = MediaStart(format=format, frame_bytes=1, json=True)
    assert (start.codec, start.rate) == (codec_name, rate)
    pcm = np.array([0, 1000, -1000, 32_767, -32_768], dtype=np.int16)
    assert ChannelCodec(start).encode(pcm) == bytes.fromhex(data)
    back = ChannelCodec(start).decode(bytes.fromhex(data)).astype(int)
    assert np.abs(back - pcm).max() <= (0 if codec_name == "pcm16" else 1_024)


@pytest.mark.parametrize(
    ("format", "silence"), [("ulaw", b"\xff"), ("alaw", b"\xd5"), ("slin", b"\0")]
)
def test_audio_goes_in_asterisk_s_frames_and_the_rest_is_filled_up(
    format: str, silence: bytes
) -> None:
    width = 2 if format == "slin" else 1
    frame = 240 * width  # 30 ms
    made = codec(format, frame)
    twenty = np.full(160, 1000, dtype=np.int16)
    assert [len(made.encode(twenty)) for _ in range(4)] == [0, frame, frame, 0]
    rest = made.flush()
    assert len(rest) == frame
    assert rest[160 * width :] == silence * 80 * width
    assert made.flush() == b""
    made.encode(twenty)
    made.drop()
    assert made.flush() == b""


def test_whole_frames_go_at_once() -> None:
    made = codec("slin16", 640)
    assert len(made.encode(np.zeros(320, dtype=np.int16))) == 640
    assert made.flush() == b""


def test_half_a_sample_and_too_much() -> None:
    with pytest.raises(WireError, match="3 bytes"):
        codec("slin", 320).decode(bytes(3))
    assert codec("ulaw", 160).decode(bytes(3)).size == 3
    assert codec("slin", 320).decode(b"").size == 0
    with pytest.raises(WireError, match="may have"):
        codec("slin", 320).decode(bytes(MAX_BINARY + 2))


def test_commands_in_both_forms() -> None:
    spoken, plain = codec("ulaw", 160), codec("ulaw", 160, json=False)
    assert json.loads(spoken.command("MARK_MEDIA", "m1")) == {
        "command": "MARK_MEDIA",
        "correlation_id": "m1",
    }
    assert json.loads(spoken.command("HANGUP")) == {"command": "HANGUP"}
    assert plain.command("MARK_MEDIA", "m1") == "MARK_MEDIA m1"
    assert plain.command("HANGUP") == "HANGUP"


def test_no_command_is_longer_than_asterisk_reads() -> None:
    longest = codec("ulaw", 160).command("START_MEDIA_BUFFERING", "x" * MAX_ID)
    assert len(longest.encode()) <= MAX_COMMAND
    with pytest.raises(ValueError, match="characters"):
        codec("ulaw", 160).command("MARK_MEDIA", "x" * (MAX_ID + 1))


@given(
    st.one_of(
        st.text(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
            lambda inner: st.dictionaries(
                st.sampled_from(["event", "format", "digit", "optimal_frame_size", "x"]), inner
            ),
        ).map(json.dumps),
        st.from_regex(r"\A(MEDIA_START|DTMF_END|STATUS|MEDIA_\w+)( \w*:\w*){0,5}\Z"),
    )
)
def test_no_text_does_harm(text: str) -> None:
    try:
        event = parse(text)
    except WireError:
        return
    assert isinstance(event, ChannelEvent)


@given(st.binary(max_size=2_000), st.sampled_from(["ulaw", "alaw", "slin", "slin16"]))
def test_no_audio_does_harm(data: bytes, format: str) -> None:
    try:
        pcm = codec(format, 160).decode(data)
    except WireError:
        return
    assert pcm.dtype == np.int16
