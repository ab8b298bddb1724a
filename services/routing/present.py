"""An order as people and programs read it: labels, lamps and clocks in words, persons masked."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.routing import timeline_words
from services.routing.clocks import Lamp, lamps_of
from services.routing.entry import CODED, Entry
from services.routing.order import Order
from services.routing.order_clocks import facts_of, timeline_of
from services.routing.rules import STATE_LABELS, VERB_LABELS
from services.routing.suggesting.suggest import suggester_for
from shared.clock import local
from shared.district import District
from shared.mask import mask_name, mask_phone, mask_text
from shared.web.i18n import ENGLISH, gettext, language, msgid
from shared.workdays import Explanation

_SHAPES = {"green": "ok", "yellow": "soon", "red": "late", "none": "none"}
"""Our levels -> the lamp's states in the web kit."""
_WORDS = ("reason", "legal_ground")
Said = Callable[[str], str]
CLOCK_LABELS = {"contact": msgid("联系居民"), "finish": msgid("办结")}


def summary(
    order: Order, district: District, now: datetime, *, whole: bool = False
) -> dict[str, Any]:
    """An order in a list. ``whole``: whoever sees it gave a reason, and it was recorded."""
    lamps, said = lamps_of(order, now), masking(order, whole=whole)
    name, phone = order.applicant_name, order.applicant_phone
    return {
        "number": order.number,
        "case_number": order.case_number,
        "department": order.department,
        "department_name": department_name(district, order.department),
        "state": order.state,
        "state_label": gettext(STATE_LABELS[order.state]),
        "role": order.role,
        "paused": order.paused_at is not None,
        "lead": order.lead,
        "assists": order.assists,
        "answerable": order.answerable,
        "answerable_name": department_name(district, order.answerable),
        "contact_by": zoned(order.contact_by),
        "due_by": zoned(order.due_by),
        "lamp": lamp(lamps.overall),
        "lamps": {"contact": lamp(lamps.contact), "finish": lamp(lamps.finish)},
        "title": order.title,
        "description": said(order.description),
        "community": {"code": order.community_code, "name": order.community_name},
        "place": place(order, district),
        "location": said(order.location),
        "applicant": {
            "name": name if whole else mask_name(name),
            "phone": phone if whole else mask_phone(phone),
        },
        "urgency": order.urgency,
        "kind": order.kind,
        "pressed_at": zoned(order.pressed_at),
        "hops": order.hops,
        "level": order.level,
        "repeats": order.repeats,
        "matter": order.matter,
        "paused_at": zoned(order.paused_at),
        "result": said(order.result),
        "dispatched_at": zoned(order.dispatched_at),
        "version": order.version,
    }


def detail(
    order: Order, history: Sequence[Entry], district: District, now: datetime, *, whole: bool
) -> dict[str, Any]:
    """An order with its history, its clocks in words, and what was suggested or asked."""
    said = masking(order, whole=whole)
    return summary(order, district, now, whole=whole) | {
        "whole": whole,
        "erased_at": zoned(order.erased_at),
        "reasons": [said(reason) for reason in order.reasons],
        "suggestions": suggested(order.suggestions, said),
        "clocks": clocks_in_words(order, history, district),
        "return_request": asked(order.return_request, said),
        "extension": asked(order.extension, said),
        "extensions": order.extensions,
        "first_department": order.first_department,
        "arbitration": order.arbitration,
        "pause": order.pause,
        "replied_by": order.replied_by,
        "reviewed_by": order.reviewed_by,
        "reviewed_at": zoned(order.reviewed_at),
        "grade": order.grade,
        "history": [entry(one, district, said) for one in history],
    }


def masking(order: Order, *, whole: bool) -> Said:
    """How words about this order are shown: without the applicant and numbers of people."""
    return str if whole else lambda text: mask_text(text, order.applicant_name)


def suggested(suggestions: Sequence[Mapping[str, Any]], said: Said) -> list[dict[str, Any]]:
    """Suggestions, their reasons as they are shown."""
    return [{**one, "reasons": [said(reason) for reason in one["reasons"]]} for one in suggestions]


def asked(request: Mapping[str, Any] | None, said: Said) -> dict[str, Any] | None:
    """What a department asked for, its words as they are shown."""
    if request is None:
        return None
    words = {name: said(request[name]) for name in _WORDS if name in request}
    return {**request, **words}


def entry(one: Entry, district: District, said: Said) -> dict[str, Any]:
    """A line of the history."""
    note = gettext(CLOCK_LABELS[one.note]) if one.what in CODED else said(one.note)
    return {
        "version": one.version,
        "at": zoned(one.at),
        "what": one.what,
        "label": gettext(VERB_LABELS[one.what]),
        "by": one.by,
        "department": one.department,
        "department_name": department_name(district, one.department),
        "state": one.state,
        "note": note,
    }


def lamp(shown: Lamp) -> dict[str, str]:
    """A lamp with its words in the reader's language; ``shape`` is its state in the web kit."""
    words = shown.en if language() == ENGLISH else shown.zh
    shape = "done" if shown.stopped else _SHAPES[shown.level]
    return {"level": shown.level, "words": words, "shape": shape}


def clocks_in_words(order: Order, history: Sequence[Entry], district: District) -> dict[str, str]:
    """How each deadline came about, counted anew from the history; empty before dispatch."""
    line = timeline_of(facts_of(history), district.calendar)
    if line is None or order.clock_from is None:
        return {}
    finish = timeline_words.explain(line, district.calendar)
    contact = timeline_words.explain_contact(line, district.calendar)
    limit = line.finish.words
    return {
        "contact": _said(contact) if contact else "",
        "finish": gettext(
            "%(limit)s，至 %(end)s",
            limit=limit.en if language() == ENGLISH else limit.zh,
            end=short(line.due_by),
        ),
        "explained": _said(finish),
    }


def _said(how: Explanation) -> str:
    return how.en if language() == ENGLISH else how.zh


def department_name(district: District, code: str | None) -> str:
    """The department's short name; its code where the district no longer has it."""
    department = district.departments.get(code or "")
    if department is None:
        return code or ""
    return department.name_en if language() == ENGLISH else department.short


def matter_name(district: District, code: str) -> str:
    """What a matter is called; its code where nobody knows it."""
    item = district.items.get(code)
    if item is not None and language() == ENGLISH and item.name_en:
        return item.name_en
    return suggester_for(district).matter_name(code) if code else ""


def place(order: Order, district: District) -> str:
    """The community's short name, for dense lists."""
    community = district.communities.get(order.community_code)
    return community.short_name if community is not None else order.community_name


def zoned(moment: datetime | None) -> datetime | None:
    """With the district's own offset, as people read it."""
    return None if moment is None else local(moment)


def local_day(moment: datetime) -> date:
    """The district's own day."""
    return local(moment).date()


def short(moment: datetime) -> str:
    """A moment in a sentence, in the reader's language."""
    at = local(moment)
    return f"{short_day(moment)} {at:%H:%M}"


def short_day(moment: datetime) -> str:
    """The day of a moment in a sentence, in the reader's language."""
    day = local_day(moment)
    return f"{day.day} {day:%b}" if language() == ENGLISH else f"{day.month}月{day.day}日"
