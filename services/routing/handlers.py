"""One function for each thing that happens to work orders: load, ask the domain, save, say so.

What a department answers is in ``replies.py``, what is decided in ``decisions.py``, a dispute about
whose it is in ``disputes.py``, who assists in ``joint.py``, what time does in ``timers.py``.
"""

from collections.abc import Callable
from datetime import timedelta

from services.routing import events, former, people, repeats, store
from services.routing.follow_ups import handlers as follow_ups
from services.routing.order import Order
from services.routing.pressing import handlers as pressing
from services.routing.problems import handlers as problems
from services.routing.suggesting.suggest import suggester_for
from shared.bus.event import Event
from shared.contracts import intake, intake_ways
from shared.db import Transaction
from shared.locks import hold
from shared.runtime import Runtime

KEEP_EARLY = timedelta(days=30)
"""How long a fact about a case without an order is kept; a parked event comes within hours."""
MOST_AT_ONCE = 200
MOST_OF_A_REASON = 150
"""Characters of the desk's words that go with the order; the contract allows 200 in all."""


def open_order(tx: Transaction, event: Event) -> None:
    """A case was transferred: open its work order. An old or repeated transfer changes nothing."""
    case, transfer = event.data["number"], event.data["transfer"]
    store.hold_batch(tx, event)
    known = store.known(tx, event)
    if transfer <= known.transfer.get(case, 0):
        return
    earlier = store.of_case(tx, case) if case in known.transfer else []
    over = former.ended_since(tx, earlier, event)
    former.supersede(tx, earlier, f"{case}-{transfer}")
    known.transfer[case] = transfer
    order = _order_of(tx, event)
    early = known.early.pop(case, [])
    people.bring_up_to_date(order, earlier, early)
    if people.is_erased(earlier, early):
        order.erase_person(tx.now, events.PLATFORM, tx.district)  # nobody is left to work for
    elif over or any(fact.type in _ENDS and fact.version > event.version for fact in early):
        order.propose((), tx.now, events.PLATFORM)  # it is over: no department is troubled
        if over:
            former.end_with(tx, order, earlier, over)
    else:
        _remember_matter(tx, order)
        _find_department(tx, order, event)
    store.add(tx, order)
    problems.remember(tx, order)
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


def hand_over(tx: Transaction, event: Event) -> None:
    """Another first responder answers for the case; each of its orders names them (B14)."""
    _hear(tx, event, _hand_over)


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
        owner_version=event.version,
        item_code=item.get("code"),
        item_name=item.get("name", ""),
        opened_at=tx.now,
        case_version=event.version,
        rated_version=event.version,
    )


def _remember_matter(tx: Transaction, order: Order) -> None:
    """What it is about, and how often this resident came with it of late."""
    text = f"{order.title}\n{order.description}\n{order.location}"
    order.matter = suggester_for(tx.district).matter(text, order.item_code) or ""
    order.repeats = repeats.count(tx, order)


def _find_department(tx: Transaction, order: Order, event: Event) -> None:
    """At once where the desk or the item names the department; otherwise a person decides."""
    department, reason = _named_department(tx, event)
    if department:
        order.dispatch(department, [reason], tx.now, events.PLATFORM, tx.district)
        events.dispatched(tx, order, events.PLATFORM)
        pressing.dispatched(tx, order)
    else:
        order.propose(suggestions(tx, order), tx.now, events.PLATFORM)
        events.proposed(tx, order)
        pressing.waits(tx, order)


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


def suggestions(tx: Transaction, order: Order) -> list[dict[str, object]]:
    """Which departments it may belong to, with reasons."""
    text = f"{order.title}\n{order.description}\n{order.location}"
    found = suggester_for(tx.district).suggest(text, order.item_code, order.community_code)
    return [one.as_data() for one in found]


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


def _words(order: Order, said: str) -> str:
    """What was said, unless its person is forgotten: of them no words are kept or told."""
    return "" if order.erased_at is not None else said


def _withdraw(tx: Transaction, order: Order, event: Event) -> None:
    if not _newer(order, event):
        return
    follow_ups.case_withdrawn(tx, order)
    pressing.called_off(tx, order)
    if order.allows("case_withdrawn"):
        note = _words(order, event.data["reason"])
        order.case_withdrawn(note, tx.now, event.data["owner"]["name"], tx.district)
        events.cancelled(tx, order, note, event.data["owner"]["name"])


def _hand_over(tx: Transaction, order: Order, event: Event) -> None:
    if event.version > order.owner_version:
        order.change_owner(event.data["owner"]["name"], event.version, tx.now, events.PLATFORM)


def _close(tx: Transaction, order: Order, event: Event) -> None:
    if _newer(order, event) and order.allows("case_closed"):
        order.case_closed("", tx.now, event.data["owner"]["name"], tx.district)
        events.closed(tx, order, "", event.data["owner"]["name"])


def _reopen(tx: Transaction, order: Order, event: Event) -> None:
    follow_ups.asked_again(tx, order, event.time)  # said is said, also where the order goes on
    if _newer(order, event) and _can_go_on(order):
        note = event.data["reason"]
        order.case_reopened(note, tx.now, events.RESIDENT, tx.district)
        events.reopened(tx, order, note, events.RESIDENT)
        follow_ups.reopened(tx, order)
        pressing.occasion(tx, order, "dissatisfied")


def _can_go_on(order: Order) -> bool:
    """Whether a department had it, and there is still somebody to do it for."""
    has_both = order.department is not None and order.erased_at is None
    return has_both and order.allows("case_reopened")


def _rate(tx: Transaction, order: Order, event: Event) -> None:
    if event.version > order.rated_version:
        order.rated_version = event.version
        data = event.data
        comment = _words(order, data.get("comment", ""))
        presses = not data["satisfied"] and _presses(tx, order, event)
        order.case_rated(data["grade"], comment=comment, at=tx.now, by=events.RESIDENT)
        if presses:
            pressing.occasion(tx, order, "dissatisfied")
        follow_ups.rated(tx, order, data["grade"], comment, event.time)


def _presses(tx: Transaction, order: Order, event: Event) -> bool:
    """Whether a bad grade presses somebody by itself.

    Not where a follow-up is answered by it, for that raises the order; nor of a reply that was
    answered anew meanwhile; nor while no department has it; nor where nobody is left to do it for.
    """
    if order.answerable is None or order.erased_at is not None:
        return False
    if follow_ups.is_stale(tx, order, event.time):
        return False
    return not follow_ups.awaited(tx, order, event.time)


_FACTS: dict[str, Apply] = {
    intake.withdrawn.type: _withdraw,
    intake.closed.type: _close,
    intake_ways.refused.type: _close,
    intake_ways.handed_over.type: _hand_over,
    intake.reopened.type: _reopen,
    intake.rated.type: _rate,
    intake.person_corrected.type: people.correct_order,
    intake.person_erased.type: people.erase_order,
}
_ENDS = {intake.withdrawn.type, intake.closed.type, intake_ways.refused.type}
_NEWEST_ONLY = {intake.reopened.type, intake.rated.type}


def _settle(tx: Transaction, case: str) -> None:
    """Apply what was kept of a case whose order is there now."""
    early = store.early_of(tx, [case]).get(case, [])
    for fact in early:
        apply = _FACTS[fact.type]
        _hear(tx, fact, apply, newest_only=fact.type in _NEWEST_ONLY)
    store.forget_early(tx, early)


# -- what time brings ------------------------------------------------------------------------------


def settle_early(runtime: Runtime) -> None:
    """Facts that crossed the opening of their order on the way; and forget what never got one."""
    runtime.database.run(_settle_early)


def _settle_early(tx: Transaction) -> None:
    cases = store.cases_with_early_facts(tx, MOST_AT_ONCE)
    hold(tx, cases)
    for case in cases:
        _settle(tx, case)
    store.forget_early_before(tx, tx.now - KEEP_EARLY)
