"""The applicants in routing's copies: what is right of them, and forgetting them.

They come whole with ``case.transferred`` and a correction; what else intake says shows them masked
and says nothing new of them. Events may come in any order, and twice: of two that say who somebody
is the newer counts, and who was erased stays so.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.routing import events, models, store
from services.routing.channels import handlers as channels
from services.routing.follow_ups import handlers as follow_ups
from services.routing.order import Order
from services.routing.pressing import handlers as pressing
from services.routing.problems import handlers as problems
from services.routing.states import CANCELLED
from shared.bus import parked
from shared.bus.event import Event
from shared.contracts import intake
from shared.db import Transaction
from shared.mask import mask_text

STOP = "申请人信息已按规定删除，请停止办理"


def correct(tx: Transaction, event: Event) -> None:
    """What was held of the resident was wrong and is right now (PIPL 46)."""
    store.hold_batch(tx, event)
    orders = store.of_case(tx, event.data["number"])
    if not orders:
        store.keep_early(tx, event)
    for order in orders:
        correct_order(tx, order, event)
        store.save(tx, order)


def erase(tx: Transaction, event: Event) -> None:
    """The resident is to be forgotten, in every order of the case and whatever comes later."""
    store.hold_batch(tx, event)
    case = event.data["number"]
    store.keep_erased(tx, event)
    parked.forget_with(tx, models.bus, event)
    for order in store.of_case(tx, case):
        erase_order(tx, order, event)
        store.save(tx, order)


def correct_order(tx: Transaction, order: Order, event: Event) -> None:
    """Correct one order, if the event knows better."""
    if _knows_better(event, order):
        before = order.applicant_name, order.applicant_phone
        order.correct_person(*_person(event), event.version, tx.now, events.PLATFORM)
        problems.corrected(tx, order)
        if before != _person(event) and _may_call(tx, order):
            events.person_corrected(tx, order)


def _may_call(tx: Transaction, order: Order) -> bool:
    """Whether its department may have to speak with the resident, now or once it is reopened."""
    theirs = order.department is not None and order.state != CANCELLED
    return theirs and not store.is_replaced(tx, order)


def erase_order(tx: Transaction, order: Order, _event: Event) -> None:
    """Forget the person of one order, once; a department at work on it is told to stop."""
    if order.erased_at is not None:
        return
    open_before = order.state
    store.erase_words(tx, order.case_number)
    follow_ups.erased(tx, order.number)
    pressing.erased(tx, order.number)
    channels.forget(tx, order.number)
    problems.erased(tx, order)
    order.erase_person(tx.now, events.PLATFORM, tx.district)
    if order.state == CANCELLED != open_before:
        events.cancelled(tx, order, STOP, events.PLATFORM)


def bring_up_to_date(order: Order, former: Sequence[Order], early: Iterable[Event]) -> None:
    """Give a new order the applicant as the newest event of the case says, not as its own does."""
    newest = max(former, key=lambda one: one.person_version, default=None)
    if newest is not None and newest.person_version >= order.person_version:
        person = newest.applicant_name, newest.applicant_phone
        order.know_person(*person, newest.person_version)
    for fact in early:
        if fact.type == intake.person_corrected.type and _knows_better(fact, order):
            order.know_person(*_person(fact), fact.version)


def is_erased(former: Iterable[Order], early: Iterable[Event]) -> bool:
    """Whether the case's person was forgotten before this order came."""
    heard = any(fact.type == store.ERASED for fact in early)
    return heard or any(order.erased_at is not None for order in former)


def version_of(event: Event) -> int:
    """From when the event knows the applicant; one that shows them masked knows nothing."""
    return 0 if event.data["applicant"].get("masked") else event.version


def title_of(data: Mapping[str, Any]) -> str:
    """The case's title without its applicant: titles are not sealed, for they are searched."""
    return mask_text(data["title"], data["applicant"]["name"])


def _knows_better(event: Event, order: Order) -> bool:
    return order.erased_at is None and version_of(event) > order.person_version


def _person(event: Event) -> tuple[str, str]:
    person = event.data["applicant"]
    return person["name"], person.get("phone", "")
