"""Working days by the State Council calendar, and deadlines counted in them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from structlog.testing import capture_logs

from shared import clock
from shared.workdays import WorkCalendar

SHANGHAI = timezone(timedelta(hours=8))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.fixture
def calendar():
    return WorkCalendar()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 9, 20), True),  # Sunday, made up for National Day
        (date(2026, 10, 10), True),  # Saturday, made up
        (date(2026, 10, 11), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 9, 25), False),  # Mid-Autumn
        (date(2026, 11, 21), False),
    ],
)
def test_national_day_2026_and_its_make_up_days(calendar, day, worked):
    assert calendar.is_workday(day) is worked


def test_five_working_days_over_national_day(calendar):
    """29, 30 September, 8, 9 October and Saturday 10 October, which is made up."""
    deadline = calendar.add_workdays(local(2026, 9, 28, 9, 0), 5)
    assert deadline == local(2026, 10, 10, 23, 59, 59)
    assert deadline.tzinfo is UTC


def test_the_day_is_the_local_one(calendar):
    """17:00 UTC on Thursday is already Friday in Shanghai, so one working day ends on Monday."""
    assert calendar.add_workdays(datetime(2026, 11, 12, 17, tzinfo=UTC), 1) == local(
        2026, 11, 16, 23, 59, 59
    )
    assert calendar.add_workdays(datetime(2026, 11, 12, 15, tzinfo=UTC), 1) == local(
        2026, 11, 13, 23, 59, 59
    )


def test_a_start_on_a_day_off_counts_from_the_next_working_day(calendar):
    assert calendar.add_workdays(local(2026, 11, 21, 12), 1) == local(2026, 11, 23, 23, 59, 59)


def test_no_working_days_is_today_or_the_next_day_that_is_worked(calendar):
    assert calendar.add_workdays(local(2026, 11, 20, 12), 0) == local(2026, 11, 20, 23, 59, 59)
    assert calendar.add_workdays(local(2026, 11, 21, 12), 0) == local(2026, 11, 23, 23, 59, 59)


def test_calendar_days_end_on_a_working_day(calendar):
    """Civil Code, art. 203: a period that would end on a holiday ends on the day after it."""
    assert calendar.add_days(local(2026, 9, 20, 10), 15) == local(2026, 10, 8, 23, 59, 59)
    assert calendar.add_days(local(2026, 11, 2, 10), 15) == local(2026, 11, 17, 23, 59, 59)


def test_what_makes_no_sense_is_refused(calendar):
    with pytest.raises(ValueError, match="no time zone"):
        calendar.add_workdays(datetime(2026, 9, 28, 9), 1)  # noqa: DTZ001 - what is tested
    with pytest.raises(ValueError, match="cannot be negative"):
        calendar.add_workdays(local(2026, 9, 28, 9), -1)
    with pytest.raises(ValueError, match="cannot be negative"):
        calendar.add_days(local(2026, 9, 28, 9), -1)
    with pytest.raises(ValueError, match="2027-01-04"):
        WorkCalendar([date(2027, 1, 4)], [date(2027, 1, 4)])


def test_past_what_is_known_weekdays_stand_in_and_it_says_so_once(calendar):
    assert calendar.known_until == date(2026, 12, 31)
    with capture_logs() as logs:
        assert calendar.is_workday(date(2027, 1, 4))
        assert not calendar.is_workday(date(2027, 1, 9))
        calendar.add_workdays(local(2026, 12, 30), 10)
    assert [entry["event"] for entry in logs] == ["workdays.calendar_unknown"]
    assert logs[0]["log_level"] == "warning"
    assert logs[0]["known_until"] == "2026-12-31"
    assert "workdays.yml" in logs[0]["remedy"]


def test_nothing_is_logged_within_what_is_known(calendar):
    with capture_logs() as logs:
        calendar.add_workdays(local(2026, 9, 28), 20)
    assert logs == []


def test_the_districts_table_wins_and_extends_what_is_known():
    calendar = WorkCalendar(
        holidays_extra=[date(2027, 1, 4), date(2026, 11, 23)],
        workdays_extra=[date(2027, 1, 9), date(2026, 11, 22)],
        known_until=date(2027, 12, 31),
    )
    with capture_logs() as logs:
        assert not calendar.is_workday(date(2027, 1, 4))
        assert calendar.is_workday(date(2027, 1, 9))
        assert calendar.is_workday(date(2027, 1, 5))
        assert not calendar.is_workday(date(2026, 11, 23))
        assert calendar.is_workday(date(2026, 11, 22))
    assert logs == []
    assert calendar.known_until == date(2027, 12, 31)


def test_a_shorter_table_does_not_shorten_what_the_library_knows():
    assert WorkCalendar(known_until=date(2025, 6, 1)).known_until == date(2026, 12, 31)


def test_an_explanation_names_holidays_and_make_up_days(calendar):
    told = calendar.explain(local(2026, 9, 28, 9), 5)
    assert told.deadline == calendar.add_workdays(local(2026, 9, 28, 9), 5)
    assert told.zh == (
        "自 2026年9月28日（周一） 次日起算，第 5 个工作日为 2026年10月10日（周六），当日 24:00 前"
        "；其间放假：2026年10月1日（周四）、2026年10月2日（周五）、2026年10月5日（周一）、"
        "2026年10月6日（周二）、2026年10月7日（周三）"
        "；调休上班，计入：2026年10月10日（周六）。"
    )
    assert "holidays skipped: 2026-10-01, 2026-10-02" in told.en
    assert "make-up working days counted: 2026-10-10" in told.en


def test_an_explanation_admits_what_is_not_known(calendar):
    told = calendar.explain(local(2026, 12, 30, 9), 5)
    assert "2027 年放假安排尚未录入" in told.zh
    assert "not known yet" in told.en


def test_the_clock_can_be_stopped_nested_and_moved():
    monday = datetime(2026, 11, 23, 1, tzinfo=UTC)
    before = clock.now()
    assert before.tzinfo is UTC
    with clock.set_for_tests(monday) as outer:
        assert clock.now() == monday
        with clock.set_for_tests(local(2026, 1, 1)):
            assert clock.now() == datetime(2025, 12, 31, 16, tzinfo=UTC)
        outer.advance(timedelta(hours=1))
        assert clock.now() == monday + timedelta(hours=1)
    assert before <= clock.now() < before + timedelta(minutes=1)


def test_the_clock_goes_on_after_a_failure():
    def stop_and_fail():
        with clock.set_for_tests(local(2020, 1, 1)):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stop_and_fail()
    assert clock.now().year > 2020


def test_only_aware_times_are_taken():
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what is tested
    with pytest.raises(ValueError, match="no time zone"):
        clock.local(naive)
    with pytest.raises(ValueError, match="no time zone"), clock.set_for_tests(naive):
        pass
    assert clock.local(datetime(2026, 1, 1, 16, tzinfo=UTC)).hour == 0
