"""The tables of the channels: who gets orders how, and what is still to be pushed."""

from dataclasses import dataclass

import sqlalchemy as sa

from services.routing.channels.channel import OPEN
from shared.sealing import Sealed
from shared.types import Moment


@dataclass(frozen=True)
class ChannelTables:
    """Channels and deliveries."""

    channels: sa.Table
    deliveries: sa.Table


def channel_tables(metadata: sa.MetaData) -> ChannelTables:
    """Add them to routing's metadata."""
    return ChannelTables(_channels(metadata), _deliveries(metadata))


def _channels(metadata: sa.MetaData) -> sa.Table:
    """One row for each department that was onboarded; without one it works on the page.

    Addresses are sealed as well: a webhook's may hold a key, a mailbox may name a person.
    """
    return sa.Table(
        "department_channels",
        metadata,
        sa.Column("department", sa.String(8), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("address", Sealed("department_channels.address"), nullable=False),
        sa.Column("secret", Sealed("department_channels.secret"), nullable=False),
        sa.Column("old_secret", Sealed("department_channels.old_secret"), nullable=False),
        sa.Column("old_until", Moment),
        sa.Column("since", Moment, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("next_at", Moment, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", Sealed("department_channels.error"), nullable=False),
        sa.Column("last_sent_at", Moment),
        sa.Column("depth", sa.Integer),
        sa.Column("looked_at", Moment),
        sa.Column("version", sa.Integer, nullable=False),
    )


def _deliveries(metadata: sa.MetaData) -> sa.Table:
    """One row for each fact that a department's channel has to bring.

    ``body`` is the event; it is kept until it was delivered, and no longer. Facts for the queue
    have none: the outbox brings them there, and the row only tells how long they have waited.
    """
    table = sa.Table(
        "deliveries",
        metadata,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("order_number", sa.String(50), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("body", Sealed("deliveries.body"), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", Sealed("deliveries.error"), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("sent_at", Moment),
    )
    is_open = table.c.state.in_(OPEN)
    sa.Index(
        "deliveries_open",
        table.c.department,
        table.c.id,
        postgresql_where=is_open,
        sqlite_where=is_open,
    )
    sa.Index("deliveries_state", table.c.department, table.c.state, table.c.id)
    sa.Index("deliveries_order", table.c.order_number)
    sa.Index("deliveries_sent", table.c.sent_at)
    return table
