"""When people are there."""

import pytest
from pydantic import ValidationError

from warmline.flows.hours import Hours, is_open, local

OFFICE = Hours.model_validate(
    {
        "timezone": "Europe/Berlin",
        "open": {"mon-fri": ["09:00-12:00", "13:00-17:00"], "sat": ["10:00-24:00"]},
        "closed": ["2026-12-25"],
        "always": ["fraud"],
    }
)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T08:00:00+00:00", True),  # Monday, 9:00 in Berlin
        ("2026-11-23T07:59:59+00:00", False),
        ("2026-11-23T11:30:00+00:00", False),  # lunch
        ("2026-11-23T12:00:00+00:00", True),
        ("2026-11-23T16:00:00+00:00", False),
        ("2026-11-28T22:59:00+00:00", True),  # Saturday until midnight
        ("2026-11-28T23:00:00+00:00", False),
        ("2026-11-29T10:00:00+00:00", False),  # Sunday
        ("2026-12-25T10:00:00+00:00", False),  # a holiday
        ("", True),
    ],
)
def test_open(moment: str, expected: bool) -> None:
    assert is_open(OFFICE, moment) is expected
    assert is_open(OFFICE, moment, "fraud")
    assert is_open(None, moment)


def test_a_span_of_days_may_go_over_the_weekend() -> None:
    hours = Hours.model_validate({"open": {"sat-mon": ["00:00-24:00"]}})
    days = [f"2026-11-{day}T12:00:00+00:00" for day in range(23, 30)]  # Monday to Sunday
    assert [is_open(hours, day) for day in days] == [True, *[False] * 4, True, True]


def test_the_local_time_of_a_moment() -> None:
    assert local(OFFICE, "2026-11-23T08:00:00+00:00").hour == 9
    assert local(None, "2026-11-23T08:00:00+00:00").hour == 8


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timezone", "Mars/Base"),
        ("timezone", "../../etc/passwd"),
        ("open", {"someday": ["09:00-17:00"]}),
        ("open", {"mon": ["17:00-09:00"]}),
        ("open", {"mon": ["9-17"]}),
        ("open", {"mon": ["09:00-24:30"]}),
        ("closed", ["Christmas"]),
    ],
)
def test_what_is_no_time_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match="xpected|isoformat"):
        Hours.model_validate({"open": {"mon": ["09:00-17:00"]}} | {key: value})
