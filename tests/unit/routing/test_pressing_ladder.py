"""The ladder's arithmetic: which steps, which level, who is on duty, and when what waits is due."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.routing.pressing import ladder
from services.routing.supervision import supervision_for
from services.routing.supervision_values import OCCASIONS
from shared.workdays import Hours
from tests.unit.routing.orders import DISTRICTS

ZONE = ZoneInfo("Asia/Shanghai")
OFFICE = Hours(time(8, 30), time(17, 30), "workdays")
EVERY_STEP = [
    (name, step) for name, district in DISTRICTS.items() for step in supervision_for(district).steps
]


def rule_of(name):
    return supervision_for(DISTRICTS[name])


@pytest.mark.parametrize("name", DISTRICTS)
def test_each_occasion_has_a_step_and_words(name):
    assert {step.when for step in rule_of(name).steps} == set(OCCASIONS)
    assert set(OCCASIONS) | {ladder.BY_HAND, ladder.DIFFICULT} == set(ladder.WHY)


@pytest.mark.parametrize(("name", "step"), EVERY_STEP, ids=lambda one: getattr(one, "code", one))
def test_a_step_is_taken_from_so_many_times_on(name, step):
    rule = rule_of(name)
    assert step in ladder.steps_of(step.when, step.times, rule)
    assert step in ladder.steps_of(step.when, step.times + 1, rule)
    assert step not in ladder.steps_of(step.when, step.times - 1, rule)
    assert ladder.step_named(step.code, rule) is step


@pytest.mark.parametrize(("name", "step"), EVERY_STEP, ids=lambda one: getattr(one, "code", one))
@pytest.mark.parametrize("level", range(4))
def test_a_level_is_never_lowered_and_never_above_the_highest(name, step, level):
    rule = rule_of(name)
    reached = ladder.level_after(step, level, rule)
    assert reached == min(max(level + step.raises, step.level, 1), 3)
    assert level <= reached <= max(rule.levels)


@pytest.mark.parametrize("name", DISTRICTS)
@pytest.mark.parametrize(("level", "usual"), [(0, 1), (1, 1), (2, 2), (3, 3), (7, 3)])
def test_by_hand_without_a_level_it_is_the_orders_own(name, level, usual):
    assert ladder.usual_level(level, rule_of(name)) == usual


def test_a_step_that_the_pack_has_no_more_is_none():
    assert ladder.step_named("gone", rule_of("xiangshan")) is None


ON_DUTY = [
    # 2026-11-23 is a Monday; duty by the day changes every local day, by the week every Monday
    ("xiangshan", 1, date(2026, 11, 23), "督办员乙"),
    ("xiangshan", 1, date(2026, 11, 24), "督办员甲"),
    ("xiangshan", 1, date(2026, 11, 25), "督办员乙"),
    ("xiangshan", 2, date(2026, 11, 22), "督查员乙"),
    ("xiangshan", 2, date(2026, 11, 23), "督查员甲"),
    ("xiangshan", 2, date(2026, 11, 29), "督查员甲"),
    ("xiangshan", 2, date(2026, 11, 30), "督查员乙"),
    ("xiangshan", 3, date(2026, 11, 23), "值班主任"),
    ("beiguan", 1, date(2026, 11, 23), "跟进专员丙"),
    ("beiguan", 1, date(2026, 11, 24), "跟进专员甲"),
    ("beiguan", 1, date(2026, 11, 25), "跟进专员乙"),
    ("beiguan", 2, date(2026, 11, 23), "督查专员甲"),
    ("beiguan", 3, date(2026, 11, 23), "议题承办人"),
    ("huainan", 1, date(2026, 11, 23), "网格督查员乙"),
    ("huainan", 2, date(2026, 11, 30), "区级督查员乙"),
    ("huainan", 3, date(2026, 11, 30), "市级督查员"),
]


@pytest.mark.parametrize(("name", "level", "day", "who"), ON_DUTY)
def test_who_is_on_duty_on_a_local_day(name, level, day, who):
    rule = rule_of(name)
    first = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    for moment in (first, first + timedelta(hours=23, minutes=59)):
        called = ladder.called(level, moment, rule)
        assert (called.level, called.on_duty, called.to) == (level, who, rule.levels[level].to)


MONDAY_LATE = datetime(2026, 11, 23, 23, 59, 59, tzinfo=ZONE)
BEFORE_NATIONAL_DAY = datetime(2026, 9, 29, 23, 59, 59, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("name", "code", "since", "day"),
    [
        ("xiangshan", "finish_late_2", MONDAY_LATE, date(2026, 11, 25)),
        ("xiangshan", "finish_late_5", MONDAY_LATE, date(2026, 11, 30)),
        ("beiguan", "finish_late_2", MONDAY_LATE, date(2026, 11, 25)),
        ("beiguan", "finish_late_5", MONDAY_LATE, date(2026, 11, 30)),
        ("huainan", "finish_late_3", MONDAY_LATE, date(2026, 11, 26)),
        ("huainan", "finish_late_8", MONDAY_LATE, date(2026, 12, 3)),
        # over National Day, 1 to 7 October, and the working Saturday of 10 October
        ("xiangshan", "finish_late_2", BEFORE_NATIONAL_DAY, date(2026, 10, 8)),
        ("xiangshan", "finish_late_5", BEFORE_NATIONAL_DAY, date(2026, 10, 12)),
        ("huainan", "finish_late_8", BEFORE_NATIONAL_DAY, date(2026, 10, 15)),
    ],
)
def test_what_waits_is_due_at_the_end_of_its_day(name, code, since, day):
    district = DISTRICTS[name]
    step = ladder.step_named(code, rule_of(name))
    due = ladder.due_at(step, since, district.calendar, OFFICE)
    assert due == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZONE)


def test_a_step_that_does_not_wait_has_no_moment():
    step = ladder.step_named("contact_late", rule_of("xiangshan"))
    with pytest.raises(ValueError, match="does not wait"):
        ladder.due_at(step, MONDAY_LATE, DISTRICTS["xiangshan"].calendar, OFFICE)


def test_what_was_taken_does_not_wait_again():
    rule = rule_of("xiangshan")
    found = ladder.waiting("finish_late", 1, {"step:finish_late_2": "…"}, rule)
    assert [one.code for one in found] == ["finish_late_5"]
