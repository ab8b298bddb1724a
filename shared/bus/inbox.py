"""Coming in: each event takes effect once, in the transaction that records it (promise 2).

What cannot be handled is parked in the consumer's own database, tried again with growing delays and
at last declared dead with its reason (promise 3). See docs/adr/0003.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from shared.bus.event import Event, MalformedEvent, decode
from shared.bus.parked import is_forgotten
from shared.bus.tables import BusTables
from shared.bus.transport import Delivery
from shared.characters import shown
from shared.clock import now
from shared.contracts import Contract, ContractViolation
from shared.db import Database, Transaction, Unavailable
from shared.green import sleep
from shared.logs import fault

log = structlog.get_logger(__name__)

RETRY_AFTER = (1, 5, 30, 120, 600, 3600)
"""Seconds before each further attempt; after the last one the message is dead."""
LONGEST_HEADER = 255

Handler = Callable[[Transaction, Event], None]
RawHandler = Callable[[Transaction, Delivery], None]


class NotYet(RuntimeError):
    """The event came before one it builds on; it is kept until that one is here (promise 5).

    Its text names numbers, nobody's words: it stands in the log and among the dead letters.
    """

    @property
    def told(self) -> str:
        """What a log may say of it."""
        return str(self)


@dataclass(frozen=True)
class _Message:
    """A delivery with the name the inbox knows it by; ``event`` is None when taken raw."""

    id: str
    delivery: Delivery
    event: Event | None


class Inbox:
    """Applies the messages of one queue.

    Args:
        database: the consumer's.
        tables: the consumer's bus tables.
        consumer: the queue's name; the inbox remembers events by it.
        handlers: contract -> function(tx, event).
        raw: instead of ``handlers``: function(tx, delivery), for messages from outside that the
            handler itself must check and answer.
    """

    def __init__(
        self,
        database: Database,
        tables: BusTables,
        consumer: str,
        handlers: Mapping[Contract, Handler] | None = None,
        raw: RawHandler | None = None,
    ) -> None:
        self._database = database
        self._tables = tables
        self._consumer = consumer
        self._handlers = {c.type: h for c, h in (handlers or {}).items()}
        self._raw = raw
        self._stopping = False

    def stop(self) -> None:
        """Wait for a lost database no longer: what is in hand stays in its queue."""
        self._stopping = True

    def apply(self, deliveries: Sequence[Delivery]) -> None:
        """Return when every message has taken effect or is parked; wait out a lost database.

        Raises:
            Unavailable: asked to stop while the database is away; the messages will come again.
        """
        messages = [m for m in map(self._read, deliveries) if m is not None]
        if messages:
            self._insist(lambda: self._apply(messages))

    def retry_due(self, limit: int = 100) -> int:
        """Try again what is parked and due; returns how many were tried."""
        parked = self._tables.parked
        due = (
            sa.select(parked)
            .where(parked.c.consumer == self._consumer, parked.c.state == "waiting")
            .where(parked.c.next_attempt_at <= now())
            .order_by(parked.c.next_attempt_at)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(due).all()
        for row in rows:
            message = self._read(_delivery(self._consumer, row))
            if message is not None:
                self._apply_one(message, row.attempts)
        return len(rows)

    def _insist(self, act: Callable[[], None]) -> None:
        while True:
            try:
                act()
            except Unavailable as error:
                if self._stopping:
                    raise
                log.warning("inbox_waiting", queue=self._consumer, error=str(error))
                sleep(1)
            else:
                return

    def _apply(self, messages: Sequence[_Message]) -> None:
        try:
            self._database.run(lambda tx: self._all(tx, messages))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is parked with its reason
            # One bad message must not hold up the others: each gets a transaction of its own.
            log.info("inbox_one_by_one", queue=self._consumer, n=len(messages), why=fault(error))
            for message in messages:
                self._apply_one(message)

    def _all(self, tx: Transaction, messages: Sequence[_Message]) -> None:
        fresh = self._claim(tx, [message.id for message in messages])
        tx.batch, tx.memo = [m.event for m in messages if m.event is not None], {}
        for message in messages:
            if message.id in fresh:
                fresh.discard(message.id)  # the same event twice in one batch
                self._handle(tx, message)

    def _apply_one(self, message: _Message, attempts: int | None = None) -> None:
        """A message by itself; ``attempts`` is how many were counted when it was found parked."""
        try:
            self._database.run(lambda tx: self._one(tx, message, attempts))
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            self._park(message.id, message.delivery, error, attempts)

    def _one(self, tx: Transaction, message: _Message, attempts: int | None) -> None:
        if attempts is not None and not self._still_parked(tx, message.id, attempts):
            return  # another replica was quicker
        self._all(tx, [message])
        tx.execute(self._tables.parked.delete().where(*self._parked_key(message.id)))

    def _handle(self, tx: Transaction, message: _Message) -> None:
        if self._raw is not None:
            self._raw(tx, message.delivery)
        elif message.event is not None and message.event.type in self._handlers:
            self._handlers[message.event.type](tx, message.event)
        else:
            raise LookupError(f"{self._consumer} has no handler for {message.id}")

    def _claim(self, tx: Transaction, ids: Sequence[str]) -> set[str]:
        """Record the events; returns those that were not recorded before."""
        inbox = self._tables.inbox
        rows = [
            {"event_id": i, "consumer": self._consumer, "heard_at": tx.now}
            for i in sorted(set(ids))
        ]
        claim = insert_or_ignore(tx, inbox).returning(inbox.c.event_id)
        return set(tx.execute(claim, rows).scalars())

    def _read(self, delivery: Delivery) -> _Message | None:
        if self._raw is not None:
            return _Message(_raw_id(delivery), delivery, None)
        try:
            event = decode(delivery.body)
        except (MalformedEvent, ContractViolation) as error:
            self._park(_raw_id(delivery), delivery, error, hopeless=True)
            return None
        return _Message(event.id, delivery, event)

    def _still_parked(self, tx: Transaction, event_id: str, attempts: int) -> bool:
        parked = self._tables.parked
        mine = (
            sa.select(parked.c.event_id)
            .where(*self._parked_key(event_id))
            .where(parked.c.state == "waiting", parked.c.attempts == attempts)
            .with_for_update(skip_locked=True)
        )
        return tx.execute(mine).first() is not None

    def _park(
        self,
        event_id: str,
        delivery: Delivery,
        error: Exception,
        attempts: int | None = None,
        *,
        hopeless: bool = False,
    ) -> None:
        def park(tx: Transaction) -> None:
            self._park_in(tx, event_id, delivery, error, attempts, hopeless=hopeless)

        self._insist(lambda: self._database.run(park))

    def _park_in(
        self,
        tx: Transaction,
        event_id: str,
        delivery: Delivery,
        error: Exception,
        seen: int | None,
        *,
        hopeless: bool,
    ) -> None:
        parked = self._tables.parked
        attempts = tx.execute(
            sa.select(parked.c.attempts).where(*self._parked_key(event_id))
        ).scalar_one_or_none()
        if seen is not None and attempts != seen:
            return  # another replica tried meanwhile and has counted its attempt
        wait = _wait_after(0 if attempts is None else attempts, hopeless=hopeless)
        if wait is None and is_forgotten(tx, self._tables, delivery.body):
            self._give_up(tx, event_id, error)
            return
        outcome = {
            "state": "dead" if wait is None else "waiting",
            "attempts": (attempts or 0) + 1,
            "reason": _reason(error),
            "next_attempt_at": None if wait is None else tx.now + wait,
        }
        if attempts is not None:
            tx.execute(parked.update().where(*self._parked_key(event_id)).values(**outcome))
        else:
            tx.insert(
                parked,
                event_id=event_id,
                consumer=self._consumer,
                routing_key=_kept(delivery.routing_key),
                user_id=_kept(delivery.user_id),
                body=delivery.body,
                first_failed_at=tx.now,
                **outcome,
            )
        level = log.error if wait is None else log.warning
        level(
            "message_parked",
            queue=self._consumer,
            event_id=event_id,
            why=fault(error),
            **_said(outcome),
        )

    def _give_up(self, tx: Transaction, event_id: str, error: Exception) -> None:
        """Keep nothing of what names somebody who was forgotten (PIPL 47); the log says so."""
        tx.execute(self._tables.parked.delete().where(*self._parked_key(event_id)))
        log.error("message_forgotten", queue=self._consumer, event_id=event_id, why=fault(error))

    def _parked_key(self, event_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        parked = self._tables.parked
        return parked.c.event_id == event_id, parked.c.consumer == self._consumer


def insert_or_ignore(tx: Transaction, table: sa.Table) -> Any:
    """``INSERT … ON CONFLICT DO NOTHING`` for the database in use."""
    return tx.insert_statement(table).on_conflict_do_nothing()


def _said(outcome: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": outcome["state"], "attempts": outcome["attempts"]}


def _wait_after(attempts: int, *, hopeless: bool) -> timedelta | None:
    if hopeless or attempts >= len(RETRY_AFTER):
        return None
    return timedelta(seconds=RETRY_AFTER[attempts])


def _reason(error: Exception) -> str:
    # It stands unsealed and in lists: what the message quotes stays in its sealed body.
    return shown(fault(error))[:2000]


def _raw_id(delivery: Delivery) -> str:
    """A name for bytes that may be anything: sent twice, they have the same one."""
    user = _kept(delivery.user_id)
    sender = f"{user}\0" if user else ""  # nobody stands in another's way
    head = f"{_kept(delivery.routing_key)}\0{sender}".encode()
    digest = hashlib.sha256(head + delivery.body).hexdigest()
    return f"sha256:{digest}"


def _kept(header: str) -> str:
    """A header as it can be kept: from outside it may hold anything, and parked it has one name."""
    return shown(header)[:LONGEST_HEADER]


def _delivery(queue: str, row: Any) -> Delivery:
    return Delivery(queue, row.routing_key, bytes(row.body), row.event_id, row.user_id)
