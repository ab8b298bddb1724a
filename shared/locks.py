"""One replica at a time, where a decision rests on rows that another may be about to add.

Such rows cannot be locked themselves, so a name stands for them.
"""

from collections.abc import Iterable
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from shared.transaction import Transaction


class _Lock(GenericFunction[None]):
    """Wait for the lock of a number and keep it until the transaction ends."""

    name = "pg_advisory_xact_lock"
    identifier = "lock_of_name"
    inherit_cache = True


@compiles(_Lock, "sqlite")
def _no_lock(*_: object, **__: object) -> str:
    return "NULL"  # SQLite has one writer


def hold(tx: Transaction, names: Iterable[str]) -> None:
    """Keep other replicas off these names until the commit; before reading what is decided from.

    Always in one order, so that no two commands wait for each other.
    """
    held: set[str] = tx.memo.setdefault("held", set())
    wanted = sorted(set(names) - held)
    if wanted:
        keys = [sa.literal(crc32(name.encode()), sa.BigInteger) for name in wanted]
        tx.execute(sa.select(*map(_Lock, keys)))
        held.update(wanted)
