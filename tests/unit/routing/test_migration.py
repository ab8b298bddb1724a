"""The migrated schema is the one the code was written for."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import HERE
from services.routing import models
from services.routing.order_clocks import timeline_of
from shared.db import connect
from shared.migrate import alembic_config, migrate, one_transaction
from shared.workdays import WorkCalendar
from tests.support.keys import KEYS
from tests.support.routing_rows import (
    FOLDER,
    NAME,
    PHONE,
    check_sealed,
    fill_and_seal,
    sealed_orders,
)
from tests.unit.routing.ground import ZONE

pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")
"""SQLite does not say what an index of an expression holds (`listing.py`); test_lists.py asks."""


@pytest.fixture
def engine(tmp_path):
    made = sa.create_engine(f"sqlite:///{tmp_path / 'routing.sqlite'}")
    yield made
    made.dispose()


def test_migrated_equals_metadata(engine):
    migrate(engine, HERE / "routing" / "migrations")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, models.metadata)
    assert [d for d in differences if "alembic_version" not in str(d)] == []


def test_migrating_twice_changes_nothing(engine):
    for _ in range(2):
        migrate(engine, HERE / "routing" / "migrations")
    assert "orders" in sa.inspect(engine).get_table_names()


def test_what_is_there_is_sealed_and_reads_as_before(tmp_path):
    made = connect(f"sqlite:///{tmp_path / 'routing.sqlite'}", KEYS)
    fill_and_seal(made)
    check_sealed(made, KEYS)
    made.dispose()
    everything = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    for word in ("幸福路", PHONE, NAME, "十一点", "城管"):
        assert word.encode() not in everything
    assert "反映噪声".encode() in everything, "titles can be read"


def test_partial_indexes_stay(engine):
    migrate(engine, HERE / "routing" / "migrations")
    indexes = {one["name"]: one for one in sa.inspect(engine).get_indexes("orders")}
    for name in ("orders_next_at", "orders_lead"):
        assert "IS NOT NULL" in str(indexes[name]["dialect_options"]["sqlite_where"])


DISPATCHED = datetime(2026, 9, 30, 10, tzinfo=ZONE).astimezone(UTC)
DUE = datetime(2026, 10, 13, 23, 59, 59, tzinfo=ZONE).astimezone(UTC)
CLOCKS = {
    "state": "dispatched",
    "department": "ga",
    "dispatched_at": DISPATCHED,
    "clock_from": DISPATCHED,
    "contact_by": DISPATCHED + timedelta(hours=1),
    "contact_yellow_at": DISPATCHED + timedelta(minutes=48),
    "contact_alarm_at": None,
    "due_by": DUE,
    "due_yellow_at": DUE - timedelta(days=2),
    "due_alarm_at": DUE,
    "sign_at": DISPATCHED + timedelta(hours=24),
}
"""An order over National Day whose contact is late already, and was reported."""


def test_open_orders_keep_their_clocks(tmp_path):
    """Alarms become timers, deadlines facts that recompute to the same."""
    made = connect(f"sqlite:///{tmp_path / 'routing.sqlite'}", KEYS)
    fill_and_seal(made, 1, CLOCKS)
    (order,) = sealed_orders(made)
    line = timeline_of(order.clock_facts, WorkCalendar())
    assert (line.due_by, line.contact_by) == (DUE, DISPATCHED + timedelta(hours=1))
    assert (order.due_by, order.next_at) == (DUE, DISPATCHED + timedelta(hours=24))
    assert set(order.timers) == {"finish_late", "finish_yellow", "sign"}
    assert order.timers_due(DUE) == ["sign", "finish_yellow"]
    assert set(order.reported) == {"contact_late", "contact_yellow"}
    made.dispose()


def test_the_way_back_keeps_the_alarms(tmp_path):
    made = connect(f"sqlite:///{tmp_path / 'routing.sqlite'}", KEYS)
    fill_and_seal(made, 1, CLOCKS)
    with made.connect() as connection, one_transaction(connection):
        command.downgrade(alembic_config(FOLDER, connection), "0005_sealed_people")
        connection.commit()
    with made.connect() as connection:
        wanted = "SELECT contact_alarm_at, due_alarm_at, sign_at FROM orders"
        contact, due, sign = connection.exec_driver_sql(wanted).one()
    assert contact is None
    assert (str(due)[:19], str(sign)[:19]) == ("2026-10-13 15:59:59", "2026-10-01 02:00:00")
    made.dispose()
