"""One try with one peer: find its address, check it, connect to just that address, read a reply.

The only module of the room that knows the HTTP library. Uses its transport and not its client,
so there are no redirects, no cookies that one caller leaves to the next, no proxies and no
passwords from the environment. Knows no retries and no time limit over all of them.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import cache
from typing import Final

import httpx

from warmline.connect import reply
from warmline.connect.address import allowed
from warmline.connect.endpoint import EndpointSettings
from warmline.connect.outcome import Failed
from warmline.connect.request import Message
from warmline.errors import ConfigError

MAX_CONNECTIONS: Final = 8
"""To one endpoint."""
_OVERLOADED: Final = frozenset({429, 502, 503, 504})
"""Statuses that may be gone at the next try."""

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to its addresses, the best first. Raises OSError."""


class Resolver:
    """The system's name service, on threads of its own: one that hangs keeps nobody else's."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> list[str]:
        def look_up() -> list[str]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(address[0]) for *_, address in found))

        return await asyncio.get_running_loop().run_in_executor(self._threads, look_up)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Peer:
    """An endpoint's connections. They are its own: a connection is opened to an address, and
    another endpoint at the same address may have another name and another certificate.

    Raises ConfigError when the endpoint's certificate file cannot be used.
    """

    def __init__(self, name: str, settings: EndpointSettings, resolve: Resolve) -> None:
        self._settings = settings
        self._resolve = resolve
        self._transport = httpx.AsyncHTTPTransport(
            verify=_context(name, settings),
            trust_env=False,
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS),
        )

    async def close(self) -> None:
        await self._transport.aclose()

    async def exchange(self, message: Message) -> tuple[int, dict[str, str]]:
        """The status (2xx) and the texts to save. Raises Failed."""
        try:
            async with asyncio.timeout(self._settings.try_timeout_s):
                response = await self._send(message, await self._addresses(message))
                # Left early, the connection is closed, and with it whatever the peer still sends.
                async with aclosing(response):
                    body = await self._body(response, wanted=bool(message.save))
        except TimeoutError:
            raise Failed("timeout", passing=True) from None
        except httpx.HTTPError:
            # Also what happens to an idle connection that the peer closes as we use it.
            raise Failed("broken_off", passing=True) from None
        try:
            return response.status_code, reply.read(body, message.save) if message.save else {}
        except Failed as failure:
            failure.status = response.status_code
            raise

    async def _addresses(self, message: Message) -> list[str]:
        """Those of the peer, all of them checked: none would be better than a mixed answer."""
        try:
            addresses = await self._resolve(message.host, message.port)
        except (OSError, UnicodeError):  # the latter for a label that no name can have
            raise Failed("no_address", passing=True) from None
        if not addresses:
            raise Failed("no_address", passing=True)
        private = self._settings.allow_private
        if not all(allowed(address, allow_private=private) for address in addresses):
            raise Failed("refused_address")
        return addresses

    async def _send(self, message: Message, addresses: list[str]) -> httpx.Response:
        """The response's head, from the first address that takes a connection.

        The URL holds the checked address, so nobody resolves the name once more; the name goes
        into the Host header and into the TLS handshake, where the certificate must match it.
        Each address of each try gets its share of the time, so that one which swallows packets
        leaves some for the others.
        """
        share_s = self._settings.timeout_s / (self._settings.retries + 1) / len(addresses)
        for address in addresses:
            host = f"[{address}]" if ":" in address else address
            request = httpx.Request(
                message.method,
                httpx.URL(f"{message.scheme}://{host}:{message.port}{message.target}"),
                headers={"Host": message.authority, **message.headers},
                content=message.body or None,
                extensions={"timeout": {"connect": share_s}, "sni_hostname": message.host},
            )
            try:
                return await self._transport.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if _is_tls(error):
                    raise Failed("bad_tls") from None
        raise Failed("unreachable", passing=True)

    async def _body(self, response: httpx.Response, *, wanted: bool) -> bytes:
        """The bytes of a good reply; none are read if nobody wants them."""
        self._check_status(response)
        if not wanted:
            return b""
        status, headers = response.status_code, response.headers
        if not reply.is_json(headers.get("Content-Type", "")):
            raise Failed("not_json", status=status)
        if (
            headers.get("Content-Encoding", "identity") != "identity"
        ):  # a kilobyte may be a gigabyte
            raise Failed("not_json", status=status)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._settings.max_bytes:
                raise Failed("too_large", status=status)
        return bytes(body)

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in self._settings.not_found:
            raise Failed("not_found", status=status)
        if 300 <= status < 400:
            raise Failed("redirect", status=status)
        if not 200 <= status < 300:
            wish = response.headers.get("Retry-After", "")
            raise Failed(
                "bad_status",
                status=status,
                passing=status in _OVERLOADED,
                # A date, its other form, needs the peer's clock; the usual pause serves.
                retry_after_s=float(wish) if wish.isascii() and wish.isdecimal() else 0.0,
            )


def hush_library() -> None:
    """Keep the HTTP library's debug lines out of the log: they show the peer's headers."""
    logging.getLogger("httpcore").setLevel(logging.INFO)


@cache
def _public_authorities() -> ssl.SSLContext:
    """One for all endpoints: it takes 20 ms to make."""
    return httpx.create_ssl_context(trust_env=False)


def _context(name: str, settings: EndpointSettings) -> ssl.SSLContext:
    if settings.ca_file is None:
        return _public_authorities()
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:  # SSLError is one
        raise ConfigError(
            f"endpoints.{name}.ca_file: {settings.ca_file}: "
            f"expected a PEM file with certificates ({error.strerror or type(error).__name__})"
        ) from None


def _is_tls(error: BaseException | None) -> bool:
    """The library wraps TLS errors twice, once without naming the cause."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None
