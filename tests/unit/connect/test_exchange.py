"""One try with real peers on loopback: which address is used, TLS, and what bad peers send."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import trustme

from warmline.connect.endpoint import EndpointSettings
from warmline.connect.exchange import Peer, Resolver
from warmline.connect.outcome import Failed
from warmline.connect.request import Request, compose
from warmline.errors import ConfigError

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable[int]]

STATUS = Request(endpoint="orders", values={"id": "4527"}, save={"status": "$.status"})
SENT = b'{"status": "sent"}'


def head(*lines: str, status: int = 200) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", *lines, "", ""]).encode()


def whole(body: bytes = SENT, *lines: str, status: int = 200) -> bytes:
    lines = lines or ("Content-Type: application/json",)
    return head(f"Content-Length: {len(body)}", *lines, status=status) + body


def says(data: bytes, *, close: bool = False) -> Handler:
    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if close:
            writer.close()

    return handle


def names(*addresses: str) -> Callable[[str, int], Awaitable[list[str]]]:
    """A name service that knows one answer."""

    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


LOOPBACK = names("127.0.0.1")


def settings_of(port: int, scheme: str = "http", **settings: Any) -> EndpointSettings:
    url = f"{scheme}://shop.invalid:{port}/orders/{{id}}"
    return EndpointSettings(url=url, **{"allow_private": True, "timeout_s": 60} | settings)


async def ask(
    settings: EndpointSettings,
    request: Request = STATUS,
    resolve: Callable[[str, int], Awaitable[list[str]]] = LOOPBACK,
) -> tuple[int, dict[str, str]]:
    async with aclosing(Closable("orders", settings, resolve)) as peer:
        return await peer.exchange(compose(request, settings, {}))


class Closable(Peer):
    async def aclose(self) -> None:
        await self.close()


async def failure(settings: EndpointSettings, **arguments: Any) -> Failed:
    with pytest.raises(Failed) as caught:
        await ask(settings, **arguments)
    return caught.value


# --- good peers ----------------------------------------------------------------------------------


async def test_a_reply_gives_the_values(serve: Serve) -> None:
    requests: list[bytes] = []

    async def handle(request: bytes, writer: asyncio.StreamWriter) -> None:
        requests.append(request)
        writer.write(whole())

    port = await serve(handle)
    assert await ask(settings_of(port)) == (200, {"status": "sent"})
    lines = requests[0].decode().split("\r\n")
    assert lines[0] == "GET /orders/4527 HTTP/1.1"
    assert f"Host: shop.invalid:{port}" in lines
    assert not any(line.lower().startswith(("user-agent", "cookie")) for line in lines)


async def test_a_body_arrives(serve: Serve) -> None:
    requests: list[bytes] = []

    async def handle(request: bytes, writer: asyncio.StreamWriter) -> None:
        requests.append(request)
        writer.write(whole(status=201))

    settings = settings_of(await serve(handle), method="POST")
    assert await ask(settings) == (201, {"status": "sent"})
    assert json.loads(requests[0].partition(b"\r\n\r\n")[2]) == {"id": "4527"}


async def test_chunks_are_put_together(serve: Serve) -> None:
    chunked = head("Content-Type: application/json", "Transfer-Encoding: chunked")
    for byte in SENT:
        chunked += b"1\r\n" + bytes([byte]) + b"\r\n"
    settings = settings_of(await serve(says(chunked + b"0\r\n\r\n")), max_bytes=len(SENT))
    assert await ask(settings) == (200, {"status": "sent"})


async def test_nothing_to_save_needs_no_body(serve: Serve) -> None:
    port = await serve(says(head("Content-Length: 1000000000", "Content-Type: text/html")))
    request = Request(endpoint="orders", values={"id": "1"})
    assert await ask(settings_of(port), request) == (200, {})


async def test_cookies_of_one_call_do_not_reach_the_next(serve: Serve) -> None:
    requests: list[bytes] = []

    async def handle(request: bytes, writer: asyncio.StreamWriter) -> None:
        requests.append(request)
        writer.write(whole(SENT, "Content-Type: application/json", "Set-Cookie: session=1"))

    settings = settings_of(await serve(handle))
    async with aclosing(Closable("orders", settings, names("127.0.0.1"))) as peer:
        for _ in range(2):
            await peer.exchange(compose(STATUS, settings, {}))
    assert len(requests) == 2
    assert b"cookie" not in requests[1].lower()


async def test_a_connection_is_used_again(serve: Serve) -> None:
    writers: set[asyncio.StreamWriter] = set()

    async def handle(_: bytes, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        writer.write(whole())

    settings = settings_of(await serve(handle))
    async with aclosing(Closable("orders", settings, names("127.0.0.1"))) as peer:
        for _ in range(3):
            await peer.exchange(compose(STATUS, settings, {}))
    assert len(writers) == 1


# --- addresses -----------------------------------------------------------------------------------


async def never(_: bytes, writer: asyncio.StreamWriter) -> None:
    raise AssertionError("this peer must not be asked")


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["0.0.0.0"]]
)
async def test_a_name_of_a_private_address_is_refused(serve: Serve, addresses: list[str]) -> None:
    settings = settings_of(await serve(never), allow_private=False)
    refused = await failure(settings, resolve=names(*addresses))
    assert (refused.code, refused.passing) == ("refused_address", False)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "localhost", "[::1]"])
async def test_an_address_however_written_is_refused(serve: Serve, host: str) -> None:
    settings = EndpointSettings(url=f"http://{host}:{await serve(never)}/")
    resolver = Resolver(threads=1)
    refused = await failure(settings, resolve=resolver)
    resolver.close()
    assert refused.code in ("refused_address", "no_address")  # some systems take fewer forms


async def test_the_checked_address_is_used_and_no_name_resolved_again(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []

    def rebound(host: str | bytes | None, *_: Any, **__: Any) -> list[Any]:
        looked_up.append(str(host))
        raise OSError("a second answer would be another one")

    settings = settings_of(await serve(says(whole())))
    monkeypatch.setattr("socket.getaddrinfo", rebound)
    assert (await ask(settings))[0] == 200
    assert "shop.invalid" not in looked_up


async def test_the_next_address_serves_when_the_first_refuses(serve: Serve) -> None:
    port = await serve(says(whole()))
    assert (await ask(settings_of(port), resolve=names("127.7.7.7", "127.0.0.1")))[0] == 200


async def test_a_peer_that_is_away_may_come_back() -> None:
    away = await failure(settings_of(1), resolve=names("127.0.0.1", "127.7.7.7"))
    assert (away.code, away.passing) == ("unreachable", True)


@pytest.mark.parametrize("error", [OSError("unknown"), UnicodeError("label too long"), None])
async def test_a_name_without_address(error: Exception | None) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        if error:
            raise error
        return []

    lost = await failure(settings_of(1), resolve=resolve)
    assert (lost.code, lost.passing) == ("no_address", True)


async def test_the_system_resolves_names() -> None:
    resolver = Resolver(threads=1)
    found = await resolver("localhost", 80)
    assert set(found) <= {"127.0.0.1", "::1"}
    assert len(found) == len(set(found)) > 0
    resolver.close()


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_for(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def test_the_certificate_is_for_the_name_and_not_for_the_address(
    serve: Serve, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    asked: list[str | None] = []
    tls = tls_for(authority, "shop.invalid")
    tls.sni_callback = lambda _, name, __: asked.append(name)
    port = await serve(says(whole()), tls)
    settings = settings_of(port, "https", ca_file=tmp_path / "ca.pem")
    assert (await ask(settings))[0] == 200
    assert asked == ["shop.invalid"]


async def test_a_certificate_for_another_name_is_refused(
    serve: Serve, authority: trustme.CA, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    port = await serve(never, tls_for(authority, "other.invalid"))
    refused = await failure(settings_of(port, "https", ca_file=tmp_path / "ca.pem"))
    assert (refused.code, refused.passing) == ("bad_tls", False)


async def test_a_certificate_of_an_unknown_authority_is_refused(
    serve: Serve, authority: trustme.CA
) -> None:
    port = await serve(never, tls_for(authority, "shop.invalid"))
    assert (await failure(settings_of(port, "https"))).code == "bad_tls"


async def test_a_peer_without_tls_is_refused(serve: Serve) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await failure(settings_of(port, "https"))).code == "bad_tls"


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_wrong_certificate_file_is_told_at_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    with pytest.raises(ConfigError, match=r"endpoints\.orders\.ca_file: .*ca\.pem: expected"):
        Peer("orders", settings_of(1, "https", ca_file=file), names())


# --- bad peers -----------------------------------------------------------------------------------

JSON = "Content-Type: application/json"


@pytest.mark.parametrize(
    ("sent", "code", "status", "passing"),
    [
        (whole(status=404), "not_found", 404, False),
        (whole(status=410), "bad_status", 410, False),
        (whole(status=401), "bad_status", 401, False),
        (whole(status=500), "bad_status", 500, False),
        *((whole(status=n), "bad_status", n, True) for n in (429, 502, 503, 504)),
        (
            head("Location: http://127.0.0.1/", "Content-Length: 0", status=302),
            "redirect",
            302,
            False,
        ),
        (head("Location: //169.254.169.254/", status=307), "redirect", 307, False),
        (head("Content-Length: 0", status=204), "not_json", 204, False),
        (whole(b"<html>", "Content-Type: text/html"), "not_json", 200, False),
        (whole(SENT, "X-None: 1"), "not_json", 200, False),
        (whole(b'{"status": "se'), "not_json", 200, False),
        (whole(SENT, JSON, "Content-Encoding: gzip"), "not_json", 200, False),
        (whole(b"[" * 100_000), "too_deep", 200, False),
        (whole(b"{}"), "missing_field", 200, False),
        (whole(SENT + b" " * 300_000), "too_large", 200, False),
        (head(JSON, "Content-Length: 99") + b'{"status"', "broken_off", 0, True),
        (head(JSON, "Transfer-Encoding: chunked") + b"zz\r\n", "broken_off", 0, True),
        (b"HTTP/1.1 200", "broken_off", 0, True),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "broken_off", 0, True),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: 1\r\n" * 100_000, "broken_off", 0, True),
        (b"", "broken_off", 0, True),
    ],
)
async def test_a_bad_reply_has_its_code(
    serve: Serve, sent: bytes, code: str, status: int, passing: bool
) -> None:
    port = await serve(says(sent, close=True))
    bad = await failure(settings_of(port))
    assert (bad.code, bad.status, bad.passing) == (code, status, passing)


@pytest.mark.parametrize("length", ["Content-Length: 1073741824", "Transfer-Encoding: chunked"])
async def test_a_gigabyte_is_cut_at_the_cap(serve: Serve, length: str) -> None:
    sent = 0
    stopped = asyncio.Event()

    async def pour(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        chunk = b" " * 65_536
        writer.write(head(JSON, length))
        try:
            while sent < 1 << 30:
                writer.write(b"10000\r\n" + chunk + b"\r\n" if "chunked" in length else chunk)
                await writer.drain()
                sent += len(chunk)
        finally:
            stopped.set()

    settings = settings_of(await serve(pour), max_bytes=100_000)
    assert (await failure(settings)).code == "too_large"
    await stopped.wait()
    assert sent < 1 << 26  # what the buffers of two sockets may hold


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [("0", 0), ("7", 7), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-1", 0), ("1.5", 0), ("٣", 0)],
)
async def test_how_long_an_overloaded_peer_wants_to_rest(
    serve: Serve, wish: str, seconds: float
) -> None:
    reply = f"HTTP/1.1 503 Busy\r\nRetry-After: {wish}\r\nContent-Length: 0\r\n\r\n".encode()
    assert (await failure(settings_of(await serve(says(reply))))).retry_after_s == seconds


async def test_a_try_has_its_own_limit(serve: Serve) -> None:
    async def hang(_: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    slow = await failure(settings_of(await serve(hang), try_timeout_s=0.05))
    assert (slow.code, slow.passing) == ("timeout", True)
