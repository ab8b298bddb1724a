"""What ``/supervise`` shows: a few of each kind, and numbers that stop at ``lists.MOST``."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from services.routing import listing, models
from services.routing.entry import Entry
from services.routing.listing import DONE, PROPOSED, RETURNS, WORKING
from services.routing.lists import MOST, count, lamp_condition
from services.routing.order import Order
from services.routing.states import ARBITRATION, JOINT, OPEN, RETURN_REQUESTED
from services.routing.store import order_of
from shared.clock import LOCAL_ZONE

_t, _h = models.orders, models.history
_p, _r, _v = models.pressing.pressings, models.pressing.returns, models.pressing.visits
TREND_DAYS = 30


@dataclass(frozen=True)
class Kind:
    """A kind of orders a supervisor looks at, and what they are ordered by."""

    where: Sequence[sa.ColumnElement[bool]]
    order_by: Sequence[Any]


def kinds(now: datetime) -> dict[str, Kind]:
    """Every section of the page that lists orders."""
    by_deadline = (listing.at, _t.c.number)
    extension = (listing.asked, _t.c.extension.is_not(None))
    return {
        "late": Kind([lamp_condition("red", now)], by_deadline),
        "soon": Kind([lamp_condition("yellow", now)], by_deadline),
        "to_dispatch": Kind([listing.stage == PROPOSED], by_deadline),
        "returns": Kind([listing.stage == RETURNS, _t.c.state == RETURN_REQUESTED], by_deadline),
        "to_arbitrate": Kind([listing.stage == RETURNS, _t.c.state == ARBITRATION], by_deadline),
        "joint": Kind(
            [listing.stage == WORKING, _t.c.state == JOINT], (_t.c.completed_at, _t.c.number)
        ),
        "extensions": Kind(extension, by_deadline),
        "to_review": Kind([listing.unread], (_t.c.completed_at, _t.c.number)),
        "bounced": Kind([listing.bounced], (_t.c.hops.desc(), _t.c.number.desc())),
        "pressed": Kind([listing.raised], (_t.c.level.desc(), listing.at.desc(), _t.c.number)),
        "repeated": Kind([listing.repeated], (_t.c.repeats.desc(), _t.c.number.desc())),
        "held": Kind([listing.held], by_deadline),
    }


def some(connection: sa.Connection, kind: Kind, limit: int) -> list[Order]:
    """The first of a kind."""
    query = sa.select(_t).where(*kind.where).order_by(*kind.order_by).limit(limit)
    return [order_of(row) for row in connection.execute(query)]


def totals(connection: sa.Connection, now: datetime) -> dict[str, int]:
    """How many there are of every kind; at most one more than MOST."""
    return {name: count(connection, *kind.where) for name, kind in kinds(now).items()}


def levels(connection: sa.Connection, known: Collection[int]) -> dict[int, int]:
    """Level of pressing -> how many open orders are at it."""
    return {level: count(connection, listing.raised, _t.c.level == level) for level in known}


# -- departments -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """What one department has on its hands; at most one more than MOST of each."""

    department: str
    held: int
    late: int
    soon: int
    asked: int
    bounced: int


def loads(connection: sa.Connection, now: datetime, departments: Collection[str]) -> list[Load]:
    """Every department that has an order, the most late first."""
    kinds_of = {
        "held": listing.held,
        "late": lamp_condition("red", now),
        "soon": lamp_condition("yellow", now),
        "asked": listing.asked,
    }
    bounced = _bounced_by_department(connection)
    found = []
    for code in departments:
        numbers = {
            name: count(connection, _t.c.department == code, one) for name, one in kinds_of.items()
        }
        if any(numbers.values()):
            found.append(Load(code, bounced=bounced.get(code, 0), **numbers))
    return sorted(found, key=lambda load: (-load.late, -load.held, load.department))


def _bounced_by_department(connection: sa.Connection) -> dict[str, int]:
    query = sa.select(_t.c.department, sa.func.count()).where(listing.bounced)
    return {code: int(n) for code, n in connection.execute(query.group_by(_t.c.department))}


# -- what was pressed, who refused ---------------------------------------------------------------


def pressings_of(connection: sa.Connection, numbers: Collection[str]) -> list[Any]:
    """What was pressed of these orders, the newest first."""
    query = sa.select(_p).where(_p.c.order_number.in_(sorted(numbers)))
    return list(connection.execute(query.order_by(_p.c.order_number, _p.c.version.desc())))


def returns_of(connection: sa.Connection, numbers: Collection[str]) -> list[Any]:
    """Who refused these orders, the oldest first."""
    query = sa.select(_r).where(_r.c.order_number.in_(sorted(numbers)))
    return list(connection.execute(query.order_by(_r.c.order_number, _r.c.version)))


def visits_of(connection: sa.Connection, numbers: Collection[str]) -> list[Any]:
    """Who was called to the spot, the newest first."""
    query = sa.select(_v).where(_v.c.order_number.in_(sorted(numbers)))
    return list(connection.execute(query.order_by(_v.c.order_number, _v.c.version.desc())))


def assists_of(connection: sa.Connection, leads: Collection[str]) -> list[Order]:
    """Who still assists these orders."""
    query = sa.select(_t).where(_t.c.lead.in_(sorted(leads)), _t.c.state.in_(OPEN))
    return [order_of(row) for row in connection.execute(query.order_by(_t.c.number))]


def dispatches_of(connection: sa.Connection, numbers: Collection[str]) -> dict[str, list[Entry]]:
    """Order -> its ways to departments, the oldest first: the chain it went."""
    ways = ("dispatch", "open_arbitration")
    query = sa.select(_h).where(_h.c.number.in_(sorted(numbers)), _h.c.what.in_(ways))
    found: dict[str, list[Entry]] = {}
    for row in connection.execute(query.order_by(_h.c.number, _h.c.version)):
        entry = Entry(row.version, row.at, row.what, row.by, row.department, row.state, row.note)
        found.setdefault(row.number, []).append(entry)
    return found


# -- over time -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trend:
    """Per local day, the oldest first: how many were dispatched, answered and became late."""

    days: tuple[date, ...]
    dispatched: tuple[int, ...]
    completed: tuple[int, ...]
    late: tuple[int, ...]

    @property
    def most(self) -> int:
        """The highest of all."""
        return max((*self.dispatched, *self.completed, *self.late))


def trend(connection: sa.Connection, now: datetime, department: str = "") -> Trend:
    """The last thirty days, of one department or of all."""
    today = now.astimezone(LOCAL_ZONE).date()
    days = tuple(today - timedelta(days=back) for back in reversed(range(TREND_DAYS)))
    starts = [datetime.combine(day, time(), LOCAL_ZONE) for day in days]
    said = [_h.c.department == department] if department else []
    heard = (
        sa.select(_h.c.what, _day(_h.c.at, starts), sa.func.count())
        .where(listing.counted, _h.c.at >= starts[0], _h.c.at <= now, *said)
        .group_by(sa.text("1"), sa.text("2"))
    )
    numbers = {(what, int(day)): int(n) for what, day, n in connection.execute(heard)}
    mine = [_t.c.department == department] if department else []
    done = (
        sa.select(_day(listing.at, starts), sa.func.count())
        .where(listing.stage == DONE, listing.at >= starts[0], listing.at <= now, *mine)
        .where(_t.c.completed_at.is_not(None))
        .group_by(sa.text("1"))
    )
    numbers |= {("done", int(day)): int(n) for day, n in connection.execute(done)}

    def line(what: str) -> tuple[int, ...]:
        return tuple(numbers.get((what, place), 0) for place in range(TREND_DAYS))

    return Trend(days, line("dispatch"), line("done"), line("late"))


def _day(moment: Any, starts: Sequence[datetime]) -> Any:
    """Which of the days a moment lies in, from 0."""
    whens = [(moment < start, place) for place, start in enumerate(starts[1:])]
    return sa.case(*whens, else_=len(starts) - 1)


__all__ = ["MOST", "Kind", "Load", "Trend", "kinds", "levels", "loads", "some", "totals", "trend"]
