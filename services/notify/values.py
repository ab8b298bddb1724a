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


def _clock(data: Mapping[str, Any], language: str) -> str:
    return _CLOCKS[data["clock"]][language]


_ORDER: dict[str, Say] = {
    "order": _written("number"),
    "department": _written("department_name"),
    "by": _written("by"),
}
_NOTED = _ORDER | {"note": _written("note")}
_NEED: dict[str, Say] = {
    "need": _written("title", SHORT),
    "partner": _written("partner"),
    "note": _written("note"),
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
    },
    "case.moved_to_back_office": {"due_on": _day("due_at"), "note": _written("note")},
    "case.transferred": {"reason": _written("reason"), "location": _written("location")},
    "case.resolved": {"result": _written("result"), "resolved_by": _written("resolved_by")},
    "case.reopened": {"reason": _written("reason")},
    "case.closed": {},
    "case.withdrawn": {"reason": _written("reason")},
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
    "order.pressed": _NOTED,
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
