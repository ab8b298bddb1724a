"""Going out: the event is written with the state change, then relayed (promise 1)."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.bus.event import Event, encode, new_id
from shared.bus.tables import BusTables
from shared.bus.transport import BusUnavailable, Outgoing, Publisher
from shared.clock import now
from shared.contracts import Contract
from shared.db import Database, Transaction
from shared.green import Signal, Timeout, sleep

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 500
POLL = 1.0
"""Seconds between looks at the outbox when nothing wakes the relay: another replica's leftovers."""
LONGEST_PAUSE = 5.0


def emit(
    tx: Transaction,
    tables: BusTables,
    contract: Contract,
    data: Mapping[str, Any],
    *,
    subject: str,
    version: int = 0,
) -> Event:
    """Say that something happened; it leaves when, and only when, the transaction commits.

    Raises:
        ContractViolation: the data does not fit the contract.
    """
    contract.check(data)
    event = Event(new_id(), contract.type, f"/{tx.service}", subject, tx.now, version, data)
    tx.insert(
        tables.outbox,
        event_id=event.id,
        type=event.type,
        exchange=contract.exchange,
        routing_key=contract.routing_key(data),
        body=encode(event),
        created_at=tx.now,
    )
    return event


class Relay:
    """Publishes what the outbox holds. Several may run: each takes rows nobody else has."""

    def __init__(self, database: Database, tables: BusTables, publisher: Publisher) -> None:
        self._engine = database.engine
        self._outbox = tables.outbox
        self._publisher = publisher
        self._stopping = False
        self._woken = Signal()
        database.on_commit.append(self._on_commit)

    def run(self) -> None:
        """Publish until stopped; when the bus or the database is away, try again, ever slower."""
        pause = POLL
        while not self._stopping:
            try:
                while self.publish_waiting():
                    pass
                pause = POLL
                if not self._rest():
                    self._publisher.keep_alive()
            except (BusUnavailable, DBAPIError, PoolTimeout) as error:
                log.warning("relay_waiting", seconds=pause, error=str(error))
                pause = min(pause * 2, LONGEST_PAUSE)
                sleep(pause)

    def stop(self) -> None:
        """Return from ``run`` after the batch in hand."""
        self._stopping = True
        self._wake()

    def publish_waiting(self) -> int:
        """Publish up to ``MOST_AT_ONCE`` rows and mark them sent; returns how many.

        Raises:
            BusUnavailable: not all were confirmed; all of them stay.
        """
        with self._engine.begin() as connection:
            rows = connection.execute(self._unsent()).all()
            if not rows:
                return 0
            self._publisher.publish([_outgoing(row) for row in rows])
            sent = self._outbox.c.id.in_([row.id for row in rows])
            connection.execute(self._outbox.update().where(sent).values(sent_at=now()))
        return len(rows)

    def _unsent(self) -> sa.Select[Any]:
        table = self._outbox
        return (
            sa.select(table)
            .where(table.c.sent_at.is_(None))
            .order_by(table.c.id)
            .limit(MOST_AT_ONCE)
            .with_for_update(skip_locked=True)
        )

    def _on_commit(self, written: set[sa.Table]) -> None:
        if self._outbox in written:
            self._wake()

    def _wake(self) -> None:
        if not self._woken.ready():
            self._woken.send()

    def _rest(self) -> bool:
        """Wait for a commit, at most ``POLL`` seconds; whether there was one."""
        with Timeout(POLL, exception=False):
            self._woken.wait()
        woken = bool(self._woken.ready())
        if woken:
            self._woken.reset()
        return woken


def _outgoing(row: Any) -> Outgoing:
    return Outgoing(
        exchange=row.exchange,
        routing_key=row.routing_key,
        id=row.event_id,
        type=row.type,
        timestamp=int(row.created_at.timestamp()),
        body=row.body,
    )
