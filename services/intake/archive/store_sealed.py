"""Sealing: finished cases and refusals become dossiers, each in one transaction with its figures.

Here as well: what was forgotten of a person is sealed anew at once, so that nothing of them is
left in the archive either (PIPL 47).
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from services.intake import store as case_store
from services.intake.archive import dossier as dossiers
from services.intake.archive import store
from services.intake.archive.dossier import Dossier
from services.intake.archive.store import Earlier, ToSeal
from services.intake.case import Case
from services.intake.figures import of_cases
from services.intake.figures.counted import Facts
from services.intake.figures.pack import figure_rules
from services.intake.figures.store import book
from services.intake.models import refusals
from services.intake.refusal import Refusal
from shared.db import Transaction

SEALED = "archive.sealed"
"""What the audit calls it; its detail holds the edition and the hash."""


def seal_cases(tx: Transaction, wanted: ToSeal, by: str, limit: int) -> list[str]:
    """Archive what finished, at most this many; returns their numbers."""
    numbers = store.cases_to_seal(tx, wanted, limit)
    found = case_store.load_all(tx, numbers)
    _seal(tx, list(found.values()), by)
    return sorted(found)


def seal_refusals(tx: Transaction, wanted: ToSeal, by: str, limit: int) -> list[str]:
    """The same of written refusals."""
    numbers = store.refusals_to_seal(tx, wanted, limit)
    _seal(tx, _refusals(tx, numbers), by)
    return numbers


def seal_forgotten(tx: Transaction, numbers: Sequence[str], by: str) -> None:
    """Seal anew what is in the archive of these, now that their people are forgotten."""
    known = sorted(store.earlier(tx, numbers))
    if known:
        cases = list(case_store.load_all(tx, known).values())
        _seal(tx, [*cases, *_refusals(tx, known)], by)


def _refusals(tx: Transaction, numbers: Sequence[str]) -> list[Refusal]:
    asked = sa.select(refusals).where(refusals.c.number.in_(numbers))
    return [Refusal.of(dict(row)) for row in tx.execute(asked).mappings()]


def _seal(tx: Transaction, found: Sequence[Case | Refusal], by: str) -> None:
    if not found:
        return
    known = store.earlier(tx, [one.number for one in found])
    made = _made(tx, found, known)
    store.remove(tx, known)
    store.add(tx, made, by)
    book(tx, (facts for _, facts in made), (one.facts for one in known.values()))
    store.cases_sealed(tx, [(one.number, one.version) for one in found if isinstance(one, Case)])
    store.refusals_sealed(tx, [one.number for one in found if isinstance(one, Refusal)])
    for dossier, _ in made:
        tx.record(SEALED, dossier.number, edition=dossier.edition, hash=dossier.hash)


def _made(
    tx: Transaction, found: Sequence[Case | Refusal], known: Mapping[str, Earlier]
) -> list[tuple[Dossier, Facts]]:
    """The dossiers, each with what the figures count of it."""
    numbers = [one.number for one in found]
    told, kept = store.histories(tx, numbers), store.files_of(tx, numbers)
    spot = figure_rules(tx.district).on_spot
    made = []
    for one in found:
        edition = known[one.number].edition + 1 if one.number in known else 1
        if isinstance(one, Case):
            document = dossiers.of_case(one, told[one.number], kept[one.number])
            facts = of_cases.of_case(one, spot)
        else:
            document, facts = dossiers.of_refusal(one), of_cases.of_refusal(one)
        made.append((dossiers.sealed(one.number, edition, document), facts))
    return made
