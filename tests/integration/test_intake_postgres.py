"""Intake on PostgreSQL: the same schema, the same life of a case, one case for one key."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import parts_of
from services.intake import facts, handlers, models, queries
from services.intake.case import Actor
from services.intake.deliberation import handlers as deliberation
from services.intake.deliberation.handlers import Draft
from services.intake.ledger import handlers as ledger
from services.intake.ledger.demand import Heard
from services.intake.queries import Filter
from services.intake.reason import Conflict
from services.intake.rights import handlers as rights_handlers
from services.intake.rights.handlers import Asked
from shared import clock
from shared.bus.inbox import Inbox
from shared.bus.transport import Delivery
from shared.contracts import routing
from shared.db import Database, connect
from shared.migrate import migrate
from tests.support.crossing import cross
from tests.support.intake_rows import MIGRATIONS, as_before, check_sealed, check_way_back
from tests.support.keys import KEYS
from tests.unit.intake.ground import (
    COMMUNITY,
    DESK,
    SATURDAY,
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


# -- who is forgotten at one replica as another writes of them (PIPL 47) ---------------------------

SUPERVISOR = Actor("supervisor", "区督办", "supervisor", None)
STORY = "王建国说一楼怕挡光"


@pytest.fixture
def replicas(runtime, url):
    """Two replicas of the service on one database, on a day that is over."""
    own = {"settings": runtime.settings, "audit": models.audit, "serials": models.bus.serials}
    other = Database(connect(url, KEYS), service="intake", district=xiangshan(), **own)
    with clock.set_for_tests(SATURDAY + timedelta(days=800)):
        yield [runtime.database, other]
    other.engine.dispose()


@pytest.fixture
def over(runtime):
    """A question that is over and may be erased."""
    with clock.set_for_tests(SATURDAY):
        number = accepted(runtime, noise(kind="question")).number
        do(runtime, handlers.withdraw_case, number, DESK, "不办了")
    return number


@pytest.fixture
def refused(runtime):
    """The number of a refusal."""
    with clock.set_for_tests(SATURDAY):
        asked = noise(title="开无犯罪记录证明", kind="application")
        return do(runtime, handlers.accept_case, asked).refusal.number


def erases(number):
    return lambda tx: rights_handlers.erase_person(tx, [number], SUPERVISOR, "本人要求")


def asks(number, kind="export"):
    return lambda tx: rights_handlers.take_request(tx, Asked(kind, number, "王建国要看"), DESK)


def raises(source):
    draft = Draft("老楼加装电梯", "space", STORY, ("community", "residents"), source)
    return lambda tx: deliberation.raise_matter(tx, DESK, draft)


def at_once(replicas, first, second):
    """Both at the same time; whether the second was told that it came too late."""
    try:
        cross(replicas[0], first, replicas[1], second)
    except Conflict:
        return True
    return False


def words(database, table):
    """Every value of a table, opened."""
    with database.read() as connection:
        return str([tuple(row) for row in connection.execute(sa.select(table))])


@pytest.mark.parametrize("about", ["over", "refused"])
@pytest.mark.parametrize("kind", ["export", "erase"])
@pytest.mark.parametrize("erased_first", [True, False])
def test_a_request_and_the_erasure_at_once_leave_nobody(
    replicas, request, about, kind, erased_first
):
    number = request.getfixturevalue(about)
    works = [asks(number, kind), erases(number)]
    late = at_once(replicas, *(reversed(works) if erased_first else works))
    assert late is erased_first
    assert "王建国" not in words(replicas[0], models.person_requests)


@pytest.mark.parametrize("about", ["over", "refused"])
def test_the_same_request_twice_at_once_is_taken_once(replicas, request, about):
    asked = asks(request.getfixturevalue(about))
    assert at_once(replicas, asked, asked)
    with replicas[0].read() as connection:
        assert len(connection.execute(sa.select(models.person_requests)).all()) == 1


def demand_behind(runtime, number):
    """A demand of the ledger that became this case."""
    source = do(runtime, ledger.record, Heard(DESK, COMMUNITY, "想装电梯")).demand.number
    demands = models.ledger.demands
    linked = demands.update().where(demands.c.number == source).values(case_number=number)
    runtime.database.run(lambda tx: tx.execute(linked))
    do(runtime, ledger.finish, source, DESK, "看过了")
    return source


@pytest.mark.parametrize("way", ["the case", "its demand"])
@pytest.mark.parametrize("erased_first", [True, False])
def test_a_matter_and_the_erasure_of_its_person_at_once_leave_nobody(
    runtime, replicas, over, way, erased_first
):
    source = over if way == "the case" else demand_behind(runtime, over)
    works = [raises(source), erases(over)]
    late = at_once(replicas, *(reversed(works) if erased_first else works))
    assert late is erased_first
    assert STORY not in words(replicas[0], models.deliberation.matters)
    assert over not in words(replicas[0], models.deliberation.matters)


@pytest.mark.parametrize("erased_first", [True, False])
def test_a_message_that_is_given_up_as_its_person_is_erased_is_not_kept(
    replicas, over, erased_first
):
    def gives_up(tx):
        torn = f'{{"case_number": "{over}", "result": "王建国'.encode()
        letter = Delivery("q", "order.completed.ga", torn)
        inbox._park_in(tx, "e1", letter, ValueError("torn"), None, hopeless=True)

    inbox = Inbox(replicas[1], models.bus, "q", {})
    works = (erases(over), gives_up) if erased_first else (gives_up, erases(over))
    assert not at_once(replicas, *works)
    assert words(replicas[0], models.bus.parked) == "[]"
