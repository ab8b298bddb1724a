"""How lists of orders are ordered and found: a few expressions, each with its index.

A list or a count must not read a million open orders, so what it is ordered and filtered by stands
in an index, as an expression of the order's own columns. The texts are literal, for a partial index
only answers a query that says the same; they mean the same on SQLite and PostgreSQL.
"""

from typing import Any

import sqlalchemy as sa

from services.routing.states import ANSWERABLE
from shared.types import Moment

UNSIGNED, WORKING, REVIEW, RETURNS, PROPOSED, DONE, CANCELLED = range(7)
"""The stages, in the order of a list that holds several."""
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
"""What is at work: the nearest deadline that still runs; in review, the one that counts if it is
sent back. What is done: since when."""
WARN = (
    "(CASE WHEN contacted_at IS NULL"
    " AND (paused_at IS NOT NULL OR contact_yellow_at < due_yellow_at) THEN contact_yellow_at"
    " WHEN paused_at IS NULL THEN due_yellow_at END)"
)
"""When the first of the clocks that still run turns yellow."""
_HELD = "state IN ('dispatched', 'signed', 'return_requested', 'arbitration', 'in_review')"
_ASKED = f"(state = 'in_review' OR (extension IS NOT NULL AND {_HELD}))"
_RAISED = (
    "(level > 0 OR pressed_at IS NOT NULL) AND state NOT IN ('completed', 'closed', 'cancelled')"
)
_BOUNCED = "hops > 0 AND state NOT IN ('completed', 'closed', 'cancelled')"
_REPEATED = "repeats > 0 AND state NOT IN ('completed', 'closed', 'cancelled')"
_UNREAD = "state = 'completed' AND reviewed_at IS NULL"
_COUNTED = "what IN ('dispatch', 'late')"
_N = "number"

stage: sa.ColumnElement[int] = sa.literal_column(STAGE, sa.Integer)
at: sa.ColumnElement[Any] = sa.literal_column(AT, Moment)
warn: sa.ColumnElement[Any] = sa.literal_column(WARN, Moment)
# Conditions without a type: as booleans, SQLite would be asked for "… = 1", which no index says.
held: sa.ColumnElement[bool] = sa.literal_column(_HELD)
"""Its department has it, or its leader reads the reply; only the former's clocks run."""
asked: sa.ColumnElement[bool] = sa.literal_column(_ASKED)
"""Waits for the unit's leader: a reply, or a request for more time."""
raised: sa.ColumnElement[bool] = sa.literal_column(f"({_RAISED})")
bounced: sa.ColumnElement[bool] = sa.literal_column(f"({_BOUNCED})")
repeated: sa.ColumnElement[bool] = sa.literal_column(f"({_REPEATED})")
unread: sa.ColumnElement[bool] = sa.literal_column(f"({_UNREAD})")
counted: sa.ColumnElement[bool] = sa.literal_column(f"({_COUNTED})")
"""Of the history: what the trend charts count."""

INDEXES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "orders_stage": ("orders", (STAGE, AT, _N), ""),
    "orders_department_stage": ("orders", ("department", STAGE, AT, _N), ""),
    "orders_held": ("orders", (AT, _N, WARN), _HELD),
    "orders_department_held": ("orders", ("department", AT, _N, WARN), _HELD),
    "orders_asked": ("orders", ("department", AT, _N), _ASKED),
    "orders_raised": ("orders", ("level", AT, _N), _RAISED),
    "orders_bounced": ("orders", ("hops", _N), _BOUNCED),
    "orders_repeated": ("orders", ("repeats", _N), _REPEATED),
    "orders_unread": ("orders", ("completed_at", _N), _UNREAD),
    "order_history_counted": ("order_history", ("at", "what", "department"), _COUNTED),
}
"""Name -> table, columns and expressions, and of a partial index its condition."""


def add_indexes(*tables: sa.Table) -> None:
    """Put the indexes on these tables."""
    by_name = {table.name: table for table in tables}
    for name, (table, keys, where) in INDEXES.items():
        columns = by_name[table].c
        made = [columns[key] if key in columns else sa.text(key) for key in keys]
        said = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)} if where else {}
        sa.Index(name, *made, **said)  # type: ignore[arg-type]


if set(ANSWERABLE) != {"dispatched", "signed", "return_requested", "arbitration", "in_review"}:
    raise TypeError("states.ANSWERABLE and the index of what is held do not say the same")
