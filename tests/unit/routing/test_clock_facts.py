"""What is stored of the clocks is what the history recomputes to, whatever was done to an order."""

from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing import states as s
from services.routing.order import Order
from services.routing.order_clocks import facts_of, timeline_of
from services.routing.rules import Refused
from services.routing.states import TRANSITIONS
from services.routing.supervision import supervision_for
from shared.district import District
from tests.unit.routing.ground import MONDAY, ZONE
from tests.unit.routing.orders import DISTRICTS, Acts, dispatched, fresh

VERBS = sorted({*TRANSITIONS} - {"assist_dropped", "due_soon", "late", "sign_unsigned"})
"""What anybody may do at any time; what time does comes of itself, when a timer is due."""
URGENCIES = ("normal", "urgent", "special", "difficult")
STARTS = (
    datetime(2026, 9, 18, 16, 0, tzinfo=ZONE),  # before the make-up Sunday 20 September
    datetime(2026, 9, 30, 10, 0, tzinfo=ZONE),  # before National Day
    datetime(2026, 10, 3, 23, 30, tzinfo=ZONE),  # in it
    datetime(2026, 10, 9, 9, 0, tzinfo=ZONE),  # before the make-up Saturday 10 October
    MONDAY,
)
ACTS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(1, 60 * 24 * 6)), max_size=25)


@pytest.mark.parametrize("name", DISTRICTS)
@given(start=st.sampled_from(STARTS), urgency=st.sampled_from(URGENCIES), acts=ACTS)
@settings(max_examples=120, deadline=None)
def test_whatever_was_done_the_history_gives_the_same_deadlines(name, start, urgency, acts):
    district = DISTRICTS[name]
    order = fresh(urgency, opened_at=start)
    order.dispatch("ga", [], start, "系统", district)
    now = start
    for verb, minutes in acts:
        now += timedelta(minutes=minutes)
        let_time_pass(order, now, district)
        attempt(order, verb, now, district)
        check(order, district)


def let_time_pass(order: Order, now: datetime, district: District) -> None:
    """What the timers do, in their own time."""
    acts = Acts(order, district)
    while due := order.timers_due(now):
        name, at = due[0], datetime.fromisoformat(order.timers[due[0]])
        clock, _, what = name.partition("_")
        if what in ("late", "yellow") and clock in ("contact", "finish"):
            act = order.raise_late if what == "late" else order.warn
            act(clock, at, "系统")
        else:
            acts.do({"sign": "sign_unsigned"}.get(name, name), at)
        check(order, district)


def attempt(order: Order, verb: str, at: datetime, district: District) -> None:
    """Do it if it is allowed; refused, it changes nothing."""
    if verb == "open_arbitration" and order.first_department is None:
        return
    before = deepcopy(order)
    try:
        Acts(order, district).do(verb, at)
    except Refused:
        assert order == before


def check(order: Order, district: District) -> None:
    line = timeline_of(facts_of(order.news), district.calendar)
    assert line is not None
    if order.clock_from is None:
        assert (order.due_by, order.contact_by, order.timers) == (None, None, {})
        return
    assert order.clock_from == line.begun_at
    assert (order.contact_by, order.contact_yellow_at) == (line.contact_by, line.contact_yellow_at)
    assert (order.due_by, order.due_yellow_at) == (line.due_by, line.yellow_at)
    assert (order.contacted_at, order.paused_at) == (line.contacted_at, line.paused_at)
    assert (line.stopped_at is None) == (order.state in s.HELD)
    assert len(line.extensions) <= order.extensions <= district.rules.extensions
    nearest = min(order.timers.values(), default=None)
    assert order.next_at == (None if nearest is None else datetime.fromisoformat(nearest))


# -- real days -------------------------------------------------------------------------------------


@pytest.mark.parametrize("district", DISTRICTS.values(), ids=DISTRICTS)
@pytest.mark.parametrize("urgency", URGENCIES)
@pytest.mark.parametrize("start", STARTS, ids=str)
def test_the_limits_of_the_track_run_from_dispatch(start, urgency, district):
    order = dispatched(start, district, urgency)
    track = supervision_for(district).tracks[urgency]
    assert order.contact_by == start + timedelta(hours=track.contact["hours"]), "day and night"
    if "workdays" in track.finish:
        due = district.calendar.add_workdays(start, track.finish["workdays"])
    else:
        due = start + timedelta(hours=track.finish["hours"])
    assert order.due_by == due


@pytest.mark.parametrize("district", DISTRICTS.values(), ids=DISTRICTS)
@pytest.mark.parametrize(
    ("start", "due", "extended"),
    [
        ("2026-09-18T16:00", "2026-09-24", "2026-10-09"),
        ("2026-09-30T10:00", "2026-10-13", "2026-10-20"),
        ("2026-10-03T23:30", "2026-10-13", "2026-10-20"),
        ("2026-10-09T09:00", "2026-10-15", "2026-10-22"),
    ],
)
def test_five_days_and_five_more_over_national_day(start, due, extended, district):
    """20 September and 10 October are worked; 25 to 27 September and 1 to 7 October are not."""
    begin = datetime.fromisoformat(start).replace(tzinfo=ZONE)
    order = dispatched(begin, district)
    assert day_of(order) == due
    acts = Acts(order, district)
    acts.do("extension_requested", begin + timedelta(hours=2))
    acts.do("grant_extension", begin + timedelta(hours=3))
    assert day_of(order) == extended


def day_of(order: Order) -> str:
    assert order.due_by is not None
    local = order.due_by.astimezone(ZONE)
    assert f"{local:%H:%M:%S}" == "23:59:59"
    return f"{local:%Y-%m-%d}"


@pytest.mark.parametrize("district", DISTRICTS.values(), ids=DISTRICTS)
def test_a_pause_moves_the_deadline_by_the_working_days_it_contains(district):
    """5 days from 29 September, over National Day; then paused from the 8th in the afternoon."""
    order = dispatched(datetime(2026, 9, 29, 10, tzinfo=ZONE), district)
    assert day_of(order) == "2026-10-12"
    acts = Acts(order, district)
    acts.do("pause", datetime(2026, 10, 8, 15, tzinfo=ZONE))
    assert {"finish_late", "finish_yellow"} & set(order.timers) == set(), "it cannot be late now"
    acts.do("resume", datetime(2026, 10, 20, 9, tzinfo=ZONE))
    assert day_of(order) == "2026-10-22", "8 working days and 18 hours: eight"
    assert {"finish_late", "finish_yellow"} <= set(order.timers)


def test_a_change_of_the_pack_does_not_rewrite_what_was(monkeypatch):
    """The numbers that were in force are in the facts."""
    order = dispatched()
    due, history = order.due_by, list(order.news)
    district = DISTRICTS["xiangshan"]
    track = supervision_for(district).tracks["normal"]
    monkeypatch.setitem(track.finish, "workdays", 9)
    line = timeline_of(facts_of(history), district.calendar)
    assert line.due_by == due
    assert dispatched().due_by > due, "what is dispatched now has the new limit"
