"""Done when: a 12345 spreadsheet of 10,000 rows with 100 bad ones imports in one go.

And a process that is killed with SIGKILL in the middle of one loses nothing and does nothing twice.
"""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import eventlet
import pytest
import sqlalchemy as sa

from services.intake.hotline import import_timers, store
from services.intake.models import cases, hotline
from shared import clock
from tests.support.keys import DATA_KEYS
from tests.support.waiting import wait_until
from tests.unit.intake.ground import runtime_in, xiangshan
from tests.unit.intake.hotline.sheets import SUPERVISOR, line, officers, read, workbook

ROOT = Path(__file__).parent.parent.parent
WRONG = (
    {"联系电话": "123"},
    {"所属社区": "外地某社区"},
    {"诉求类型": "闲聊"},
    {"诉求内容": None},
    {"受理时间": "昨天"},
)
"""Rows that cannot be taken, in turn."""


def rows(total, bad):
    """Orders of every community, each hundredth or so of them bad."""
    places = [one.short_name for one in xiangshan().communities.values()]
    every = total // bad
    for n in range(total):
        more = WRONG[n // every % len(WRONG)] if n % every == 0 else {}
        good = {"联系电话": 13800000000 + n, "所属社区": places[n % len(places)]}
        yield line(f"SL{n:08}", **good | more)


def one_each(runtime):
    officers(runtime, xiangshan().communities)


def in_one_go(runtime, total, bad):
    """What became of the same spreadsheet, twice."""
    one_each(runtime)
    runtime.database.start(eventlet.spawn)
    sheet = read(workbook(rows(total, bad)))
    assert len(sheet.rows) == total
    told = []
    for _ in range(2):
        import_id = import_timers.begin(runtime, sheet, SUPERVISOR)
        assert import_timers.go_on(runtime) == total
        with runtime.database.read() as connection:
            found = store.get_import(connection, import_id)
            named = store.bad_rows(connection, import_id, 0, total)
        told.append((found.state, found.accepted, found.known, found.bad))
        assert len(named) == bad
        assert {len(one.reasons) for one in named} == {1}
        assert [one.row for one in named] == [n * (total // bad) + 2 for n in range(bad)]
        assert all(one.reasons[0].remedy for one in named)
    runtime.database.stop()
    return told


def count(runtime, table):
    with runtime.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_ten_thousand_rows_with_a_hundred_bad_ones_in_one_go(tmp_path):
    with runtime_in(tmp_path) as runtime:
        first, again = in_one_go(runtime, 10_000, 100)
        assert first == ("done", 9_900, 0, 100)
        assert again == ("done", 0, 9_900, 100)
        assert count(runtime, cases) == count(runtime, hotline.orders) == 9_900


def test_a_thousand_rows_with_ten_bad_ones_on_postgresql(tmp_path, postgres):
    url = postgres.fresh_database("intake")
    with runtime_in(tmp_path, database_url=url) as runtime:
        first, again = in_one_go(runtime, 1_000, 10)
        assert first == ("done", 990, 0, 10)
        assert again == ("done", 0, 990, 10)
        assert count(runtime, cases) == 990
    postgres.drop_database(url)


@pytest.fixture
def worker(tmp_path):
    """A process that goes on with imports of this folder's database until it is killed."""
    started = []

    def start():
        command = [sys.executable, "-c", WORKER, str(tmp_path)]
        env = os.environ | {"DATA_KEYS": DATA_KEYS}
        started.append(subprocess.Popen(command, cwd=ROOT, env=env))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


WORKER = """
import os, sys, warnings
warnings.filterwarnings("ignore")
from pathlib import Path
from shared.sealing import KeyRing
from tests.support import keys
keys.KEYS = KeyRing(os.environ["DATA_KEYS"])  # the parent's, not this run's own
from services.intake.hotline import import_timers
from tests.unit.intake.ground import runtime_in
with runtime_in(Path(sys.argv[1])) as runtime:
    import_timers.go_on(runtime)
"""


def test_killed_in_the_middle_of_an_import_another_process_goes_on(tmp_path, worker):
    with runtime_in(tmp_path) as runtime:
        one_each(runtime)
        sheet = read(workbook(rows(600, 6)))
        import_id = import_timers.begin(runtime, sheet, SUPERVISOR)
        process = worker()
        wait_until(lambda: count(runtime, cases) >= 20, 60, "the worker takes rows in")
        process.kill()
        process.wait()
        left = 594 - count(runtime, cases)
        assert left > 0, "it was killed in the middle"
        with clock.set_for_tests(clock.now() + import_timers.LEASE + timedelta(seconds=1)):
            import_timers.go_on(runtime)
        with runtime.database.read() as connection:
            found = store.get_import(connection, import_id)
        assert (found.state, found.accepted, found.known, found.bad) == ("done", 594, 0, 6)
        assert count(runtime, cases) == count(runtime, hotline.orders) == 594
