"""Reminders to officers keep to service hours unless the matter is urgent (rules.md)."""

from datetime import date, datetime, time, timedelta

from shared.clock import local
from shared.district import ServiceHours
from shared.workdays import WorkCalendar

LONGEST_CLOSURE = 40
"""Days to look ahead for an open one; the longest public holiday has nine."""


def next_service_time(moment: datetime, hours: ServiceHours, calendar: WorkCalendar) -> datetime:
    """``moment`` if the desks are open then, otherwise when they next open.

    Raises ValueError when no day within LONGEST_CLOSURE is open: the pack's calendar is wrong.
    """
    here = local(moment)
    opens, closes = time.fromisoformat(hours.opens), time.fromisoformat(hours.closes)
    for ahead in range(LONGEST_CLOSURE):
        day = here.date() + timedelta(days=ahead)
        if not is_open_day(hours, calendar, day):
            continue
        opening = datetime.combine(day, opens, here.tzinfo)
        closing = datetime.combine(day, closes, here.tzinfo)
        if here < closing:
            return max(moment, opening)
    raise ValueError(
        f"service_hours.days: no open day in the {LONGEST_CLOSURE} after {here.date()}"
    )


def is_open_day(hours: ServiceHours, calendar: WorkCalendar, day: date) -> bool:
    """Whether the desks open on ``day``: working days only, or every day."""
    return hours.days != "workdays" or calendar.is_workday(day)
