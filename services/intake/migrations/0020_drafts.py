"""Drafts of the desk's form 草稿: what was typed survives a closed browser."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0020_drafts"
down_revision = "0019_figures"


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("username", sa.String(60), nullable=False, index=True),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("complete_at", Moment),
        sa.Column("saved_at", Moment, nullable=False, index=True),
    )
    op.create_table(
        "officer_items",
        sa.Column("username", sa.String(60), primary_key=True),
        sa.Column("item", sa.String(60), primary_key=True),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("last_at", Moment, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("officer_items")
    op.drop_table("drafts")
