"""The data channel's texts, both ways."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.gateway.far_end import Farewell
from warmline.gateway.webrtc import messages
from warmline.gateway.webrtc.arrivals import Quality
from warmline.ports import Caption


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type":"dtmf","digit":"5"}', messages.Dtmf(type="dtmf", digit="5")),
        ('{"type":"dtmf","digit":"#","more":1}', messages.Dtmf(type="dtmf", digit="#")),
        ('{"type":"ping"}', messages.Ping(type="ping")),
        ('{"type":"stop"}', messages.Stop(type="stop")),
        ('{"type":"captions","on":true}', messages.Captions(type="captions", on=True)),
        ("ping: 17", messages.Signalling(type="signalling")),
        ('{"type":"signalling","message":{}}', messages.Signalling(type="signalling")),
    ],
)
def test_what_a_page_says(text: str, message: messages.PageMessage) -> None:
    assert messages.read(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "null",
        '{"type":"dtmf"}',
        '{"type":"dtmf","digit":"55"}',
        '{"type":"dtmf","digit":5}',
        '{"type":"captions","on":"yes"}',
        '{"type":"quit"}',
        '{"type":["dtmf"]}',
        "[" * 4000,
        '{"type":"stop"}' + " " * 5000,
    ],
)
def test_what_means_nothing(text: str) -> None:
    assert messages.read(text) is None


@given(st.text(max_size=200))
def test_any_text_is_a_message_or_nothing(text: str) -> None:
    messages.read(text)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (messages.started("c-1"), {"type": "started", "call_id": "c-1"}),
        (
            messages.caption(Caption(who="bot", key="7", text="Grüß Gott", final=True)),
            {"type": "caption", "who": "bot", "key": "7", "text": "Grüß Gott", "final": True},
        ),
        (messages.ended(Farewell("completed")), {"type": "ended", "reason": "completed"}),
        (
            messages.ended(Farewell("failed", "unknown_flow", "there is no such flow")),
            {
                "type": "ended",
                "reason": "failed",
                "code": "unknown_flow",
                "message": "there is no such flow",
            },
        ),
        (messages.pong(), {"type": "pong"}),
        (messages.clear(), {"type": "clear"}),
        (
            messages.quality(Quality(jitter_ms=1.234, delay_ms=30), 0.05),
            {"type": "quality", "loss": 0.05, "jitter_ms": 1.2, "delay_ms": 30},
        ),
    ],
)
def test_what_a_page_is_told(text: str, fields: dict[str, object]) -> None:
    assert json.loads(text) == fields
