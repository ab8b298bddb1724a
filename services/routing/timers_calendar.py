"""Deadlines that were counted before a year's holidays were known, counted anew once they are.

Without the State Council's notice a calendar takes Monday to Friday for worked. When a district
pack comes that knows more, what is at work and now has another deadline gets it: some orders are
read at a time, and each that moves is changed in a transaction of its own. However many replicas
look, it moves once: after that, counting again says the same.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from services.routing import events, models, store
from services.routing.order_clocks import deadlines_moved, timeline_of
from services.routing.states import HELD
from services.routing.timers import TimerFailed
from shared.db import Transaction, Unavailable
from shared.runtime import Runtime

AT_ONCE = 200
NOTE = "放假安排已公布，按新的工作日历重新计算期限"
_t = models.orders
log = structlog.get_logger(__name__)


def look(runtime: Runtime) -> int:
    """Count the deadlines of all orders at work anew; returns how many moved.

    Raises:
        TimerFailed: of the first order that failed, after all others are done.
        Unavailable: the database cannot be reached; the next look goes on.
    """
    failed: list[TimerFailed] = []
    done, last = 0, ""
    while rows := _some_after(runtime, last):
        done += sum(_looked_at(runtime, row, failed) for row in rows)
        last = rows[-1].number
    for first in failed:
        raise first
    return done


def recount(tx: Transaction, number: str) -> bool:
    """Give one order the deadlines of today's calendar; says whether any moved.

    Whoever waits for it is told; while it is paused, with its resumption.
    """
    order = store.load(tx, number)
    if order is None or not order.allows("recount"):
        return False
    due_by = order.due_by
    if not order.recount(NOTE, tx.now, events.PLATFORM, tx.district):
        return False
    if order.due_by != due_by and order.paused_at is None:
        events.resumed(tx, order, NOTE, events.PLATFORM)
    store.save(tx, order)
    return True


def _some_after(runtime: Runtime, last: str) -> Sequence[Any]:
    """The clocks of the next orders; nothing sealed, so that most are only looked at."""
    clocks = (_t.c.number, _t.c.clock_facts, _t.c.contact_by, _t.c.due_by)
    query = sa.select(*clocks).where(_t.c.state.in_(HELD), _t.c.number > last)
    with runtime.database.read() as connection:
        return connection.execute(query.order_by(_t.c.number).limit(AT_ONCE)).all()


def _looked_at(runtime: Runtime, row: Any, failed: list[TimerFailed]) -> bool:
    calendar = runtime.database.district.calendar
    try:
        line = timeline_of(row.clock_facts, calendar)
        if line is None or not deadlines_moved(line, row.contact_by, row.due_by, calendar):
            return False
        return runtime.database.run(partial(recount, number=row.number))
    except Unavailable:
        raise
    except Exception as error:
        log.exception("routing.recount_failed", order=row.number)
        failed.append(TimerFailed(row.number))
        failed[-1].__cause__ = error
        return False
