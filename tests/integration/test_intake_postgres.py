"""Intake on PostgreSQL: the same schema, the same life of a case, one case for one key."""

import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import parts_of
from services.intake import facts, handlers, models, queries
from services.intake.queries import Filter
from shared.contracts import routing
from shared.db import Database, connect
from shared.migrate import migrate
from tests.support.intake_rows import MIGRATIONS, as_before, check_sealed, check_way_back
from tests.support.keys import KEYS
from tests.unit.intake.ground import (
    DESK,
    accepted,
    allowance,
    do,
    event_of,
    names,
    noise,
    published,
    runtime_in,
    stored,
    xiangshan,
)


@pytest.fixture
def url(postgres):
    made = postgres.fresh_database("intake")
    yield made
    postgres.drop_database(made)


@pytest.fixture
def runtime(tmp_path, url):
    with runtime_in(tmp_path, database_url=url) as ground:
        yield ground


def test_the_migrated_schema_is_the_one_the_code_expects(url):
    engine = connect(url, KEYS)
    migrate(engine, parts_of("intake").migrations)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.metadata) == []
    engine.dispose()


def test_what_is_there_is_sealed_and_opened_again_on_the_way_back(url):
    engine = connect(url, KEYS)
    as_before(engine)
    migrate(engine, MIGRATIONS)
    check_sealed(engine)
    check_way_back(engine)
    engine.dispose()


def test_a_case_goes_its_way(runtime):
    case = accepted(runtime, allowance())
    do(runtime, handlers.give_notice, case.number, DESK)
    do(runtime, handlers.take_materials, case.number, DESK, list(case.missing))
    sent = do(runtime, handlers.transfer_case, case.number, DESK, "mz")
    named = {"number": f"{case.number}-1", "case_number": case.number}
    told = (routing.dispatched, routing.completed)
    for version, contract in enumerate(told, start=1):
        do(runtime, facts.order_told, event_of(contract, version, sent.transferred_at, **named))
    after = stored(runtime, case.number)
    assert (after.state, after.resolved_by) == ("resolved", "公安")
    assert names(published(runtime))[-1] == "case.resolved"
    with runtime.database.read() as connection:
        assert len(queries.timeline(connection, case.number)) == after.version
        assert queries.list_cases(connection, Filter(text="张桂兰")).items == (after,)
        assert queries.count_by_state(connection, Filter()) == {"resolved": 1}


def test_two_replicas_make_one_case_for_one_key(runtime, url):
    """Two replicas at once: the second waits, and finds the case of the first."""
    other = Database(
        connect(url, KEYS), service="intake", district=xiangshan(), serials=models.bus.serials
    )
    start, made = threading.Barrier(2), []

    def ask(database):
        start.wait()
        made.append(database.run(lambda tx: handlers.accept_case(tx, noise(key="k-1"))))

    replicas = [threading.Thread(target=ask, args=(d,)) for d in (runtime.database, other)]
    for replica in replicas:
        replica.start()
    for replica in replicas:
        replica.join()
    other.engine.dispose()
    assert len({outcome.case.number for outcome in made}) == 1
    assert sorted(outcome.repeated for outcome in made) == [False, True]
    with runtime.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(models.cases)) == 1
