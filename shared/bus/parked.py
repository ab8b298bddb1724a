"""Looking at, and replaying, what could not be handled (promise 3). Pages and commands use this."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from shared.bus.tables import BusTables
from shared.db import Database, Transaction


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


def _parked(row: sa.Row[tuple[object, ...]]) -> Parked:
    fields = {name: getattr(row, name) for name in Parked.__dataclass_fields__ if name != "body"}
    return Parked(**fields, body=bytes(row.body).decode(errors="replace"))
