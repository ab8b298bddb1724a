"""A limit in one of three units: when it ends, what a pause leaves of it, and its words."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.limits import Left, Limit, Stood, Words, hours_data, hours_from, hours_words
from services.routing.supervision import supervision_for
from shared.district import load
from shared.workdays import Hours, WorkCalendar

SHANGHAI = timezone(timedelta(hours=8))
DESK = Hours(time(8, 30), time(17, 30))
LUNCH = Hours(time(8, 30), time(17, 30), lunch=(time(12), time(14, 30)))
DAY = timedelta(days=1)
ALWAYS = Hours(time(0), time(0), "every_day")
CALENDAR = WorkCalendar(known_until=date(2027, 12, 31))

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001 - the zone is given beside
WAITS = st.timedeltas(timedelta(0), timedelta(days=20))
LIMITS = st.one_of(
    st.builds(Limit, hours=st.integers(1, 100)),
    st.builds(Limit, service_hours=st.integers(1, 60)),
    st.builds(Limit, workdays=st.integers(1, 20)),
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("limit", "start", "expected"),
    [
        # round the clock: Friday night, a holiday, the last second of the year
        (Limit(hours=1), local(2026, 11, 20, 23, 30), local(2026, 11, 21, 0, 30)),
        (Limit(hours=1), local(2026, 10, 1, 3), local(2026, 10, 1, 4)),
        (Limit(hours=24), local(2026, 12, 31, 23, 59, 59), local(2027, 1, 1, 23, 59, 59)),
        # service hours: Friday evening, before National Day, on a make-up Sunday
        (Limit(service_hours=4), local(2026, 11, 20, 16, 30), local(2026, 11, 23, 11, 30)),
        (Limit(service_hours=1), local(2026, 9, 30, 17), local(2026, 10, 8, 9)),
        (Limit(service_hours=2), local(2026, 9, 20, 10), local(2026, 9, 20, 12)),
        # working days: to the end of the last
        (Limit(workdays=5), local(2026, 9, 28, 9), local(2026, 10, 10, 23, 59, 59)),
        (Limit(workdays=1), local(2026, 9, 30, 9), local(2026, 10, 8, 23, 59, 59)),
    ],
)
def test_when_a_limit_ends(limit, start, expected):
    ends = limit.end(start, CALENDAR, DESK)
    assert ends == expected
    assert ends.tzinfo is UTC


@pytest.mark.parametrize(
    ("limit", "start", "pause", "left", "expected"),
    [
        (
            Limit(hours=24),
            local(2026, 9, 30, 16, 30),
            (local(2026, 9, 30, 20), local(2026, 10, 1, 8)),
            Left("hours", span=timedelta(hours=20, minutes=30)),
            local(2026, 10, 2, 4, 30),
        ),
        (
            Limit(service_hours=4),
            local(2026, 11, 20, 16, 30),
            (local(2026, 11, 20, 17), local(2026, 11, 23, 10)),
            Left("service_hours", span=timedelta(hours=3, minutes=30)),
            local(2026, 11, 23, 13, 30),
        ),
        (  # all of a pause in the night: nothing was lost by it
            Limit(service_hours=4),
            local(2026, 11, 20, 16, 30),
            (local(2026, 11, 20, 18), local(2026, 11, 23, 8)),
            Left("service_hours", span=timedelta(hours=3)),
            local(2026, 11, 23, 11, 30),
        ),
        (
            Limit(workdays=5),
            local(2026, 9, 28, 9),
            (local(2026, 9, 30, 10), local(2026, 10, 8, 10)),
            Left("workdays", workdays=3),
            local(2026, 10, 12, 23, 59, 59),
        ),
        (  # an hour less than a working day, the holidays left out
            Limit(workdays=5),
            local(2026, 9, 28, 9),
            (local(2026, 9, 30, 10), local(2026, 10, 8, 9)),
            Left("workdays", workdays=3),
            local(2026, 10, 10, 23, 59, 59),
        ),
        (  # over midnight and back
            Limit(workdays=5),
            local(2026, 9, 28, 9),
            (local(2026, 9, 28, 23, 59), local(2026, 9, 29, 0, 1)),
            Left("workdays", workdays=5),
            local(2026, 10, 10, 23, 59, 59),
        ),
        (  # on the last day, until a Sunday
            Limit(workdays=5),
            local(2026, 9, 28, 9),
            (local(2026, 10, 10, 10), local(2026, 10, 11, 10)),
            Left("workdays", workdays=0),
            local(2026, 10, 12, 23, 59, 59),
        ),
    ],
)
def test_what_is_left_at_a_pause_and_where_the_deadline_is_when_it_goes_on(
    limit, start, pause, left, expected
):
    paused, resumed = pause
    due = limit.end(start, CALENDAR, DESK)
    assert limit.left(paused, due, CALENDAR, DESK) == left
    assert limit.resumed(due, paused, resumed, CALENDAR, DESK) == expected


def test_a_clock_that_has_run_out_is_not_moved_by_a_pause():
    for limit in (Limit(hours=1), Limit(service_hours=1), Limit(workdays=1)):
        due = limit.end(local(2026, 11, 16, 9), CALENDAR, DESK)
        late = due + timedelta(hours=1)
        assert limit.resumed(due, late, late + timedelta(days=9), CALENDAR, DESK) == due
        assert limit.left(late, due, CALENDAR, DESK) == Left(limit.unit)


@given(LIMITS, MOMENTS, WAITS, WAITS, st.sampled_from([DESK, LUNCH, ALWAYS]))
@settings(max_examples=200, deadline=None)
def test_a_pause_never_shortens_and_none_at_all_changes_nothing(limit, start, until, wait, hours):
    due = limit.end(start, CALENDAR, hours)
    assert due > start
    paused = start + until
    assert limit.resumed(due, paused, paused, CALENDAR, hours) == due
    moved = limit.resumed(due, paused, paused + wait, CALENDAR, hours)
    assert moved >= due
    if paused < due:
        assert moved >= paused + wait
        if limit.unit != "workdays":
            left = limit.left(paused, due, CALENDAR, hours)
            assert limit.left(paused + wait, moved, CALENDAR, hours) == left


PAUSES = st.lists(st.tuples(WAITS, st.timedeltas(timedelta(0), timedelta(days=3))), max_size=8)


@given(st.integers(1, 20), MOMENTS, PAUSES)
@settings(max_examples=200, deadline=None)
def test_pauses_gain_the_working_days_they_come_to_together(days, start, pauses):
    """However they are cut: no day for a midnight, and none begun but for a clock's last day."""
    limit, all_day = Limit(workdays=days), Hours(time(0), time(0))
    first = due = limit.end(start, CALENDAR)
    stood, at, paused = Stood(), start, timedelta(0)
    for runs, stands in pauses:
        begin, at = at + runs, at + runs + stands
        if begin >= due:
            break
        before = due
        due = limit.resumed(due, begin, at, CALENDAR, stood=stood)
        stood = stood.longer(before, begin, at, CALENDAR)
        paused += CALENDAR.service_time_between(begin, at, all_day)
        gained = CALENDAR.workdays_between(first, due)
        assert gained == stood.days
        assert paused // DAY <= gained <= -(-paused // DAY)
        assert due >= before


@pytest.mark.parametrize(
    ("limit", "zh", "en"),
    [
        (Limit(hours=1), "1 小时，不分昼夜", "1 hour, day and night"),
        (Limit(hours=24), "24 小时，不分昼夜", "24 hours, day and night"),
        (Limit(service_hours=4), "4 个服务小时", "4 service hours"),
        (Limit(workdays=5), "5 个工作日", "5 working days"),
        (Limit(workdays=1), "1 个工作日", "1 working day"),
    ],
)
def test_a_limit_in_words(limit, zh, en):
    assert limit.words == Words(zh, en)


@pytest.mark.parametrize(
    ("left", "zh", "en"),
    [
        (Left("workdays", workdays=3), "3 个工作日", "3 working days"),
        (Left("hours", span=timedelta(hours=2)), "2 小时", "2 hours"),
        (
            Left("hours", span=timedelta(hours=2, minutes=1)),
            "2 小时 1 分钟",
            "2 hours 1 minute",
        ),
        (
            Left("service_hours", span=timedelta(minutes=40)),
            "40 分钟服务时间",
            "40 minutes of service",
        ),
    ],
)
def test_what_is_left_in_words(left, zh, en):
    assert left.words == Words(zh, en)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"hours": 1, "workdays": 5},
        {"hours": 0},
        {"hours": True},
        {"hours": None},
        {"workdays": -1},
        {"workdays": 1.5},
        {"workdays": "5"},
        {"days": 5},
    ],
)
def test_a_limit_has_one_unit_and_a_whole_number(given):
    with pytest.raises(ValueError, match="limit"):
        Limit.from_data(given)


def test_service_hours_need_a_departments_hours():
    with pytest.raises(ValueError, match="none given"):
        Limit(service_hours=1).end(local(2026, 9, 28, 9), CALENDAR)


@pytest.mark.parametrize("limit", [Limit(hours=1), Limit(service_hours=4), Limit(workdays=5)])
def test_a_limit_survives_json(limit):
    assert Limit.from_data(json.loads(json.dumps(limit.as_data()))) == limit


@pytest.mark.parametrize("hours", [DESK, LUNCH, ALWAYS])
def test_hours_survive_json(hours):
    assert hours_from(json.loads(json.dumps(hours_data(hours)))) == hours


def test_hours_in_words():
    assert hours_words(LUNCH).zh == "工作日 08:30 至 17:30，午休 12:00 至 14:30 除外"
    assert hours_words(DESK).en == "working days 08:30 to 17:30"
    assert hours_words(ALWAYS) == Words("每天 00:00 至 24:00", "every day 00:00 to 24:00")


@pytest.mark.parametrize("code", ["xiangshan", "beiguan", "huainan", "daguan"])
def test_every_limit_of_every_district_reads(code):
    supervision = supervision_for(load(code))
    for track in supervision.tracks.values():
        assert Limit.from_data(track.contact) == Limit(hours=1)
        ends = Limit.from_data(track.finish).end(local(2026, 9, 28, 9), CALENDAR, DESK)
        assert ends > local(2026, 9, 28, 9)
