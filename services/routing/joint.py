"""Joint orders: one department leads, others assist; each has an order and clocks of its own.

The lead's reply goes out when the last of those that assist is done. What becomes of an assist
never touches the lead's clocks.
"""

from services.routing import events, store
from services.routing.follow_ups import handlers as follow_ups
from services.routing.order import Order
from services.routing.order_fields import ASSIST, LEAD
from services.routing.pressing import handlers as pressing
from services.routing.rules import refuse
from services.routing.rules_decided import (
    assists_already,
    assists_nobody,
    helped_already,
    works_on_it,
)
from services.routing.states import JOINT, OPEN
from services.routing.suggesting import handlers as learning
from shared.db import Transaction
from shared.locks import hold


def assist(tx: Transaction, order: Order, department: str, note: str, by: str) -> None:
    """Let another department assist: it gets an order of its own, with clocks from now.

    Raises:
        Refused: the order is not held, or that department cannot assist it.
    """
    hold(tx, [order.case_number])
    refuse(assists_already(department, {one.department for one in _open(tx, order)}))
    number = order.add_assist(department, note, tx.now, by)
    helping = _order_of(order, number, tx)
    helping.dispatch(department, [_why(tx, order, note)], tx.now, by, tx.district)
    events.dispatched(tx, helping, by)
    pressing.dispatched(tx, helping)
    store.add(tx, helping)
    events.assist_added(tx, order, helping, by)


def drop(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Call an assist off: a department that never answers does not hold the lead for ever.

    Raises:
        Refused: this order does not assist, or its department is done.
    """
    refuse(assists_nobody(order), helped_already(order))
    order.drop_assist(note, tx.now, by, tx.district)
    events.cancelled(tx, order, note, by)
    pressing.called_off(tx, order)
    assist_over(tx, order)


def refuse_twice(tx: Transaction, order: Order, department: str | None) -> None:
    """Of a joint order no department gets a second part.

    Raises:
        Refused: this one leads it, or assists already.
    """
    if department is not None:
        refuse(works_on_it(department, _others(tx, order)))


def is_needed(tx: Transaction, order: Order, department: str | None) -> bool:
    """Whether it is any use there: who leads or assists already does not assist once more."""
    return order.role == LEAD or department not in _others(tx, order)


def leads_now(tx: Transaction, lead: Order) -> None:
    """It went to a department without anybody choosing it: what that assisted is led by it now."""
    if lead.role == LEAD and lead.assists:
        hold(tx, [lead.case_number])
        _drop(tx, lead, "该单位已转为主办", events.PLATFORM, only=lead.department)


def is_assisted(tx: Transaction, order: Order) -> bool:
    """Whether a reply has to wait for departments that assist.

    From then on no other replica does anything to the case, so that of two that finish at once the
    second sees the first.
    """
    if order.assists == 0 and order.role == LEAD:
        return False
    hold(tx, [order.case_number])
    return bool(_open(tx, order))


def went_out(tx: Transaction, order: Order) -> None:
    """A reply went out; the last of those that assist lets the lead's go out too."""
    follow_ups.open_for(tx, order)
    learning.learn(tx, order)
    if order.role == ASSIST:
        assist_over(tx, order)


def assist_over(tx: Transaction, order: Order) -> None:
    """One that assists is done or not needed any more: is the lead free to go on?"""
    hold(tx, [order.case_number])
    lead = store.load(tx, order.lead or "")
    if lead is None or lead.state != JOINT:
        return
    if any(one.number != order.number for one in _open(tx, lead)):
        return
    lead.assists_done(tx.now, events.PLATFORM)
    events.completed(tx, lead, lead.replied_by)
    store.save(tx, lead)
    follow_ups.open_for(tx, lead)
    learning.learn(tx, lead)


def lead_over(tx: Transaction, lead: Order, by: str) -> None:
    """Nothing more is asked of the lead: those that still assist may stop."""
    if lead.assists == 0:
        return
    _drop(tx, lead, "主办工单已办结，不再需要协办", by)


def _drop(tx: Transaction, lead: Order, note: str, by: str, *, only: str | None = None) -> None:
    for one in _open(tx, lead):
        if only is None or one.department == only:
            one.drop_assist(note, tx.now, by, tx.district)
            events.cancelled(tx, one, note, by)
            pressing.called_off(tx, one)
            store.save(tx, one)


def _open(tx: Transaction, lead: Order) -> list[Order]:
    return [one for one in store.assists_of(tx, lead.number) if one.state in OPEN]


def _others(tx: Transaction, order: Order) -> set[str | None]:
    """The departments that have another part of the joint order this one belongs to."""
    if order.role == LEAD and not order.assists:
        return set()
    hold(tx, [order.case_number])
    lead = order if order.role == LEAD else store.load(tx, order.lead or "")
    parts = [*_open(tx, lead), lead] if lead is not None else []
    return {one.department for one in parts if one.number != order.number}


def _why(tx: Transaction, lead: Order, note: str) -> str:
    led = tx.district.departments[lead.department or ""].short
    return f"协助{led}办理：{note}"[:200] if note else f"协助{led}办理"


def _order_of(lead: Order, number: str, tx: Transaction) -> Order:
    """An order about the same matter of the same person."""
    return Order(
        number=number,
        case_number=lead.case_number,
        transfer=lead.transfer,
        title=lead.title,
        description=lead.description,
        kind=lead.kind,
        urgency=lead.urgency,
        location=lead.location,
        community_code=lead.community_code,
        community_name=lead.community_name,
        applicant_name=lead.applicant_name,
        applicant_phone=lead.applicant_phone,
        owner_name=lead.owner_name,
        item_code=lead.item_code,
        item_name=lead.item_name,
        opened_at=tx.now,
        case_version=lead.case_version,
        person_version=lead.person_version,
        owner_version=lead.owner_version,
        rated_version=lead.rated_version,
        role=ASSIST,
        lead=lead.number,
        matter=lead.matter,
    )
