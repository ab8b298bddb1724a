"""The bodies of messages are sealed, those that are there included."""

import sqlalchemy as sa
from alembic import op

from shared.sealing.migration import seal_columns, unseal_columns

revision = "0003_sealed_bus"
down_revision = "0002_audit"


def upgrade() -> None:
    seal_columns(op, "outbox", ["body"])
    seal_columns(op, "parked", ["body"])


def downgrade() -> None:
    unseal_columns(op, "outbox", {"body": sa.Text()})
    unseal_columns(op, "parked", {"body": sa.LargeBinary()})
