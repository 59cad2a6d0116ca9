"""Owns the one request that we make to the provider: new instructions for a live call.

The only module of the room that knows the HTTP library. Uses its transport and not its client,
so there are no redirects, cookies, proxies or log lines with ids. Must not know what the
instructions say.
"""

import asyncio
import ssl
from base64 import b64encode
from enum import Enum, auto
from functools import cache
from typing import Final
from urllib.parse import quote, urlencode

import httpx

TRIES: Final = 2
PAUSE_S: Final = 0.2
"""Seconds between them."""
_AGAIN: Final = frozenset({429, 502, 503, 504})
_GONE: Final = frozenset({404, 410})


class Updated(Enum):
    DONE = auto()
    GONE = auto()
    """The caller has hung up."""
    FAILED = auto()


class CallApi:
    """Calls of one account at Twilio, or at SignalWire by its compatible API."""

    def __init__(self, api_url: str, account: str, auth_token: str, timeout_s: float) -> None:
        self._url = f"{api_url.rstrip('/')}/Accounts/{quote(account, safe='')}/Calls"
        credentials = b64encode(f"{account}:{auth_token}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        self._timeout_s = timeout_s

    async def update(self, call: str, twiml: str) -> Updated:
        """Have the call go on with `twiml`; the provider then ends the stream. Never raises.

        A try whose answer was lost is not made again: it may have been obeyed.
        """
        try:
            async with asyncio.timeout(self._timeout_s), self._transport() as transport:
                for last in [False] * (TRIES - 1) + [True]:
                    status = await self._try(transport, call, twiml)
                    if status not in _AGAIN or last:
                        return _outcome(status)
                    await asyncio.sleep(PAUSE_S)
        except (TimeoutError, httpx.HTTPError, OSError):
            pass
        return Updated.FAILED

    def _transport(self) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(verify=_public_authorities(), trust_env=False)

    async def _try(self, transport: httpx.AsyncHTTPTransport, call: str, twiml: str) -> int:
        """The answer's status; 503 when there was no connection."""
        body = urlencode({"Twiml": twiml}).encode()
        url = httpx.URL(f"{self._url}/{quote(call, safe='')}.json")
        request = httpx.Request("POST", url, headers=self._headers, content=body)
        try:
            response = await transport.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return 503
        await response.aclose()  # what it says is not needed
        return response.status_code


def _outcome(status: int) -> Updated:
    if 200 <= status < 300:
        return Updated.DONE
    return Updated.GONE if status in _GONE else Updated.FAILED


@cache
def _public_authorities() -> ssl.SSLContext:
    """One for all requests: it takes 20 ms to make."""
    return httpx.create_ssl_context(trust_env=False)
