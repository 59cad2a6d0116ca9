"""The XML: exactly what Twilio's own SDK writes."""

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import (  # type: ignore[import-untyped]
    Connect,
    Dial,
    VoiceResponse,
)

from warmline.gateway.twilio import twiml

H = "https://voice.example.com"


def connect(**changes: object) -> str:
    arguments: dict[str, object] = {
        "media_url": "wss://voice.example.com/twilio/media",
        "action_url": f"{H}/twilio/after-stream",
        "status_url": f"{H}/twilio/stream-status",
        "parameters": {"token": "9f2c", "from": "+14155550100"},
        "rescue": [],
    }
    return twiml.connect(**{**arguments, **changes})  # type: ignore[arg-type]


def test_connect() -> None:
    response = VoiceResponse()
    connecting = Connect(action=f"{H}/twilio/after-stream", method="POST")
    stream = connecting.stream(
        url="wss://voice.example.com/twilio/media", status_callback=f"{H}/twilio/stream-status"
    )
    stream.parameter(name="token", value="9f2c")
    stream.parameter(name="from", value="+14155550100")
    response.append(connecting)
    response.say("Sorry & good-bye.")
    response.hangup()
    rescue = [twiml.say("Sorry & good-bye."), twiml.hang_up()]
    assert connect(rescue=rescue) == str(response)


def test_the_document_s_own_words() -> None:
    assert connect() == (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        f'<Connect action="{H}/twilio/after-stream" method="POST">'
        f'<Stream statusCallback="{H}/twilio/stream-status" '
        'url="wss://voice.example.com/twilio/media">'
        '<Parameter name="token" value="9f2c" /><Parameter name="from" value="+14155550100" />'
        "</Stream></Connect></Response>"
    )


def test_something_is_said_first() -> None:
    assert "<Response><Say>Hello.</Say><Connect " in connect(first="Hello.")


def test_dial_a_number() -> None:
    response = VoiceResponse()
    dialling = Dial(
        action=f"{H}/twilio/after-dial",
        answer_on_bridge=True,
        caller_id="+15550001111",
        timeout=20,
    )
    dialling.number("+14155550199")
    response.append(dialling)
    assert twiml.verbs(
        twiml.dial(
            "+14155550199",
            action_url=f"{H}/twilio/after-dial",
            caller_id="+15550001111",
            timeout_s=20,
            call_id="c1",
        )
    ) == str(response)


def test_dial_a_sip_phone() -> None:
    response = VoiceResponse()
    dialling = Dial(answer_on_bridge=True, timeout=20)
    dialling.sip("sip:agent7@pbx.example.com;transport=tls?X-Call-Id=c%201%26")
    response.append(dialling)
    assert twiml.verbs(
        twiml.dial(
            "sip:agent7@pbx.example.com;transport=tls", caller_id="", timeout_s=20, call_id="c 1&"
        )
    ) == str(response)


def test_plivo() -> None:
    document = twiml.plivo_stream(
        media_url="wss://voice.example.com/plivo/media",
        parameters={"token": "9f2c", "from": "+14155550100", "flow": ""},
    )
    assert document == (
        '<?xml version="1.0" encoding="UTF-8"?><Response>'
        '<Stream bidirectional="true" keepCallAlive="true" '
        'contentType="audio/x-mulaw;rate=8000" extraHeaders="token=9f2c,from=14155550100">'
        "wss://voice.example.com/plivo/media</Stream></Response>"
    )


@pytest.mark.parametrize("value", ['"><Hangup/>', "a\x00b\x1bc", "x" * 600, "&amp;", "\ufffe"])
def test_values_cannot_break_out(value: str) -> None:
    stream = fromstring(connect(parameters={"from": value}).partition("?>")[2])[0][0]
    shown = "".join(char for char in value if char.isprintable())[:495]
    assert [part.attrib for part in stream] == [{"name": "from", "value": shown}] * bool(shown)


@given(st.text())
def test_any_caller_makes_good_xml(value: str) -> None:
    document = connect(parameters={"from": value}, first=value)
    fromstring(document.partition("?>")[2].encode())
