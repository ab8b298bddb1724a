"""One function for each thing that happens to work orders: load, ask the domain, save, say so.

What a department answers is in ``replies.py``.
"""

from collections.abc import Callable
from datetime import timedelta

from services.routing import events, people, store
from services.routing.order import Order
from services.routing.suggest import suggester_for
from shared.bus.event import Event
from shared.contracts import intake
from shared.db import Transaction
from shared.runtime import Runtime

KEEP_EARLY = timedelta(days=30)
"""How long a fact about a case without an order is kept; a parked event comes within hours."""
MOST_AT_ONCE = 200
MOST_OF_A_REASON = 150
"""Characters of the desk's words that go with the order; the contract allows 200 in all."""


# -- what intake says ------------------------------------------------------------------------------


def open_order(tx: Transaction, event: Event) -> None:
    """A case was transferred: open its work order. An old or repeated transfer changes nothing."""
    case, transfer = event.data["number"], event.data["transfer"]
    store.hold_batch(tx, event)
    known = store.known(tx, event)
    if transfer <= known.transfer.get(case, 0):
        return
    former = _supersede(tx, case, f"{case}-{transfer}") if case in known.transfer else []
    known.transfer[case] = transfer
    order = _order_of(tx, event)
    early = known.early.pop(case, [])
    people.bring_up_to_date(order, former, early)
    if people.is_erased(former, early):
        order.erase_person(tx.now, events.PLATFORM)  # nobody is left to work for
    elif any(fact.type in _ENDS and fact.version > event.version for fact in early):
        order.propose((), tx.now, events.PLATFORM)  # it is over: no department is troubled
    else:
        _find_department(tx, order, event)
    store.add(tx, order)
    if early:
        _settle(tx, case)


def cancel_order(tx: Transaction, event: Event) -> None:
    """The case was withdrawn: whoever works on it may stop."""
    _hear(tx, event, _withdraw)


def close_order(tx: Transaction, event: Event) -> None:
    """The case was closed: nothing more is asked."""
    _hear(tx, event, _close)


def reopen_order(tx: Transaction, event: Event) -> None:
    """The resident says it is not solved: the department that answered goes on."""
    _hear(tx, event, _reopen, newest_only=True)


def remember_rating(tx: Transaction, event: Event) -> None:
    """The resident rated the result; a dissatisfied one raises the order."""
    _hear(tx, event, _rate, newest_only=True)


def _order_of(tx: Transaction, event: Event) -> Order:
    data, item = event.data, event.data.get("item") or {}
    return Order(
        number=f"{data['number']}-{data['transfer']}",
        case_number=data["number"],
        transfer=data["transfer"],
        title=people.title_of(data),
        description=data.get("description", ""),
        kind=data["kind"],
        urgency=data["urgency"],
        location=data.get("location", ""),
        community_code=data["community"]["code"],
        community_name=data["community"]["name"],
        applicant_name=data["applicant"]["name"],
        applicant_phone=data["applicant"].get("phone", ""),
        person_version=people.version_of(event),
        owner_name=data["owner"]["name"],
        item_code=item.get("code"),
        item_name=item.get("name", ""),
        opened_at=tx.now,
        case_version=event.version,
        rated_version=event.version,
    )


def _find_department(tx: Transaction, order: Order, event: Event) -> None:
    """At once where the desk or the item names the department; otherwise a person decides."""
    department, reason = _named_department(tx, event)
    if department:
        order.dispatch(department, [reason], tx.now, events.PLATFORM, tx.district)
        events.dispatched(tx, order, events.PLATFORM)
    else:
        order.propose(_suggestions(tx, order), tx.now, events.PLATFORM)
        events.proposed(tx, order)


def _named_department(tx: Transaction, event: Event) -> tuple[str | None, str]:
    departments, chosen = tx.district.departments, event.data.get("department")
    if chosen in departments:
        why = event.data.get("reason", "")[:MOST_OF_A_REASON]
        said = f"首问责任人{event.data['owner']['name']}选定{departments[chosen].short}"
        return chosen, f"{said}：{why}" if why else said
    item = tx.district.items.get((event.data.get("item") or {}).get("code"))
    if item is not None and item.department in departments:
        return item.department, f"事项“{item.name}”由{departments[item.department].short}承办"
    return None, ""


def _suggestions(tx: Transaction, order: Order) -> list[dict[str, object]]:
    text = f"{order.title}\n{order.description}\n{order.location}"
    found = suggester_for(tx.district).suggest(text, order.item_code, order.community_code)
    return [one.as_data() for one in found]


def _supersede(tx: Transaction, case: str, successor: str) -> list[Order]:
    """Stop the case's earlier orders; returns them."""
    note = f"办件已重新转办，以工单 {successor} 为准"
    former = store.of_case(tx, case)
    for order in former:
        if order.allows("supersede"):
            order.supersede(note, tx.now, events.PLATFORM)
            events.cancelled(tx, order, note, events.PLATFORM)
            store.save(tx, order)
    return former


Apply = Callable[[Transaction, Order, Event], None]


def _hear(tx: Transaction, event: Event, apply: Apply, *, newest_only: bool = False) -> None:
    """Apply a fact about a case to its orders; keep it where there is none yet (promise 5)."""
    store.hold_batch(tx, event)
    orders = store.of_case(tx, event.data["number"])
    if not orders:
        store.keep_early(tx, event)
    for order in orders[:1] if newest_only else orders:
        apply(tx, order, event)
        store.save(tx, order)


def _newer(order: Order, event: Event) -> bool:
    """Whether the fact is news to the order; from then on, what is older is not."""
    if event.version <= order.case_version:
        return False
    order.case_version = event.version
    return True


def _withdraw(tx: Transaction, order: Order, event: Event) -> None:
    if _newer(order, event) and order.allows("case_withdrawn"):
        note = event.data["reason"]
        order.case_withdrawn(note, tx.now, event.data["owner"]["name"])
        events.cancelled(tx, order, note, event.data["owner"]["name"])


def _close(tx: Transaction, order: Order, event: Event) -> None:
    if _newer(order, event) and order.allows("case_closed"):
        order.case_closed("", tx.now, event.data["owner"]["name"])
        events.closed(tx, order, "", event.data["owner"]["name"])


def _reopen(tx: Transaction, order: Order, event: Event) -> None:
    if _newer(order, event) and order.department and order.allows("case_reopened"):
        note = event.data["reason"]
        order.case_reopened(note, tx.now, events.RESIDENT, tx.district)
        events.reopened(tx, order, note, events.RESIDENT)


def _rate(tx: Transaction, order: Order, event: Event) -> None:
    if event.version > order.rated_version:
        order.rated_version = event.version
        data = event.data
        order.case_rated(
            data["grade"],
            satisfied=data["satisfied"],
            comment=data.get("comment", ""),
            at=tx.now,
            by=events.RESIDENT,
        )


_FACTS: dict[str, Apply] = {
    intake.withdrawn.type: _withdraw,
    intake.closed.type: _close,
    intake.reopened.type: _reopen,
    intake.rated.type: _rate,
    intake.person_corrected.type: people.correct_order,
    intake.person_erased.type: people.erase_order,
}
_ENDS = {intake.withdrawn.type, intake.closed.type}
_NEWEST_ONLY = {intake.reopened.type, intake.rated.type}


def _settle(tx: Transaction, case: str) -> None:
    """Apply what was kept of a case whose order is there now."""
    early = store.early_of(tx, [case]).get(case, [])
    for fact in early:
        apply = _FACTS[fact.type]
        _hear(tx, fact, apply, newest_only=fact.type in _NEWEST_ONLY)
    store.forget_early(tx, early)


# -- what a supervisor decides ---------------------------------------------------------------------


def dispatch(tx: Transaction, order: Order, department: str, by: str) -> None:
    """Confirm the department of a waiting order.

    Raises:
        Refused: it is not waiting, or there is no such department.
    """
    said = [one for one in order.suggestions if one["department"] == department]
    reasons = said[0]["reasons"] if said else []
    order.dispatch(department, [*reasons, f"{by}派单"], tx.now, by, tx.district)
    events.dispatched(tx, order, by)


def grant_return(tx: Transaction, order: Order, department: str | None, note: str, by: str) -> None:
    """Take it back; to the other department at once where one is named, otherwise it waits.

    Raises:
        Refused: no return is asked for, or there is no such department.
    """
    former = order.department or ""
    order.grant_return(note, tx.now, by)
    events.returned(tx, order, former, note, by)
    if department:
        order.dispatch(department, [f"{by}改派"], tx.now, by, tx.district)
        events.dispatched(tx, order, by)
    else:
        order.propose(_suggestions(tx, order), tx.now, by)
        events.proposed(tx, order)


def refuse_return(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The department keeps it."""
    order.refuse_return(note, tx.now, by)
    events.return_refused(tx, order, note, by)


def grant_extension(tx: Transaction, order: Order, note: str, by: str) -> None:
    """More time, once."""
    order.grant_extension(note, tx.now, by, tx.district)
    events.extended(tx, order, note, by)


def refuse_extension(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The deadline stays."""
    order.refuse_extension(note, tx.now, by)
    events.extension_refused(tx, order, note, by)


def press(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Ask the department to get on with it."""
    order.press(note, tx.now, by)
    events.pressed(tx, order, note, by)


def send_back(tx: Transaction, order: Order, reason: str, by: str) -> None:
    """The answer is not good enough (审单)."""
    order.send_back(reason, tx.now, by)
    events.reopened(tx, order, reason, by)


def approve(tx: Transaction, order: Order, note: str, by: str) -> None:
    """The answer was reviewed (审单); nobody else needs to know."""
    order.approve(note, tx.now, by)


def close(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Nothing more is asked of the department."""
    order.close(note, tx.now, by)
    events.closed(tx, order, note, by)


# -- what time does --------------------------------------------------------------------------------


def raise_late(runtime: Runtime) -> None:
    """Report every clock that ran out since the last look: once each, whoever looks."""
    runtime.database.run(_raise_late)


def sign_unsigned(runtime: Runtime) -> None:
    """What nobody signed or returned within the window counts as signed (A50)."""
    runtime.database.run(_sign_unsigned)


def settle_early(runtime: Runtime) -> None:
    """Facts that crossed the opening of their order on the way; and forget what never got one."""
    runtime.database.run(_settle_early)


def _raise_late(tx: Transaction) -> None:
    for order in store.run_out(tx, "late", MOST_AT_ONCE):
        for clock, due_by in order.late_clocks(tx.now):
            order.raise_late(clock, tx.now, events.PLATFORM)
            events.late(tx, order, clock, due_by)
        store.save(tx, order)


def _sign_unsigned(tx: Transaction) -> None:
    for order in store.run_out(tx, "unsigned", MOST_AT_ONCE):
        order.sign_unsigned(tx.now, events.PLATFORM)
        events.signed(tx, order)
        store.save(tx, order)


def _settle_early(tx: Transaction) -> None:
    cases = store.cases_with_early_facts(tx, MOST_AT_ONCE)
    store.hold(tx, cases)
    for case in cases:
        _settle(tx, case)
    store.forget_early_before(tx, tx.now - KEEP_EARLY)
