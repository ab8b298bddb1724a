"""What every service's ``0002_audit`` does: the tables, their first row, and their guards.

The guards hold for whoever writes, also with psql or sqlite3 in hand. Who takes them away first is
found by the chain (``shared.audit.chain``).
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from shared.types import Moment

START = "0" * 64
_STAYS = ("seq", "at", "username", "role", "address", "action", "subject", "previous", "hash")
"""All columns but the sealed ones, which are written anew when keys are rotated."""


def create(op: Any) -> None:
    """Create the tables, the head of an empty chain, and the guards; ``op`` is alembic's."""
    _tables(op)
    op.execute(
        f"INSERT INTO audit_head (id, seq, hash, key, mac) VALUES (1, 0, '{START}', '', '')"  # noqa: S608 - constant
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    changed = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in _STAYS)
    for name, event, table, when, why in (
        ("stays", "UPDATE", "audit", changed, "entries are never changed"),
        ("kept", "DELETE", "audit", "1 = 1", "entries are never deleted"),
        ("grows", "UPDATE", "audit_head", "NEW.seq < OLD.seq", "the chain never becomes shorter"),
        ("head_kept", "DELETE", "audit_head", "1 = 1", "the head is never deleted"),
    ):
        guard = (_sqlite_guard if sqlite else _postgresql_guard)(
            name, f"{event} ON {table}", when, why
        )
        for statement in guard:
            op.execute(statement)
    if not sqlite:
        _no_truncate(op)


def drop(op: Any) -> None:
    """Drop what ``create`` made."""
    op.drop_table("audit")
    op.drop_table("audit_head")
    if op.get_bind().dialect.name != "sqlite":
        for name in ("stays", "kept", "grows", "head_kept", "no_truncate"):
            op.execute(f"DROP FUNCTION audit_{name}()")


def _tables(op: Any) -> None:
    op.create_table(
        "audit",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("username", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.LargeBinary()),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("audit_of_subject", "audit", ["subject", "seq"])
    op.create_index("audit_of_person", "audit", ["username", "seq"])
    op.create_index("audit_of_action", "audit", ["action", "seq"])
    op.create_index("audit_at", "audit", ["at"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name="audit_head_is_one"),
    )


def _sqlite_guard(name: str, event: str, when: str, why: str) -> Iterator[str]:
    yield (
        f"CREATE TRIGGER audit_{name} BEFORE {event} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, 'audit: {why}'); END"
    )


def _postgresql_guard(name: str, event: str, when: str, why: str) -> Iterator[str]:
    yield (
        f"CREATE FUNCTION audit_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION 'audit: {why}' USING ERRCODE = '23000'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    yield (
        f"CREATE TRIGGER audit_{name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION audit_{name}()"
    )


def _no_truncate(op: Any) -> None:
    op.execute(
        "CREATE FUNCTION audit_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'audit: entries are never deleted' USING ERRCODE = '23000'; END $$"
    )
    for table in ("audit", "audit_head"):
        op.execute(
            f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_no_truncate()"
        )
