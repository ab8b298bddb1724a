"""What a signed-in person does to follow-ups, and what they see; the same from API and pages."""

from collections.abc import Mapping
from typing import Any

from services.routing import actions as order_actions
from services.routing.follow_ups import (
    handlers,
    lists,
    lists_rates,
    present,
    rates,
    store,
)
from services.routing.follow_ups.follow_up import By, FollowUp, Outcome
from services.routing.follow_ups.lists import Found
from services.routing.rules import refuse
from shared.clock import now
from shared.db import Transaction
from shared.permissions import Scope, User, scope_of
from shared.runtime import Runtime
from shared.web.problem import plain


def found(runtime: Runtime, number: str) -> Found:
    """A follow-up and its order.

    Raises:
        Problem: 404.
    """
    with runtime.database.read() as connection:
        one = lists.one(connection, number)
    if one is None:
        raise plain(404)
    return one


def shown(runtime: Runtime, number: str, *, whole: bool = False) -> dict[str, Any]:
    """A follow-up, masked unless it was revealed.

    Raises:
        Problem: 404.
    """
    return present.summary(found(runtime, number), runtime.district, now(), whole=whole)


def reveal(runtime: Runtime, number: str, user: User, reason: str) -> dict[str, Any]:
    """The whole of the order it is about, for a reason that is recorded first.

    Raises:
        Problem: 403, 404.
        Unavailable: it cannot be recorded, so nothing is shown.
    """
    one = found(runtime, number)
    order_actions.reveal(runtime, one.follow_up.order_number, user, reason)
    return shown(runtime, number, whole=True)


def record(runtime: Runtime, number: str, body: Mapping[str, Any], user: User) -> None:
    """Record what the resident said.

    Raises:
        Problem: 404.
        Refused: the state or a rule does not allow it.
    """
    outcome = Outcome(**{name: body[name] for name in Outcome.__dataclass_fields__})

    def work(tx: Transaction) -> None:
        handlers.record(tx, _load(tx, number), outcome, by_of(user))
        tx.about(number)

    runtime.database.run(work)


def exclude(runtime: Runtime, number: str, body: Mapping[str, Any], user: User) -> None:
    """Ask that it does not count.

    Raises:
        Problem: 404.
        Refused: the state or a rule does not allow it.
    """

    def work(tx: Transaction) -> None:
        one = _load(tx, number)
        handlers.ask_exclusion(tx, one, body["reason"], body["note"], by_of(user))
        tx.about(number)

    runtime.database.run(work)


def review(runtime: Runtime, number: str, body: Mapping[str, Any], user: User) -> None:
    """Decide whether it counts.

    Raises:
        Problem: 404.
        Refused: nobody asked for it, or the same person did.
    """

    def work(tx: Transaction) -> None:
        one, agreed = _load(tx, number), body["agreed"]
        handlers.review_exclusion(tx, one, grant=agreed, note=body["note"], by=by_of(user))
        tx.about(number)

    runtime.database.run(work)


def by_of(user: User) -> By:
    """Who does it."""
    return By(user.username, user.name)


def _load(tx: Transaction, number: str) -> FollowUp:
    one = store.load(tx, number)
    if one is None:
        raise plain(404)
    return one


# -- rates -----------------------------------------------------------------------------------------


def department_of(user: User, department: str) -> str:
    """The department whose rates the user may read; empty for any.

    Raises:
        Problem: 403 for another department's, and for an officer of none.
    """
    if scope_of(user, "rates.read") is Scope.DISTRICT:
        return department
    if not user.department or department not in ("", user.department):
        raise plain(403)
    return user.department


def show_rates(runtime: Runtime, asked: Mapping[str, Any], user: User) -> dict[str, Any]:
    """Rates of what was settled in a span, in all, by group, and period by period.

    Raises:
        Problem: 403.
        Refused: the span is upside down, or cut too finely.
    """
    moment = now()
    first, last = present.usual_span(moment)
    first, last = asked["since"] or min(first, asked["until"] or first), asked["until"] or last
    refuse(rates.wrong_span(first, last))
    span = rates.Span(first, last, asked["per"] or rates.usual_period(first, last))
    refuse(rates.too_many_periods(span))
    department = department_of(user, asked["department"])
    wanted = lists_rates.Wanted(first, last, department, asked["community"], asked["matter"])
    with runtime.database.read() as connection:
        total = lists_rates.total(connection, wanted)
        excluded = lists_rates.excluded(connection, wanted)
        waiting, late = lists_rates.waiting(connection, wanted, moment)
        groups = lists_rates.by_group(connection, wanted, asked["by"])
        trend = rates.trend(span, lists_rates.by_day(connection, wanted))
    return {
        "since": first,
        "until": last,
        "per": span.per,
        "by": asked["by"],
        "department": department,
        "community": asked["community"],
        "matter": asked["matter"],
        "formulas": present.formulas(),
        "total": present.counts(total),
        "excluded": present.excluded(runtime.district, excluded),
        "waiting": waiting,
        "late": late,
        "groups": [present.group(runtime.district, asked["by"], *one) for one in groups],
        "trend": [present.period(*one, span.per) for one in trend],
    }
