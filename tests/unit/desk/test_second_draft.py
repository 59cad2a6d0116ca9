"""Asking a language model that speaks HTTP as the usual ones do, on loopback."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from warmline.assist.draft import SecondDraft
from warmline.desk.second_draft import MAX_BYTES, DraftSettings, SecondDrafter
from warmline.errors import ConfigError
from warmline.events import Entry, UtteranceHeard

Handler = Callable[[bytes, bytes, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[[Handler], Awaitable[str]]
SAID = "I was charged twice for order 4527."
HEARD = UtteranceHeard(turn=1, text=SAID, confidence=0.9, started_at=0.0, audio_at=1.0)
CALL = [Entry(call_id="c", seq=7, at=1.0, fact=HEARD)]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`await serve(handler)` gives an address; the handler gets head and body of each request."""
    servers: list[asyncio.Server] = []
    tasks: set[asyncio.Task[None]] = set()

    async def start(handler: Handler) -> str:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
                await handler(head, await reader.readexactly(int(length)), writer)
                await writer.drain()
            except (ConnectionError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"

    yield start
    for server in servers:
        server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks)


def reply(body: bytes, *lines: str, status: int = 200) -> bytes:
    head = [f"HTTP/1.1 {status} X", "Content-Type: application/json", *lines]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


def completion(*sentences: str) -> bytes:
    content = json.dumps({"sentences": sentences})
    return json.dumps({"choices": [{"message": {"content": content}}]}).encode()


def answers(data: bytes) -> Handler:
    async def handle(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return handle


async def draft(url: str, timeout_s: float = 20.0, api_key: str = "") -> SecondDraft | None:
    settings = DraftSettings(url=url, model="small", api_key=api_key, timeout_s=timeout_s)
    async with SecondDrafter(settings) as drafter:
        return await drafter.draft(CALL)


async def test_a_draft_and_what_was_asked_for_it(serve: Serve) -> None:
    asked: list[tuple[bytes, bytes]] = []

    async def handle(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        asked.append((head, body))
        writer.write(reply(completion("The caller was charged twice for order 4527. [1]", "Bye.")))

    found = await draft(await serve(handle) + "/", api_key="sk-1")
    assert found is not None
    assert found.text == "The caller was charged twice for order 4527."
    assert [sentence.evidence for sentence in found.sentences] == [(7,)]
    assert [dropped.reason for dropped in found.dropped] == ["cites no line"]
    ((head, body),) = asked
    assert head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert b"authorization: bearer sk-1\r\n" in head.lower()
    request = json.loads(body)
    assert (request["model"], request["temperature"], request["stream"]) == ("small", 0, False)
    assert SAID in request["messages"][1]["content"]


async def test_no_key_is_sent_where_none_is_set(serve: Serve) -> None:
    heads: list[bytes] = []

    async def handle(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head.lower())
        writer.write(reply(completion("The caller was charged twice. [1]")))

    assert await draft(await serve(handle)) is not None
    assert b"authorization" not in heads[0]


@pytest.mark.parametrize(
    "data",
    [
        reply(b"{}", status=500),
        reply(b"{}", "Location: http://127.0.0.1:1/", status=307),
        reply(b"{}"),
        reply(b"[]"),
        reply(b"nothing"),
        reply(b'{"choices": []}'),
        reply(b'{"choices": [{"message": {"content": null}}]}'),
        reply(completion("Nothing is cited here.")),
        reply(b"x", "Content-Encoding: gzip"),
        reply(b" " * (MAX_BYTES + 1)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"what?\r\n\r\n",
        b"",
    ],
)
async def test_a_bad_answer_is_no_draft_and_is_not_logged(
    data: bytes, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="warmline"):
        assert await draft(await serve(answers(data))) is None
    assert SAID not in caplog.text
    assert "cited" not in caplog.text


async def test_nobody_waits_longer_than_allowed(serve: Serve) -> None:
    async def never(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def slowly(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.01)

    for handler in (never, slowly):
        assert await draft(await serve(handler), timeout_s=0.2) is None


async def test_an_endpoint_that_is_not_there_is_no_draft() -> None:
    assert await draft("http://127.0.0.1:1/v1") is None


async def test_it_is_off_unless_it_is_configured() -> None:
    async with SecondDrafter(DraftSettings()) as drafter:
        assert not drafter.on
        assert await drafter.draft(CALL) is None


async def test_without_words_nobody_is_asked(serve: Serve) -> None:
    async def handle(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("asked about nothing")

    settings = DraftSettings(url=await serve(handle), model="small")
    async with SecondDrafter(settings) as drafter:
        assert await drafter.draft([]) is None


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"url": "llm.example.com/v1"}, "draft_url"),
        ({"url": "ftp://llm.example.com/v1"}, "draft_url"),
        ({"url": "https://me:secret@llm.example.com/v1"}, "draft_url"),
        ({"url": "https://"}, "draft_url"),
        ({"url": "https://llm.example.com/v1", "model": ""}, "draft_model"),
        ({"url": "https://llm.example.com/v1", "api_key": "a\nb"}, "draft_api_key"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, str], key: str) -> None:
    with pytest.raises(ConfigError, match=rf"^desk\.{key}: expected"):
        DraftSettings(**{"model": "small", **settings})  # type: ignore[arg-type]


def test_a_wrong_time_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^desk\.draft_timeout_s: expected"):
        DraftSettings(url="https://llm.example.com/v1", model="small", timeout_s=0.0)


def test_the_key_is_not_shown() -> None:
    settings = DraftSettings(url="https://llm.example.com/v1", model="small", api_key="sk-1")
    assert "sk-1" not in repr(settings)
