"""Guesses at passwords and at the phones of cases, counted for all replicas."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0005_tries"
down_revision = "0004_files"


def upgrade() -> None:
    op.create_table(
        "tries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_index("tries_by_key", "tries", ["key", "at"])
    op.create_index("tries_at", "tries", ["at"])


def downgrade() -> None:
    op.drop_table("tries")
