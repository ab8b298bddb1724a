"""Times that can be booked: appointments, tickets, mobile desks, reception days 预约与叫号."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0012_slots"
down_revision = "0011_rosters"
HELD = "state IN ('booked', 'waiting')"
DIGEST = 32


def upgrade() -> None:
    _slots()
    _bookings()
    _tickets()
    op.create_table(
        "form_references",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("fields", sa.LargeBinary, nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_index("ix_form_references_at", "form_references", ["at"])


def _slots() -> None:
    op.create_table(
        "slots",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.String(100), nullable=False),
        sa.Column("place_en", sa.String(100), nullable=False),
        sa.Column("starts_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("officer", sa.String(60), nullable=False),
        sa.Column("departments", sa.JSON, nullable=False),
        sa.Column("remarks", sa.String(200), nullable=False),
        sa.Column("pattern", sa.String(20), nullable=False),
        sa.Column("closed_reason", sa.String(200), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="slots_not_overbooked"),
    )
    op.create_index("slots_by_community", "slots", ["community", "starts_at"])
    op.create_index("slots_by_time", "slots", ["starts_at"])


def _bookings() -> None:
    op.create_table(
        "bookings",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("slot_id", sa.String(60), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("item", sa.String(20), nullable=False),
        sa.Column("matter", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("phone", sa.LargeBinary, nullable=False),
        sa.Column("phone_index", sa.LargeBinary(DIGEST), nullable=False),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("group", sa.LargeBinary, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("via", sa.String(20), nullable=False),
        sa.Column("booked_at", Moment, nullable=False),
        sa.Column("queued_at", Moment, nullable=False),
        sa.Column("reminded_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("ended_by", sa.String(60), nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False, index=True),
        sa.Column("unreached_at", Moment),
        sa.Column("erased_at", Moment),
    )
    op.create_index("ix_bookings_phone_index", "bookings", ["phone_index"])
    op.create_index("bookings_of_slot", "bookings", ["slot_id", "state"])
    held = sa.text(HELD)
    op.create_index(
        "bookings_once",
        "bookings",
        ["slot_id", "phone_index"],
        unique=True,
        sqlite_where=held,
        postgresql_where=held,
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("slot_id", sa.String(60), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("number", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("taken_at", Moment, nullable=False),
        sa.Column("called_at", Moment),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("window", sa.Integer, nullable=False),
        sa.Column("called_by", sa.String(60), nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("case_number", sa.String(40), nullable=False, index=True),
        sa.UniqueConstraint("slot_id", "number", name="tickets_once"),
    )
    op.create_index("tickets_in_line", "tickets", ["slot_id", "state", "rank", "taken_at"])


def downgrade() -> None:
    for table in ("form_references", "tickets", "bookings", "slots"):
        op.drop_table(table)
