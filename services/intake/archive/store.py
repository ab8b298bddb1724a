"""Finding what is to be archived, and keeping dossiers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.archive.dossier import Dossier, found_by, place_of
from services.intake.archive.words import key_of, words_of
from services.intake.case import OPEN_STATES, Entry
from services.intake.figures.counted import Facts
from services.intake.files.case_file import CaseFile
from services.intake.models import archive, cases, files, history, refusals
from shared.clock import local
from shared.db import Transaction

dossiers, documents, words = archive.dossiers, archive.documents, archive.words


@dataclass(frozen=True)
class Earlier:
    """What is known of a dossier that is to be sealed anew."""

    edition: int
    place: int
    community: str
    title: str
    facts: Facts


@dataclass(frozen=True)
class ToSeal:
    """What is to be sealed: finished until a moment, in a community or (None) the whole district.

    Attributes:
        skip: numbers that could not be sealed before; they wait for another time.
        only: these numbers and no others, where any are given.
    """

    until: datetime
    community: str | None = None
    skip: Collection[str] = ()
    only: Collection[str] = ()

    def numbers(self, table: sa.Table, ended: sa.Column[Any], limit: int) -> sa.Select[tuple[str]]:
        """The oldest first; what another replica has in hand is left out."""
        found = sa.select(table.c.number).where(
            ended <= self.until, ended.is_not(None), table.c.archived_at.is_(None)
        )
        if self.community is not None:
            found = found.where(table.c.community == self.community)
        if self.skip:
            found = found.where(table.c.number.not_in(sorted(self.skip)))
        if self.only:
            found = found.where(table.c.number.in_(sorted(self.only)))
        return found.order_by(ended).limit(limit).with_for_update(skip_locked=True)


def cases_to_seal(tx: Transaction, wanted: ToSeal, limit: int) -> list[str]:
    """Finished cases that are not archived."""
    return list(tx.execute(wanted.numbers(cases, cases.c.closed_at, limit)).scalars())


def refusals_to_seal(tx: Transaction, wanted: ToSeal, limit: int) -> list[str]:
    """The same of written refusals."""
    return list(tx.execute(wanted.numbers(refusals, refusals.c.at, limit)).scalars())


def named(reader: Any, number: str) -> tuple[str, str]:
    """Title and who answers for a case or refusal, without opening anything that is sealed."""
    case = sa.select(cases.c.title, cases.c.owner_name).where(cases.c.number == number)
    refused = sa.select(refusals.c.title, refusals.c.by_name).where(refusals.c.number == number)
    row = reader.execute(case).first() or reader.execute(refused).first()
    return ("", "") if row is None else (row[0], row[1])


def histories(tx: Transaction, numbers: Collection[str]) -> dict[str, list[Entry]]:
    """The timelines of these cases, in the order of what happened."""
    told = sa.select(history).where(history.c.case_number.in_(sorted(numbers)))
    found: dict[str, list[Entry]] = {number: [] for number in numbers}
    for row in tx.execute(told.order_by(history.c.at, history.c.seq)):
        found[row.case_number].append(Entry(row.at, row.who, row.action, row.data, row.seq))
    return found


def files_of(tx: Transaction, numbers: Collection[str]) -> dict[str, list[CaseFile]]:
    """The files of these cases, without those that were removed."""
    kept = files.c.case_number.in_(sorted(numbers)), files.c.removed_at.is_(None)
    found: dict[str, list[CaseFile]] = {number: [] for number in numbers}
    for row in tx.execute(
        sa.select(files).where(*kept).order_by(files.c.at, files.c.id)
    ).mappings():
        found[row["case_number"]].append(CaseFile(**row))
    return found


def earlier(tx: Transaction, numbers: Collection[str]) -> dict[str, Earlier]:
    """What of these was sealed before."""
    both = sa.select(
        documents.c.number,
        documents.c.edition,
        documents.c.facts,
        dossiers.c.place,
        dossiers.c.community,
        dossiers.c.title,
    ).join(dossiers, dossiers.c.number == documents.c.number)
    rows = tx.execute(both.where(documents.c.number.in_(sorted(numbers))))
    return {
        row.number: Earlier(row.edition, row.place, row.community, row.title, Facts.of(row.facts))
        for row in rows
    }


def remove(tx: Transaction, known: dict[str, Earlier]) -> None:
    """Take out what is about to be sealed anew, with its words: nothing of it stays readable."""
    if not known:
        return
    numbers = sorted(known)
    tx.execute(dossiers.delete().where(dossiers.c.number.in_(numbers)))
    tx.execute(documents.delete().where(documents.c.number.in_(numbers)))
    keys = [
        {"of_key": key_of(one.community, word), "of_place": one.place}
        for one in known.values()
        for word in words_of(one.title)
    ]
    if keys:
        same = words.c.key == sa.bindparam("of_key"), words.c.place == sa.bindparam("of_place")
        tx.execute(words.delete().where(*same), keys)


def add(tx: Transaction, made: Iterable[tuple[Dossier, Facts]], by: str) -> None:
    """Keep dossiers, with what they are found by."""
    for dossier, facts in made:
        found = found_by(dossier.document)
        place = place_of(found["day"], tx.serial("dossier"))
        tx.insert(dossiers, **_row(found, dossier.edition, place))
        tx.insert(
            documents,
            number=dossier.number,
            edition=dossier.edition,
            hash=dossier.hash,
            document=dossier.packed,
            facts=facts.document(),
            sealed_at=tx.now,
            sealed_by=by,
        )
        for word in words_of(found["title"]):
            tx.insert(words, key=key_of(found["community"], word), place=place)


def _row(found: dict[str, Any], edition: int, place: int) -> dict[str, Any]:
    indexed = {"name": "applicant_name", "phone": "applicant_phone", "id": "applicant_id_no"}
    blind = {f"applicant_{short}_index": found[name] or None for short, name in indexed.items()}
    return {**found, **blind, "edition": edition, "place": place}


def cases_sealed(tx: Transaction, versions: Sequence[tuple[str, int]]) -> None:
    """They are archived as they were read; one that changed meanwhile is not, and all run again."""
    for number, version in versions:
        tx.change(cases, number, version, {"archived_at": tx.now})


def refusals_sealed(tx: Transaction, numbers: Collection[str]) -> None:
    """The same of refusals, which never change but to be forgotten."""
    for number in numbers:
        one = refusals.c.number == number
        tx.update(refusals.update().where(one).values(archived_at=tx.now))


def untold(connection: sa.Connection, communities: Sequence[str], ends: datetime) -> list[str]:
    """The communities that have something in hand and whose day's end was not told yet."""
    reports, day = archive.reports, local(ends).date()
    told = sa.select(reports.c.community).where(reports.c.day == day, reports.c.made_at >= ends)
    done = set(connection.execute(told).scalars())
    busy: set[str] = set()
    for column, *where in (
        (cases.c.community, cases.c.state.in_(OPEN_STATES)),
        (cases.c.community, cases.c.closed_at.is_not(None), cases.c.archived_at.is_(None)),
        (refusals.c.community, refusals.c.archived_at.is_(None)),
    ):
        found = sa.select(column).where(column.in_(communities), *where).distinct()
        busy |= set(connection.execute(found).scalars())
    return sorted(busy - done)


def told_unsealed(connection: sa.Connection, ends: datetime) -> set[str]:
    """What the reports of this day's end name as not sealed; some may have been sealed since."""
    reports = archive.reports
    said = sa.select(reports.c.said).where(reports.c.day == local(ends).date())
    told = connection.execute(said).scalars()
    return {one["number"] for report in told for one in report.get("unsealed", ())}
