"""The second draft's way to a language model: one POST to an OpenAI-compatible endpoint.

Off unless it is configured: without settings nothing ever leaves this server. Knows HTTP; what
is asked, and what of the answer is believed, stands in `assist.draft`. A failure is no draft,
never an error.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import httpx

from warmline.assist.draft import SecondDraft, accept, messages, transcript
from warmline.errors import ConfigError
from warmline.events import Entry

PATH: Final = "/chat/completions"
MAX_BYTES: Final = 256 * 1024
"""Of an answer; a summary has a few thousand."""
MAX_TOKENS: Final = 800
AT_ONCE: Final = 2
"""Requests: a small machine's model does one after the other anyway."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSettings:
    url: str = ""
    """As clients of such APIs want it: https://host/v1; empty: there is no second draft."""
    model: str = ""
    api_key: str = field(default="", repr=False)
    """Empty for an endpoint that wants none."""
    timeout_s: float = 20.0
    """For all of it."""

    def __post_init__(self) -> None:
        if not self.url:
            return
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise ConfigError("desk.draft_url: expected an address as https://llm.example.com/v1")
        if not self.model:
            raise ConfigError("desk.draft_model: expected the name of a model beside draft_url")
        if not (self.api_key.isascii() and self.api_key.isprintable()):
            raise ConfigError("desk.draft_api_key: expected one line of printable ASCII characters")
        if not 0 < self.timeout_s <= 120:
            raise ConfigError("desk.draft_timeout_s: expected seconds above 0, at most 120")


class SecondDrafter:
    """For all calls; used within `async with`."""

    def __init__(self, settings: DraftSettings) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(AT_ONCE)
        key = settings.api_key
        # No redirects, no proxy of the environment: what callers said goes where it is meant to.
        self._client = httpx.AsyncClient(
            timeout=settings.timeout_s,
            follow_redirects=False,
            trust_env=False,
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )

    @property
    def on(self) -> bool:
        return bool(self._settings.url)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def draft(self, entries: Sequence[Entry]) -> SecondDraft | None:
        """Of the entries of `PacketBuilder.entries`; None when it is off, nothing was said, the
        model does not answer in time, or nothing of its answer can be believed. Never raises."""
        lines = transcript(entries)
        if not self.on or not lines:
            return None
        try:
            async with asyncio.timeout(self._settings.timeout_s), self._places:
                answer = await self._ask(messages(lines))
        except (TimeoutError, _Unusable, httpx.HTTPError) as error:
            why = str(error) if isinstance(error, _Unusable) else type(error).__name__
            _log.warning("no second draft: %s", why)
            return None
        found = accept(answer, lines)
        kept, dropped = (len(found.sentences), len(found.dropped)) if found else (0, 0)
        _log.info("second draft: %d sentences kept, %d dropped", kept, dropped)
        return found

    async def _ask(self, asked: list[dict[str, str]]) -> str:
        """The model's words. Raises _Unusable, httpx.HTTPError."""
        body = {
            "model": self._settings.model,
            "messages": asked,
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "response_format": {"type": "json_object"},
            "stream": False,
        }
        url = self._settings.url.rstrip("/") + PATH
        # A kilobyte that is packed may be a gigabyte: only what is not packed is read.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with self._client.stream("POST", url, json=body, headers=headers) as response:
            if response.status_code != httpx.codes.OK:
                raise _Unusable(f"status {response.status_code}")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise _Unusable("packed answer")
            found = bytearray()
            async for chunk in response.aiter_raw():
                found += chunk
                if len(found) > MAX_BYTES:
                    raise _Unusable("answer too large")
        return _words(bytes(found))


class _Unusable(Exception):
    """The endpoint's answer is none; the message says why, and holds nothing of it."""


def _words(body: bytes) -> str:
    try:
        words = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise _Unusable("no chat completion") from None
    if not isinstance(words, str):
        raise _Unusable("no chat completion")
    return words
