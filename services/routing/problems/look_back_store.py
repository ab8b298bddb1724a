"""Loading and saving look-backs."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.problems.look_back import DUE, LookBack
from services.routing.problems.problem import SOLVED
from shared.db import Transaction

_t = models.problem_list.look_backs
_NAMES = tuple(column.name for column in _t.columns)
if set(_NAMES) != {one.name for one in fields(LookBack)}:
    raise TypeError("the table look_backs and the class LookBack do not have the same fields")


def look_back_of(row: Any) -> LookBack:
    """The look-back of a row."""
    return LookBack(**{name: getattr(row, name) for name in _NAMES})


def load(connection: Any, number: str) -> LookBack | None:
    """One look-back, or None; of a transaction or a connection."""
    row = connection.execute(sa.select(_t).where(_t.c.number == number)).one_or_none()
    return None if row is None else look_back_of(row)


def of_problem(connection: Any, number: str) -> list[LookBack]:
    """The look-backs of a problem, the oldest first."""
    query = sa.select(_t).where(_t.c.problem_number == number)
    return [look_back_of(row) for row in connection.execute(query.order_by(_t.c.created_at))]


def of_order(connection: Any, number: str) -> list[LookBack]:
    """The look-backs of an order, the oldest first."""
    query = sa.select(_t).where(_t.c.order_number == number)
    return [look_back_of(row) for row in connection.execute(query.order_by(_t.c.created_at))]


def add(tx: Transaction, look_back: LookBack) -> None:
    """Write a new one."""
    tx.insert(_t, **asdict(look_back))


def save(tx: Transaction, look_back: LookBack) -> None:
    """Write a settled one.

    Raises:
        Stale: (at flush) somebody settled it meanwhile.
    """
    tx.change(_t, look_back.number, look_back.version - 1, asdict(look_back))


def beginning(tx: Transaction, until: datetime, most: int) -> list[str]:
    """Solved problems whose day of looking back has come."""
    problems = models.problem_list.problems
    query = (
        sa.select(_t.c.problem_number)
        .join(problems, problems.c.number == _t.c.problem_number)
        .where(_t.c.state == DUE, _t.c.due_by <= until, problems.c.state == SOLVED)
        .order_by(_t.c.due_by)
        .limit(most)
    )
    return list(tx.execute(query).scalars())


def search(
    connection: sa.Connection, state: str, page: int, size: int
) -> tuple[list[LookBack], int]:
    """Those in a state, what is due first on top, and how many."""
    mine = _t.c.state == state
    total = connection.execute(sa.select(sa.func.count()).select_from(_t).where(mine)).scalar_one()
    order = (_t.c.due_by,) if state == DUE else (_t.c.done_at.desc(),)
    query = sa.select(_t).where(mine).order_by(*order, _t.c.number)
    rows = connection.execute(query.limit(size).offset((page - 1) * size))
    return [look_back_of(row) for row in rows], int(total)


def forget(tx: Transaction, look_back: LookBack) -> None:
    """What was found about an erased person goes."""
    tx.execute(_t.update().where(_t.c.number == look_back.number).values(found=""))
