"""Learning from confirmed dispatches.

``learn`` notes that a person confirmed an order's department. A timer counts what is noted, a batch
at a time and once whoever counts; another brings the counts into each process's suggestions.
"""

from collections.abc import Sequence

import structlog

from services.routing.order import Order
from services.routing.order_fields import LEAD
from services.routing.suggesting import store
from services.routing.suggesting.learned import Told, count_matters, count_said
from services.routing.suggesting.suggest import Suggester, suggester_for
from shared.db import Transaction
from shared.mask import mask_text
from shared.runtime import Runtime

SMALLEST_BATCH = 20
"""Orders counted together at least: single ones could be recognised by what changes."""
LARGEST_BATCH = 200

log = structlog.get_logger()


def learn(tx: Transaction, order: Order) -> None:
    """An order's department is confirmed: it worked the order off, so the order was rightly there.

    It either never gave it back, or a person sent it there. Each order counts once, however often
    this is called: until it is counted, the last word holds. One that only assists, or of a
    forgotten person, teaches nothing.
    """
    if order.department and order.role == LEAD and order.erased_at is None:
        store.note(tx, order.number, order.department)


def count_confirmed(runtime: Runtime) -> None:
    """Count what waits, batch by batch; fewer than a batch go on waiting."""
    while runtime.database.run(_count_batch):
        pass


def refresh(runtime: Runtime) -> None:
    """Let the suggestions of this process know what all replicas counted."""
    with runtime.database.read() as connection:
        learned = store.load(connection)
    suggester_for(runtime.district).know(learned)


def _count_batch(tx: Transaction) -> bool:
    waiting = store.waiting(tx, LARGEST_BATCH)
    if len(waiting) < SMALLEST_BATCH:
        return False
    store.mark_counted(tx, [row.number for row in waiting])
    suggester = suggester_for(tx.district)
    told = _told(suggester, store.said_in(tx, waiting))
    store.add_said(tx, count_said(told, suggester.language))
    store.add_matters(tx, count_matters(told))
    log.info("learned", orders=len(told))
    return len(waiting) == LARGEST_BATCH


def _told(suggester: Suggester, found: Sequence[store.Said]) -> list[Told]:
    """Without the applicant's name, telephone and identity numbers."""
    told = []
    for one in found:
        text = mask_text(one.text, one.applicant_name)
        matter = suggester.matter(text, one.item_code)
        told.append(Told(text, one.person, matter, one.department))
    return told
