"""Work orders, their history, replies, early facts, and the tables of the bus."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "early_facts",
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("kept_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("early_facts_case", "early_facts", ["case_number"], unique=False)
    op.create_index("early_facts_kept", "early_facts", ["kept_at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("consumer", sa.String(length=64), nullable=False),
        sa.Column("heard_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "consumer"),
    )
    op.create_table(
        "order_history",
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("department", sa.String(length=8)),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", "version"),
    )
    op.create_table(
        "orders",
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("transfer", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("urgency", sa.String(length=30), nullable=False),
        sa.Column("location", sa.String(length=300), nullable=False),
        sa.Column("community_code", sa.String(length=12), nullable=False),
        sa.Column("community_name", sa.String(length=60), nullable=False),
        sa.Column("applicant_name", sa.String(length=60), nullable=False),
        sa.Column("applicant_phone", sa.String(length=30), nullable=False),
        sa.Column("owner_name", sa.String(length=60), nullable=False),
        sa.Column("item_code", sa.String(length=20)),
        sa.Column("item_name", sa.String(length=200), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("case_version", sa.BigInteger(), nullable=False),
        sa.Column("department", sa.String(length=8)),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("suggestions", sa.JSON(), nullable=False),
        sa.Column("dispatched_at", Moment()),
        sa.Column("clock_from", Moment()),
        sa.Column("contact_by", Moment()),
        sa.Column("contact_yellow_at", Moment()),
        sa.Column("contact_alarm_at", Moment()),
        sa.Column("contacted_at", Moment()),
        sa.Column("due_by", Moment()),
        sa.Column("due_yellow_at", Moment()),
        sa.Column("due_alarm_at", Moment()),
        sa.Column("sign_at", Moment()),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("extension", sa.JSON(none_as_null=True)),
        sa.Column("return_request", sa.JSON(none_as_null=True)),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("completed_at", Moment()),
        sa.Column("reviewed_at", Moment()),
        sa.Column("hops", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Integer()),
        sa.Column("rated_version", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("orders_case", "orders", ["case_number"], unique=False)
    op.create_index(
        "orders_contact_alarm_at",
        "orders",
        ["contact_alarm_at"],
        unique=False,
        postgresql_where=sa.text("contact_alarm_at IS NOT NULL"),
        sqlite_where=sa.text("contact_alarm_at IS NOT NULL"),
    )
    op.create_index("orders_department", "orders", ["department", "state", "due_by"], unique=False)
    op.create_index(
        "orders_due_alarm_at",
        "orders",
        ["due_alarm_at"],
        unique=False,
        postgresql_where=sa.text("due_alarm_at IS NOT NULL"),
        sqlite_where=sa.text("due_alarm_at IS NOT NULL"),
    )
    op.create_index(
        "orders_sign_at",
        "orders",
        ["sign_at"],
        unique=False,
        postgresql_where=sa.text("sign_at IS NOT NULL"),
        sqlite_where=sa.text("sign_at IS NOT NULL"),
    )
    op.create_index("orders_state", "orders", ["state", "due_by"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("exchange", sa.String(length=64), nullable=False),
        sa.Column("routing_key", sa.String(length=128), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "parked",
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("consumer", sa.String(length=64), nullable=False),
        sa.Column("routing_key", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_failed_at", Moment(), nullable=False),
        sa.Column("next_attempt_at", Moment()),
        sa.PrimaryKeyConstraint("event_id", "consumer"),
    )
    op.create_index("ix_parked_next_attempt_at", "parked", ["next_attempt_at"], unique=False)
    op.create_index("ix_parked_state", "parked", ["state"], unique=False)
    op.create_table(
        "replies",
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("reply_id", sa.String(length=200), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("order_number", sa.String(length=50), nullable=False),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("department", "reply_id"),
    )
    op.create_index("replies_at", "replies", ["department", "at"], unique=False)
    op.create_table(
        "serials",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    for table in (
        "early_facts",
        "inbox",
        "order_history",
        "orders",
        "outbox",
        "parked",
        "replies",
        "serials",
    ):
        op.drop_table(table)
