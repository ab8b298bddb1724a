"""Sessions that were ended before their time: by signing out, or because an account was changed.

A token is good wherever it is shown, so that no service has to ask another. What was ended is
therefore told to all of them, and each keeps it until the last token it concerns has run out.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from shared.bus.event import Event
from shared.db import Database, Transaction
from shared.types import Moment
from shared.web.auth import TTL, Session

SLACK = timedelta(hours=1)
LOOK_EVERY = 2.0
"""Seconds after which a process looks again for what its fellow replicas have heard."""


def sessions_table(metadata: sa.MetaData) -> sa.Table:
    """What was ended: a session by its id, or all of a person's that began before a moment."""
    return sa.Table(
        "ended_sessions",
        metadata,
        sa.Column("username", sa.String(60), primary_key=True),
        sa.Column("session", sa.String(64), primary_key=True),
        sa.Column("ended_at", Moment, primary_key=True),
    )


def end(tx: Transaction, table: sa.Table, username: str, session: str, at: datetime) -> None:
    """Remember that a session is over; without its id, all that this person began until `at`."""
    ended = {"username": username, "session": session, "ended_at": at}
    # Heard of twice, under two ids, it ended once.
    tx.execute(tx.insert_statement(table).on_conflict_do_nothing().values(**ended))
    tx.written.add(table)  # so that `Ended` looks again at once


def hear(table: sa.Table) -> Callable[[Transaction, Event], None]:
    """The handler of `account.sessions_ended` for a service that keeps such a table."""

    def heard(tx: Transaction, event: Event) -> None:
        """A person's sessions, or one of them, are over."""
        data = event.data
        at = datetime.fromisoformat(data["ended_at"])
        end(tx, table, data["username"], data["session"], at)

    return heard


def forget_old_of(table: sa.Table) -> Callable[[Transaction], None]:
    """The command that drops what concerns no token that could still be good."""

    def forget(tx: Transaction) -> None:
        tx.execute(table.delete().where(table.c.ended_at < tx.now - TTL - SLACK))

    return forget


class Ended:
    """Tells whether a session is over; asks the database every two seconds at most.

    Args:
        database: the service's own.
        table: from ``sessions_table``.
        clock: seconds, for tests.
    """

    def __init__(
        self, database: Database, table: sa.Table, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._table, self._clock = database, table, clock
        self._ended: Mapping[tuple[str, str], datetime] = {}
        self._looked: float | None = None
        database.on_commit.append(self._written)

    def __call__(self, session: Session) -> bool:
        """Whether it was ended, or all sessions its person had begun by then."""
        if self._looked is None or self._clock() - self._looked > LOOK_EVERY:
            self._look()
        username = session.user.username
        all_of_them = self._ended.get((username, ""))
        return (username, session.id) in self._ended or (
            all_of_them is not None and session.began <= all_of_them
        )

    def _look(self) -> None:
        now = self._clock()
        with self._database.read() as connection:
            rows = connection.execute(sa.select(self._table)).all()
        self._ended = {
            (row.username, row.session): row.ended_at
            for row in sorted(rows, key=lambda row: row.ended_at)
        }
        self._looked = now

    def _written(self, tables: set[sa.Table]) -> None:
        if self._table in tables:
            self._looked = None
