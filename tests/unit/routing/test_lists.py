"""Lists of orders: found by index, counted no further than anyone reads, the same as the lamps."""

import importlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.catalogue import HERE
from services.routing import lists, lists_supervise, models, store
from services.routing import states as s
from services.routing.clocks import lamps_of
from services.routing.lists import MOST, TABS, Wanted
from shared.migrate import migrate
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, at
from tests.unit.routing.orders import Acts, in_state

step = importlib.import_module("services.routing.migrations.0012_order_lists")
LATER = (
    timedelta(minutes=30),
    timedelta(minutes=55),
    timedelta(hours=2),
    timedelta(days=6, hours=12),
    timedelta(days=10),
)


@pytest.fixture
def db():
    with at():
        yield ground.database()


def orders():
    """One in every state, and those whose clocks differ: contacted, paused, both."""
    found = {state: in_state(state) for state in s.STATES}
    for name, verbs in (
        ("contacted", ["contacted"]),
        ("paused", ["pause"]),
        ("both", ["contacted", "pause"]),
    ):
        found[name] = in_state(s.SIGNED)
        for verb in verbs:
            Acts(found[name]).do(verb, MONDAY + timedelta(minutes=10))
    for name, order in found.items():
        order.number, order.news = f"XS-{name}-1", []
    return found


def add(db, found):
    for order in found:
        db.run(lambda tx, order=order: store.add(tx, order))


@pytest.mark.parametrize("later", LATER)
def test_the_database_finds_the_lamp_that_is_shown(db, later):
    found, moment = orders(), MONDAY + later
    add(db, found.values())
    shown = {order.number: lamps_of(order, moment).overall.level for order in found.values()}
    with db.read() as connection:
        for level in ("red", "yellow", "green", "none"):
            page = lists.search(connection, Wanted(lamp=level), moment, 1, 50)
            said = {order.number for order in page.items}
            assert said == {number for number, lamp in shown.items() if lamp == level}


def test_the_nearest_deadline_comes_first(db):
    late, soon = in_state(s.SIGNED), in_state(s.SIGNED, at=MONDAY + timedelta(minutes=1))
    Acts(soon).do("contacted", MONDAY + timedelta(minutes=10))
    for number, order in (("XS-b-1", late), ("XS-a-1", soon)):
        order.number, order.news = number, []
    add(db, (late, soon))
    with db.read() as connection:
        page = lists.search(connection, Wanted(tab="working"), MONDAY, 1, 10)
    assert [order.number for order in page.items] == ["XS-b-1", "XS-a-1"]


def test_counting_stops_where_nobody_reads_on(db):
    row = dict(ground_row())
    many = [row | {"number": f"XS-{n:05}-1"} for n in range(MOST + 50)]
    db.run(lambda tx: tx.execute(models.orders.insert(), many))
    with db.read() as connection:
        assert lists.tab_counts(connection, Wanted(), MONDAY)["unsigned"] == MOST + 1
        assert lists.search(connection, Wanted(), MONDAY, 1, 30, most=MOST).total == MOST + 1
        assert lists.search(connection, Wanted(), MONDAY, 1, 30).total == MOST + 50


def ground_row():
    """A row of a dispatched order."""
    order = in_state(s.DISPATCHED)
    names = [column.name for column in models.orders.columns if hasattr(order, column.name)]
    return {name: getattr(order, name) for name in names} | {"applicant_phone_index": "1"}


# -- plans -----------------------------------------------------------------------------------------


def plans(engine, ask):
    """What SQLite says of every query: how it finds, and whether it has to sort."""
    heard = []

    def listen(_connection, _cursor, statement, parameters, _context, _many):
        heard.append((statement, parameters))

    with engine.connect() as connection:
        sa.event.listen(engine, "before_cursor_execute", listen)
        ask(connection)
        sa.event.remove(engine, "before_cursor_execute", listen)
        asked = [one for one in heard if "FROM orders" in one[0]]
        assert asked
        return [
            row[3]
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


def search(tab, department=""):
    wanted = Wanted(tab=tab, department=department)
    return lambda connection: lists.search(connection, wanted, MONDAY, 1, 30, most=MOST)


@pytest.mark.parametrize("department", ["", "ga"])
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_read_by_an_index_that_has_its_order(db, tab, department):
    for plan in plans(db.engine, search(tab, department)):
        assert "SCAN orders" not in plan or "USING" in plan
        # Without statistics SQLite finds these by their state and sorts them.
        if department or tab not in ("soon", "late", "review"):
            assert "TEMP B-TREE" not in plan, plan


def test_nothing_on_supervision_scans_the_orders(db):
    def ask(connection):
        for kind in lists_supervise.kinds(MONDAY).values():
            lists_supervise.some(connection, kind, 10)
        lists_supervise.totals(connection, MONDAY)
        lists_supervise.loads(connection, MONDAY, ["ga", "cg"])
        lists_supervise.levels(connection, [1, 2, 3])
        lists_supervise.trend(connection, MONDAY)

    scans = [plan for plan in plans(db.engine, ask) if "SCAN orders" in plan]
    assert all("USING" in plan for plan in scans), scans


def test_trends_count_what_happened_on_each_day(db):
    order = in_state(s.COMPLETED)
    db.run(lambda tx: store.add(tx, order))
    with db.read() as connection:
        today = lists_supervise.trend(connection, MONDAY + timedelta(hours=1))
        tomorrow = lists_supervise.trend(connection, MONDAY + timedelta(days=1))
        elsewhere = lists_supervise.trend(connection, MONDAY + timedelta(hours=1), "cg")
    assert (today.dispatched[-1], today.completed[-1], today.late[-1]) == (1, 1, 0)
    assert (tomorrow.dispatched[-2], tomorrow.completed[-2]) == (1, 1)
    assert (sum(elsewhere.dispatched), sum(elsewhere.completed)) == (0, 0)
    assert today.days[-1] == MONDAY.date()


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_migration_makes_the_indexes_the_lists_ask_for(db, tmp_path):
    migrated = sa.create_engine(f"sqlite:///{tmp_path / 'routing.sqlite'}")
    migrate(migrated, HERE / "routing" / "migrations")
    names = {name for name, *_ in step.INDEXES}
    assert indexes(migrated, names) == indexes(db.engine, names)
    migrated.dispose()


def indexes(engine, names):
    """Name -> what it was made by."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
    with engine.connect() as connection:
        found = {name: said for name, said in connection.exec_driver_sql(query) if name in names}
    assert set(found) == names
    return {name: " ".join(said.split()) for name, said in found.items()}
