"""What can be set, and what cannot."""

import pytest

from warmline.errors import ConfigError
from warmline.gateway.asterisk.settings import AsteriskSettings


def test_all_is_closed_by_default() -> None:
    settings = AsteriskSettings()
    assert (settings.audiosocket_port, settings.password, settings.secret) == (0, "", "")
    assert settings.audiosocket_host == "127.0.0.1"


def test_secrets_are_not_shown() -> None:
    assert "hush" not in repr(AsteriskSettings(password="hush", secret="hush"))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"audiosocket_port": 70_000}, "audiosocket_port"),
        ({"audiosocket_port": -1}, "audiosocket_port"),
        ({"start_timeout_s": 0.0}, "start_timeout_s"),
        ({"stall_timeout_s": -1.0}, "stall_timeout_s"),
        ({"lead_s": 1.0}, "lead_s"),
        ({"password": "hush", "user": ""}, "user"),
    ],
)
def test_settings_that_cannot_work(wrong: dict[str, float], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        AsteriskSettings(**wrong)  # type: ignore[arg-type]
