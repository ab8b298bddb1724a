"""Bringing a service's database up to date with its alembic migrations."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

LOCK = 7_230_041
"""An arbitrary number all replicas agree on: only one migrates, the others wait for it."""


def migrate(engine: sa.Engine, folder: Path) -> None:
    """Upgrade to the newest revision; does nothing when it is there already."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        command.upgrade(alembic_config(folder, connection), "head")
        connection.commit()


def alembic_config(folder: Path, connection: sa.Connection) -> Config:
    """Alembic's configuration for one service, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
