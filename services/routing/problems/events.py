"""What departments hear of problems: that one of theirs is on the list, and that it is off it."""

from typing import Any

from services.routing import models
from services.routing.channels import handlers as channels
from services.routing.problems.problem import Problem
from services.routing.problems.rules import WHY_LABELS
from shared.bus.outbox import emit
from shared.clock import local
from shared.contracts import Contract
from shared.contracts import routing as contracts
from shared.db import Transaction

LEAD, ASSIST = "lead", "assist"


def opened(tx: Transaction, problem: Problem, departments: list[str], by: str) -> None:
    """It is on the list, or came back: to each of these departments."""
    review_at = local(problem.review_at).isoformat() if problem.review_at else None
    more = {"review_at": review_at, "responsible": problem.responsible}
    for department in departments:
        _say(tx, contracts.problem_opened, problem, department, by, **more)


def closed(tx: Transaction, problem: Problem, by: str) -> None:
    """It is off the list: to every department that answered for it."""
    for department in problem.departments:
        _say(tx, contracts.problem_closed, problem, department, by)


def _say(
    tx: Transaction, contract: Contract, problem: Problem, department: str, by: str, **more: Any
) -> None:
    known = tx.district.departments.get(department)
    data = {
        "number": problem.number,
        "title": problem.title,
        "why": problem.why,
        "why_name": WHY_LABELS[problem.why],
        "state": problem.state,
        "department": department,
        "department_name": known.short if known is not None else department,
        "role": LEAD if department == problem.lead else ASSIST,
        "level": problem.level,
        "times_back": problem.times_back,
        "by": by,
    }
    event = emit(
        tx,
        models.bus,
        contract,
        data | more,
        subject=problem.number,
        version=problem.version,
    )
    channels.send(tx, event, department)
