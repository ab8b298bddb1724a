"""The chain: each entry's hash covers what it says and the hash before it. Plain Python.

The hash is SM3 (GB/T 32905) over the entry as canonical JSON: keys sorted, no spaces, UTF-8, the
moment in UTC with microseconds, texts as they are before sealing, so that new keys change nothing.
The head, signed by HMAC-SM3 with a key that is not in the database, says where the chain ends:
without it, cutting entries off the end would leave a chain as good as any.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

START = "0" * 64
"""The hash before the first entry."""
CHANGED, MISSING, PREVIOUS, CUT, FORGED, BEYOND, UNREADABLE = (
    "changed",
    "missing",
    "previous",
    "cut",
    "forged",
    "beyond",
    "unreadable",
)
KINDS: Mapping[str, str] = {
    CHANGED: "it says something else than was recorded",
    MISSING: "it is not there",
    PREVIOUS: "it does not continue the entry before it: one of the two was written anew",
    CUT: "it is not there: the end of the chain was cut off",
    FORGED: "the head that says where the chain ends was not written by this platform",
    BEYOND: "it was added behind the end of the chain",
    UNREADABLE: "what is sealed in it cannot be opened",
}
"""What may be wrong with the chain, and what that means."""


@dataclass(frozen=True, slots=True)
class Act:
    """What is recorded of one act.

    Attributes:
        at: aware.
        username: who; empty for residents and the system.
        role: as what.
        address: from where.
        action: what, e.g. ``case.accept`` or a flask endpoint.
        subject: to what: a number; empty where it is about nothing in particular.
        reason: why, in the person's words. May name people.
        detail: anything that JSON can hold. May name people.
    """

    at: datetime
    username: str
    role: str
    address: str
    action: str
    subject: str
    reason: str = ""
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An act in its place in the chain.

    Attributes:
        unreadable: the column that cannot be opened, for an entry read from the database.
    """

    seq: int
    act: Act
    previous: str
    hash: str
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: the last entry's number and hash, both signed by ``mac``."""

    seq: int
    hash: str
    key: str = ""
    mac: str = ""


EMPTY = Head(0, START)


@dataclass(frozen=True, slots=True)
class Damage:
    """The first thing that is wrong with a chain.

    Attributes:
        seq: the entry it is seen at.
        kind: one of ``KINDS``.
        field: the column, where it is known.
    """

    seq: int
    kind: str
    field: str = ""

    def __str__(self) -> str:
        place = f" ({self.field})" if self.field else ""
        return f"entry {self.seq}{place}: {KINDS[self.kind]}"


def canonical(seq: int, act: Act, previous: str) -> bytes:
    """What the hash is over."""
    said = {
        "seq": seq,
        "at": moment(act.at),
        "username": act.username,
        "role": act.role,
        "address": act.address,
        "action": act.action,
        "subject": act.subject,
        "reason": act.reason,
        "detail": act.detail or None,
        "previous": previous,
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def moment(at: datetime) -> str:
    """A moment as the canonical form has it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest(seq: int, act: Act, previous: str) -> str:
    """An entry's hash, in hexadecimal digits."""
    return sm3(canonical(seq, act, previous))


def sm3(data: bytes) -> str:
    """SM3, in hexadecimal digits."""
    made = hashes.Hash(hashes.SM3())
    made.update(data)
    return made.finalize().hex()


def link(acts: Iterable[Act], after: Head) -> list[Entry]:
    """The acts as the entries that follow ``after``."""
    entries: list[Entry] = []
    seq, previous = after.seq, after.hash
    for act in acts:
        seq += 1
        entry = Entry(seq, act, previous, digest(seq, act, previous))
        entries.append(entry)
        previous = entry.hash
    return entries


def sign(key: bytes, service: str, seq: int, last: str) -> str:
    """The head's signature: that the chain of ``service`` ends with entry ``seq`` of that hash."""
    made = HMAC(key, hashes.SM3())
    made.update(json.dumps([service, seq, last], separators=(",", ":")).encode())
    return made.finalize().hex()


def check(
    entries: Iterable[Entry],
    head: Head,
    *,
    after: Head = EMPTY,
    signed: bool = True,
    seen: Callable[[Entry], None] = lambda _entry: None,
) -> Damage | None:
    """The first damage of a chain, or None.

    Args:
        entries: by rising number, those after ``after``.
        head: where they should end.
        after: the last entry that is not looked at.
        signed: whether the head's signature is genuine.
        seen: told of each entry that is in order.
    """
    seq, previous = after.seq, after.hash
    for entry in entries:
        damage = _damage(entry, seq + 1, previous)
        if damage is not None:
            return damage
        if entry.seq > head.seq:
            return Damage(entry.seq, BEYOND if signed else FORGED)
        seen(entry)
        seq, previous = entry.seq, entry.hash
    if not signed:
        return Damage(head.seq, FORGED)
    if seq < head.seq:
        return Damage(seq + 1, CUT)
    return None if previous == head.hash else Damage(seq, CHANGED, "hash")


def _damage(entry: Entry, expected: int, previous: str) -> Damage | None:
    if entry.seq != expected:
        return Damage(expected, MISSING)
    if entry.unreadable:
        return Damage(entry.seq, UNREADABLE, entry.unreadable)
    if digest(entry.seq, entry.act, entry.previous) != entry.hash:
        return Damage(entry.seq, CHANGED)
    if entry.previous != previous:
        return Damage(entry.seq, PREVIOUS)
    return None
