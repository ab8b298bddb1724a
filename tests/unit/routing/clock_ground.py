"""Facts about clocks, short to write, for the tests of timelines."""

from datetime import date, datetime, time, timedelta, timezone

from services.routing.limits import Limit
from services.routing.timeline import (
    EXTEND,
    PAUSE,
    RESUME,
    START,
    STOP,
    ClockFact,
    extend_data,
    pause_data,
    recompute,
    start_data,
)
from services.routing.timeline_words import explain
from shared.workdays import END_OF_DAY, Hours, WorkCalendar

SHANGHAI = timezone(timedelta(hours=8))
YELLOW = 0.8
DESK = Hours(time(8, 30), time(17, 30))
TESTING = pause_data("等待检测鉴定", "Waiting for a test")
WEATHER = pause_data("天气等不可抗力", "Weather or force majeure")
KNOWN = WorkCalendar(known_until=date(2027, 12, 31))
HOUR, FIVE_DAYS = Limit(hours=1), Limit(workdays=5)


def local(*parts: int) -> datetime:
    """2026, unless the year is given."""
    given_year = parts if parts[0] > 12 else (2026, *parts)
    return datetime(*given_year, tzinfo=SHANGHAI)


def end_of(*parts: int) -> datetime:
    return datetime.combine(local(*parts).date(), END_OF_DAY, SHANGHAI)


def start(*at: int, contact=HOUR, finish=FIVE_DAYS, since="dispatch") -> ClockFact:
    return ClockFact(local(*at), START, start_data(contact, finish, since, DESK))


def pause(*at: int, why=TESTING) -> ClockFact:
    return ClockFact(local(*at), PAUSE, why)


def resume(*at: int) -> ClockFact:
    return ClockFact(local(*at), RESUME)


def extend(*at: int, by=5) -> ClockFact:
    return ClockFact(local(*at), EXTEND, extend_data(by))


def stop(*at: int) -> ClockFact:
    return ClockFact(local(*at), STOP)


def line_of(*facts: ClockFact, calendar=KNOWN):
    return recompute(facts, calendar, YELLOW)


def told(*facts: ClockFact, calendar=KNOWN):
    return explain(line_of(*facts, calendar=calendar), calendar)


DISPATCHED = start(9, 28, 9)
"""Due 10 October, a made-up Saturday: 29, 30 September, 8, 9 and 10 October."""

PAUSED = pause(9, 29, 10)
ENDED = resume(9, 30, 15)
