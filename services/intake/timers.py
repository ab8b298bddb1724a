"""What time does to cases: each that is due in a command of its own, so that none stops the others.

| timer | what it does |
|---|---|
| withdraw_unsupplemented | what was not put right in time counts as withdrawn (A36) |
| withdraw_broken_promises | so does what was promised and did not come by its day (A24) |
| end_publications | a public notice whose time is over ends; who handled it before goes on (X) |
"""

from collections.abc import Callable

import sqlalchemy as sa

from services.intake import handlers
from services.intake.case import AWAITING, SYSTEM, Case
from services.intake.models import cases
from services.intake.timers_each import each
from services.intake.ways import handlers as ways_handlers
from shared.db import Transaction
from shared.runtime import Runtime

TOO_LATE = "逾期未补正材料，视为撤回申请；材料备齐后可重新申请"
"""Told to the applicant (A36)."""


def withdraw_unsupplemented(runtime: Runtime) -> int:
    """Withdraw what was not put right in time, and tell the applicant. Returns how many."""
    awaiting = cases.c.state == AWAITING
    return _to_each_due(runtime, cases.c.supplement_by, _withdraw_unsupplemented, awaiting)


def withdraw_broken_promises(runtime: Runtime) -> int:
    """Withdraw what was promised and did not come by its day, and tell the applicant."""
    return _to_each_due(runtime, cases.c.promise_by, ways_handlers.withdraw_broken_promise)


def end_publications(runtime: Runtime) -> int:
    """End the public notices whose time is over."""
    return _to_each_due(runtime, cases.c.publication_until, ways_handlers.end_publication)


def _withdraw_unsupplemented(tx: Transaction, number: str) -> Case:
    return handlers.withdraw_case(tx, number, SYSTEM, TOO_LATE)


def _to_each_due(
    runtime: Runtime,
    when: sa.Column[sa.DateTime],
    act: Callable[[Transaction, str], Case],
    *more: sa.ColumnElement[bool],
) -> int:
    """Do `act` to every case that is due, the longest due first, and still is at its turn."""

    def found(tx: Transaction) -> list[str]:
        due = sa.select(cases.c.number).where(when < tx.now, *more).order_by(when)
        return list(tx.execute(due).scalars())

    def do(tx: Transaction, number: str) -> bool:
        due = sa.select(cases.c.number).where(cases.c.number == number, when < tx.now, *more)
        return tx.execute(due).first() is not None and bool(act(tx, number))

    return sum(each(runtime, act.__name__.strip("_"), runtime.database.run(found), do))
