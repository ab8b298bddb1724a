"""Loading and saving duties, leave, swaps and calendar links."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.intake.models import accounts, rosters
from services.intake.reason import Reason, Unknown, msgid
from services.intake.rosters.leave import GRANTED, Leave
from services.intake.rosters.shift import CANCELLED, PLANNED, Away, Duty
from services.intake.rosters.swap import OPEN, Swap
from shared import locks
from shared.db import Transaction


def duty_of(row: Mapping[Any, Any]) -> Duty:
    """The duty of a row."""
    return Duty(**{one.name: row[one.name] for one in fields(Duty)})


def leave_of(row: Mapping[Any, Any]) -> Leave:
    """The leave of a row."""
    return Leave(**{one.name: row[one.name] for one in fields(Leave)})


def swap_of(row: Mapping[Any, Any]) -> Swap:
    """The swap of a row."""
    return Swap(**{one.name: row[one.name] for one in fields(Swap)})


# ---- Reading: of a transaction or a connection ----


def duties_between(
    connection: Any, community: str, first: date, last: date, *, post: str = ""
) -> list[Duty]:
    """The duties that stand from one day to another, both included, in order."""
    t = rosters.duties
    where = [t.c.community == community, t.c.day.between(first, last), t.c.state == PLANNED]
    if post:
        where.append(t.c.post == post)
    query = sa.select(t).where(*where).order_by(t.c.day, t.c.starts_at, t.c.seat)
    return [duty_of(row) for row in connection.execute(query).mappings()]


def cancelled_between(connection: Any, community: str, first: date, last: date) -> list[Duty]:
    """The duties that stand no more from one day to another, both included; the latest last."""
    t = rosters.duties
    where = t.c.community == community, t.c.day.between(first, last), t.c.state == CANCELLED
    query = sa.select(t).where(*where).order_by(t.c.changed_at, t.c.id)
    return [duty_of(row) for row in connection.execute(query).mappings()]


def duties_to_come(connection: Any, community: str, username: str, now: datetime) -> list[Duty]:
    """Somebody's duties that stand and have not begun."""
    t = rosters.duties
    where = t.c.community == community, t.c.username == username, t.c.state == PLANNED
    query = sa.select(t).where(*where, t.c.starts_at > now).order_by(t.c.starts_at)
    return [duty_of(row) for row in connection.execute(query).mappings()]


def open_swaps_of(connection: Any, community: str, username: str) -> list[Swap]:
    """Swaps somebody is part of that are not decided yet."""
    t = rosters.swaps
    part = sa.or_(t.c.username == username, t.c.other_username == username)
    query = sa.select(t).where(t.c.community == community, part, t.c.state.in_(OPEN))
    return [swap_of(row) for row in connection.execute(query).mappings()]


def working_in(connection: Any, community: str) -> set[str]:
    """Who has an account of this community that works."""
    mine = accounts.c.community == community, accounts.c.active.is_(True)
    return set(connection.execute(sa.select(accounts.c.username).where(*mine)).scalars())


def away_between(connection: Any, community: str, begin: datetime, end: datetime) -> list[Away]:
    """Who is on leave some time between."""
    return [leave.away for leave in leaves_between(connection, community, begin, end, (GRANTED,))]


def leaves_between(
    connection: Any, community: str, begin: datetime, end: datetime, states: Iterable[str]
) -> list[Leave]:
    """Leave that touches the time between, the earliest first."""
    t = rosters.leaves
    query = (
        sa.select(t)
        .where(
            t.c.community == community,
            t.c.ends_at > begin,
            t.c.starts_at < end,
            t.c.state.in_(list(states)),
        )
        .order_by(t.c.starts_at, t.c.number)
    )
    return [leave_of(row) for row in connection.execute(query).mappings()]


def get_duty(connection: Any, duty: str) -> Duty:
    """One duty.

    Raises:
        Unknown: there is none.
    """
    t = rosters.duties
    row = connection.execute(sa.select(t).where(t.c.id == duty)).mappings().one_or_none()
    return duty_of(_there(row, "duty"))


def get_leave(connection: Any, number: str) -> Leave:
    """One leave.

    Raises:
        Unknown: there is none.
    """
    t = rosters.leaves
    row = connection.execute(sa.select(t).where(t.c.number == number)).mappings().one_or_none()
    return leave_of(_there(row, "leave"))


def get_swap(connection: Any, number: str) -> Swap:
    """One swap.

    Raises:
        Unknown: there is none.
    """
    t = rosters.swaps
    row = connection.execute(sa.select(t).where(t.c.number == number)).mappings().one_or_none()
    return swap_of(_there(row, "swap"))


def _there(row: Any, field: str) -> Mapping[str, Any]:
    if row is None:
        raise Unknown(Reason(field, msgid("没有这一条"), msgid("请刷新值班表，再选一次")))
    found: Mapping[str, Any] = row
    return found


# ---- Writing ----


def hold(tx: Transaction, community: str) -> None:
    """One at a time for a community's rota: cover is decided from rows another may be changing."""
    locks.hold(tx, [f"rosters:{community}"])


def add_duty(tx: Transaction, duty: Duty) -> None:
    """Write a new one."""
    tx.insert(rosters.duties, **asdict(duty))


def save_duty(tx: Transaction, duty: Duty) -> None:
    """Write a changed one.

    Raises:
        Stale: (at flush) somebody changed it meanwhile.
    """
    tx.change(rosters.duties, duty.id, duty.version - 1, asdict(duty))


def add_leave(tx: Transaction, leave: Leave) -> None:
    """Write a new one."""
    tx.insert(rosters.leaves, **asdict(leave))


def save_leave(tx: Transaction, leave: Leave) -> None:
    """Write a changed one.

    Raises:
        Stale: (at flush) somebody changed it meanwhile.
    """
    tx.change(rosters.leaves, leave.number, leave.version - 1, asdict(leave))


def add_swap(tx: Transaction, swap: Swap) -> None:
    """Write a new one."""
    tx.insert(rosters.swaps, **asdict(swap))


def save_swap(tx: Transaction, swap: Swap) -> None:
    """Write a changed one.

    Raises:
        Stale: (at flush) somebody changed it meanwhile.
    """
    tx.change(rosters.swaps, swap.number, swap.version - 1, asdict(swap))
