from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.answers.days import Setting, find_days

TODAY = date(2026, 11, 18)
FUTURE = Setting(today=TODAY)
PAST = Setting(today=TODAY, past=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2026-11-18"),
        ("tonight", "2026-11-18"),
        ("tomorrow please", "2026-11-19"),
        ("the day after tomorrow", "2026-11-20"),
        ("yesterday", "2026-11-17"),
        ("the day before yesterday", "2026-11-16"),
        ("Tuesday", "2026-11-24"),
        ("on Wednesday", "2026-11-25"),
        ("this Friday", "2026-11-20"),
        ("next Tuesday", "2026-11-24"),
        ("next Friday", "2026-11-27"),
        ("Friday next week", "2026-11-27"),
        ("next week on Friday", "2026-11-27"),
        ("Friday this week", "2026-11-20"),
        ("last Friday", "2026-11-13"),
        ("Tuesday week", "2026-12-01"),
        ("a week from Tuesday", "2026-12-01"),
        ("a week from tomorrow", "2026-11-26"),
        ("in two weeks", "2026-12-02"),
        ("in two weeks' time", "2026-12-02"),
        ("two weeks from now", "2026-12-02"),
        ("in a fortnight", "2026-12-02"),
        ("in a couple of days", "2026-11-20"),
        ("in three months", "2027-02-18"),
        ("three days ago", "2026-11-15"),
        ("the third of May", "2027-05-03"),
        ("May third", "2027-05-03"),
        ("May the 3rd", "2027-05-03"),
        ("3 May", "2027-05-03"),
        ("May 3rd, 2028", "2028-05-03"),
        ("the twenty fourth of November", "2026-11-24"),
        ("November twenty-fourth", "2026-11-24"),
        ("may the fourth twenty twenty eight", "2028-05-04"),
        ("twenty first of march nineteen eighty four", "1984-03-21"),
        ("March twenty first two thousand and twelve", "2012-03-21"),
        ("December first nineteen oh five", "1905-12-01"),
        ("February 29th", "2028-02-29"),
        ("the 15th", "2026-12-15"),
        ("on the twentieth", "2026-11-20"),
        ("the 15th of next month", "2026-12-15"),
        ("the 31st of this month", None),
        ("5/3", "2027-05-03"),
        ("25/3", "2027-03-25"),
        ("5/3/2028", "2028-05-03"),
        ("5-3-27", "2027-05-03"),
        ("24.11.2026", "2026-11-24"),
        ("2026-11-24", "2026-11-24"),
        ("Tuesday, November 24", "2026-11-24"),
        ("Tuesday the 24th", "2026-11-24"),
        ("Wednesday, November 24, 2026", None),
        ("I may come on Friday", "2026-11-20"),
        ("I'd like to come in on Friday, please", "2026-11-20"),
        ("February 30", None),
        ("13/13", None),
        ("in 999 years", "3025-11-18"),
    ],
)
def test_the_likeliest_day(text: str, expected: str | None) -> None:
    (found,) = find_days(text, FUTURE)
    assert (found.days[0].isoformat() if found.days else None) == expected


@pytest.mark.parametrize("text", ["hello", "", "two weeks", "one", "maybe", "4527"])
def test_no_date(text: str) -> None:
    assert find_days(text, FUTURE) == []


@pytest.mark.parametrize("text", ["next week", "next month", "in May", "this weekend"])
def test_a_part_of_a_date(text: str) -> None:
    (found,) = find_days(text, FUTURE)
    assert found.vague


def test_different_dates() -> None:
    assert len(find_days("Tuesday or Wednesday", FUTURE)) == 2
    assert len(find_days("Tuesday, yes, Tuesday", FUTURE)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tuesday", "2026-11-17"),
        ("May 3rd", "2026-05-03"),
        ("May 3rd, 84", "1984-05-03"),
        ("the 20th", "2026-10-20"),
    ],
)
def test_in_the_past(text: str, expected: str) -> None:
    (found,) = find_days(text, PAST)
    assert found.days[0].isoformat() == expected


def test_the_day_first() -> None:
    (found,) = find_days("5/3", Setting(today=TODAY, day_first=True))
    assert found.days[0] == date(2027, 3, 5)


def test_next_friday_is_less_sure_than_next_tuesday() -> None:
    (tuesday,), (friday,) = find_days("next Tuesday", FUTURE), find_days("next Friday", FUTURE)
    assert tuesday.sure == 1.0 > friday.sure
    assert friday.days == (date(2026, 11, 27), date(2026, 11, 20))


@given(st.text(), st.dates())
def test_any_text_on_any_day_is_safe(text: str, today: date) -> None:
    find_days(text, Setting(today=today))


@given(
    st.dates(),
    st.sampled_from(
        ["tomorrow", "yesterday", "next Friday", "last Friday", "Friday", "in 99 weeks", "the 31st"]
        + ["a week from Friday", "Friday week", "May 3", "999 years ago", "3/5/27", "2/29"]
    ),
    st.booleans(),
)
def test_the_ends_of_the_calendar(today: date, text: str, past: bool) -> None:
    find_days(text, Setting(today=today, past=past))
