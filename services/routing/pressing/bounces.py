"""Orders that bounced 来回转: who refused, on what ground, who was next, and whether it held (B12).

A refusal holds where the return was granted, or the arbiter ruled that it is another's.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from services.routing import models
from services.routing.order import Order
from services.routing.pressing.store import GRANTED, REFUSED, RULED
from services.routing.states import ARBITRATION, RETURN_REQUESTED
from services.routing.store import orders_of
from shared.mask import mask_text

MOST = 2000
"""Returns that one report reads; the newest count."""
DROPPED = "dropped"
"""Asked for and never decided: the department answered after all, or the matter was over."""
WAITS = "waiting"
_r = models.pressing.returns
_o = models.orders


@dataclass(frozen=True)
class Refusal:
    """A department gave an order back; its words are masked.

    ``outcome``: granted, refused, ruled, waiting or dropped.
    """

    department: str
    reason: str
    ground: str
    proposed: str | None
    at: datetime
    outcome: str
    next_department: str | None
    decided_by: str

    @property
    def held(self) -> bool:
        """Whether the order went to another department for it."""
        ruled_away = self.outcome == RULED and self.next_department != self.department
        return self.outcome == GRANTED or ruled_away


@dataclass(frozen=True)
class Bounced:
    """An order and who refused it, oldest first. ``chain``: the departments it went through."""

    order: Order
    refusals: tuple[Refusal, ...]

    @property
    def chain(self) -> tuple[str, ...]:
        """From the first that gave it away to the one that has it now."""
        passed = [one.department for one in self.refusals if one.held]
        waits = self.order.state == ARBITRATION
        at_last = [one.department for one in self.refusals if one.outcome == WAITS and waits]
        now = [self.order.department] if self.order.department else []
        return tuple(key for key, _ in groupby([*passed, *at_last, *now]))


@dataclass(frozen=True)
class Refusing:
    """How a department refused: how often, on what grounds, and how often it held."""

    department: str
    asked: int
    held: int
    refused: int
    open: int
    grounds: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Bounces:
    """The report. ``whole`` is false where there were more returns than one report reads."""

    orders: tuple[Bounced, ...]
    departments: tuple[Refusing, ...]
    whole: bool


def bounces(connection: sa.Connection, since: datetime) -> Bounces:
    """Of the returns asked for since then: orders, the most hops first, and departments."""
    query = sa.select(_r).where(_r.c.at >= since).order_by(_r.c.at.desc()).limit(MOST + 1)
    rows = connection.execute(query).all()
    orders = orders_of(connection, {row.order_number for row in rows[:MOST]})
    found = [
        _bounced(orders[number], list(lines))
        for number, lines in groupby(
            sorted(rows[:MOST], key=lambda row: (row.order_number, row.version)),
            key=lambda row: row.order_number,
        )
    ]
    found.sort(key=lambda one: (-one.order.hops, one.order.number))
    told = departments_of(refusal for one in found for refusal in one.refusals)
    return Bounces(tuple(found), told, whole=len(rows) <= MOST)


def of_order(connection: sa.Connection, order: Order) -> tuple[Refusal, ...]:
    """Who refused one order, oldest first."""
    query = sa.select(_r).where(_r.c.order_number == order.number).order_by(_r.c.version)
    return _bounced(order, connection.execute(query).all()).refusals


def departments_of(refusals: Iterable[Refusal]) -> tuple[Refusing, ...]:
    """By department, whoever refused most often first."""
    by: dict[str, list[Refusal]] = {}
    for one in refusals:
        by.setdefault(one.department, []).append(one)
    found = [_refusing(department, asked) for department, asked in by.items()]
    return tuple(sorted(found, key=lambda one: (-one.asked, one.department)))


def _refusing(department: str, asked: Sequence[Refusal]) -> Refusing:
    grounds = Counter(one.ground for one in asked if one.ground)
    return Refusing(
        department=department,
        asked=len(asked),
        held=sum(one.held for one in asked),
        refused=sum(one.outcome in (REFUSED, RULED) and not one.held for one in asked),
        open=sum(one.outcome == WAITS for one in asked),
        grounds=tuple(sorted(grounds.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _bounced(order: Order, rows: Iterable[Any]) -> Bounced:
    lines = list(rows)
    return Bounced(order, tuple(_refusal(order, row, last=row is lines[-1]) for row in lines))


def _refusal(order: Order, row: Any, *, last: bool) -> Refusal:
    heard = last and order.state in (RETURN_REQUESTED, ARBITRATION)
    return Refusal(
        department=row.department,
        reason=mask_text(row.reason, order.applicant_name),
        ground=mask_text(row.ground, order.applicant_name),
        proposed=row.proposed,
        at=row.at,
        outcome=row.outcome or (WAITS if heard else DROPPED),
        next_department=row.next_department,
        decided_by=row.decided_by,
    )
