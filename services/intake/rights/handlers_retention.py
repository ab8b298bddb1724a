"""What has been kept long enough is forgotten, a few at a time (PIPL 19 and 47)."""

import sqlalchemy as sa

from services.intake import store
from services.intake.case import CLOSED, REFUSED, SYSTEM, WITHDRAWN, Case
from services.intake.deliberation import store_forget
from services.intake.models import cases, person_requests, refusals
from services.intake.refusal import Refusal
from services.intake.rights import rights
from services.intake.rights import store as rights_store
from services.intake.rights.handlers import forget
from services.intake.rights.retention import retention_of
from shared.db import Transaction


def erase_due(tx: Transaction, limit: int) -> int:
    """Forget what has been kept long enough, at most this many; returns how many there were."""
    periods = retention_of(tx.district)
    numbers = tx.execute(_due_cases(tx, limit)).scalars().all()
    found: list[Case | Refusal] = list(store.load_all(tx, numbers).values())
    left = limit - len(found)
    ended = refusals.c.at < periods.refusals.cutoff(tx.now)
    old = sa.select(refusals).where(ended, refusals.c.erased_at.is_(None))
    found += [Refusal.of(dict(row)) for row in tx.execute(old.limit(left)).mappings()]
    forget(tx, found, SYSTEM, rights.TIME_OVER)
    for one in found:
        _erased_by_time(tx, one.number)
    gone = len(found) + _drop_due_requests(tx, limit - len(found))
    return gone + _forget_due_matters(tx, limit - gone)


def _due_cases(tx: Transaction, limit: int) -> sa.Select[tuple[str]]:
    over = [
        sa.and_(cases.c.kind == kind, cases.c.closed_at < period.cutoff(tx.now))
        for kind, period in retention_of(tx.district).cases.items()
    ]
    ended = cases.c.state.in_((CLOSED, WITHDRAWN, REFUSED)), cases.c.erased_at.is_(None)
    return sa.select(cases.c.number).where(sa.or_(*over), *ended).limit(limit)


def _drop_due_requests(tx: Transaction, limit: int) -> int:
    before = retention_of(tx.district).requests.cutoff(tx.now)
    old = sa.select(person_requests.c.number).where(person_requests.c.decided_at < before)
    numbers = tx.execute(old.limit(limit)).scalars().all()
    if numbers:
        rights_store.drop_requests(tx, numbers)
    for number in numbers:
        _erased_by_time(tx, number)
    return len(numbers)


def _forget_due_matters(tx: Transaction, limit: int) -> int:
    before = retention_of(tx.district).matters.cutoff(tx.now)
    numbers = store_forget.ended_before(tx, before, limit)
    store_forget.forget(tx, numbers)
    for number in numbers:
        _erased_by_time(tx, number)
    return len(numbers)


def _erased_by_time(tx: Transaction, number: str) -> None:
    tx.record("retention.erased", number, rights.TIME_OVER)
