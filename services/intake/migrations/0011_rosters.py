"""Who is on duty when: shifts by rota, pairs, leave, swaps, calendars 排班."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0011_rosters"
down_revision = "0010_ways"


def upgrade() -> None:
    _members_and_duties()
    _leaves()
    _swaps()
    op.create_table(
        "calendar_links",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("of", sa.String(20), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment),
        sa.Column("revoked_by", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("calendar_links_of", "calendar_links", ["community", "username"])


def _members_and_duties() -> None:
    op.create_table(
        "roster_members",
        sa.Column("username", sa.String(60), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False, index=True),
        sa.Column("posts", sa.JSON, nullable=False),
        sa.Column("partner", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "duties",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("post", sa.String(20), nullable=False),
        sa.Column("seat", sa.String(4), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("starts_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.Column("meal_starts_at", Moment),
        sa.Column("meal_ends_at", Moment),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("duties_of_day", "duties", ["community", "day"])
    op.create_index("duties_of_officer", "duties", ["username", "day"])
    planned = sa.text("state = 'planned'")
    op.create_index(
        "duties_seat",
        "duties",
        ["community", "day", "post", "seat"],
        unique=True,
        sqlite_where=planned,
        postgresql_where=planned,
    )


def _leaves() -> None:
    op.create_table(
        "leaves",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("starts_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("in_view", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("leaves_of", "leaves", ["community", "ends_at"])


def _swaps() -> None:
    op.create_table(
        "swaps",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("duty", sa.String(32), nullable=False),
        sa.Column("other_username", sa.String(60), nullable=False),
        sa.Column("other_name", sa.String(60), nullable=False),
        sa.Column("other_duty", sa.String(32), nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("in_view", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("swaps_of", "swaps", ["community", "asked_at"])


def downgrade() -> None:
    for table in ("calendar_links", "swaps", "leaves", "duties", "roster_members"):
        op.drop_table(table)
