"""What problems, clusters and look-backs hold of an order: for the copy a resident may ask for.

A problem of several cases is said to be there, and no more: its words are about all of them, and in
its notes nobody who applied is named.
"""

from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.order import Order
from services.routing.present import zoned
from services.routing.problems import cluster_store, look_back_store, store
from services.routing.problems.look_back import LookBack
from services.routing.problems.problem import Problem

_of = models.problem_list


def of_order(connection: sa.Connection, order: Order) -> dict[str, Any]:
    """The trace it left, whether it was proposed as a problem, what it is part of."""
    return {
        "trace": _trace(connection, order),
        "candidate": _candidate(connection, order.number),
        "problems": [
            _problem(connection, one, order.case_number)
            for one in store.of_order(connection, order.number)
        ],
        "look_backs": [
            _look_back(one) for one in look_back_store.of_order(connection, order.number)
        ],
    }


def _trace(connection: sa.Connection, order: Order) -> dict[str, Any] | None:
    """Of the case: it stands with the order that left it."""
    known = cluster_store.trace_of_case(connection, order.case_number)
    if known is None or known[0].order_number != order.number:
        return None
    trace, cluster = known
    return {
        "words": trace.words,
        "place": trace.place.text if trace.place else "",
        "opened_at": _iso(trace.opened_at),
        "cluster": cluster,
    }


def _candidate(connection: sa.Connection, number: str) -> dict[str, Any] | None:
    one = store.load_candidate(connection, number)
    if one is None:
        return None
    return {
        "whys": one.whys,
        "state": one.state,
        "reason": one.reason,
        "proposed_at": _iso(one.proposed_at),
        "decided_by": one.decided_by,
        "decided_at": _iso(one.decided_at),
    }


def _problem(connection: sa.Connection, problem: Problem, case: str) -> dict[str, Any]:
    told = {"number": problem.number, "state": problem.state, "opened_at": _iso(problem.opened_at)}
    if not store.is_of_one_case(connection, problem.number, case):
        return told
    return told | {
        "title": problem.title,
        "steps": problem.steps,
        "history": [
            {"at": _iso(one.at), "what": one.what, "by": one.by, "note": one.note}
            for one in store.history_of(connection, problem.number)
        ],
        "look_backs": [
            _look_back(one) for one in look_back_store.of_problem(connection, problem.number)
        ],
    }


def _look_back(one: LookBack) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": one.state,
        "found": one.found,
        "done_by": one.done_by,
        "done_at": _iso(one.done_at),
    }


def _iso(moment: Any) -> str | None:
    at = zoned(moment)
    return None if at is None else at.isoformat()
