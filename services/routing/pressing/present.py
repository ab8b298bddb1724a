"""Pressings, visits and bounces as people and programs read them: words masked."""

from typing import Any

from services.routing.order import Order
from services.routing.present import department_name, masking, zoned
from services.routing.pressing import ladder
from services.routing.pressing.bounces import Bounced, Bounces, Refusal, Refusing
from services.routing.pressing.lists import Found
from services.routing.supervision import supervision_for
from shared.district import District
from shared.web.i18n import ENGLISH, gettext, language, msgid

WHY_LABELS = {
    "contact_late": msgid("逾期未联系居民"),
    "finish_late": msgid("逾期未办结"),
    "undispatched": msgid("待派单超时"),
    "unsigned": msgid("逾期未签收"),
    "bounced": msgid("多次退单"),
    "dissatisfied": msgid("居民不满意"),
    "repeated": msgid("重复反映"),
    "arbitrated_late": msgid("逾期未裁定"),
    ladder.DIFFICULT: msgid("疑难事项"),
    ladder.BY_HAND: msgid("人工督办"),
}
OUTCOME_LABELS = {
    "granted": msgid("退单成立"),
    "refused": msgid("退单不成立"),
    "ruled": msgid("已裁定"),
    "waiting": msgid("待审"),
    "dropped": msgid("未审，已自行办理或办件已结束"),
}


def pressing(found: Found, district: District) -> dict[str, Any]:
    """One pressing."""
    row, said = found.row, masking(found.order, whole=False)
    return _order(found.order, district) | {
        "level": row.level,
        "level_name": level_name(row.level, district),
        "step": row.step,
        "why": row.why,
        "why_label": why(row.why),
        "to": row.to,
        "on_duty": row.on_duty,
        "note": said(row.note),
        "by": row.by,
        "at": zoned(row.at),
        "answered_at": zoned(row.answered_at),
    }


def visit(found: Found, district: District) -> dict[str, Any]:
    """One call to the spot."""
    row, said = found.row, masking(found.order, whole=False)
    return _order(found.order, district) | {
        "leader": row.leader,
        "why": row.why,
        "why_label": why(row.why),
        "note": said(row.note),
        "called_by": row.called_by,
        "called_at": zoned(row.called_at),
        "done_at": zoned(row.done_at),
        "met": said(row.met),
        "record": said(row.record),
        "done_by": row.done_by,
    }


def bounces(found: Bounces, district: District) -> dict[str, Any]:
    """The report of what bounced."""
    return {
        "orders": [_bounced(one, district) for one in found.orders],
        "departments": [_refusing(one, district) for one in found.departments],
        "whole": found.whole,
    }


def why(code: str) -> str:
    """Why, in the reader's language; a code of an older pack as it is."""
    return gettext(WHY_LABELS[code]) if code in WHY_LABELS else code


def level_name(level: int, district: District) -> str:
    """The name of a level of pressing; of one that the pack has no more its number."""
    known = supervision_for(district).levels.get(level)
    if known is None:
        return str(level)
    return known.name_en if language() == ENGLISH else known.name


def _bounced(one: Bounced, district: District) -> dict[str, Any]:
    return _order(one.order, district) | {
        "hops": one.order.hops,
        "chain": [_named(code, district) for code in one.chain],
        "refusals": [refusal(each, district) for each in one.refusals],
    }


def refusal(one: Refusal, district: District) -> dict[str, Any]:
    """Who refused, on what ground, what became of it, and who was next."""
    return {
        **_named(one.department, district),
        "reason": one.reason,
        "ground": one.ground,
        "proposed": one.proposed,
        "at": zoned(one.at),
        "outcome": one.outcome,
        "outcome_label": gettext(OUTCOME_LABELS[one.outcome]),
        "held": one.held,
        "next_department": one.next_department,
        "next_department_name": department_name(district, one.next_department),
        "decided_by": one.decided_by,
    }


def _refusing(one: Refusing, district: District) -> dict[str, Any]:
    grounds = [{"ground": words, "times": times} for words, times in one.grounds]
    counts = {"asked": one.asked, "held": one.held, "refused": one.refused, "open": one.open}
    return {**_named(one.department, district), **counts, "grounds": grounds}


def _order(order: Order, district: District) -> dict[str, Any]:
    return {
        "order": order.number,
        "title": order.title,
        "state": order.state,
        **_named(order.department, district),
    }


def _named(code: str | None, district: District) -> dict[str, Any]:
    return {"department": code, "department_name": department_name(district, code)}
