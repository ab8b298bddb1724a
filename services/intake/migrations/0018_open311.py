"""Requests that came in by Open311."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0018_open311"
down_revision = "0017_archive"


def upgrade() -> None:
    op.create_table(
        "open311_requests",
        sa.Column("case_number", sa.String(40), primary_key=True),
        sa.Column("service_code", sa.String(20), nullable=False),
        sa.Column("at", Moment, nullable=False, index=True),
        sa.Column("given", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("open311_requests")
