"""The migrated schema is the one the code was written for."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import HERE
from services.routing import models
from shared.db import connect
from shared.migrate import migrate
from tests.support.keys import KEYS
from tests.support.routing_rows import NAME, PHONE, check_sealed, fill_and_seal


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
    for name in ("orders_due_alarm_at", "orders_contact_alarm_at", "orders_sign_at"):
        assert "IS NOT NULL" in str(indexes[name]["dialect_options"]["sqlite_where"])
