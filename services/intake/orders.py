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
    CLOSED,
    RESOLVED,
    TRANSFERRED,
    Case,
    Handler,
    state_after,
    without_result,
)
from services.intake.ways import rules as ways_rules
from shared.district import Item

OPENS = ("dispatched", "returned", "reopened")
"""Facts after which an earlier answer of the department no longer counts."""

MOVES_DEADLINE = ("dispatched", "extended", "resumed", "reopened")
"""Facts that say when the order is due from now on."""

ENDS_PAUSE = ("dispatched", "resumed", "reopened", "completed", "returned", "closed", "cancelled")
"""Facts after which the clock no longer stands still."""

REOPENS = (ACCEPTED, RESOLVED, CLOSED)
"""States in which a case goes back to the department whose order goes on."""

Copy = Mapping[str, Any]


@dataclass(frozen=True)
class OrderFact:
    """What routing said about a work order; `kind` is the event's name after `order.`."""

    kind: str
    number: str
    version: int
    at: datetime
    data: Mapping[str, Any]


def hear(case: Case, fact: OrderFact, item: Item | None = None) -> Case:
    """The case after a fact about one of its orders; `item` as the catalogue has it.

    A completed order's answer is for the resident, whatever the pack's rule `review` says: where
    the leader reads it before it goes out, routing says `order.completed` after that. It resolves
    nothing while a promised material or a public notice is waited for: then it goes to the owner,
    who resolves after that (A24, X).
    """
    copy = _merge(case.orders.get(fact.number, {}), fact)
    case = replace(case, orders={**case.orders, fact.number: copy})
    return _settle(case, item, fact.at)


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
    if fact.kind in MOVES_DEADLINE and data.get("due_by"):
        said["due_by"] = data["due_by"]
    if fact.kind in ("paused", *ENDS_PAUSE):
        said["paused"] = fact.kind == "paused"
    if fact.kind == "dispatched":
        said["dispatched_at"] = data["dispatched_at"]
    if fact.kind == "completed":
        said |= {"result": data["result"], "result_at": fact.at.isoformat()}
    if fact.kind == "closed":
        said["closed"] = True
    if fact.kind in OPENS:
        said["opened"] = fact.kind
    return said


def _settle(case: Case, item: Item | None, now: datetime) -> Case:
    present = present_order(case)
    if present is None:
        return case
    number, order = present
    case = _due_with(case, order)
    if case.state == TRANSFERRED and _answered(order):
        waits = ways_rules.promise_kept_first(case) or ways_rules.published_first(case, item, now)
        return _to_owner(case, number) if waits else _resolved_by(case, number, order)
    if case.resolved_order == number and _reopened(case, order):
        state = state_after(case, "order_reopened")
        case = replace(without_result(case), state=state, closed_at=None)
    if case.state == TRANSFERRED:
        handler = Handler("department", order["department"], order["department_name"])
        return replace(case, handler=handler)
    return case


def _due_with(case: Case, order: Copy) -> Case:
    """A demand is due when its order is, and not while that one's clock stands still.

    An application keeps the limit its item promises.
    """
    if case.kind == APPLY or "due_by" not in order:
        return case
    if order.get("paused"):
        return replace(case, due_at=None)
    return replace(case, due_at=datetime.fromisoformat(order["due_by"]).astimezone(UTC))


def _answered(order: Copy) -> bool:
    """An answer is there, newer than what reopened the order."""
    return bool(order.get("result_version", 0) > order.get("opened_version", 0))


def _reopened(case: Case, order: Copy) -> bool:
    """It goes on, whatever answered it; a closed case only after its order was closed as well.

    Else an older reopening that comes late would open a case whose order ends with it.
    """
    if case.state not in REOPENS or not case.may("order_reopened"):
        return False
    opened, ended = order.get("opened_version", 0), order.get("result_version", 0)
    if case.state == CLOSED:
        ended = max(ended, order.get("closed_version", opened))
    return bool(opened > ended)


def _to_owner(case: Case, number: str) -> Case:
    """The answer stands in the timeline; what is waited for comes first."""
    state = state_after(case, "answered_to_owner")
    return replace(case, state=state, handler=case.with_owner, resolved_order=number)


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
