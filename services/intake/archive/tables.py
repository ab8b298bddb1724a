"""The tables of the archive: what dossiers are found by, the dossiers, their words, the day's ends.

What is searched is narrow and apart from the sealed documents, of which one at a time is opened:
ten million rows of the first fit where the second would not (docs/adr/0011).
"""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Blind, Sealed, SealedBytes
from shared.types import Moment

NUMBER = 40


@dataclass(frozen=True)
class ArchiveTables:
    """All tables of the package."""

    dossiers: sa.Table
    documents: sa.Table
    words: sa.Table
    reports: sa.Table


def archive_tables(metadata: sa.MetaData) -> ArchiveTables:
    """Add them to intake's metadata."""
    return ArchiveTables(
        _dossiers(metadata), _documents(metadata), _words(metadata), _reports(metadata)
    )


def _dossiers(metadata: sa.MetaData) -> sa.Table:
    """What a dossier is found by, and what a list shows of it; all of it follows from the document.

    `place` is where it stands in the archive (`dossier.place_of`): unique, the newest day highest,
    so that every list is read from the end of one index. Who brought nothing has no index (NULL).
    """
    table = sa.Table(
        "dossiers",
        metadata,
        sa.Column("number", sa.String(NUMBER), primary_key=True),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("owner_username", sa.String(60), nullable=False),
        sa.Column("owner_name", sa.String(60), nullable=False),
        sa.Column("applicant_name", Sealed("dossiers.applicant_name"), nullable=False),
        sa.Column("applicant_phone", Sealed("dossiers.applicant_phone"), nullable=False),
        sa.Column("applicant_id_no", Sealed("dossiers.applicant_id_no"), nullable=False),
        sa.Column("applicant_name_index", Blind("dossiers.applicant_name")),
        sa.Column("applicant_phone_index", Blind("dossiers.applicant_phone")),
        sa.Column("applicant_id_index", Blind("dossiers.applicant_id_no")),
        sa.Index("dossiers_place", "place", unique=True),
        sa.Index("dossiers_community", "community", "place"),
        sa.Index("dossiers_item", "community", "item", "place"),
    )
    for name in ("name", "phone", "id"):
        _of_people(table, name)
    return table


def _of_people(table: sa.Table, name: str) -> None:
    column = table.c[f"applicant_{name}_index"]
    known = sa.text(f"applicant_{name}_index IS NOT NULL")
    sa.Index(f"dossiers_{name}", column, table.c.place, sqlite_where=known, postgresql_where=known)


def _documents(metadata: sa.MetaData) -> sa.Table:
    """The dossiers, packed and sealed; `hash` is over the plain document (`dossier.digest`).

    `facts` is what the figures counted of it, to be taken back should it be sealed anew.
    """
    return sa.Table(
        "dossier_documents",
        metadata,
        sa.Column("number", sa.String(NUMBER), primary_key=True),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("document", SealedBytes("dossier_documents.document"), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("sealed_at", Moment, nullable=False),
        sa.Column("sealed_by", sa.String(60), nullable=False),
    )


def _words(metadata: sa.MetaData) -> sa.Table:
    """Which dossiers have a word in their title; `key`: of community and word (`words.key_of`)."""
    return sa.Table(
        "dossier_words",
        metadata,
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )


def _reports(metadata: sa.MetaData) -> sa.Table:
    """The day's end of each community, in numbers and names of staff, as it was said then."""
    return sa.Table(
        "day_reports",
        metadata,
        sa.Column("community", sa.String(12), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("made_by", sa.String(60), nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
    )
