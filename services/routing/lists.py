"""Lists and numbers for pages and the API: read only, the lamp worked out by the database."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.order import Order
from services.routing.states import CLOSED, COMPLETED, DISPATCHED, HELD, PROPOSED, SIGNED
from services.routing.states import RETURN_REQUESTED as RETURNED
from services.routing.store import order_of
from shared.mask import mask_text

_t = models.orders
TABS = ("unsigned", "working", "soon", "late", "returns", "done")
"""The tabs of ``/orders``, in their order."""


@dataclass(frozen=True)
class Wanted:
    """What a list is to hold; empty means any. ``q``: in numbers, titles and communities."""

    department: str = ""
    state: str = ""
    lamp: str = ""
    q: str = ""
    case: str = ""
    tab: str = ""
    community: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: list[Order]
    page: int
    page_size: int
    total: int


def search(connection: sa.Connection, wanted: Wanted, now: datetime, page: int, size: int) -> Page:
    """The orders wanted, the most urgent first."""
    conditions = _conditions(wanted, now)
    total = connection.execute(
        sa.select(sa.func.count()).select_from(_t).where(*conditions)
    ).scalar_one()
    query = (
        sa.select(_t)
        .where(*conditions)
        .order_by(_rank(now), _t.c.due_by.is_(None), _t.c.due_by, _t.c.number)
        .limit(size)
        .offset((page - 1) * size)
    )
    orders = [order_of(row) for row in connection.execute(query)]
    return Page(orders, page, size, total)


def one(connection: sa.Connection, number: str) -> Order | None:
    """One order, or None."""
    row = connection.execute(sa.select(_t).where(_t.c.number == number)).one_or_none()
    return None if row is None else order_of(row)


def tab_counts(connection: sa.Connection, wanted: Wanted, now: datetime) -> dict[str, int]:
    """How many orders each tab holds, whatever tab is open."""
    base = _conditions(replace(wanted, tab=""), now)
    counts = [_count(tab_condition(tab, now)).label(tab) for tab in TABS]
    row = connection.execute(sa.select(*counts).where(*base)).mappings().one()
    return {tab: int(row[tab] or 0) for tab in TABS}


def tab_condition(tab: str, now: datetime) -> sa.ColumnElement[bool]:
    """What stands under a tab; an order may stand under several."""
    conditions: dict[str, sa.ColumnElement[bool]] = {
        "unsigned": _t.c.state == DISPATCHED,
        "working": _t.c.state == SIGNED,
        "soon": lamp_condition("yellow", now),
        "late": lamp_condition("red", now),
        "returns": _t.c.state == RETURNED,
        "done": _t.c.state.in_((COMPLETED, CLOSED)),
    }
    return conditions[tab]


def lamp_condition(level: str, now: datetime) -> sa.ColumnElement[bool]:
    """The orders whose worse clock shows this lamp (``clocks.Lamps.overall``)."""
    held, waiting = _t.c.state.in_(HELD), _t.c.contacted_at.is_(None)
    late = sa.and_(held, sa.or_(_t.c.due_by < now, sa.and_(waiting, _t.c.contact_by < now)))
    near_contact = sa.and_(waiting, _t.c.contact_yellow_at <= now)
    near = sa.and_(held, sa.not_(late), sa.or_(_t.c.due_yellow_at <= now, near_contact))
    answered = sa.and_(_t.c.state.in_((COMPLETED, CLOSED)), _t.c.due_by.is_not(None))
    calm = sa.or_(answered, sa.and_(held, sa.not_(late), sa.not_(near)))
    levels = {"red": late, "yellow": near, "green": calm, "none": sa.not_(sa.or_(held, answered))}
    return levels[level]


@dataclass(frozen=True)
class Load:
    """What one department has on its hands."""

    department: str
    held: int
    late: int
    soon: int
    done: int
    hops: int


def loads(connection: sa.Connection, now: datetime) -> list[Load]:
    """Every department with orders, the most late first."""
    query = (
        sa.select(
            _t.c.department,
            _count(_t.c.state.in_(HELD)).label("held"),
            _count(lamp_condition("red", now)).label("late"),
            _count(lamp_condition("yellow", now)).label("soon"),
            _count(_t.c.state.in_((COMPLETED, CLOSED))).label("done"),
            sa.func.coalesce(sa.func.sum(_t.c.hops), 0).label("hops"),
        )
        .where(_t.c.department.is_not(None))
        .group_by(_t.c.department)
    )
    rows = [Load(**row) for row in connection.execute(query).mappings()]
    return sorted(rows, key=lambda load: (-load.late, -load.held, load.department))


def late_now(connection: sa.Connection, now: datetime, limit: int) -> list[Order]:
    """Who holds what is late, the longest first."""
    return _some(connection, lamp_condition("red", now), _t.c.due_by, limit)


def to_dispatch(connection: sa.Connection, limit: int) -> list[Order]:
    """What waits for a person to confirm its department, the oldest first."""
    return _some(connection, _t.c.state == PROPOSED, _t.c.opened_at, limit)


def to_decide(connection: sa.Connection, limit: int) -> list[Order]:
    """Returns and extensions that wait for a decision, the oldest dispatch first."""
    asked = sa.or_(
        _t.c.state == RETURNED, sa.and_(_t.c.extension.is_not(None), _t.c.state.in_(HELD))
    )
    return _some(connection, asked, _t.c.dispatched_at, limit)


def to_review(connection: sa.Connection, limit: int) -> list[Order]:
    """Answers nobody has reviewed yet, the oldest first."""
    unread = sa.and_(_t.c.state == COMPLETED, _t.c.reviewed_at.is_(None))
    return _some(connection, unread, _t.c.completed_at, limit)


def most_bounced(connection: sa.Connection, limit: int) -> list[Order]:
    """Open orders that moved from department to department, the most often first."""
    moved = sa.and_(_t.c.hops > 0, _t.c.state.in_((PROPOSED, *HELD)))
    return _some(connection, moved, _t.c.hops.desc(), limit)


def totals(connection: sa.Connection, now: datetime) -> dict[str, int]:
    """The numbers on top of ``/supervise``."""
    asked = sa.or_(
        _t.c.state == RETURNED, sa.and_(_t.c.extension.is_not(None), _t.c.state.in_(HELD))
    )
    counts = {
        "late": lamp_condition("red", now),
        "soon": lamp_condition("yellow", now),
        "to_dispatch": _t.c.state == PROPOSED,
        "to_decide": asked,
        "to_review": sa.and_(_t.c.state == COMPLETED, _t.c.reviewed_at.is_(None)),
        "held": _t.c.state.in_(HELD),
    }
    query = sa.select(*(_count(condition).label(name) for name, condition in counts.items()))
    return {name: int(n or 0) for name, n in connection.execute(query).mappings().one().items()}


def replies(connection: sa.Connection, department: str, page: int, size: int) -> dict[str, Any]:
    """The delivery log, the newest first; of one department, or of all. Nobody is named in it."""
    table = models.replies
    mine = [table.c.department == department] if department else []
    total = connection.execute(sa.select(sa.func.count()).select_from(table).where(*mine))
    query = (
        sa.select(table)
        .where(*mine)
        .order_by(table.c.at.desc(), table.c.reply_id)
        .limit(size)
        .offset((page - 1) * size)
    )
    found = [dict(row) for row in connection.execute(query).mappings()]
    names = _applicants(connection, {row["order_number"] for row in found})
    items = [_masked_reply(row, names.get(row["order_number"], "")) for row in found]
    return {"items": items, "page": page, "page_size": size, "total": total.scalar_one()}


def _applicants(connection: sa.Connection, numbers: Collection[str]) -> dict[str, str]:
    query = sa.select(_t.c.number, _t.c.applicant_name).where(_t.c.number.in_(sorted(numbers)))
    return {row.number: row.applicant_name for row in connection.execute(query)}


def _masked_reply(row: Mapping[str, Any], applicant: str) -> dict[str, Any]:
    original = mask_text(_in_characters(row["original"]), applicant)
    return {**row, "original": original, "reason": mask_text(row["reason"], applicant)}


def _in_characters(original: str) -> str:
    r"""JSON with its characters as such: a name written \u738b… would not be found."""
    try:
        return json.dumps(json.loads(original), ensure_ascii=False)
    except (ValueError, RecursionError):
        return original


def _some(
    connection: sa.Connection, condition: sa.ColumnElement[bool], order_by: Any, limit: int
) -> list[Order]:
    query = sa.select(_t).where(condition).order_by(order_by, _t.c.number).limit(limit)
    return [order_of(row) for row in connection.execute(query)]


def _count(condition: sa.ColumnElement[bool]) -> Any:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _rank(now: datetime) -> Any:
    """Late first, then what is due soon, then what waits, then the rest at work, then the done."""
    return sa.case(
        (lamp_condition("red", now), 0),
        (lamp_condition("yellow", now), 1),
        (_t.c.state == PROPOSED, 2),
        (_t.c.state.in_(HELD), 3),
        (_t.c.state == COMPLETED, 4),
        else_=5,
    )


def _conditions(wanted: Wanted, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for value, column in (
        (wanted.department, _t.c.department),
        (wanted.state, _t.c.state),
        (wanted.case, _t.c.case_number),
        (wanted.community, _t.c.community_code),
    ):
        if value:
            conditions.append(column == value)
    if wanted.lamp:
        conditions.append(lamp_condition(wanted.lamp, now))
    if wanted.tab:
        conditions.append(tab_condition(wanted.tab, now))
    if wanted.q:
        columns = (_t.c.number, _t.c.title, _t.c.community_name)
        conditions.append(sa.or_(*(c.icontains(wanted.q, autoescape=True) for c in columns)))
    return conditions
