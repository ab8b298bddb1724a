"""Figures equal a count of every case, whatever was archived, reopened and sealed anew."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import marshmallow as ma
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import handlers, models, store
from services.intake.archive import actions
from services.intake.case import CLOSED, REFUSED, RESOLVED, WITHDRAWN, Actor
from services.intake.figures import counted as counted_module
from services.intake.figures import queries
from services.intake.figures.counted import COUNTED, EDGES, GRADES, TIMES, counts_of, median
from services.intake.figures.pack import figure_rules
from services.intake.figures.queries import Asked, spans
from services.intake.figures.schemas import FiguresIn
from services.intake.figures.tables import DAY, MONTH
from services.intake.reason import Rejected
from shared import clock
from shared.clock import local
from tests.unit.intake.ground import (
    COMMUNITY,
    ELSEWHERE,
    SATURDAY,
    accepted,
    allowance,
    do,
    noise,
    runtime_in,
    xiangshan,
)

OFFICERS = {code: Actor("d", "周敏", "desk", code) for code in (COMMUNITY, ELSEWHERE)}
SPOT = counted_module.OnTheSpot(30, frozenset({"desk"}))
FIRST, LAST = date(2026, 11, 1), date(2027, 3, 31)
STEPS = (
    "accept",
    "apply",
    "notice",
    "back-office",
    "resolve",
    "rate",
    "reopen",
    "withdraw",
    "close",
    "end",
    "wait",
)

step = st.tuples(
    st.sampled_from(STEPS),
    st.integers(0, 5),
    st.sampled_from((COMMUNITY, ELSEWHERE)),
    st.sampled_from(("desk", "grid")),
    st.integers(0, 40_000),
)


def take(runtime, stopped, numbers, one):
    """One step of one of the cases; what the rules refuse changes nothing."""
    what, n, community, channel, minutes = one
    officer = OFFICERS[community]
    if what == "wait":
        stopped.advance(timedelta(minutes=minutes))
    elif what == "end":
        actions.end_day(runtime, community, officer)
    elif what in ("accept", "apply"):
        made = noise() if what == "accept" else allowance()
        asked = replace(made, actor=officer, community=community, channel=channel)
        numbers.append((accepted(runtime, asked).number, officer))
    elif numbers:
        number, owner = numbers[n % len(numbers)]
        try:
            do(runtime, *command(what, number, owner, n))
        except Rejected:
            return


def command(what: str, number: str, owner: Actor, n: int) -> tuple[Any, ...]:
    """The handler and its arguments."""
    return {
        "back-office": (handlers.move_to_back_office, number, owner),
        "notice": (handlers.give_notice, number, owner, ["房产证"]),
        "resolve": (handlers.resolve_case, number, owner, "办好了"),
        "rate": (handlers.rate_case, number, owner, str(n % 5 + 1)),
        "reopen": (handlers.reopen_case, number, owner, "没有解决"),
        "withdraw": (handlers.withdraw_case, number, owner, "不办了"),
        "close": (handlers.close_case, number, owner),
    }[what]


def counted(runtime, group, *, community=None, item="", channel=""):
    """By brute force: every case there is, grouped by a function of what it is."""
    with runtime.database.read() as connection:
        rows = connection.execute(sa.select(models.cases)).mappings().all()
    found: dict[str, Counter[str]] = {}
    for case in map(store.case_of, rows):
        code = case.item.code if case.item else f"@{case.kind}"
        if community not in (None, case.community) or item not in ("", code):
            continue
        if channel not in ("", case.channel):
            continue
        for day, counts in plain(case):
            key = group(case.community, code, case.channel, day)
            found.setdefault(key, Counter()).update(counts)
    return {key: {n: c for n, c in counts.items() if c} for key, counts in found.items()}


def plain(case):
    """What a case counts for, said once more in other words."""
    yield local(case.accepted_at).date(), {"accepted": 1}
    if case.state in (WITHDRAWN, REFUSED):
        yield local(case.closed_at).date(), {case.state: 1}
    if case.state in (RESOLVED, CLOSED):
        minutes = int((case.resolved_at - case.accepted_at) / timedelta(minutes=1))
        one = {"done": 1, "minutes": minutes, "first_visit": int(case.visits == 1)}
        here = case.channel == "desk" and case.notice is None and case.back_office_by is None
        if minutes <= SPOT.minutes and here:
            one |= {"on_spot": 1, "spot_minutes": minutes}
        if case.due_at is not None:
            one |= {"timed": 1, "on_time": int(case.resolved_at <= case.due_at)}
        if case.rating is not None:
            one[f"grade{case.rating.grade}"] = 1
        over = sum(minutes > edge for edge in EDGES)
        yield local(case.resolved_at).date(), one | {f"t{over:02}": 1}


GROUPS = {
    "day": lambda _c, _i, _ch, day: day.isoformat(),
    "week": lambda _c, _i, _ch, day: (day - timedelta(days=day.weekday())).isoformat(),
    "month": lambda _c, _i, _ch, day: day.replace(day=1).isoformat(),
    "community": lambda c, _i, _ch, _day: c,
    "item": lambda _c, i, _ch, _day: i,
    "channel": lambda _c, _i, ch, _day: ch,
    "": lambda *_: "",
}


def figures(runtime, by, **wanted: Any):
    asked = Asked(FIRST, LAST, tuple(xiangshan().communities), by=by, **wanted)
    with runtime.database.read() as connection:
        found = queries.sums(connection, asked, SPOT)
    return {key: {n: c for n, c in counts.items() if c} for key, counts in found.items()}


def assert_equal(runtime):
    for by, group in GROUPS.items():
        for wanted in (
            {},
            {"community": COMMUNITY},
            {"item": "G-01"},
            {"channel": "grid"},
            {"community": ELSEWHERE, "item": "@complaint", "channel": "desk"},
        ):
            assert figures(runtime, by, **wanted) == counted(runtime, group, **wanted), (by, wanted)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(step, max_size=30))
def test_figures_equal_a_count_of_every_case(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("figures")
    with runtime_in(folder) as runtime, clock.set_for_tests(SATURDAY) as stopped:
        numbers: list[Any] = []
        for one in steps:
            take(runtime, stopped, numbers, one)
        assert_equal(runtime)
        for officer in OFFICERS.values():
            actions.end_day(runtime, officer.community, officer)
        assert_equal(runtime)


def test_reopened_after_it_was_archived_it_counts_once(runtime):
    with clock.set_for_tests(SATURDAY) as stopped:
        numbers: list[Any] = []
        for what in ("accept", "resolve", "end", "wait", "reopen"):
            take(runtime, stopped, numbers, (what, 0, COMMUNITY, "desk", 3000))
        assert figures(runtime, "")[""] == {"accepted": 1}
        take(runtime, stopped, numbers, ("resolve", 0, COMMUNITY, "desk", 0))
        assert figures(runtime, "")[""]["done"] == 1
        take(runtime, stopped, numbers, ("end", 0, COMMUNITY, "desk", 0))
        assert_equal(runtime)
        assert figures(runtime, "day").keys() == {"2026-11-21", "2026-11-23"}


@pytest.mark.parametrize(
    ("channel", "steps", "on_spot"),
    [
        *((channel, ("resolve",), 1) for channel in ("desk", "home_visit", "open_day")),
        *((channel, ("resolve",), 0) for channel in ("online", "hotline", "open311", "grid")),
        ("desk", ("back-office", "resolve"), 0),
    ],
)
def test_on_the_spot_is_what_somebody_stood_there_for(runtime, channel, steps, on_spot):
    """By the pack: people who were not there did not wait, nor do those of the back office."""
    rules = figure_rules(xiangshan())
    asked = Asked(FIRST, LAST, tuple(xiangshan().communities))
    with clock.set_for_tests(SATURDAY) as stopped:
        numbers: list[Any] = []
        for what in ("accept", *steps):
            take(runtime, stopped, numbers, (what, 0, COMMUNITY, channel, 0))
        live = do(runtime, queries.totals, asked, rules.on_spot)
        actions.end_day(runtime, COMMUNITY, OFFICERS[COMMUNITY])
        sealed = do(runtime, queries.totals, asked, rules.on_spot)
    assert (live["done"], live["on_spot"]) == (1, on_spot)
    assert sealed == live


def test_refused_certificates_are_counted_before_and_after_the_day_ends(runtime):
    asked = noise(title="开具无犯罪记录证明", kind="application", description="无犯罪记录证明")
    with clock.set_for_tests(SATURDAY):
        do(runtime, handlers.accept_case, asked)
        before = figures(runtime, "item")
        actions.end_day(runtime, COMMUNITY, OFFICERS[COMMUNITY])
        assert before == figures(runtime, "item") == {"@certificate": {"refused": 1}}


# ---- Sums of a histogram ----


@given(st.lists(st.integers(0, 600_000), min_size=1))
def test_the_median_lies_where_it_says(minutes):
    times = Counter(TIMES[sum(one > edge for edge in EDGES)] for one in minutes)
    above, upto = median(times)
    right = sorted(minutes)[(len(minutes) - 1) // 2]
    assert above < right
    assert upto is None or right <= upto


def test_no_times_have_no_median():
    assert median(Counter()) is None


@given(st.dates(FIRST, LAST), st.integers(0, 500), st.sampled_from(queries.BYS))
def test_spans_cover_every_day_once(first, length, by):
    last = first + timedelta(days=length)
    days = [
        start + timedelta(days=n)
        for _, start, end in spans(first, last, by)
        for n in range((end - start).days + 1)
    ]
    assert days == [first + timedelta(days=n) for n in range(length + 1)]
    for grain, start, end in spans(first, last, by):
        assert grain in (DAY, MONTH)
        if grain == MONTH:
            assert start.day == 1
            assert (end + timedelta(days=1)).day == 1


def test_every_column_is_counted_by_somebody():
    """A column nobody fills would be a figure that is always nothing."""
    made = set()
    for how in (counted_module.WITHDRAWN, counted_module.REFUSED):
        made |= {n for _, c in counts_of(some(how=how)) for n in c}
    for minutes in (*EDGES, 10**6):
        for grade in range(1, 6):
            said = some(how="done", minutes=minutes, grade=grade, on_time=True)
            full = replace(said, on_spot=True, first_visit=True)
            made |= {n for _, c in counts_of(full) for n in c}
    assert made == set(COUNTED)
    assert set(GRADES) <= made


def some(**changes: Any):
    day = date(2026, 11, 21)
    return counted_module.Facts(COMMUNITY, "G-01", "desk", day, day, **changes)


@pytest.mark.parametrize("minutes", [0, 1, 2, 719, 720, 721])
def test_a_time_is_in_the_class_of_its_upper_end(minutes):
    (_, counts) = list(counts_of(some(how="done", minutes=minutes)))[1]
    (name,) = [n for n in counts if n in TIMES]
    n = TIMES.index(name)
    assert minutes <= EDGES[n]
    assert n == 0 or minutes > EDGES[n - 1]


@pytest.mark.parametrize("field", ["first", "last"])
@pytest.mark.parametrize("day", ["0001-01-05", "9999-12-31"])
def test_a_day_there_cannot_be_is_refused_by_its_field(field, day):
    with pytest.raises(ma.ValidationError) as refused:
        FiguresIn().load({field: day})
    assert list(refused.value.normalized_messages()) == [field]
