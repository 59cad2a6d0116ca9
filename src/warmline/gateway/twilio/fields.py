"""Owns how a field is found in a message whatever its dialect calls it, as string or number.

Pure. Nothing here raises: what is not there, or of the wrong kind, is empty.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from warmline.gateway.twilio.strict_json import read_object

MAX_PARAMETERS: Final = 32
MAX_VALUE: Final = 500
"""Characters of name and value together (Twilio's limit for `<Parameter>`)."""
_MAX_DIGITS: Final = 18
"""Fits 63 bits, which milliseconds since 1970 need 41 of."""
_MAX_ID: Final = 256
"""Characters; a Telnyx `call_control_id` has about 90."""


def inner(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object in the message."""
    value = message.get(name)
    return value if isinstance(value, dict) else {}


def text(message: Mapping[str, Any], *names: str) -> str:
    """The first of these that is a string or a whole number, as a string."""
    for name in names:
        match message.get(name):
            case str(value):
                return value
            case int(value) if not isinstance(value, bool):
                return str(value)
    return ""


def number(message: Mapping[str, Any], *names: str) -> int | None:
    """The first of these that is a whole number from 0 on, or a string of its digits."""
    for name in names:
        value = text(message, name)
        if value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS:
            return int(value)
    return None


def stream_id(message: Mapping[str, Any]) -> str:
    return text(message, "streamSid", "stream_id", "streamId")[:_MAX_ID]


def call_id(message: Mapping[str, Any]) -> str:
    return text(message, "callSid", "call_control_id", "callId")[:_MAX_ID]


def parameters(message: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, str]:
    """Our own parameters in all their places, with `from` and `to` where the provider says so."""
    found: dict[str, str] = {}
    for name, value in _pairs(message, start):
        if len(found) < MAX_PARAMETERS and len(name) + len(value) <= MAX_VALUE:
            found[name] = value
    return found


def _pairs(message: Mapping[str, Any], start: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("customParameters", "custom_parameters"):
        for given in (start.get(name), message.get(name)):
            match given:
                case dict():
                    yield from ((key, text(given, key)) for key in given)
                case list():  # Telnyx takes them so
                    entries = (entry for entry in given if isinstance(entry, dict))
                    yield from ((text(entry, "name"), text(entry, "value")) for entry in entries)
    yield from _extra_headers(message.get("extra_headers"))
    for name in ("from", "to"):
        if told := text(start, name):
            yield name, told


def _extra_headers(headers: object) -> Iterator[tuple[str, str]]:
    """Plivo's: an object, its JSON, or the `name=value,…` that our answer gave."""
    if isinstance(headers, str):
        try:
            headers = read_object(headers)
        except ValueError:
            parts = (part.partition("=") for part in str(headers).strip("{}").split(","))
            headers = {name.strip(): value.strip() for name, _, value in parts}
    if isinstance(headers, dict):
        for name in headers:
            yield name.lower().removeprefix("x-ph-"), text(headers, name)
