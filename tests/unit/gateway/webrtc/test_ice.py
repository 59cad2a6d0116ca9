"""Credentials for coturn, checked with the recipe of its own documentation."""

import base64
import hashlib
import hmac

import pytest

from warmline.errors import ConfigError
from warmline.gateway.webrtc.ice import IceServer, IceSettings, ice_servers


def test_nobody_is_told_of_any_server_by_default() -> None:
    assert ice_servers(IceSettings(), "caller", 0) == []


def test_turn_credentials_expire_and_are_signed() -> None:
    settings = IceSettings(
        urls=("stun:stun.example.net:3478", "turn:turn.example.net:3478?transport=udp"),
        turn_secret="north",
        turn_ttl_s=3600,
    )
    stun, turn = ice_servers(settings, "caller", 1_700_000_000.7)
    assert stun == IceServer(urls=("stun:stun.example.net:3478",))
    assert turn.username == "1700003600:caller"
    mac = hmac.new(b"north", b"1700003600:caller", hashlib.sha1).digest()
    assert turn.credential == base64.b64encode(mac).decode()
    assert stun.as_json() == {"urls": ["stun:stun.example.net:3478"]}
    assert set(turn.as_json()) == {"urls", "username", "credential"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"urls": ("http://x",)},
        {"urls": ("stun:a b",)},
        {"urls": ("turn:turn.example.net",)},  # no secret
        {"turn_ttl_s": 0},
    ],
)
def test_a_wrong_setting_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        IceSettings(**wrong)  # type: ignore[arg-type]
