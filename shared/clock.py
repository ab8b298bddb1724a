"""The one place that knows what time it is.

Every moment in the code is an aware UTC datetime; people read times in the district's zone.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass
class _Shift:
    """How far from the present a demonstration is, and until which monotonic second."""

    by: timedelta = timedelta(0)
    until: float = 0.0


_stopped: list[StoppedClock] = []
_shift = _Shift()


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    if _stopped:
        return _stopped[-1].moment
    present = datetime.now(UTC)
    return present + _shift.by if _shift.by and time.monotonic() < _shift.until else present


def shift_for_demo(moment: datetime | None, hold: float = 60.0) -> datetime:
    """Go on from `moment` as if it were now, in this whole process; None is the present again.

    For `make demo`, which fills the embedded run with a month of history (services/demo_clock.py).
    Ends by itself after `hold` seconds, so that a demonstration that was killed leaves no wrong
    clock behind. Returns what it is now.
    """
    _shift.by = timedelta(0) if moment is None else aware(moment) - datetime.now(UTC)
    _shift.until = time.monotonic() + hold
    return now()


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
