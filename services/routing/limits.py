"""How long something may take, in one of three units, and what a pause or an extension does to it.

A clock of hours goes on with what was left when it was paused. One of working days moves on by
every whole working day, 24 hours, that its pauses come to: short pauses are added up, and none of
them gains a day because it went over midnight. Only a clock that would have run out meanwhile gets
the day that was begun. A clock that had already run out is not moved by a pause.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from shared.workdays import Hours, WorkCalendar

UNITS = ("hours", "service_hours", "workdays")
_NOTHING = timedelta(0)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_ALL_DAY = Hours(time(0), time(0))
"""Round the clock on working days."""


class Words(NamedTuple):
    """The same in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Left:
    """What is left of a clock: ``workdays``, or a ``span`` of time; never below nothing."""

    unit: str
    workdays: int = 0
    span: timedelta = _NOTHING

    @property
    def words(self) -> Words:
        """``3 个工作日``, ``2 小时 20 分钟``, ``40 分钟服务时间``."""
        if self.unit == "workdays":
            return Words(f"{self.workdays} 个工作日", _many(self.workdays, "working day"))
        zh, en = _length(self.span)
        return Words(f"{zh}服务时间", f"{en} of service") if self.unit != "hours" else Words(zh, en)


@dataclass(frozen=True)
class Stood:
    """How long a clock of working days stood still in all, and what it got for that.

    Attributes:
        span: in working days of 24 hours; what of it fell on days off does not count.
        days: the working days by which its deadline was moved on.
    """

    span: timedelta = _NOTHING
    days: int = 0

    def longer(self, due: datetime, a: datetime, b: datetime, calendar: WorkCalendar) -> "Stood":
        """Return it after one more pause, from `a` to `b`, of a clock that ends at `due`."""
        span = self.span + calendar.service_time_between(a, b, _ALL_DAY)
        days = max(self.days, span // _DAY)
        if a < due and _later(due, days - self.days, calendar) < b:  # it was the last day
            days = max(days, -(-span // _DAY))
        return Stood(span, days)


NEVER_STOOD = Stood()


@dataclass(frozen=True)
class Limit:
    """A time limit, in exactly one of three units.

    Attributes:
        hours: round the clock, holidays and nights included.
        service_hours: while the department is open.
        workdays: to the end of that working day, counted from the day after the start.

    Raises:
        ValueError: none or several units are given, or the number is not a whole one above 0.
    """

    hours: int | None = None
    service_hours: int | None = None
    workdays: int | None = None

    def __post_init__(self) -> None:
        pairs = zip(UNITS, (self.hours, self.service_hours, self.workdays), strict=True)
        given = {name: n for name, n in pairs if n is not None}
        if len(given) != 1:
            raise ValueError(f"limit: {given or 'nothing'} given; exactly one of {UNITS} is needed")
        for name, n in given.items():
            if type(n) is not int or n < 1:
                raise ValueError(f"limit: {name} is {n!r}; a whole number from 1 is needed")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Limit":
        """Read ``{"workdays": 5}``, as a pack or a history row holds it. Raises ValueError."""
        unknown = set(data) - set(UNITS)
        if unknown:
            raise ValueError(f"limit: {sorted(unknown)} unknown; exactly one of {UNITS} is needed")
        return cls(**data)

    def as_data(self) -> dict[str, int]:
        """Return what `from_data` reads."""
        return {self.unit: self.value}

    @property
    def unit(self) -> str:
        """One of UNITS."""
        if self.workdays is not None:
            return "workdays"
        return "hours" if self.hours is not None else "service_hours"

    @property
    def value(self) -> int:
        """How many of the unit."""
        return self.hours or self.service_hours or self.workdays or 0

    @property
    def words(self) -> Words:
        """``1 小时，不分昼夜``, ``4 个服务小时``, ``5 个工作日``."""
        n = self.value
        if self.unit == "hours":
            return Words(f"{n} 小时，不分昼夜", f"{_many(n, 'hour')}, day and night")
        if self.unit == "service_hours":
            return Words(f"{n} 个服务小时", _many(n, "service hour"))
        return Words(f"{n} 个工作日", _many(n, "working day"))

    # -- counting ------------------------------------------------------------------------------

    def end(
        self, start: datetime, calendar: WorkCalendar, service: Hours | None = None
    ) -> datetime:
        """Return when it ends (UTC). Raises ValueError where service hours are needed and None."""
        if self.unit == "workdays":
            return calendar.add_workdays(start, self.value)
        return self.advance(start, self.value * _HOUR, calendar, service)

    def left(
        self, at: datetime, due: datetime, calendar: WorkCalendar, service: Hours | None = None
    ) -> Left:
        """Return what is left at a moment of a clock of this unit that ends at `due`."""
        if self.unit == "workdays":
            return Left(self.unit, workdays=calendar.workdays_between(at, due))
        return Left(self.unit, span=self.measure(at, due, calendar, service))

    def resumed(
        self,
        due: datetime,
        paused_at: datetime,
        at: datetime,
        calendar: WorkCalendar,
        service: Hours | None = None,
        *,
        stood: Stood = NEVER_STOOD,
    ) -> datetime:
        """Return the deadline of a clock that was paused and goes on at `at`; never an earlier one.

        Unchanged where it had run out before the pause. ``stood`` is what the pauses before this
        one came to, where it counts working days.
        """
        if paused_at >= due:
            return due
        if self.unit == "workdays":
            longer = stood.longer(due, paused_at, at, calendar)
            return _later(due, longer.days - stood.days, calendar)
        left = self.left(paused_at, due, calendar, service)
        moved = self.advance(at, left.span, calendar, service)
        return max(due, moved)  # replicas' clocks may differ by a little

    def measure(
        self, a: datetime, b: datetime, calendar: WorkCalendar, service: Hours | None = None
    ) -> timedelta:
        """Return how long a clock of this unit runs from `a` to `b`; never below nothing."""
        if self.unit == "service_hours":
            return calendar.service_time_between(a, b, _needed(service))
        return max(b - a, _NOTHING)

    def advance(
        self, start: datetime, by: timedelta, calendar: WorkCalendar, service: Hours | None = None
    ) -> datetime:
        """Return when a clock of this unit has run `by`; the inverse of `measure`."""
        if self.unit == "service_hours":
            return calendar.add_service_time(start, by, _needed(service))
        return (start + by).astimezone(UTC)


# -- a department's hours, to keep beside a limit --------------------------------------------------


def hours_data(hours: Hours) -> dict[str, Any]:
    """Return service hours as a history row holds them."""
    lunch = [_clock(one) for one in hours.lunch] if hours.lunch else None
    return {
        "opens": _clock(hours.opens),
        "closes": _clock(hours.closes),
        "days": hours.days,
        "lunch": lunch,
    }


def hours_from(data: Mapping[str, Any]) -> Hours:
    """Read what `hours_data` wrote. Raises ValueError, KeyError."""
    begins_ends = [time.fromisoformat(one) for one in data.get("lunch") or ()]
    lunch = (begins_ends[0], begins_ends[1]) if begins_ends else None
    opens, closes = time.fromisoformat(data["opens"]), time.fromisoformat(data["closes"])
    return Hours(opens, closes, data["days"], lunch)


def hours_words(hours: Hours) -> Words:
    """``工作日 08:30 至 17:30，午休 12:00 至 14:30 除外``."""
    every = hours.days == "every_day"
    opens, closes = _clock(hours.opens), _clock(hours.closes)
    closes = "24:00" if closes == "00:00" else closes
    zh = f"{'每天' if every else '工作日'} {opens} 至 {closes}"
    en = f"{'every day' if every else 'working days'} {opens} to {closes}"
    if hours.lunch:
        begins, ends = map(_clock, hours.lunch)
        zh, en = f"{zh}，午休 {begins} 至 {ends} 除外", f"{en} but {begins} to {ends}"
    return Words(zh, en)


def _later(due: datetime, days: int, calendar: WorkCalendar) -> datetime:
    return calendar.add_workdays(due, days) if days else due


def _clock(of: time) -> str:
    return of.isoformat("minutes")


def _needed(service: Hours | None) -> Hours:
    if service is None:
        raise ValueError("service hours: none given; a limit in service_hours needs a department's")
    return service


def _many(n: int, one: str) -> str:
    return f"{n} {one}{'' if n == 1 else 's'}"


def _length(span: timedelta) -> tuple[str, str]:
    hours, minutes = span // _HOUR, span % _HOUR // _MINUTE
    if hours and minutes:
        return f"{hours} 小时 {minutes} 分钟", f"{_many(hours, 'hour')} {_many(minutes, 'minute')}"
    if hours:
        return f"{hours} 小时", _many(hours, "hour")
    return f"{minutes} 分钟", _many(minutes, "minute")
