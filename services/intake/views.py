"""A case as JSON. Written by hand, not by a schema: it is on the way of every receipt."""

from datetime import datetime
from typing import Any

from services.intake.case import STATES, Case, Entry
from services.intake.masked import masked, masked_applicant
from services.intake.ways import views as ways_views
from services.intake.words import Lang, lamp, person, sentence
from shared.clock import local, now
from shared.web.context import web_of
from shared.web.i18n import ENGLISH, language

_STATE_LABELS = {state: {"zh": zh, "en": en} for state, (zh, en) in STATES.items()}


def case_json(case: Case, *, whole: bool = False) -> dict[str, Any]:
    """A case, for an officer of its community; `whole` for who said why they have to see it."""
    return _whole(case if whole else masked(case))


def _whole(case: Case) -> dict[str, Any]:
    return _common(case) | {
        "description": case.description,
        "location": case.location,
        "language": case.language,
        "applicant": {
            "name": case.applicant.name,
            "phone": case.applicant.phone,
            "id_no": case.applicant.id_no,
        },
        "materials": [
            {"name": m.name, "required": m.required, "received": m.received} for m in case.materials
        ],
        "notice": _notice(case),
        "result": case.result,
        "resolved_by": case.resolved_by,
        "resolved_at": _told(case.resolved_at),
        "rating": _rating(case),
        "promise": ways_views.promise(case),
        "publication": ways_views.publication(case),
        "refused": ways_views.refused(case),
        "groups": list(case.groups),
        "visits": case.visits,
        "transfers": case.transfers,
        "orders": [_order(number, order) for number, order in case.orders.items()],
    }


def row_json(case: Case) -> dict[str, Any]:
    """A case in a list: who brought it is masked (P51)."""
    who = masked_applicant(case.applicant)
    return _common(case) | {"applicant": {"name": who.name, "phone": who.phone}}


def entry_json(entry: Entry) -> dict[str, Any]:
    """One line of the timeline."""
    lang = reader_language()
    return {
        "at": _told(entry.at),
        "who": person(entry.who, lang),
        "action": entry.action,
        "words": sentence(entry, lang),
        "data": entry.data,
    }


def reader_language() -> Lang:
    """The language of this request."""
    return "en" if language() == ENGLISH else "zh"


def _common(case: Case) -> dict[str, Any]:
    lang = reader_language()
    shown = lamp(case, now(), web_of().service_context.district.rules.yellow_from)
    return {
        "number": case.number,
        "state": case.state,
        "state_label": _STATE_LABELS[case.state],
        "kind": case.kind,
        "item": _item(case, lang),
        "title": case.title,
        "community": {"code": case.community, "name": case.community_name},
        "owner": {"username": case.owner.username, "name": case.owner.name},
        "handler": {
            "kind": case.handler.kind,
            "code": case.handler.code,
            "name": person(case.handler.name, lang),
        },
        "channel": case.channel,
        "urgency": case.urgency,
        "way": case.way,
        "review_by": _told(case.review_by),
        "back_office_by": _told(case.back_office_by),
        "promise_by": _told(case.promise_by),
        "missing": list(case.missing),
        "accepted_at": _told(case.accepted_at),
        "due_at": _told(case.due_at),
        "limit_shown": case.limit_en if lang == "en" else case.limit_zh,
        "lamp": {"level": shown.level, "words": shown.words(lang)},
        "version": case.version,
    }


def _item(case: Case, lang: Lang) -> dict[str, Any] | None:
    item = case.item
    if item is None:
        return None
    return {
        "code": item.code,
        "name": item.name,
        "name_en": item.name_en,
        "procedure": list(item.procedure),
        "limit_shown": item.limit_en if lang == "en" else item.limit_zh,
    }


def _notice(case: Case) -> dict[str, Any] | None:
    notice = case.notice
    if notice is None:
        return None
    return {
        "at": _told(notice.at),
        "by": notice.by,
        "missing": list(notice.missing),
        "supplement_by": _told(notice.supplement_by),
    }


def _rating(case: Case) -> dict[str, Any] | None:
    rating = case.rating
    if rating is None:
        return None
    return {
        "grade": rating.grade,
        "satisfied": rating.satisfied,
        "comment": rating.comment,
        "at": _told(rating.at),
    }


def _order(number: str, order: Any) -> dict[str, Any]:
    shown = ("department", "department_name", "state", "role", "due_by")
    return {"number": number} | {name: order.get(name) for name in shown}


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else local(moment).isoformat(timespec="seconds")
