"""Orders of the 12345 hotline, taken in by spreadsheet or API, and their results sent back."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0016_hotline"
down_revision = "0015_deliberation"


def upgrade() -> None:
    """Orders, imports with their rows, what is sent back."""
    _orders()
    _imports()
    op.create_table(
        "hotline_returns",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", Moment, nullable=False, index=True),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("acknowledged_at", Moment),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("returns", "rows", "imports", "orders"):
        op.drop_table(f"hotline_{name}")


def _orders() -> None:
    op.create_table(
        "hotline_orders",
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False, unique=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("received_at", Moment),
        sa.Column("deadline", Moment),
        sa.Column("return_requested", sa.Boolean, nullable=False),
        sa.Column("secret", sa.Boolean, nullable=False),
        sa.Column("import_id", sa.String(32), nullable=False),
        sa.Column("taken_at", Moment, nullable=False, index=True),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("settled", sa.Boolean, nullable=False),
    )
    op.create_index("hotline_orders_community", "hotline_orders", ["community", "taken_at"])
    unsettled = sa.column("settled", sa.Boolean).is_(False)
    op.create_index(
        "hotline_orders_unsettled",
        "hotline_orders",
        ["case_number"],
        sqlite_where=unsettled,
        postgresql_where=unsettled,
    )


def _imports() -> None:
    op.create_table(
        "hotline_imports",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("file_name", sa.LargeBinary, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("at", Moment, nullable=False, index=True),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("lease_by", sa.String(32), nullable=False),
        sa.Column("lease_until", Moment),
        sa.Column("finished_at", Moment),
    )
    op.create_table(
        "hotline_rows",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("import_id", sa.String(32), nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("order_number", sa.String(60), nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("given", sa.LargeBinary),
        sa.Column("reasons", sa.LargeBinary),
    )
    op.create_index("hotline_rows_by_import", "hotline_rows", ["import_id", "state", "row"])
