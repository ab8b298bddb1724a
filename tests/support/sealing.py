"""A table as it was before sealing, filled, and the migration that seals it."""

from collections.abc import Callable
from typing import Any, Self

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from shared.migrate import one_transaction
from shared.sealing import Blind, Sealed, SealedBytes, SealedJSON
from shared.sealing.migration import seal_columns, unseal_columns
from tests.support.keys import KEYS

before = sa.MetaData()
_people = sa.Table(
    "people",
    before,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("part", sa.String(10), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False, server_default="nobody"),
    sa.Column("phone", sa.String(30), nullable=False),
    sa.Column("detail", sa.JSON),
    sa.Column("rating", sa.JSON, nullable=False),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("note", sa.Text),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("once", sa.Integer, nullable=False, unique=True),
    sa.Index("people_by_name", "name"),
    sa.Index("people_by_phone", "late", "phone"),
    sa.CheckConstraint("once >= 0", name="once_not_negative"),
)
sa.Index(
    "people_late",
    _people.c.id,
    sqlite_where=_people.c.late,
    postgresql_where=_people.c.late,
)
sa.Table(
    "calls",
    before,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("person", sa.Integer, sa.ForeignKey("people.once"), nullable=False),
)
after = sa.MetaData()
people = sa.Table(
    "people",
    after,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("part", sa.String(10), primary_key=True),
    sa.Column("name", Sealed("people.name"), nullable=False),
    sa.Column("phone", Sealed("people.phone"), nullable=False),
    sa.Column("detail", SealedJSON("people.detail")),
    sa.Column("rating", SealedJSON("people.rating", none_as_null=False), nullable=False),
    sa.Column("raw", SealedBytes("people.raw")),
    sa.Column("note", Sealed("people.note")),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("once", sa.Integer, nullable=False),
    sa.Column("phone_index", Blind("people.phone"), nullable=False),
)
SEALED = ("name", "phone", "detail", "rating", "raw", "note")


def seal_people(op: Any) -> None:
    """Seal what is personal of them."""
    seal_columns(op, "people", SEALED, blind={"phone_index": "phone"})


class People:
    """The table in a database."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        before.create_all(engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()

    def fill(self, count: int) -> list[dict[str, Any]]:
        """That many people, as they were before sealing; a call each."""
        rows = [
            {
                "id": n,
                "part": "ab"[n % 2],
                "name": f"王{n}" if n % 5 else "",
                "phone": f"13800000{n:04}",
                "detail": None if n % 3 == 0 else {"住址": [n, None, "深\\"]},
                "rating": None if n % 2 else {"stars": 5},
                "raw": b"\x00\xff" if n % 4 else None,
                "note": None if n % 7 == 0 else "note",
                "late": n % 2 == 0,
                "once": n,
            }
            for n in range(count)
        ]
        calls = [{"id": n, "person": n} for n in range(count)]
        with self.engine.begin() as connection:
            connection.execute(_people.insert(), rows)
            connection.execute(before.tables["calls"].insert(), calls)
        return rows

    def migrate(self, change: Callable[[Any], None]) -> None:
        """Run a migration as ``shared.migrate`` does."""
        with self.engine.connect() as connection, one_transaction(connection):
            change(Operations(MigrationContext.configure(connection)))
            connection.commit()

    def back(self, op: Any) -> None:
        """What a downgrade does."""
        kinds = {name: _people.c[name].type for name in SEALED}
        unseal_columns(op, "people", kinds)

    def read(self) -> list[dict[str, Any]]:
        """What the models read, the index left out."""
        asked = sa.select(*(c for c in people.c if c.name != "phone_index")).order_by(people.c.id)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(asked).mappings()]

    def plain_rows(self, _rows: object = None) -> list[tuple[Any, ...]]:
        """What the models from before sealing read."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.select(_people).order_by("id"))]

    def found(self, phone: str) -> list[int]:
        """Ids of those with this number."""
        asked = sa.select(people.c.id).where(KEYS.matches(people.c.phone_index, phone))
        with self.engine.connect() as connection:
            return list(connection.execute(asked).scalars())

    def broken_references(self) -> list[Any]:
        """Calls whose person is not there."""
        asked = "SELECT id FROM calls WHERE person NOT IN (SELECT once FROM people)"
        with self.engine.connect() as connection:
            return list(connection.exec_driver_sql(asked))
