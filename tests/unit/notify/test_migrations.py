import sqlalchemy as sa

from services.notify.models import metadata
from shared.db import connect
from shared.migrate import migrate
from tests.unit.notify.stand import MIGRATIONS


def shape(engine: sa.Engine) -> dict[str, object]:
    """Tables with their columns, indexes and constraints, as the database tells them."""
    told = sa.inspect(engine)
    return {
        table: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"]) for c in told.get_columns(table)
            ],
            "key": told.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted(
                (i["name"], tuple(i["column_names"]), i["unique"]) for i in told.get_indexes(table)
            ),
            "unique": sorted(
                (u["name"], u["column_names"]) for u in told.get_unique_constraints(table)
            ),
            "foreign": [
                (f["constrained_columns"], f["referred_table"])
                for f in told.get_foreign_keys(table)
            ],
        }
        for table in told.get_table_names()
        if table != "alembic_version"
    }


def test_the_migrations_make_what_the_models_say(tmp_path) -> None:
    migrated, modelled = (connect(f"sqlite:///{tmp_path / name}.sqlite") for name in ("a", "b"))
    migrate(migrated, MIGRATIONS)
    metadata.create_all(modelled)
    assert shape(migrated) == shape(modelled)
    assert set(shape(modelled)) == set(metadata.tables)
    migrated.dispose()
    modelled.dispose()
