"""Signatures: the vectors that were recomputed from the documentation, and Twilio's own SDK."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from warmline.gateway.twilio.signature import (
    bearer_matches,
    plivo_signature,
    plivo_signed,
    token_matches,
    twilio_signature,
    twilio_signed,
)

TOKEN = "12345"
SHOP = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
CALL = {
    "CallSid": "CA00000000000000000000000000000001",
    "From": "+14155550100",
    "To": "+14155550199",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "AccountSid": "AC00000000000000000000000000000001",
    "ApiVersion": "2010-04-01",
}
VECTORS = [
    ("https://mycompany.com/myapp.php?foo=1&bar=2", SHOP, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    (
        "https://voice.example.com/twilio/voice?tenant=acme",
        CALL,
        "G2MUQU9vF8vr4p4w1mKYMTlK/Ag=",
    ),
    (
        "https://voice.example.com:443/twilio/voice?tenant=acme",
        CALL,
        "cxnBiY0LdSZNOii7/V911YZxqAc=",
    ),
    ("wss://voice.example.com/twilio/media", {}, "PGLrn08/Ba1sEIuSwPQRBPD54PA="),
    ("wss://voice.example.com:443/twilio/media", {}, "EX6xiRCCL18BRNACNfLPbIXryf4="),
]


@pytest.mark.parametrize(("url", "parameters", "signature"), VECTORS)
def test_vectors(url: str, parameters: dict[str, str], signature: str) -> None:
    assert twilio_signature(TOKEN, url, parameters.items()) == signature
    assert twilio_signed(TOKEN, signature, url, parameters.items())
    with_port = url.replace(".com/", ".com:443/") if ":443" not in url else url
    without_port = url.replace(":443", "")
    for form in (with_port, without_port):
        assert twilio_signed(TOKEN, signature, form, parameters.items())


@pytest.mark.parametrize(("url", "parameters", "signature"), VECTORS)
def test_anything_else_is_refused(url: str, parameters: dict[str, str], signature: str) -> None:
    items = list(parameters.items())
    assert not twilio_signed("54321", signature, url, items)
    assert not twilio_signed(TOKEN, signature, url + "x", items)
    assert not twilio_signed(TOKEN, signature, url.replace("voice", "vioce") + "?", items)
    assert not twilio_signed(TOKEN, signature, url, [*items, ("Extra", "")] + [("X", "y")])
    assert not twilio_signed(TOKEN, signature[:-1], url, items)
    assert not twilio_signed(TOKEN, "", url, items)
    assert not twilio_signed(TOKEN, "\udcff", url, items)


def test_another_port_is_another_url() -> None:
    signature = twilio_signature(TOKEN, "https://voice.example.com/x")
    assert not twilio_signed(TOKEN, signature, "https://voice.example.com:8443/x")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(TEXT, TEXT, max_size=6), st.sampled_from(["", ":443"]))
def test_twilio_s_sdk_agrees(parameters: dict[str, str], port: str) -> None:
    url = f"https://voice.example.com{port}/twilio/voice?flow=order_status"
    validator = RequestValidator(TOKEN)
    theirs = validator.compute_signature(url, parameters)
    assert theirs == twilio_signature(TOKEN, url, parameters.items())
    ours = twilio_signature(TOKEN, url, parameters.items())
    assert validator.validate(url, parameters, ours)


def test_a_name_that_comes_twice() -> None:
    url = "https://voice.example.com/x"
    form = [("A", "2"), ("B", "3"), ("A", "1"), ("A", "2")]
    theirs = RequestValidator(TOKEN).compute_signature(url, FormData([*form]))
    assert theirs == twilio_signature(TOKEN, url, form)


# --- Plivo --------------------------------------------------------------------------------------

PLIVO = {
    "CallUUID": "97ceeb52-58b6-11e1-86da-77300b68f8bb",
    "From": "14155550100",
    "To": "14155550199",
}
NONCE = "05429567804466091622"
PLIVO_URL = "https://voice.example.com/plivo/answer"
PLIVO_SIGNATURE = "45laxIdAjajvsNluBz4ggp7lYAzJAs6KAmRjToLn+ys="


def test_plivo_s_vector() -> None:
    assert plivo_signature("token123", PLIVO_URL, NONCE, PLIVO.items()) == PLIVO_SIGNATURE


@pytest.mark.parametrize(
    ("signatures", "nonce", "right"),
    [
        (PLIVO_SIGNATURE, NONCE, True),
        (f"other,{PLIVO_SIGNATURE}", NONCE, True),
        (f"{PLIVO_SIGNATURE} , other", NONCE, True),
        (PLIVO_SIGNATURE, "1", False),
        (PLIVO_SIGNATURE, "", False),
        ("", NONCE, False),
        (",".join(["x"] * 50 + [PLIVO_SIGNATURE]), NONCE, False),
    ],
)
def test_plivo_s_headers(signatures: str, nonce: str, right: bool) -> None:
    assert plivo_signed("token123", signatures, PLIVO_URL, nonce, PLIVO.items()) is right


def test_plivo_s_query_is_sorted_and_decoded() -> None:
    """As Plivo's SDK 4.63 does: path?sorted query.parameters.nonce"""
    one = plivo_signature("t", f"{PLIVO_URL}?b=2&a=1%20x", NONCE, PLIVO.items())
    assert one == plivo_signature("t", f"{PLIVO_URL}?a=1+x&b=2", NONCE, PLIVO.items())
    assert one != plivo_signature("t", PLIVO_URL, NONCE, PLIVO.items())


# --- shared tokens ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "right"),
    [
        ("Bearer secret", True),
        ("bearer  secret ", True),
        ("secret", False),
        ("Basic secret", False),
        ("Bearer", False),
        ("Bearer secretx", False),
        ("", False),
    ],
)
def test_bearer(header: str, right: bool) -> None:
    assert bearer_matches("secret", header) is right


def test_no_token_matches_none() -> None:
    assert not token_matches("", "")
    assert not bearer_matches("", "Bearer ")
