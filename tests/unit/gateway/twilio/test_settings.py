"""Half a configuration is refused, with the setting's name."""

from dataclasses import replace

import pytest

from warmline.errors import ConfigError
from warmline.gateway.twilio.settings import TwilioSettings

GOOD = TwilioSettings(
    public_url="https://voice.example.com",
    account_sid="AC00000000000000000000000000000001",
    auth_token="12345",
    transfers={"default": "+14155550199", "billing": "sip:billing@pbx.example.com;transport=tls"},
    rescue="default",
)


def test_off_by_default() -> None:
    assert not TwilioSettings().enabled
    assert GOOD.enabled
    assert GOOD.twilio


def test_secrets_are_not_shown() -> None:
    settings = replace(
        GOOD, auth_token="s3cret-a", plivo_auth_token="s3cret-b", stream_tokens={"telnyx": "s" * 20}
    )
    assert "s3cret" not in repr(settings)
    assert "ssss" not in repr(settings)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"account_sid": ""}, "account_sid"),
        ({"account_sid": "AC/../x"}, "account_sid"),
        ({"auth_token": ""}, "account_sid"),
        ({"public_url": ""}, "public_url"),
        ({"public_url": "voice.example.com"}, "public_url"),
        ({"public_url": "http://voice.example.com"}, "public_url"),
        ({"public_url": "https://voice.example.com:port"}, "public_url"),
        ({"public_url": "https://voice.example.com/?a=1"}, "public_url"),
        ({"public_url": "https://user:pw@voice.example.com"}, "public_url"),
        ({"public_url": "https://"}, "public_url"),
        ({"api_url": "http://api.example.com"}, "api_url"),
        ({"account_sid": "", "auth_token": ""}, "auth_token"),
        ({"insecure_loopback": True}, "insecure_loopback"),
        ({"stream_tokens": {"telnyx": "short"}}, "stream_tokens.telnyx"),
        ({"stream_tokens": {"vonage": "x" * 20}}, "stream_tokens"),
        ({"stream_tokens": {"twilio": "x" * 20}}, "stream_tokens"),
        ({"rescue": "nobody"}, "rescue"),
        ({"caller_id": "me"}, "caller_id"),
        ({"lead_s": 0.5}, "lead_s"),
        ({"lead_s": 0.0}, "lead_s"),
        ({"start_timeout_s": 0.0}, "start_timeout_s"),
        ({"rest_timeout_s": -1.0}, "rest_timeout_s"),
    ],
)
def test_refused(change: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=f"^{named}"):
        replace(GOOD, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "destination",
    [
        *("", "911", "+0123456789", "+1 415 555 0199", "+14155550199,w1", "tel:+1415"),
        *("sip:", "sip:a", "sip:a@", "sip:a@b c", "sip:a@b?X=1", "sip:a@b;maddr=1.2.3.4"),
        *(
            "sip:a@b\n",
            "sip:a@b</Sip>",
            "client:agent7",
            "http://example.com",
            "+１４１５５５５０１９９",
        ),
    ],
)
def test_no_other_destination_can_be_dialled(destination: str) -> None:
    with pytest.raises(ConfigError, match=r"^transfers\.default"):
        replace(GOOD, transfers={"default": destination})


def test_queues() -> None:
    assert GOOD.destination("billing") == "sip:billing@pbx.example.com;transport=tls"
    assert GOOD.destination("anything") == "+14155550199"
    assert replace(GOOD, transfers={"billing": "+14155550199"}, rescue="").destination("x") is None


def test_urls() -> None:
    assert GOOD.url("/twilio/media", "ws") == "wss://voice.example.com/twilio/media"
    assert GOOD.url("/twilio/voice") == "https://voice.example.com/twilio/voice"
    local = TwilioSettings(public_url="http://127.0.0.1:8080/", insecure_loopback=True)
    assert local.url("/twilio/media", "ws") == "ws://127.0.0.1:8080/twilio/media"
    behind = replace(GOOD, public_url="https://example.com/voice")
    assert behind.url("/twilio/voice") == "https://example.com/voice/twilio/voice"
