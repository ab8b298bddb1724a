"""What holds of the clocks whatever happened."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.limits import Limit
from services.routing.timeline import (
    CONTACTED,
    EXTEND,
    FACTS,
    GO_ON,
    PAUSE,
    RESUME,
    START,
    ClockFact,
    extend_data,
    start_data,
)
from services.routing.timeline_words import explain
from tests.unit.routing.clock_ground import (
    DESK,
    HOUR,
    KNOWN,
    SHANGHAI,
    TESTING,
    line_of,
)

LIMITS = st.one_of(
    st.builds(Limit, hours=st.integers(1, 100)),
    st.builds(Limit, service_hours=st.integers(1, 40)),
    st.builds(Limit, workdays=st.integers(1, 10)),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([what for what in FACTS if what != START] * 2 + [START]),
        st.timedeltas(timedelta(0), timedelta(days=9)),
        LIMITS,
    ),
    max_size=9,
)
BEGINNINGS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001 - the zone is given beside


def _history(begun: datetime, first: Limit, steps) -> list[ClockFact]:
    """A history that can be: steps that cannot follow are left out."""
    facts = [ClockFact(begun, START, start_data(HOUR, first, "dispatch", DESK))]
    for what, later, limit in steps:
        data = {PAUSE: TESTING, EXTEND: extend_data(limit.value)}.get(what, {})
        if what == START:
            data = start_data(HOUR, limit, "case_reopened", DESK)
        tried = [*facts, ClockFact(facts[-1].at + later, what, data)]
        try:
            line_of(*tried)
        except ValueError:
            continue
        facts = tried
    return facts


@given(BEGINNINGS, LIMITS, STEPS)
@settings(max_examples=120, deadline=None)
def test_whatever_happened_the_same_history_gives_the_same_clocks(begun, first, steps):
    facts = _history(begun, first, steps)
    line = line_of(*facts)
    assert line == line_of(*facts)
    assert explain(line, KNOWN) == explain(line_of(*facts), KNOWN)
    assert line.begun_at < line.yellow_at <= line.due_by
    assert line.begun_at < line.contact_yellow_at < line.contact_by
    assert (line.remaining is None) == (line.paused_at is None)


@given(BEGINNINGS, LIMITS, STEPS)
@settings(max_examples=120, deadline=None)
def test_whatever_happened_no_fact_but_a_start_brings_the_deadline_nearer(begun, first, steps):
    facts = _history(begun, first, steps)
    for n in range(1, len(facts)):
        before, after = line_of(*facts[:n]), line_of(*facts[: n + 1])
        if facts[n].what != START:
            assert after.due_by >= before.due_by
            assert after.contact_by >= before.contact_by
            if facts[n].what not in {CONTACTED, GO_ON}:
                assert after.contact_by == before.contact_by


@given(BEGINNINGS, LIMITS, STEPS, st.timedeltas(timedelta(0), timedelta(days=9)))
@settings(max_examples=120, deadline=None)
def test_whatever_happened_a_pause_that_ends_at_once_changes_nothing(begun, first, steps, later):
    facts = _history(begun, first, steps)
    line = line_of(*facts)
    if line.paused_at or line.stopped_at:
        return
    at = facts[-1].at + later
    again = line_of(*facts, ClockFact(at, PAUSE, TESTING), ClockFact(at, RESUME))
    assert again.due_by == line.due_by
    assert again.contact_by == line.contact_by
