"""Contacts, messages, attempts, paces and the bus tables."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    _cases_and_messages()
    _attempts_and_paces()
    _bus()


def _cases_and_messages() -> None:
    op.create_table(
        "contacts",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("applicant", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(30), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("owner_name", sa.String(60), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("community_name", sa.String(60), nullable=False),
        sa.Column("urgency", sa.String(30), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("template", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("recipient_key", sa.String(60), nullable=False),
        sa.Column("recipient_name", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(30), nullable=False),
        sa.Column("email", sa.String(200), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("route", sa.JSON, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("params", sa.JSON, nullable=False),
        sa.Column("keeps_hours", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("next_attempt_at", Moment, nullable=False),
        sa.Column("taken_at", Moment),
        sa.Column("delivered_at", Moment),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("event_id", "template", "audience", name="messages_once"),
    )
    op.create_index("ix_messages_case_number", "messages", ["case_number"])
    op.create_index("messages_due", "messages", ["state", "channel", "next_attempt_at"])
    op.create_index("messages_newest", "messages", ["created_at", "id"])
    op.create_index("messages_of_community", "messages", ["community", "created_at"])


def _attempts_and_paces() -> None:
    op.create_table(
        "attempts",
        sa.Column("message_id", sa.String(40), sa.ForeignKey("messages.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("ended_at", Moment, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "paces",
        sa.Column("channel", sa.String(20), primary_key=True),
        sa.Column("recent", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _bus() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("exchange", sa.String(64), nullable=False),
        sa.Column("routing_key", sa.String(128), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("sent_at", Moment),
    )
    unsent = sa.text("sent_at IS NULL")
    op.create_index("outbox_unsent", "outbox", ["id"], postgresql_where=unsent, sqlite_where=unsent)
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(200), primary_key=True),
        sa.Column("consumer", sa.String(64), primary_key=True),
        sa.Column("heard_at", Moment, nullable=False),
    )
    op.create_table(
        "parked",
        sa.Column("event_id", sa.String(200), primary_key=True),
        sa.Column("consumer", sa.String(64), primary_key=True),
        sa.Column("routing_key", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("first_failed_at", Moment, nullable=False),
        sa.Column("next_attempt_at", Moment),
    )
    op.create_index("ix_parked_state", "parked", ["state"])
    op.create_index("ix_parked_next_attempt_at", "parked", ["next_attempt_at"])
    op.create_table(
        "serials",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "serials",
        "parked",
        "inbox",
        "outbox",
        "paces",
        "attempts",
        "messages",
        "contacts",
    ):
        op.drop_table(table)
