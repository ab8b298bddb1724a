"""The tables of what was learned. docs: README.md beside this file says why they name nobody."""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.types import Moment


@dataclass(frozen=True)
class LearnedTables:
    """What was learned from confirmed dispatches."""

    orders: sa.Table
    said: sa.Table
    matters: sa.Table


def learned_tables(metadata: sa.MetaData) -> LearnedTables:
    """Add the tables of learning to routing's metadata."""
    return LearnedTables(_orders(metadata), _said(metadata), _matters(metadata))


def _orders(metadata: sa.MetaData) -> sa.Table:
    """Orders whose department is confirmed; ``counted_at`` says since when they are counted."""
    table = sa.Table(
        "learned_orders",
        metadata,
        sa.Column("number", sa.String(50), primary_key=True),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("counted_at", Moment),
    )
    waiting = table.c.counted_at.is_(None)
    sa.Index("learned_waiting", table.c.at, postgresql_where=waiting, sqlite_where=waiting)
    return table


def _said(metadata: sa.MetaData) -> sa.Table:
    """How many confirmed orders of a department said a piece of the pack's own language."""
    return sa.Table(
        "learned_said",
        metadata,
        sa.Column("piece", sa.String(2), primary_key=True),
        sa.Column("department", sa.String(8), primary_key=True),
        sa.Column("orders", sa.Integer, nullable=False),
    )


def _matters(metadata: sa.MetaData) -> sa.Table:
    """How many confirmed orders about a matter of the pack went to a department."""
    return sa.Table(
        "learned_matters",
        metadata,
        sa.Column("matter", sa.String(20), primary_key=True),
        sa.Column("department", sa.String(8), primary_key=True),
        sa.Column("orders", sa.Integer, nullable=False),
    )
