"""A routing database in memory and events as intake says them, for tests of the handlers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.routing import models, replies, store
from services.routing.order import Order
from shared import clock
from shared.bus.event import Event, new_id
from shared.contracts import intake
from shared.db import Database, connect
from shared.district import load
from shared.sealing import give_keys
from tests.support.keys import KEYS

DISTRICT = load("xiangshan")
CASE = "XS-261123-0042-08"
ORDER = f"{CASE}-1"
ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


def database(url: str = "sqlite://") -> Database:
    """An empty database of routing; in memory unless told otherwise."""
    if url == "sqlite://":
        engine = sa.create_engine(
            url, poolclass=sa.StaticPool, connect_args={"check_same_thread": False}
        )
        give_keys(engine, KEYS)
    else:
        engine = connect(url, KEYS)
    models.metadata.create_all(engine)
    return Database(
        engine,
        service="routing",
        district=DISTRICT,
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
