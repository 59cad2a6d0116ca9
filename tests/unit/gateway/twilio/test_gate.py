"""Who may open a stream."""

from dataclasses import replace

import pytest

from warmline.gateway.tokens import TokenStore
from warmline.gateway.twilio.formats import AudioFormat
from warmline.gateway.twilio.gate import Gate, Proof
from warmline.gateway.twilio.messages import Dialect, Started
from warmline.gateway.twilio.settings import TwilioSettings

SECRET = "0123456789abcdef"
LOCAL = TwilioSettings(public_url="http://127.0.0.1:8080", insecure_loopback=True)
SIGNATURE = "PGLrn08/Ba1sEIuSwPQRBPD54PA="  # of wss://voice.example.com/twilio/media with 12345
WITH_PORT = "EX6xiRCCL18BRNACNfLPbIXryf4="


def start(token: str = "", call: str = "CA1") -> Started:
    return Started(
        dialect=Dialect.TWILIO,
        stream="MZ1",
        call=call,
        format=AudioFormat("mulaw", 8000),
        parameters={"token": token} if token else {},
    )


@pytest.mark.parametrize(
    ("headers", "proof"),
    [
        ({}, Proof.AWAITED),
        ({"x-twilio-signature": SIGNATURE}, Proof.AWAITED),
        ({"x-twilio-signature": WITH_PORT}, Proof.AWAITED),
        ({"x-twilio-signature": "forged"}, Proof.FALSE),
    ],
)
def test_twilio_s_handshake(
    settings: TwilioSettings, headers: dict[str, str], proof: Proof
) -> None:
    gate = Gate(settings, TokenStore(), "twilio")
    assert gate.knock(headers, "203.0.113.5") is proof


def test_a_one_time_token(settings: TwilioSettings) -> None:
    tokens = TokenStore()
    gate = Gate(settings, tokens, "twilio")
    token = tokens.issue("CA1", now=0.0)
    assert not gate.admits(start(), 1.0)
    assert not gate.admits(start("guess"), 1.0)
    assert gate.admits(start(token), 1.0)
    assert not gate.admits(start(token), 1.0), "replayed"
    assert not gate.admits(start(tokens.issue("CA1", now=0.0)), 61.0), "expired"
    other = tokens.issue("CA2", now=0.0)
    assert not gate.admits(start(other), 1.0), "another call's"
    assert not gate.admits(start(other, "CA2"), 1.0), "used up by the try"


@pytest.mark.parametrize(
    ("headers", "proof"),
    [
        ({}, Proof.AWAITED),
        ({"authorization": f"Bearer {SECRET}"}, Proof.GIVEN),
        ({"authorization": "Bearer guess"}, Proof.FALSE),
        ({"authorization": SECRET}, Proof.FALSE),
    ],
)
@pytest.mark.parametrize("provider", ["telnyx", "signalwire", "plivo"])
def test_shared_secrets(
    settings: TwilioSettings, provider: str, headers: dict[str, str], proof: Proof
) -> None:
    settings = replace(settings, stream_tokens={provider: SECRET})
    gate = Gate(settings, TokenStore(), provider)
    assert gate.knock(headers, "203.0.113.5") is proof
    assert gate.admits(start(SECRET), 0.0)
    assert not gate.admits(start("guess"), 0.0)
    assert not gate.admits(start(), 0.0)


def test_one_provider_s_secret_opens_no_other_s_gate(settings: TwilioSettings) -> None:
    tokens = TokenStore()
    settings = replace(settings, stream_tokens={"telnyx": SECRET})
    twilio, telnyx = (Gate(settings, tokens, name) for name in ("twilio", "telnyx"))
    assert not twilio.admits(start(SECRET), 0.0)
    assert not telnyx.admits(start(tokens.issue("CA1", now=0.0)), 0.0)


def test_plivo_with_tokens_of_our_own_answer(settings: TwilioSettings) -> None:
    tokens = TokenStore()
    gate = Gate(replace(settings, plivo_auth_token="p"), tokens, "plivo")
    assert gate.admits(start(tokens.issue("CA1", now=0.0)), 1.0)
    assert not gate.admits(start(), 1.0)


@pytest.mark.parametrize(
    ("host", "headers", "proof"),
    [
        ("127.0.0.1", {}, Proof.GIVEN),
        ("::1", {}, Proof.GIVEN),
        ("203.0.113.5", {}, Proof.AWAITED),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.5"}, Proof.AWAITED),
        ("127.0.0.1", {"via": "1.1 proxy"}, Proof.AWAITED),
        ("", {}, Proof.AWAITED),
    ],
)
def test_simulators_on_this_machine(host: str, headers: dict[str, str], proof: Proof) -> None:
    assert Gate(LOCAL, TokenStore(), "twilio").knock(headers, host) is proof


def test_without_the_option_not_even_this_machine(settings: TwilioSettings) -> None:
    assert Gate(settings, TokenStore(), "twilio").knock({}, "127.0.0.1") is Proof.AWAITED
