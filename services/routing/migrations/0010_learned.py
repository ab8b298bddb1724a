"""What was learned from confirmed dispatches: counts, and nothing of what was told."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0010_learned"
down_revision = "0009_channels"


def upgrade() -> None:
    op.create_table(
        "learned_orders",
        sa.Column("number", sa.String(50), primary_key=True),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("counted_at", Moment),
    )
    waiting = sa.text("counted_at IS NULL")
    op.create_index(
        "learned_waiting",
        "learned_orders",
        ["at"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    for table, key, length in (("learned_said", "piece", 2), ("learned_matters", "matter", 20)):
        op.create_table(
            table,
            sa.Column(key, sa.String(length), primary_key=True),
            sa.Column("department", sa.String(8), primary_key=True),
            sa.Column("orders", sa.Integer, nullable=False),
        )


def downgrade() -> None:
    for table in ("learned_matters", "learned_said", "learned_orders"):
        op.drop_table(table)
