"""Looking back: at an order by hand, and what somebody found, of a problem or of an order."""

from services.routing import store as order_store
from services.routing.follow_ups import handlers as follow_ups
from services.routing.order import Order
from services.routing.problems import handlers, look_back_store, rules, store
from services.routing.problems.look_back import DUE, LookBack, looked_before
from services.routing.rules import Refused
from services.routing.states import CLOSED, COMPLETED
from shared.db import Transaction
from shared.mask import mask_text

ANSWERED = (COMPLETED, CLOSED)


def arrange(tx: Transaction, order: Order, by: str) -> LookBack:
    """Somebody is to look whether what was done for an order held.

    Raises:
        Refused: it is not answered, or a look-back of it is due already.
    """
    if order.state not in ANSWERED or order.erased_at is not None:
        raise Refused(rules.not_answered(order.number))
    earlier = look_back_store.of_order(tx, order.number)
    if any(one.state == DUE for one in earlier):
        raise Refused(rules.looked_at_already(order.number))
    look_back = LookBack(
        number=f"{order.number}-h{len(earlier) + 1}",
        problem_number=None,
        order_number=order.number,
        department=order.department or "",
        due_by=handlers.look_back_due(tx),
        created_at=tx.now,
        created_by=by,
    )
    look_back_store.add(tx, look_back)
    tx.about(look_back.number)
    return look_back


def held(tx: Transaction, look_back: LookBack, found: str, by: str) -> None:
    """It held: a problem goes off the list; an order stays as it is.

    Raises:
        Refused: somebody looked before, or nothing is said.
    """
    problem = store.load(tx, look_back.problem_number) if look_back.problem_number else None
    if problem is None:
        _settle(tx, look_back, "held", found, by)
        return
    _still_due(look_back)
    handlers.held(tx, problem, found, by)
    store.save(tx, problem)


def came_back(tx: Transaction, look_back: LookBack, found: str, by: str) -> None:
    """It came back: a problem or an order is open again, a level higher.

    Raises:
        Refused: somebody looked before, or nothing is said.
    """
    problem = store.load(tx, look_back.problem_number) if look_back.problem_number else None
    if problem is None:
        order = _settle(tx, look_back, "came_back", found, by)
        if order is not None and follow_ups.may_go_on(tx, order):
            follow_ups.dissatisfied(tx, order, f"回头看：反弹了。{look_back.found}", by)
            order_store.save(tx, order)
        return
    _still_due(look_back)
    handlers.came_back(tx, problem, found, by)
    store.save(tx, problem)


def _still_due(look_back: LookBack) -> None:
    if look_back.state != DUE:
        raise Refused(looked_before(look_back))


def _settle(tx: Transaction, look_back: LookBack, verb: str, found: str, by: str) -> Order | None:
    order = order_store.load(tx, look_back.order_number or "")
    name = order.applicant_name if order is not None else ""
    look_back.settle(verb, mask_text(found, name), tx.now, by)
    look_back_store.save(tx, look_back)
    return order
