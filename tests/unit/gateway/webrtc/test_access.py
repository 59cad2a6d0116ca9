"""Who gets a join token, and what it opens."""

import pytest

from warmline.gateway.webrtc.access import Access, Guest, bearer, same_origin

KEY = "0123456789abcdef"


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://us", "host": "us"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://us:8080", "host": "us:8080"}, True),
        ({"origin": "https://them", "host": "us"}, False),
        ({"origin": "null", "host": "us"}, False),
        ({"origin": "", "host": ""}, False),
        ({"authorization": f"Bearer {KEY}"}, True),
        ({"authorization": f"bearer {KEY}"}, True),
        ({"authorization": "Bearer wrong"}, False),
        ({"authorization": f"Basic {KEY}"}, False),
    ],
)
def test_who_may_have_a_token(headers: dict[str, str], may: bool) -> None:
    access = Access(api_key=KEY, token_s=60, required=True)
    assert access.may_have_token(headers) == may


def test_without_a_key_in_the_settings_none_fits() -> None:
    access = Access(api_key="", token_s=60, required=True)
    assert not access.may_have_token({"authorization": "Bearer "})


def test_a_token_opens_once_and_not_for_ever() -> None:
    access = Access(api_key="", token_s=60, required=True)
    token, other = access.issue(100.0), access.issue(100.0)
    assert len(token) >= 22
    assert access.admits(token, 101.0) == Guest()
    assert access.admits(token, 101.0) is None
    assert access.admits(other, 160.0) is None
    assert access.admits("", 100.0) is None


def test_an_agent_has_a_token_for_one_call() -> None:
    access = Access(api_key="", token_s=60, required=True)
    token = access.issue(100.0, Guest("anna", "call-1"))
    assert access.admits(token, 101.0) == Guest("anna", "call-1")
    assert access.admits(token, 101.0) is None


def test_an_open_door_needs_none() -> None:
    assert Access(api_key="", token_s=60, required=False).admits("", 0.0)


def test_the_token_of_a_header() -> None:
    assert bearer({"authorization": "Bearer  x "}) == "x"
    assert not bearer({})


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//", "\x00"])
def test_a_malformed_origin_is_not_ours(origin: str) -> None:
    assert not same_origin({"origin": origin, "host": "us"})
