"""The look at the clocks over very many open orders, on SQLite and on PostgreSQL."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from services.catalogue import HERE
from services.routing import models, store, timers
from shared.clock import now
from shared.db import Database, connect
from shared.district import District
from shared.migrate import migrate
from tests.support import many_orders
from tests.support.brokers import Mode, make_postgres
from tests.support.keys import KEYS

LOOKS = 21
AGO = timedelta(minutes=30)
"""How long ago the orders came in: their clocks run, and none has run out."""
LATE = timedelta(hours=2)
AHEAD = timedelta(days=30)
MINUTE = timedelta(minutes=1)
FALLING = 10_000
"""Orders that fall due within one minute."""


@dataclass(frozen=True)
class Looked:
    """One size of one database; times are milliseconds, `all_due` is seconds for FALLING."""

    database: str
    orders: int
    nothing_due: float
    some_due: float
    all_due: float
    plan: str


def measure(district: District, mode: Mode, sizes: tuple[int, ...]) -> Iterator[Looked]:
    """Both databases at every size."""
    with ExitStack() as running:
        postgres = running.enter_context(make_postgres(mode))
        for size in sizes:
            folder = running.enter_context(tempfile.TemporaryDirectory())
            yield _look("SQLite", f"sqlite:///{Path(folder) / 'routing.db'}", district, size)
            url = postgres.fresh_database("routing")
            yield _look("PostgreSQL", url, district, size)
            postgres.drop_database(url)


def _look(name: str, url: str, district: District, size: int) -> Looked:
    engine = connect(url, KEYS)
    migrate(engine, HERE / "routing" / "migrations")
    database = Database(engine, service="routing", district=district, serials=models.bus.serials)
    open_order = many_orders.template(database, now() - AGO)
    many_orders.copy(database, open_order, range(1, size + 1), now() + timedelta(minutes=30), AHEAD)
    nothing = _median(lambda: database.run(timers.do_due))
    late = many_orders.template(database, now() - LATE, n=size + 1)
    falling = range(size + 2, size + 2 + FALLING)
    many_orders.copy(database, late, falling, now() - MINUTE, MINUTE)
    some = _median(lambda: database.run(lambda tx: store.with_timer_due(tx, timers.MOST_AT_ONCE)))
    plan = _plan(engine)
    began = time.perf_counter()
    done = _all(database)
    spent = time.perf_counter() - began
    if done < FALLING:
        raise RuntimeError(f"{name}: {done} of {FALLING} orders were found due")
    engine.dispose()
    return Looked(name, size, nothing, some, spent, plan)


def _all(database: Database) -> int:
    done = 0
    while found := database.run(timers.do_due):
        done += found
    return done


def _median(look: Callable[[], object]) -> float:
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        look()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _plan(engine: sa.Engine) -> str:
    """How the database finds what is due, in its own words."""
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    look = "SELECT * FROM orders WHERE next_at <= :now ORDER BY next_at LIMIT :most"
    asked = sa.text(f"{explain} {look}").bindparams(
        sa.bindparam("now", now(), models.orders.c.next_at.type), most=timers.MOST_AT_ONCE
    )
    with engine.connect() as connection:
        lines = [str(row[-1]).strip().lstrip("-> ") for row in connection.execute(asked)]
    return "; ".join(line.split("  (cost")[0] for line in lines)
