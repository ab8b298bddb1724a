"""The migrated schema is the one the code was written for."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.catalogue import HERE
from services.routing import models
from shared.migrate import migrate


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
