"""The one place that knows what time it is.

Every moment in the code is an aware UTC datetime; people read times in the district's zone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


class StoppedClock:
    """A clock for tests: stands at `moment` until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = aware(moment).astimezone(UTC)

    def advance(self, by: timedelta) -> datetime:
        """Move the clock on by `by` and return the new moment."""
        self.moment += by
        return self.moment


_stopped: list[StoppedClock] = []


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _stopped[-1].moment if _stopped else datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """Return `moment` unchanged; raise ValueError if it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; every time here is an aware datetime")
    return moment


def local(moment: datetime) -> datetime:
    """Return an aware moment as people in the district read it (Asia/Shanghai)."""
    return aware(moment).astimezone(LOCAL_ZONE)


@contextmanager
def set_for_tests(moment: datetime) -> Iterator[StoppedClock]:
    """Stop the clock at an aware `moment` inside a `with`; may be nested.

    Raises ValueError for a moment without a time zone.
    """
    clock = StoppedClock(moment)
    _stopped.append(clock)
    try:
        yield clock
    finally:
        _stopped.remove(clock)
