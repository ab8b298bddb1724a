"""Two replicas on PostgreSQL whose transactions overlap, always in the same way."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import sqlalchemy as sa

from shared.db import Database, Transaction
from tests.support.waiting import wait_until

Work = Callable[[Transaction], object]
_WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def cross(first: Database, work: Work, second: Database, other: Work) -> None:
    """Do ``work``, and before it is committed ``other`` at the second replica.

    The first one commits when the second one has, or waits for it.
    """
    started: list[Future[object]] = []

    def overlapped(tx: Transaction) -> None:
        work(tx)
        tx.flush()
        if not started:  # a command may be run again
            started.append(pool.submit(second.run, other))
        wait_until(lambda: started[0].done() or _somebody_waits(second), 90, "both are at work")

    with ThreadPoolExecutor(1) as pool:
        first.run(overlapped)
        started[0].result()


def _somebody_waits(database: Database) -> bool:
    with database.read() as connection:
        return bool(connection.execute(_WAITING).scalar_one())
