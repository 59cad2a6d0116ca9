"""Nobody changes the audit unseen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.records.chain import AuditEntry, Check, Verdict, seal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def chain(length: int, **others: Any) -> list[AuditEntry]:
    entries, last = list[AuditEntry](), ""
    for number in range(1, length + 1):
        told: dict[str, Any] = {
            "id": number,
            "at": NOW,
            "user_id": "u1",
            "action": "listen",
            "subject": "c1",
            "details": {"queue": "orders", "seconds": 1.5},
            "prev_hash": last,
        }
        entries.append(AuditEntry(**told | others, hash=seal(**told | others)))
        last = entries[-1].hash
    return entries


def check(entries: list[AuditEntry], known: str = "") -> Verdict:
    check = Check(known)
    for entry in entries:
        check.handle(entry)
    return check.verdict()


@given(st.integers(0, 6))
def test_a_whole_chain_is_intact(length: int) -> None:
    entries = chain(length)
    verdict = check(entries)
    assert verdict.intact
    assert (verdict.entries, verdict.broken_at) == (length, None)
    assert verdict.head == (entries[-1].hash if entries else "")


@pytest.mark.parametrize(
    "change",
    [
        {"id": 9},
        {"at": NOW + timedelta(milliseconds=1)},
        {"user_id": "u2"},
        {"action": "listen "},
        {"subject": ""},
        {"details": {"queue": "orders", "seconds": 1}},
        {"details": {}},
        {"prev_hash": "0" * 64},
        {"hash": "0" * 64},
    ],
)
def test_a_changed_entry_is_found(change: dict[str, Any]) -> None:
    entries = chain(5)
    entries[2] = replace(entries[2], **change)
    verdict = check(entries)
    assert not verdict.intact
    assert (verdict.entries, verdict.broken_at) == (2, entries[2].id)


def test_an_entry_sealed_anew_breaks_the_next() -> None:
    entries = chain(5)
    other = chain(3, user_id="somebody else")[2]
    entries[2] = replace(other, prev_hash=entries[1].hash)
    told = {name: getattr(entries[2], name) for name in AuditEntry.__slots__ if name != "hash"}
    entries[2] = replace(entries[2], hash=seal(**told))
    assert check(entries).broken_at == 4


@given(st.data())
def test_what_is_dropped_or_moved_is_found(data: st.DataObject) -> None:
    entries = chain(6)
    place = data.draw(st.integers(0, 4))
    moved = [*entries[:place], *entries[place + 1 :]]
    assert check(moved).broken_at == moved[place].id
    swapped = entries.copy()
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    assert not check(swapped).intact


def test_a_cut_end_is_found_by_who_knew_it() -> None:
    entries = chain(5)
    known = entries[4].hash
    assert check(entries, known).intact
    cut = check(entries[:3], known)
    assert (cut.intact, cut.broken_at, cut.known_found) == (False, None, False)


def test_a_number_that_json_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        chain(1, details={"seconds": float("nan")})


def test_the_order_of_details_does_not_matter() -> None:
    one, other = chain(1, details={"a": 1, "b": 2}), chain(1, details={"b": 2, "a": 1})
    assert one[0].hash == other[0].hash
