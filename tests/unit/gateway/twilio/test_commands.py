"""What each dialect is sent, to the field: Twilio ignores messages with one too many."""

import json

import numpy as np
import pytest

from warmline.gateway.twilio.commands import Commands
from warmline.gateway.twilio.formats import AudioFormat
from warmline.gateway.twilio.messages import Dialect, Started

SILENCE = "/" * 213 + "w=="


def sent(dialect: Dialect, codec: AudioFormat | None = None) -> list[object]:
    audio = codec or AudioFormat("mulaw", 8000)
    commands = Commands(
        Started(dialect=dialect, stream="S1", call="C1", format=audio, parameters={})
    )
    frame = np.zeros(audio.rate // 50, dtype=np.int16)
    return [
        json.loads(text) for text in (commands.audio(frame), commands.mark("m"), commands.clear())
    ]


@pytest.mark.parametrize("dialect", [Dialect.TWILIO, Dialect.SIGNALWIRE])
def test_twilio(dialect: Dialect) -> None:
    assert sent(dialect) == [
        {"event": "media", "streamSid": "S1", "media": {"payload": SILENCE}},
        {"event": "mark", "streamSid": "S1", "mark": {"name": "m"}},
        {"event": "clear", "streamSid": "S1"},
    ]


def test_telnyx() -> None:
    assert sent(Dialect.TELNYX) == [
        {"event": "media", "media": {"payload": SILENCE}},
        {"event": "mark", "mark": {"name": "m"}},
        {"event": "clear"},
    ]


def test_plivo() -> None:
    media = {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": SILENCE}
    assert sent(Dialect.PLIVO) == [
        {"event": "playAudio", "streamId": "S1", "media": media},
        {"event": "checkpoint", "streamId": "S1", "name": "m"},
        {"event": "clearAudio", "streamId": "S1"},
    ]


def test_plivo_linear() -> None:
    audio, *_ = sent(Dialect.PLIVO, AudioFormat("pcm16", 16000))
    assert isinstance(audio, dict)
    assert audio["media"]["contentType"] == "audio/x-l16"
    assert audio["media"]["sampleRate"] == 16000
