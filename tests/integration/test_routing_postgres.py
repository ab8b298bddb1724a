"""Routing's handlers on PostgreSQL, two replicas at once: the same as on SQLite, once each."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import HERE
from services.routing import handlers, lists, models, people, replies, store
from services.routing.lists import Wanted
from services.routing.states import CANCELLED
from shared.bus.event import encode, new_id
from shared.bus.inbox import Inbox
from shared.bus.transport import Delivery
from shared.clock import now
from shared.contracts import intake
from shared.db import Database, connect
from shared.migrate import migrate
from tests.support.crossing import cross
from tests.support.keys import KEYS
from tests.support.routing_rows import check_sealed, fill_and_seal
from tests.unit.routing import ground
from tests.unit.routing.test_replies import random_letter

CASES = [f"XS-261123-{n:04d}-00" for n in range(30)]


@pytest.fixture
def replicas(postgres):
    """Two replicas of the service on one database."""
    url = postgres.fresh_database("routing")
    engines = [connect(url, KEYS), connect(url, KEYS)]
    migrate(engines[0], HERE / "routing" / "migrations")
    yield [
        Database(engine, service="routing", district=ground.DISTRICT, serials=models.bus.serials)
        for engine in engines
    ]
    for engine in engines:
        engine.dispose()


def both(replicas, work):
    """Both replicas do the work at the same time."""
    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in [pool.submit(work, one) for one in replicas]]


def open_all(replica):
    inbox = Inbox(replica, models.bus, "intake", {intake.transferred: handlers.open_order})
    events = [ground.transferred(number=case) for case in CASES]
    inbox.apply([Delivery("q", "case.transferred", encode(event).encode()) for event in events])


def test_the_migrations_make_what_the_models_say(replicas):
    with replicas[0].read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.metadata) == []


def test_what_is_there_is_sealed_and_reads_as_before(postgres):
    engine = connect(postgres.fresh_database("routing"), KEYS)
    fill_and_seal(engine)
    check_sealed(engine, KEYS)
    with engine.connect() as connection:
        plain = connection.exec_driver_sql("SELECT applicant_phone, location FROM orders").first()
    assert all(isinstance(value, bytes) for value in plain)
    engine.dispose()


@pytest.mark.parametrize("erased_first", [True, False])
def test_an_erasure_and_a_transfer_at_once_leave_nobody(replicas, erased_first):
    """Whichever of two replicas comes first, nothing of the person is left."""

    def opens(tx):
        handlers.open_order(tx, ground.transferred())

    def erases(tx):
        people.erase(tx, ground.erased())

    works = (erases, opens) if erased_first else (opens, erases)
    cross(replicas[0], works[0], replicas[1], works[1])
    with replicas[0].read() as connection:
        row = connection.execute(sa.select(models.orders)).one()
        early = connection.execute(sa.select(models.early_facts)).all()
    assert (row.applicant_name, row.description, row.state) == ("", "", CANCELLED)
    assert [fact.type for fact in early] == [store.ERASED]


def test_what_is_said_after_an_erasure_is_not_kept(replicas):
    one = replicas[0]
    one.run(lambda tx: people.erase(tx, ground.erased()))
    one.run(lambda tx: handlers.remember_rating(tx, ground.rated(comment="很慢")))
    with one.read() as connection:
        early = connection.execute(sa.select(models.early_facts)).all()
    assert [fact.type for fact in early] == [store.ERASED]


def test_the_same_transfers_at_once_open_each_order_once(replicas):
    """Under different event ids, as if intake had said it twice: the inbox cannot tell."""
    both(replicas, open_all)
    replicas[0].run(lambda _tx: None)
    waiting = sa.select(sa.func.count()).select_from(models.bus.parked)
    with replicas[0].read() as connection:
        orders = connection.execute(sa.select(sa.func.count()).select_from(models.orders))
        assert orders.scalar_one() == len(CASES)
        assert connection.execute(waiting).scalar_one() == 0
    assert len(ground.said(replicas[0], "order.dispatched")) == len(CASES)


def test_late_clocks_are_reported_once_by_two_replicas(replicas):
    with ground.at():
        open_all(replicas[0])
    with ground.at(hours=2):
        both(replicas, lambda one: one.run(handlers._raise_late))
    late = ground.said(replicas[0], "order.late")
    assert len(late) == len(CASES)
    assert len({data["number"] for _, data in late}) == len(CASES)


def test_one_reply_at_two_replicas_counts_once(replicas):
    open_all(replicas[0])
    for case in CASES:
        reply_id = new_id()
        data = {"order": f"{case}-1", "result": "已约谈店主"}

        def work(tx, reply_id=reply_id, data=data):
            return replies.apply_reply(
                tx, "ga", "completed", reply_id=reply_id, data=data, via=replies.BUS
            )

        outcomes = both(replicas, lambda one, work=work: one.run(work))
        assert [outcome.applied for outcome in outcomes] == [True, True]
    assert len(ground.said(replicas[0], "order.completed")) == len(CASES)
    assert ground.said(replicas[0], "reply.rejected") == []


@pytest.mark.parametrize("versions", [(1, 2), (2, 1)])
def test_two_transfers_of_a_case_at_once_leave_one_live_order(replicas, versions):
    first, second = (ground.transferred(3 + 4 * n, transfer=n) for n in versions)
    cross(
        replicas[0],
        lambda tx: handlers.open_order(tx, first),
        replicas[1],
        lambda tx: handlers.open_order(tx, second),
    )
    orders = replicas[0].run(lambda tx: store.of_case(tx, ground.CASE))
    assert [one.number for one in orders if one.state != CANCELLED] == [f"{ground.CASE}-2"]


@pytest.mark.parametrize("withdrawn_first", [False, True])
def test_a_case_transferred_and_withdrawn_at_once_has_no_live_order(replicas, withdrawn_first):
    transferred, withdrawn = ground.transferred(3), ground.withdrawn(4)
    works = [
        lambda tx: handlers.open_order(tx, transferred),
        lambda tx: handlers.cancel_order(tx, withdrawn),
    ]
    first, second = reversed(works) if withdrawn_first else works
    cross(replicas[0], first, replicas[1], second)
    assert ground.order_of(replicas[0]).state == CANCELLED


def test_a_fact_kept_while_others_are_applied_is_applied_next_time(replicas, monkeypatch):
    replicas[0].run(lambda tx: handlers.open_order(tx, ground.transferred(3)))
    replicas[0].run(lambda tx: store.keep_early(tx, ground.rated(2)))
    read, withdrawn = store.early_of, ground.withdrawn(4)

    def read_too_soon(tx, cases):
        found = read(tx, cases)
        replicas[1].run(lambda other: store.keep_early(other, withdrawn))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(store, "early_of", read_too_soon)
        replicas[0].run(handlers._settle_early)
    early = replicas[0].run(lambda tx: store.early_of(tx, [ground.CASE]))
    assert [fact.id for fact in early[ground.CASE]] == [withdrawn.id]
    replicas[0].run(handlers._settle_early)
    assert ground.order_of(replicas[0]).state == CANCELLED
    assert replicas[0].run(lambda tx: store.early_of(tx, [ground.CASE])) == {}


def test_no_bytes_break_it(replicas):
    open_all(replicas[0])
    chance = random.Random(20261122)
    letters = [random_letter(chance) for _ in range(300)]
    Inbox(replicas[0], models.bus, "departments", raw=replies.take_reply).apply(letters)
    with replicas[0].read() as connection:
        assert connection.execute(sa.select(models.bus.parked)).all() == []


def test_lists_and_numbers(replicas):
    open_all(replicas[0])
    with replicas[0].read() as connection:
        found = lists.search(connection, Wanted(department="ga", q="烧烤店"), now(), 1, 10)
        assert (found.total, len(found.items)) == (len(CASES), 10)
        assert lists.totals(connection, now())["held"] == len(CASES)
        assert lists.tab_counts(connection, Wanted(), now())["unsigned"] == len(CASES)
        assert [load.department for load in lists.loads(connection, now())] == ["ga"]
        for part in (lists.to_dispatch, lists.to_decide, lists.to_review, lists.most_bounced):
            assert part(connection, 10) == []
