"""The bus's tables, cases with their timeline, refusals, idempotency keys and accounts."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    _bus()
    _cases()
    _beside_cases()
    _accounts()


def downgrade() -> None:
    for table in (
        "accounts",
        "idempotency",
        "refusals",
        "case_history",
        "cases",
        "serials",
        "parked",
        "inbox",
        "outbox",
    ):
        op.drop_table(table)


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
        sa.Column("state", sa.String(10), nullable=False, index=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("first_failed_at", Moment, nullable=False),
        sa.Column("next_attempt_at", Moment, index=True),
    )
    op.create_table(
        "serials",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("item", sa.JSON, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("community_name", sa.String(60), nullable=False),
        sa.Column("owner_username", sa.String(60), nullable=False),
        sa.Column("owner_name", sa.String(60), nullable=False),
        sa.Column("handler", sa.JSON, nullable=False),
        sa.Column("applicant_name", sa.String(60), nullable=False),
        sa.Column("applicant_phone", sa.String(30), nullable=False),
        sa.Column("applicant_id_no", sa.String(20), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("urgency", sa.String(30), nullable=False),
        sa.Column("location", sa.String(300), nullable=False),
        sa.Column("materials", sa.JSON, nullable=False),
        sa.Column("notice", sa.JSON, nullable=False),
        sa.Column("supplement_by", Moment),
        sa.Column("limit_zh", sa.String(100), nullable=False),
        sa.Column("limit_en", sa.String(100), nullable=False),
        sa.Column("accepted_at", Moment, nullable=False),
        sa.Column("due_at", Moment),
        sa.Column("transfers", sa.Integer, nullable=False),
        sa.Column("transferred_at", Moment),
        sa.Column("resolutions", sa.Integer, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("resolved_by", sa.String(60), nullable=False),
        sa.Column("resolved_at", Moment),
        sa.Column("resolved_order", sa.String(40), nullable=False),
        sa.Column("rating", sa.JSON, nullable=False),
        sa.Column("closed_at", Moment),
        sa.Column("needs", sa.Integer, nullable=False),
        sa.Column("orders", sa.JSON, nullable=False),
    )
    op.create_index("cases_by_community", "cases", ["community", "state"])
    op.create_index("cases_by_owner", "cases", ["owner_username", "state"])
    op.create_index("cases_by_phone", "cases", ["applicant_phone"])
    op.create_index("cases_by_name", "cases", ["applicant_name"])
    op.create_table(
        "case_history",
        sa.Column("case_number", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )


def _beside_cases() -> None:
    op.create_table(
        "refusals",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("redirect", sa.Text, nullable=False),
        sa.Column("departments", sa.JSON, nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("community_name", sa.String(60), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("applicant_name", sa.String(60), nullable=False),
        sa.Column("applicant_phone", sa.String(30), nullable=False),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("at", Moment, nullable=False, index=True),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("username", sa.String(60), primary_key=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("community", sa.String(12)),
        sa.Column("department", sa.String(8)),
        sa.Column("partner", sa.String(40)),
        sa.Column("grids", sa.JSON, nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
    )
