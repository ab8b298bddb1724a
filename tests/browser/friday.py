"""When the browser's tests take place: a working day, with the counters just open."""

from datetime import datetime, timedelta

from shared import clock
from shared.district import load

FRIDAY = 4


def last_friday() -> datetime:
    """The last Friday that was a working day, at nine: the secretary's day, too."""
    calendar = load("xiangshan").calendar
    moment = clock.local(clock.now()).replace(hour=9, minute=0, second=0, microsecond=0)
    moment -= timedelta(days=1)
    while moment.weekday() != FRIDAY or not calendar.is_workday(moment.date()):
        moment -= timedelta(days=1)
    return moment
