"""The tables of the people's ledger and of the catalogue's versions.

What people said, who they are and why something was decided is sealed. A demand that came as a
case has its entry too, and the case holds the words: nothing is missing, nothing stands twice.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Blind, Sealed, SealedJSON
from shared.types import Moment


@dataclass(frozen=True)
class LedgerTables:
    """All tables of the package."""

    demands: sa.Table
    history: sa.Table
    reviews: sa.Table
    proposals: sa.Table
    evidence: sa.Table
    versions: sa.Table
    head: sa.Table


def ledger_tables(metadata: sa.MetaData) -> LedgerTables:
    """Add them to intake's metadata."""
    return LedgerTables(
        _demands(metadata),
        _history(metadata),
        _reviews(metadata),
        _proposals(metadata),
        _evidence(metadata),
        _versions(metadata),
        _head(metadata),
    )


def _demands(metadata: sa.MetaData) -> sa.Table:
    """`number` is the case's for a demand that came as a case; `month` is its local month."""
    table = sa.Table(
        "demands",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("grid", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("theme", sa.String(30), nullable=False),
        sa.Column("item", sa.String(20), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("heard_at", Moment, nullable=False),
        sa.Column("heard_by", sa.String(60), nullable=False),
        sa.Column("heard_name", sa.String(60), nullable=False),
        sa.Column("heard_from", Sealed("demands.heard_from"), nullable=False),
        sa.Column("words", Sealed("demands.words"), nullable=False),
        sa.Column("tags", SealedJSON("demands.tags")),
        sa.Column("name", Sealed("demands.name"), nullable=False),
        sa.Column("phone", Sealed("demands.phone"), nullable=False),
        sa.Column("answer", Sealed("demands.answer"), nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("report_number", sa.String(40), nullable=False),
        sa.Column("deliberation_number", sa.String(40), nullable=False),
        sa.Column("proposal_number", sa.String(40), nullable=False),
        sa.Column("client_id", sa.String(40)),
        sa.Column("erased_at", Moment),
        sa.Column("phone_index", Blind("demands.phone")),
        sa.UniqueConstraint("client_id", name="demands_once"),
        # Read from their ends, page by page, and counted month by month.
        sa.Index("demands_heard", "heard_at", "number"),
        sa.Index("demands_community", "community", "heard_at", "number"),
        sa.Index("demands_month", "month", "community"),
        sa.Index("demands_phone", "phone_index"),
    )
    linked = sa.text("case_number <> ''")
    sa.Index("demands_case", table.c.case_number, sqlite_where=linked, postgresql_where=linked)
    return table


def _history(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "demand_history",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("note", Sealed("demand_history.note"), nullable=False),
    )


def _reviews(metadata: sa.MetaData) -> sa.Table:
    """That a period was gone through (服务+): once for each community."""
    return sa.Table(
        "ledger_reviews",
        metadata,
        sa.Column("community", sa.String(12), primary_key=True),
        sa.Column("period", sa.String(10), primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("note", Sealed("ledger_reviews.note"), nullable=False),
    )


def _proposals(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "catalogue_proposals",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("change", sa.String(10), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("base", sa.Integer, nullable=False),
        sa.Column("item", sa.JSON(none_as_null=True)),
        sa.Column("why", Sealed("catalogue_proposals.why"), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_name", sa.String(60), nullable=False),
        sa.Column("reason", Sealed("catalogue_proposals.reason"), nullable=False),
        sa.Column("made_version", sa.Integer),
        sa.Index("catalogue_proposals_state", "state", "at"),
    )


def _evidence(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "proposal_evidence",
        metadata,
        sa.Column("proposal_number", sa.String(40), primary_key=True),
        sa.Column("demand_number", sa.String(40), primary_key=True),
    )
    sa.Index("proposal_evidence_demand", table.c.demand_number)
    return table


def _versions(metadata: sa.MetaData) -> sa.Table:
    """One changed item a version: as it was (NULL: new) and as it is (NULL: withdrawn)."""
    return sa.Table(
        "catalogue_versions",
        metadata,
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change", sa.String(10), nullable=False),
        sa.Column("code", sa.String(20), nullable=False, index=True),
        sa.Column("before", sa.JSON(none_as_null=True)),
        sa.Column("after", sa.JSON(none_as_null=True)),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("reason", Sealed("catalogue_versions.reason"), nullable=False),
        sa.Column("proposal_number", sa.String(40), nullable=False),
    )


def _head(metadata: sa.MetaData) -> sa.Table:
    """The one row of the version that holds; `token` names this state of it and no other."""
    return sa.Table(
        "catalogue_head",
        metadata,
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
    )
