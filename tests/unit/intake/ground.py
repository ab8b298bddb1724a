"""What intake's tests stand on: a runtime over a fresh SQLite file, people, matters, events."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.intake import handlers, models, store
from services.intake.acceptance import Acceptance
from services.intake.case import Actor, Case
from shared.bus.event import Event, decode, new_id
from shared.bus.local import LocalTransport
from shared.config import Settings
from shared.contracts import Contract
from shared.district import District, load
from shared.runtime import Runtime, build
from tests.support.keys import KEYS
from tests.support.tables import make_tables

COMMUNITY = "340603002001"
ELSEWHERE = "340603009001"
DESK = Actor("desk", "周敏", "desk", COMMUNITY)
BACK = Actor("backoffice", "李国强", "back_office", COMMUNITY)
SATURDAY = datetime(2026, 11, 21, 1, 12, tzinfo=UTC)
PHONE = "13805610000"
ALLOWANCE = "G-01"
"""高龄津贴申请: four required materials, a limit that is not promised."""
PUBLISHED = "A-09"
"""Its item asks for a public notice of grown-ups and minors alike."""


@cache
def xiangshan() -> District:
    """The pack, loaded once."""
    return load("xiangshan")


@contextmanager
def runtime_in(
    folder: Path, district: District | None = None, database_url: str = ""
) -> Iterator[Runtime]:
    """A runtime whose database has intake's tables; SQLite unless another one is given."""
    settings = Settings(
        embedded=True,
        district="xiangshan",
        data_dir=folder,
        database_url=database_url,
        amqp_url="",
        secret_key="a secret of the tests, long enough",
        address="127.0.0.1:18999",
        data_keys=KEYS,
    )
    transport = LocalTransport(f"sqlite:///{folder / 'bus.sqlite'}", KEYS)
    pack = district or xiangshan()
    runtime = build("intake", settings, pack, models.bus, transport, audit=models.audit)
    make_tables(runtime.database.engine, models.metadata)
    runtime.declare_bus()
    yield runtime
    runtime.database.engine.dispose()


def noise(**changes: Any) -> Acceptance:
    """A complaint about noise."""
    asked = Acceptance(
        DESK, COMMUNITY, "王建国", PHONE, title="楼下烧烤店夜间噪声扰民", kind="complaint"
    )
    return replace(asked, **changes)


def allowance(**changes: Any) -> Acceptance:
    """An application with two of its four required materials."""
    brought = {"申请审批表": True, "本人身份证": True}
    asked = Acceptance(DESK, COMMUNITY, "张桂兰", PHONE, item=ALLOWANCE, materials=brought)
    return replace(asked, **changes)


def do(runtime: Runtime, handler: Any, *args: Any, **kwargs: Any) -> Any:
    """Run a handler as a command."""
    return runtime.database.run(lambda tx: handler(tx, *args, **kwargs))


def accepted(runtime: Runtime, asked: Acceptance | None = None) -> Case:
    """A case just accepted."""
    case = do(runtime, handlers.accept_case, asked or noise()).case
    assert case is not None
    return case


def stored(runtime: Runtime, number: str) -> Case:
    """The case as it is in the database."""
    return do(runtime, store.load, number)


def published(runtime: Runtime) -> list[Event]:
    """What is in the outbox, oldest first, each checked against its contract."""
    with runtime.database.read() as connection:
        bodies = connection.execute(sa.select(models.bus.outbox.c.body).order_by("id")).scalars()
        return [decode(body) for body in bodies.all()]


def names(events: list[Event]) -> list[str]:
    """The names of events."""
    return [event.contract.name for event in events]


def event_of(contract: Contract, version: int, at: datetime, **data: Any) -> Event:
    """An event of another service: the contract's example with `data` put in."""
    body = json.loads(json.dumps(dict(contract.example) | data))
    contract.check(body)
    source = f"/{contract.owner}"
    return Event(new_id(), contract.type, source, body.get("number", ""), at, version, body)
