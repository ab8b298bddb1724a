"""Whose order is it: returns 退单, and the arbiter's ruling 派单异议裁定 (A50, B12, B14).

Somebody always answers for it: the department that asked until its return is granted, the first
department while an arbiter decides, and where the arbiter does not, the fallback of the district.
"""

from services.routing import events, handlers, joint
from services.routing.order import Order
from services.routing.order_fields import ASSIST
from services.routing.pressing import handlers as pressing
from services.routing.pressing.store import GRANTED, REFUSED, RULED
from services.routing.rules import refuse
from services.routing.rules_decided import returned_to_itself
from services.routing.states import OPEN
from services.routing.suggesting import handlers as learning
from shared.db import Transaction


def return_asked(tx: Transaction, order: Order) -> None:
    """A department gives it back: what moved too often already goes to the arbiter (B12)."""
    pressing.return_asked(tx, order)
    if order.bounced_enough(tx.district):
        _open_arbitration(tx, order)


def grant_return(tx: Transaction, order: Order, department: str | None, note: str, by: str) -> None:
    """Take it back; to the other department at once where one is named, otherwise it waits.

    An order that only assists is not needed any more where no other department is named.

    Raises:
        Refused: no return is asked for, or there is no such department, or it is the one that
            gave it back or works on the matter already.
    """
    refuse(returned_to_itself(order, department))
    joint.refuse_twice(tx, order, department)
    _take_back(tx, order, note, by)
    pressing.returned(tx, order, GRANTED, department, by)
    if department:
        order.dispatch(department, [f"{by}改派"], tx.now, by, tx.district)
        events.dispatched(tx, order, by)
        pressing.repeated(tx, order)
    elif order.role == ASSIST:
        order.drop_assist(note, tx.now, by, tx.district)
        joint.assist_over(tx, order)
    else:
        order.propose(handlers.suggestions(tx, order), tx.now, by)
        events.proposed(tx, order)
        pressing.waits(tx, order)
    _bounced(tx, order)


def refuse_return(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The department keeps it."""
    order.refuse_return(note, tx.now, by)
    events.return_refused(tx, order, note, by)
    pressing.returned(tx, order, REFUSED, order.department, by)


def arbitrate(tx: Transaction, order: Order, department: str, note: str, by: str) -> None:
    """The arbiter's ruling: it goes to this department, and is not returned again (B12).

    Raises:
        Refused: nothing is before the arbiter, or there is no such department, or it works on the
            matter already.
    """
    joint.refuse_twice(tx, order, department)
    former = order.department or ""
    order.rule(department, note, tx.now, by, tx.district)
    _hand_over(tx, order, former, note, by)
    learning.learn(tx, order)


def arbitrate_late(tx: Transaction, order: Order) -> None:
    """The arbiter did not rule in time: it goes to the fallback department.

    An assist ends where that one leads, or assists already.
    """
    former, arbiter = order.department or "", str((order.arbitration or {})["arbiter"])
    order.arbitrate_late(tx.now, events.PLATFORM, tx.district)
    note = f"{arbiter}逾期未裁定，按规定归口办理"
    fallback = str((order.arbitration or {})["department"])
    if not joint.is_needed(tx, order, fallback):
        pressing.returned(tx, order, RULED, fallback, events.PLATFORM)
        _needless(tx, order, former)
        return
    _hand_over(tx, order, former, note, events.PLATFORM)
    joint.leads_now(tx, order)
    pressing.occasion(tx, order, "arbitrated_late")


def _open_arbitration(tx: Transaction, order: Order) -> None:
    note = f"已转手 {order.hops} 次，提请裁定"
    former = order.department or ""
    order.grant_return(note, tx.now, events.PLATFORM, tx.district)
    if former != order.first_department:
        events.returned(tx, order, former, note, events.PLATFORM)
    if not joint.is_needed(tx, order, order.first_department):
        _needless(tx, order, "")
        return
    order.open_arbitration(tx.now, events.PLATFORM, tx.district)
    pressing.moved(tx, order, order.department)
    events.dispatched(tx, order, events.PLATFORM)
    events.arbitration_opened(tx, order)
    pressing.repeated(tx, order)
    joint.leads_now(tx, order)
    _bounced(tx, order)


def _needless(tx: Transaction, order: Order, former: str) -> None:
    """It would assist whom it went to; ``former`` has it no more, if it is not told yet."""
    note = "该单位已在办这件事，不再需要协办"
    if former:
        events.returned(tx, order, former, note, events.PLATFORM)
    order.drop_assist(note, tx.now, events.PLATFORM, tx.district)
    pressing.called_off(tx, order)
    joint.assist_over(tx, order)


def _take_back(tx: Transaction, order: Order, note: str, by: str) -> None:
    former = order.department or ""
    order.grant_return(note, tx.now, by, tx.district)
    events.returned(tx, order, former, note, by)


def _hand_over(tx: Transaction, order: Order, former: str, note: str, by: str) -> None:
    """To the department that was decided on; the one that had it is told, if it is another."""
    department = str((order.arbitration or {})["department"])
    if former != department:
        events.returned(tx, order, former, note, by)
    order.dispatch(department, [note], tx.now, by, tx.district)
    events.dispatched(tx, order, by)
    pressing.returned(tx, order, RULED, department, by)
    if former != department:
        pressing.repeated(tx, order)


def _bounced(tx: Transaction, order: Order) -> None:
    """It moved on once more; an assist that was dropped presses nobody."""
    if order.state in OPEN:
        pressing.occasion(tx, order, "bounced", order.hops)
