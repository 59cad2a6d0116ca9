"""The configuration of an endpoint, and mistakes in it told without its secrets."""

from typing import Any

import pytest

from warmline.connect.endpoint import EndpointSettings, endpoints, resolved_headers
from warmline.errors import ConfigError

URL = "https://shop.example/orders/{id}"


def problem(**table: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        endpoints({"orders": {"url": URL} | table})
    return str(caught.value)


def test_a_url_is_all_that_is_needed() -> None:
    made = endpoints({"orders": {"url": URL}})["orders"]
    assert (made.method, made.timeout_s, made.retries) == ("GET", 5.0, 2)
    assert (made.max_bytes, made.not_found, made.allow_private) == (262_144, (404,), False)
    assert made.needs == made.in_url == {"id"}
    assert not made.sends_body


def test_a_flow_sends_what_url_and_body_name() -> None:
    made = EndpointSettings(
        url="https://shop.example/{a}?b={b}&b2={b}", method="POST", body={"item": "c", "x": "a"}
    )
    assert made.in_url == {"a", "b"}
    assert made.needs == {"a", "b", "c"}
    assert made.sends_body


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "http://127.0.0.1:8080/orders",
        "https://[2001:db8::1]:8443/v1/orders/{id}/lines?lang={lang}&all=%20",
        "https://shop.example/{a}-{b}.json",
        "https://shop.example?id={id}",
    ],
)
def test_urls_that_can_be_used(url: str) -> None:
    assert EndpointSettings(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "shop.example/orders", "ftp://shop.example/", "file:///etc/passwd", "//shop.example"),
        *("https://", "https:///orders", "https://{host}/orders", "https://shop.{host}/"),
        *("{scheme}://shop.example/", "https://shop.example:{port}/", "https://shop.example:0/"),
        *("https://shop.example:65536/", "https://user:word@shop.example/", "https://a@b/"),
        *("https://shop.example/#top", "https://shop.example/a b", "https://shop.example\\@b/"),
        *("https://shop.example/\n", "https://shop.example/é", "https://laden.straße/"),
        *("https://shop.example/{id", "https://shop.example/id}", "https://shop.example/{}"),
        *("https://shop.example/{ID}", "https://shop.example/{id.real}", "https://a/{{id}}"),
        "https://shop.example/" + "a" * 2000,
    ],
)
def test_urls_that_cannot(url: str) -> None:
    assert problem(url=url).startswith("endpoints.orders.url: ")


@pytest.mark.parametrize(
    ("table", "place", "expected"),
    [
        ({"method": "get"}, "method", "'GET'"),
        ({"body": {"a": "b"}}, "", "expected no body with GET"),
        ({"timeout_s": 0}, "timeout_s", "greater than 0"),
        ({"retries": 6}, "retries", "less than or equal to 5"),
        ({"max_bytes": 10**9}, "max_bytes", "less than or equal to"),
        ({"not_found": [200]}, "not_found.0", "greater than or equal to 400"),
        ({"redirects": True}, "redirects", "not permitted"),
        ({"headers": {"Host": "other"}}, "headers.Host", "the connector sets it"),
        ({"headers": {"idempotency-KEY": "1"}}, "headers.idempotency-KEY", "the connector sets"),
        ({"headers": {"a: b": "c"}}, "headers.a: b", "a header's name"),
        ({"headers": {"a": "token\r\nb: c"}}, "headers.a", "one line"),
    ],
)
def test_mistakes_say_where_and_what(table: dict[str, Any], place: str, expected: str) -> None:
    message = problem(**table)
    assert message.startswith(f"endpoints.orders{'.' * bool(place)}{place}")
    assert expected in message
    assert "token" not in message


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        endpoints({"Orders": {"url": URL}, "a": {"retries": -1}, "b": "https://shop.example"})
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *("endpoints.Orders", "endpoints.a.url", "endpoints.a.retries", "endpoints.b")
    ]


def test_every_key_says_what_it_means() -> None:
    assert all(field.description for field in EndpointSettings.model_fields.values())


# --- headers -----------------------------------------------------------------------------------


def headers(value: str, **env: str) -> str:
    settings = EndpointSettings(url=URL, headers={"Authorization": value})
    return resolved_headers("orders", settings, env)["Authorization"]


def test_variables_stand_in_headers() -> None:
    assert headers("fixed") == "fixed"
    assert headers("env:TOKEN", TOKEN="Bearer abc") == "Bearer abc"
    assert headers("Bearer env:TOKEN", TOKEN="env:OTHER") == "Bearer env:OTHER"
    assert headers("notenv:TOKEN") == "notenv:TOKEN"


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "TOKEN is not set"),
        ({"TOKEN": ""}, "TOKEN is not set"),
        ({"TOKEN": "abc\n"}, "TOKEN must be one line"),
        ({"TOKEN": "ábc"}, "TOKEN must be one line"),
    ],
)
def test_a_variable_that_cannot_be_used(env: dict[str, str], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        headers("env:TOKEN", **env)
    assert str(caught.value).startswith("endpoints.orders.headers: the variable " + expected)
    assert "bc" not in str(caught.value)


def test_the_settings_hold_no_resolved_secret() -> None:
    settings = EndpointSettings(url=URL, headers={"Authorization": "env:TOKEN"})
    resolved_headers("orders", settings, {"TOKEN": "abc"})
    assert "abc" not in repr(settings)
