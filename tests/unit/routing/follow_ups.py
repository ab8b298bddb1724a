"""Orders that were answered, for tests of follow-ups."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from services.routing import handlers as orders
from services.routing import models
from services.routing.follow_ups import handlers, store
from services.routing.follow_ups.follow_up import By, FollowUp, Outcome
from tests.unit.routing import ground
from tests.unit.routing.ground import CASE, ORDER

CALLER, REVIEWER = By("supervisor", "郑建国"), By("supervisor2", "许琴")

GOOD = Outcome("call", contacted=True, solved=True, grade=5)


def hear(db: Any, handler: Any, event: Any) -> None:
    """Something intake says."""
    db.run(lambda tx: handler(tx, event))


def answered(db: Any, case: str = CASE, department: str = "ga", **changes: Any) -> str:
    """A case whose department replied; its follow-up's number."""
    event = ground.transferred(number=case, department=department, **changes)
    hear(db, orders.open_order, event)
    outcome = ground.reply(db, "completed", department, order=f"{case}-1", result="已劝导")
    assert outcome.applied, outcome.reason
    return f"{case}-1-f1"


def all_of(db: Any, order: str = ORDER) -> list[FollowUp]:
    """An order's follow-ups."""
    return db.run(lambda tx: store.of_order(tx, order))


def one_of(db: Any, number: str = f"{ORDER}-f1") -> FollowUp:
    """A follow-up as it is stored."""
    found = db.run(lambda tx: store.load(tx, number))
    assert found is not None, f"{number} is not there"
    return found


def record(db: Any, number: str = f"{ORDER}-f1", by: By = CALLER, **said: Any) -> None:
    """Record an outcome; a good one unless told otherwise."""
    outcome = replace(GOOD, **said)
    db.run(lambda tx: handlers.record(tx, store.load(tx, number), outcome, by))


def exclude(db: Any, number: str, *, agreed: bool | None, reason: str = "unreachable") -> None:
    """Ask that it does not count; and let another person decide, unless ``agreed`` is None."""

    def asks(tx: Any) -> None:
        handlers.ask_exclusion(tx, store.load(tx, number), reason, "打了三次", CALLER)

    def decides(tx: Any) -> None:
        one = store.load(tx, number)
        handlers.review_exclusion(tx, one, grant=bool(agreed), note="看过录音", by=REVIEWER)

    db.run(asks)
    if agreed is not None:
        db.run(decides)


def count(db: Any) -> int:
    """How many follow-ups there are."""
    with db.read() as connection:
        query = sa.select(sa.func.count()).select_from(models.follow_ups)
        return int(connection.execute(query).scalar_one())
