"""What moves a deadline, and what hangs on it: extensions, pauses seen late, early contacts."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from services.routing import decisions, handlers, timers
from services.routing.supervision import supervision_for
from services.routing.timeline import pause_data
from tests.unit.routing import ground
from tests.unit.routing.clock_ground import DISPATCHED, end_of, line_of, pause, resume, stop
from tests.unit.routing.ground import MONDAY, at, decide, order_of, reply, said
from tests.unit.routing.orders import DISTRICTS

ASKED = {"reason": "需检测", "approved_by": "周局长"}
A_SECOND = timedelta(seconds=1)


@pytest.fixture(params=DISTRICTS)
def db(request):
    with at():
        made = ground.database(district=DISTRICTS[request.param])
        made.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        reply(made, "contacted", note="")
        yield made


def look(db):
    return timers.look(SimpleNamespace(database=db))


def pressed(db):
    """The steps of the ladder that were taken because it was not done in time."""
    steps = {one.code for one in supervision_for(db.district).steps if one.when == "finish_late"}
    return sorted(steps & {name.removeprefix("step:") for name in order_of(db).reported})


def steps_waiting(db):
    return sorted(name for name in order_of(db).timers if name.startswith("step:"))


# -- an extension ----------------------------------------------------------------------------------


def test_asked_for_in_time_it_may_be_granted_when_the_deadline_is_over(db):
    due = order_of(db).due_by
    with at(due):
        reply(db, "extension_requested", **ASKED)
    with at(due + timedelta(hours=9)):
        decide(db, decisions.grant_extension, note="同意")
    assert order_of(db).due_by == db.district.calendar.add_workdays(due, 5)


def test_the_ladder_of_the_old_deadline_is_climbed_anew_from_the_new_one(db):
    due = order_of(db).due_by
    reply(db, "extension_requested", **ASKED)
    with at(due + A_SECOND):
        look(db)
        first = pressed(db)
        assert first == ["finish_late"]
        waiting = steps_waiting(db)
        assert waiting
        decide(db, decisions.grant_extension, note="同意")
        order = order_of(db)
        assert (pressed(db), steps_waiting(db)) == ([], [])
        assert "finish_late" not in order.reported
    with at(order.due_by):
        look(db)
        assert len(said(db, "order.late")) == 1, "nothing is late before the new deadline"
    with at(order.due_by + A_SECOND):
        look(db)
        assert (pressed(db), steps_waiting(db)) == (first, waiting)
        assert len(said(db, "order.late")) == 2
    steps = [one for one in supervision_for(db.district).steps if one.when == "finish_late"]
    longest = max(one.after["workdays"] for one in steps if one.after)
    with at(db.district.calendar.add_workdays(order.due_by, longest) + A_SECOND):
        look(db)
        assert pressed(db) == sorted(one.code for one in steps)


def test_what_was_pressed_for_another_reason_stays_so(db):
    due = order_of(db).due_by
    reply(db, "extension_requested", **ASKED)
    with at(due + A_SECOND):
        look(db)

    def mark(tx, order, by):
        order.reported = order.reported | {"step:bounced_2": "2026-11-23T01:00:00+00:00"}
        order.set_timer("step:unsigned_9", due + timedelta(days=90))

    with at(due + A_SECOND):
        decide(db, mark)
        decide(db, decisions.grant_extension, note="同意")
    assert "step:bounced_2" in order_of(db).reported
    assert steps_waiting(db) == ["step:unsigned_9"]


def test_while_it_is_paused_an_extension_is_never_too_late_to_ask_for(db):
    due = order_of(db).due_by
    with at(due - timedelta(hours=1)):
        decide(db, decisions.pause, reason="testing", note="送检")
    with at(due + timedelta(hours=1)):
        reply(db, "extension_requested", **ASKED)
        decide(db, decisions.grant_extension, note="同意")
    assert order_of(db).extensions == 1


# -- a pause ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["timer", "hand"])
def test_a_pause_seen_late_counts_to_its_end_and_no_further(db, how):
    decide(db, decisions.pause, reason="resident", note="等房产证")
    until = datetime.fromisoformat(order_of(db).pause["until"])
    in_time = db.district.calendar.add_workdays(
        MONDAY, 5 + db.district.calendar.workdays_between(MONDAY, until)
    )
    with at(until + timedelta(days=60)):  # nobody looked: the platform was down
        if how == "timer":
            look(db)
            assert [data["clock"] for _, data in said(db, "order.late")] == ["finish"]
        else:
            decide(db, decisions.resume, note="材料已补齐")
    assert order_of(db).due_by == in_time


def test_an_answer_that_comes_before_anybody_looked_ends_it_as_late():
    until = end_of(9, 30)
    named = pause_data("等待检测鉴定", "Waiting for a test", until)
    line = line_of(DISPATCHED, pause(9, 29, 10, why=named), stop(10, 30, 9))
    assert line.pauses[0].until == until
    assert line.due_by == end_of(10, 12)
    earlier = line_of(DISPATCHED, pause(9, 29, 10, why=named), resume(9, 29, 11))
    assert earlier.due_by == end_of(10, 10)


def test_short_pauses_over_midnight_gain_nothing(db):
    due = order_of(db).due_by
    night = MONDAY.replace(hour=23, minute=59)
    for days in range(3):
        with at(night + timedelta(days=days)):
            decide(db, decisions.pause, reason="testing", note="送检")
        with at(night + timedelta(days=days, minutes=2)):
            decide(db, decisions.resume, note="")
    assert order_of(db).due_by == due


# -- a contact -------------------------------------------------------------------------------------


def test_a_contact_before_its_dispatch_does_not_count():
    with at():
        db = ground.database()
        db.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        early = MONDAY - timedelta(minutes=5)
        outcome = reply(db, "contacted", at=early.isoformat())
    assert not outcome.applied
    assert (outcome.reason.field, outcome.reason.text) == ("at", "联系时间早于派单时间")
    assert order_of(db).contacted_at is None


def test_a_contact_before_it_was_reopened_does_not_count_and_is_told_why(db):
    with at(hours=1):
        reply(db, "completed", result="已劝导", reviewed_by="周局长")
    with at(hours=5):
        db.run(lambda tx: handlers.reopen_order(tx, ground.reopened()))
    with at(hours=6):
        for early in (timedelta(minutes=30), timedelta(hours=5) - A_SECOND):
            outcome = reply(db, "contacted", at=(MONDAY + early).isoformat())
            assert not outcome.applied
            assert outcome.reason.text == "联系时间早于本次计时开始的时间"
        assert order_of(db).contacted_at is None
        assert reply(db, "contacted", at=(MONDAY + timedelta(hours=5)).isoformat()).applied
