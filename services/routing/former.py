"""A case's earlier orders, when it is transferred anew: they stop, and say whether it is over."""

from collections.abc import Sequence

import sqlalchemy as sa

from services.routing import events, models, store
from services.routing.follow_ups import handlers as follow_ups
from services.routing.order import Order
from services.routing.pressing import handlers as pressing
from services.routing.states import CANCELLED, CLOSED
from shared.bus.event import Event
from shared.db import Transaction

WITHDRAWN, CLOSED_WITH_CASE = "case_withdrawn", "case_closed"
"""How an order ends with its case, as its history says."""


def supersede(tx: Transaction, former: Sequence[Order], successor: str) -> None:
    """Stop the case's earlier orders, and what is still to be asked about them."""
    note = f"办件已重新转办，以工单 {successor} 为准"
    for order in former:
        if order.allows("supersede"):
            order.supersede(note, tx.now, events.PLATFORM, tx.district)
            events.cancelled(tx, order, note, events.PLATFORM)
            pressing.called_off(tx, order)
            store.save(tx, order)
        follow_ups.superseded(tx, order)


def ended_since(tx: Transaction, former: Sequence[Order], event: Event) -> str:
    """How the case ended after this transfer of it, as its newest order heard; "" if it did not.

    A case that was opened again has that order at work: then a new one is needed, too.
    """
    if not former or former[0].case_version <= event.version:
        return ""
    if former[0].state not in (CLOSED, CANCELLED):
        return ""
    return _end_of(tx, former[0].number)


def end_with(tx: Transaction, order: Order, former: Sequence[Order], how: str) -> None:
    """End a new order as the one before it, which heard the end of the case."""
    order.case_version = former[0].case_version
    end = order.case_withdrawn if how == WITHDRAWN else order.case_closed
    end("", tx.now, events.PLATFORM, tx.district)


def _end_of(tx: Transaction, number: str) -> str:
    """The last end in its history; one a supervisor had closed before took no notice of its case's.

    Such a one was answered, and a case that was answered is closed.
    """
    table = models.history
    ends = table.c.number == number, table.c.what.in_((WITHDRAWN, CLOSED_WITH_CASE))
    query = sa.select(table.c.what).where(*ends).order_by(table.c.version.desc()).limit(1)
    return str(tx.execute(query).scalar() or CLOSED_WITH_CASE)
