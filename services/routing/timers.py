"""What time does to orders: one look finds all that is due, and each is done once.

A timer is a name and a moment in the order itself, so it survives a restart. However many replicas
look: an order is locked by the one that works on it and left alone by the others. What its order's
state does not allow any more is dropped. Orders that are due are done together; where that fails,
one by one. Whose timers fail by themselves is put off, longer each time, so that it never keeps the
others from their turn; a database that is away is nobody's fault.

| timer | what it does |
|---|---|
| contact_yellow, finish_yellow | the department is told that a clock turned yellow |
| contact_late, finish_late | the clock ran out: the ladder of pressing begins |
| sign | what nobody signed or returned within the window counts as signed (A50) |
| resume | the longest period of a pause is over: the clock goes on from then, seen late or not |
| arbitrate_late | the arbiter did not rule in time: it goes to the fallback department |
| step:<code> | a step of the ladder of pressing is due |
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from services.routing import decisions, disputes, events, store
from services.routing.order import Order
from services.routing.order_fields import STEP
from services.routing.pressing import handlers as pressing
from shared.db import Transaction, Unavailable
from shared.logs import fault
from shared.runtime import Runtime

MOST_AT_ONCE = 200
MOST_OF_ONE = 50
"""Timers of one order in one look; one timer may set another."""
SHORTEST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=1)
"""An order whose timers fail rests as long again as it is overdue, within these."""
OVER = "最长中止时间已到，自动恢复计时"
log = structlog.get_logger(__name__)


class TimerFailed(Exception):
    """The timers of an order could not be done. Nothing of it was changed.

    Attributes:
        number: the order.
    """

    def __init__(self, number: str) -> None:
        self.number = number
        super().__init__(f"the timers of order {number} could not be done; see the cause above")


def look(runtime: Runtime) -> int:
    """Do all that is due, some at a time, until nothing is; returns how many orders changed.

    An order that fails does not keep the others from their turn, however many fail.

    Raises:
        TimerFailed: of the first order that failed, after all others are done.
        Unavailable: the database cannot be reached; what is due waits for the next look.
    """
    failed: dict[str, TimerFailed] = {}
    done, goes_on = 0, True
    while goes_on:
        before = len(failed)
        changed = _some(runtime, failed)
        done += changed
        # Where only those are left that failed before, the look took longer than their rest.
        goes_on = changed > 0 or len(failed) > before
    for first in failed.values():
        raise first
    return done


def _some(runtime: Runtime, failed: dict[str, TimerFailed]) -> int:
    """The first that are due: together, or one by one where that fails; how many changed."""
    try:
        return runtime.database.run(do_due)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - each by itself finds out whose it is
        log.info("routing.timers_one_by_one", why=fault(error))
    return sum(_alone(runtime, number, failed) for number in runtime.database.run(_due))


def _alone(runtime: Runtime, number: str, failed: dict[str, TimerFailed]) -> int:
    """One order in a transaction of its own; where it fails it rests. 1 if it changed, else 0."""
    try:
        return runtime.database.run(partial(do_one, number=number))
    except Unavailable:
        raise
    except Exception as error:
        log.exception("routing.timer_failed", order=number)
        failed.setdefault(number, TimerFailed(number)).__cause__ = error
        runtime.database.run(partial(put_off, number=number))
    return 0


def put_off(tx: Transaction, number: str) -> None:
    """Leave an order alone for a while. The longer it is overdue, the longer: each time doubled."""
    order = store.load(tx, number)
    if order is not None and order.next_at is not None and order.next_at <= tx.now:
        store.put_off(tx, number, tx.now + _rest(order, tx.now))


def _rest(order: Order, now: datetime) -> timedelta:
    overdue = now - min(map(datetime.fromisoformat, order.timers.values()), default=now)
    return min(max(overdue, SHORTEST_REST), LONGEST_REST)


def do_due(tx: Transaction) -> int:
    """Do what is due of the first orders; returns how many changed."""
    done, cases = 0, set[str]()
    for order in store.with_timer_due(tx, MOST_AT_ONCE):
        if order.case_number in cases:  # the one before is of the same matter, it may have changed
            done += do_one(tx, order.number)
            continue
        cases.add(order.case_number)
        _do_and_save(tx, order)
        done += 1
    return done


def do_one(tx: Transaction, number: str) -> int:
    """Do what is due of one order as it is now; returns 1, or 0 where nothing is due any more."""
    order = store.load(tx, number)
    if order is None or order.next_at is None or order.next_at > tx.now:
        return 0
    _do_and_save(tx, order)
    return 1


def _due(tx: Transaction) -> list[str]:
    return [order.number for order in store.with_timer_due(tx, MOST_AT_ONCE)]


def _do_and_save(tx: Transaction, order: Order) -> None:
    _do(tx, order)
    store.save(tx, order)


def _do(tx: Transaction, order: Order) -> None:
    for _ in range(MOST_OF_ONE):
        due = order.timers_due(tx.now)
        if not due:
            return
        _act(tx, order, due[0])
    raise RuntimeError(f"{order.number}: its timers set each other off: {order.timers}")


def _act(tx: Transaction, order: Order, name: str) -> None:
    verb = "escalate" if name.startswith(STEP) else _VERBS[name]
    if not order.allows(verb):
        log.warning("routing.timer_dropped", order=order.number, timer=name, state=order.state)
        order.set_timer(name, None)
    elif name.startswith(STEP):
        pressing.step_due(tx, order, name.removeprefix(STEP))
    else:
        _ACTS[name](tx, order)


def _contact_yellow(tx: Transaction, order: Order) -> None:
    _yellow(tx, order, "contact")


def _finish_yellow(tx: Transaction, order: Order) -> None:
    _yellow(tx, order, "finish")


def _yellow(tx: Transaction, order: Order, clock: str) -> None:
    """Most of a clock is used up. Where it ran out meanwhile, that is said instead."""
    if f"{clock}_late" in order.timers_due(tx.now):
        _late(tx, order, clock)
        return
    order.warn(clock, tx.now, events.PLATFORM)
    events.due_soon(tx, order, clock, order.deadline(clock))


def _contact_late(tx: Transaction, order: Order) -> None:
    _late(tx, order, "contact")


def _finish_late(tx: Transaction, order: Order) -> None:
    _late(tx, order, "finish")


def _late(tx: Transaction, order: Order, clock: str) -> None:
    order.raise_late(clock, tx.now, events.PLATFORM)
    events.late(tx, order, clock, order.deadline(clock))
    pressing.occasion(tx, order, f"{clock}_late")


def _sign(tx: Transaction, order: Order) -> None:
    order.sign_unsigned(tx.now, events.PLATFORM)
    events.signed(tx, order)
    pressing.occasion(tx, order, "unsigned")


def _resume(tx: Transaction, order: Order) -> None:
    decisions.resume(tx, order, OVER, events.PLATFORM)


_ACTS: Mapping[str, Callable[[Transaction, Order], None]] = {
    "contact_yellow": _contact_yellow,
    "contact_late": _contact_late,
    "finish_yellow": _finish_yellow,
    "finish_late": _finish_late,
    "sign": _sign,
    "resume": _resume,
    "arbitrate_late": disputes.arbitrate_late,
}
_VERBS: Mapping[str, str] = {
    "contact_yellow": "due_soon",
    "contact_late": "late",
    "finish_yellow": "due_soon",
    "finish_late": "late",
    "sign": "sign_unsigned",
    "resume": "resume",
    "arbitrate_late": "arbitrate_late",
}
"""Timer -> what it does to the order, for which the state must allow it."""
