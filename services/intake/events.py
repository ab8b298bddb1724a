"""From a case to the published contracts: one function for each fact, all through `emit`.

Facts that begin something for others carry who brought the matter; all others only enough to
recognise them, in what was written as well (P51).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.intake.case import Case
from services.intake.masked import all_words, masked_applicant, words
from services.intake.models import bus
from shared.bus.outbox import emit
from shared.clock import local
from shared.contracts import Contract, intake
from shared.db import Transaction

TELL_WHO = frozenset({intake.accepted, intake.transferred, intake.need_raised})
"""What others begin on, and need to know for whom; they keep it from there."""
NOBODY = "**"
"""The name of somebody who was forgotten: a contract wants one."""


def accepted(tx: Transaction, case: Case) -> None:
    """A receipt was given."""
    emit_fact(
        tx,
        intake.accepted,
        case,
        kind=case.kind,
        item=_item(case),
        channel=case.channel,
        urgency=case.urgency,
        accepted_at=told(case.accepted_at),
        due_at=told(case.due_at),
        limit_shown=_limit(case),
    )


def notice_given(tx: Transaction, case: Case) -> None:
    """The once-only notice was given."""
    if case.notice is None:
        raise ValueError(f"{case.number}: no notice to tell of")
    emit_fact(
        tx,
        intake.notice_given,
        case,
        missing=all_words(case, case.notice.missing),
        procedure=list(case.item.procedure) if case.item else [],
        limit_shown=_limit(case),
        supplement_by=told(case.notice.supplement_by),
    )


def materials_received(tx: Transaction, case: Case, received: Sequence[str]) -> None:
    """Missing materials came in."""
    emit_fact(
        tx,
        intake.materials_received,
        case,
        received=all_words(case, received),
        still_missing=all_words(case, case.needed),
        still_promised=all_words(case, case.promised),
    )


def moved_to_back_office(tx: Transaction, case: Case, note: str) -> None:
    """The back office handles it."""
    emit_fact(
        tx, intake.moved_to_back_office, case, due_at=told(case.due_at), note=words(case, note)
    )


def transferred(tx: Transaction, case: Case, department: str | None, reason: str) -> None:
    """A line department must do it."""
    emit_fact(
        tx,
        intake.transferred,
        case,
        transfer=case.transfers,
        description=case.description,
        kind=case.kind,
        item=_item(case),
        department=department,
        urgency=case.urgency,
        location=case.location,
        reason=reason,
        transferred_at=told(case.transferred_at),
    )


def resolved(tx: Transaction, case: Case) -> None:
    """There is a result."""
    emit_fact(
        tx, intake.resolved, case, result=words(case, case.result), resolved_by=case.resolved_by
    )


def rated(tx: Transaction, case: Case) -> None:
    """The resident rated the result."""
    if case.rating is None:
        raise ValueError(f"{case.number}: no rating to tell of")
    rating = case.rating
    emit_fact(
        tx,
        intake.rated,
        case,
        grade=rating.grade,
        satisfied=rating.satisfied,
        comment=words(case, rating.comment),
    )


def reopened(tx: Transaction, case: Case, reason: str) -> None:
    """Not solved: it goes on."""
    emit_fact(tx, intake.reopened, case, reason=words(case, reason))


def closed(tx: Transaction, case: Case) -> None:
    """Archived; the outcome says whether the resident was content."""
    emit_fact(tx, intake.closed, case, outcome=outcome(case))


def withdrawn(tx: Transaction, case: Case, reason: str) -> None:
    """Withdrawn."""
    emit_fact(tx, intake.withdrawn, case, reason=words(case, reason))


def need_raised(tx: Transaction, case: Case, category: str, wish: str, location: str) -> None:
    """The case shows a need that partners could meet."""
    emit_fact(
        tx,
        intake.need_raised,
        case,
        need=f"{case.number}-n{case.needs}",
        category=category,
        wish=wish,
        location=location,
    )


def person_corrected(tx: Transaction, case: Case) -> None:
    """Who brought it is somebody else than was said; whole, for whoever needs the whole."""
    person = {"name": case.applicant.name, "phone": case.applicant.phone}
    said = {"number": case.number, "applicant": person, "corrected_at": told(tx.now)}
    emit(tx, bus, intake.person_corrected, said, subject=case.number, version=case.version)


def person_erased(tx: Transaction, case: Case, reason: str) -> None:
    """Whoever brought it is to be forgotten everywhere."""
    said = {"number": case.number, "erased_at": told(case.erased_at), "reason": reason}
    emit(tx, bus, intake.person_erased, said, subject=case.number, version=case.version)


def outcome(case: Case) -> str:
    """`satisfied`, `dissatisfied` or `unrated`, by the rating of the last result."""
    if case.rating is None or case.rating.resolution != case.resolutions:
        return "unrated"
    return "satisfied" if case.rating.satisfied else "dissatisfied"


def emit_fact(tx: Transaction, contract: Contract, case: Case, **said: Any) -> None:
    """Publish a fact about a case, with what every such fact carries."""
    fact = _fact(case, whole=contract in TELL_WHO)
    emit(tx, bus, contract, {**fact, **said}, subject=case.number, version=case.version)


def _fact(case: Case, *, whole: bool) -> dict[str, Any]:
    return {
        "number": case.number,
        "title": case.title,
        "community": {"code": case.community, "name": case.community_name},
        "owner": {"username": case.owner.username, "name": case.owner.name},
        "applicant": _person(case, whole=whole),
        "state": case.state,
        "language": case.language,
    }


def _person(case: Case, *, whole: bool) -> dict[str, Any]:
    if whole and case.erased_at is None:
        return {"name": case.applicant.name, "phone": case.applicant.phone}
    who = masked_applicant(case.applicant)
    return {"name": who.name or NOBODY, "phone": who.phone, "masked": True}


def _item(case: Case) -> Mapping[str, str] | None:
    return {"code": case.item.code, "name": case.item.name} if case.item else None


def _limit(case: Case) -> str:
    return case.limit_en if case.language == "en" else case.limit_zh


def told(moment: datetime | None) -> str | None:
    """A moment as contracts have it."""
    return None if moment is None else local(moment).isoformat()
