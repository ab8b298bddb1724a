"""Looking into the audit: who did or saw what; whether its chain is whole; taking it along."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from shared.audit import store
from shared.audit.chain import BEYOND, EMPTY, FORGED, MISSING, Damage, Entry, Head, check, moment
from shared.audit.tables import AuditTables
from shared.clock import LOCAL_ZONE
from shared.green import give_way
from shared.sealing import KeyRing, UnknownKey


class Ground(Protocol):
    """What reading needs of a ``shared.db.Database``."""

    audit: AuditTables | None
    service: str

    @property
    def keys(self) -> KeyRing:
        """To check the head's signature with."""

    def read(self) -> AbstractContextManager[sa.Connection]:
        """A connection for looking only."""


@dataclass(frozen=True)
class Wanted:
    """Which entries. What is empty limits nothing.

    Attributes:
        person: a username.
        subject: a number.
        action: an action; ``*`` stands for anything, e.g. ``*.read``.
        first: the first day, local.
        last: the last day, local.
        upto: the greatest number of an entry, so that pages stay while entries are added; 0: none.
    """

    person: str = ""
    subject: str = ""
    action: str = ""
    first: date | None = None
    last: date | None = None
    upto: int = 0

    def conditions(self, entries: sa.Table) -> list[sa.ColumnElement[bool]]:
        """As SQL."""
        found: list[sa.ColumnElement[bool]] = []
        if self.person:
            found.append(entries.c.username == self.person)
        if self.subject:
            found.append(entries.c.subject == self.subject)
        if self.action:
            found.append(_like(entries.c.action, self.action))
        if self.first:
            found.append(entries.c.at >= _midnight(self.first))
        if self.last:
            found.append(entries.c.at < _midnight(self.last + timedelta(days=1)))
        if self.upto:
            found.append(entries.c.seq <= self.upto)
        return found


@dataclass(frozen=True)
class Page:
    """A part of the entries, newest first."""

    items: list[Entry]
    page: int
    page_size: int
    total: int
    upto: int


@dataclass(frozen=True)
class Verdict:
    """What a look at a chain found.

    Attributes:
        checked: how many entries were in order, from ``first`` on.
        head: where the chain ends; None where that is lost.
        damage: the first thing that is wrong, or None.
    """

    first: int
    checked: int
    head: Head | None
    damage: Damage | None


def tables_of(database: Ground) -> AuditTables:
    """The database's audit tables.

    Raises:
        LookupError: it was made without.
    """
    if database.audit is None:
        raise LookupError(f"{database.service}: its database was made without audit tables")
    return database.audit


def find(database: Ground, wanted: Wanted, *, page: int, page_size: int) -> Page:
    """Entries, newest first."""
    tables = tables_of(database)
    number, conditions = tables.entries.c.seq, wanted.conditions(tables.entries)
    count = sa.select(sa.func.count(), sa.func.max(number)).where(*conditions)
    part = store.select_entries(tables).where(*conditions).order_by(number.desc())
    part = part.limit(page_size).offset((page - 1) * page_size)
    with database.read() as connection:
        total, newest = connection.execute(count).one()
        rows = connection.execute(part).all()
        items = [store.entry_of(row, connection.dialect, tables) for row in rows]
    return Page(items, page, page_size, total, wanted.upto or newest or 0)


def every(database: Ground, wanted: Wanted) -> Iterator[Entry]:
    """All entries wanted, oldest first, read in parts."""
    tables = tables_of(database)
    return store.entries_after(database.read, tables, 0, *wanted.conditions(tables.entries))


def between(database: Ground, first: date | None, last: date | None) -> Iterator[Entry]:
    """The unbroken piece of the chain that holds these days, oldest first."""
    tables = tables_of(database)
    number = tables.entries.c.seq
    days = Wanted(first=first, last=last).conditions(tables.entries)
    with database.read() as connection:
        ends = sa.select(sa.func.min(number), sa.func.max(number)).where(*days)
        start, end = connection.execute(ends).one()
    if start is None:
        return iter(())
    return store.entries_after(database.read, tables, start - 1, number <= end)


def verify(database: Ground, newest: int = 0) -> Verdict:
    """Look for the first broken link, beside whatever is written meanwhile.

    Args:
        database: whose audit.
        newest: how many entries to look at, from the end; 0: all.
    """
    tables = tables_of(database)
    with database.read() as connection:
        head = store.head_of(connection, tables)
    if head is None:
        return Verdict(1, 0, None, Damage(0, FORGED, "audit_head"))
    after = _after(database, tables, head, newest)
    if after is None:
        return Verdict(head.seq - newest, 0, head, Damage(head.seq - newest, MISSING))
    checked = _Counter()
    entries = store.entries_after(
        database.read, tables, after.seq, tables.entries.c.seq <= head.seq
    )
    signed, key = _signed(database, head)
    damage = check(_politely(entries), head, after=after, signed=signed, seen=checked)
    if damage is not None and damage.kind == FORGED:
        damage = Damage(damage.seq, FORGED, key)
    damage = damage or _beyond(database, tables)
    return Verdict(after.seq + 1, checked.count, head, damage)


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry as it is exported: all its hash is over, and the hash."""
    act = entry.act
    return {
        "seq": entry.seq,
        "at": moment(act.at),
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


def line(exported: Mapping[str, Any]) -> str:
    """One line of JSON Lines: the canonical form with the hash in it."""
    return json.dumps(exported, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"


class _Counter:
    """How many entries were in order."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _entry: Entry) -> None:
        self.count += 1


def _after(database: Ground, tables: AuditTables, head: Head, newest: int) -> Head | None:
    """The entry before the newest ones; None where it is missing."""
    seq = head.seq - newest
    if not newest or seq <= 0:
        return EMPTY
    with database.read() as connection:
        entry = store.entry_at(connection, tables, seq)
    return Head(entry.seq, entry.hash) if entry is not None else None


def _signed(database: Ground, head: Head) -> tuple[bool, str]:
    """Whether the head is ours, and what of it is not."""
    try:
        return store.is_signed(database.keys, database.service, head), "mac"
    except UnknownKey:
        return False, "key"


def _beyond(database: Ground, tables: AuditTables) -> Damage | None:
    """An entry behind the head. Both are asked for at once: they grow together."""
    number = tables.entries.c.seq
    end = sa.select(tables.head.c.seq).where(tables.head.c.id == 1).scalar_subquery()
    first = sa.select(sa.func.min(number)).where(number > end)
    with database.read() as connection:
        seq = connection.execute(first).scalar_one()
    return Damage(seq, BEYOND) if seq is not None else None


def _politely(entries: Iterator[Entry]) -> Iterator[Entry]:
    """The same, letting others go on now and then: hashing holds up the whole process."""
    for count, entry in enumerate(entries):
        if count % 200 == 0:
            give_way()
        yield entry


def _like(column: sa.Column[str], pattern: str) -> sa.ColumnElement[bool]:
    if "*" not in pattern:
        return column == pattern
    escaped = pattern.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return column.like(escaped.replace("*", "%"), escape="!")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_ZONE)
