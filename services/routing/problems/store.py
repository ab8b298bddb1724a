"""Loading and saving problems, the orders attached to them, and what is proposed for the list."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.problems.candidate import PROPOSED, Candidate, Standing
from services.routing.problems.problem import Entry, Problem
from services.routing.problems.tables import STILL_OPEN, TROUBLED
from services.routing.states import ENDED
from shared.bus.inbox import insert_or_ignore
from shared.db import Transaction

_of = models.problem_list
_orders = models.orders
_NAMES = tuple(column.name for column in _of.problems.columns)
if set(_NAMES) != {one.name for one in fields(Problem)} - {"news"}:
    raise TypeError("the table problems and the class Problem do not have the same fields")
MOST_ATTACHED = 500
"""Orders of a problem that are looked through at once."""


# -- problems --------------------------------------------------------------------------------------


def problem_of(row: Any) -> Problem:
    """The problem of a row of ``problems``."""
    return Problem(**{name: getattr(row, name) for name in _NAMES})


def load(tx: Transaction, number: str) -> Problem | None:
    """One problem, or None."""
    table = _of.problems
    row = tx.execute(sa.select(table).where(table.c.number == number)).one_or_none()
    return None if row is None else problem_of(row)


def add(tx: Transaction, problem: Problem) -> None:
    """Write a new problem and its history."""
    tx.insert(_of.problems, **_row(problem))
    _add_departments(tx, problem)
    _add_news(tx, problem)


def save(tx: Transaction, problem: Problem) -> None:
    """Write a changed problem and what its history gained.

    Raises:
        Stale: (at flush) somebody changed it meanwhile; the command is run again.
    """
    tx.about(problem.number)
    before = problem.version - len(problem.news)
    tx.change(_of.problems, problem.number, before, _row(problem))
    if any(entry.what == "assign" for entry in problem.news):
        table = _of.departments
        tx.execute(table.delete().where(table.c.problem_number == problem.number))
        _add_departments(tx, problem)
    _add_news(tx, problem)


def _row(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in _NAMES}


def _add_departments(tx: Transaction, problem: Problem) -> None:
    for department in problem.departments:
        tx.insert(_of.departments, problem_number=problem.number, department=department)


def _add_news(tx: Transaction, problem: Problem) -> None:
    for entry in problem.news:
        row = {**asdict(entry), "by": entry.by[:60], "data": dict(entry.data)}
        tx.insert(_of.history, number=problem.number, **row)
    problem.news = []


def history_of(connection: sa.Connection, number: str) -> list[Entry]:
    """A problem's history, oldest first."""
    table = _of.history
    query = sa.select(table).where(table.c.number == number).order_by(table.c.version)
    return [
        Entry(row.version, row.at, row.what, row.by, row.state, row.note, row.data)
        for row in connection.execute(query)
    ]


def of_case(tx: Transaction, case_number: str) -> list[Problem]:
    """The problems to which an order of this case is attached."""
    table, attached = _of.problems, _of.attached
    mine = sa.select(attached.c.problem_number).where(attached.c.case_number == case_number)
    return [problem_of(row) for row in tx.execute(sa.select(table).where(table.c.number.in_(mine)))]


def of_order(connection: Any, number: str) -> list[Problem]:
    """The problems an order is attached to, the oldest first; of a transaction or a connection."""
    table, attached = _of.problems, _of.attached
    mine = sa.select(attached.c.problem_number).where(attached.c.order_number == number)
    query = sa.select(table).where(table.c.number.in_(mine)).order_by(table.c.opened_at)
    return [problem_of(row) for row in connection.execute(query)]


def is_of_one_case(connection: Any, number: str, case_number: str) -> bool:
    """Whether no order of another case is attached."""
    table = _of.attached
    others = table.c.problem_number == number, table.c.case_number != case_number
    query = sa.select(table.c.case_number).where(*others).limit(1)
    return connection.execute(query).one_or_none() is None


def rewrite_history(tx: Transaction, number: str, name: str | None, mask: Any) -> None:
    """Mask a person in the notes of a problem's history; all notes go where no name is given."""
    table = _of.history
    rows = tx.execute(sa.select(table.c.version, table.c.note).where(table.c.number == number))
    for row in rows.all():
        note = "" if name is None else mask(row.note, name)
        if note != row.note:
            mine = table.c.number == number, table.c.version == row.version
            tx.execute(table.update().where(*mine).values(note=note))


# -- the orders of a problem -----------------------------------------------------------------------


def attach(tx: Transaction, number: str, orders: Iterable[tuple[str, str]], by: str) -> list[str]:
    """Attach (order, case); returns the orders that were not attached before."""
    table = _of.attached
    rows = dict(orders)
    there = sa.select(table.c.order_number).where(
        table.c.problem_number == number, table.c.order_number.in_(sorted(rows))
    )
    known = set(tx.execute(there).scalars())
    fresh = [order for order in rows if order not in known]
    for order in fresh:
        tx.insert(
            table,
            problem_number=number,
            order_number=order,
            case_number=rows[order],
            attached_at=tx.now,
            by=by[:60],
        )
    return fresh


@dataclass(frozen=True)
class Attached:
    """An order of a problem, as lists show it."""

    number: str
    title: str
    department: str | None
    state: str
    opened_at: datetime
    due_by: datetime | None
    attached_at: datetime


def attached_to(connection: sa.Connection, number: str, department: str = "") -> list[Attached]:
    """The newest orders of a problem; of one department where it is named."""
    table = _of.attached
    columns = (
        *(_orders.c[name] for name in ("number", "title", "department", "state")),
        *(_orders.c.opened_at, _orders.c.due_by, table.c.attached_at),
    )
    query = (
        sa.select(*columns)
        .join(table, table.c.order_number == _orders.c.number)
        .where(table.c.problem_number == number)
        .order_by(_orders.c.opened_at.desc(), _orders.c.number)
        .limit(MOST_ATTACHED)
    )
    if department:
        query = query.where(_orders.c.department == department)
    return [Attached(**row) for row in connection.execute(query).mappings()]


def count_attached(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, int]:
    """How many orders each problem has."""
    table = _of.attached
    query = (
        sa.select(table.c.problem_number, sa.func.count())
        .where(table.c.problem_number.in_(numbers))
        .group_by(table.c.problem_number)
    )
    return {number: int(count) for number, count in connection.execute(query)}


def order_numbers_of(tx: Transaction, number: str) -> list[str]:
    """The orders of a problem, the newest first."""
    table = _of.attached
    mine = sa.select(table.c.order_number).where(table.c.problem_number == number)
    newest = mine.order_by(table.c.attached_at.desc(), table.c.order_number.desc())
    return list(tx.execute(newest.limit(MOST_ATTACHED)).scalars())


def cases_of(tx: Transaction, orders: Iterable[str]) -> dict[str, str]:
    """Order -> case, of those that are there."""
    columns = _orders.c.number, _orders.c.case_number
    query = sa.select(*columns).where(_orders.c.number.in_(sorted(set(orders))))
    return {row.number: row.case_number for row in tx.execute(query)}


def names_of(tx: Transaction, orders: Iterable[str]) -> list[str]:
    """Who applied in these orders: never to be written about a problem."""
    wanted = sorted(orders)[:MOST_ATTACHED]
    query = sa.select(_orders.c.applicant_name).where(_orders.c.number.in_(wanted))
    return sorted({name for name in tx.execute(query).scalars() if name})


# -- what is proposed ------------------------------------------------------------------------------

_CANDIDATE = tuple(column.name for column in _of.candidates.columns)


def candidate_of(row: Any) -> Candidate:
    """The candidate of a row."""
    return Candidate(**{name: getattr(row, name) for name in _CANDIDATE})


def load_candidate(connection: Any, order_number: str) -> Candidate | None:
    """What was proposed of an order, or None; of a transaction or a connection."""
    table = _of.candidates
    query = sa.select(table).where(table.c.order_number == order_number)
    row = connection.execute(query).one_or_none()
    return None if row is None else candidate_of(row)


def propose(tx: Transaction, candidate: Candidate) -> bool:
    """Propose an order, if nobody has; however many replicas look, it is there once."""
    table = _of.candidates
    claim = insert_or_ignore(tx, table).values(**asdict(candidate)).returning(table.c.order_number)
    return tx.execute(claim).one_or_none() is not None


def save_candidate(tx: Transaction, candidate: Candidate) -> None:
    """Write a decided one.

    Raises:
        Stale: (at flush) somebody decided meanwhile.
    """
    row = asdict(candidate)
    tx.change(_of.candidates, candidate.order_number, candidate.version - 1, row)


def unsolved_since(before: datetime, most: int) -> sa.Select[Any]:
    """Orders open since then, the longest first, that nobody has looked at as a problem.

    Walks the partial index of open orders from its oldest end: past those proposed before, then at
    most ``most``. Not the orders themselves, however many are open.
    """
    old = _orders.c.opened_at <= before
    return _unseen(sa.text(STILL_OPEN), most).where(old).order_by(_orders.c.opened_at)


def troubled(hops: int, level: int, most: int) -> sa.Select[Any]:
    """Open orders that were handed on so often, or raised so high: few, and in a partial index."""
    far = sa.or_(_orders.c.hops >= hops, _orders.c.level >= level)
    return _unseen(sa.text(TROUBLED), most).where(far).order_by(_orders.c.hops)


def in_arbitration(state: str, most: int) -> sa.Select[Any]:
    """Orders about which departments disagree."""
    return _unseen(_orders.c.state == state, most)


def standing(tx: Transaction, query: sa.Select[Any]) -> list[Standing]:
    """What the rules look at."""
    return [Standing(**row) for row in tx.execute(query).mappings()]


def _unseen(which: Any, most: int) -> sa.Select[Any]:
    proposed, attached = _of.candidates, _of.attached
    columns = ("number", "state", "opened_at", "hops", "level")
    return (
        sa.select(*(_orders.c[name] for name in columns))
        .where(which, _orders.c.role == "lead")
        .where(~sa.exists().where(proposed.c.order_number == _orders.c.number))
        .where(~sa.exists().where(attached.c.order_number == _orders.c.number))
        .limit(most)
    )


def forget_ended(tx: Transaction, most: int) -> int:
    """Drop what was proposed of orders that have ended, a portion; returns how many."""
    table = _of.candidates
    ended = (
        sa.select(table.c.order_number)
        .join(_orders, _orders.c.number == table.c.order_number)
        .where(table.c.state == PROPOSED, _orders.c.state.in_(ENDED))
        .limit(most)
    )
    mine = table.c.order_number.in_(ended), table.c.state == PROPOSED
    return tx.execute(table.delete().where(*mine)).rowcount


def forget_candidate(tx: Transaction, order_number: str) -> None:
    """The person of an order was erased: what was said of it goes."""
    table = _of.candidates
    tx.execute(table.update().where(table.c.order_number == order_number).values(reason=""))
