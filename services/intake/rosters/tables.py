"""The tables of rosters: who takes turns, who is on duty when, leave, swaps, calendar links.

Names of staff stand here as they do with accounts; what people write about themselves is sealed.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Sealed
from shared.types import Moment


@dataclass(frozen=True)
class RosterTables:
    """All tables of the package."""

    members: sa.Table
    duties: sa.Table
    leaves: sa.Table
    swaps: sa.Table
    links: sa.Table


def roster_tables(metadata: sa.MetaData) -> RosterTables:
    """Add them to intake's metadata."""
    return RosterTables(
        _members(metadata), _duties(metadata), _leaves(metadata), _swaps(metadata), _links(metadata)
    )


def _members(metadata: sa.MetaData) -> sa.Table:
    """What a manager said of an officer; who is not here takes turns as the pack has it."""
    return sa.Table(
        "roster_members",
        metadata,
        sa.Column("username", sa.String(60), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False, index=True),
        sa.Column("posts", sa.JSON, nullable=False),
        sa.Column("partner", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _duties(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "duties",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("post", sa.String(20), nullable=False),
        sa.Column("seat", sa.String(4), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("starts_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.Column("meal_starts_at", Moment),
        sa.Column("meal_ends_at", Moment),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    sa.Index("duties_of_day", table.c.community, table.c.day)
    sa.Index("duties_of_officer", table.c.username, table.c.day)
    # Nobody sits twice in one seat: two who plan at once do not make two rotas.
    planned = sa.text("state = 'planned'")
    sa.Index(
        "duties_seat",
        *(table.c[name] for name in ("community", "day", "post", "seat")),
        unique=True,
        sqlite_where=planned,
        postgresql_where=planned,
    )
    return table


def _leaves(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "leaves",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("starts_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.Column("reason", Sealed("leaves.reason"), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("answer", Sealed("leaves.answer"), nullable=False),
        sa.Column("in_view", Sealed("leaves.in_view"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    sa.Index("leaves_of", table.c.community, table.c.ends_at)
    return table


def _swaps(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "swaps",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("duty", sa.String(32), nullable=False),
        sa.Column("other_username", sa.String(60), nullable=False),
        sa.Column("other_name", sa.String(60), nullable=False),
        sa.Column("other_duty", sa.String(32), nullable=False),
        sa.Column("reason", Sealed("swaps.reason"), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("answer", Sealed("swaps.answer"), nullable=False),
        sa.Column("in_view", Sealed("swaps.in_view"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    sa.Index("swaps_of", table.c.community, table.c.asked_at)
    return table


def _links(metadata: sa.MetaData) -> sa.Table:
    """Calendar links; `id` is what the signed token names, and a revoked one opens nothing."""
    table = sa.Table(
        "calendar_links",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("of", sa.String(20), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment),
        sa.Column("revoked_by", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    sa.Index("calendar_links_of", table.c.community, table.c.username)
    return table
