"""Pressings and visits to the spot for pages and the API: read only, with their orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.order import Order
from services.routing.states import CANCELLED, OPEN
from services.routing.store import orders_of

_p, _v, _o = models.pressing.pressings, models.pressing.visits, models.orders


@dataclass(frozen=True)
class Wanted:
    """What a list is to hold; empty means any.

    ``open``: a pressing that was not answered while the order is; a call that nobody followed yet,
    answered or not.
    """

    order: str = ""
    department: str = ""
    level: int | None = None
    open: bool | None = None


@dataclass(frozen=True)
class Found:
    """A row and the order it is about."""

    row: Any
    order: Order


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: Sequence[Found]
    total: int


def pressings(connection: sa.Connection, wanted: Wanted, page: int, size: int) -> Page:
    """What was pressed, the newest first."""
    unanswered = sa.and_(_p.c.answered_at.is_(None), _o.c.state.in_(OPEN))
    where = _where(_p, wanted, unanswered)
    if wanted.level is not None:
        where.append(_p.c.level == wanted.level)
    newest_first = (_p.c.at.desc(), _p.c.order_number, _p.c.version.desc())
    return _page(connection, sa.select(_p).where(*where).order_by(*newest_first), page, size)


def visits(connection: sa.Connection, wanted: Wanted, page: int, size: int) -> Page:
    """Where leaders were called, the newest first."""
    waits = sa.and_(_v.c.done_at.is_(None), _o.c.state != CANCELLED)
    where = _where(_v, wanted, waits)
    newest_first = (_v.c.called_at.desc(), _v.c.order_number, _v.c.version.desc())
    return _page(connection, sa.select(_v).where(*where).order_by(*newest_first), page, size)


def _where(
    table: sa.Table, wanted: Wanted, waits: sa.ColumnElement[bool]
) -> list[sa.ColumnElement[bool]]:
    where = [_o.c.number == table.c.order_number]
    if wanted.order:
        where.append(table.c.order_number == wanted.order)
    if wanted.department:
        where.append(_o.c.department == wanted.department)
    if wanted.open is not None:
        where.append(waits if wanted.open else sa.not_(waits))
    return where


def _page(connection: sa.Connection, query: sa.Select[Any], page: int, size: int) -> Page:
    counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    total = connection.execute(counted).scalar_one()
    rows = connection.execute(query.limit(size).offset((page - 1) * size)).all()
    orders = orders_of(connection, {row.order_number for row in rows})
    return Page([Found(row, orders[row.order_number]) for row in rows], total)
