"""The tables of problems, clusters and look-backs.

What people write is sealed, and so is a place, fine as it is down to the building. The content
words of a title are not: they are less than the title, which stands unsealed with its order.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Sealed, SealedJSON
from shared.types import Moment

STILL_OPEN = "state NOT IN ('completed', 'closed', 'cancelled')"
TROUBLED = f"(hops > 0 OR level > 0) AND {STILL_OPEN}"
"""Literal, so that a partial index answers a query that says the same."""


@dataclass(frozen=True)
class ProblemTables:
    """All tables of the package."""

    problems: sa.Table
    departments: sa.Table
    history: sa.Table
    attached: sa.Table
    candidates: sa.Table
    traces: sa.Table
    clusters: sa.Table
    look_backs: sa.Table


def problem_tables(metadata: sa.MetaData) -> ProblemTables:
    """Add them to routing's metadata, and to its orders the indexes candidates are found by."""
    tables = ProblemTables(
        _problems(metadata),
        _departments(metadata),
        _history(metadata),
        _attached(metadata),
        _candidates(metadata),
        _traces(metadata),
        _clusters(metadata),
        _look_backs(metadata),
    )
    orders = metadata.tables["orders"]
    for name, first, where in (
        ("open_since", orders.c.opened_at, STILL_OPEN),
        ("troubled", orders.c.hops, TROUBLED),
    ):
        said = sa.text(where)
        sa.Index(f"orders_{name}", first, sqlite_where=said, postgresql_where=said)
    return tables


def _problems(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "problems",
        metadata,
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
    sa.Index("problems_state", table.c.state, table.c.opened_at)
    return table


def _departments(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "problem_departments",
        metadata,
        sa.Column("problem_number", sa.String(40), primary_key=True),
        sa.Column("department", sa.String(8), primary_key=True),
    )
    sa.Index("problem_departments_of", table.c.department)
    return table


def _history(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "problem_history",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("what", sa.String(30), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("note", Sealed("problem_history.note"), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )


def _attached(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "problem_orders",
        metadata,
        sa.Column("problem_number", sa.String(40), primary_key=True),
        sa.Column("order_number", sa.String(50), primary_key=True),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("attached_at", Moment, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
    )
    sa.Index("problem_orders_order", table.c.order_number)
    sa.Index("problem_orders_case", table.c.case_number)
    return table


def _candidates(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "problem_candidates",
        metadata,
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
    sa.Index("problem_candidates_state", table.c.state, table.c.proposed_at)
    return table


def _traces(metadata: sa.MetaData) -> sa.Table:
    """One for every case: transferred anew, it is still one complaint."""
    table = sa.Table(
        "traces",
        metadata,
        sa.Column("case_number", sa.String(40), primary_key=True),
        sa.Column("order_number", sa.String(50), nullable=False),
        sa.Column("community_code", sa.String(12), nullable=False),
        sa.Column("matter", sa.String(60), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("place", SealedJSON("traces.place")),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("cluster", sa.String(40)),
    )
    sa.Index("traces_cluster", table.c.cluster, table.c.opened_at)
    waiting = table.c.cluster.is_(None)
    sa.Index("traces_waiting", table.c.opened_at, sqlite_where=waiting, postgresql_where=waiting)
    return table


def _clusters(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "clusters",
        metadata,
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
    sa.Index("clusters_alike", table.c.community_code, table.c.matter, table.c.last_at)
    several = sa.text("size > 1")
    sa.Index(
        "clusters_several",
        table.c.state,
        table.c.last_at,
        sqlite_where=several,
        postgresql_where=several,
    )
    sa.Index("clusters_problem", table.c.problem_number)
    return table


def _look_backs(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "look_backs",
        metadata,
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
    sa.Index("look_backs_due", table.c.state, table.c.due_by)
    sa.Index("look_backs_problem", table.c.problem_number)
    sa.Index("look_backs_order", table.c.order_number)
    return table
