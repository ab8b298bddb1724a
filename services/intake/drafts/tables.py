"""The tables of drafts: what was typed at the desk, and what each officer takes in most."""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import SealedJSON
from shared.types import Moment


@dataclass(frozen=True)
class DraftTables:
    """All tables of the package."""

    drafts: sa.Table
    officer_items: sa.Table


def draft_tables(metadata: sa.MetaData) -> DraftTables:
    """Add them to intake's metadata."""
    return DraftTables(_drafts(metadata), _officer_items(metadata))


def _drafts(metadata: sa.MetaData) -> sa.Table:
    """`subject`: the item's code or the kind. `complete_at`: since when nothing is missing."""
    return sa.Table(
        "drafts",
        metadata,
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("username", sa.String(60), nullable=False, index=True),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("content", SealedJSON("drafts.content"), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("complete_at", Moment),
        sa.Column("saved_at", Moment, nullable=False, index=True),
    )


def _officer_items(metadata: sa.MetaData) -> sa.Table:
    """How often each officer took in each item, and when last: for the number keys."""
    return sa.Table(
        "officer_items",
        metadata,
        sa.Column("username", sa.String(60), primary_key=True),
        sa.Column("item", sa.String(60), primary_key=True),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("last_at", Moment, nullable=False),
    )
