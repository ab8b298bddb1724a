"""Sealing everything anew under the writing key, beside whoever reads and writes meanwhile.

Nothing is kept about how far it came: a value says itself which key it is under, so a run that was
killed is simply run again. A row somebody changed in between is left to the next round.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from shared.sealing.cipher import header, key_id_of, seal, unseal
from shared.sealing.keys import KeyRing
from shared.sealing.types import Blind, SealedType

MOST_AT_ONCE = 200
ROUNDS = 20
"""Rounds over a table before a run gives up on rows that others change all the time."""
Values = dict[str, Any]
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class SealedTable:
    """A table's sealed columns, as the bytes they are stored as.

    Attributes:
        name: of the table.
        raw: the table with those columns as plain bytes.
        sealed: column -> its purpose.
        blind: blind index -> the column it finds.
        key: its primary key.
    """

    name: str
    raw: sa.TableClause
    sealed: dict[str, str]
    blind: dict[str, str]
    key: tuple[str, ...]

    @classmethod
    def of(cls, table: sa.Table) -> "SealedTable | None":
        """None where nothing is sealed."""
        sealed = {c.name: c.type.purpose for c in table.c if isinstance(c.type, SealedType)}
        if not sealed:
            return None
        source = {purpose: name for name, purpose in sealed.items()}
        blind = {c.name: source[c.type.purpose] for c in table.c if isinstance(c.type, Blind)}
        hidden = sealed.keys() | blind.keys()
        raw = sa.table(
            table.name,
            *(sa.column(c.name, sa.LargeBinary() if c.name in hidden else c.type) for c in table.c),
        )
        return cls(table.name, raw, sealed, blind, tuple(c.name for c in table.primary_key))

    @property
    def keys(self) -> tuple[sa.ColumnClause[Any], ...]:
        """The columns of its primary key."""
        return tuple(self.raw.c[name] for name in self.key)


def sealed_tables(metadata: sa.MetaData) -> list[SealedTable]:
    """Those that have sealed columns."""
    found = (SealedTable.of(table) for table in metadata.sorted_tables)
    return [table for table in found if table is not None]


def rotate(
    engine: sa.Engine, metadata: sa.MetaData, keys: KeyRing, told: Progress = lambda *_: None
) -> int:
    """Seal anew what is not under the writing key, and make the blind indexes with it.

    Args:
        engine: of the database; its columns are read and written as bytes.
        metadata: its tables.
        keys: the ring.
        told: is called with a table's name and how many of its rows were written so far.

    Returns:
        How many rows were written.

    Raises:
        UnknownKey, Tampered: a value cannot be opened; everything before it is done.
    """
    return sum(_rotate(engine, table, keys, told) for table in sealed_tables(metadata))


def count(engine: sa.Engine, metadata: sa.MetaData, keys: KeyRing) -> dict[str, int]:
    """How many values each key holds; a key that is not in the ring, too, by its id."""
    counted = dict.fromkeys(keys.ids, 0)
    with engine.connect() as connection:
        for table in sealed_tables(metadata):
            for name, purpose in table.sealed.items():
                column = table.raw.c[name]
                for key_id, number in _by_key(connection, column, purpose, tuple(counted)):
                    counted[key_id] = counted.get(key_id, 0) + number
    return counted


def _by_key(
    connection: sa.Connection, column: sa.ColumnClause[Any], purpose: str, known: tuple[str, ...]
) -> Iterator[tuple[str, int]]:
    """How many values each key has in a column: those known, then whatever else is there."""
    left = column.is_not(None) & (column != b"")
    for key_id in known:
        yield key_id, _number(connection, column, left & _under(column, key_id))
        left &= ~_under(column, key_id)
    while (
        other := connection.execute(sa.select(column).where(left).limit(1)).scalar()
    ) is not None:
        key_id = key_id_of(purpose, bytes(other))
        yield key_id, _number(connection, column, left & _under(column, key_id))
        left &= ~_under(column, key_id)


def _number(
    connection: sa.Connection, column: sa.ColumnClause[Any], which: sa.ColumnElement[bool]
) -> int:
    return connection.execute(sa.select(sa.func.count(column)).where(which)).scalar_one()


def _under(column: sa.ColumnClause[Any], key_id: str) -> sa.ColumnElement[bool]:
    """Condition: the value is sealed with this key."""
    begins = header(key_id)
    return sa.func.substr(column, 1, len(begins), type_=sa.LargeBinary) == begins


def _rotate(engine: sa.Engine, table: SealedTable, keys: KeyRing, told: Progress) -> int:
    written = 0
    for _ in range(ROUNDS):
        found = 0
        for rows in _portions(engine, table, keys):
            changes = [(row, _anew(table, keys, row)) for row in rows]
            wanted = [(row, values) for row, values in changes if values]
            found += len(wanted)
            written += _write(engine, table, wanted)
            if wanted:
                told(table.name, written)
        if not found:
            break
    return written


def _portions(engine: sa.Engine, table: SealedTable, keys: KeyRing) -> Iterator[list[Values]]:
    """The rows that may need it, by primary key, read outside any transaction that writes."""
    names = dict.fromkeys((*table.key, *table.sealed, *table.blind))
    asked = sa.select(*(table.raw.c[name] for name in names)).order_by(*table.keys)
    if not table.blind:  # an index does not say its key: it is made again and compared
        asked = asked.where(sa.or_(*_elsewhere(table, keys.first.id)))
    more = asked
    while True:
        with engine.connect() as connection:
            rows = [dict(r) for r in connection.execute(more.limit(MOST_AT_ONCE)).mappings()]
        if not rows:
            return
        yield rows
        after = tuple(rows[-1][name] for name in table.key)
        more = asked.where(sa.tuple_(*table.keys) > after)


def _elsewhere(table: SealedTable, first: str) -> Iterator[sa.ColumnElement[bool]]:
    for name in table.sealed:
        column = table.raw.c[name]
        yield column.is_not(None) & (column != b"") & ~_under(column, first)


def _anew(table: SealedTable, keys: KeyRing, row: Values) -> Values:
    """What of the row must change."""
    key, changed = keys.first, {}
    for name, purpose in table.sealed.items():
        if row[name] and key_id_of(purpose, bytes(row[name])) != key.id:
            changed[name] = seal(keys, purpose, unseal(keys, purpose, bytes(row[name])))
    for name, source in table.blind.items():
        purpose = table.sealed[source]
        if row[source]:
            text = unseal(keys, purpose, bytes(row[source])).decode()
            digest = key.digest(purpose, text)
            if row[name] is None or bytes(row[name]) != digest:
                changed[name] = digest
    return changed


def _write(engine: sa.Engine, table: SealedTable, changes: list[tuple[Values, Values]]) -> int:
    """Write those that are still as they were read; returns how many that were."""
    if not changes:
        return 0
    try:
        with engine.begin() as connection:
            return sum(
                connection.execute(_guarded(table, row, values)).rowcount for row, values in changes
            )
    except OperationalError as error:
        if error.connection_invalidated:
            raise
        return 0  # a deadlock with a writer, or a lock it kept: they come in the next round


def _guarded(table: SealedTable, row: Values, values: Values) -> sa.Update:
    same = [table.raw.c[name] == row[name] for name in table.key]
    for name in {*values, *(table.blind[n] for n in values if n in table.blind)}:
        column = table.raw.c[name]
        same.append(column.is_(None) if row[name] is None else column == bytes(row[name]))
    return table.raw.update().where(*same).values(values)
