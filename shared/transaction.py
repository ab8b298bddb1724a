"""What a command is given: load, and say what to write. Rows are read and written many at a time.

The commands of a group share one transaction. Asking the database once for all of them, instead of
once for each, is what lets a group be much cheaper than its commands one by one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared.actor import Actor
from shared.audit.recorder import Recorder
from shared.clock import now
from shared.postgres import copy_rows
from shared.sealing import KeyRing

Row = Mapping[Any, Any]
T = TypeVar("T")
FEWEST_TO_COPY = 3
_KEY, _BEFORE = "key_of_row", "version_of_row"


class Stale(RuntimeError):
    """Somebody else changed the row since it was read; the command is run again."""


class Ground(Protocol):
    """What a transaction needs of the database it belongs to."""

    @property
    def engine(self) -> sa.Engine:
        """To know the dialect."""

    @property
    def keys(self) -> KeyRing:
        """What its sealed columns are searched with."""

    district: Any
    service: str
    settings: Any

    def serial(self, name: str) -> int:
        """The next number of a series."""


@dataclass(frozen=True, slots=True)
class _Change:
    """New values for the row of ``table`` with this key and version."""

    table: sa.Table
    key: Any
    version: int
    values: Mapping[str, Any]

    @property
    def shape(self) -> tuple[sa.Table, tuple[str, ...]]:
        """Changes of one shape are one statement."""
        return self.table, tuple(self.values)

    def parameters(self) -> dict[str, Any]:
        return {_KEY: self.key, _BEFORE: self.version, **self.values}


@dataclass
class _Buffer:
    """What a command wants written. Nothing reaches the database before its flush."""

    inserts: dict[sa.Table, list[Mapping[str, Any]]] = field(default_factory=dict)
    updates: list[sa.Update | sa.Delete | _Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.inserts or self.updates)

    def take_over(self, other: "_Buffer") -> None:
        for table, rows in other.inserts.items():
            self.inserts.setdefault(table, []).extend(rows)
        self.updates.extend(other.updates)
        other.inserts, other.updates = {}, []


class Transaction:
    """What a handler is given: load, and say what to write.

    Attributes:
        now: the moment the command began, aware UTC.
        district: the district pack.
        service: the service's name.
        settings: the service's settings, from the environment.
        keys: what sealed columns are searched with: ``tx.keys.matches(column, text)``.
        batch: while a batch of events is handled: all of them, so that the first handler can load
            for all.
        memo: what handlers of one batch keep for each other; empty at its start.
        recorder: what goes into the audit.
    """

    def __init__(self, connection: sa.Connection, ground: Ground) -> None:
        self._connection = connection
        self._ground = ground
        self._earlier = _Buffer()
        self._own = _Buffer()
        self._rows = _Rows()
        self.wrote = False
        self.now: datetime = now()
        self.district: Any = ground.district
        self.service = ground.service
        self.settings: Any = ground.settings
        self.keys = ground.keys
        self.written: set[sa.Table] = set()
        self.batch: Sequence[Any] = ()
        self.memo: dict[str, Any] = {}
        self.recorder = Recorder(self.now)

    def insert(self, table: sa.Table, **values: Any) -> None:
        """Add a row when the transaction is flushed."""
        self._own.inserts.setdefault(table, []).append(values)
        self._rows.forget(table, values.get(_key_of(table).name))

    def change(self, table: sa.Table, key: Any, version: int, values: Mapping[str, Any]) -> None:
        """Give the row with this primary key new values when flushed, its new version among them.

        Raises:
            Stale: (at flush) it is no longer at ``version``; the command is run again.
        """
        self._own.updates.append(_Change(table, key, version, values))
        self._rows.forget(table, key)

    def update(self, statement: sa.Update | sa.Delete) -> None:
        """Change or delete exactly one row when flushed. ``change`` is cheaper, where it can do it.

        Raises:
            Stale: (at flush) it did not match exactly one row; the command is run again.
        """
        self._own.updates.append(statement)
        self._rows.forget_all()

    def expect(self, table: sa.Table, keys: Iterable[Any]) -> None:
        """Say which rows ``row`` will be asked for: the first one asked for brings all of them."""
        self._rows.expected.setdefault(table, set()).update(keys)

    def row(self, table: sa.Table, key: Any) -> Row | None:
        """The row with this primary key, after everything said so far; None if there is none."""
        if self._rows.must_flush(table, key):
            self.flush()
        missing = self._rows.missing(table, key)
        if missing:
            column = _key_of(table)
            found = self._connection.execute(sa.select(table).where(column.in_(missing)))
            self._rows.keep(table, missing, {row[column.name]: row for row in found.mappings()})
        return self._rows.get(table, key)

    def look(self, statement: sa.Select[Any], *tables: sa.Table) -> sa.CursorResult[Any]:
        """Run a SELECT of these tables alone: what waits to be written to others goes on waiting.

        ``execute`` writes everything first, which takes a command of a group out of its group.
        """
        if self._rows.waits(tables):
            self.flush()
        return self._connection.execute(statement)

    def once(self, table: sa.Table, name: str, ask: Callable[[], T]) -> T:
        """An answer for all commands of the group, until something is written to the table."""
        answers = self._rows.answers.setdefault(table, {})
        if name not in answers:
            answers[name] = ask()
        answer: T = answers[name]
        return answer

    def execute(self, statement: sa.Executable, rows: Any = None) -> sa.CursorResult[Any]:
        """Run a statement now, after everything said so far; with ``rows``, for each of them."""
        self.flush()
        if not statement.is_select:
            self.wrote = True
            self._rows.forget_all()
        return self._connection.execute(statement, rows)

    def insert_statement(self, table: sa.Table) -> Any:
        """An INSERT in the dialect of the database in use, for ``on_conflict_…``."""
        return insert_for(self._ground.engine)(table)

    def serial(self, name: str) -> int:
        """A whole number given to nobody else, e.g. for case numbers. Numbers may be left out."""
        return self._ground.serial(name)

    def record(
        self,
        action: str,
        subject: str,
        /,
        reason: str = "",
        *,
        by: Actor | None = None,
        **detail: Any,
    ) -> None:
        """Add an entry to the audit: who did or saw what, and why. It is dropped with the command.

        A person's command that wrote something and recorded nothing is recorded by itself.

        Args:
            action: e.g. ``person.revealed``.
            subject: what it is about: the number of a case, of an order, …
            reason: in the person's words.
            by: who, if not the person who gave the command.
            detail: anything more that JSON can hold.

        Raises:
            ValueError: the action is empty or too long.
            TypeError: the detail is nothing that JSON can hold.
        """
        self.recorder.record(action, subject, reason, by, detail)

    def about(self, subject: str) -> None:
        """Say what the command is about, where only it knows: the number of a new case."""
        self.recorder.about(subject)

    def begin(self, actor: Actor | None) -> None:
        """The next command of the group, and who gave it."""
        self.batch, self.memo = (), {}  # another's memories may be undone
        self.recorder.begin(actor)

    def flush(self) -> None:
        """Write what was said so far."""
        if self._own:
            self.wrote = True
            self._earlier.take_over(self._own)
        self._write(self._earlier)
        self._rows.flushed()

    def keep(self) -> bool:
        """The command succeeded: its writes go with the batch. Returns whether it is recorded."""
        recorded = self.recorder.keep(wrote=self.wrote or bool(self._own))
        self._earlier.take_over(self._own)
        self.wrote = False
        return recorded

    def drop(self) -> None:
        """The command was refused before it wrote anything: forget what it said."""
        self._own = _Buffer()
        self.recorder.drop()

    def _write(self, buffer: _Buffer) -> None:
        for table, rows in buffer.inserts.items():
            self.insert_rows(table, rows)
            self.written.add(table)
        for changes in _runs(buffer.updates):
            self._change(changes)
        buffer.inserts, buffer.updates = {}, []

    def insert_rows(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows now, in bulk; for a command, ``insert`` does it with the others."""
        if len(rows) >= FEWEST_TO_COPY and self._connection.dialect.driver == "psycopg":
            copy_rows(self._connection, table, rows)
        else:
            self._connection.execute(table.insert(), rows)

    def _change(self, changes: "Sequence[_Change] | sa.Update | sa.Delete") -> None:
        if isinstance(changes, (sa.Update, sa.Delete)):
            result, wanted = self._connection.execute(changes), 1
        else:
            parameters = [change.parameters() for change in changes]
            result = self._connection.execute(_update_of(changes[0].table), parameters)
            wanted = len(parameters)
        if result.rowcount != wanted:
            raise Stale(f"{result.rowcount} of {wanted} rows were as they had been read")


class _Rows:
    """Rows that were read, and which of them are no longer what the database would say."""

    def __init__(self) -> None:
        self.expected: dict[sa.Table, set[Any]] = {}
        self._known: dict[sa.Table, dict[Any, Row | None]] = {}
        self._unflushed: set[tuple[sa.Table, Any]] = set()
        self._tables_unflushed: set[sa.Table] = set()
        self._all_unflushed = False
        self.answers: dict[sa.Table, dict[str, Any]] = {}

    def get(self, table: sa.Table, key: Any) -> Row | None:
        return self._known[table][key]

    def missing(self, table: sa.Table, key: Any) -> list[Any]:
        """What to read: nothing if the row is known, otherwise it and all that are expected.

        What waits to be written is left out: read now, it would be as it was before.
        """
        known = self._known.setdefault(table, {})
        if key in known:
            return []
        others = self.expected.get(table, set()) - known.keys() - {key}
        return [key, *sorted(one for one in others if (table, one) not in self._unflushed)]

    def keep(self, table: sa.Table, asked: Collection[Any], found: Mapping[Any, Row]) -> None:
        self._known[table].update({key: found.get(key) for key in asked})

    def must_flush(self, table: sa.Table, key: Any) -> bool:
        """Whether something that waits to be written may have changed the row."""
        return self._all_unflushed or (table, key) in self._unflushed

    def waits(self, tables: Iterable[sa.Table]) -> bool:
        """Whether anything waits to be written to these."""
        return self._all_unflushed or not self._tables_unflushed.isdisjoint(tables)

    def forget(self, table: sa.Table, key: Any) -> None:
        self._known.get(table, {}).pop(key, None)
        self._unflushed.add((table, key))
        self._tables_unflushed.add(table)
        self.answers.pop(table, None)

    def forget_all(self) -> None:
        self._known.clear()
        self.answers.clear()
        self._all_unflushed = True

    def flushed(self) -> None:
        self._unflushed.clear()
        self._tables_unflushed.clear()
        self._all_unflushed = False


def _runs(
    updates: Iterable[sa.Update | sa.Delete | _Change],
) -> Iterable[Sequence[_Change] | sa.Update | sa.Delete]:
    """Changes of one shape together, as long as no row comes twice and no statement in between."""
    shapes: dict[Any, list[_Change]] = {}
    seen: set[Any] = set()
    for update in updates:
        if not isinstance(update, _Change):
            yield from shapes.values()
            yield update
            shapes, seen = {}, set()
            continue
        if (update.table, update.key) in seen:
            yield from shapes.values()
            shapes, seen = {}, set()
        shapes.setdefault(update.shape, []).append(update)
        seen.add((update.table, update.key))
    yield from shapes.values()


@lru_cache
def _key_of(table: sa.Table) -> sa.Column[Any]:
    """The first, and for those who ask by key only, column of the primary key."""
    return next(iter(table.primary_key.columns))


@lru_cache
def _update_of(table: sa.Table) -> sa.Update:
    same = _key_of(table) == sa.bindparam(_KEY), table.c.version == sa.bindparam(_BEFORE)
    return table.update().where(*same)


def insert_for(engine: sa.Engine) -> Any:
    """INSERT of the engine's dialect, which knows ``on_conflict_…``."""
    return sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
