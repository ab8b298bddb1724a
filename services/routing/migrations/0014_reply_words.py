"""Until when what a reply said is kept: of one that names no order, shorter."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0014_reply_words"
down_revision = "0013_owner"
KEEP = timedelta(days=90)


def upgrade() -> None:
    op.add_column("replies", sa.Column("kept_until", Moment))
    until, today = sa.column("kept_until", Moment), datetime.now(UTC)
    replies = sa.table("replies", until, sa.column("order_number"), sa.column("via"))
    whole = replies.c.via.in_(("bus", "webhook"))  # of the others only what they did was kept
    stray = replies.c.order_number == ""
    op.execute(replies.update().where(whole, ~stray).values(kept_until=today + KEEP))
    op.execute(replies.update().where(whole, stray).values(kept_until=today))
    kept = until.is_not(None)
    op.create_index(
        "replies_kept",
        "replies",
        ["kept_until"],
        sqlite_where=kept,
        postgresql_where=kept,
    )


def downgrade() -> None:
    op.drop_index("replies_kept", "replies")
    op.drop_column("replies", "kept_until")
