"""The audit: its entries, the head of their chain, and the guards that keep both."""

from alembic import op

from shared.audit import migration

revision = "0002_audit"
down_revision = "0001"


def upgrade() -> None:
    migration.create(op)


def downgrade() -> None:
    migration.drop(op)
