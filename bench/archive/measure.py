"""The archive at each size: what is asked every day, asked some thirty times each."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.archive.generate import DAYS, FIRST, NUMBER, PEOPLE, Made, generate, person
from services.catalogue import HERE
from services.intake import handlers, models
from services.intake.acceptance import Acceptance
from services.intake.archive import actions, dossier
from services.intake.archive.queries_search import Wanted, search
from services.intake.archive.words import words_of
from services.intake.case import Actor
from services.intake.figures import queries
from services.intake.figures.queries import Asked
from shared.db import Database, connect
from shared.district import District
from shared.migrate import migrate
from tests.support.brokers import Mode, make_postgres
from tests.support.keys import KEYS

ASKED = 31
COMMUNITY = "340603002001"
OFFICER = Actor("desk", "周敏", "desk", COMMUNITY)
MEGABYTE = 1 << 20


Asks = dict[str, Callable[[], object]]


@dataclass(frozen=True)
class Filled:
    """A database with so many dossiers, and how each thing is asked of it."""

    engine: sa.Engine
    size: int
    seconds: float
    megabytes: float
    asks: Asks


@dataclass(frozen=True)
class Found:
    """One size: medians in milliseconds by what was asked."""

    size: int
    seconds: float
    megabytes: float
    times: dict[str, float]
    plans: dict[str, str]


@contextmanager
def databases_of(name: str, mode: Mode) -> Iterator[Callable[[], sa.Engine]]:
    """What makes a fresh, migrated database of intake, of one server; all are gone afterwards."""
    with ExitStack() as stack:
        if name == "sqlite":
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            fresh = (f"sqlite:///{folder / f'intake-{n}.db'}" for n in count()).__next__
        else:
            postgres = stack.enter_context(make_postgres(mode))
            fresh = partial(postgres.fresh_database, "intake")

        def made() -> sa.Engine:
            engine = connect(fresh(), KEYS)
            stack.callback(engine.dispose)
            migrate(engine, HERE / "intake" / "migrations")
            return engine

        yield made


def filled(engine: sa.Engine, pack: District, size: int) -> Filled:
    """Fill a fresh database."""
    began = time.perf_counter()
    database = Database(
        engine, service="intake", district=pack, serials=models.bus.serials, audit=models.audit
    )
    _seal_one(database)
    made = _filled(engine, pack, size)
    seconds = time.perf_counter() - began
    return Filled(engine, size, seconds, _megabytes(engine), _asks(engine, made))


def measure(ready: Sequence[Filled]) -> list[Found]:
    """Ask all sizes in turn, so that whatever else runs here slows each of them alike."""
    medians = {what: _medians([one.asks[what] for one in ready]) for what in ready[0].asks}
    return [
        Found(
            one.size,
            one.seconds,
            one.megabytes,
            {what: times[n] for what, times in medians.items()},
            _plans(one.engine, one.asks),
        )
        for n, one in enumerate(ready)
    ]


def _medians(asks: Sequence[Callable[[], object]]) -> list[float]:
    times: list[list[float]] = [[] for _ in asks]
    for _ in range(ASKED):
        for ask, kept in zip(asks, times, strict=True):
            began = time.perf_counter()
            ask()
            kept.append((time.perf_counter() - began) * 1000)
    return [statistics.median(kept) for kept in times]


def _seal_one(database: Database) -> None:
    asked = Acceptance(
        OFFICER,
        COMMUNITY,
        "王建国",
        "13805610000",
        id_no="340603194905120014",
        title="楼道灯不亮已经三天，老人下楼不方便",
        kind="complaint",
        description="三号楼二单元的楼道灯坏了三天，老人晚上下楼看不见，希望尽快来人修理。",
    )
    case = database.run(lambda tx: handlers.accept_case(tx, asked)).case
    if case is None:
        raise LookupError("the pack takes a complaint no more")
    result = "已联系物业更换灯泡，并请网格员每周巡查一次，居民表示满意。"
    database.run(lambda tx: handlers.resolve_case(tx, case.number, OFFICER, result))
    database.run(lambda tx: handlers.rate_case(tx, case.number, OFFICER, "5", "修得很快，谢谢"))
    runtime: Any = _Ground(database)
    sealed = actions.end_day(runtime, COMMUNITY, OFFICER).sealed
    if sealed != [case.number]:
        raise LookupError(f"{case.number} was not sealed")


@dataclass(frozen=True)
class _Ground:
    """As much of a runtime as the archive needs."""

    database: Database

    @property
    def district(self) -> Any:
        """The pack."""
        return self.database.district


def _filled(engine: sa.Engine, pack: District, size: int) -> Made:
    sqlite = engine.dialect.name == "sqlite"
    fast = (
        ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-1000000")
        if sqlite
        else (
            "SET synchronous_commit=off",
            "SET work_mem='128MB'",
            "SET maintenance_work_mem='1GB'",
        )
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in fast:
            connection.exec_driver_sql(setting)
        if not sqlite:
            for table in ("dossiers", "dossier_documents", "dossier_words", "figure_days"):
                connection.exec_driver_sql(f"ALTER TABLE {table} SET UNLOGGED")
        made = generate(connection, KEYS, pack, size)
        if sqlite:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        else:
            connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()  # nothing of it stays in a connection's settings
    return made


def _asks(engine: sa.Engine, made: Made) -> Asks:
    chance = random.Random(made.size)
    everywhere = Wanted(made.communities)

    def found(**wanted: Any) -> object:
        with engine.connect() as connection:
            page = search(connection, Wanted(made.communities, **wanted))
        if not page.rows:
            raise LookupError(f"nothing was found: {wanted}")
        return page

    def summed(days: int, by: str, community: str | None) -> object:
        last = _some_day(chance)
        first = last - timedelta(days=days - 1)
        asked = Asked(first, last, made.communities, community, by=by)
        with engine.connect() as connection:
            return queries.sums(connection, asked, 30)

    def opened() -> object:
        n = chance.randrange(min(made.size, 1_000_000))
        with engine.connect() as connection:
            row = connection.execute(
                sa.select(models.archive.documents).where(
                    models.archive.documents.c.number == NUMBER.format(n=n)
                )
            ).one()
        return dossier.opened(row.document)

    def community() -> str:
        return chance.choice(made.communities)

    pieces = [
        title[at : at + 3]
        for title in made.titles
        for at in range(len(title) - 2)
        if len(words_of(title[at : at + 3])) > 1
    ]

    def word() -> str:
        return chance.choice(pieces)

    def month() -> dict[str, Any]:
        first = _some_day(chance)
        return {"first": first, "last": first + timedelta(days=30)}

    return {
        "number, opened": opened,
        "telephone": lambda: found(text=person(chance.randrange(PEOPLE))[1]),
        "name": lambda: found(text=person(chance.randrange(PEOPLE))[0]),
        "identity number": lambda: found(text=person(chance.randrange(PEOPLE))[2]),
        "words, a community": lambda: _try(engine, Wanted(made.communities, community()), word()),
        "words, the district": lambda: _try(engine, everywhere, word()),
        "community, a month": lambda: _try(
            engine, Wanted(made.communities, community(), **month()), ""
        ),
        "item, a community": lambda: _try(
            engine, Wanted(made.communities, community(), item="@complaint"), ""
        ),
        "today's list, a community": lambda: _try(
            engine,
            Wanted(made.communities, community(), first=made.last_day, last=made.last_day),
            "",
        ),
        "the newest, the district": lambda: _try(engine, everywhere, ""),
        "figures, a community's month by day": lambda: summed(31, "day", community()),
        "figures, the district's year by item": lambda: summed(365, "item", None),
        "figures, the district's year by community": lambda: summed(365, "community", None),
    }


def _try(engine: sa.Engine, wanted: Wanted, text: str) -> object:
    with engine.connect() as connection:
        return search(connection, replace(wanted, text=text))


def _some_day(chance: random.Random) -> date:
    return FIRST + timedelta(days=chance.randrange(400, DAYS - 40))


def _megabytes(engine: sa.Engine) -> float:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one() / MEGABYTE
        size = connection.exec_driver_sql("SELECT pg_database_size(current_database())")
        return size.scalar_one() / MEGABYTE


def _plans(engine: sa.Engine, asks: Asks) -> dict[str, str]:
    """How the database finds it, in its own words: of the last statement of each."""
    found = {}
    for what, ask in asks.items():
        said: list[tuple[str, Any]] = []

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            said.append((statement, parameters))  # noqa: B023 - used up before the next one

        sa.event.listen(engine, "before_cursor_execute", note)
        ask()
        sa.event.remove(engine, "before_cursor_execute", note)
        found[what] = _plan(engine, *_telling(said))
    return found


def _telling(said: list[tuple[str, Any]]) -> tuple[str, Any]:
    """The statement about the archive; of the figures, the first."""
    mine = [one for one in said if "dossier" in one[0] or "figure_days" in one[0]]
    figures = [one for one in mine if "figure_days" in one[0]]
    return (figures or mine)[0 if figures else -1]


def _plan(engine: sa.Engine, statement: str, parameters: Any) -> str:
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)
        lines = [str(row[-1]).strip().lstrip("-> ") for row in rows]
    return "; ".join(line.split("  (cost")[0] for line in lines if "Sort Key" not in line)[:400]
