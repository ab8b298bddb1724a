"""For alembic: columns become sealed ones, with the data that is in them.

The plain text does not stay behind in the database's files either: PostgreSQL writes the table anew
after its rows were sealed, SQLite overwrites what it frees.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from shared.sealing.cipher import seal, unseal
from shared.sealing.keys import DIGEST_BYTES, KeyRing
from shared.sealing.types import keys_of

MOST_AT_ONCE = 500
Values = dict[str, Any]


class CannotSeal(ValueError):
    """A column may not become a sealed one; says why."""


def seal_columns(
    op: Any, table: str, columns: Collection[str], *, blind: Mapping[str, str] | None = None
) -> None:
    """Change text, JSON or binary columns into sealed ones. Their indexes go.

    NULL and ``""`` stay what they are, and so does NOT NULL. Add to the models ``Sealed``,
    ``SealedJSON`` or ``SealedBytes`` with the purpose ``"table.column"``.

    Args:
        op: alembic's.
        table: the table.
        columns: those to seal.
        blind: new column -> the one of ``columns`` whose blind index it becomes, for ``Blind``.
            Create an index on it afterwards where it is searched.

    Raises:
        CannotSeal: a column is not there, part of a key or a constraint, or no text, JSON or bytes.
        NoKeys: there are rows, and the engine has no keys.
    """
    changed, blind = _Table(op, table), dict(blind or {})
    changed.check(columns, blind)
    changed.drop_indexes(columns)
    changed.retype({name: sa.LargeBinary() for name in columns}, blind)
    changed.rewrite(columns, _Sealing(changed, columns, blind))
    changed.forbid_null([name for name, source in blind.items() if not changed.nullable(source)])
    changed.forget_plain(next(iter(columns)))


def unseal_columns(op: Any, table: str, columns: Mapping[str, Any]) -> None:
    """The way back, for ``downgrade``: column -> the type it had. Indexes do not come back.

    Raises:
        NoKeys, UnknownKey, Tampered: a value cannot be opened.
    """
    changed = _Table(op, table)

    def plain(row: Values) -> Values:
        return {
            name: None if row[name] is None else unseal(changed.keys, f"{table}.{name}", row[name])
            for name in columns
        }

    changed.rewrite(columns, plain)
    changed.retype(columns, {})


@dataclass(frozen=True)
class _Sealing:
    """A row as it was -> what it becomes."""

    table: "_Table"
    columns: Collection[str]
    blind: Mapping[str, str]

    def __call__(self, row: Values) -> Values:
        values = {name: self._sealed(name, row[name]) for name in self.columns}
        for name, source in self.blind.items():
            values[name] = self._digest(source, row[source])
        return values

    def _sealed(self, name: str, plain: bytes | None) -> bytes | None:
        document = isinstance(self.table.known[name]["type"], sa.JSON)
        nothing = document and plain == b"null" and self.table.nullable(name)
        if plain is None or nothing:
            return None
        return seal(self.table.keys, f"{self.table.name}.{name}", plain)

    def _digest(self, source: str, plain: bytes | None) -> bytes | None:
        if not plain:
            return plain
        return self.table.keys.first.digest(f"{self.table.name}.{source}", plain.decode())


@dataclass
class _Table:
    """A table that is changed; ``known`` are its columns as they were before."""

    op: Any
    name: str
    known: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.known = {column["name"]: column for column in self.told.get_columns(self.name)}

    @property
    def bind(self) -> sa.Connection:
        bind: sa.Connection = self.op.get_bind()
        return bind

    @property
    def told(self) -> Any:
        """What the database says about its tables now."""
        return sa.inspect(self.bind)

    @property
    def keys(self) -> KeyRing:
        return keys_of(self.bind.dialect)

    @property
    def sqlite(self) -> bool:
        return self.bind.dialect.name == "sqlite"

    def nullable(self, column: str) -> bool:
        return bool(self.known[column]["nullable"])

    def check(self, columns: Collection[str], blind: Mapping[str, str]) -> None:
        keyed = self._keyed()
        for name in columns:
            where = f"{self.name}.{name}"
            if name not in self.known:
                raise CannotSeal(f"{where}: there is no such column")
            if name in keyed:
                raise CannotSeal(f"{where}: is part of a key or a constraint; take it out first")
            if not isinstance(self.known[name]["type"], (sa.String, sa.JSON, sa.LargeBinary)):
                raise CannotSeal(f"{where}: is neither text nor JSON nor bytes")
        for name, source in blind.items():
            if source not in columns:
                raise CannotSeal(f"{self.name}.{name}: {source} is not sealed together with it")

    def drop_indexes(self, columns: Collection[str]) -> None:
        for index in self.told.get_indexes(self.name):
            if set(index["column_names"]) & set(columns):
                self.op.drop_index(index["name"], table_name=self.name)

    def retype(self, types: Mapping[str, Any], blind: Collection[str]) -> None:
        """Bytes instead of text, or the other way; and new columns for indexes, empty as yet."""
        new = [sa.Column(name, sa.LargeBinary(DIGEST_BYTES)) for name in blind]
        if not self.sqlite:
            for name, kind in types.items():
                self.op.alter_column(self.name, name, server_default=None)
                using = _using(name, self.known[name]["type"], kind)
                self.op.alter_column(self.name, name, type_=kind, postgresql_using=using)
            for column in new:
                self.op.add_column(self.name, column)
            return
        self.op.execute("PRAGMA secure_delete = ON")  # what the old table held is overwritten
        with self._anew() as batch:
            for name, kind in types.items():
                before = self.known[name]["type"]
                batch.alter_column(name, existing_type=before, type_=kind, server_default=None)
            for column in new:
                batch.add_column(column)

    def rewrite(self, columns: Collection[str], change: Callable[[Values], Values]) -> None:
        """Give every row what ``change`` makes of its own, in portions by primary key."""
        plain, key = self._as_bytes(columns)
        keys = [plain.c[name] for name in key]
        same = sa.and_(*(column == sa.bindparam(f"key_{column.name}") for column in keys))
        select = sa.select(*keys, *(plain.c[name] for name in columns)).order_by(*keys)
        more = select
        while rows := [dict(row) for row in self.bind.execute(more.limit(MOST_AT_ONCE)).mappings()]:
            changes = [change(row) for row in rows]
            values: Values = {name: sa.bindparam(f"new_{name}") for name in changes[0]}
            parameters = [
                _named("key_", row, key) | _named("new_", new, new)
                for row, new in zip(rows, changes, strict=True)
            ]
            self.bind.execute(plain.update().where(same).values(values), parameters)
            more = select.where(sa.tuple_(*keys) > tuple(rows[-1][name] for name in key))

    def forbid_null(self, names: Collection[str]) -> None:
        if not self.sqlite:
            for name in names:
                self.op.alter_column(self.name, name, nullable=False)
        elif names:
            kind = sa.LargeBinary(DIGEST_BYTES)
            with self._anew() as batch:
                for name in names:
                    batch.alter_column(name, existing_type=kind, nullable=False)

    def forget_plain(self, column: str) -> None:
        """Have PostgreSQL write the table anew, without the rows as they were before."""
        if not self.sqlite:
            again = f"\"{column}\" || ''::bytea"  # an expression: the bare name changes nothing
            kind = sa.LargeBinary()
            self.op.alter_column(self.name, column, type_=kind, postgresql_using=again)

    def _keyed(self) -> set[str]:
        keyed = set(self.told.get_pk_constraint(self.name)["constrained_columns"])
        for unique in self.told.get_unique_constraints(self.name):
            keyed.update(unique["column_names"])
        for foreign in self.told.get_foreign_keys(self.name):
            keyed.update(foreign["constrained_columns"])
        return keyed

    def _as_bytes(self, columns: Collection[str]) -> tuple[sa.TableClause, list[str]]:
        """The table as it is now, the named columns as bytes; and its primary key."""
        key: list[str] = self.told.get_pk_constraint(self.name)["constrained_columns"]
        now = {column["name"]: column["type"] for column in self.told.get_columns(self.name)}
        now |= dict.fromkeys(columns, sa.LargeBinary())
        return sa.table(self.name, *(sa.column(name, kind) for name, kind in now.items())), key

    @contextmanager
    def _anew(self) -> Iterator[Any]:
        """SQLite writes the table anew; its triggers go with the old one and are made again."""
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        triggers = self.bind.exec_driver_sql(query, (self.name,)).scalars().all()
        with self.op.batch_alter_table(self.name, recreate="always") as batch:
            yield batch
        for trigger in triggers:
            self.bind.exec_driver_sql(trigger)


def _using(name: str, before: Any, after: Any) -> str:
    """What PostgreSQL makes of the old values."""
    if not isinstance(after, sa.LargeBinary):
        dialect: Any = postgresql.dialect
        return f"convert_from(\"{name}\", 'UTF8')::{after.compile(dialect=dialect())}"
    if isinstance(before, sa.LargeBinary):
        return f'"{name}"'
    return f"convert_to(\"{name}\"::text, 'UTF8')"


def _named(prefix: str, values: Values, names: Collection[str]) -> Values:
    return {f"{prefix}{name}": values[name] for name in names}
