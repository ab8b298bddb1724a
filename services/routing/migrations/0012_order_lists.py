"""Indexes by which lists of orders are found, ordered and counted without reading all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0012_order_lists"
down_revision = "0011_pressing"

STAGE = (
    "(CASE state WHEN 'dispatched' THEN 0 WHEN 'signed' THEN 1 WHEN 'joint' THEN 1"
    " WHEN 'in_review' THEN 2 WHEN 'return_requested' THEN 3 WHEN 'arbitration' THEN 3"
    " WHEN 'proposed' THEN 4 WHEN 'completed' THEN 5 WHEN 'closed' THEN 5 ELSE 6 END)"
)
AT = (
    "(CASE WHEN state IN ('completed', 'closed', 'cancelled')"
    " THEN COALESCE(completed_at, opened_at)"
    " WHEN state = 'proposed' THEN opened_at"
    " WHEN state = 'joint' THEN NULL"
    " WHEN contacted_at IS NULL AND (paused_at IS NOT NULL OR contact_by < due_by) THEN contact_by"
    " WHEN paused_at IS NULL THEN due_by END)"
)
WARN = (
    "(CASE WHEN contacted_at IS NULL"
    " AND (paused_at IS NOT NULL OR contact_yellow_at < due_yellow_at) THEN contact_yellow_at"
    " WHEN paused_at IS NULL THEN due_yellow_at END)"
)
HELD = "state IN ('dispatched', 'signed', 'return_requested', 'arbitration', 'in_review')"
STILL_OPEN = "state NOT IN ('completed', 'closed', 'cancelled')"
INDEXES = (
    ("orders_stage", "orders", (STAGE, AT, "number"), ""),
    ("orders_department_stage", "orders", ("department", STAGE, AT, "number"), ""),
    ("orders_held", "orders", (AT, "number", WARN), HELD),
    ("orders_department_held", "orders", ("department", AT, "number", WARN), HELD),
    (
        "orders_asked",
        "orders",
        ("department", AT, "number"),
        f"(state = 'in_review' OR (extension IS NOT NULL AND {HELD}))",
    ),
    (
        "orders_raised",
        "orders",
        ("level", AT, "number"),
        f"(level > 0 OR pressed_at IS NOT NULL) AND {STILL_OPEN}",
    ),
    ("orders_bounced", "orders", ("hops", "number"), f"hops > 0 AND {STILL_OPEN}"),
    ("orders_repeated", "orders", ("repeats", "number"), f"repeats > 0 AND {STILL_OPEN}"),
    (
        "orders_unread",
        "orders",
        ("completed_at", "number"),
        "state = 'completed' AND reviewed_at IS NULL",
    ),
    (
        "order_history_counted",
        "order_history",
        ("at", "what", "department"),
        "what IN ('dispatch', 'late')",
    ),
)
"""As `listing.INDEXES` had them when this step was made."""


def upgrade() -> None:
    for name, table, keys, condition in INDEXES:
        columns = [sa.text(key) if key.startswith("(") else key for key in keys]
        where = sa.text(condition) if condition else None
        op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
