"""Working days by the State Council calendar, and deadlines counted in them."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared import clock
from shared.workdays import Hours, WorkCalendar

SHANGHAI = timezone(timedelta(hours=8))
DESK = Hours(time(8, 30), time(17, 30))
LUNCH = Hours(time(8, 30), time(17, 30), lunch=(time(12), time(14, 30)))
DAILY = Hours(time(9), time(18), "every_day")
ALWAYS = Hours(time(0), time(0), "every_day")
CALENDAR = WorkCalendar(known_until=date(2027, 12, 31))
"""Knows all that the properties may meet, so that nothing is logged a thousand times."""

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001 - the zone is given beside
HOURS = st.sampled_from([DESK, LUNCH, DAILY, ALWAYS])
SPANS = st.timedeltas(timedelta(0), timedelta(days=12))


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


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (local(2026, 9, 28, 9), local(2026, 10, 10, 23, 59, 59), 5),
        (local(2026, 9, 28, 9), local(2026, 9, 28, 18), 0),
        (local(2026, 9, 28, 23, 59, 59), local(2026, 9, 29), 1),
        (local(2026, 9, 18, 17), local(2026, 9, 20, 9), 1),  # Sunday, made up
        (local(2026, 9, 30, 9), local(2026, 10, 7, 23), 0),
        (local(2026, 2, 13, 9), local(2026, 2, 28, 9), 6),  # 14 and 28, made up, and 24 to 27
        (local(2026, 10, 10), local(2026, 9, 28), 0),
    ],
)
def test_working_days_between(calendar, a, b, expected):
    assert calendar.workdays_between(a, b) == expected


@pytest.mark.parametrize(
    ("start", "hours", "length", "expected"),
    [
        # Friday evening to Monday; what fits until closing time ends there
        (local(2026, 11, 20, 16, 30), DESK, 4, local(2026, 11, 23, 11, 30)),
        (local(2026, 11, 20, 8, 30), DESK, 9, local(2026, 11, 20, 17, 30)),
        (local(2026, 11, 20, 19), DESK, 1, local(2026, 11, 23, 9, 30)),
        (local(2026, 11, 20, 17, 30), DESK, 1, local(2026, 11, 23, 9, 30)),
        # over lunch, into lunch, from lunch
        (local(2026, 11, 20, 11), LUNCH, 2, local(2026, 11, 20, 15, 30)),
        (local(2026, 11, 20, 11), LUNCH, 1, local(2026, 11, 20, 12)),
        (local(2026, 11, 20, 13), LUNCH, 1, local(2026, 11, 20, 15, 30)),
        # National Day, before and within it; the made-up Saturday is open
        (local(2026, 9, 30, 16, 30), DESK, 2, local(2026, 10, 8, 9, 30)),
        (local(2026, 10, 3, 12), DESK, 19, local(2026, 10, 10, 9, 30)),
        (local(2026, 9, 20, 8), DESK, 1, local(2026, 9, 20, 9, 30)),
        # Spring Festival: Saturday 14 is made up, then off until the 23rd
        (local(2026, 2, 14, 17), DESK, 1, local(2026, 2, 24, 9)),
        # every day, and around the clock
        (local(2026, 10, 1, 17), DAILY, 2, local(2026, 10, 2, 10)),
        (local(2026, 10, 1, 23, 30), ALWAYS, 48, local(2026, 10, 3, 23, 30)),
        # the edges of a day
        (local(2026, 11, 20, 23, 59, 59), DESK, 1, local(2026, 11, 23, 9, 30)),
        (local(2026, 11, 23), DESK, 1, local(2026, 11, 23, 9, 30)),
    ],
)
def test_service_time_passes_while_it_is_open(calendar, start, hours, length, expected):
    ends = calendar.add_service_time(start, timedelta(hours=length), hours)
    assert ends == expected
    assert ends.tzinfo is UTC
    assert calendar.service_time_between(start, ends, hours) == timedelta(hours=length)


def test_hours_that_make_no_sense_are_refused(calendar):
    for wrong in (
        lambda: Hours(time(17), time(9)),
        lambda: Hours(time(9), time(9)),
        lambda: Hours(time(9), time(17), lunch=(time(14), time(12))),
        lambda: Hours(time(9), time(17), lunch=(time(8), time(10))),
    ):
        with pytest.raises(ValueError, match="out of order"):
            wrong()
    with pytest.raises(ValueError, match="workdays, every_day"):
        Hours(time(9), time(17), "weekends")
    with pytest.raises(ValueError, match="cannot be negative"):
        calendar.add_service_time(local(2026, 9, 28), timedelta(minutes=-1), DESK)
    with pytest.raises(ValueError, match="no time zone"):
        calendar.add_service_time(datetime(2026, 9, 28, 9), timedelta(0), DESK)  # noqa: DTZ001 - what is tested


def test_service_time_past_what_is_known_warns(calendar):
    with capture_logs() as logs:
        ends = calendar.add_service_time(local(2026, 12, 31, 17), timedelta(hours=1), DESK)
    assert ends == local(2027, 1, 1, 9)  # New Year's Day, as nobody has told it otherwise
    assert [entry["event"] for entry in logs] == ["workdays.calendar_unknown"]


def test_holidays_have_their_names(calendar):
    off, made_up = calendar.special_days(date(2026, 9, 24), date(2026, 10, 11))
    assert [day.day for day in off] == [25, 26, 27, 1, 2, 3, 4, 5, 6, 7]
    assert made_up == [date(2026, 10, 10)]
    assert calendar.holiday_name(date(2026, 9, 25)) == ("中秋节", "Mid-autumn Festival")
    assert calendar.holiday_name(date(2026, 10, 11)) is None
    assert calendar.holiday_name(date(2027, 10, 1)) is None
    overruled = WorkCalendar(workdays_extra=[date(2026, 10, 1)])
    assert overruled.holiday_name(date(2026, 10, 1)) is None


@given(MOMENTS, SPANS, HOURS)
@settings(max_examples=150, deadline=None)
def test_adding_service_time_and_measuring_it_are_inverse(start, span, hours):
    ends = CALENDAR.add_service_time(start, span, hours)
    assert ends >= start
    assert CALENDAR.service_time_between(start, ends, hours) == span


@given(MOMENTS, MOMENTS, HOURS)
@settings(max_examples=150, deadline=None)
def test_measured_service_time_is_never_more_than_the_time_there_was(a, b, hours):
    between = CALENDAR.service_time_between(a, b, hours)
    assert timedelta(0) <= between <= max(b - a, timedelta(0))
    if b >= a:
        assert CALENDAR.add_service_time(a, between, hours) <= b


@given(MOMENTS, st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_adding_working_days_and_counting_them_are_inverse(start, n):
    counted = CALENDAR.workdays_between(start, CALENDAR.add_workdays(start, n))
    assert counted == (n or not CALENDAR.is_workday(clock.local(start).date()))


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
