"""Loading and saving imports and their rows; lists for pages and the API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.case import Actor
from services.intake.hotline.handlers import ACCEPTED, BAD, KNOWN, WAITING
from services.intake.hotline.order import LONGEST
from services.intake.hotline.placing import place
from services.intake.hotline.sheet import Sheet
from services.intake.models import cases, hotline
from services.intake.reason import Reason, Unknown, msgid
from shared.db import Transaction
from shared.district import District

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Import:
    """A spreadsheet and how far it is; counts are of rows."""

    id: str
    state: str
    file_name: str
    by_name: str
    at: datetime
    finished_at: datetime | None
    total: int
    accepted: int
    known: int
    bad: int

    @property
    def done(self) -> int:
        """Rows that were looked at."""
        return self.accepted + self.known + self.bad


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken, or has to be looked at: where it stands in the file, and why."""

    row: int
    number: str
    reasons: tuple[Reason, ...]
    case_number: str = ""


def add_import(tx: Transaction, import_id: str, sheet: Sheet, actor: Actor, state: str) -> None:
    """A spreadsheet, with none of its rows yet."""
    tx.about(import_id)
    tx.insert(
        hotline.imports,
        id=import_id,
        version=1,
        state=state,
        file_name=sheet.file_name,
        by_username=actor.username,
        by_name=actor.name,
        at=tx.now,
        total=len(sheet.rows),
        lease_by="",
        lease_until=None,
        finished_at=None,
    )


def add_rows(
    tx: Transaction, import_id: str, rows: Sequence[tuple[int, Mapping[str, Any]]]
) -> None:
    """Some of its rows."""
    tx.about(import_id)
    for number, given in rows:
        tx.insert(
            hotline.rows,
            id=f"{import_id}-{number}",
            version=1,
            import_id=import_id,
            row=number,
            state=WAITING,
            order_number="",
            case_number="",
            given=dict(given),
            reasons=None,
        )


def waiting(connection: sa.Connection, import_id: str, most: int) -> Sequence[Row]:
    """The next rows to work off: id and what they say."""
    rows = hotline.rows
    query = (
        sa.select(rows.c.id, rows.c.given)
        .where(rows.c.import_id == import_id, rows.c.state == WAITING)
        .order_by(rows.c.row)
        .limit(most)
    )
    return connection.execute(query).mappings().all()


def places(portion: Sequence[Row], district: District) -> set[str]:
    """The communities these rows belong to, as far as they can be told."""
    found = (_place(row["given"], district) for row in portion)
    return {code for code in found if code}


def _place(given: Mapping[str, Any], district: District) -> str:
    names = ("community", "street", "address")
    community, street, address = (
        str(given.get(name) or "").strip()[: LONGEST[name]] for name in names
    )
    code = place(community, street, address, district)
    return "" if isinstance(code, Reason) else code


def get_import(connection: sa.Connection, import_id: str) -> Import:
    """One import with its counts.

    Raises:
        Unknown: there is none.

    """
    query = sa.select(hotline.imports).where(hotline.imports.c.id == import_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        text, remedy = msgid("没有这次导入"), msgid("请从 12345 页面的导入记录里选")
        raise Unknown(Reason("id", text, remedy))
    return next(_with_counts(connection, [row]))


def list_imports(connection: sa.Connection, most: int) -> list[Import]:
    """The latest imports, newest first."""
    table = hotline.imports
    query = sa.select(table).order_by(table.c.at.desc(), table.c.id).limit(most)
    return list(_with_counts(connection, connection.execute(query).mappings().all()))


def bad_rows(connection: sa.Connection, import_id: str, start: int, most: int) -> list[BadRow]:
    """The rows that were not taken, as they stand in the file."""
    return _rows_of(connection, import_id, BAD, start, most)


def remarked_rows(connection: sa.Connection, import_id: str) -> list[BadRow]:
    """The rows of known orders that somebody has to look at, all of them: no other import says so.

    The same file brought again finds nothing new.
    """
    return _rows_of(connection, import_id, KNOWN, 0, None)


def _rows_of(
    connection: sa.Connection, import_id: str, state: str, start: int, most: int | None
) -> list[BadRow]:
    rows = hotline.rows
    query = (
        sa.select(rows.c.row, rows.c.order_number, rows.c.reasons, rows.c.case_number)
        .where(rows.c.import_id == import_id, rows.c.state == state, rows.c.reasons.is_not(None))
        .order_by(rows.c.row)
        .offset(start)
        .limit(most)
    )
    return [
        BadRow(
            row.row, row.order_number, tuple(Reason(*one) for one in row.reasons), row.case_number
        )
        for row in connection.execute(query)
    ]


@dataclass(frozen=True)
class Wanted:
    """Which orders: of a community, or with this number; what is empty does not narrow."""

    community: str | None = None
    q: str = ""


def list_orders(
    connection: sa.Connection, wanted: Wanted, page: int, size: int
) -> tuple[list[Row], int]:
    """Orders with the state of their cases, newest first, and how many there are."""
    orders = hotline.orders
    narrowed = list(_narrowed(wanted))
    query = (
        sa.select(
            orders,
            cases.c.title,
            cases.c.state,
            cases.c.community_name,
            cases.c.version.label("case_version"),
        )
        .join(cases, cases.c.number == orders.c.case_number)
        .where(*narrowed)
        .order_by(orders.c.taken_at.desc(), orders.c.number)
        .offset((page - 1) * size)
        .limit(size)
    )
    total = connection.execute(sa.select(sa.func.count()).select_from(orders).where(*narrowed))
    return list(connection.execute(query).mappings()), total.scalar_one()


def _narrowed(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.community is not None:
        yield hotline.orders.c.community == wanted.community
    if wanted.q:
        orders = hotline.orders
        yield sa.or_(orders.c.number == wanted.q, orders.c.case_number == wanted.q)


def _with_counts(connection: sa.Connection, found: Sequence[Row]) -> Iterator[Import]:
    rows = hotline.rows
    query = (
        sa.select(rows.c.import_id, rows.c.state, sa.func.count())
        .where(rows.c.import_id.in_([row["id"] for row in found]))
        .group_by(rows.c.import_id, rows.c.state)
    )
    counts = {(one, state): count for one, state, count in connection.execute(query)}
    for row in found:
        yield Import(
            **{name: row[name] for name in ("id", "state", "file_name", "by_name", "at")},
            finished_at=row["finished_at"],
            total=row["total"],
            accepted=counts.get((row["id"], ACCEPTED), 0),
            known=counts.get((row["id"], KNOWN), 0),
            bad=counts.get((row["id"], BAD), 0),
        )
