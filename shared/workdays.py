"""Working days by the State Council calendar, make-up days included, and deadlines counted in them.

The days come from chinesecalendar, with the district's own table on top. Past what both know,
Monday to Friday stand in, and a warning says so once: such a deadline may be wrong.

A period starts on the day after its first (Civil Code, art. 201) and ends at 24:00 of its last day
(art. 203). The law lets a period end at closing time where there are opening hours; this system
takes matters and replies around the clock, so it does not. 24:00 is written 23:59:59, because
24:00 of the 10th reads as the 11th on every screen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import chinese_calendar
import structlog
from chinese_calendar.constants import holidays as _library_holidays

from shared.clock import LOCAL_ZONE, aware, local

END_OF_DAY = time(23, 59, 59)
OPEN_DAYS = ("workdays", "every_day")
_LIBRARY_KNOWN_UNTIL = date(max(_library_holidays).year, 12, 31)
_LIBRARY_KNOWN_FROM = date(min(_library_holidays).year, 1, 1)
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
_WEEKDAYS_ZH = "一二三四五六日"
_NAMES_ZH = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}
"""What the State Council's notices call them; the library shortens some."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Explanation:
    """How a deadline was counted, in words for people."""

    deadline: datetime
    zh: str
    en: str


@dataclass(frozen=True)
class Hours:
    """When a department is open, in local time. ``closes`` 00:00 is 24:00 of the same day.

    Attributes:
        days: ``workdays`` or ``every_day``.
        lunch: from when to when nobody is there, or None.

    Raises:
        ValueError: it would never open, or lunch is not inside the opening hours.
    """

    opens: time
    closes: time
    days: str = "workdays"
    lunch: tuple[time, time] | None = None

    def __post_init__(self) -> None:
        if self.days not in OPEN_DAYS:
            raise ValueError(f"days: {self.days!r}; one of {', '.join(OPEN_DAYS)} is needed")
        edges = [begin_or_end for span in self.spans for begin_or_end in span]
        if edges != sorted(set(edges)):
            raise ValueError(f"hours: {self} is out of order; it opens, has lunch, then closes")

    @cached_property
    def spans(self) -> tuple[tuple[timedelta, timedelta], ...]:
        """The open stretches of a day, counted from its midnight."""
        closes = _since_midnight(self.closes) or _ONE_DAY
        if self.lunch is None:
            return ((_since_midnight(self.opens), closes),)
        begins, ends = map(_since_midnight, self.lunch)
        return ((_since_midnight(self.opens), begins), (ends, closes))


class WorkCalendar:
    """Which days are worked, and deadlines counted in working days.

    `holidays_extra` and `workdays_extra` are days the library lacks or has wrong; they win over it.
    `known_until` says through which day the extra table is complete, where that is later than the
    library's own last day.
    """

    def __init__(
        self,
        holidays_extra: Iterable[date] = (),
        workdays_extra: Iterable[date] = (),
        known_until: date | None = None,
    ) -> None:
        self._holidays = frozenset(holidays_extra)
        self._workdays = frozenset(workdays_extra)
        both = self._holidays & self._workdays
        if both:
            days = ", ".join(str(day) for day in sorted(both))
            raise ValueError(f"both a holiday and a working day: {days}; each day can be only one")
        self.known_until = max(_LIBRARY_KNOWN_UNTIL, known_until or _LIBRARY_KNOWN_UNTIL)
        """The last day for which holidays and make-up days are known."""
        self._warned = False
        self._counted: dict[tuple[date, int], date] = {}
        self._worked: dict[date, bool] = {}
        self._between: dict[tuple[date, date], int] = {}

    def is_workday(self, day: date) -> bool:
        """Say whether `day` (a local date) is worked. Warns once past `known_until`."""
        found = self._worked.get(day)
        if found is None:
            found = self._worked[day] = self._look_up(day)
        return found

    def _look_up(self, day: date) -> bool:
        if day in self._workdays:
            return True
        if day in self._holidays:
            return False
        if _LIBRARY_KNOWN_FROM <= day <= _LIBRARY_KNOWN_UNTIL:
            return bool(chinese_calendar.is_workday(day))
        if day > self.known_until:
            self._warn(day)
        return day.weekday() < _SATURDAY

    def add_workdays(self, start: datetime, n: int) -> datetime:
        """Return the end (23:59:59 local, as UTC) of the n-th working day after the start's day.

        With n = 0: the start's own day, or the first working day after it.
        Raises ValueError for a start without a time zone or a negative n.
        """
        return end_of_day(self._nth_workday(local(start).date(), n))

    def add_days(self, start: datetime, n: int) -> datetime:
        """Return the end (as UTC) of the n-th calendar day after the start's day.

        A period that would end on a holiday ends on the first working day after it
        (Civil Code, art. 203). Raises ValueError as `add_workdays` does.
        """
        if n < 0:
            raise ValueError(f"{n} days; a period cannot be negative")
        return end_of_day(self._nth_workday(local(start).date() + n * _ONE_DAY, 0))

    def workdays_between(self, a: datetime, b: datetime) -> int:
        """Count the working days after a's local day up to and including b's; 0 if b is earlier.

        The inverse of `add_workdays`. Raises ValueError for a moment without a time zone.
        """
        first, last = local(a).date(), local(b).date()
        found = self._between.get((first, last))
        if found is None:
            days = range(1, (last - first).days + 1)
            found = sum(self.is_workday(first + i * _ONE_DAY) for i in days)
            self._between[first, last] = found
        return found

    def add_service_time(self, start: datetime, span: timedelta, hours: Hours) -> datetime:
        """Return the first moment (UTC) by which the department was open for `span` since `start`.

        The moment itself for no span at all; closing time, not the next opening, where both fit.
        Raises ValueError for a start without a time zone or a negative span.
        """
        if span < timedelta(0):
            raise ValueError(f"{span} of service time; a period cannot be negative")
        if not span:
            return aware(start).astimezone(UTC)
        stretches = self._open_from(start, hours)
        opens, closes = next(stretches)
        while span > closes - opens:
            span -= closes - opens
            opens, closes = next(stretches)
        return opens + span

    def service_time_between(self, a: datetime, b: datetime, hours: Hours) -> timedelta:
        """Return for how long the department is open from `a` to `b`; none if `b` is earlier."""
        total, end = timedelta(0), aware(b)
        for opens, closes in self._open_from(a, hours):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def special_days(self, after: date, through: date) -> tuple[list[date], list[date]]:
        """Return the days off that are no mere weekend, and the weekend days that are worked.

        A Saturday within a named holiday is one of the first, so that a holiday is whole.
        """
        days = [after + i * _ONE_DAY for i in range(1, (through - after).days + 1)]
        off = [d for d in days if not self.is_workday(d) and self._is_special(d)]
        return off, [d for d in days if d.weekday() >= _SATURDAY and self.is_workday(d)]

    def holiday_name(self, day: date) -> tuple[str, str] | None:
        """Return what a day off is called, in Chinese and English; None for what has no name."""
        if not _LIBRARY_KNOWN_FROM <= day <= _LIBRARY_KNOWN_UNTIL or self.is_workday(day):
            return None
        name = _library_holidays.get(day)
        return (_NAMES_ZH.get(name, name), name) if name else None

    def _is_special(self, day: date) -> bool:
        return day.weekday() < _SATURDAY or self.holiday_name(day) is not None

    def _open_from(self, moment: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches after `moment`, without end; the first may begin at it."""
        begin, day = aware(moment).astimezone(UTC), local(moment).date()
        while True:
            if hours.days == "every_day" or self.is_workday(day):
                midnight = datetime.combine(day, time(), LOCAL_ZONE).astimezone(UTC)
                for opens, closes in hours.spans:
                    if midnight + closes > begin:
                        yield max(midnight + opens, begin), midnight + closes
            day += _ONE_DAY

    def explain(self, start: datetime, n: int) -> Explanation:
        """Say in Chinese and English how `add_workdays(start, n)` came about.

        Names the holidays skipped, the make-up days counted, and a calendar that is not yet known.
        """
        first = local(start).date()
        last = self._nth_workday(first, n)
        days = [first + i * _ONE_DAY for i in range(1, (last - first).days + 1)]
        off = [d for d in days if d.weekday() < _SATURDAY and not self.is_workday(d)]
        made_up = [d for d in days if d.weekday() >= _SATURDAY and self.is_workday(d)]
        zh = f"自 {_zh(first)} 次日起算，第 {n} 个工作日为 {_zh(last)}，当日 24:00 前"
        en = f"Counted from the day after {first}: working day {n} is {last}, until midnight"
        if off:
            zh += "；其间放假：" + "、".join(map(_zh, off))
            en += "; holidays skipped: " + ", ".join(map(str, off))
        if made_up:
            zh += "；调休上班，计入：" + "、".join(map(_zh, made_up))
            en += "; make-up working days counted: " + ", ".join(map(str, made_up))
        if last > self.known_until:
            zh += "；" + self.unknown_words[0]
            en += "; " + self.unknown_words[1]
        return Explanation(end_of_day(last), zh + "。", en + ".")

    @property
    def unknown_words(self) -> tuple[str, str]:
        """What to say, in Chinese and English, of a deadline past `known_until`."""
        return (
            f"{self.known_until.year + 1} 年放假安排尚未录入，按周一至周五推算",
            f"holidays after {self.known_until} are not known yet, Monday to Friday assumed",
        )

    def _nth_workday(self, day: date, n: int) -> date:
        """Counted once for each day and n: every work order of a day asks for the same two."""
        found = self._counted.get((day, n))
        if found is None:
            found = self._counted[day, n] = self._count(day, n)
        return found

    def _count(self, day: date, n: int) -> date:
        if n < 0:
            raise ValueError(f"{n} working days; a period cannot be negative")
        if n == 0:
            while not self.is_workday(day):
                day += _ONE_DAY
        while n > 0:
            day += _ONE_DAY
            n -= self.is_workday(day)
        return day

    def _warn(self, day: date) -> None:
        if not self._warned:
            self._warned = True
            log.warning(
                "workdays.calendar_unknown",
                day=day.isoformat(),
                known_until=self.known_until.isoformat(),
                remedy="add the State Council's holidays to workdays.yml of the district pack",
            )


def end_of_day(day: date) -> datetime:
    """Return the last second of a local day, as an aware UTC datetime."""
    return datetime.combine(day, END_OF_DAY, LOCAL_ZONE).astimezone(UTC)


def _since_midnight(of: time) -> timedelta:
    return timedelta(hours=of.hour, minutes=of.minute, seconds=of.second)


def _zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（周{_WEEKDAYS_ZH[day.weekday()]}）"
