"""All that intake holds of somebody, whole, in words a layman reads: for them alone (PIPL 45)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake import queries
from services.intake.case import STATES, Case
from services.intake.files import store as files_store
from services.intake.grids.report_words import found_of
from services.intake.grids.work import work_for
from services.intake.pages_common import named, runtime
from services.intake.refusal import Refusal
from services.intake.rights import rights
from services.intake.rights.held import MOST, Held
from services.intake.rights.queries import Matters
from services.intake.rights.rights import PersonRequest
from services.intake.slots.pack import slots_for
from services.intake.views import reader_language
from services.intake.words import person, sentence
from shared.clock import local
from shared.web.i18n import gettext, msgid

THINGS = {
    "booking": msgid("预约"),
    "ticket": msgid("取号排队"),
    "care": msgid("重点关爱名单"),
    "visit": msgid("走访记录"),
    "report": msgid("网格上报、随手拍"),
    "demand": msgid("民情台账"),
    "matter": msgid("协商事项"),
    "open311": msgid("网上上报（Open311）"),
    "hotline": msgid("12345 工单"),
    "dossier": msgid("归档的档案"),
}
"""Kind of what a package holds -> its name."""
CUT = msgid("内容较多，每一类只列出最近的 %(most)s 条，没有列全；更早的，可以按编号逐件查阅。")
WITH_PHOTOS = ("visit", "report")
PAGES = {
    "booking": "/desk/bookings/",
    "report": "/desk/reports/",
    "demand": "/desk/ledger/",
    "matter": "/desk/deliberation/",
}
"""Kind of what a package holds -> its page for the community's officers, before its number."""


def held(connection: sa.Connection, found: Matters) -> Iterator[dict[str, Any]]:
    """One item for each case, refusal, request and other thing; `what` says which it is.

    First of all, where it is so, that it is not everything.
    """
    if found.cut:
        yield cut_item()
    for case in found.cases:
        yield case_item(connection, case)
    for refusal in found.refusals:
        yield refusal_item(refusal)
    for request in found.requests:
        yield request_item(request)
    for one in found.elsewhere:
        files = files_store.list_files(connection, one.number) if one.kind in WITH_PHOTOS else []
        yield thing_item(one) | ({"files": [_file(file) for file in files]} if files else {})


def cut_item() -> dict[str, Any]:
    """That something was left out, and how the rest is had."""
    return {"what": "cut", "description": cut_words(), "most": MOST}


def cut_words() -> str:
    """What is said where not everything is shown or given out."""
    return gettext(CUT, most=MOST)


def thing_item(held: Held) -> dict[str, Any]:
    """What a package holds of them beside their cases."""
    said = {name: _plain(name, value) for name, value in held.said.items()}
    return {
        "what": held.kind,
        "number": held.number,
        "at": _told(held.at),
        "community": community_name(held.community),
        **said,
    }


def thing_names() -> dict[str, str]:
    """What each kind of thing is called, in the reader's language."""
    return {kind: gettext(name) for kind, name in THINGS.items()}


def community_name(code: str) -> str:
    """Where; "" where it is said by its case."""
    known = runtime().district.communities.get(code)
    return known.name if known else code


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return _told(value)
    if name == "state":
        return gettext(value)
    if name == "checked":
        english = reader_language() == "en"
        return found_of(work_for(runtime().district), value["kind"], value, english=english)
    if name in {"group", "groups"}:
        return [_group(code) for code in ([value] if isinstance(value, str) else value)]
    return value


def _group(code: str) -> str:
    district = runtime().district
    listed: list[Any] = [*work_for(district).groups, *slots_for(district).groups.values()]
    known = next((one for one in listed if one.code == code), None)
    return code if known is None else str(named(known))


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
        "files": [_file(file) for file in files_store.list_files(connection, case.number)],
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
        "kind": _named(rights.KINDS, request.kind),
        "state": _named(rights.STATES, request.state),
        "name": request.name,
        "phone": request.phone,
        "wish": request.wish,
        "channel": _named(rights.CHANNELS, request.channel),
        "checked": _named(rights.CHECKS, request.checked),
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
