"""What rates are worked out of, counted by the database over an index."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.follow_ups.follow_up import COUNTED, EXCLUDED, LAPSED, WAITING
from services.routing.follow_ups.rates import Counts

_f = models.follow_ups
MOST_GROUPS = 300
"""More than a district has departments and communities; of matters the most frequent."""
_GROUPS: Mapping[str, sa.Column[Any]] = {
    "department": _f.c.department,
    "community": _f.c.community_code,
    "matter": _f.c.matter,
}


@dataclass(frozen=True)
class Wanted:
    """Of which follow-ups: settled from one local day to another, both included; "" means any."""

    first: date
    last: date
    department: str = ""
    community: str = ""
    matter: str = ""


def total(connection: sa.Connection, wanted: Wanted) -> Counts:
    """All of them."""
    row = connection.execute(sa.select(*_sums()).where(*_where(wanted))).mappings().one()
    return _counts(row)


def by_group(connection: sa.Connection, wanted: Wanted, by: str) -> list[tuple[str, Counts]]:
    """For every department, community or matter, the most follow-ups first."""
    column = _GROUPS[by]
    sums = _sums()
    query = (
        sa.select(column.label("code"), *sums)
        .where(*_where(wanted))
        .group_by(column)
        .order_by(sums[0].desc(), column)
        .limit(MOST_GROUPS)
    )
    return [(row["code"], _counts(row)) for row in connection.execute(query).mappings()]


def by_day(connection: sa.Connection, wanted: Wanted) -> dict[date, Counts]:
    """For every local day on which one was settled."""
    query = sa.select(_f.c.settled_on, *_sums()).where(*_where(wanted)).group_by(_f.c.settled_on)
    return {row["settled_on"]: _counts(row) for row in connection.execute(query).mappings()}


def excluded(connection: sa.Connection, wanted: Wanted) -> dict[str, int]:
    """How many were excluded for each reason."""
    query = (
        sa.select(_f.c.exclusion, sa.func.count())
        .where(*_where(wanted), _f.c.state == EXCLUDED)
        .group_by(_f.c.exclusion)
    )
    return {reason: int(n) for reason, n in connection.execute(query)}


def waiting(connection: sa.Connection, wanted: Wanted, now: datetime) -> tuple[int, int]:
    """How many nobody has asked yet, and how many of them are late; whenever the reply went out."""
    late = sa.func.sum(sa.case((_f.c.due_by < now, 1), else_=0))
    query = sa.select(sa.func.count(), late).where(_f.c.state.in_(WAITING), *_what(wanted))
    every, overdue = connection.execute(query).one()
    return int(every), int(overdue or 0)


def _sums() -> list[sa.Label[Any]]:
    counted = _f.c.state.in_(COUNTED)

    def number(name: str, *conditions: sa.ColumnElement[bool]) -> sa.Label[Any]:
        return sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)).label(name)

    return [
        number("valid", counted),
        number("contact_asked", counted, _f.c.contacted.is_not(None)),
        number("contacted", counted, _f.c.contacted.is_(sa.true())),
        number("solved_asked", counted, _f.c.solved.is_not(None)),
        number("solved", counted, _f.c.solved.is_(sa.true())),
        number("graded", counted, _f.c.satisfied.is_not(None)),
        number("satisfied", counted, _f.c.satisfied.is_(sa.true())),
        number("excluded", _f.c.state == EXCLUDED),
        number("lapsed", _f.c.state == LAPSED),
    ]


def _counts(row: Any) -> Counts:
    return Counts(**{one.name: int(row[one.name] or 0) for one in fields(Counts)})


def _where(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    return [_f.c.settled_on.between(wanted.first, wanted.last), *_what(wanted)]


def _what(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    asked = (
        (wanted.department, _f.c.department),
        (wanted.community, _f.c.community_code),
        (wanted.matter, _f.c.matter),
    )
    return [column == value for value, column in asked if value]
