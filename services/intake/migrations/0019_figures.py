"""Figures: accepted, on the spot, times, on time, ratings, by place, item, channel, period."""

import sqlalchemy as sa
from alembic import op

revision = "0019_figures"
down_revision = "0018_open311"

COUNTED = (
    *("accepted", "done", "withdrawn", "refused", "on_spot", "spot_minutes", "minutes"),
    *("first_visit", "timed", "on_time", *(f"grade{n}" for n in range(1, 6))),
    *(f"t{n:02}" for n in range(37)),
)


def upgrade() -> None:
    op.create_table(
        "figure_days",
        sa.Column("grain", sa.String(5), primary_key=True),
        sa.Column("community", sa.String(12), primary_key=True),
        sa.Column("start", sa.Date, primary_key=True),
        sa.Column("item", sa.String(40), primary_key=True),
        sa.Column("channel", sa.String(30), primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in COUNTED),
    )


def downgrade() -> None:
    op.drop_table("figure_days")
