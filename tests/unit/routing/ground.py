"""A routing database in memory and events as intake says them, for tests of the handlers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.routing import models, replies, store
from services.routing.order import Order
from shared import clock
from shared.bus.event import Event, new_id
from shared.contracts import intake, intake_ways
from shared.db import Database, Transaction, connect
from shared.district import District, load
from shared.sealing import give_keys
from tests.support.keys import KEYS
from tests.support.tables import make_tables

DISTRICT = load("xiangshan")
CASE = "XS-261123-0042-08"
ORDER = f"{CASE}-1"
ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


def database(url: str = "sqlite://", district: District = DISTRICT) -> Database:
    """An empty database of routing; in memory unless told otherwise."""
    if url == "sqlite://":
        engine = sa.create_engine(
            url, poolclass=sa.StaticPool, connect_args={"check_same_thread": False}
        )
        give_keys(engine, KEYS)
    else:
        engine = connect(url, KEYS)
    make_tables(engine, models.metadata)
    return Database(
        engine,
        service="routing",
        district=district,
        serials=models.bus.serials,
        audit=models.audit,
    )


def transferred(version: int = 3, **changes: Any) -> Event:
    """`case.transferred`, by default to 公安."""
    return _event(intake.transferred, version, {"number": CASE} | changes)


def closed(version: int = 9, **changes: Any) -> Event:
    return _event(intake.closed, version, {"number": CASE} | changes)


def withdrawn(version: int = 9, **changes: Any) -> Event:
    return _event(intake.withdrawn, version, {"number": CASE} | changes)


def reopened(version: int = 9, **changes: Any) -> Event:
    return _event(intake.reopened, version, {"number": CASE} | changes)


def rated(version: int = 9, **changes: Any) -> Event:
    return _event(intake.rated, version, {"number": CASE} | changes)


def refused(version: int = 9, **changes: Any) -> Event:
    """The application was refused in writing (A38)."""
    return _event(intake_ways.refused, version, {"number": CASE} | changes)


def handed_over(version: int = 9, **changes: Any) -> Event:
    """Another first responder answers for the case (B14)."""
    return _event(intake_ways.handed_over, version, {"number": CASE} | changes)


def signed_out() -> Event:
    """Somebody's session is over; it is about no case."""
    contract, data = intake.sessions_ended, dict(intake.sessions_ended.example)
    return Event(new_id(), contract.type, "/intake", data["username"], clock.now(), 1, data)


def _event(contract: Any, version: int, changes: Mapping[str, Any]) -> Event:
    data = dict(contract.example) | changes
    contract.check(data)
    return Event(new_id(), contract.type, "/intake", data["number"], clock.now(), version, data)


def corrected(version: int = 9, **changes: Any) -> Event:
    return _event(intake.person_corrected, version, {"number": CASE} | changes)


def erased(version: int = 9, **changes: Any) -> Event:
    return _event(intake.person_erased, version, {"number": CASE} | changes)


def acts(db: Database) -> list[tuple[str, str, str, str]]:
    """What the audit holds: (who, what, of what, why)."""
    entries = models.audit.entries
    with db.read() as connection:
        rows = connection.execute(sa.select(entries).order_by(entries.c.seq)).all()
    return [(row.username, row.action, row.subject, row.reason) for row in rows]


def order_of(db: Database, number: str = ORDER) -> Order:
    """The order as it is stored."""
    found = db.run(lambda tx: store.load(tx, number))
    assert found is not None, f"{number} is not there"
    return found


def said(db: Database, name: str = "") -> list[tuple[str, dict[str, Any]]]:
    """What was published so far: (routing key, data); only of one contract where it is named."""
    import json  # noqa: PLC0415

    with db.read() as connection:
        rows = connection.execute(
            sa.select(models.bus.outbox).order_by(models.bus.outbox.c.id)
        ).all()
    keys = [(row.routing_key, json.loads(row.body)["data"]) for row in rows]
    return [(key, data) for key, data in keys if key.startswith(name)]


def decide(
    db: Database, act: Callable[..., None], *, number: str = ORDER, by: str = "督办", **given: Any
) -> None:
    """Let somebody decide about an order, as the API does."""

    def work(tx: Transaction) -> None:
        order = store.load(tx, number)
        assert order is not None, f"{number} is not there"
        act(tx, order, **given, by=by)
        store.save(tx, order)

    db.run(work)


def keys(db: Database) -> list[str]:
    """The routing keys of what was published so far, but what the ladder of pressing says."""
    return [key for key, _ in said(db) if not key.startswith("order.escalated")]


def reply(db: Database, verb: str, department: str = "ga", **data: Any) -> replies.Outcome:
    """A reply of a department by the API; the id is fresh unless `reply_id` is given."""
    reply_id = data.pop("reply_id", new_id())
    body = {"order": ORDER} | data
    return db.run(
        lambda tx: replies.apply_reply(
            tx, department, verb, reply_id=reply_id, data=body, via=replies.API
        )
    )


@contextmanager
def at(moment: datetime = MONDAY, **later: float) -> Iterator[clock.StoppedClock]:
    """The clock stands at a moment, or so much later."""
    with clock.set_for_tests(moment + timedelta(**later)) as stopped:
        yield stopped
