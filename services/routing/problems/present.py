"""Problems, clusters and look-backs as people and programs read them: labels, lamps, words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.routing import clocks
from services.routing.clocks import GREEN, NONE, RED, YELLOW, Lamp
from services.routing.order import Order
from services.routing.present import department_name, lamp, matter_name, short_day, zoned
from services.routing.problems import cluster as clusters
from services.routing.problems import look_back as look_backs
from services.routing.problems import problem as problems
from services.routing.problems.candidate import Candidate
from services.routing.problems.cluster import Cluster, Growth
from services.routing.problems.look_back import LookBack
from services.routing.problems.problem import Entry, Problem
from services.routing.problems.rules import VERB_LABELS, WHY_LABELS
from services.routing.problems.store import Attached
from services.routing.rules import STATE_LABELS
from services.routing.supervision import supervision_for
from shared.district import District
from shared.mask import mask_text
from shared.web.i18n import ENGLISH, gettext, language, ngettext

SOON = timedelta(days=2)
"""From when a date of a problem is said to be near."""


# -- lamps -----------------------------------------------------------------------------------------


def date_lamp(due: datetime | None, now: datetime) -> Lamp:
    """Where a date stands: on time, near, or late by how much."""
    if due is None:
        return Lamp(NONE, "没有到期日", "no date set")
    if now > due:
        zh, en = clocks.length(now - due)
        return Lamp(RED, f"已超期 {zh}", f"{en} late")
    zh, en = clocks.length(due - now)
    if due - now <= SOON:
        return Lamp(YELLOW, f"将到期，还有 {zh}", f"due soon, {en} left")
    return Lamp(GREEN, f"正常，还有 {zh}", f"on time, {en} left")


def problem_lamp(one: Problem, look_back_at: datetime | None, now: datetime) -> Lamp:
    """The worst of its dates, and which it is."""
    if one.state == problems.CLOSED:
        return Lamp(GREEN, "已销号", "off the list", stopped=True)
    named = [
        ("措施", "step", one.next_step_at),
        ("调度", "review", one.review_at),
        ("回头看", "look-back", look_back_at),
    ]
    lamps = [
        Lamp(found.level, f"{zh}{found.zh}", f"{en} {found.en}")
        for zh, en, at in named
        if at is not None
        for found in [date_lamp(at, now)]
    ]
    worst = max(lamps, key=lambda found: clocks.LEVELS.index(found.level), default=None)
    return worst or date_lamp(None, now)


# -- problems --------------------------------------------------------------------------------------


def problem(
    one: Problem, district: District, now: datetime, orders: int, look_back_at: datetime | None
) -> dict[str, Any]:
    """A problem in a list."""
    return {
        "number": one.number,
        "title": one.title,
        "why": one.why,
        "why_label": gettext(WHY_LABELS[one.why]),
        "state": one.state,
        "state_label": gettext(problems.STATE_LABELS[one.state]),
        "lead": department(district, one.lead),
        "assisting": [department(district, code) for code in one.assisting],
        "responsible": one.responsible,
        "level": level(district, one.level),
        "steps_done": sum(bool(step["done_at"]) for step in one.steps),
        "steps_total": len(one.steps),
        "next_step_at": zoned(one.next_step_at),
        "review_at": zoned(one.review_at),
        "look_back_at": zoned(look_back_at),
        "lamp": lamp(problem_lamp(one, look_back_at, now)),
        "orders_count": orders,
        "times_back": one.times_back,
        "opened_at": zoned(one.opened_at),
        "cluster": one.cluster,
    }


def steps(one: Problem, now: datetime) -> list[dict[str, Any]]:
    """Its steps with their lamps."""
    return [_step(step, now) for step in one.steps]


def _step(step: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    until, done = _moment(step["by"]), _moment(step["done_at"])
    shown = date_lamp(until, now)
    if done is not None:
        late = until is not None and done > until
        shown = Lamp(
            GREEN,
            "已完成，晚了" if late else "已完成",
            "done late" if late else "done",
            stopped=True,
        )
    return {
        "n": step["n"],
        "text": step["text"],
        "who": step["who"],
        "until": zoned(until),
        "done_at": zoned(done),
        "done": step["done"],
        "lamp": lamp(shown),
    }


def history(entries: list[Entry], district: District) -> list[dict[str, Any]]:
    """Its history, oldest first."""
    return [
        {
            "version": one.version,
            "at": zoned(one.at),
            "what": one.what,
            "label": gettext(VERB_LABELS[one.what]),
            "by": one.by,
            "state": one.state,
            "note": one.note,
            "more": _more(one.data, district),
        }
        for one in entries
    ]


def _more(data: Mapping[str, Any], district: District) -> str:
    """Dates, levels and orders of an entry in words."""
    said = []
    if data.get("level"):
        name = level(district, data["level"])["name"]
        said.append(gettext("督办层级：%(name)s", name=name))
    if data.get("until"):
        said.append(gettext("完成时限 %(at)s", at=short_day(datetime.fromisoformat(data["until"]))))
    if data.get("review_at"):
        at = short_day(datetime.fromisoformat(data["review_at"]))
        said.append(gettext("下次调度 %(at)s", at=at))
    if data.get("lead"):
        said.append(gettext("主办：%(name)s", name=department_name(district, data["lead"])))
    if data.get("count"):
        said.append(ngettext("并入 %(num)s 件工单", "并入 %(num)s 件工单", data["count"]))
    return gettext("；").join(said)


def attached(one: Attached, district: District) -> dict[str, Any]:
    """An order of a problem or cluster."""
    return {
        "number": one.number,
        "title": one.title,
        "department": one.department,
        "department_name": department_name(district, one.department),
        "state": one.state,
        "state_label": gettext(STATE_LABELS[one.state]),
        "opened_at": zoned(one.opened_at),
    }


def candidate(one: Candidate, order: Order, district: District) -> dict[str, Any]:
    """What is proposed, and who would answer for it."""
    rule = supervision_for(district)
    lead = order.answerable or rule.arbitration.fallback
    return {
        "order": {
            "number": order.number,
            "title": mask_text(order.title, order.applicant_name),
            "department": order.department,
            "department_name": department_name(district, order.department),
            "state": order.state,
            "state_label": gettext(STATE_LABELS[order.state]),
            "opened_at": zoned(order.opened_at),
        },
        "whys": one.whys,
        "why_labels": [gettext(WHY_LABELS.get(why, why)) for why in one.whys],
        "proposed_at": zoned(one.proposed_at),
        "lead": department(district, lead),
        "responsible": rule.leader_of(lead),
    }


def department(district: District, code: str) -> dict[str, str]:
    """A department with its short name."""
    return {"code": code, "name": department_name(district, code)}


def level(district: District, number: int) -> dict[str, Any]:
    """A level of pressing in words."""
    found = supervision_for(district).levels.get(number)
    if found is None:
        return {"level": number, "name": gettext("未提级")}
    name = found.name_en if language() == ENGLISH else found.name
    return {"level": number, "name": name}


# -- clusters --------------------------------------------------------------------------------------


def cluster(one: Cluster, growth: Growth | None, district: District) -> dict[str, Any]:
    """A cluster in a list."""
    community = district.communities.get(one.community_code)
    return {
        "number": one.number,
        "state": one.state,
        "state_label": gettext(clusters.STATE_LABELS[one.state]),
        "community": community.short_name if community else one.community_code,
        "matter": one.matter,
        "matter_name": matter_name(district, one.matter),
        "place": one.place.text if one.place else "",
        "words": one.shared_words,
        "size": one.size,
        "first_at": zoned(one.first_at),
        "last_at": zoned(one.last_at),
        "problem": one.problem_number,
        "reason": one.reason,
        "decided_by": one.decided_by,
        "growth": None if growth is None else growth_view(growth),
    }


def growth_view(growth: Growth) -> dict[str, Any]:
    """Both windows, and the difference."""
    return {
        "days": growth.days,
        "now": growth.now,
        "before": growth.before,
        "more": growth.more,
        "percent": growth.percent,
    }


def why_together(shown: Mapping[str, Any], days: int) -> list[str]:
    """Why the orders of a cluster belong together, in sentences a person can check."""
    community, place, matter = (shown[name] for name in ("community", "place", "matter_name"))
    said = [gettext("都在%(community)s", community=community)]
    if place:
        said.append(gettext("写明地点的，都在“%(place)s”", place=place))
    if matter:
        said.append(gettext("都是同一事项“%(matter)s”", matter=matter))
    if shown["words"]:
        words = gettext("、").join(f"“{word}”" for word in shown["words"])
        said.append(gettext("半数以上的标题都说到%(words)s", words=words))
    said.append(gettext("前后两件相隔都不超过 %(days)s 天", days=days))
    return said


def title_for(one: Cluster, district: District) -> str:
    """How a problem made of it is called, if nobody says otherwise; Chinese, for it is kept."""
    item, community = district.items.get(one.matter), district.communities.get(one.community_code)
    named = [*one.shared_words[:1], *([item.name] if item else []), "同类诉求"]
    where = one.place.text if one.place else community.short_name if community else ""
    return f"{where}：{named[0]}反复出现"[:200]


# -- look-backs ------------------------------------------------------------------------------------


def look_back(one: LookBack, title: str, district: District, now: datetime) -> dict[str, Any]:
    """A look-back."""
    shown = date_lamp(one.due_by, now)
    if one.state != look_backs.DUE:
        word = look_backs.STATE_LABELS[one.state]
        shown = Lamp(GREEN, word, word, stopped=True)
    return {
        "number": one.number,
        "problem": one.problem_number,
        "order": one.order_number,
        "title": title,
        "department": one.department,
        "department_name": department_name(district, one.department),
        "state": one.state,
        "state_label": gettext(look_backs.STATE_LABELS[one.state]),
        "due_by": zoned(one.due_by),
        "lamp": lamp(shown) | ({} if one.state == look_backs.DUE else _words(one)),
        "found": one.found,
        "done_at": zoned(one.done_at),
        "done_by": one.done_by,
    }


def _words(one: LookBack) -> dict[str, str]:
    return {"words": gettext(look_backs.STATE_LABELS[one.state])}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
