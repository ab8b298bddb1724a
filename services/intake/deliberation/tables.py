"""The tables of deliberation. What people said and who did what is sealed; a title names nobody."""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Sealed, SealedJSON
from shared.types import Moment


@dataclass(frozen=True)
class DeliberationTables:
    """All tables of the package."""

    matters: sa.Table
    history: sa.Table


def deliberation_tables(metadata: sa.MetaData) -> DeliberationTables:
    """Add them to intake's metadata."""
    return DeliberationTables(_matters(metadata), _history(metadata))


def _matters(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "matters",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("story", Sealed("matters.story"), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("parties", sa.JSON, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("opened_by", sa.String(60), nullable=False),
        sa.Column("opened_name", sa.String(60), nullable=False),
        sa.Column("source", sa.String(40), nullable=False, index=True),
        sa.Column("case_number", sa.String(40), nullable=False, index=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("dispute", sa.Boolean, nullable=False),
        sa.Column("papers", SealedJSON("matters.papers"), nullable=False),
        sa.Column("public_words", sa.Text, nullable=False),
        sa.Column("published_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("result", Sealed("matters.result"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("erased_at", Moment),
    )
    sa.Index("matters_of", table.c.community, table.c.state, table.c.opened_at)
    sa.Index("matters_ended", table.c.ended_at)
    public = table.c.published_at.is_not(None)
    sa.Index(
        "matters_public",
        table.c.published_at,
        sqlite_where=public,
        postgresql_where=public,
    )
    return table


def _history(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "matter_history",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("note", Sealed("matter_history.note"), nullable=False),
    )
