"""The problem-responsibility list, clusters and looking back.

Orders that are there leave no trace: clusters are of what comes from now on. Those that are long
unsolved are proposed for the list by the first look.
"""

import sqlalchemy as sa
from alembic import op

from shared.sealing import Sealed, SealedJSON
from shared.types import Moment

revision = "0008_problems"
down_revision = "0007_follow_ups"

STILL_OPEN = "state NOT IN ('completed', 'closed', 'cancelled')"
TROUBLED = f"(hops > 0 OR level > 0) AND {STILL_OPEN}"
TABLES = (
    *("look_backs", "clusters", "traces", "problem_candidates", "problem_orders"),
    *("problem_history", "problem_departments", "problems"),
)


def upgrade() -> None:
    _problems()
    _candidates()
    _clusters()
    _look_backs()
    _partial("orders_open_since", "orders", ["opened_at"], STILL_OPEN)
    _partial("orders_troubled", "orders", ["hops"], TROUBLED)


def downgrade() -> None:
    op.drop_index("orders_troubled", "orders")
    op.drop_index("orders_open_since", "orders")
    for table in TABLES:
        op.drop_table(table)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    said = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=said, postgresql_where=said)


def _problems() -> None:
    op.create_table(
        "problems",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("title", Sealed("problems.title"), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("lead", sa.String(8), nullable=False),
        sa.Column("responsible", Sealed("problems.responsible"), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("opened_by", sa.String(60), nullable=False),
        sa.Column("assisting", sa.JSON, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("steps", SealedJSON("problems.steps"), nullable=False),
        sa.Column("next_step_at", Moment),
        sa.Column("review_at", Moment),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("cluster", sa.String(40)),
        sa.Column("community_code", sa.String(12), nullable=False),
        sa.Column("matter", sa.String(60), nullable=False),
        sa.Column("solved_at", Moment),
        sa.Column("closed_at", Moment),
        sa.Column("times_back", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("problems_state", "problems", ["state", "opened_at"])
    op.create_table(
        "problem_departments",
        sa.Column("problem_number", sa.String(40), primary_key=True),
        sa.Column("department", sa.String(8), primary_key=True),
    )
    op.create_index("problem_departments_of", "problem_departments", ["department"])
    op.create_table(
        "problem_history",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("what", sa.String(30), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("note", Sealed("problem_history.note"), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_table(
        "problem_orders",
        sa.Column("problem_number", sa.String(40), primary_key=True),
        sa.Column("order_number", sa.String(50), primary_key=True),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("attached_at", Moment, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
    )
    op.create_index("problem_orders_order", "problem_orders", ["order_number"])
    op.create_index("problem_orders_case", "problem_orders", ["case_number"])


def _candidates() -> None:
    op.create_table(
        "problem_candidates",
        sa.Column("order_number", sa.String(50), primary_key=True),
        sa.Column("whys", sa.JSON, nullable=False),
        sa.Column("proposed_at", Moment, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("problem_number", sa.String(40)),
        sa.Column("reason", Sealed("problem_candidates.reason"), nullable=False),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("problem_candidates_state", "problem_candidates", ["state", "proposed_at"])


def _clusters() -> None:
    op.create_table(
        "traces",
        sa.Column("case_number", sa.String(40), primary_key=True),
        sa.Column("order_number", sa.String(50), nullable=False),
        sa.Column("community_code", sa.String(12), nullable=False),
        sa.Column("matter", sa.String(60), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("place", SealedJSON("traces.place")),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("cluster", sa.String(40)),
    )
    op.create_index("traces_cluster", "traces", ["cluster", "opened_at"])
    _partial("traces_waiting", "traces", ["opened_at"], "cluster IS NULL")
    op.create_table(
        "clusters",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("community_code", sa.String(12), nullable=False),
        sa.Column("matter", sa.String(60), nullable=False),
        sa.Column("place", SealedJSON("clusters.place")),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("first_at", Moment, nullable=False),
        sa.Column("last_at", Moment, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("problem_number", sa.String(40)),
        sa.Column("reason", Sealed("clusters.reason"), nullable=False),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("clusters_alike", "clusters", ["community_code", "matter", "last_at"])
    _partial("clusters_several", "clusters", ["state", "last_at"], "size > 1")
    op.create_index("clusters_problem", "clusters", ["problem_number"])


def _look_backs() -> None:
    op.create_table(
        "look_backs",
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("problem_number", sa.String(40)),
        sa.Column("order_number", sa.String(50)),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("due_by", Moment, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", sa.String(60), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("found", Sealed("look_backs.found"), nullable=False),
        sa.Column("done_at", Moment),
        sa.Column("done_by", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("look_backs_due", "look_backs", ["state", "due_by"])
    op.create_index("look_backs_problem", "look_backs", ["problem_number"])
    op.create_index("look_backs_order", "look_backs", ["order_number"])
