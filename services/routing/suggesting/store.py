"""Loading and keeping what was learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.routing.models import learned, orders
from services.routing.suggesting.learned import Learned
from services.routing.suggesting.model import Counts, Table
from shared.db import Transaction
from shared.transaction import Stale


@dataclass(frozen=True)
class Said:
    """A confirmed order's words, and its applicant: only to take them out and tell them apart."""

    text: str
    applicant_name: str
    person: str
    item_code: str | None
    department: str


def note(tx: Transaction, number: str, department: str) -> None:
    """Keep that the order's department is confirmed; a counted one stays as it was counted."""
    insert = tx.insert_statement(learned.orders).values(
        number=number, department=department, at=tx.now
    )
    tx.execute(
        insert.on_conflict_do_update(
            index_elements=["number"],
            set_={"department": department},
            where=learned.orders.c.counted_at.is_(None),
        )
    )


def waiting(tx: Transaction, most: int) -> Sequence[sa.Row[Any]]:
    """Confirmed orders that are not counted yet, the oldest first."""
    table = learned.orders
    wanted = sa.select(table).where(table.c.counted_at.is_(None))
    return tx.execute(wanted.order_by(table.c.at, table.c.number).limit(most)).all()


def mark_counted(tx: Transaction, numbers: Sequence[str]) -> None:
    """From now on they are counted.

    Raises:
        Stale: another replica counts some of them; the command is run again.
    """
    table = learned.orders
    mine = table.c.number.in_(numbers) & table.c.counted_at.is_(None)
    marked = tx.execute(table.update().where(mine).values(counted_at=tx.now))
    if marked.rowcount != len(numbers):
        raise Stale(f"{len(numbers) - marked.rowcount} orders were counted by another")


def said_in(tx: Transaction, noted: Sequence[sa.Row[Any]]) -> list[Said]:
    """What was said in these orders; those of forgotten people are left out."""
    departments = {row.number: row.department for row in noted}
    columns = (
        orders.c.number,
        orders.c.case_number,
        orders.c.title,
        orders.c.description,
        orders.c.applicant_name,
        orders.c.applicant_phone,
        orders.c.item_code,
    )
    wanted = orders.c.number.in_(departments) & orders.c.erased_at.is_(None)
    found = tx.execute(sa.select(*columns).where(wanted).order_by(orders.c.number))
    return [
        Said(
            text=f"{row.title}\n{row.description}",
            applicant_name=row.applicant_name,
            person=row.applicant_phone or row.applicant_name or row.case_number,
            item_code=row.item_code,
            department=departments[row.number],
        )
        for row in found
    ]


def add_said(tx: Transaction, counted: Mapping[tuple[str, str], int]) -> None:
    """Add to how many orders said a piece."""
    _add(tx, learned.said, "piece", counted)


def add_matters(tx: Transaction, counted: Mapping[tuple[str, str], int]) -> None:
    """Add to how many orders were about a matter."""
    _add(tx, learned.matters, "matter", counted)


def load(connection: sa.Connection) -> Learned:
    """Everything that was learned."""
    said, matters = _table(connection, learned.said), _table(connection, learned.matters)
    return Learned(Counts(said), matters)


def _add(
    tx: Transaction, table: sa.Table, key: str, counted: Mapping[tuple[str, str], int]
) -> None:
    if not counted:
        return
    insert = tx.insert_statement(table)
    upsert = insert.on_conflict_do_update(
        index_elements=[key, "department"],
        set_={"orders": table.c.orders + insert.excluded.orders},
    )
    # In one order, so that two replicas never wait for each other's rows.
    rows = [
        {key: what, "department": department, "orders": orders_}
        for (what, department), orders_ in sorted(counted.items())
    ]
    tx.execute(upsert, rows)


def _table(connection: sa.Connection, table: sa.Table) -> Table:
    found: Table = {}
    for what, department, orders_ in connection.execute(sa.select(table)):
        found.setdefault(what, {})[department] = orders_
    return found
