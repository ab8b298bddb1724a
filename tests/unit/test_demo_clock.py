"""The clock of a demonstration comes back, whoever forgets it."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import clock

PAST = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
SOON = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _present():
    yield
    clock.shift_for_demo(None)


def test_it_goes_on_from_a_past_moment():
    assert PAST <= clock.shift_for_demo(PAST) < PAST + SOON
    assert PAST <= clock.now() < PAST + SOON


def test_it_comes_back_when_told():
    clock.shift_for_demo(PAST)
    assert clock.shift_for_demo(None) > PAST + timedelta(days=30)


def test_it_comes_back_by_itself():
    clock.shift_for_demo(PAST, hold=0)
    assert clock.now() > PAST + timedelta(days=30)


def test_a_stopped_clock_of_a_test_stands_still_all_the_same():
    clock.shift_for_demo(PAST)
    with clock.set_for_tests(PAST + timedelta(days=2)) as stopped:
        assert clock.now() == stopped.moment


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        clock.shift_for_demo(datetime(2026, 10, 1, 9, 0))  # noqa: DTZ001 (what is refused)
