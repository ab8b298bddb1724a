"""The tables of pressing. What people write is sealed; a line is named by its order's version."""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Sealed
from shared.types import Moment


@dataclass(frozen=True)
class PressingTables:
    """What was pressed, who refused, and where the leader was called."""

    pressings: sa.Table
    returns: sa.Table
    visits: sa.Table


def pressing_tables(metadata: sa.MetaData) -> PressingTables:
    """Add them to routing's metadata."""
    return PressingTables(_pressings(metadata), _returns(metadata), _visits(metadata))


def _key() -> tuple[sa.Column[str], sa.Column[int]]:
    """The order, and the version of its history line that says the same."""
    return (
        sa.Column("order_number", sa.String(50), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
    )


def _pressings(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "pressings",
        metadata,
        *_key(),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("step", sa.String(30), nullable=False),
        sa.Column("why", sa.String(30), nullable=False),
        sa.Column("to", sa.String(100), nullable=False),
        sa.Column("on_duty", sa.String(60), nullable=False),
        sa.Column("note", Sealed("pressings.note"), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("answered_at", Moment),
    )
    sa.Index("pressings_at", table.c.at)
    open_only = table.c.answered_at.is_(None)
    sa.Index("pressings_open", table.c.at, postgresql_where=open_only, sqlite_where=open_only)
    return table


def _returns(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "order_returns",
        metadata,
        *_key(),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("reason", Sealed("order_returns.reason"), nullable=False),
        sa.Column("ground", Sealed("order_returns.ground"), nullable=False),
        sa.Column("proposed", sa.String(8)),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("next_department", sa.String(8)),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
    )
    sa.Index("order_returns_at", table.c.at)
    return table


def _visits(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "on_site_visits",
        metadata,
        *_key(),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("leader", sa.String(60), nullable=False),
        sa.Column("why", sa.String(30), nullable=False),
        sa.Column("note", Sealed("on_site_visits.note"), nullable=False),
        sa.Column("called_by", sa.String(60), nullable=False),
        sa.Column("called_at", Moment, nullable=False),
        sa.Column("done_at", Moment),
        sa.Column("met", Sealed("on_site_visits.met"), nullable=False),
        sa.Column("record", Sealed("on_site_visits.record"), nullable=False),
        sa.Column("done_by", sa.String(60), nullable=False),
    )
    sa.Index("on_site_visits_called", table.c.called_at)
    return table
