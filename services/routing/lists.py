"""Lists of orders and their numbers for pages and the API: read only, most urgent first.

What they are ordered and filtered by is in an index (``listing``), and a count stops where nobody
would read on, so that a million open orders are never read for a page of thirty.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.routing import listing, models
from services.routing.listing import DONE, RETURNS, UNSIGNED, WORKING
from services.routing.order import Order
from services.routing.states import CLOSED, COMPLETED, HELD, IN_REVIEW, JOINT
from services.routing.store import order_of
from shared.mask import mask_text

_t = models.orders
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
TABS = ("unsigned", "working", "soon", "late", "review", "returns", "done")
"""The tabs of ``/orders``, in their order."""
MOST = 1000
"""As far as the pages count: beyond, it is "1000+"."""


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
    urgency: str = ""
    matter: str = ""
    role: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: list[Order]
    page: int
    page_size: int
    total: int


def search(
    connection: sa.Connection, wanted: Wanted, now: datetime, page: int, size: int, *, most: int = 0
) -> Page:
    """The orders wanted, the most urgent first; what is done, the newest first.

    Args:
        connection: to read from.
        wanted: which.
        now: the moment of the lamps.
        page: from 1.
        size: orders on a page.
        most: count no further than one more than this; 0 counts all.
    """
    conditions = _conditions(wanted, now)
    total = connection.execute(sa.select(_number_of(conditions, most))).scalar_one()
    query = sa.select(_t).where(*conditions).order_by(*_ranked(wanted))
    rows = connection.execute(query.limit(size).offset((page - 1) * size))
    return Page([order_of(row) for row in rows], page, size, int(total))


def one(connection: sa.Connection, number: str) -> Order | None:
    """One order, or None."""
    row = connection.execute(sa.select(_t).where(_t.c.number == number)).one_or_none()
    return None if row is None else order_of(row)


def tab_counts(connection: sa.Connection, wanted: Wanted, now: datetime) -> dict[str, int]:
    """How many orders each tab holds, whatever tab is open; at most one more than MOST."""
    base = replace(wanted, tab="")
    counts = {
        tab: _number_of(_conditions(replace(base, tab=tab), now), MOST).label(tab) for tab in TABS
    }
    row = connection.execute(sa.select(*counts.values())).mappings().one()
    return {tab: int(row[tab]) for tab in TABS}


def count(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    """How many orders there are of a kind; at most one more than MOST."""
    return int(connection.execute(sa.select(_number_of(conditions, MOST))).scalar_one())


def tab_condition(tab: str, now: datetime) -> sa.ColumnElement[bool]:
    """What stands under a tab; an order may stand under several."""
    conditions: dict[str, sa.ColumnElement[bool]] = {
        "unsigned": listing.stage == UNSIGNED,
        "working": listing.stage == WORKING,
        "soon": lamp_condition("yellow", now),
        "late": lamp_condition("red", now),
        "review": listing.asked,
        "returns": listing.stage == RETURNS,
        "done": listing.stage == DONE,
    }
    return conditions[tab]


def lamp_condition(level: str, now: datetime) -> sa.ColumnElement[bool]:
    """The orders whose worse clock shows this lamp (``clocks.Lamps.overall``)."""
    at, warn = listing.at, listing.warn
    held = sa.and_(listing.held, _t.c.state != IN_REVIEW)  # as the index has it, and its clocks run
    stopped = (IN_REVIEW, JOINT, COMPLETED, CLOSED)
    answered = sa.and_(_t.c.state.in_(stopped), _t.c.due_by.is_not(None))
    if level == "red":
        return sa.and_(held, at < now)
    if level == "yellow":
        return sa.and_(held, at >= now, warn <= now)
    if level == "green":
        calm = sa.and_(at >= now, sa.or_(warn.is_(None), warn > now))
        return sa.or_(answered, sa.and_(held, sa.or_(at.is_(None), calm)))
    return sa.not_(sa.or_(_t.c.state.in_(HELD), answered))


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
    items = [_masked_reply(row, names.get(row["order_number"])) for row in found]
    return {"items": items, "page": page, "page_size": size, "total": total.scalar_one()}


def _applicants(connection: sa.Connection, numbers: Collection[str]) -> dict[str, str]:
    query = sa.select(_t.c.number, _t.c.applicant_name).where(_t.c.number.in_(sorted(numbers)))
    return {row.number: row.applicant_name for row in connection.execute(query)}


def _masked_reply(row: Mapping[str, Any], applicant: str | None) -> dict[str, Any]:
    """Without an order nobody knows whom its words name, so they are not shown."""
    known = applicant is not None
    original = mask_text(_in_characters(row["original"]), applicant or "") if known else ""
    return {**row, "original": original, "reason": mask_text(row["reason"], applicant or "")}


def _in_characters(original: str) -> str:
    r"""JSON with its characters as such: a name written \u738b… would not be found.

    What is no JSON may hold such names all the same.
    """
    try:
        return json.dumps(json.loads(original), ensure_ascii=False)
    except (ValueError, RecursionError):
        said = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), original)
        return said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number_of(conditions: Collection[sa.ColumnElement[bool]], most: int) -> Any:
    if not most:
        return sa.select(sa.func.count()).select_from(_t).where(*conditions).scalar_subquery()
    some = sa.select(sa.literal(1)).select_from(_t).where(*conditions).limit(most + 1).subquery()
    return sa.select(sa.func.count()).select_from(some).scalar_subquery()


def _ranked(wanted: Wanted) -> tuple[Any, ...]:
    """The order of a list: such as its index has it."""
    if wanted.tab == "done":
        return listing.at.desc(), _t.c.number.desc()
    if wanted.tab or wanted.lamp in ("red", "yellow"):
        return listing.at, _t.c.number
    return listing.stage, listing.at, _t.c.number


def _conditions(wanted: Wanted, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for value, column in (
        (wanted.department, _t.c.department),
        (wanted.state, _t.c.state),
        (wanted.case, _t.c.case_number),
        (wanted.community, _t.c.community_code),
        (wanted.urgency, _t.c.urgency),
        (wanted.matter, _t.c.matter),
        (wanted.role, _t.c.role),
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
