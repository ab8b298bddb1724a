"""A fact that no handler could take, so that it is kept as dead."""

from typing import Never

from shared.bus.event import Event, encode
from shared.bus.inbox import Inbox
from shared.bus.tables import BusTables
from shared.bus.transport import Delivery
from shared.db import Database, Transaction


def give_up(database: Database, tables: BusTables, event: Event) -> None:
    """Hear it in vain, and try it no more."""
    inbox = Inbox(database, tables, "q", {event.contract: _fails})
    inbox.apply([Delivery("q", event.contract.name, encode(event).encode())])
    dead = tables.parked.update().values(state="dead", next_attempt_at=None)
    database.run(lambda tx: tx.execute(dead))


def _fails(_tx: Transaction, event: Event) -> Never:
    raise ValueError(event.id)
