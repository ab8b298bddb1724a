"""Follow-ups for pages and the API: read only, with their orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.follow_ups.follow_up import COUNTED, OPEN, TO_REVIEW, WAITING, FollowUp
from services.routing.follow_ups.store import follow_up_of
from services.routing.order import Order
from services.routing.states import OPEN as OPEN_ORDERS
from services.routing.store import orders_of

_f = models.follow_ups
_o = models.orders
TABS = ("open", "late", "review", "bad", "done")
"""To ask, late, to review, dissatisfied and not put right, answered."""


@dataclass(frozen=True)
class Wanted:
    """What a list is to hold; empty means any."""

    tab: str = ""
    state: str = ""
    department: str = ""
    community: str = ""
    order: str = ""


@dataclass(frozen=True)
class Found:
    """A follow-up and the order it is about."""

    follow_up: FollowUp
    order: Order


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: list[Found]
    page: int
    page_size: int
    total: int


def search(connection: sa.Connection, wanted: Wanted, now: datetime, page: int, size: int) -> Page:
    """The follow-ups wanted: what waits first, what is due first on top."""
    where = _conditions(wanted, now)
    total = connection.execute(sa.select(sa.func.count()).select_from(_f).where(*where))
    query = sa.select(_f).where(*where).order_by(*_order_by(wanted.tab))
    rows = connection.execute(query.limit(size).offset((page - 1) * size)).all()
    found = [follow_up_of(row) for row in rows]
    orders = orders_of(connection, {one.order_number for one in found})
    items = [Found(one, orders[one.order_number]) for one in found]
    return Page(items, page, size, total.scalar_one())


def one(connection: sa.Connection, number: str) -> Found | None:
    """One follow-up with its order, or None."""
    row = connection.execute(sa.select(_f).where(_f.c.number == number)).one_or_none()
    if row is None:
        return None
    found = follow_up_of(row)
    return Found(found, orders_of(connection, {found.order_number})[found.order_number])


def tab_counts(connection: sa.Connection, now: datetime) -> dict[str, int]:
    """How many stand under each tab that asks for something to be done."""
    counts = {
        tab: sa.select(sa.func.count()).select_from(_f).where(_tab(tab, now)).scalar_subquery()
        for tab in TABS
        if tab != "done"
    }
    row = connection.execute(sa.select(*(c.label(name) for name, c in counts.items())))
    return {name: int(n) for name, n in row.mappings().one().items()}


def _tab(tab: str, now: datetime) -> sa.ColumnElement[bool]:
    """What stands under a tab; one may stand under several."""
    conditions: dict[str, sa.ColumnElement[bool]] = {
        "open": _f.c.state == OPEN,
        "late": sa.and_(_f.c.state == OPEN, _f.c.due_by < now),
        "review": _f.c.state.in_(TO_REVIEW),
        "bad": _bad(),
        "done": _f.c.state.in_(COUNTED),
    }
    return conditions[tab]


def _bad() -> sa.ColumnElement[bool]:
    """Dissatisfied, and their orders are at work again."""
    going_on = sa.exists().where(_o.c.number == _f.c.order_number, _o.c.state.in_(OPEN_ORDERS))
    unanswered = sa.and_(_f.c.right_by.is_not(None), _f.c.put_right_at.is_(None))
    return sa.and_(unanswered, _f.c.state.in_(COUNTED), going_on)


def _order_by(tab: str) -> tuple[Any, ...]:
    if tab == "bad":
        return _f.c.right_by, _f.c.number
    if tab == "done":
        return _f.c.settled_on.desc(), _f.c.number
    if tab:
        return _f.c.due_by, _f.c.number
    return sa.case((_f.c.state.in_(WAITING), 0), else_=1), _f.c.due_by, _f.c.number


def _conditions(wanted: Wanted, now: datetime) -> list[sa.ColumnElement[bool]]:
    asked: Mapping[str, tuple[str, sa.Column[Any]]] = {
        "state": (wanted.state, _f.c.state),
        "department": (wanted.department, _f.c.department),
        "community": (wanted.community, _f.c.community_code),
        "order": (wanted.order, _f.c.order_number),
    }
    where = [column == value for value, column in asked.values() if value]
    return [*where, _tab(wanted.tab, now)] if wanted.tab else where
