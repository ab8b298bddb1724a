"""Follow-ups and what came of them."""

import sqlalchemy as sa
from alembic import op

from shared.sealing import Sealed
from shared.types import Moment

revision = "0007_follow_ups"
down_revision = "0006_clocks"

BAD = sa.text("right_by IS NOT NULL AND put_right_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("order_number", sa.String(50), nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("community_code", sa.String(12), nullable=False),
        sa.Column("matter", sa.String(60), nullable=False),
        sa.Column("replied_at", Moment, nullable=False),
        sa.Column("due_by", Moment, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("contacted", sa.Boolean),
        sa.Column("solved", sa.Boolean),
        sa.Column("grade", sa.Integer),
        sa.Column("satisfied", sa.Boolean),
        sa.Column("words", Sealed("follow_ups.words"), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("done_at", Moment),
        sa.Column("settled_on", sa.Date),
        sa.Column("exclusion", sa.String(30), nullable=False),
        sa.Column("exclusion_note", Sealed("follow_ups.exclusion_note"), nullable=False),
        sa.Column("asked_by", sa.String(60), nullable=False),
        sa.Column("asked_by_username", sa.String(60), nullable=False),
        sa.Column("asked_at", Moment),
        sa.Column("review_note", Sealed("follow_ups.review_note"), nullable=False),
        sa.Column("reviewed_by", sa.String(60), nullable=False),
        sa.Column("reviewed_by_username", sa.String(60), nullable=False),
        sa.Column("reviewed_at", Moment),
        sa.Column("lapse", sa.String(20), nullable=False),
        sa.Column("contact_by", Moment),
        sa.Column("right_by", Moment),
        sa.Column("contacted_again_at", Moment),
        sa.Column("put_right_at", Moment),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("follow_ups_order", "follow_ups", ["order_number"])
    op.create_index("follow_ups_due", "follow_ups", ["state", "due_by"])
    op.create_index("follow_ups_department_due", "follow_ups", ["department", "state", "due_by"])
    op.create_index("follow_ups_settled", "follow_ups", ["settled_on", "department"])
    op.create_index("follow_ups_department", "follow_ups", ["department", "settled_on"])
    op.create_index("follow_ups_community", "follow_ups", ["community_code", "settled_on"])
    op.create_index("follow_ups_matter", "follow_ups", ["matter", "settled_on"])
    op.create_index(
        "follow_ups_bad", "follow_ups", ["right_by"], sqlite_where=BAD, postgresql_where=BAD
    )


def downgrade() -> None:
    op.drop_table("follow_ups")
