"""The archive on PostgreSQL: replicas seal each case once, and searches use their indexes."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.intake import handlers, models
from services.intake.archive import actions, store_sealed, verify
from services.intake.archive.queries_search import Wanted, search
from services.intake.archive.store import ToSeal
from services.intake.archive.verify import Damage
from services.intake.figures import queries
from services.intake.figures.counted import NO_SPOT
from services.intake.figures.queries import Asked
from shared.clock import local, now
from shared.db import Database, connect
from tests.support.keys import KEYS
from tests.unit.intake.ground import (
    COMMUNITY,
    DESK,
    PHONE,
    accepted,
    do,
    noise,
    runtime_in,
    xiangshan,
)

MATTERS = 24


@pytest.fixture
def url(postgres):
    made = postgres.fresh_database("intake")
    yield made
    postgres.drop_database(made)


@pytest.fixture
def runtime(tmp_path, url):
    with runtime_in(tmp_path, database_url=url) as ground:
        yield ground


def test_two_replicas_archive_each_case_once(runtime, url):
    began = local(now()).date()
    for _ in range(MATTERS):
        number = accepted(runtime, noise()).number
        do(runtime, handlers.withdraw_case, number, DESK, "不办了")
    other = Database(
        connect(url, KEYS),
        service="intake",
        district=xiangshan(),
        serials=models.bus.serials,
        audit=models.audit,
    )
    start, sealed, until = threading.Barrier(2), [], now() + timedelta(minutes=1)

    def seal(database):
        start.wait()
        while done := database.run(
            lambda tx: store_sealed.seal_cases(tx, ToSeal(until, COMMUNITY), "系统", 5)
        ):
            sealed.extend(done)

    replicas = [threading.Thread(target=seal, args=(d,)) for d in (runtime.database, other)]
    for replica in replicas:
        replica.start()
    for replica in replicas:
        replica.join()
    other.engine.dispose()
    assert len(sealed) == len(set(sealed)) == MATTERS
    assert [one for one in verify.check(runtime.database) if isinstance(one, Damage)] == []
    asked = Asked(began, local(now()).date(), (COMMUNITY,), COMMUNITY)
    with runtime.database.read() as connection:
        assert queries.totals(connection, asked, NO_SPOT)["withdrawn"] == MATTERS


def plan_of(runtime, wanted, dear):
    """What the statement that finds the places is planned as, where something is dear."""
    said = []

    def note(_c, _cursor, statement, parameters, *_more: object):
        said.append((statement, parameters))

    with runtime.database.read() as connection:
        for one in dear:
            connection.exec_driver_sql(f"SET enable_{one} = off")
        sa.event.listen(connection, "before_cursor_execute", note)
        assert search(connection, wanted).rows
        statement, parameters = [one for one in said if "anon" in one[0]][-1]
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"text": PHONE}, "dossiers_phone"),
        ({"text": "王建国"}, "dossiers_name"),
        ({"text": "烧烤", "community": COMMUNITY}, "dossier_words_pkey"),
        ({"community": COMMUNITY}, "dossiers_community"),
        ({}, "dossiers_place"),
    ],
)
def test_every_search_has_its_index(runtime, wanted, index):
    number = accepted(runtime, noise()).number
    do(runtime, handlers.withdraw_case, number, DESK, "不办了")
    actions.end_day(runtime, COMMUNITY, DESK)
    # Few as they are here, sorting all of them is cheap: the newest are to be read in order.
    dear = ["seqscan"] if wanted else ["seqscan", "sort"]
    plan = plan_of(runtime, Wanted(tuple(xiangshan().communities), **wanted), dear)
    assert index in plan
    assert "Seq Scan" not in plan
