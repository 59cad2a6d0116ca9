"""Days of the calendar: months of unequal length, leap days, the ends of time. Pure."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

_DAYS_IN: Final = {"day": 1, "week": 7, "fortnight": 14}


def moved(day: date, count: int, unit: str) -> date | None:
    """`count` days, weeks, fortnights, months or years later; the last day of a shorter month.

    None beyond the calendar.
    """
    try:
        if unit in _DAYS_IN:
            return day + timedelta(days=count * _DAYS_IN[unit])
        months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(day.day, last))
    except (ValueError, OverflowError):
        return None


def day_of(year: int, month: int, day: int) -> date | None:
    """None when there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
