"""Facts as plain data and back, entries as rows: what JSON and a table can hold.

Pure. Facts go through one generic path over the closed union `Fact`. Knows no database.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from math import isfinite
from types import MappingProxyType
from typing import Any, get_args, get_origin, get_type_hints

from warmline.events import Entry, Fact

Plain = str | int | float | bool | list["Plain"]
Body = dict[str, Plain]
Row = dict[str, Any]

_FACTS: Mapping[str, type[Any]] = MappingProxyType({fact.__name__: fact for fact in get_args(Fact)})
_FIELDS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {name: get_type_hints(fact) for name, fact in _FACTS.items()}
)
_OPTIONAL: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        name: {f.name: f.default for f in fields(fact) if f.default is not MISSING}
        for name, fact in _FACTS.items()
    }
)
"""Fields that older records may lack, and what they then are."""
_START = ("door", "caller", "flow", "flow_version")


def encode(fact: Fact) -> tuple[str, Body]:
    """The fact's type name and its fields.

    Text becomes what every database and JSON reader takes: U+FFFD stands for NUL and for
    lone surrogates. Raises ValueError when a number is not finite, which JSON cannot say.
    """
    name = type(fact).__name__
    return name, {f.name: _plain(name, f.name, getattr(fact, f.name)) for f in fields(fact)}


def decode(name: str, body: Mapping[str, object]) -> Fact:
    """The fact that `encode` took apart.

    Raises ValueError, naming type and field but no value, when the type is unknown, or a
    field is unknown, missing or of another type: the data is from another version.
    """
    if name not in _FACTS:
        raise ValueError(f"{name!r} is no type of fact; known are {', '.join(_FACTS)}")
    expected = _FIELDS[name]
    body = {**_OPTIONAL[name], **body}
    for field in sorted(expected.keys() ^ body.keys()):
        wrong = "lacks the field" if field in expected else "has no field"
        raise ValueError(f"{name} {wrong} {field!r}")
    values = {field: _typed(name, field, type_, body[field]) for field, type_ in expected.items()}
    fact: Fact = _FACTS[name](**values)
    return fact


def event_row(entry: Entry) -> Row:
    """One row of the table of events. Raises ValueError like `encode`."""
    name, body = encode(entry.fact)
    return {
        "call_id": entry.call_id,
        "seq": entry.seq,
        "at": entry.at,
        "type": name,
        "body": body,
    }


def entry(row: Mapping[str, Any]) -> Entry:
    """What `event_row` was made of. Raises ValueError like `decode`."""
    fact = decode(row["type"], row["body"])
    return Entry(call_id=row["call_id"], seq=row["seq"], at=row["at"], fact=fact)


def call_row(event: Mapping[str, Any], call_start: datetime) -> Row:
    """One row of the table of calls, from the row of its CallStarted.

    From any other event's row comes a row that knows only when the call began.
    """
    said = event["body"] if event["type"] == "CallStarted" else {}
    row = {"call_id": event["call_id"], "started_at": iso(call_start), "turns": 0}
    return row | {name: said.get(name, "") for name in _START}


def end_row(event: Mapping[str, Any], call_start: datetime) -> Row:
    """What a call's end changes in its row, from the row of its CallEnded.

    The end is told by the call's own clock: the wall's may have been set back meanwhile.
    """
    ended_at = iso(call_start + timedelta(seconds=event["at"]))
    return {"ended_call": event["call_id"], "at": ended_at, "why": event["body"]["reason"]}


def text(value: str) -> str:
    """What every database and JSON reader takes: U+FFFD for NUL and for lone surrogates."""
    if "\0" not in value and value.isascii():
        return value
    value = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def plain(value: Any) -> Any:
    """A JSON value with all its texts as in `text`."""
    match value:
        case str():
            return text(value)
        case Mapping():
            return {text(str(key)): plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case _:
            return value


def iso(moment: datetime) -> str:
    """UTC with milliseconds and a Z: one width and one zone, so text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(name: str, field: str, value: Any) -> Plain:
    match value:
        case tuple():
            return [_plain(name, field, part) for part in value]
        case str():
            return text(value)
        case float() if not isfinite(value):
            raise ValueError(f"{name}.{field} is not a finite number")
        case _:
            plain: Plain = value
            return plain


def _typed(name: str, field: str, expected: Any, value: object) -> object:
    if get_origin(expected) is tuple and isinstance(value, list | tuple):
        return tuple(_typed(name, field, type_, v) for type_, v in _parts(expected, value))
    # JSON has one kind of number: a database may give 1 for 1.0.
    if expected is float and type(value) is int:
        return float(value)
    if type(value) is not expected:
        found = type(value).__name__
        raise ValueError(f"{name}.{field} is a {found}, expected {_called(expected)}")
    return value


def _parts(expected: Any, value: Sequence[object]) -> Iterator[tuple[Any, object]]:
    """Each part of a list with its type; a pair of another length is told by its types."""
    types = get_args(expected)
    each = [types[0]] * len(value) if types[-1] is Ellipsis else list(types)
    yield from zip_longest(each, value)


def _called(expected: Any) -> str:
    return expected.__name__ if isinstance(expected, type) else "nothing more"
