"""Follow-ups and rates as people and programs read them; persons masked."""

from datetime import date, datetime, timedelta
from typing import Any

from services.routing import present
from services.routing.clocks import Lamp
from services.routing.follow_ups import lamps
from services.routing.follow_ups.follow_up import EXCLUDED, FollowUp
from services.routing.follow_ups.lists import Found
from services.routing.follow_ups.rates import Counts, Rate
from services.routing.follow_ups.rules import STATE_LABELS
from services.routing.order import Order
from services.routing.present import Said
from services.routing.supervision import Named, supervision_for
from shared.clock import local
from shared.district import District
from shared.web.i18n import ENGLISH, gettext, language, msgid

FORMULAS = {
    "response": msgid("响应率＝居民说单位联系过的件数÷问过这一项的有效回访件数"),
    "solution": msgid("解决率＝居民说已解决的件数÷问过这一项的有效回访件数"),
    "satisfaction": msgid("满意率＝评价为基本满意及以上的件数÷有评价的有效回访件数"),
}
"""Always shown with their figures: the official weighting is not confirmed."""


def summary(found: Found, district: District, now: datetime, *, whole: bool) -> dict[str, Any]:
    """A follow-up, with what of its order one has to know to ask the resident."""
    one, order = found.follow_up, found.order
    said = present.masking(order, whole=whole)
    shown = present.summary(order, district, now, whole=whole)
    return {
        "number": one.number,
        "order": one.order_number,
        "case_number": one.case_number,
        "title": shown["title"],
        "description": shown["description"],
        "location": shown["location"],
        "result": shown["result"],
        "place": shown["place"],
        "applicant": shown["applicant"],
        "community": shown["community"],
        "contacted_at": present.zoned(order.contacted_at),
        "erased": order.erased_at is not None,
        "whole": whole,
        "department": one.department,
        "department_name": present.department_name(district, one.department),
        "matter": one.matter,
        "matter_name": present.matter_name(district, one.matter),
        "replied_at": present.zoned(one.replied_at),
        "due_by": present.zoned(one.due_by),
        "lamp": present.lamp(lamps.due(one, now, district.rules)),
        "bad_rating": _bad_rating(one, order, district, now),
        "lapse": one.lapse,
        "version": one.version,
    } | _outcome(one, district, said)


def _outcome(one: FollowUp, district: District, said: Said) -> dict[str, Any]:
    rule = supervision_for(district).follow_ups
    return {
        "state": one.state,
        "state_label": gettext(STATE_LABELS[one.state]),
        "channel": one.channel,
        "channel_name": named(rule.channels, one.channel),
        "contacted": one.contacted,
        "solved": one.solved,
        "grade": one.grade,
        "satisfied": one.satisfied,
        "dissatisfied": one.dissatisfied,
        "words": said(one.words),
        "by": one.by,
        "done_at": present.zoned(one.done_at),
        "exclusion": _exclusion(one, named(rule.invalid, one.exclusion), said),
        "review": _review(one, said),
        "asked_by_username": one.asked_by_username,
    }


def _exclusion(one: FollowUp, name: str, said: Said) -> dict[str, Any] | None:
    if not one.exclusion:
        return None
    return {
        "reason": one.exclusion,
        "reason_name": name,
        "note": said(one.exclusion_note),
        "by": one.asked_by,
        "at": present.zoned(one.asked_at),
    }


def _review(one: FollowUp, said: Said) -> dict[str, Any] | None:
    if one.reviewed_at is None:
        return None
    return {
        "agreed": one.state == EXCLUDED,
        "note": said(one.review_note),
        "by": one.reviewed_by,
        "at": present.zoned(one.reviewed_at),
    }


def _bad_rating(
    one: FollowUp, order: Order, district: District, now: datetime
) -> dict[str, Any] | None:
    contact = lamps.contact(one, order, now, district.rules)
    right = lamps.right(one, order, now, district.rules)
    if contact is None or right is None:
        return None
    return {
        "contact_by": present.zoned(one.contact_by),
        "contact_lamp": _lamp(contact),
        "right_by": present.zoned(one.right_by),
        "right_lamp": _lamp(right),
        "put_right_at": present.zoned(one.put_right_at),
    }


def _lamp(shown: Lamp) -> dict[str, str]:
    return present.lamp(shown)


def named(those: tuple[Named, ...], code: str) -> str:
    """The name of an entry of a closed list, in the reader's language."""
    for one in those:
        if one.code == code:
            return one.name_en if language() == ENGLISH else one.name
    return code


def choices(those: tuple[Named, ...]) -> list[tuple[str, str]]:
    """A closed list for a form."""
    return [(one.code, named(those, one.code)) for one in those]


# -- rates -----------------------------------------------------------------------------------------


def rate(one: Rate) -> dict[str, Any]:
    """A rate with the two numbers it is made of."""
    return {"positive": one.positive, "asked": one.asked, "rate": one.share}


def counts(one: Counts) -> dict[str, Any]:
    """The three rates and what is in none of them."""
    return {
        "valid": one.valid,
        "response": rate(one.response),
        "solution": rate(one.solution),
        "satisfaction": rate(one.satisfaction),
        "excluded": one.excluded,
        "lapsed": one.lapsed,
    }


def group_name(district: District, by: str, code: str) -> str:
    """The name of a department, community or matter."""
    if by == "department":
        return present.department_name(district, code)
    if by == "community":
        community = district.communities.get(code)
        return community.short_name if community is not None else code
    return present.matter_name(district, code) or gettext("没有归到事项")


def period_label(start: date, per: str) -> str:
    """A period as one reads it under a chart."""
    english = language() == ENGLISH
    if per == "month":
        return f"{start:%b %Y}" if english else f"{start.year}年{start.month}月"
    if per == "week":
        last = start + timedelta(days=6)
        if english:
            return f"{start.day} {start:%b} to {last.day} {last:%b}"
        return f"{start.month}月{start.day}日至{last.month}月{last.day}日"
    return f"{start.day} {start:%b}" if english else f"{start.month}月{start.day}日"


def formulas() -> dict[str, str]:
    """The three formulas in the reader's language."""
    return {name: gettext(text) for name, text in FORMULAS.items()}


def usual_span(now: datetime) -> tuple[date, date]:
    """The last thirty days, today included."""
    today = local(now).date()
    return today - timedelta(days=29), today


def group(district: District, by: str, code: str, one: Counts) -> dict[str, Any]:
    """A department, community or matter with its rates."""
    return {"code": code, "name": group_name(district, by, code)} | counts(one)


def period(start: date, one: Counts, per: str) -> dict[str, Any]:
    """A day, week or month with its rates."""
    return {"start": start, "label": period_label(start, per)} | counts(one)


def excluded(district: District, of: dict[str, int]) -> list[dict[str, Any]]:
    """How many do not count, by reason, the most first."""
    invalid = supervision_for(district).follow_ups.invalid
    ranked = sorted(of.items(), key=lambda one: (-one[1], one[0]))
    return [{"reason": code, "name": named(invalid, code), "count": n} for code, n in ranked]
