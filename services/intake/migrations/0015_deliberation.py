"""Deliberation 协商: a shared matter, its parties, six steps to a decision."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0015_deliberation"
down_revision = "0014_ledger"


def upgrade() -> None:
    op.create_table(
        "matters",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("story", sa.LargeBinary, nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("parties", sa.JSON, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("opened_by", sa.String(60), nullable=False),
        sa.Column("opened_name", sa.String(60), nullable=False),
        sa.Column("source", sa.String(40), nullable=False, index=True),
        sa.Column("case_number", sa.String(40), nullable=False, index=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("dispute", sa.Boolean, nullable=False),
        sa.Column("papers", sa.LargeBinary, nullable=False),
        sa.Column("public_words", sa.Text, nullable=False),
        sa.Column("published_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("result", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("erased_at", Moment),
    )
    op.create_index("matters_of", "matters", ["community", "state", "opened_at"])
    op.create_index("matters_ended", "matters", ["ended_at"])
    public = sa.text("published_at IS NOT NULL")
    op.create_index(
        "matters_public",
        "matters",
        ["published_at"],
        sqlite_where=public,
        postgresql_where=public,
    )
    op.create_table(
        "matter_history",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("matter_history")
    op.drop_table("matters")
