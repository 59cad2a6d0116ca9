"""How commands read the record of a call: from the server, or from its database without one.

Knows no screen. Only a server on this machine is shown the key of its user.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from warmline.config import Settings
from warmline.config.local_key import api_key
from warmline.errors import WarmlineError
from warmline.events import Entry
from warmline.records import CallRecord, codec

if TYPE_CHECKING:  # it brings the database along, which a server's answer does not need
    from warmline.records.store import Store

_CALLS: Final = "/api/calls"
LAST: Final = "last"
"""Stands for the newest call."""
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
"""Where a server listens that takes calls from everywhere, and where it is asked."""
_PAGE: Final = 1000
"""Entries, or calls, in one answer."""


class RecordError(WarmlineError):
    """A call's record cannot be read."""


class _NoServer(Exception):
    """Nobody answers at this address."""


def proof(url: httpx.URL, settings: Settings) -> dict[str, str]:
    """For a server on this machine; nobody else is shown our key."""
    key = api_key(settings) if url.host in _LOOPBACK else ""
    return {"Authorization": f"Bearer {key}"} if key else {}


def read_call(name: str, settings: Settings, url: str = "") -> tuple[CallRecord, list[Entry]]:
    """A call and all its entries, in order.

    `name` is its id, enough of its id's beginning to be the only one, or `last`. With `url` only
    that server is asked; else the one of the settings, and where none runs, its database.
    Raises RecordError, and StoreError for a database that cannot be used.
    """
    server, where = settings.server, settings.records.url_or_path()
    base = url or f"http://{_ANY.get(server.host, server.host)}:{server.port}"
    try:
        return asyncio.run(_from_server(name, base, settings))
    except _NoServer:
        if url:
            raise RecordError(f"{url}: no server answers; `warmline serve` starts one") from None
    if "://" not in where and not Path(where).is_file():
        raise RecordError(
            f"{where}: there is no record yet, and no server at {base}; "
            "`warmline serve` starts one, and writes it"
        )
    return asyncio.run(_from_database(name, where))


# --- a server ------------------------------------------------------------------------------------


async def _from_server(name: str, base: str, settings: Settings) -> tuple[CallRecord, list[Entry]]:
    try:
        async with httpx.AsyncClient(base_url=base, timeout=10) as client:
            client.headers.update(proof(client.base_url, settings))
            page = await _get(client, _CALLS, limit=_PAGE)
            call = _find(name, [_record(one) for one in page["calls"]])
            if call is None:
                call = _record(await _get(client, f"{_CALLS}/{quote(name, safe='')}"))
            return call, await _events(client, call.call_id)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise _NoServer from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RecordError(f"{base}: the server did not give its record ({error})") from None
    except (ValueError, KeyError, TypeError):
        wrong = f"{base}: the answer is not of this version of Warmline; is that its server?"
        raise RecordError(wrong) from None


async def _get(client: httpx.AsyncClient, path: str, **params: int) -> dict[str, Any]:
    answer = await client.get(path, params=params)
    if answer.status_code in (401, 403):
        raise RecordError(
            f"{client.base_url}: the server does not show its record to us: the key of a server "
            "of this user on this machine is known, any other is the setting accounts.api_key "
            "(WARMLINE_ACCOUNTS_API_KEY)"
        )
    if answer.status_code in (404, 422) and path != _CALLS:
        raise _unknown(path.rpartition("/")[2])
    if answer.status_code != 200:
        raise RecordError(
            f"{client.base_url}: the server did not give its record (HTTP {answer.status_code}); "
            "its log says why, if it is Warmline's"
        )
    body: dict[str, Any] = answer.json()
    return body


async def _events(client: httpx.AsyncClient, call_id: str) -> list[Entry]:
    entries: list[Entry] = []
    while True:
        after = entries[-1].seq if entries else 0
        page = await _get(client, f"{_CALLS}/{call_id}/events", after=after, limit=_PAGE)
        entries += [_entry(call_id, event) for event in page["events"]]
        if len(page["events"]) < _PAGE:
            return entries


def _entry(call_id: str, event: dict[str, Any]) -> Entry:
    seq, at, type_ = (event.pop(name) for name in ("seq", "at", "type"))
    return Entry(call_id=call_id, seq=seq, at=at, fact=codec.decode(type_, event))


def _record(told: dict[str, Any]) -> CallRecord:
    return CallRecord(**{name: told[name] for name in CallRecord.__slots__})


# --- a database ----------------------------------------------------------------------------------


async def _from_database(name: str, where: str) -> tuple[CallRecord, list[Entry]]:
    from warmline.records.database import Database
    from warmline.records.store import Store

    # Not Store.open: that is for the server, which sees to the calls that it finds unfinished.
    store = Store(await Database.open(where))
    try:
        call = _find(name, await store.calls(_PAGE)) or await store.call(name)
        if call is None:
            raise _unknown(name)
        return call, [entry async for entry in _stored(store, call.call_id)]
    finally:
        await store.close()


async def _stored(store: "Store", call_id: str) -> AsyncIterator[Entry]:
    after = 0
    while page := await store.events(call_id, after, _PAGE):
        for entry in page:
            yield entry
        after = page[-1].seq


# --- names ---------------------------------------------------------------------------------------


def _find(name: str, newest: Sequence[CallRecord]) -> CallRecord | None:
    """The call that is meant, if it is among the newest. Raises RecordError for many of them."""
    if name == LAST and newest:
        return newest[0]
    found = [call for call in newest if call.call_id.startswith(name)]
    if len(found) > 1 and (same := [call for call in found if call.call_id == name]):
        return same[0]
    if len(found) > 1:
        raise RecordError(f"{name}: {len(found)} calls begin like this; give more of the id")
    return found[0] if found else None


def _unknown(name: str) -> RecordError:
    if name == LAST:
        return RecordError("there is no call in the record yet; `warmline call` makes one")
    return RecordError(
        f"{name}: there is no such call in the record; `warmline explain last` takes the newest, "
        "and `warmline call` prints the ids of its calls"
    )
