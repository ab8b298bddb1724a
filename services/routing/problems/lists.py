"""Lists of problems and of what is proposed, for pages and the API: read only."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.order import Order
from services.routing.problems import look_back, problem, store
from services.routing.problems.candidate import PROPOSED, Candidate
from services.routing.problems.problem import Problem
from services.routing.states import OPEN
from services.routing.store import order_of

_of = models.problem_list
_p = _of.problems


@dataclass(frozen=True)
class Wanted:
    """Which problems; an empty state is all that are not closed, an empty department any."""

    state: str = ""
    department: str = ""


def search(
    connection: sa.Connection, wanted: Wanted, page: int, size: int
) -> tuple[list[Problem], int]:
    """Problems, those whose next date is nearest first, and how many there are."""
    conditions = _conditions(wanted)
    total = connection.execute(
        sa.select(sa.func.count()).select_from(_p).where(*conditions)
    ).scalar_one()
    soonest = sa.case(
        (_p.c.next_step_at.is_(None), _p.c.review_at),
        (_p.c.review_at.is_(None), _p.c.next_step_at),
        (_p.c.next_step_at < _p.c.review_at, _p.c.next_step_at),
        else_=_p.c.review_at,
    )
    query = (
        sa.select(_p)
        .where(*conditions)
        .order_by(soonest.is_(None), soonest, _p.c.opened_at, _p.c.number)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [store.problem_of(row) for row in connection.execute(query)], int(total)


def counts(connection: sa.Connection, department: str) -> dict[str, int]:
    """How many problems are in each state, of a department or of all."""
    query = sa.select(_p.c.state, sa.func.count()).group_by(_p.c.state)
    query = query.where(*_conditions(Wanted(department=department), every_state=True))
    found = {state: int(count) for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in problem.STATES}


def one(connection: sa.Connection, number: str) -> Problem | None:
    """One problem, or None."""
    row = connection.execute(sa.select(_p).where(_p.c.number == number)).one_or_none()
    return None if row is None else store.problem_of(row)


def titles(connection: sa.Connection, numbers: list[str]) -> dict[str, str]:
    """What these problems are called."""
    query = sa.select(_p.c.number, _p.c.title).where(_p.c.number.in_(sorted(set(numbers))))
    return {row.number: row.title for row in connection.execute(query)}


def order_titles(connection: sa.Connection, numbers: list[str]) -> dict[str, str]:
    """What these orders are called."""
    table = models.orders
    query = sa.select(table.c.number, table.c.title)
    query = query.where(table.c.number.in_(sorted(set(numbers))))
    return {row.number: row.title for row in connection.execute(query)}


def look_backs_due(connection: sa.Connection, numbers: list[str]) -> dict[str, Any]:
    """Problem -> until when somebody looks back at it."""
    table = _of.look_backs
    query = sa.select(table.c.problem_number, table.c.due_by).where(
        table.c.problem_number.in_(sorted(set(numbers))), table.c.state == look_back.DUE
    )
    return {row.problem_number: row.due_by for row in connection.execute(query)}


def proposed(
    connection: sa.Connection, page: int, size: int
) -> tuple[list[tuple[Candidate, Order]], int]:
    """What is proposed for the list, the longest open order first, and how many.

    Not what ended meanwhile, for which nobody has to answer any more, nor what is on it by now.
    """
    table, orders = _of.candidates, models.orders
    both = table.join(orders, orders.c.number == table.c.order_number)
    listed = sa.exists().where(_of.attached.c.order_number == table.c.order_number)
    mine = sa.and_(table.c.state == PROPOSED, orders.c.state.in_(OPEN), ~listed)
    total = connection.execute(sa.select(sa.func.count()).select_from(both).where(mine))
    query = sa.select(table).select_from(both).where(mine)
    query = query.order_by(table.c.proposed_at, table.c.order_number)
    rows = connection.execute(query.limit(size).offset((page - 1) * size))
    found = [store.candidate_of(row) for row in rows]
    numbers = [one.order_number for one in found]
    known = {
        row.number: order_of(row)
        for row in connection.execute(sa.select(orders).where(orders.c.number.in_(numbers)))
    }
    pairs = [(one, known[one.order_number]) for one in found if one.order_number in known]
    return pairs, int(total.scalar_one())


def _conditions(wanted: Wanted, *, every_state: bool = False) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.state:
        conditions.append(_p.c.state == wanted.state)
    elif not every_state:
        conditions.append(_p.c.state.in_([one for one in problem.STATES if one != problem.CLOSED]))
    if wanted.department:
        table = _of.departments
        mine = sa.select(table.c.problem_number).where(table.c.department == wanted.department)
        conditions.append(_p.c.number.in_(mine))
    return conditions
