"""A caller's words in a URL and in a body."""

import json
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.connect.endpoint import EndpointSettings
from warmline.connect.outcome import Failed
from warmline.connect.request import MAX_TARGET, Message, Request, compose

ORDERS = EndpointSettings(url="https://shop.example/orders/{id}")
TICKETS = EndpointSettings(url="https://desk.example/tickets", method="POST")


def message(settings: EndpointSettings = ORDERS, **request: Any) -> Message:
    return compose(Request(endpoint="it", **request), settings, {"Authorization": "Bearer abc"})


def failure(settings: EndpointSettings = ORDERS, **request: Any) -> str:
    with pytest.raises(Failed) as caught:
        message(settings, **request)
    return caught.value.code


def test_a_get_has_no_body_and_no_key() -> None:
    made = message(values={"id": "45 27/ä"}, save={"status": "$.a"}, key="call-1")
    assert (made.method, made.scheme, made.host, made.port) == ("GET", "https", "shop.example", 443)
    assert made.authority == "shop.example"
    assert made.target == "/orders/45%2027%2F%C3%A4"
    assert made.body == b""
    assert made.save == {"status": ("a",)}
    assert made.repeatable
    assert made.headers == {
        "Authorization": "Bearer abc",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_act_is_repeated_only_under_a_key(method: str) -> None:
    settings = EndpointSettings.model_validate({"url": TICKETS.url, "method": method})
    made = message(settings, key="call-1")
    assert made.repeatable
    assert made.headers["Idempotency-Key"] == "call-1"
    assert not message(settings).repeatable
    assert "Idempotency-Key" not in message(settings).headers


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_is_idempotent_needs_no_key(method: str) -> None:
    settings = EndpointSettings.model_validate({"url": TICKETS.url, "method": method})
    assert message(settings).repeatable


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (None, {"what": "the tap\n drips", "where": "é\ud800"}),
        ({"summary": "what"}, {"summary": "the tap\n drips"}),
        ({}, {}),
    ],
)
def test_a_body_is_json_of_the_named_values(
    body: dict[str, str] | None, sent: dict[str, str]
) -> None:
    settings = TICKETS.model_copy(update={"body": body})
    made = message(settings, values={"what": "the tap\n drips", "where": "é\ud800"})
    assert json.loads(made.body) == sent
    assert made.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("url", "host", "port", "authority", "target"),
    [
        ("http://shop.example", "shop.example", 80, "shop.example", "/"),
        ("https://shop.example:8443/a", "shop.example", 8443, "shop.example:8443", "/a"),
        ("https://[::1]:8443/", "::1", 8443, "[::1]:8443", "/"),
        ("https://a.example?q={id}&x=1", "a.example", 443, "a.example", "/?q=4%2627&x=1"),
    ],
)
def test_the_parts_of_a_url(url: str, host: str, port: int, authority: str, target: str) -> None:
    made = message(EndpointSettings(url=url), values={"id": "4&27"})
    assert (made.host, made.port, made.authority, made.target) == (host, port, authority, target)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        ".",
        "..",
        "../admin",
        "a/../b",
        "a/",
        "/a",
        "..\\b",
        "a//b",
        " .. /b",
        "a\0",
        "a\r\nb",
    ],
)
def test_no_value_leads_to_another_path(value: str) -> None:
    assert failure(values={"id": value}) == "bad_value"


def test_values_side_by_side_make_no_dots() -> None:
    settings = EndpointSettings(url="https://shop.example/{a}{b}/x")
    assert failure(settings, values={"a": ".", "b": "."}) == "bad_value"
    assert message(settings, values={"a": "..", "b": "a"}).target == "/..a/x"


def test_a_query_takes_dots_and_nothing() -> None:
    settings = EndpointSettings(url="https://shop.example/?a={a}&b={b}")
    assert message(settings, values={"a": "..", "b": ""}).target == "/?a=..&b="


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({}, "missing_value"),
        ({"values": {"ID": "1"}}, "missing_value"),
        ({"values": {"id": "1" * 1001}}, "bad_value"),
        ({"values": {"id": "1", "other": "1" * 1001}}, "bad_value"),
        ({"values": {"id": "1"}, "key": "a b"}, "bad_value"),
        ({"values": {"id": "1"}, "key": "a\r\nb: c"}, "bad_value"),
        ({"values": {"id": "1"}, "key": "a" * 256}, "bad_value"),
        ({"values": {"id": "1"}, "save": {"a": "$.*"}}, "bad_path"),
        ({"values": {"id": "1"}, "secrets": frozenset({"id"})}, "unsafe_secret"),
    ],
)
def test_what_cannot_be_sent_says_why(request_: dict[str, Any], code: str) -> None:
    assert failure(**request_) == code


def test_a_url_has_a_length() -> None:
    settings = EndpointSettings(url="https://shop.example/?" + "{a}" * 10)
    assert failure(settings, values={"a": "x" * (MAX_TARGET // 10)}) == "bad_value"


def test_a_secret_travels_in_a_body_encrypted_or_privately() -> None:
    secret: dict[str, Any] = {"values": {"card": "4111"}, "secrets": frozenset({"card"})}
    plain = EndpointSettings(url="http://pay.example/cards", method="POST")
    assert b"4111" in message(TICKETS, **secret).body
    assert failure(plain, **secret) == "unsafe_secret"
    assert message(plain.model_copy(update={"allow_private": True}), **secret).body


def test_no_value_is_shown() -> None:
    made = Request(endpoint="it", values={"id": "4527"}, key="k4527")
    assert "4527" not in repr(made)
    assert "4527" not in repr(message(values=made.values))
    assert "abc" not in repr(message(values=made.values))


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_value_arrives_whole_where_it_belongs(a: str, b: str) -> None:
    settings = EndpointSettings(url="https://shop.example/v1/{a}/x?b={b}")
    try:
        target = message(settings, values={"a": a, "b": b}).target
    except Failed as failure:
        assert failure.code == "bad_value"
        return
    path, _, query = target.partition("?")
    assert target.isascii() and "#" not in target
    assert [unquote(part) for part in path.split("/")] == ["", "v1", a, "x"]
    assert parse_qs(query, keep_blank_values=True) == {"b": [b]}
