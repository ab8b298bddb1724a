"""What intake hears: orders from routing, needs from partners, failed messages from notify.

Each becomes a line of the case's timeline; some change the case. A case that is not known yet makes
the event wait (promise 5).
"""

from typing import Any

from services.intake import events, orders, store
from services.intake.case import Case, Entry
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
    names = [_department(tx, one["department"]) for one in event.data["suggestions"]]
    said = {"order": event.data["number"], "departments": names}
    before = _load(tx, event)
    _save(tx, before, before, Entry(event.time, "@routing", "order.proposed", said))


def order_told(tx: Transaction, event: Event) -> None:
    """Anything routing says of a dispatched order; the department's answer may resolve the case.

    Raises:
        NotYet: the case is unknown.

    """
    before, fact = _load(tx, event), _fact(event)
    after = orders.hear(before, fact, tx.district.rules.review)
    said = {name: event.data[name] for name in _KEPT if event.data.get(name)}
    if "proposed_department" in said:
        said["proposed_department"] = _department(tx, said["proposed_department"])
    who = event.data.get("by") or event.data["department_name"]
    line = Entry(event.time, who, event.contract.name, {"order": fact.number, **said})
    after = _save(tx, before, after, line)
    if after.resolutions > before.resolutions:
        _answered(tx, after)


def need_told(tx: Transaction, event: Event) -> None:
    """What became of a need the case raised."""
    said = {name: event.data.get(name, "") for name in ("need", "title", "partner", "note")}
    who = event.data.get("partner") or "@partners"
    before = _load(tx, event)
    _save(tx, before, before, Entry(event.time, who, event.contract.name, said))


def message_failed(tx: Transaction, event: Event) -> None:
    """A resident could not be told: the owner should telephone."""
    said = {"channel": event.data["channel"], "reason": event.data["reason"]}
    before = _load(tx, event)
    _save(tx, before, before, Entry(event.time, "@notify", "message.failed", said))


ORDERS = {
    contract: order_proposed if contract is routing.proposed else order_told
    for contract in routing.CONTRACTS
    if "intake" in contract.consumers
}
"""Routing's contracts and their handlers."""


def _answered(tx: Transaction, case: Case) -> None:
    """The department's answer gave the case its result: a line of its own, and an event."""
    line = Entry(tx.now, case.resolved_by, "answered", {"result": case.result})
    events.resolved(tx, _save(tx, case, case, line))


def _fact(event: Event) -> OrderFact:
    kind = event.contract.name.removeprefix("order.")
    return OrderFact(kind, event.data["number"], event.version, event.time, event.data)


def _load(tx: Transaction, event: Event) -> Case:
    """The event's case; looked up for the whole batch at once.

    Raises:
        NotYet: it is not known here.

    """
    number = event.data["case_number"]
    known: dict[str, Case] = tx.memo.setdefault("cases", {})
    if number not in known:
        known.update(store.load_all(tx, {e.data["case_number"] for e in (*tx.batch, event)}))
    if number not in known:
        raise NotYet(f"case {number} is not known here")
    return known[number]


def _save(tx: Transaction, before: Case, after: Case, line: Entry) -> Case:
    """Save, and remember for the next event of the batch."""
    saved = store.save(
        tx, before, after, who=line.who, action=line.action, data=line.data, at=line.at
    )
    tx.memo["cases"][saved.number] = saved
    return saved


def _department(tx: Transaction, code: Any) -> str:
    known = tx.district.departments.get(code)
    return known.short if known else str(code)
