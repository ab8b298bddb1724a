"""Routing's handlers on PostgreSQL, two replicas at once: the same as on SQLite, once each."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import HERE
from services.routing import (
    handlers,
    joint,
    listing,
    lists,
    lists_supervise,
    models,
    people,
    replies,
    store,
    timers,
)
from services.routing.lists import Wanted
from services.routing.problems import candidate_handlers, cluster_handlers, words
from services.routing.problems import store as problem_store
from services.routing.states import CANCELLED
from shared.bus.event import encode, new_id
from shared.bus.inbox import Inbox
from shared.bus.transport import Delivery
from shared.clock import now
from shared.contracts import intake
from shared.db import Database, connect
from shared.migrate import migrate
from tests.support import many_orders
from tests.support.crossing import cross
from tests.support.keys import KEYS
from tests.support.routing_rows import check_sealed, fill_and_seal
from tests.unit.routing import ground
from tests.unit.routing.problem_ground import Desk
from tests.unit.routing.test_replies import letter, random_letter

CASES = [f"XS-261123-{n:04d}-00" for n in range(30)]
PERSON = {"name": "欧阳小洪", "phone": "13805610000", "masked": False}
RIGHT = PERSON | {"name": "欧阳小红"}


def opens(tx):
    """Somebody whose name nobody had right brings a matter; its title names them all the same."""
    title = "欧阳小红家漏水楼道积水"
    data = {"title": title, "location": "幸福路 12 号", "applicant": PERSON}
    handlers.open_order(tx, ground.transferred(**data))


def corrects(tx):
    people.correct(tx, ground.corrected(applicant=RIGHT))


def erases(tx):
    people.erase(tx, ground.erased())


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
        opts = {"compare_type": True, "include_object": _but_expressions}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, models.metadata) == []


def _but_expressions(_thing, name, kind, *_more: object):
    """PostgreSQL writes an index's expression its own way; test_lists.py compares those."""
    return kind != "index" or name not in listing.INDEXES


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
        both(replicas, lambda one: one.run(timers.do_due))
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


def test_all_that_time_does_is_done_once_by_two_replicas(replicas):
    """Until nothing is left to do: late clocks, signatures, and the ladder's steps."""
    with ground.at():
        open_all(replicas[0])
    with ground.at(days=60):
        both(replicas, lambda one: timers.look(SimpleNamespace(database=one)))
        assert timers.look(SimpleNamespace(database=replicas[0])) == 0
    late = [(data["number"], data["clock"]) for _, data in ground.said(replicas[0], "order.late")]
    clocks = ("contact", "finish")
    assert sorted(late) == sorted((f"{c}-1", clock) for c in CASES for clock in clocks)
    assert len(ground.said(replicas[0], "order.signed")) == len(CASES)


def test_two_assists_done_at_once_let_the_lead_go_out_once(replicas):
    """The second sees that the first is done, whichever it is: no lead waits for ever."""
    with ground.at():
        replicas[0].run(lambda tx: handlers.open_order(tx, ground.transferred()))
        for department in ("cg", "zj"):
            ground.decide(replicas[0], joint.assist, department=department, note="")
        ground.reply(replicas[0], "completed", result="已约谈店主")
        assert ground.order_of(replicas[0]).state == "joint"
        done = [("cg", f"{ground.ORDER}-a1"), ("zj", f"{ground.ORDER}-a2")]
        with ThreadPoolExecutor(2) as pool:
            futures = [
                pool.submit(ground.reply, one, "completed", code, order=number, result="已办")
                for one, (code, number) in zip(replicas, done, strict=True)
            ]
            assert all(future.result().applied for future in futures)
        assert ground.order_of(replicas[0]).state == "completed"
    assert len(ground.said(replicas[0], "order.completed")) == 3


def test_two_replicas_put_every_order_into_one_cluster(replicas):
    """Whoever comes second waits and finds the cluster of the first: none is made twice."""
    with ground.at():
        desk = Desk(replicas[0])
        desk.orders(12)
        desk.orders(5, community=1)
        together = both(replicas, lambda one: cluster_handlers.look(SimpleNamespace(database=one)))
        assert sum(together) == 17
        assert desk.sizes() == [12, 5]
        desk.orders(3)
        both(replicas, lambda one: cluster_handlers.look(SimpleNamespace(database=one)))
        assert desk.sizes() == [15, 5]


@pytest.mark.parametrize("gathered_first", [True, False])
@pytest.mark.parametrize("forgets", [erases, corrects])
def test_who_is_put_into_a_cluster_and_forgotten_at_once_is_not_in_it(
    replicas, forgets, gathered_first
):
    """Erased, or their right name is known: no cluster says what their trace does not."""
    works = (
        (cluster_handlers.gather, forgets) if gathered_first else (forgets, cluster_handlers.gather)
    )
    with ground.at():
        replicas[0].run(opens)
        cross(replicas[0], works[0], replicas[1], works[1])
    of_problems = models.problem_list
    with replicas[0].read() as connection:
        trace = connection.execute(sa.select(of_problems.traces)).one()
        cluster = connection.execute(sa.select(of_problems.clusters)).one()
    assert (trace.cluster, cluster.size) == (cluster.number, 1)
    assert (cluster.counts, cluster.place) == (words.add({}, trace.words), trace.place)
    assert "小红" not in trace.words


def test_two_replicas_propose_each_order_once(replicas):
    with ground.at():
        open_all(replicas[0])
    with ground.at(days=60):
        counted = both(replicas, candidates_found)
    table = models.problem_list.candidates
    with replicas[0].read() as connection:
        proposed = connection.execute(sa.select(table.c.order_number)).scalars().all()
    assert sorted(proposed) == sorted(f"{case}-1" for case in CASES)
    assert sum(counted) == len(CASES)


def candidates_found(replica):
    return candidate_handlers.look(SimpleNamespace(database=replica))


def test_looking_for_problems_reads_no_orders_that_are_well(replicas):
    """Of five thousand open orders of today none is old or troubled: only indexes are read."""
    moment = now()
    number = many_orders.template(replicas[0], moment)
    many_orders.copy(replicas[0], number, range(1, 5001), moment, timedelta(hours=1))
    queries = {
        "orders_open_since": problem_store.unsolved_since(moment - timedelta(days=30), 10),
        "orders_troubled": problem_store.troubled(3, 3, 10),
        "orders_state": problem_store.in_arbitration("arbitration", 10),
    }
    for index, query in queries.items():
        lines = plan_of(replicas[0], query)
        assert any(index in line for line in lines), lines
        assert not [line for line in lines if "Seq Scan on orders" in line], lines


def plan_of(replica, query):
    options = {"literal_binds": True}
    text = str(query.compile(replica.engine, compile_kwargs=options))
    with replica.read() as connection:
        return connection.execute(sa.text(f"EXPLAIN {text}".replace(":", "\\:"))).scalars().all()


def test_no_bytes_break_it(replicas):
    open_all(replicas[0])
    chance = random.Random(20261122)
    letters = [random_letter(chance) for _ in range(300)]
    Inbox(replicas[0], models.bus, "departments", raw=replies.take_reply).apply(letters)
    with replicas[0].read() as connection:
        assert connection.execute(sa.select(models.bus.parked)).all() == []


def test_what_replies_said_is_forgotten_once_and_what_ended_is_proposed_no_longer(replicas):
    with ground.at():
        open_all(replicas[0])
        inbox = Inbox(replicas[0], models.bus, "departments", raw=replies.take_reply)
        inbox.apply([letter(time="bad", data={"order": f"{case}-1"}) for case in CASES])
    with ground.at(days=91):
        assert sum(both(replicas, lambda one: one.run(replies.forget_words))) == len(CASES)
        both(replicas, candidates_found)
        orders = models.orders
        replicas[0].run(lambda tx: tx.execute(orders.update().values(state="completed")))
        both(replicas, candidates_found)
    with replicas[0].read() as connection:
        said = connection.execute(sa.select(models.replies.c.original, models.replies.c.kept_until))
        assert {tuple(row) for row in said} == {("", None)}
        assert connection.execute(sa.select(models.problem_list.candidates)).all() == []


def test_lists_and_numbers(replicas):
    open_all(replicas[0])
    with replicas[0].read() as connection:
        found = lists.search(connection, Wanted(department="ga", q="烧烤店"), now(), 1, 10)
        assert (found.total, len(found.items)) == (len(CASES), 10)
        assert lists.tab_counts(connection, Wanted(), now())["unsigned"] == len(CASES)


def test_what_supervisors_see(replicas):
    """Every section and number of the page is asked of PostgreSQL too."""
    open_all(replicas[0])
    moment = now()
    with replicas[0].read() as connection:
        kinds = lists_supervise.kinds(moment)
        again = len(CASES) - 1  # all are one resident's about one matter
        numbers = dict.fromkeys(kinds, 0)
        numbers |= {"held": len(CASES), "repeated": again, "pressed": again}
        assert lists_supervise.totals(connection, moment) == numbers
        for name, kind in kinds.items():
            listed = lists_supervise.some(connection, kind, 10)
            assert len(listed) == min(numbers[name], 10), name
        (load,) = lists_supervise.loads(connection, moment, ground.DISTRICT.departments)
        assert (load.department, load.held, load.late) == ("ga", len(CASES), 0)
        assert lists_supervise.levels(connection, [1, 2]) == {1: 0, 2: again}
        trend = lists_supervise.trend(connection, moment)
        assert (trend.dispatched[-1], trend.most) == (len(CASES), len(CASES))
