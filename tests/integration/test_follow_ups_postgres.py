"""Follow-ups on PostgreSQL, two replicas at once: one outcome, one exclusion, the same figures."""

import pytest

from services.catalogue import HERE
from services.routing import handlers as orders
from services.routing import models
from services.routing import store as order_store
from services.routing.follow_ups import handlers, lists, lists_rates, store
from services.routing.rules import Refused
from shared.db import Database, connect
from shared.migrate import migrate
from tests.support.crossing import cross
from tests.support.keys import KEYS
from tests.unit.routing import follow_ups as f
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, ORDER, at, said

NUMBER = f"{ORDER}-f1"


@pytest.fixture
def replicas(postgres):
    """Two replicas of the service on one database, with a reply that went out."""
    url = postgres.fresh_database("routing")
    engines = [connect(url, KEYS), connect(url, KEYS)]
    migrate(engines[0], HERE / "routing" / "migrations")
    found = [
        Database(engine, service="routing", district=ground.DISTRICT, serials=models.bus.serials)
        for engine in engines
    ]
    with at():
        f.answered(found[0])
        yield found
    for engine in engines:
        engine.dispose()


def calls(tx):
    one = store.load(tx, NUMBER)
    handlers.record(tx, one, f.GOOD, f.CALLER)


def rates(tx):
    orders.remember_rating(tx, ground.rated(6, grade=1, satisfied=False))


def test_a_rating_while_a_call_is_recorded_changes_no_outcome(replicas):
    cross(replicas[0], calls, replicas[1], rates)
    assert (f.one_of(replicas[0]).channel, f.one_of(replicas[0]).grade) == ("call", 5)
    assert len(said(replicas[0], "order.followed_up")) == 1
    order = replicas[0].run(lambda tx: order_store.load(tx, ORDER))
    assert (order.grade, order.state) == (1, "completed")


def test_a_call_recorded_while_a_rating_is_applied_is_refused(replicas):
    with pytest.raises(Refused):
        cross(replicas[0], rates, replicas[1], calls)
    assert (f.one_of(replicas[0]).channel, f.one_of(replicas[0]).grade) == ("page", 1)
    assert len(said(replicas[0], "order.reopened")) == 1


def test_the_same_outcome_twice_at_once_is_told_once(replicas):
    with pytest.raises(Refused):
        cross(replicas[0], calls, replicas[1], calls)
    assert len(said(replicas[0], "order.followed_up")) == 1


def test_figures_and_lists_read_as_on_sqlite(replicas):
    f.record(replicas[0], contacted=False, solved=False, grade=2)
    f.exclude(replicas[0], f.answered(replicas[0], "XS-261123-0043-05", "cg"), agreed=True)
    wanted = lists_rates.Wanted(MONDAY.date(), MONDAY.date())
    with replicas[0].read() as connection:
        total = lists_rates.total(connection, wanted)
        assert (total.valid, total.excluded, total.response.share) == (1, 1, 0)
        assert lists_rates.by_day(connection, wanted) == {MONDAY.date(): total}
        assert [code for code, _ in lists_rates.by_group(connection, wanted, "matter")]
        assert lists_rates.excluded(connection, wanted) == {"unreachable": 1}
        assert lists_rates.waiting(connection, wanted, MONDAY) == (0, 0)
        counts = lists.tab_counts(connection, MONDAY)
        assert counts == {"open": 0, "late": 0, "review": 0, "bad": 1}
        bad = lists.search(connection, lists.Wanted(tab="bad"), MONDAY, 1, 10)
        assert [one.follow_up.number for one in bad.items] == [NUMBER]
