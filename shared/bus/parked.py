"""What could not be handled (promise 3): looked at, replayed, and forgotten with its people.

Pages and commands look and replay; services forget (PIPL 47).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from shared.bus.event import Event
from shared.bus.tables import BusTables
from shared.db import Database, Transaction
from shared.locks import hold

FORGOTTEN = "forgotten"
"""Stands in the inbox instead of a consumer, beside a number whose people were forgotten.

It goes with the rest of the inbox (``upkeep.KEEP_HEARD``): no message is on its way that long.
"""
MOST_NUMBERS = 100
"""Of one message; an event names a few, and for each of them others must wait."""
_NUMBER = re.compile(r"[A-Z]{2,4}-[0-9]{6}-[0-9]{4,8}-[0-9]{1,2}")
"""As ``shared.case_number`` prints it; an order's or a need's begins with its case's."""


class NotParked(LookupError):
    """No such parked message; ``list`` shows those that are."""


@dataclass(frozen=True)
class Parked:
    """A message that could not be handled.

    Attributes:
        state: ``waiting`` (to be tried again at ``next_attempt_at``) or ``dead``.
        reason: the last error, with file and line.
    """

    event_id: str
    consumer: str
    routing_key: str
    state: str
    attempts: int
    reason: str
    first_failed_at: datetime
    next_attempt_at: datetime | None
    body: str


def list_parked(
    database: Database, tables: BusTables, state: str = "dead", limit: int = 200
) -> list[Parked]:
    """Parked messages, the oldest first."""
    parked = tables.parked
    chosen = (
        sa.select(parked)
        .where(parked.c.state == state)
        .order_by(parked.c.first_failed_at)
        .limit(limit)
    )
    with database.read() as connection:
        return [_parked(row) for row in connection.execute(chosen)]


def inspect(database: Database, tables: BusTables, event_id: str) -> list[Parked]:
    """One message, once for each consumer that could not handle it.

    Raises:
        NotParked: there is none.
    """
    with database.read() as connection:
        rows = connection.execute(
            sa.select(tables.parked).where(tables.parked.c.event_id == event_id)
        ).all()
    if not rows:
        raise NotParked(event_id)
    return [_parked(row) for row in rows]


def replay(database: Database, tables: BusTables, event_ids: list[str] | None = None) -> int:
    """Let dead messages be tried again from the beginning, now; all of them when none are named.

    Returns how many. Being tried twice is harmless: the inbox knows each event.
    """
    parked = tables.parked
    chosen = parked.update().where(parked.c.state == "dead")
    if event_ids is not None:
        chosen = chosen.where(parked.c.event_id.in_(event_ids))

    def work(tx: Transaction) -> int:
        again = chosen.values(state="waiting", attempts=0, next_attempt_at=tx.now)
        return tx.execute(again).rowcount

    return database.run(work)


def forget(tx: Transaction, tables: BusTables, numbers: Collection[str]) -> int:
    """Keep no dead message that names these cases, now or later; returns how many there were.

    What waits is tried on, for it may still say something that matters; once it is given up it is
    not kept (``is_forgotten``). Only numbers as we give them count: any other word may stand in
    messages that are about nobody.
    """
    numbers = sorted(filter(_NUMBER.fullmatch, numbers))
    if not numbers:
        return 0
    hold(tx, numbers)  # what is given up at this moment is seen here, or sees this
    marks = [{"event_id": one, "consumer": FORGOTTEN, "heard_at": tx.now} for one in numbers]
    tx.execute(tx.insert_statement(tables.inbox).on_conflict_do_nothing(), marks)
    return _delete_dead(tx, tables.parked, numbers)


def forget_with(tx: Transaction, tables: BusTables, erasure: Event) -> None:
    """As ``forget``, for what an erasure names; once for all the erasures of a batch."""
    done: set[str] = tx.memo.setdefault("forgotten", set())
    alike = [event for event in tx.batch if event.type == erasure.type]
    numbers = {str(event.data["number"]) for event in (erasure, *alike)} - done
    forget(tx, tables, numbers)
    done |= numbers


def _delete_dead(tx: Transaction, parked: sa.Table, numbers: Collection[str]) -> int:
    # Bodies are sealed, and may be no JSON at all: each is opened and looked into.
    dead = sa.select(parked.c.event_id, parked.c.consumer, parked.c.body)
    rows = tx.execute(dead.where(parked.c.state == "dead"))
    named = [
        (row.event_id, row.consumer)
        for row in rows
        if any(number in _text(row.body) for number in numbers)
    ]
    for event_id, consumer in named:
        one = parked.c.event_id == event_id, parked.c.consumer == consumer
        tx.execute(parked.delete().where(*one, parked.c.state == "dead"))
    return len(named)


def is_forgotten(tx: Transaction, tables: BusTables, body: bytes) -> bool:
    """Whether a message that is given up names somebody who was forgotten; then it is not kept."""
    inbox, found = tables.inbox, _NUMBER.finditer(_text(body))
    numbers = {match.group() for match in islice(found, MOST_NUMBERS)}
    hold(tx, numbers)
    marks = inbox.c.event_id.in_(sorted(numbers)), inbox.c.consumer == FORGOTTEN
    return tx.execute(sa.select(inbox.c.event_id).where(*marks).limit(1)).first() is not None


def _text(body: bytes) -> str:
    return bytes(body).decode(errors="replace")


def _parked(row: sa.Row[tuple[object, ...]]) -> Parked:
    fields = {name: getattr(row, name) for name in Parked.__dataclass_fields__ if name != "body"}
    return Parked(**fields, body=_text(row.body))
