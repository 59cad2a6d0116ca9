from datetime import date

import pytest

from warmline.answers.calendars import day_of, moved


@pytest.mark.parametrize(
    ("day", "count", "unit", "expected"),
    [
        ("2026-11-18", 1, "day", "2026-11-19"),
        ("2026-11-18", -2, "week", "2026-11-04"),
        ("2026-11-18", 1, "fortnight", "2026-12-02"),
        ("2026-12-31", 2, "month", "2027-02-28"),
        ("2026-01-31", -1, "month", "2025-12-31"),
        ("2024-02-29", 1, "year", "2025-02-28"),
        ("9999-12-31", 1, "day", None),
        ("9999-12-31", 1, "month", None),
        ("0001-01-01", -1, "year", None),
    ],
)
def test_moved(day: str, count: int, unit: str, expected: str | None) -> None:
    found = moved(date.fromisoformat(day), count, unit)
    assert (found and found.isoformat()) == expected


def test_day_of() -> None:
    assert day_of(2024, 2, 29) == date(2024, 2, 29)
    assert day_of(2023, 2, 29) is None
