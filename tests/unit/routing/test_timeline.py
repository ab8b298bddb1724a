"""Deadlines recomputed from history, over the real calendar."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from services.routing.limits import Left, Limit
from services.routing.timeline import (
    CONTACTED,
    GO_ON,
    SINCE,
    START,
    ClockFact,
    start_data,
)
from services.routing.timeline_words import explain_contact
from tests.unit.routing.clock_ground import (
    DISPATCHED,
    ENDED,
    FIVE_DAYS,
    HOUR,
    KNOWN,
    PAUSED,
    YELLOW,
    end_of,
    extend,
    line_of,
    local,
    pause,
    resume,
    start,
    stop,
)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ((9, 28, 9), (10, 10)),  # over National Day, with the made-up Saturday
        ((9, 28, 23, 59, 59), (10, 10)),
        ((9, 29, 0, 0), (10, 12)),
        ((9, 18, 18), (9, 24)),  # Friday evening; Sunday the 20th is made up and counts
        ((9, 20, 10), (9, 28)),  # on a made-up Sunday, over Mid-Autumn
        ((10, 3, 12), (10, 13)),  # on a holiday
        ((10, 10, 10), (10, 16)),  # on a made-up Saturday
        ((11, 20, 18), (11, 27)),  # Friday evening
        ((11, 21, 12), (11, 27)),  # Saturday
        ((2, 12, 9), (2, 26)),  # Spring Festival: 13, made-up 14, then 24, 25, 26
        ((2, 15, 9), (2, 28)),  # within it; Saturday the 28th is made up
        ((4, 30, 9), (5, 11)),  # Labour Day, with Saturday 9 May made up
        ((2025, 12, 30, 9), (2026, 1, 7)),  # New Year, with Sunday 4 January made up
    ],
)
def test_five_working_days_from_dispatch(at, due):
    line = line_of(start(*at))
    assert line.due_by == end_of(*due)
    assert line.due_by.tzinfo is UTC
    assert line.contact_by == local(*at) + timedelta(hours=1)
    assert (line.due_alarm_at, line.contact_alarm_at) == (line.due_by, line.contact_by)


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        ([PAUSED, ENDED], (10, 12)),  # 30, 8, 9, 10 were left; 8, 9, 10, 12 are added
        ([pause(9, 30, 10), resume(10, 8, 10)], (10, 12)),  # over the holiday
        ([pause(9, 30, 10), resume(10, 8, 9)], (10, 10)),  # an hour less than a working day
        ([pause(10, 2, 9), resume(10, 5, 9)], (10, 10)),  # all of it within the holiday
        ([pause(9, 30, 18), resume(10, 7, 23)], (10, 10)),  # begun in the evening before
        ([PAUSED, resume(9, 29, 10)], (10, 10)),
        ([pause(9, 29, 0), resume(9, 29, 23, 59, 59)], (10, 10)),
        ([pause(9, 29, 23, 59, 59), resume(9, 30)], (10, 10)),  # over midnight gains no day
        (  # a whole day together
            [pause(9, 29, 12), resume(9, 30), pause(9, 30, 9), resume(9, 30, 21)],
            (10, 12),
        ),
        (  # not quite
            [pause(9, 29, 12), resume(9, 30), pause(9, 30, 9), resume(9, 30, 20, 59)],
            (10, 10),
        ),
        (  # the last day is given once: what it ran after that was over
            [
                pause(10, 10, 23, 58),
                resume(10, 12, 0, 1),
                pause(10, 12, 23, 58),
                resume(10, 13, 0, 1),
            ],
            (10, 12),
        ),
        ([PAUSED, ENDED, pause(10, 9, 9), resume(10, 12, 10)], (10, 14)),
        ([PAUSED, resume(9, 29, 11), pause(9, 29, 12), resume(9, 29, 13)], (10, 10)),
        ([pause(10, 10, 10), resume(10, 10, 20)], (10, 10)),  # on the last day
        ([pause(10, 10, 10), resume(10, 11, 20)], (10, 12)),  # until a Sunday
        ([pause(10, 12, 9), resume(10, 14, 9)], (10, 10)),  # late already
        ([extend(10, 9, 9)], (10, 16)),
        ([extend(10, 9, 9, by=1)], (10, 12)),
        ([extend(10, 12, 9)], (10, 16)),  # granted late: from where the deadline stood
        ([PAUSED, extend(9, 29, 12), ENDED], (10, 19)),
        ([PAUSED, ENDED, extend(10, 10, 9)], (10, 19)),
        ([extend(9, 29, 9), PAUSED, ENDED], (10, 19)),
        ([pause(10, 12, 9), extend(10, 13, 9), resume(10, 14, 9)], (10, 20)),  # not late any more
        ([PAUSED, stop(9, 30, 15)], (10, 12)),  # an answer ends the pause
        ([stop(9, 30, 15), ClockFact(local(10, 12, 9), GO_ON)], (10, 10)),  # sent back
        ([PAUSED, ENDED, start(10, 15, 9, since="case_reopened")], (10, 22)),
        ([PAUSED, start(10, 15, 9, since="arbitration")], (10, 22)),
        ([stop(9, 29, 9), start(10, 9, 17, since="redispatch")], (10, 15)),
    ],
)
def test_pauses_extensions_and_new_beginnings(facts, due):
    line = line_of(DISPATCHED, *facts)
    assert line.due_by == end_of(*due)
    assert line.paused_at is None
    assert line.remaining is None


@pytest.mark.parametrize(
    ("finish", "begun", "facts", "due"),
    [
        (Limit(hours=24), (9, 30, 16, 30), [], local(10, 1, 16, 30)),
        (
            Limit(hours=24),
            (9, 30, 16, 30),
            [pause(9, 30, 20), resume(10, 1, 8)],
            local(10, 2, 4, 30),
        ),
        (Limit(hours=24), (9, 30, 16, 30), [extend(10, 1, 9, by=2)], end_of(10, 9)),
        (Limit(service_hours=4), (11, 20, 16, 30), [], local(11, 23, 11, 30)),
        (
            Limit(service_hours=4),
            (11, 20, 16, 30),
            [pause(11, 20, 17), resume(11, 23, 10)],
            local(11, 23, 13, 30),
        ),
        (  # once extended it is counted in working days, so a pause within a day is nothing
            Limit(service_hours=4),
            (11, 20, 16, 30),
            [extend(11, 20, 17, by=1), pause(11, 24, 20), resume(11, 24, 21)],
            end_of(11, 24),
        ),
    ],
)
def test_a_finish_clock_in_hours(finish, begun, facts, due):
    assert line_of(start(*begun, finish=finish), *facts).due_by == due


def test_while_it_is_paused_nothing_runs_out_but_the_contact_clock():
    line = line_of(DISPATCHED, pause(9, 28, 9, 30))
    assert line.paused_at == local(9, 28, 9, 30)
    assert line.remaining == Left("workdays", workdays=5)
    assert line.due_alarm_at is None
    assert line.due_by == end_of(10, 10)
    assert line.contact_alarm_at == line.contact_by == local(9, 28, 10)
    extended = line_of(DISPATCHED, pause(9, 28, 9, 30), extend(9, 29, 9))
    assert extended.remaining == Left("workdays", workdays=10)
    assert extended.pauses[0].left == Left("workdays", workdays=5)


def test_the_first_contact_counts():
    contacts = [ClockFact(local(9, 28, 9, minute), CONTACTED) for minute in (40, 50)]
    line = line_of(DISPATCHED, *contacts)
    assert line.contacted_at == local(9, 28, 9, 40)
    assert line.contact_by == local(9, 28, 10)
    assert line.contact_alarm_at is None
    assert line_of(DISPATCHED, stop(9, 28, 9, 5)).contact_alarm_at is None


def test_an_assisting_department_may_have_no_contact_clock():
    line = line_of(start(9, 28, 9, contact=None))
    assert (line.contact_by, line.contact_yellow_at, line.contact_alarm_at) == (None, None, None)
    assert explain_contact(line, KNOWN) is None


def test_the_first_stop_counts_and_a_new_start_forgets_everything():
    line = line_of(DISPATCHED, stop(9, 29, 9), stop(9, 30, 9))
    assert line.stopped_at == local(9, 29, 9)
    assert line.due_alarm_at is None
    before = [DISPATCHED, PAUSED, ENDED, extend(10, 9, 9), stop(10, 9, 10)]
    again = start(10, 15, 9, since="case_reopened")
    assert line_of(*before, again) == line_of(again)


def test_before_any_start_there_are_no_clocks():
    assert line_of() is None
    assert line_of(stop(9, 28, 9)) is None


# -- the yellow moment -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "yellow"),
    [
        ([start(9, 28, 0, finish=Limit(hours=10))], local(9, 28, 8)),
        (  # two of ten hours ran, six more until yellow
            [start(9, 28, 0, finish=Limit(hours=10)), pause(9, 28, 2), resume(9, 29, 2)],
            local(9, 29, 8),
        ),
        (  # it was yellow before the pause: it is again as soon as it goes on
            [start(9, 28, 0, finish=Limit(hours=10)), pause(9, 28, 9), resume(9, 29, 2)],
            local(9, 29, 2),
        ),
        (  # half an hour on Friday, 3 h 30 on Monday: yellow after 3 h 12, not on Sunday
            [start(11, 20, 17, finish=Limit(service_hours=4))],
            local(11, 23, 11, 12),
        ),
        (
            [start(11, 20, 8, finish=FIVE_DAYS)],
            local(11, 20, 8) + (end_of(11, 27) - local(11, 20, 8)) * YELLOW,
        ),
    ],
)
def test_yellow_when_four_fifths_of_the_running_time_are_used(facts, yellow):
    assert line_of(*facts).yellow_at == yellow


def test_the_contact_clock_is_yellow_after_48_minutes():
    assert line_of(DISPATCHED, PAUSED).contact_yellow_at == local(9, 28, 9, 48)


# -- what cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ([PAUSED], "have not begun"),
        ([DISPATCHED, ENDED], "not paused"),
        ([DISPATCHED, PAUSED, pause(9, 30, 9)], "paused already"),
        ([DISPATCHED, stop(9, 29, 9), pause(9, 30, 9)], "is stopped"),
        ([DISPATCHED, stop(9, 29, 9), extend(9, 30, 9)], "is stopped"),
        ([DISPATCHED, ClockFact(local(9, 29), GO_ON)], "not stopped"),
        ([ClockFact(local(9, 29), "signed")], "'signed'; one of start"),
        ([ClockFact(local(9, 29), START, DISPATCHED.data | {"since": "x"})], "since"),
        ([ClockFact(local(9, 29), START, DISPATCHED.data | {"finish": {}})], "limit"),
    ],
)
def test_what_cannot_follow_is_refused(facts, reason):
    with pytest.raises(ValueError, match=reason):
        line_of(*facts)


def test_a_start_needs_what_it_counts_in():
    with pytest.raises(ValueError, match="since"):
        start_data(HOUR, FIVE_DAYS, "whim")
    with pytest.raises(ValueError, match="service"):
        start_data(Limit(service_hours=1), FIVE_DAYS, "dispatch")


@pytest.mark.parametrize("since", SINCE)
def test_a_history_survives_json(since):
    facts = [start(9, 28, 9, finish=Limit(service_hours=4), since=since), PAUSED, ENDED]
    stored = json.loads(json.dumps([[f.at.isoformat(), f.what, dict(f.data)] for f in facts]))
    read = [ClockFact(datetime.fromisoformat(at), what, data) for at, what, data in stored]
    assert line_of(*read) == line_of(*facts)
