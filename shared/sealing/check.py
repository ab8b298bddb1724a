"""Whether the keys are those that the databases were sealed with, asked before anything is written.

A service that went on with other keys would write beside values that nobody can open any more. Only
both ends of each table are looked at, by its primary key: a start must not read millions of rows.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from shared.audit import store
from shared.audit.chain import EMPTY
from shared.audit.tables import AuditTables
from shared.sealing.cipher import FORMAT, NONCE_BYTES, TAG_BYTES, Tampered, key_id_of, unseal
from shared.sealing.keys import KeyRing, UnknownKey
from shared.sealing.rotation import SealedTable, sealed_tables

log = structlog.get_logger(__name__)

AT_EACH_END = 100
"""Rows looked at, at either end of a table."""
LONGEST_HEADER = 34
"""Format, length, and the longest id."""


class LostKeys(ValueError):
    """A database holds values that the keys do not open. Says which key and what to do."""


@dataclass
class Found:
    """What a database's values say of the keys.

    Attributes:
        opened: key id -> values it opened.
        closed: key id -> values that name it and did not open.
        unknown: ids of keys that are not in the ring, with where they were seen first.
    """

    opened: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    unknown: dict[str, str] = field(default_factory=dict)

    def told(self, key_id: str, where: str, *, opens: bool) -> None:
        """One value was tried."""
        (self.opened if opens else self.closed)[key_id] += 1
        if not opens:
            log.warning("sealed_value_does_not_open", where=where, key=key_id)


def refuse_lost_keys(
    name: str,
    engine: sa.Engine,
    metadata: sa.MetaData,
    keys: KeyRing,
    audit: AuditTables | None = None,
) -> None:
    """Compare the keys with what a database holds, whatever its migrations came to.

    One value that does not open may have been damaged, and is for those who read it; the key is
    wrong if none of those that name it opens.

    Args:
        name: of the service, whose audit's head is signed with its name.
        engine: of its database, which may be empty.
        metadata: its tables.
        keys: the ring.
        audit: the tables of its audit, if it has one.

    Raises:
        LostKeys: a key is missing, or another key has its id.
    """
    found, there = Found(), sa.inspect(engine)
    with engine.connect() as connection:
        for table in sealed_tables(metadata):
            present = _present(table, there)
            if present is not None:
                _look_at(connection, present, keys, found)
        if audit is not None and there.has_table(audit.head.name):
            _look_at_head(connection, audit, name, keys, found)
    _judge(name, keys, found)


def sealed_in(folder: Path) -> tuple[str, str] | None:
    """A SQLite file of the folder that holds sealed values, and a key's id; None if none does."""
    for path in sorted(folder.glob("*.sqlite")):
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            for key_id in _ids_in(file):
                return path.name, key_id
    return None


def _present(table: SealedTable, there: sa.Inspector) -> SealedTable | None:
    """The table with the columns that are there, and sealed already."""
    if not there.has_table(table.name):
        return None
    kinds = {column["name"]: column["type"] for column in there.get_columns(table.name)}
    sealed = {
        name: purpose
        for name, purpose in table.sealed.items()
        if isinstance(kinds.get(name), sa.LargeBinary)
    }
    return replace(table, sealed=sealed) if sealed and kinds.keys() >= set(table.key) else None


def _look_at(connection: sa.Connection, table: SealedTable, keys: KeyRing, found: Found) -> None:
    begins = [
        sa.func.substr(table.raw.c[name], 1, LONGEST_HEADER, type_=sa.LargeBinary).label(name)
        for name in table.sealed
    ]
    which = [column.label(f"key_{n}") for n, column in enumerate(table.keys)]
    for order in (table.keys, tuple(column.desc() for column in table.keys)):
        asked = sa.select(*begins, *which).order_by(*order).limit(AT_EACH_END)
        seen: set[tuple[str, str]] = set()
        for row in connection.execute(asked).mappings().all():
            where = [column == row[f"key_{n}"] for n, column in enumerate(table.keys)]
            for name, purpose in table.sealed.items():
                key_id = _named(purpose, row[name])
                if key_id and (name, key_id) not in seen:
                    seen.add((name, key_id))
                    value = connection.execute(sa.select(table.raw.c[name]).where(*where)).scalar()
                    _try(keys, purpose, key_id, value, found)


def _named(purpose: str, begins: Any) -> str:
    """The id of the key that a value names; empty for what is empty, or is no sealed value."""
    if not begins:
        return ""
    try:
        return key_id_of(purpose, bytes(begins))
    except Tampered as error:
        log.warning("sealed_value_does_not_open", where=purpose, error=str(error))
        return ""


def _try(keys: KeyRing, purpose: str, key_id: str, value: Any, found: Found) -> None:
    if not value:
        return  # somebody emptied it meanwhile
    try:
        unseal(keys, purpose, bytes(value))
    except UnknownKey:
        found.unknown.setdefault(key_id, purpose)
    except Tampered:
        found.told(key_id, purpose, opens=False)
    else:
        found.told(key_id, purpose, opens=True)


def _look_at_head(
    connection: sa.Connection, audit: AuditTables, name: str, keys: KeyRing, found: Found
) -> None:
    head = store.head_of(connection, audit)
    if head is None or head == EMPTY:
        return
    try:
        found.told(head.key, audit.head.name, opens=store.is_signed(keys, name, head))
    except UnknownKey:
        found.unknown.setdefault(head.key, audit.head.name)


def _judge(name: str, keys: KeyRing, found: Found) -> None:
    remedy = (
        " Nothing was written. Put the key file back from its backup (docs/operations.md, Data"
        " keys); only to begin anew, without what was sealed with it, remove the databases too."
    )
    for key_id, where in found.unknown.items():
        raise LostKeys(
            f"{name}: its database holds values sealed with the data key {key_id!r} ({where}),"
            f" which is not in {keys.source}; there is {', '.join(keys.ids) or 'none'}.{remedy}"
        )
    for key_id, number in found.closed.items():
        if not found.opened[key_id]:
            raise LostKeys(
                f"{name}: the data key {key_id!r} in {keys.source} opens none of {number} value(s)"
                f" in its database that name it: it is another key with the same id.{remedy}"
            )


def _ids_in(file: sqlite3.Connection) -> Iterator[str]:
    """The ids of keys that sealed values and the audit's head name, at most one a column."""
    shortest = 2 + 1 + NONCE_BYTES + TAG_BYTES
    tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    for table in tables:
        for column, kind in file.execute("SELECT name, type FROM pragma_table_info(?)", (table,)):
            if kind.upper() != "BLOB":
                continue
            asked = (
                f'SELECT "{column}" FROM "{table}"'  # noqa: S608 - names of the file's own tables
                f' WHERE length("{column}") > ? AND hex(substr("{column}", 1, 1)) = ? LIMIT 1'
            )
            for (value,) in file.execute(asked, (shortest, f"{FORMAT:02X}")):
                yield key_id_of(f"{table}.{column}", value)
    if "audit_head" in tables:
        for (key_id,) in file.execute("SELECT key FROM audit_head WHERE key <> ''"):
            yield key_id
