"""Tables of notify: what it knows of cases, messages, attempts, and each channel's pace."""

import sqlalchemy as sa

from shared.audit.tables import audit_tables
from shared.bus.tables import bus_tables
from shared.sealing import Blind, Sealed, SealedJSON
from shared.sessions import sessions_table
from shared.types import Moment

metadata = sa.MetaData()

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("applicant", Sealed("contacts.applicant"), nullable=False),
    sa.Column("phone", Sealed("contacts.phone"), nullable=False),
    sa.Column("language", sa.String(5), nullable=False),
    sa.Column("owner", sa.String(60), nullable=False),
    sa.Column("owner_name", sa.String(60), nullable=False),
    sa.Column("community", sa.String(12), nullable=False),
    sa.Column("community_name", sa.String(60), nullable=False),
    sa.Column("urgency", sa.String(30), nullable=False),
    sa.Column("state", sa.String(30), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("phone_index", Blind("contacts.phone"), nullable=False, index=True),
    sa.Column("person_version", sa.Integer, nullable=False),
    sa.Column("erased_at", Moment),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False, index=True),
    sa.Column("event_id", sa.String(200), nullable=False),
    sa.Column("template", sa.String(40), nullable=False),
    sa.Column("audience", sa.String(20), nullable=False),
    sa.Column("recipient_key", sa.String(60), nullable=False),
    sa.Column("recipient_name", Sealed("messages.recipient_name"), nullable=False),
    sa.Column("phone", Sealed("messages.phone"), nullable=False),
    sa.Column("email", Sealed("messages.email"), nullable=False),
    sa.Column("community", sa.String(12), nullable=False),
    sa.Column("route", sa.JSON, nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("language", sa.String(5), nullable=False),
    sa.Column("subject", Sealed("messages.subject"), nullable=False),
    sa.Column("body", Sealed("messages.body"), nullable=False),
    sa.Column("params", SealedJSON("messages.params"), nullable=False),
    sa.Column("keeps_hours", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("next_attempt_at", Moment, nullable=False),
    sa.Column("taken_at", Moment),
    sa.Column("delivered_at", Moment),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("event_id", "template", "audience", name="messages_once"),
    sa.Index("messages_due", "state", "channel", "next_attempt_at"),
    sa.Index("messages_newest", "created_at", "id"),
    sa.Index("messages_of_community", "community", "created_at"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("message_id", sa.String(40), sa.ForeignKey("messages.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("detail", Sealed("attempts.detail"), nullable=False),
)

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("recent", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

bus = bus_tables(metadata)
ended_sessions = sessions_table(metadata)
audit = audit_tables(metadata)
