"""Loading and saving follow-ups."""

from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.follow_ups.follow_up import FollowUp
from shared.db import Transaction

_NAMES = tuple(column.name for column in models.follow_ups.columns)
if set(_NAMES) != {one.name for one in fields(FollowUp)}:
    raise TypeError("the table follow_ups and the class FollowUp do not have the same fields")


def follow_up_of(row: Any) -> FollowUp:
    """The follow-up of a row of ``follow_ups``."""
    return FollowUp(**{name: getattr(row, name) for name in _NAMES})


def load(tx: Transaction, number: str) -> FollowUp | None:
    """One follow-up, or None."""
    table = models.follow_ups
    row = tx.execute(sa.select(table).where(table.c.number == number)).one_or_none()
    return None if row is None else follow_up_of(row)


def of_order(tx: Transaction, order_number: str) -> list[FollowUp]:
    """An order's follow-ups, the oldest reply first."""
    return [follow_up_of(row) for row in tx.execute(_of_order(order_number))]


def held_of(connection: sa.Connection, order_number: str) -> list[FollowUp]:
    """The same as ``of_order``, for looking only."""
    return [follow_up_of(row) for row in connection.execute(_of_order(order_number))]


def add(tx: Transaction, follow_up: FollowUp) -> None:
    """Write a new one."""
    tx.insert(models.follow_ups, **asdict(follow_up))


def save(tx: Transaction, follow_up: FollowUp, before: int) -> None:
    """Write a changed one, which was at version ``before`` when it was loaded.

    Raises:
        Stale: (at flush) somebody changed it meanwhile; the command is run again.
    """
    tx.change(models.follow_ups, follow_up.number, before, asdict(follow_up))


def _of_order(order_number: str) -> sa.Select[Any]:
    table = models.follow_ups
    mine = table.c.order_number == order_number
    return sa.select(table).where(mine).order_by(table.c.replied_at, table.c.number)
