"""Pressing: what was pressed, who refused an order, and where the leader was called to the spot."""

import sqlalchemy as sa
from alembic import op

from shared.sealing import Sealed
from shared.types import Moment

revision = "0011_pressing"
down_revision = "0010_learned"

OPEN = sa.text("answered_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "pressings",
        sa.Column("order_number", sa.String(50), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("step", sa.String(30), nullable=False),
        sa.Column("why", sa.String(30), nullable=False),
        sa.Column("to", sa.String(100), nullable=False),
        sa.Column("on_duty", sa.String(60), nullable=False),
        sa.Column("note", Sealed("pressings.note"), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("answered_at", Moment),
    )
    op.create_index("pressings_at", "pressings", ["at"])
    op.create_index("pressings_open", "pressings", ["at"], postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_table(
        "order_returns",
        sa.Column("order_number", sa.String(50), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("reason", Sealed("order_returns.reason"), nullable=False),
        sa.Column("ground", Sealed("order_returns.ground"), nullable=False),
        sa.Column("proposed", sa.String(8)),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("next_department", sa.String(8)),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
    )
    op.create_index("order_returns_at", "order_returns", ["at"])
    op.create_table(
        "on_site_visits",
        sa.Column("order_number", sa.String(50), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("leader", sa.String(60), nullable=False),
        sa.Column("why", sa.String(30), nullable=False),
        sa.Column("note", Sealed("on_site_visits.note"), nullable=False),
        sa.Column("called_by", sa.String(60), nullable=False),
        sa.Column("called_at", Moment, nullable=False),
        sa.Column("done_at", Moment),
        sa.Column("met", Sealed("on_site_visits.met"), nullable=False),
        sa.Column("record", Sealed("on_site_visits.record"), nullable=False),
        sa.Column("done_by", sa.String(60), nullable=False),
    )
    op.create_index("on_site_visits_called", "on_site_visits", ["called_at"])


def downgrade() -> None:
    for table in ("on_site_visits", "order_returns", "pressings"):
        op.drop_table(table)
