"""The tables of grids: reports from the spot, their history, notices to put right, who needs care.

What people write, who they are, where they live and what care they need is sealed.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Blind, Sealed, SealedJSON
from shared.types import Moment

STILL_KEPT = "closed_at IS NOT NULL AND erased_at IS NULL"
"""Literal, so that a partial index answers a query that says the same."""


@dataclass(frozen=True)
class GridTables:
    """All tables of the package."""

    reports: sa.Table
    report_history: sa.Table
    notices: sa.Table
    notice_history: sa.Table
    care: sa.Table


def grid_tables(metadata: sa.MetaData) -> GridTables:
    """Add them to intake's metadata."""
    return GridTables(
        _reports(metadata),
        _history(metadata, "grid_report_history"),
        _notices(metadata),
        _history(metadata, "grid_notice_history"),
        _care(metadata),
    )


def _reports(metadata: sa.MetaData) -> sa.Table:
    """`client_id` is the phone's own: sent twice, it is one report. `position`: where."""
    table = sa.Table(
        "grid_reports",
        metadata,
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
        sa.Column("words", Sealed("grid_reports.words"), nullable=False),
        sa.Column("place", Sealed("grid_reports.place"), nullable=False),
        sa.Column("position", SealedJSON("grid_reports.position", none_as_null=True)),
        sa.Column("checked", SealedJSON("grid_reports.checked"), nullable=False),
        sa.Column("care", sa.String(40), nullable=False, index=True),
        sa.Column("phone", Sealed("grid_reports.phone"), nullable=False),
        sa.Column("phone_index", Blind("grid_reports.phone"), nullable=False, index=True),
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
        sa.Column("result", Sealed("grid_reports.result"), nullable=False),
        sa.Column("solved_by", sa.String(60), nullable=False),
        sa.Column("closed_at", Moment),
        sa.Column("case_number", sa.String(40), nullable=False, index=True),
        sa.Column("erased_at", Moment),
    )
    sa.Index("grid_reports_listed", table.c.community, table.c.state, table.c.received_at)
    sa.Index("grid_reports_handler", table.c.handler_username, table.c.state)
    sa.Index("grid_reports_reporter", table.c.by_username, table.c.received_at)
    kept = sa.text(STILL_KEPT)
    sa.Index("grid_reports_kept", table.c.closed_at, sqlite_where=kept, postgresql_where=kept)
    return table


def _history(metadata: sa.MetaData, name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("note", Sealed(f"{name}.note"), nullable=False),
    )


def _notices(metadata: sa.MetaData) -> sa.Table:
    """Rectification notices 整改通知书 (N, 3-30)."""
    table = sa.Table(
        "grid_notices",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("report_number", sa.String(40), nullable=False, index=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("grid", sa.String(20), nullable=False),
        sa.Column("addressee", Sealed("grid_notices.addressee"), nullable=False),
        sa.Column("place", Sealed("grid_notices.place"), nullable=False),
        sa.Column("wrong", SealedJSON("grid_notices.wrong"), nullable=False),
        sa.Column("basis", Sealed("grid_notices.basis"), nullable=False),
        sa.Column("issued_at", Moment, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("checker_username", sa.String(60), nullable=False),
        sa.Column("checker_name", sa.String(60), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("look_back_at", Moment),
        sa.Column("checks", sa.Integer, nullable=False),
        sa.Column("found", Sealed("grid_notices.found"), nullable=False),
        sa.Column("ended_at", Moment),
    )
    sa.Index("grid_notices_listed", table.c.community, table.c.state, table.c.due_at)
    sa.Index("grid_notices_checker", table.c.checker_username, table.c.state)
    return table


def _care(metadata: sa.MetaData) -> sa.Table:
    """Who needs care 重点关爱对象: groups and health are sensitive (PIPL 28), hence sealed."""
    table = sa.Table(
        "grid_care",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("grid", sa.String(20), nullable=False),
        sa.Column("name", Sealed("grid_care.name"), nullable=False),
        sa.Column("phone", Sealed("grid_care.phone"), nullable=False),
        sa.Column("phone_index", Blind("grid_care.phone"), nullable=False, index=True),
        sa.Column("id_no", Sealed("grid_care.id_no"), nullable=False),
        sa.Column("id_index", Blind("grid_care.id_no"), nullable=False, index=True),
        sa.Column("address", Sealed("grid_care.address"), nullable=False),
        sa.Column("groups", SealedJSON("grid_care.groups"), nullable=False),
        sa.Column("needs", Sealed("grid_care.needs"), nullable=False),
        sa.Column("consent", SealedJSON("grid_care.consent", none_as_null=True)),
        sa.Column("worker_username", sa.String(60), nullable=False),
        sa.Column("worker_name", sa.String(60), nullable=False),
        sa.Column("every_days", sa.Integer, nullable=False),
        sa.Column("visited_at", Moment),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("added_by", sa.String(60), nullable=False),
        sa.Column("added_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("ended_why", Sealed("grid_care.ended_why"), nullable=False),
    )
    sa.Index("grid_care_listed", table.c.community, table.c.active, table.c.due_at)
    sa.Index("grid_care_worker", table.c.worker_username, table.c.active, table.c.due_at)
    return table
