"""Since which event of the case its first responder is known: a hand-over may come out of order."""

import sqlalchemy as sa
from alembic import op

revision = "0013_owner"
down_revision = "0012_order_lists"


def upgrade() -> None:
    version = sa.Column("owner_version", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("orders", version)


def downgrade() -> None:
    # Not in a batch: SQLite would make the table anew, without the indexes over expressions.
    op.drop_column("orders", "owner_version")
