"""The tables of a service's audit: the entries, and the head of their chain."""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Sealed, SealedJSON
from shared.types import Moment

LONGEST_USERNAME = 100
LONGEST_ROLE = 20
LONGEST_ADDRESS = 64
LONGEST_ACTION = 64
LONGEST_SUBJECT = 200
HASH_DIGITS = 64


@dataclass(frozen=True)
class AuditTables:
    """Entries and head of one service's audit."""

    entries: sa.Table
    head: sa.Table


def audit_tables(metadata: sa.MetaData) -> AuditTables:
    """Add the tables of the audit to a service's metadata."""
    return AuditTables(_entries(metadata), _head(metadata))


def _entries(metadata: sa.MetaData) -> sa.Table:
    """One row for every act. What may name people is sealed; the hash is over the plain text."""
    return sa.Table(
        "audit",
        metadata,
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("at", Moment, nullable=False),
        sa.Column("username", sa.String(LONGEST_USERNAME), nullable=False),
        sa.Column("role", sa.String(LONGEST_ROLE), nullable=False),
        sa.Column("address", sa.String(LONGEST_ADDRESS), nullable=False),
        sa.Column("action", sa.String(LONGEST_ACTION), nullable=False),
        sa.Column("subject", sa.String(LONGEST_SUBJECT), nullable=False),
        sa.Column("reason", Sealed("audit.reason"), nullable=False),
        sa.Column("detail", SealedJSON("audit.detail")),
        sa.Column("previous", sa.String(HASH_DIGITS), nullable=False),
        sa.Column("hash", sa.String(HASH_DIGITS), nullable=False),
        sa.Index("audit_of_subject", "subject", "seq"),
        sa.Index("audit_of_person", "username", "seq"),
        sa.Index("audit_of_action", "action", "seq"),
        sa.Index("audit_at", "at"),
    )


def _head(metadata: sa.MetaData) -> sa.Table:
    """One row, which every writer locks: where the chain ends, signed with a key of the ring."""
    return sa.Table(
        "audit_head",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(HASH_DIGITS), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("mac", sa.String(HASH_DIGITS), nullable=False),
        sa.CheckConstraint("id = 1", name="audit_head_is_one"),
    )
