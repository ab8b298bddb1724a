"""Who answers right now: for what comes in without an officer (online, 12345, snapshots, …)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from services.intake.case import Officer
from services.intake.models import accounts, rosters
from services.intake.reason import Conflict, Reason, msgid
from services.intake.rosters.shift import PLANNED, Away, Duty, there
from services.intake.rosters.store import away_between, duty_of
from shared.clock import local
from shared.db import Transaction
from shared.permissions import BACK_OFFICE, DESK, MANAGER

POST = "desk"
"""The all-in-one post 百通岗: whoever sits there answers."""
_LOOK_AHEAD = timedelta(days=14)


def on_duty(tx: Transaction, community: str, moment: datetime) -> list[Officer]:
    """Who sits at the community's post at this moment, seat A first; nobody at night."""
    day = local(moment).date()
    away = away_between(tx, community, moment, moment + timedelta(seconds=1))
    today = _planned(tx, community, _duties.c.day == day)
    return [Officer(one.username, one.name) for one in today if there(one, moment, away)]


def officer_for(tx: Transaction, community: str, moment: datetime) -> Officer:
    """Who answers: on duty, else the next on duty, else anybody of the desk, else its manager.

    Raises:
        Conflict: nobody of this community has an account that works.
    """
    found = on_duty(tx, community, moment)
    if found:
        return found[0]
    for find in _OTHERS:
        officer = find(tx, community, moment)
        if officer is not None:
            return officer
    raise Conflict(
        Reason(
            "community",
            msgid("这个社区还没有能受理的人"),
            msgid("请系统管理员给社区开一个受理账号；居民着急的请打社区电话或 12345"),
        )
    )


_duties = rosters.duties


def _planned(
    tx: Transaction, community: str, *more: sa.ColumnElement[bool], most: int = 100
) -> list[Duty]:
    """Duties at the post that stand, whose officers still work here, in order."""
    query = (
        sa.select(_duties)
        .join(accounts, accounts.c.username == _duties.c.username)
        .where(
            _duties.c.community == community,
            _duties.c.post == POST,
            _duties.c.state == PLANNED,
            accounts.c.active.is_(True),
            accounts.c.community == community,
            *more,
        )
        .order_by(_duties.c.starts_at, _duties.c.seat)
        .limit(most)
    )
    return [duty_of(row) for row in tx.execute(query).mappings()]


def _next(tx: Transaction, community: str, moment: datetime) -> Officer | None:
    """Who sits down next: later today, after a meal, or on the next day anybody is planned."""
    until = moment + _LOOK_AHEAD
    ahead = _planned(
        tx,
        community,
        _duties.c.day >= local(moment).date(),
        _duties.c.day <= local(until).date(),
        _duties.c.ends_at > moment,
    )
    away = away_between(tx, community, moment, until)
    sits = sorted((at, one.seat, one) for one in ahead if (at := _from(one, moment, away)))
    return Officer(sits[0][2].username, sits[0][2].name) if sits else None


def _from(duty: Duty, moment: datetime, away: list[Away]) -> datetime | None:
    """When they sit down, after this moment; None: they are on leave then."""
    begins = (max(begin, moment) for begin, end in duty.sits if end > moment)
    return next((at for at in begins if there(duty, at, away)), None)


def _with_role(*roles: str) -> Callable[[Transaction, str, datetime], Officer | None]:
    def find(tx: Transaction, community: str, moment: datetime) -> Officer | None:
        """The first of them who is not on leave; on leave rather than nobody."""
        query = (
            sa.select(accounts.c.username, accounts.c.name)
            .where(accounts.c.community == community, accounts.c.active.is_(True))
            .where(accounts.c.role.in_(roles))
            .order_by(accounts.c.username)
        )
        found = [Officer(row.username, row.name) for row in tx.execute(query)]
        away = away_between(tx, community, moment, moment + timedelta(seconds=1))
        gone = {one.username for one in away}
        return next((one for one in found if one.username not in gone), None) or next(
            iter(found), None
        )

    return find


_OTHERS = (_next, _with_role(DESK), _with_role(BACK_OFFICE), _with_role(MANAGER))
