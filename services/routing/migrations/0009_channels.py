"""How departments get their orders, and the state of each delivery."""

import sqlalchemy as sa
from alembic import op

from shared.sealing import Sealed
from shared.types import Moment

revision = "0009_channels"
down_revision = "0008_problems"


def upgrade() -> None:
    op.create_table(
        "department_channels",
        sa.Column("department", sa.String(8), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("address", Sealed("department_channels.address"), nullable=False),
        sa.Column("secret", Sealed("department_channels.secret"), nullable=False),
        sa.Column("old_secret", Sealed("department_channels.old_secret"), nullable=False),
        sa.Column("old_until", Moment),
        sa.Column("since", Moment, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("next_at", Moment, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", Sealed("department_channels.error"), nullable=False),
        sa.Column("last_sent_at", Moment),
        sa.Column("depth", sa.Integer),
        sa.Column("looked_at", Moment),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("order_number", sa.String(50), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("body", Sealed("deliveries.body"), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", Sealed("deliveries.error"), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("sent_at", Moment),
    )
    is_open = sa.text("state IN ('waiting', 'failed')")
    where = {"postgresql_where": is_open, "sqlite_where": is_open}
    op.create_index("deliveries_open", "deliveries", ["department", "id"], **where)
    op.create_index("deliveries_state", "deliveries", ["department", "state", "id"])
    op.create_index("deliveries_order", "deliveries", ["order_number"])
    op.create_index("deliveries_sent", "deliveries", ["sent_at"])


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("department_channels")
