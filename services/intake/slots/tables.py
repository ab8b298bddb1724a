"""The tables of slots, bookings, tickets, and of what is handed from one page to the next.

The counts of a slot, ``taken`` and ``waiting``, are what keeps two people from one place: they are
only changed by conditional updates, which hold on SQLite and PostgreSQL alike.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Blind, Sealed, SealedJSON
from shared.types import Moment

HELD = "state IN ('booked', 'waiting')"
"""Literal, so that the partial index answers a query that says the same."""


@dataclass(frozen=True)
class SlotTables:
    """All tables of the package."""

    slots: sa.Table
    bookings: sa.Table
    tickets: sa.Table
    references: sa.Table


def slot_tables(metadata: sa.MetaData) -> SlotTables:
    """Add them to intake's metadata."""
    return SlotTables(
        _slots(metadata), _bookings(metadata), _tickets(metadata), _references(metadata)
    )


def _slots(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "slots",
        metadata,
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.String(100), nullable=False),
        sa.Column("place_en", sa.String(100), nullable=False),
        sa.Column("starts_at", Moment, nullable=False),
        sa.Column("ends_at", Moment, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("waiting", sa.Integer, nullable=False),
        sa.Column("officer", sa.String(60), nullable=False),
        sa.Column("departments", sa.JSON, nullable=False),
        sa.Column("remarks", sa.String(200), nullable=False),
        sa.Column("pattern", sa.String(20), nullable=False),
        sa.Column("closed_reason", sa.String(200), nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="slots_not_overbooked"),
        sa.Index("slots_by_community", "community", "starts_at"),
        sa.Index("slots_by_time", "starts_at"),
    )


def _bookings(metadata: sa.MetaData) -> sa.Table:
    table = sa.Table(
        "bookings",
        metadata,
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("slot_id", sa.String(60), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("item", sa.String(20), nullable=False),
        sa.Column("matter", Sealed("bookings.matter"), nullable=False),
        sa.Column("name", Sealed("bookings.name"), nullable=False),
        sa.Column("phone", Sealed("bookings.phone"), nullable=False),
        sa.Column("phone_index", Blind("bookings.phone"), nullable=False, index=True),
        sa.Column("address", Sealed("bookings.address"), nullable=False),
        sa.Column("group", Sealed("bookings.group"), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("via", sa.String(20), nullable=False),
        sa.Column("booked_at", Moment, nullable=False),
        sa.Column("queued_at", Moment, nullable=False),
        sa.Column("reminded_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("ended_by", sa.String(60), nullable=False),
        sa.Column("reason", Sealed("bookings.reason"), nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False, index=True),
        sa.Column("unreached_at", Moment),
        sa.Column("erased_at", Moment),
        sa.Index("bookings_of_slot", "slot_id", "state"),
    )
    held = sa.text(HELD)
    sa.Index(
        "bookings_once",
        table.c.slot_id,
        table.c.phone_index,
        unique=True,
        sqlite_where=held,
        postgresql_where=held,
    )
    return table


def _tickets(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "tickets",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("slot_id", sa.String(60), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("number", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("taken_at", Moment, nullable=False),
        sa.Column("called_at", Moment),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("window", sa.Integer, nullable=False),
        sa.Column("called_by", sa.String(60), nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("case_number", sa.String(40), nullable=False, index=True),
        sa.UniqueConstraint("slot_id", "number", name="tickets_once"),
        sa.Index("tickets_in_line", "slot_id", "state", "rank", "taken_at"),
    )


def _references(metadata: sa.MetaData) -> sa.Table:
    """What a page hands to the form of acceptance: kept here, so that no address names anybody."""
    return sa.Table(
        "form_references",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("username", sa.String(60), nullable=False),
        sa.Column("fields", SealedJSON("form_references.fields"), nullable=False),
        sa.Column("at", Moment, nullable=False, index=True),
    )
