"""200 reports from flaky phones, each sent twice at once, more when an answer is lost, are 200.

Two replicas with connections of their own, on SQLite and on PostgreSQL; both begin each report at
the same moment.
"""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services.intake import models
from services.intake.grids.report import Draft
from services.intake.grids.report_new_handlers import make_report
from shared import clock
from shared.db import Database, Stale, Unavailable, connect
from shared.sealing import KeyRing
from tests.support.keys import DATA_KEYS
from tests.unit.intake.grids.ground import hazard
from tests.unit.intake.ground import SATURDAY, runtime_in, xiangshan

REPORTS = 200
ASKED_AGAIN = 200
LOST_EVERY = 3
"""Of every third answer the phone hears nothing, and sends once more."""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'intake.sqlite'}"
        return
    postgres = request.getfixturevalue("postgres")
    made = postgres.fresh_database("intake")
    yield made
    postgres.drop_database(made)


@pytest.fixture
def runtime(tmp_path, url):
    with clock.set_for_tests(SATURDAY), runtime_in(tmp_path, database_url=url) as ground:
        yield ground


def send_all(url: str, keys: str, drafts: list[Draft], together: Any, told: Any) -> None:
    """One replica: every report, each when the other one sends it too."""
    engine = connect(url, KeyRing(keys))
    database = Database(engine, service="intake", district=xiangshan(), serials=models.bus.serials)
    answers: Counter[bool] = Counter()
    numbers = []
    with clock.set_for_tests(SATURDAY):
        for place, draft in enumerate(drafts):
            together.wait()
            for _ in range(2 if place % LOST_EVERY == 0 else 1):
                repeated, number = send(database, draft)
                answers[repeated] += 1
                numbers.append((draft.client_id, number))
    engine.dispose()
    told.put((answers, numbers))


def send(database: Database, draft: Draft) -> tuple[bool, str]:
    """Send, and again where the database was away: nothing was committed then."""
    for _ in range(ASKED_AGAIN):
        try:
            made = database.run(lambda tx: make_report(tx, draft))
        except (Unavailable, Stale):
            continue
        return made.repeated, made.report.number
    raise TimeoutError(f"the database stayed away {ASKED_AGAIN} times")


def test_two_hundred_reports_each_sent_twice_at_once_are_two_hundred(runtime, url):
    drafts = [hazard(words=f"第 {n} 处", seen_at=SATURDAY) for n in range(REPORTS)]
    forked = multiprocessing.get_context("spawn")
    together, told = forked.Barrier(2), forked.Queue()
    replicas = [
        forked.Process(target=send_all, args=(url, DATA_KEYS, drafts, together, told))
        for _ in range(2)
    ]
    for replica in replicas:
        replica.start()
    heard = [told.get(timeout=300) for _ in replicas]
    for replica in replicas:
        replica.join()
    answers = sum((one for one, _ in heard), Counter())
    pairs = {pair for _, numbers in heard for pair in numbers}
    sent_again = len(range(0, REPORTS, LOST_EVERY))
    assert answers == {False: REPORTS, True: REPORTS + 2 * sent_again}
    assert len(pairs) == len({number for _, number in pairs}) == REPORTS
    tables = models.grid_list
    with runtime.database.read() as connection:
        for table in (tables.reports, tables.report_history):
            assert connection.scalar(sa.select(sa.func.count()).select_from(table)) == REPORTS
