"""JSON tables: records by key, all values as they are spoken. Pure; opens no file."""

import json
from pathlib import Path as FilePath
from typing import Any

from warmline.flows.flow import Table
from warmline.flows.reader import line_at
from warmline.flows.report import FlowRefused


def parse_table(file: FilePath, data: bytes) -> Table:
    """The records of `{"key": {"field": value}}`; values are texts, numbers, true or false.

    Raises FlowRefused (file:line).
    """
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FlowRefused.at(file, error.lineno, f"not JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise FlowRefused.at(file, line_at(data, error.start), "expected UTF-8 text") from None
    except RecursionError:
        raise FlowRefused.at(file, 1, "expected records without deep nesting") from None
    except ValueError as error:
        raise FlowRefused.at(file, 1, str(error)) from None
    return _records(file, value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _records(file: FilePath, value: Any) -> Table:
    if not isinstance(value, dict) or not all(isinstance(r, dict) for r in value.values()):
        raise FlowRefused.at(file, 1, "expected an object of key to record (an object each)")
    return {
        key: {field: _spoken(file, field, content) for field, content in record.items()}
        for key, record in value.items()
    }


def _spoken(file: FilePath, field: str, value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return str(value)
        case _:
            message = f"field {field[:64]!r}: expected text, a number or true/false"
            raise FlowRefused.at(file, 1, message)
