"""响应率, 解决率, 满意率: each the positives ÷ the valid follow-ups in which it was asked.

The official weighting is not confirmed (rules.md, Rating), so a figure is never shown without its
two numbers. A resident who rates online is asked for a grade only: they count for satisfaction and
neither for nor against the other two. One who has the case opened again says that it is not solved,
and counts against the solution.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta

from services.routing.rules import Reason, msgid

PERIODS = ("day", "week", "month")
BY = ("department", "community", "matter")
MOST_PERIODS = 120
MOST_DAYS = 3660
_DECEMBER = 12


@dataclass(frozen=True)
class Rate:
    """A share and the two numbers it is made of."""

    positive: int
    asked: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nobody was asked."""
        return self.positive / self.asked if self.asked else None


@dataclass(frozen=True)
class Counts:
    """How many follow-ups; ``excluded`` and ``lapsed`` are in none of the others."""

    valid: int = 0
    contact_asked: int = 0
    contacted: int = 0
    solved_asked: int = 0
    solved: int = 0
    graded: int = 0
    satisfied: int = 0
    excluded: int = 0
    lapsed: int = 0

    @property
    def response(self) -> Rate:
        """响应率: the department contacted the resident."""
        return Rate(self.contacted, self.contact_asked)

    @property
    def solution(self) -> Rate:
        """解决率."""
        return Rate(self.solved, self.solved_asked)

    @property
    def satisfaction(self) -> Rate:
        """满意率."""
        return Rate(self.satisfied, self.graded)

    def __add__(self, other: "Counts") -> "Counts":
        sums = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        return Counts(**sums)


@dataclass(frozen=True)
class Span:
    """From a local day to another, both included; by days, weeks (from Monday) or months."""

    first: date
    last: date
    per: str

    def starts(self) -> list[date]:
        """The first day of every period, the oldest first; of the first one perhaps before it."""
        found = [self.start_of(self.first)]
        while (following := self._after(found[-1])) <= self.last:
            found.append(following)
        return found

    def start_of(self, day: date) -> date:
        """The first day of the period a day lies in."""
        if self.per == "week":
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self.per == "month" else day

    def _after(self, start: date) -> date:
        if self.per != "month":
            return start + timedelta(days=7 if self.per == "week" else 1)
        if start.month == _DECEMBER:
            return date(start.year + 1, 1, 1)
        return start.replace(month=start.month + 1)


def trend(span: Span, by_day: Mapping[date, Counts]) -> list[tuple[date, Counts]]:
    """The counts of every period, those without any follow-up included."""
    found = {start: Counts() for start in span.starts()}
    for day, counts in by_day.items():
        found[span.start_of(day)] += counts
    return list(found.items())


def usual_period(first: date, last: date) -> str:
    """The finest that can still be read: days of a month, weeks of half a year, else months."""
    days = (last - first).days
    if days <= 31:  # noqa: PLR2004 - a month
        return "day"
    return "week" if days <= 200 else "month"  # noqa: PLR2004 - half a year and some


def wrong_span(first: date, last: date) -> Reason | None:
    """A span begins before it ends, and ends some time."""
    if last < first:
        return Reason("until", msgid("结束日期早于开始日期"), msgid("请核对两个日期"))
    if (last - first).days > MOST_DAYS:
        return Reason("since", msgid("时间跨度超过十年"), msgid("请缩短时间"))
    return None


def too_many_periods(span: Span) -> Reason | None:
    """A trend that nobody can read is none."""
    days = {"day": 1, "week": 7, "month": 28}[span.per]
    if (span.last - span.first).days // days < MOST_PERIODS:
        return None
    return Reason(
        "per",
        msgid("分得太细，最多 %(most)s 段"),
        msgid("请缩短时间，或按周、按月看"),
        values={"most": MOST_PERIODS},
    )


def total(counts: Iterable[Counts]) -> Counts:
    """All together."""
    return sum(counts, Counts())
