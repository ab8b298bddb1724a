"""Intake's own copy of a case's work orders 工单, fed by routing's events, and what they do to it.

Events may come late, early or in any order. Each field of the copy is kept with the order's version
it comes from, the newer one wins, and what the case does is worked out from the copy: so the end is
the same whatever the order of arrival (promise 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from services.intake.case import (
    ACCEPTED,
    APPLY,
    RESOLVED,
    TRANSFERRED,
    Case,
    Handler,
    state_after,
    without_result,
)

OPENS = ("dispatched", "returned", "reopened")
"""Facts after which an earlier answer of the department no longer counts."""

Copy = Mapping[str, Any]


@dataclass(frozen=True)
class OrderFact:
    """What routing said about a work order; `kind` is the event's name after `order.`."""

    kind: str
    number: str
    version: int
    at: datetime
    data: Mapping[str, Any]


def hear(case: Case, fact: OrderFact, review: str) -> Case:
    """The case after a fact about one of its orders.

    Args:
        case: as it was.
        fact: what was said.
        review: the pack's rule: `after` (the resident is answered, then the leader reviews) or
            `before` (only a reviewed and closed order counts).

    """
    copy = _merge(case.orders.get(fact.number, {}), fact)
    case = replace(case, orders={**case.orders, fact.number: copy})
    return _settle(case, review)


def present_order(case: Case) -> tuple[str, Copy] | None:
    """The present transfer's order, named <case>-<transfer> by routing, once dispatched."""
    number = f"{case.number}-{case.transfers}"
    order = case.orders.get(number)
    return (number, order) if order is not None and order.get("role") == "lead" else None


def _merge(known: Copy, fact: OrderFact) -> dict[str, Any]:
    copy = dict(known)
    for name, value in _said(fact).items():
        if fact.version >= copy.get(f"{name}_version", 0):
            copy |= {name: value, f"{name}_version": fact.version}
    return copy


def _said(fact: OrderFact) -> dict[str, Any]:
    """The fields of the copy this fact speaks of."""
    data = fact.data
    said = {n: data[n] for n in ("state", "department", "department_name", "role") if n in data}
    if fact.kind in ("dispatched", "extended"):
        said["due_by"] = data["due_by"]
    if fact.kind == "dispatched":
        said["dispatched_at"] = data["dispatched_at"]
    if fact.kind == "completed":
        said |= {"result": data["result"], "result_at": fact.at.isoformat()}
    if fact.kind == "closed":
        said["closed"] = True
    if fact.kind in OPENS:
        said["opened"] = fact.kind
    return said


def _settle(case: Case, review: str) -> Case:
    present = present_order(case)
    if present is None:
        return case
    number, order = present
    case = _due_with(case, order)
    if case.state == TRANSFERRED and _answered(order, review):
        return _resolved_by(case, number, order)
    if case.state in (ACCEPTED, RESOLVED) and case.resolved_order == number and _reopened(order):
        case = replace(without_result(case), state=state_after(case, "order_reopened"))
    if case.state == TRANSFERRED:
        handler = Handler("department", order["department"], order["department_name"])
        return replace(case, handler=handler)
    return case


def _due_with(case: Case, order: Copy) -> Case:
    """A demand is due when its order is; an application keeps the limit its item promises."""
    if case.kind == APPLY or "due_by" not in order:
        return case
    return replace(case, due_at=datetime.fromisoformat(order["due_by"]).astimezone(UTC))


def _answered(order: Copy, review: str) -> bool:
    """An answer is there, newer than what reopened the order and, where asked for, reviewed."""
    done = order.get("result_version", 0)
    if review == "before":
        done = min(done, order.get("closed_version", 0))
    return bool(done > order.get("opened_version", 0))


def _reopened(order: Copy) -> bool:
    return bool(order.get("opened_version", 0) > order.get("result_version", 0))


def _resolved_by(case: Case, number: str, order: Copy) -> Case:
    return replace(
        case,
        state=state_after(case, "order_answered"),
        handler=Handler("department", order["department"], order["department_name"]),
        result=order["result"],
        resolved_by=order["department_name"],
        resolved_at=datetime.fromisoformat(order["result_at"]),
        resolved_order=number,
        resolutions=case.resolutions + 1,
    )
