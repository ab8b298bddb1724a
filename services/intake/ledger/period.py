"""The periods in which demands are gone through: which one a day is in, and which months it has."""

from dataclasses import dataclass
from datetime import date, timedelta

WEEKLY, MONTHLY, QUARTERLY = "weekly", "monthly", "quarterly"
PERIODS = (WEEKLY, MONTHLY, QUARTERLY)
_QUARTER = 3
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Period:
    """A week, month or quarter: ``name`` such as 2026-W47, 2026-11, 2026-Q4; both days in it."""

    name: str
    first: date
    last: date


def period_of(kind: str, day: date) -> Period:
    """The period this day is in."""
    if kind == WEEKLY:
        first = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return Period(f"{year}-W{week:02d}", first, first + _WEEK - timedelta(days=1))
    if kind == MONTHLY:
        first = day.replace(day=1)
        return Period(f"{first:%Y-%m}", first, _after(first, 1) - timedelta(days=1))
    number = (day.month - 1) // _QUARTER
    first = date(day.year, number * _QUARTER + 1, 1)
    return Period(f"{day.year}-Q{number + 1}", first, _after(first, _QUARTER) - timedelta(days=1))


def before(kind: str, period: Period) -> Period:
    """The one that went before."""
    return period_of(kind, period.first - timedelta(days=1))


def months_back(day: date, months: int) -> date:
    """The first of the month so many months ago."""
    return _after(day.replace(day=1), -months)


def _after(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
