"""From a case to the published contracts, continued: what `shared.contracts.intake_ways` tells."""

from services.intake.case import Case, Officer
from services.intake.desk.pack_values import Remedies
from services.intake.events import emit_fact, told
from services.intake.masked import all_words, words
from shared.contracts import intake_ways
from shared.db import Transaction


def promised(tx: Transaction, case: Case) -> None:
    """Accepted on a written promise to bring minor materials by a day (A24)."""
    if case.promise is None:
        raise ValueError(f"{case.number}: no promise to tell of")
    emit_fact(
        tx,
        intake_ways.promised,
        case,
        materials=all_words(case, case.promise.materials),
        promise_by=told(case.promise.due),
        due_at=told(case.due_at),
    )


def refused(tx: Transaction, case: Case, remedies: Remedies) -> None:
    """The application was refused, with reasons and remedies (A38)."""
    if case.refused is None:
        raise ValueError(f"{case.number}: no refusal to tell of")
    emit_fact(
        tx,
        intake_ways.refused,
        case,
        reason=words(case, case.refused.reason),
        ground=case.refused.ground,
        refused_at=told(case.refused.at),
        reconsideration_days=remedies.reconsideration_days,
        litigation_months=remedies.litigation_months,
    )


def published(tx: Transaction, case: Case) -> None:
    """It is in public notice until a day."""
    if case.publication is None:
        raise ValueError(f"{case.number}: no public notice to tell of")
    until, place = told(case.publication.until), case.publication.place
    emit_fact(tx, intake_ways.published, case, until=until, place=place)


def publication_ended(tx: Transaction, case: Case) -> None:
    """The public notice is over; how many objected."""
    if case.publication is None:
        raise ValueError(f"{case.number}: no public notice to tell of")
    objections = len(case.publication.objections)
    emit_fact(tx, intake_ways.publication_ended, case, objections=objections)


def handed_over(tx: Transaction, case: Case, before: Officer, reason: str) -> None:
    """Another first responder answers for it; the fact's owner is the new one."""
    who = {"username": before.username, "name": before.name}
    emit_fact(tx, intake_ways.handed_over, case, before=who, reason=words(case, reason))
