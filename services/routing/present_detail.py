"""What stands beside an order: its pause, who assists, who refused it, who was pressed.

Words are shown as the order's own are: without the applicant, unless they were revealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.routing import lists_supervise, models, present
from services.routing.access import place_of
from services.routing.entry import Entry
from services.routing.events import PLATFORM
from services.routing.order import Order
from services.routing.order_fields import ASSIST
from services.routing.present import Said, matter_name
from services.routing.pressing import ladder
from services.routing.pressing.store import NEEDLESS
from services.routing.store import order_of
from services.routing.supervision import Level, Supervision, supervision_for
from shared.district import District
from shared.permissions import User, may
from shared.web.i18n import ENGLISH, gettext, language, msgid

OUTCOME_LABELS = {
    "": msgid("等裁定"),
    "granted": msgid("退单成立"),
    "refused": msgid("退单不成立"),
    "ruled": msgid("已裁定"),
}
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


@dataclass(frozen=True)
class Beside:
    """What was read beside an order."""

    family: Sequence[Order]
    department: str | None
    pressings: Sequence[Any]
    returns: Sequence[Any]
    visits: Sequence[Any]
    dispatches: Sequence[Entry]

    @property
    def called(self) -> bool:
        """Whether the leader of the order's department is called and has not been there."""
        mine = (one for one in self.visits if one.department == (self.department or ""))
        return any(one.done_at is None for one in mine)


def read(connection: sa.Connection, order: Order) -> Beside:
    """Read it: by keys and narrow indexes only."""
    one = [order.number]
    return Beside(
        _family(connection, order),
        order.department,
        lists_supervise.pressings_of(connection, one),
        lists_supervise.returns_of(connection, one),
        lists_supervise.visits_of(connection, one),
        lists_supervise.dispatches_of(connection, one).get(order.number, []),
    )


def _family(connection: sa.Connection, order: Order) -> list[Order]:
    """The lead and all that assist it, the lead first; empty where nobody assists."""
    table, lead = models.orders, order.lead or order.number
    if order.role != ASSIST and not order.assists:
        return []
    mine = sa.or_(table.c.number == lead, table.c.lead == lead)
    query = sa.select(table).where(mine).order_by(table.c.role.desc(), table.c.number)
    return [order_of(row) for row in connection.execute(query)]


def shown(
    order: Order, beside: Beside, user: User, district: District, now: datetime, *, whole: bool
) -> dict[str, Any]:
    """For the page."""
    said = present.masking(order, whole=whole)
    return {
        "pause": pause(order, district),
        "family": [_member(one, order, user, district, now) for one in beside.family],
        "dispute": dispute(order, beside, district, said),
        "pressings": [pressing(one, district, said) for one in beside.pressings],
        "visits": [_visit(one, said) for one in beside.visits],
        "level_name": level_name(district, order.level),
        "matter_name": matter_name(district, order.matter),
    }


def pause(order: Order, district: District) -> dict[str, Any] | None:
    """Why the finish clock stands still, since when, and until when at the longest."""
    if order.paused_at is None or order.pause is None:
        return None
    named = supervision_for(district).pauses.get(order.pause["reason"])
    english = named is not None and language() == ENGLISH
    return {
        "name": named.name_en if named is not None and english else order.pause["name"],
        "since": present.zoned(order.paused_at),
        "until": present.zoned(datetime.fromisoformat(order.pause["until"])),
    }


def _member(
    one: Order, order: Order, user: User, district: District, now: datetime
) -> dict[str, Any]:
    """One of a joint order; linked where this person may open it."""
    place = present.summary(one, district, now)
    readable = may(user, "order.read", place_of(one))
    return place | {"here": one.number == order.number, "readable": readable}


# -- whose is it -----------------------------------------------------------------------------------


def dispute(order: Order, beside: Beside, district: District, said: Said) -> dict[str, Any] | None:
    """Who refused it and on what ground, who is next, who answers for it, and who decides."""
    if not (order.hops or beside.returns or order.arbitration):
        return None
    return {
        "hops": order.hops,
        "chain": chain(beside.dispatches, district),
        "answerable": present.department_name(district, order.answerable),
        "returns": [returned(one, district, said) for one in beside.returns],
        "arbitration": arbitration(order, district),
    }


def chain(dispatches: Sequence[Entry], district: District) -> list[str]:
    """The departments it went to, one after the other."""
    names = [present.department_name(district, one.department) for one in dispatches]
    return [name for place, name in enumerate(names) if not place or names[place - 1] != name]


def returned(row: Any, district: District, said: Said) -> dict[str, Any]:
    """One refusal."""
    return {
        "department_name": present.department_name(district, row.department),
        "reason": said(row.reason),
        "ground": said(row.ground),
        "proposed_name": present.department_name(district, row.proposed),
        "outcome": gettext(OUTCOME_LABELS[row.outcome]),
        "waits": row.outcome == "",
        "next_name": present.department_name(district, row.next_department),
        "at": present.zoned(row.at),
    }


def arbitration(order: Order, district: District) -> dict[str, Any] | None:
    """Who decides, until when, who takes it otherwise, and what was decided."""
    case = order.arbitration
    if case is None:
        return None
    english = language() == ENGLISH
    return {
        "arbiter": case["arbiter_en"] if english else case["arbiter"],
        "until": present.zoned(datetime.fromisoformat(case["until"])),
        "fallback": present.department_name(district, case["fallback"]),
        "ruled": present.department_name(district, case["department"]),
    }


# -- pressing --------------------------------------------------------------------------------------


def pressing(row: Any, district: District, said: Said) -> dict[str, Any]:
    """One pressing."""
    return {
        "number": row.order_number,
        "department_name": present.department_name(district, row.department),
        "level": row.level,
        "level_name": level_name(district, row.level),
        "why": gettext(WHY_LABELS.get(row.why, row.why)),
        "to": row.to,
        "on_duty": row.on_duty,
        "note": said(row.note),
        "by": row.by,
        "at": present.zoned(row.at),
        "answered_at": present.zoned(row.answered_at),
    }


def _visit(row: Any, said: Said) -> dict[str, Any]:
    return {
        "leader": row.leader,
        "why": gettext(WHY_LABELS.get(row.why, row.why)),
        "note": said(row.note),
        "called_at": present.zoned(row.called_at),
        "done_at": present.zoned(row.done_at),
        "needless": row.done_by == PLATFORM,
        "met": said(row.met),
        "record": gettext(row.record) if row.record in NEEDLESS else said(row.record),
    }


def level_name(district: District, level: int) -> str:
    """What a level of pressing is called; empty for none."""
    known = supervision_for(district).levels
    if not level:
        return ""
    one = known[min(level, max(known))]
    return one.name_en if language() == ENGLISH else one.name


def on_duty(rule: Supervision, day: date) -> list[dict[str, Any]]:
    """Every level of pressing and who is on duty there on a local day."""
    return [_duty(one, day) for one in rule.levels.values()]


def _duty(one: Level, day: date) -> dict[str, Any]:
    person = one.on_duty(day)
    return {
        "level": one.level,
        "name": one.name_en if language() == ENGLISH else one.name,
        "to": one.to,
        "on_duty": person.name if person else "",
    }
