"""When people are there: a flow's business hours. Pure; the moment is given."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from warmline.flows.fields import Name, Part

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _days(key: str) -> str:
    first, _, last = key.partition("-")
    if first not in _DAYS or (last and last not in _DAYS):
        raise ValueError("expected a day or a span of days (mon, mon-fri, sat …)")
    return key


def _span(text: str) -> str:
    match = _SPAN.fullmatch(text)
    if match is None or text[:5] >= text[6:] or text[6:] > "24:00":
        raise ValueError('expected times within one day ("09:00-17:30")')
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError('expected a time zone ("Europe/London")') from None
    return name


def _date(text: str) -> str:
    date.fromisoformat(text)
    return text


Days = Annotated[str, AfterValidator(_days)]
Span = Annotated[str, AfterValidator(_span)]


class Hours(Part):
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    open: dict[Days, Annotated[tuple[Span, ...], Field(strict=False)]]
    """Days and the times of each: `mon-fri: ["09:00-12:30", "13:30-17:00"]`."""
    closed: Annotated[tuple[Annotated[str, AfterValidator(_date)], ...], Field(strict=False)] = ()
    """Holidays, as ISO dates."""
    always: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    """Queues that are never closed."""


def local(hours: Hours | None, moment: str) -> datetime:
    """The local time at the moment (ISO 8601 in UTC); 2000-01-01 when it is not known."""
    utc = datetime.fromisoformat(moment) if moment else datetime(2000, 1, 1, 12, tzinfo=UTC)
    return utc.astimezone(ZoneInfo(hours.timezone) if hours else UTC)


def is_open(hours: Hours | None, moment: str, queue: str = "") -> bool:
    """Whether people are there; a moment that is not known counts as open."""
    if hours is None or not moment or queue in hours.always:
        return True
    here = local(hours, moment)
    if here.date().isoformat() in hours.closed:
        return False
    return any(
        begin <= here.time() and (end is None or here.time() < end)
        for days, spans in hours.open.items()
        if here.weekday() in _weekdays(days)
        for begin, end in map(_times, spans)
    )


def _weekdays(days: str) -> Iterator[int]:
    first, _, last = days.partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return ((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def _times(span: str) -> tuple[time, time | None]:
    end = span[6:]
    return time.fromisoformat(span[:5]), None if end == "24:00" else time.fromisoformat(end)
