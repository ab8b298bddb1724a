"""What a supervisor, or the unit's leader, decides about an order.

Whose it is when that is disputed is decided in ``disputes.py``, who assists in ``joint.py``.
"""

from services.routing import events, joint
from services.routing.follow_ups import handlers as follow_ups
from services.routing.order import Order
from services.routing.pressing import handlers as pressing
from services.routing.states import COMPLETED, IN_REVIEW
from shared.db import Transaction


def dispatch(tx: Transaction, order: Order, department: str, by: str) -> None:
    """Confirm the department of a waiting order.

    Raises:
        Refused: it is not waiting, or there is no such department, or it assists already.
    """
    joint.refuse_twice(tx, order, department)
    said = [one for one in order.suggestions if one["department"] == department]
    reasons = said[0]["reasons"] if said else []
    order.dispatch(department, [*reasons, f"{by}派单"], tx.now, by, tx.district)
    events.dispatched(tx, order, by)
    pressing.dispatched(tx, order)


def grant_extension(tx: Transaction, order: Order, note: str, by: str) -> None:
    """More time, once."""
    order.grant_extension(note, tx.now, by, tx.district)
    events.extended(tx, order, note, by)


def refuse_extension(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The deadline stays."""
    order.refuse_extension(note, tx.now, by)
    events.extension_refused(tx, order, note, by)


def pause(tx: Transaction, order: Order, reason: str, note: str, by: str) -> None:
    """The finish clock stands still for a named reason; it goes on by itself at the longest."""
    order.pause_for(reason, note, tx.now, by, tx.district)
    events.paused(tx, order, note, by)


def resume(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The finish clock goes on, to a new deadline."""
    order.resume(note, tx.now, by, tx.district)
    events.resumed(tx, order, note, by)


def send_back(tx: Transaction, order: Order, reason: str, by: str) -> None:
    """The answer is not good enough (审单)."""
    order.send_back(reason, tx.now, by, tx.district)
    events.reopened(tx, order, reason, by)
    follow_ups.reopened(tx, order)
    pressing.went_on(tx, order)


def approve(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The answer is good (审单); one that waited for this goes out."""
    waited = order.state == IN_REVIEW
    assisted = waited and joint.is_assisted(tx, order)
    order.approve(note, tx.now, by, tx.district, assists_open=assisted)
    if waited and order.state == COMPLETED:
        events.completed(tx, order, order.replied_by)
        joint.went_out(tx, order)


def close(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Nothing more is asked of the department, nor of those that assist it."""
    order.close(note, tx.now, by)
    events.closed(tx, order, note, by)
    joint.lead_over(tx, order, by)
