"""What intake hears: work orders from routing, needs from partners, failed messages from notify.

Each becomes a line of the case's timeline; some change the case. A case that is not known yet makes
the event wait (promise 5).
"""

from typing import Any

import sqlalchemy as sa

from services.intake import events, orders, store
from services.intake.case import Case
from services.intake.models import cases
from services.intake.orders import OrderFact
from shared.bus.event import Event
from shared.bus.inbox import NotYet
from shared.contracts import routing
from shared.db import Transaction

_KEPT = (
    "department_name",
    "by",
    "note",
    "reason",
    "legal_ground",
    "due_by",
    "role",
    "result",
    "clock",
    "proposed_department",
)
"""What the timeline keeps of an order's event; its words are made when it is shown."""


def order_proposed(tx: Transaction, event: Event) -> None:
    """A work order waits for a person to confirm its department."""
    before = _load(tx, event)
    names = [_department(tx, one["department"]) for one in event.data["suggestions"]]
    said = {"order": event.data["number"], "departments": names}
    store.save(
        tx, before, before, who="@routing", action="order.proposed", data=said, at=event.time
    )


def order_told(tx: Transaction, event: Event) -> None:
    """Anything routing says of a dispatched order; its answer may resolve the case.

    Raises:
        NotYet: the case is unknown, or an answer came before its dispatch.

    """
    before, fact = _load(tx, event), _fact(event)
    if orders.needs_dispatch(before, fact):
        raise NotYet(f"order {fact.number}: {fact.kind} came before its dispatch")
    after = orders.hear(before, fact, tx.district.rules.review)
    said = {name: event.data[name] for name in _KEPT if event.data.get(name)}
    if "proposed_department" in said:
        said["proposed_department"] = _department(tx, said["proposed_department"])
    who = event.data.get("by") or event.data["department_name"]
    after = store.save(
        tx,
        before,
        after,
        who=who,
        action=event.contract.name,
        data={"order": fact.number, **said},
        at=event.time,
    )
    _if_answered(tx, before, after)


def need_told(tx: Transaction, event: Event) -> None:
    """What became of a need the case raised."""
    before = _load(tx, event)
    said = {name: event.data.get(name, "") for name in ("need", "title", "partner", "note")}
    who = event.data.get("partner") or "@partners"
    store.save(tx, before, before, who=who, action=event.contract.name, data=said, at=event.time)


def message_failed(tx: Transaction, event: Event) -> None:
    """A resident could not be told: the owner should telephone."""
    before = _load(tx, event)
    said = {"channel": event.data["channel"], "reason": event.data["reason"]}
    store.save(tx, before, before, who="@notify", action="message.failed", data=said, at=event.time)


ORDERS = {
    contract: order_proposed if contract is routing.proposed else order_told
    for contract in routing.CONTRACTS
    if "intake" in contract.consumers
}
"""Routing's contracts and their handlers."""


def _if_answered(tx: Transaction, before: Case, after: Case) -> None:
    """An answer of the department gives the case its result: a line of its own, and an event."""
    if after.resolutions == before.resolutions:
        return
    said = {"result": after.result}
    after = store.save(tx, after, after, who=after.resolved_by, action="answered", data=said)
    events.resolved(tx, after)


def _fact(event: Event) -> OrderFact:
    kind = event.contract.name.removeprefix("order.")
    return OrderFact(kind, event.data["number"], event.version, event.time, event.data)


def _load(tx: Transaction, event: Event) -> Case:
    number = event.data["case_number"]
    row = tx.execute(sa.select(cases).where(cases.c.number == number)).mappings().first()
    if row is None:
        raise NotYet(f"case {number} is not known here")
    return store.case_of(row)


def _department(tx: Transaction, code: Any) -> str:
    known = tx.district.departments.get(code)
    return known.short if known else str(code)
