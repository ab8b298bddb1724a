"""What intake hears: orders from routing, needs from partners, failed messages from notify.

Each becomes a line of the case's timeline; some change the case. A case that is not known yet makes
the event wait (promise 5).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.intake import events, orders, store
from services.intake.case import ACCEPTED, APPLY, CLOSED, RESOLVED, TRANSFERRED, Case, Entry
from services.intake.handling import due_from_now, item_of
from services.intake.orders import OrderFact
from services.intake.slots import handlers as bookings
from shared.bus.event import Event
from shared.bus.inbox import NotYet
from shared.contracts import routing
from shared.db import Transaction

ASSIST = "assist"
"""The role of an order whose department assists another."""
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
    "reason_name",
    "until",
    "assist_department_name",
    "arbiter",
    "level",
    "level_name",
    "why",
    "leader",
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

    What is said of a department that assists is a line of the timeline and no more.

    Raises:
        NotYet: the case is unknown.

    """
    before, fact = _load(tx, event), _fact(event)
    after = _with_limit(tx, before, orders.hear(before, fact, item_of(tx, before)))
    said = {name: event.data[name] for name in _KEPT if event.data.get(name)}
    if "proposed_department" in said:
        said["proposed_department"] = _department(tx, said["proposed_department"])
    if event.contract is routing.followed_up:
        said |= _found(tx, event.data)
    who = event.data.get("by") or event.data["department_name"]
    action = f"assist.{fact.kind}" if event.data.get("role") == ASSIST else event.contract.name
    line = Entry(event.time, who, action, {"order": fact.number, **said})
    after = _save(tx, before, after, line)
    if after.resolutions > before.resolutions:
        _answered(tx, after)
    elif (before.state, after.state) == (TRANSFERRED, ACCEPTED):
        _save(tx, after, after, Entry(tx.now, after.owner.name, "answered_to_owner", {}))


def need_told(tx: Transaction, event: Event) -> None:
    """What became of a need the case raised."""
    said = {name: event.data.get(name, "") for name in ("need", "title", "partner", "note")}
    who = event.data.get("partner") or "@partners"
    before = _load(tx, event)
    _save(tx, before, before, Entry(event.time, who, event.contract.name, said))


def message_failed(tx: Transaction, event: Event) -> None:
    """A resident could not be told: the owner should telephone."""
    if bookings.unreached(tx, event.data["case_number"]):
        return
    said = {"channel": event.data["channel"], "reason": event.data["reason"]}
    before = _load(tx, event)
    _save(tx, before, before, Entry(event.time, "@notify", "message.failed", said))


ORDERS = {
    contract: order_proposed if contract is routing.proposed else order_told
    for contract in routing.CONTRACTS
    if "intake" in contract.consumers
}
"""Routing's contracts and their handlers."""


def _with_limit(tx: Transaction, before: Case, after: Case) -> Case:
    """An application whose result did not last has its limit anew; a demand has its order's."""
    again = before.state in (RESOLVED, CLOSED) and after.state == TRANSFERRED
    if not again or after.kind != APPLY:
        return after
    return replace(after, due_at=due_from_now(tx, after))


def _answered(tx: Transaction, case: Case) -> None:
    """The department's answer gave the case its result: a line of its own, and an event."""
    line = Entry(tx.now, case.resolved_by, "answered", {"result": case.result})
    events.resolved(tx, _save(tx, case, case, line))


def _found(tx: Transaction, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the resident said of the department's work; who rated online was asked for a grade."""
    grades = {grade.score: grade for grade in tx.district.rules.grades}
    grade = grades[data["grade"]]
    solved = {None: "", True: "yes", False: "no"}[data["solved"]]
    return {"grade": grade.name, "grade_en": grade.name_en, "solved": solved}


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
