"""Which doors are open under which settings."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from warmline.config import Settings
from warmline.doors import Doors
from warmline.errors import ConfigError
from warmline.ports import Line


async def refuse(line: Line) -> None:
    raise AssertionError("nobody calls")


def doors(**sections: dict[str, Any]) -> Doors:
    return Doors(Settings.model_validate(sections), refuse, lambda what: None)


def paths(open_doors: Doors) -> set[str]:
    app = FastAPI()
    for router in open_doors.routers:
        app.include_router(router)
    return {context.path for context in iter_route_contexts(app.routes)}


def test_by_default_programs_and_browsers_may_call() -> None:
    found = paths(doors())
    assert {"/audio", "/webrtc/token", "/webrtc/offer", "/whip"} <= found
    assert not any(path.startswith("/twilio") for path in found)


def test_doors_open_and_close_by_their_settings() -> None:
    assert "/whip" not in paths(doors(webrtc={"enabled": False}))
    twilio = {
        "public_url": "https://voice.example.com",
        "account_sid": "AC" + "0" * 32,
        "auth_token": "0" * 32,
    }
    assert {"/twilio/voice", "/twilio/media"} <= paths(doors(twilio=twilio))


@pytest.mark.parametrize(
    ("section", "values", "named"),
    [
        ("twilio", {"public_url": "https://voice.example.com"}, "twilio."),
        ("twilio", {"transfers": {"orders": "whoever"}}, "twilio."),
        ("asterisk", {"password": "secret", "user": ""}, "asterisk.user"),
        ("webrtc", {"ice_servers": ["turn:turn.example.com:3478"]}, "webrtc.turn_secret"),
        ("webrtc", {"ice_servers": ["http://turn.example.com"]}, "webrtc."),
    ],
)
def test_settings_that_contradict_each_other_are_named(
    section: str, values: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{named}"):
        doors(**{section: values})
