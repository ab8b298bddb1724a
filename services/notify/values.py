"""What each event offers to the texts: the placeholders a template may use, and how they read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from services.notify.contact import Contact
from services.notify.wording import clip
from shared.clock import local

Say = Callable[[Mapping[str, Any], str], str]
"""(the event's data, language) -> the words that stand for a placeholder."""

SHORT = 24
"""Characters of a title in a message: enough to know one's own matter again in one SMS."""
LONG = 200
"""Characters of what somebody wrote; the whole stands behind the link."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLOCKS = {
    "contact": {"zh": "联系居民", "en": "contact with the resident"},
    "finish": {"zh": "办结", "en": "completion"},
}
_WHYS = {
    "contact_late": {"zh": "逾期未联系居民", "en": "the resident was not contacted in time"},
    "finish_late": {"zh": "逾期未办结", "en": "it was not finished in time"},
    "undispatched": {"zh": "待派单超时", "en": "no department was named in time"},
    "unsigned": {"zh": "逾期未签收", "en": "it was not signed for in time"},
    "bounced": {"zh": "多次退单", "en": "it was returned more than once"},
    "dissatisfied": {"zh": "居民不满意", "en": "the resident is dissatisfied"},
    "repeated": {"zh": "重复反映", "en": "the same matter came again"},
    "arbitrated_late": {"zh": "逾期未裁定", "en": "the arbiter did not rule in time"},
    "difficult": {"zh": "疑难事项", "en": "it is difficult"},
    "by_hand": {"zh": "人工督办", "en": "a supervisor presses for it"},
}
_OUTCOMES = {
    "booked": {"zh": "已约好", "en": "is booked"},
    "waiting": {
        "zh": "已约满，为您排了候补，有空位会自动递补并通知您",
        "en": "is full: you are in line, and we tell you when a place is free",
    },
    "cancelled": {"zh": "已取消", "en": "is cancelled"},
    "lapsed": {"zh": "没有等到空位", "en": "had no place left"},
}
_NAMED = 6
"""Things listed by name in a message; further ones are counted."""


def day_words(moment: datetime, language: str) -> str:
    """The local day of a moment: 12月4日, or 4 Dec."""
    day = local(moment)
    return (
        f"{day.month}月{day.day}日" if language == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"
    )


def time_words(moment: datetime, language: str) -> str:
    """The local day and time of a moment: 12月4日 10:13."""
    return f"{day_words(moment, language)} {local(moment):%H:%M}"


def _written(name: str, longest: int = LONG) -> Say:
    return lambda data, _language: clip(str(data.get(name) or ""), longest)


def _day(name: str) -> Say:
    return lambda data, language: _moment(data.get(name), language, day_words)


def _time(name: str) -> Say:
    return lambda data, language: _moment(data.get(name), language, time_words)


def _moment(value: str | None, language: str, words: Callable[[datetime, str], str]) -> str:
    return words(datetime.fromisoformat(value), language) if value else ""


def _listed(name: str) -> Say:
    return lambda data, language: list_words(data.get(name) or [], language)


def list_words(things: list[str], language: str) -> str:
    """Things by name, as a sentence holds them: 户口簿、身份证."""
    named = ("、" if language == "zh" else ", ").join(things[:_NAMED])
    if len(things) <= _NAMED:
        return named
    return (
        f"{named}等 {len(things)} 项"
        if language == "zh"
        else f"{named} and more ({len(things)} in all)"
    )


def _numbered(name: str) -> Say:
    """Every thing, numbered: a once-only notice must leave nothing out (A36)."""
    return lambda data, _language: "；".join(
        f"{place}.{thing}" for place, thing in enumerate(data.get(name) or [], 1)
    )


def _number(name: str) -> Say:
    return lambda data, _language: str(data[name])


def _before(data: Mapping[str, Any], _language: str) -> str:
    """Who answered for it until now."""
    return str(data["before"]["name"])


def _clock(data: Mapping[str, Any], language: str) -> str:
    return _CLOCKS[data["clock"]][language]


def _why(data: Mapping[str, Any], language: str) -> str:
    """Why an order was pressed; a reason of a later version is told as it is written."""
    known = _WHYS.get(data["why"])
    return known[language] if known else str(data["why"])


def _outcome(data: Mapping[str, Any], language: str) -> str:
    """What became of an appointment: a state of a later version is told as it is written."""
    known = _OUTCOMES.get(data["state"])
    return known[language] if known else str(data["state"])


_ORDER: dict[str, Say] = {
    "order": _written("number"),
    "department": _written("department_name"),
    "by": _written("by"),
}
_LEVEL: dict[str, Say] = {
    "level": _written("level_name"),
    "to": _written("to"),
    "on_duty": _written("on_duty"),
}
_NOTED = _ORDER | {"note": _written("note")}
_NEED: dict[str, Say] = {
    "need": _written("title", SHORT),
    "partner": _written("partner"),
    "note": _written("note"),
}

_APPOINTMENT: dict[str, Say] = {
    "kind": _written("kind_name"),
    "place": _written("place"),
    "when": _time("starts_at"),
    "materials": _numbered("materials"),
    "outcome": _outcome,
}

OF_EVENT: dict[str, dict[str, Say]] = {
    "case.accepted": {"limit_shown": _written("limit_shown"), "due_on": _day("due_at")},
    "case.notice_given": {
        "missing": _numbered("missing"),
        "missing_count": lambda data, _language: str(len(data["missing"])),
        "procedure": _listed("procedure"),
        "limit_shown": _written("limit_shown"),
        "supplement_by": _day("supplement_by"),
    },
    "case.materials_received": {
        "received": _listed("received"),
        "still_missing": _listed("still_missing"),
        "still_promised": _listed("still_promised"),
    },
    "case.moved_to_back_office": {"due_on": _day("due_at"), "note": _written("note")},
    "case.transferred": {"reason": _written("reason"), "location": _written("location")},
    "case.resolved": {"result": _written("result"), "resolved_by": _written("resolved_by")},
    "case.reopened": {"reason": _written("reason")},
    "case.closed": {},
    "case.rated": {},
    "case.withdrawn": {"reason": _written("reason")},
    "case.refused": {
        "reason": _written("reason"),
        "ground": _written("ground"),
        "reconsideration_days": _number("reconsideration_days"),
        "litigation_months": _number("litigation_months"),
    },
    "case.promised": {"materials": _numbered("materials"), "promise_by": _day("promise_by")},
    "case.published": {"until": _day("until"), "place": _written("place")},
    "case.publication_ended": {"objections": _number("objections")},
    "case.handed_over": {"before": _before, "reason": _written("reason")},
    "order.dispatched": _ORDER
    | {
        "contact_by": _time("contact_by"),
        "due_by": _day("due_by"),
        "location": _written("location"),
    },
    "order.signed": _NOTED,
    "order.contacted": _NOTED,
    "order.extended": _NOTED | {"due_by": _day("due_by")},
    "order.late": _ORDER | {"clock": _clock, "due_by": _time("due_by")},
    "order.due_soon": _ORDER | {"clock": _clock, "due_by": _time("due_by")},
    "order.paused": _NOTED | {"reason": _written("reason_name"), "until": _day("until")},
    "order.resumed": _NOTED | {"due_by": _day("due_by")},
    "order.arbitration_opened": _ORDER | {"arbiter": _written("arbiter")},
    "order.pressed": _NOTED | _LEVEL,
    "order.escalated": _NOTED | _LEVEL | {"why": _why},
    "order.on_site_called": _NOTED | {"leader": _written("leader")},
    "appointment.booked": _APPOINTMENT,
    "appointment.moved": _APPOINTMENT | {"was": _time("was_at")},
    "appointment.cancelled": _APPOINTMENT | {"reason": _written("reason")},
    "appointment.moved_up": _APPOINTMENT,
    "appointment.reminder": _APPOINTMENT,
    "need.accepted": _NEED,
    "need.fulfilled": _NEED,
}
"""Event -> what it offers beside COMMON."""

COMMON = ("number", "title", "community", "owner", "link")
"""Offered by every event: the case's number, short title, community, owner, tracking address."""


def offered(event: str) -> tuple[str, ...]:
    """The placeholders a template for ``event`` may use."""
    return (*COMMON, *OF_EVENT[event])


def values_for(
    event: str, data: Mapping[str, Any], contact: Contact, link: str, language: str
) -> dict[str, str]:
    """What every placeholder stands for, in one language."""
    common = {
        "number": contact.number,
        "title": clip(contact.title, SHORT),
        "community": contact.community_name,
        "owner": contact.owner_name,
        "link": link,
    }
    return common | {name: say(data, language) for name, say in OF_EVENT[event].items()}
