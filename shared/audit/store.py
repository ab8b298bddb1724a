"""Writing the chain, in the transaction of what it tells of, and reading it."""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from shared.audit.chain import EMPTY, START, Act, Entry, Head, link, sign
from shared.audit.tables import AuditTables
from shared.sealing import KeyRing, Tampered, UnknownKey, keys_of
from shared.transaction import Stale, insert_for

AT_ONCE = 1000
"""Entries read by one statement."""
_SEALED = ("reason", "detail")
Insert = Callable[[sa.Table, Sequence[Mapping[str, Any]]], None]


def append(
    connection: sa.Connection,
    tables: AuditTables,
    service: str,
    acts: Sequence[Act],
    insert: Insert,
) -> None:
    """Add acts at the end of the chain: the last thing before the commit.

    The head is locked from here to the commit, and nothing else is waited for in between, so
    replicas take turns and cannot wait for each other in a circle.

    Raises:
        Stale: another process added entries meanwhile (SQLite, which locks no rows).
        NoKeys: the engine has no keys to sign the head with.
    """
    before = _locked_head(connection, tables)
    entries = link(acts, before)
    insert(tables.entries, [row_of(entry) for entry in entries])
    last = entries[-1]
    head = signed(keys_of(connection.dialect), service, last.seq, last.hash)
    _move(connection, tables, before, head)


def signed(keys: KeyRing, service: str, seq: int, last: str) -> Head:
    """A head, signed with the writing key.

    Raises:
        NoKeys: there is none.
    """
    key = keys.first
    return Head(seq, last, key.id, sign(key.audit, service, seq, last))


def is_signed(keys: KeyRing, service: str, head: Head) -> bool:
    """Whether the platform wrote this head. An empty chain has nothing to sign.

    Raises:
        UnknownKey: it names a key that is not in the ring.
    """
    if head == EMPTY:
        return True
    ours = sign(keys.key(head.key).audit, service, head.seq, head.hash)
    return hmac.compare_digest(ours, head.mac)


def sign_anew(connection: sa.Connection, tables: AuditTables, service: str) -> bool:
    """Sign the head with the writing key, when keys are rotated; False if it is already.

    A head that is not ours is not signed: that would make it ours.

    Raises:
        ValueError: the head's signature is not genuine.
        UnknownKey: it names a key that is not in the ring.
    """
    keys, before = keys_of(connection.dialect), _locked_head(connection, tables)
    if before == EMPTY or before.key == keys.first.id:
        return False
    if not is_signed(keys, service, before):
        raise ValueError(
            f"audit_head of {service}: its signature is not genuine, so it is not signed anew."
            f" See `python -m services audit verify {service}`."
        )
    _move(connection, tables, before, signed(keys, service, before.seq, before.hash))
    return True


def row_of(entry: Entry) -> dict[str, Any]:
    """An entry as a row."""
    act = entry.act
    return {
        "seq": entry.seq,
        "at": act.at,
        "username": act.username,
        "role": act.role,
        "address": act.address,
        "action": act.action,
        "subject": act.subject,
        "reason": act.reason,
        "detail": act.detail or None,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def head_of(connection: sa.Connection, tables: AuditTables) -> Head | None:
    """Where the chain ends, or None where the head is not there."""
    row = connection.execute(_head_of(tables.head)).one_or_none()
    return Head(row.seq, row.hash, row.key, row.mac) if row is not None else None


def entry_at(connection: sa.Connection, tables: AuditTables, seq: int) -> Entry | None:
    """One entry."""
    chosen = select_entries(tables).where(tables.entries.c.seq == seq)
    row = connection.execute(chosen).one_or_none()
    return entry_of(row, connection.dialect, tables) if row is not None else None


def entries_after(
    read: Callable[[], Any], tables: AuditTables, seq: int, *conditions: sa.ColumnElement[bool]
) -> Iterator[Entry]:
    """Entries by rising number, read in parts; each part on a connection of its own from ``read``.

    Entries never change, so the parts need no common snapshot.
    """
    number = tables.entries.c.seq
    query = select_entries(tables).where(*conditions).order_by(number).limit(AT_ONCE)
    while True:
        with read() as connection:
            rows = connection.execute(query.where(number > seq)).all()
            part = [entry_of(row, connection.dialect, tables) for row in rows]
        yield from part
        if len(part) < AT_ONCE:
            return
        seq = part[-1].seq


def select_entries(tables: AuditTables) -> sa.Select[Any]:
    """The entries with the sealed columns as they are stored: each is opened by ``entry_of``."""
    columns = [
        sa.type_coerce(column, sa.LargeBinary).label(column.name)
        if column.name in _SEALED
        else column
        for column in tables.entries.columns
    ]
    return sa.select(*columns)


def entry_of(row: Any, dialect: Any, tables: AuditTables) -> Entry:
    """An entry of ``select_entries``; one that cannot be opened says which column."""
    opened: dict[str, Any] = {}
    unreadable = ""
    for name in _SEALED:
        kind: Any = tables.entries.c[name].type
        try:
            opened[name] = kind.process_result_value(getattr(row, name), dialect)
        except (Tampered, UnknownKey, ValueError):
            opened[name], unreadable = None, unreadable or name
    act = Act(
        at=row.at,
        username=row.username,
        role=row.role,
        address=row.address,
        action=row.action,
        subject=row.subject,
        reason=opened["reason"] or "",
        detail=opened["detail"],
    )
    return Entry(row.seq, act, row.previous, row.hash, unreadable)


def _locked_head(connection: sa.Connection, tables: AuditTables) -> Head:
    locked = _head_of(tables.head, lock=True)
    row = connection.execute(locked).one_or_none()
    if row is None:
        # Where no migration put it. Two may find it missing: the second waits and then reads.
        first = insert_for(connection.engine)(tables.head).on_conflict_do_nothing()
        connection.execute(first.values(id=1, seq=0, hash=START, key="", mac=""))
        row = connection.execute(locked).one()
    return Head(row.seq, row.hash, row.key, row.mac)


def _move(connection: sa.Connection, tables: AuditTables, before: Head, head: Head) -> None:
    moved = connection.execute(
        _move_of(tables.head),
        {
            "was_seq": before.seq,
            "was_hash": before.hash,
            "seq": head.seq,
            "hash": head.hash,
            "key": head.key,
            "mac": head.mac,
        },
    )
    if moved.rowcount != 1:
        raise Stale("another process added to the audit meanwhile")


@lru_cache
def _head_of(table: sa.Table, *, lock: bool = False) -> sa.Select[Any]:
    chosen = sa.select(table).where(table.c.id == 1)
    return chosen.with_for_update() if lock else chosen


@lru_cache
def _move_of(table: sa.Table) -> sa.Update:
    was = table.c.seq == sa.bindparam("was_seq"), table.c.hash == sa.bindparam("was_hash")
    return table.update().where(table.c.id == 1, *was)
