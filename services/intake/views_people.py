"""All that intake holds of somebody, whole, in words a layman reads: for them alone (PIPL 45)."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from services.intake import people, queries, store_files
from services.intake.case import STATES, Case
from services.intake.people import PersonRequest
from services.intake.queries_people import Matters
from services.intake.refusal import Refusal
from services.intake.views import reader_language
from services.intake.words import person, sentence
from shared.clock import local


def held(connection: sa.Connection, found: Matters) -> Iterator[dict[str, Any]]:
    """One item for each case, refusal and request; `what` says which it is."""
    for case in found.cases:
        yield case_item(connection, case)
    for refusal in found.refusals:
        yield refusal_item(refusal)
    for request in found.requests:
        yield request_item(request)


def case_item(connection: sa.Connection, case: Case) -> dict[str, Any]:
    """A case, its timeline and the list of its files."""
    return {
        "what": "case",
        "case_number": case.number,
        "title": case.title,
        "state": _named(STATES, case.state),
        "name": case.applicant.name,
        "phone": case.applicant.phone,
        "id_no": case.applicant.id_no,
        "description": case.description,
        "location": case.location,
        "language": case.language,
        "community": case.community_name,
        "owner": case.owner.name,
        "accepted_at": _told(case.accepted_at),
        "closed_at": _told(case.closed_at),
        "erased_at": _told(case.erased_at),
        "result": case.result,
        "rating": _rating(case),
        "materials": [{"name": m.name, "received": m.received} for m in case.materials],
        "missing": list(case.notice.missing) if case.notice else [],
        "files": [_file(file) for file in store_files.list_files(connection, case.number)],
        "history": [_line(entry) for entry in queries.timeline(connection, case.number)],
    }


def refusal_item(refusal: Refusal) -> dict[str, Any]:
    """A certificate that was refused."""
    return {
        "what": "refusal",
        "case_number": refusal.number,
        "title": refusal.title,
        "name": refusal.applicant_name,
        "phone": refusal.applicant_phone,
        "description": refusal.description,
        "certificate": refusal.name,
        "community": refusal.community_name,
        "at": _told(refusal.at),
        "by": refusal.by_name,
        "erased_at": _told(refusal.erased_at),
    }


def request_item(request: PersonRequest) -> dict[str, Any]:
    """What they asked about their data, and the answer."""
    return {
        "what": "request",
        "number": request.number,
        "case_number": request.about,
        "kind": _named(people.KINDS, request.kind),
        "state": _named(people.STATES, request.state),
        "name": request.name,
        "phone": request.phone,
        "wish": request.wish,
        "channel": _named(people.CHANNELS, request.channel),
        "checked": _named(people.CHECKS, request.checked),
        "taken_at": _told(request.taken_at),
        "due_at": _told(request.due_at),
        "decided_at": _told(request.decided_at),
        "reason": request.reason,
    }


def _line(entry: Any) -> dict[str, Any]:
    lang = reader_language()
    who, said = person(entry.who, lang), sentence(entry, lang)
    return {"at": _told(entry.at), "who": who, "what": said}


def _file(file: Any) -> dict[str, Any]:
    return {
        "name": file.name,
        "material": file.material,
        "media_type": file.media_type,
        "size": file.size,
        "at": _told(file.at),
    }


def _rating(case: Case) -> dict[str, Any] | None:
    rating = case.rating
    if rating is None:
        return None
    return {"grade": rating.grade, "comment": rating.comment, "at": _told(rating.at)}


def _named(names: Any, code: str) -> str:
    return str(names[code][reader_language() == "en"])


def _told(moment: Any) -> str | None:
    return None if moment is None else local(moment).isoformat(timespec="seconds")
