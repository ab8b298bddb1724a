"""What has been kept long enough is forgotten, a few at a time (PIPL 19 and 47)."""

import sqlalchemy as sa

from services.intake import people, store, store_people
from services.intake.case import CLOSED, SYSTEM, WITHDRAWN, Case
from services.intake.handlers_people import forget
from services.intake.models import cases, person_requests, refusals
from services.intake.refusal import Refusal
from services.intake.retention import retention_of
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
    forget(tx, found, SYSTEM, people.TIME_OVER)
    for one in found:
        _erased_by_time(tx, one.number)
    return len(found) + _drop_due_requests(tx, limit - len(found))


def _due_cases(tx: Transaction, limit: int) -> sa.Select[tuple[str]]:
    over = [
        sa.and_(cases.c.kind == kind, cases.c.closed_at < period.cutoff(tx.now))
        for kind, period in retention_of(tx.district).cases.items()
    ]
    ended = cases.c.state.in_((CLOSED, WITHDRAWN)), cases.c.erased_at.is_(None)
    return sa.select(cases.c.number).where(sa.or_(*over), *ended).limit(limit)


def _drop_due_requests(tx: Transaction, limit: int) -> int:
    before = retention_of(tx.district).requests.cutoff(tx.now)
    old = sa.select(person_requests.c.number).where(person_requests.c.decided_at < before)
    numbers = tx.execute(old.limit(limit)).scalars().all()
    if numbers:
        store_people.drop_requests(tx, numbers)
    for number in numbers:
        _erased_by_time(tx, number)
    return len(numbers)


def _erased_by_time(tx: Transaction, number: str) -> None:
    tx.record("retention.erased", number, people.TIME_OVER)
