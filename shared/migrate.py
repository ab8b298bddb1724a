"""Bringing a service's database up to date with its alembic migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

LOCK = 7_230_041
"""An arbitrary number all replicas agree on: only one migrates, the others wait for it."""


def migrate(engine: sa.Engine, folder: Path) -> None:
    """Upgrade to the newest revision; does nothing when it is there already."""
    with engine.connect() as connection, one_transaction(connection):
        command.upgrade(alembic_config(folder, connection), "head")
        connection.commit()


@contextmanager
def one_transaction(connection: sa.Connection) -> Iterator[None]:
    """Everything or nothing, and one process at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        yield
        return
    # SQLite changes a table by making it anew, which its foreign keys must not hear of; they can
    # be told only outside a transaction, and Python begins one for data but not for tables.
    was_on = connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one()
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {was_on}")
        connection.rollback()


def alembic_config(folder: Path, connection: sa.Connection) -> Config:
    """Alembic's configuration for one service, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
