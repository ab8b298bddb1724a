"""The tables every service keeps for the bus, beside its own."""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Sealed, SealedBytes
from shared.types import Moment


@dataclass(frozen=True)
class BusTables:
    """Outbox, inbox, parked messages and number blocks of one service."""

    outbox: sa.Table
    inbox: sa.Table
    parked: sa.Table
    serials: sa.Table


def bus_tables(metadata: sa.MetaData) -> BusTables:
    """Add the bus's tables to a service's metadata."""
    return BusTables(_outbox(metadata), _inbox(metadata), _parked(metadata), _serials(metadata))


def _outbox(metadata: sa.MetaData) -> sa.Table:
    """What was said and, until ``sent_at``, is still to be published (promise 1)."""
    table = sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("exchange", sa.String(64), nullable=False),
        sa.Column("routing_key", sa.String(128), nullable=False),
        sa.Column("body", Sealed("outbox.body"), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("sent_at", Moment),
    )
    unsent = table.c.sent_at.is_(None)
    sa.Index("outbox_unsent", table.c.id, postgresql_where=unsent, sqlite_where=unsent)
    return table


def _inbox(metadata: sa.MetaData) -> sa.Table:
    """What was heard and took effect, by event and consumer (promise 2); and who was forgotten.

    The numbers of those stand here too, so that no message about them is kept (``parked.forget``).
    """
    return sa.Table(
        "inbox",
        metadata,
        sa.Column("event_id", sa.String(200), primary_key=True),
        sa.Column("consumer", sa.String(64), primary_key=True),
        sa.Column("heard_at", Moment, nullable=False),
    )


def _parked(metadata: sa.MetaData) -> sa.Table:
    """What could not be handled: waiting to be tried again, or dead with its reason (promise 3)."""
    return sa.Table(
        "parked",
        metadata,
        sa.Column("event_id", sa.String(200), primary_key=True),
        sa.Column("consumer", sa.String(64), primary_key=True),
        sa.Column("routing_key", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("body", SealedBytes("parked.body"), nullable=False),
        sa.Column("state", sa.String(10), nullable=False, index=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("first_failed_at", Moment, nullable=False),
        sa.Column("next_attempt_at", Moment, index=True),
    )


def _serials(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "serials",
        metadata,
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False),
    )
