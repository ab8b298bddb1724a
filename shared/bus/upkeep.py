"""Keeping the bus's tables small: what nobody will ask for again is deleted."""

from datetime import timedelta

import sqlalchemy as sa

from shared.bus.tables import BusTables
from shared.db import Database, Transaction

EVERY = 3600.0
"""Seconds between rounds."""
KEEP_SENT = timedelta(days=7)
"""Published events stay this long, so that an operator can look at what was said."""
KEEP_HEARD = timedelta(days=90)
"""An event delivered again after this long would take effect again; no queue is that old."""
MOST_AT_ONCE = 1000


def purge(database: Database, tables: BusTables) -> int:
    """Delete one portion of old outbox and inbox rows; returns how many there were."""
    return database.run(lambda tx: _purge(tx, tables))


def _purge(tx: Transaction, tables: BusTables) -> int:
    outbox, inbox = tables.outbox, tables.inbox
    sent = sa.select(outbox.c.id).where(outbox.c.sent_at < tx.now - KEEP_SENT).limit(MOST_AT_ONCE)
    old = inbox.c.heard_at < tx.now - KEEP_HEARD
    heard = sa.select(inbox.c.event_id).where(old).limit(MOST_AT_ONCE)
    gone = tx.execute(outbox.delete().where(outbox.c.id.in_(sent))).rowcount
    return gone + tx.execute(inbox.delete().where(inbox.c.event_id.in_(heard), old)).rowcount
