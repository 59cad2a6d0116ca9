"""What a flow asks of an endpoint, and the HTTP message that it becomes. Pure.

Here a caller's words meet a URL: every value is encoded, and one that could lead to another
path is refused. Knows no network.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from warmline.connect.endpoint import FIELD, URL, EndpointSettings
from warmline.connect.jsonpath import Path, parse
from warmline.connect.outcome import Failed

MAX_VALUE: Final = 1_000
"""Characters of one value. A caller's longest turn has fewer."""
MAX_TARGET: Final = 8_000
"""Characters of path and query, which every server must take (RFC 9110, 4.1)."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_KEY: Final = re.compile(r"[!-~]{0,255}")
_ASKED_TWICE_IS_ONCE: Final = frozenset({"GET", "PUT", "DELETE"})
"""Idempotent methods (RFC 9110, 9.2.2); the others are repeated under an idempotency key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    endpoint: str
    """Its name in the configuration."""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the flow sends, by name (`with`)."""
    save: Mapping[str, str] = field(default_factory=dict)
    """Slot -> JSON path of what the flow wants (`save`)."""
    key: str = field(default="", repr=False)
    """Idempotency key: the same for the same act, of printable ASCII characters without spaces.
    Without one, POST and PATCH are not tried again."""
    secrets: frozenset[str] = frozenset()
    """Names of values that may travel only in a body, and only encrypted or privately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The HTTP request, the same for each try."""

    method: str
    scheme: str
    host: str
    """A name or an address, without brackets."""
    port: int
    authority: str
    """The Host header."""
    target: str = field(repr=False)
    """Path and query, encoded."""
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    save: Mapping[str, Path]
    repeatable: bool


def compose(request: Request, settings: EndpointSettings, headers: Mapping[str, str]) -> Message:
    """The message for `request`; `headers` are the endpoint's own.

    Raises Failed with `missing_value`, `bad_value`, `unsafe_secret` or `bad_path`.
    """
    url = URL.fullmatch(settings.url)
    assert url is not None, "the settings are validated"
    _check(request, settings, url["scheme"])
    own = {"Accept": "application/json", "Accept-Encoding": "identity"}
    body = b""
    if settings.sends_body:
        own["Content-Type"] = "application/json"
        body = _body(request.values, settings.body)
    idempotent = settings.method in _ASKED_TWICE_IS_ONCE
    if request.key and not idempotent:
        own["Idempotency-Key"] = request.key
    return Message(
        method=settings.method,
        scheme=url["scheme"],
        host=url["host"].strip("[]"),
        port=int(url["port"] or (443 if url["scheme"] == "https" else 80)),
        authority=url["host"] + (f":{url['port']}" if url["port"] else ""),
        target=_target(url["path"] or "/", url["query"], request.values),
        headers={**headers, **own},
        body=body,
        save=_paths(request.save),
        repeatable=idempotent or bool(request.key),
    )


def _check(request: Request, settings: EndpointSettings, scheme: str) -> None:
    if not settings.needs <= request.values.keys():
        raise Failed("missing_value")
    if any(len(value) > MAX_VALUE for value in request.values.values()):
        raise Failed("bad_value")
    if not _KEY.fullmatch(request.key):
        raise Failed("bad_value")
    # URLs stand in the logs of every machine on the way.
    in_clear = scheme == "http" and not settings.allow_private
    if request.secrets & settings.in_url or (request.secrets and in_clear):
        raise Failed("unsafe_secret")


def _target(path: str, query: str | None, values: Mapping[str, str]) -> str:
    segments = [_segment(segment, values) for segment in path.split("/")]
    target = "/".join(segments) + ("" if query is None else "?" + _filled(query, values))
    if len(target) > MAX_TARGET:
        raise Failed("bad_value")
    return target


def _segment(template: str, values: Mapping[str, str]) -> str:
    filled = _filled(template, values)
    # Many servers decode before they route, so an encoded slash may divide. An empty value
    # would name the list instead of one of its items, "." and ".." its parents.
    parts = re.split(r"[/\\]", unquote(filled))
    if FIELD.search(template) and any(part.strip() in ("", ".", "..") for part in parts):
        raise Failed("bad_value")
    return filled


def _filled(template: str, values: Mapping[str, str]) -> str:
    return FIELD.sub(lambda name: _encoded(values[name[1]]), template)


def _encoded(value: str) -> str:
    if _CONTROL.search(value):
        raise Failed("bad_value")
    return quote(value, safe="", errors="replace")


def _body(values: Mapping[str, str], names: Mapping[str, str] | None) -> bytes:
    chosen = values if names is None else {key: values[name] for key, name in names.items()}
    return json.dumps(dict(chosen)).encode()


def _paths(save: Mapping[str, str]) -> dict[str, Path]:
    try:
        return {slot: parse(path) for slot, path in save.items()}
    except ValueError:
        raise Failed("bad_path") from None
