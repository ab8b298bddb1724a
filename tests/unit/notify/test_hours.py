from datetime import UTC, datetime

import pytest

from services.notify.hours import next_service_time
from shared.clock import LOCAL_ZONE
from tests.unit.notify.stand import district

HOURS, CALENDAR = district().service_hours, district().calendar


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),  # Monday, open
        ("2026-11-23T08:29", "2026-11-23T08:30"),  # before opening
        ("2026-11-23T12:30", "2026-11-23T12:30"),  # nobody closes over noon (AB岗)
        ("2026-11-23T17:30", "2026-11-24T08:30"),  # closing time: tomorrow
        ("2026-11-27T22:00", "2026-11-30T08:30"),  # Friday night: Monday
        ("2026-09-30T20:00", "2026-10-08T08:30"),  # over the National Day holidays
        ("2026-02-14T10:00", "2026-02-14T10:00"),  # a Saturday that is worked before New Year
    ],
)
def test_reminders_wait_for_service_hours(moment: str, expected: str) -> None:
    assert next_service_time(local(moment), HOURS, CALENDAR) == local(expected)


def test_the_moment_itself_is_kept_exact() -> None:
    moment = datetime(2026, 11, 23, 2, 0, 1, 5, tzinfo=UTC)
    assert next_service_time(moment, HOURS, CALENDAR) == moment


def test_a_calendar_without_open_days_is_said() -> None:
    class Closed:
        """A calendar in which nothing is worked."""

        def is_workday(self, _day):
            return False

    with pytest.raises(ValueError, match=r"service_hours\.days: no open day"):
        next_service_time(local("2026-11-23T18:00"), HOURS, Closed())
