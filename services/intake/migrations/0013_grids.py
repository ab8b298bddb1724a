"""Grids, and what is seen in them: visits, patrols, hazards, snapshots 网格."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0013_grids"
down_revision = "0012_slots"

HISTORIES = ("grid_report_history", "grid_notice_history")


def upgrade() -> None:
    _reports()
    for name in HISTORIES:
        _history(name)
    _notices()
    _care()


def _reports() -> None:
    op.create_table(
        "grid_reports",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("client_id", sa.String(36), nullable=False, unique=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("grid", sa.String(20), nullable=False),
        sa.Column("urgency", sa.String(30), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.Column("place", sa.LargeBinary, nullable=False),
        sa.Column("position", sa.LargeBinary),
        sa.Column("checked", sa.LargeBinary, nullable=False),
        sa.Column("care", sa.String(40), nullable=False, index=True),
        sa.Column("phone", sa.LargeBinary, nullable=False),
        sa.Column("phone_index", sa.LargeBinary(16), nullable=False, index=True),
        sa.Column("photos", sa.Integer, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("owner_username", sa.String(60), nullable=False),
        sa.Column("owner_name", sa.String(60), nullable=False),
        sa.Column("handler_username", sa.String(60), nullable=False),
        sa.Column("handler_name", sa.String(60), nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("due_at", Moment),
        sa.Column("pressed", sa.Integer, nullable=False),
        sa.Column("result", sa.LargeBinary, nullable=False),
        sa.Column("solved_by", sa.String(60), nullable=False),
        sa.Column("closed_at", Moment),
        sa.Column("case_number", sa.String(40), nullable=False, index=True),
        sa.Column("erased_at", Moment),
    )
    for name, columns in {
        "listed": ["community", "state", "received_at"],
        "handler": ["handler_username", "state"],
        "reporter": ["by_username", "received_at"],
    }.items():
        op.create_index(f"grid_reports_{name}", "grid_reports", columns)
    kept = sa.text("closed_at IS NOT NULL AND erased_at IS NULL")
    op.create_index(
        "grid_reports_kept",
        "grid_reports",
        ["closed_at"],
        sqlite_where=kept,
        postgresql_where=kept,
    )


def _history(name: str) -> None:
    op.create_table(
        name,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )


def _notices() -> None:
    op.create_table(
        "grid_notices",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("report_number", sa.String(40), nullable=False, index=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("grid", sa.String(20), nullable=False),
        sa.Column("addressee", sa.LargeBinary, nullable=False),
        sa.Column("place", sa.LargeBinary, nullable=False),
        sa.Column("wrong", sa.LargeBinary, nullable=False),
        sa.Column("basis", sa.LargeBinary, nullable=False),
        sa.Column("issued_at", Moment, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("checker_username", sa.String(60), nullable=False),
        sa.Column("checker_name", sa.String(60), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("look_back_at", Moment),
        sa.Column("checks", sa.Integer, nullable=False),
        sa.Column("found", sa.LargeBinary, nullable=False),
        sa.Column("ended_at", Moment),
    )
    op.create_index("grid_notices_listed", "grid_notices", ["community", "state", "due_at"])
    op.create_index("grid_notices_checker", "grid_notices", ["checker_username", "state"])


def _care() -> None:
    op.create_table(
        "grid_care",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("grid", sa.String(20), nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("phone", sa.LargeBinary, nullable=False),
        sa.Column("phone_index", sa.LargeBinary(16), nullable=False, index=True),
        sa.Column("id_no", sa.LargeBinary, nullable=False),
        sa.Column("id_index", sa.LargeBinary(16), nullable=False, index=True),
        sa.Column("address", sa.LargeBinary, nullable=False),
        sa.Column("groups", sa.LargeBinary, nullable=False),
        sa.Column("needs", sa.LargeBinary, nullable=False),
        sa.Column("consent", sa.LargeBinary),
        sa.Column("worker_username", sa.String(60), nullable=False),
        sa.Column("worker_name", sa.String(60), nullable=False),
        sa.Column("every_days", sa.Integer, nullable=False),
        sa.Column("visited_at", Moment),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("added_by", sa.String(60), nullable=False),
        sa.Column("added_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("ended_why", sa.LargeBinary, nullable=False),
    )
    op.create_index("grid_care_listed", "grid_care", ["community", "active", "due_at"])
    worker = ["worker_username", "active", "due_at"]
    op.create_index("grid_care_worker", "grid_care", worker)


def downgrade() -> None:
    for table in ("grid_care", "grid_notices", *reversed(HISTORIES), "grid_reports"):
        op.drop_table(table)
