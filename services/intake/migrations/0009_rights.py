"""Requests of residents about their own data; what is due to be erased is found quickly."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0009_rights"
down_revision = "0008_people"


def upgrade() -> None:
    op.create_table(
        "person_requests",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("about", sa.String(40), nullable=False, index=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("phone", sa.LargeBinary, nullable=False),
        sa.Column("phone_index", sa.LargeBinary(16), nullable=False, index=True),
        sa.Column("wish", sa.LargeBinary, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("checked", sa.String(20), nullable=False),
        sa.Column("taken_by", sa.String(60), nullable=False),
        sa.Column("taken_name", sa.String(60), nullable=False),
        sa.Column("taken_at", Moment, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_name", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("reason", sa.LargeBinary, nullable=False),
    )
    op.create_index("person_requests_open", "person_requests", ["community", "state"])
    ended = sa.text("closed_at IS NOT NULL AND erased_at IS NULL")
    op.create_index(
        "cases_kept",
        "cases",
        ["kind", "closed_at"],
        postgresql_where=ended,
        sqlite_where=ended,
    )


def downgrade() -> None:
    op.drop_index("cases_kept", "cases")
    op.drop_table("person_requests")
