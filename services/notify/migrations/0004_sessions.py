"""Sessions that were ended before their time."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0004_sessions"
down_revision = "0003_sealed_bus"


def upgrade() -> None:
    op.create_table(
        "ended_sessions",
        sa.Column("username", sa.String(60), primary_key=True),
        sa.Column("session", sa.String(64), primary_key=True),
        sa.Column("ended_at", Moment, primary_key=True),
    )


def downgrade() -> None:
    op.drop_table("ended_sessions")
