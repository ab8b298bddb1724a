"""Whether every dossier is as it was sealed: against its hash, the audit, and what it is found by.

The audit chain itself is checked by ``python -m services audit verify``; a hash in a sound chain
that a dossier does not have means that somebody changed the dossier past the platform.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.intake.archive.dossier import found_by, opened
from services.intake.archive.store_sealed import SEALED
from services.intake.models import archive, audit
from shared.db import Database
from shared.green import give_way
from shared.sealing import Tampered, UnknownKey
from shared.sealing.cipher import unseal

PORTION = 200
dossiers, documents = archive.dossiers, archive.documents
UNREADABLE, CHANGED, UNKNOWN, OTHER_EDITION, MISSING, MISLED = (
    "unreadable",
    "changed",
    "unknown",
    "edition",
    "missing",
    "misled",
)
KINDS = {
    UNREADABLE: "its document cannot be opened",
    CHANGED: "its document is not the one whose hash the audit has",
    UNKNOWN: "the audit does not know that it was sealed",
    OTHER_EDITION: "the audit has another edition of it",
    MISSING: "the audit has it and the archive does not",
    MISLED: "what it is found by does not follow from its document",
}


@dataclass(frozen=True)
class Damage:
    """What is wrong with one dossier; `field` where it is known."""

    number: str
    kind: str
    field: str = ""

    def __str__(self) -> str:
        place = f" ({self.field})" if self.field else ""
        return f"{self.number}{place}: {KINDS[self.kind]}"


def check(database: Database) -> Iterator[Damage | int]:
    """Go through all dossiers: every damage, and after each portion how many were looked at."""
    yield from _documents(database)
    yield from _entries(database)


def _documents(database: Database) -> Iterator[Damage | int]:
    """Every document against its hash and the audit's, and the columns it is found by."""
    last, seen = "", 0
    while True:
        with database.read() as connection:
            rows = connection.execute(_portion(last)).mappings().all()
            known = _sealed(connection, [row["number"] for row in rows])
        for row in rows:
            damage = _damage(database, row, known.get(row["number"]))
            if damage is not None:
                yield damage
        seen += len(rows)
        yield seen
        if len(rows) < PORTION:
            return
        last = rows[-1]["number"]
        give_way()


def _portion(after: str) -> sa.Select[Any]:
    """Documents as the bytes they are stored as, beside what they are found by."""
    own = (documents.c.number, documents.c.edition.label("of_edition"), documents.c.hash)
    raw = sa.type_coerce(documents.c.document, sa.LargeBinary).label("document")
    names = [c for c in dossiers.c if c.name not in ("number", "place") and not _secret(c)]
    both = sa.select(*own, raw, *names).select_from(
        documents.outerjoin(dossiers, dossiers.c.number == documents.c.number)
    )
    return both.where(documents.c.number > after).order_by(documents.c.number).limit(PORTION)


def _secret(column: sa.Column[Any]) -> bool:
    return column.name.startswith("applicant_")


def _sealed(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the audit says last of each."""
    entries = audit.entries
    asked = sa.select(entries.c.subject, entries.c.detail).where(
        entries.c.subject.in_(numbers), entries.c.action == SEALED
    )
    rows = connection.execute(asked.order_by(entries.c.seq))
    return {row.subject: row.detail for row in rows}


def _damage(database: Database, row: Any, known: dict[str, Any] | None) -> Damage | None:
    number = row["number"]
    try:
        purpose = documents.c.document.type.purpose  # type: ignore[attr-defined]
        document, found = opened(unseal(database.keys, purpose, bytes(row["document"])))
    except (Tampered, UnknownKey, ValueError):
        return Damage(number, UNREADABLE)
    if known is None:
        return Damage(number, UNKNOWN)
    if known["edition"] != row["of_edition"]:
        return Damage(number, OTHER_EDITION)
    if found != known["hash"] or row["hash"] != found:
        return Damage(number, CHANGED)
    return _misled(number, row, found_by(document))


def _misled(number: str, row: Any, right: dict[str, Any]) -> Damage | None:
    if row["edition"] != row["of_edition"]:
        return Damage(number, MISLED, "edition")
    for name, value in right.items():
        if name in row and row[name] != value:
            return Damage(number, MISLED, name)
    return None


def _entries(database: Database) -> Iterator[Damage]:
    """Every dossier the audit knows of has to be there."""
    entries, seq = audit.entries, 0
    number = sa.select(documents.c.number).where(documents.c.number == entries.c.subject)
    gone = sa.select(entries.c.seq, entries.c.subject).where(
        entries.c.action == SEALED, ~number.exists()
    )
    while True:
        with database.read() as connection:
            asked = gone.where(entries.c.seq > seq).order_by(entries.c.seq).limit(PORTION)
            rows = connection.execute(asked).all()
        yield from (Damage(row.subject, MISSING) for row in rows)
        if len(rows) < PORTION:
            return
        seq = rows[-1].seq
