"""The server's messages about calls as texts: each is made once, whoever many watch. Pure.

Their forms are described by `messages`. ASCII with escapes, so that a text's length is its size.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from warmline.desk.changes import Change
from warmline.desk.outbox import Message
from warmline.events import Entry


def message(entry: Entry, changes: Sequence[Change]) -> Message:
    """What an entry changes. A line that is still being spoken gives way to its own next form."""
    text = entry_text(entry.call_id, entry.seq, entry.at, changes)
    if len(changes) == 1 and kind(changes[0]) == "partial":
        replaces = f"{entry.call_id} {changes[0]['key']}"
        return Message(text, replaces, entry_text(entry.call_id, entry.seq, entry.at, ()))
    return Message(text)


def entry_text(call_id: str, seq: int, at: float, changes: Sequence[Change]) -> str:
    return encode({"type": "call", "call": call_id, "seq": seq, "at": at, "changes": changes})


def snapshot_text(call_id: str, seq: int, view: Sequence[Change]) -> str:
    return encode({"type": "snapshot", "call": call_id, "seq": seq, "view": view})


def encode(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def kind(change: Change) -> str:
    """What a page paints, for the measure of its lag: partial | final | mood | hint | packet |
    other."""
    if "gone" in change:
        return "other"
    match change["kind"]:
        case "line":
            return "final" if change["final"] else "other" if change["who"] == "bot" else "partial"
        case "mood" | "hint" | "packet" as own:
            return own
        case _:
            return "other"
