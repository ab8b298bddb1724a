"""``/supervise``: what is late and who holds it, what bounced and why, what keeps coming back."""

from datetime import datetime
from typing import Any

import flask
import sqlalchemy as sa
from flask.typing import ResponseReturnValue

from services.routing import fresh, lists_supervise, present, present_detail
from services.routing.api import runtime
from services.routing.channels import status
from services.routing.follow_ups import lists as follow_ups
from services.routing.follow_ups import lists_rates
from services.routing.follow_ups import present as follow_ups_present
from services.routing.lists_supervise import Trend
from services.routing.order import Order
from services.routing.pages_orders import capped, departments
from services.routing.pressing import ladder
from services.routing.pressing import lists as pressing_lists
from services.routing.pressing import present as pressing_present
from services.routing.problems import cluster, cluster_store
from services.routing.problems import lists as problems
from services.routing.problems import present as problems_present
from services.routing.suggesting.suggest import suggester_for
from services.routing.supervision import supervision_for
from shared.clock import now
from shared.district import District
from shared.web.auth import requires
from shared.web.forms import Form
from shared.web.i18n import ENGLISH, gettext, language, msgid

SHOWN = 10
"""Orders in each section; the number in its heading says how many there are."""
FEW = 5
LISTED = (
    *("late", "bounced", "repeated", "pressed", "to_dispatch", "to_arbitrate"),
    *("returns", "extensions", "to_review", "joint"),
)
_TREND_NAMES = (msgid("派出"), msgid("已办结"), msgid("超期"))


@requires("order.supervise")
def supervise() -> ResponseReturnValue:
    """The page, with its charts, which are of days and need no watching."""
    department = flask.request.args.get("department", "")
    department = department if department in runtime().district.departments else ""
    with runtime().database.read() as connection:
        trend = lists_supervise.trend(connection, now(), department)
    return flask.render_template(
        "routing/supervise.html", **_found(), trend=_trend(trend), filters=Form(flask.request.args)
    )


@requires("order.supervise")
def parts() -> ResponseReturnValue:
    """What changes while the page stands open."""
    return fresh.answer(flask.render_template("routing/_supervise_parts.html", **_found()))


def _found() -> dict[str, Any]:
    district, moment = runtime().district, now()
    kinds = lists_supervise.kinds(moment)
    with runtime().database.read() as connection:
        found = {name: lists_supervise.some(connection, kinds[name], SHOWN) for name in LISTED}
        totals = lists_supervise.totals(connection, moment)
        loads = lists_supervise.loads(connection, moment, district.departments)
        return {
            **{name: [_row(one, district, moment) for one in some] for name, some in found.items()},
            "bounced": _bounced(connection, found["bounced"], district, moment),
            "pressings": _pressings(connection, found["pressed"], district),
            "joint": _joint(connection, found["joint"], district, moment),
            "totals": totals,
            "said": {name: capped(number) for name, number in totals.items()},
            "loads": [(present.department_name(district, one.department), one) for one in loads],
            "capped": capped,
            "levels": _levels(connection, district, moment),
            "visits": _visits(connection, district),
            "departments": departments(),
            "live_url": flask.url_for("pages.parts"),
            **_elsewhere(connection, district, moment),
        }


def _row(order: Order, district: District, moment: datetime) -> dict[str, Any]:
    """An order in a section; what waits for a department is suggested anew."""
    said = present.masking(order, whole=False)
    suggestions = order.suggestions
    if order.state == "proposed" and not suggestions:
        text = f"{order.title}\n{order.description}\n{order.location}"
        found = suggester_for(district).suggest(text, order.item_code, order.community_code)
        suggestions = [one.as_data() for one in found]
    return present.summary(order, district, moment) | {
        "suggestions": present.suggested(suggestions, said),
        "return_request": present.asked(order.return_request, said),
        "extension": present.asked(order.extension, said),
        "waits_too_long": order.department is None
        and ladder.waits_too_long(order.reported, supervision_for(district)),
        "grade": order.grade,
        "opened_at": present.zoned(order.opened_at),
        "level_name": present_detail.level_name(district, order.level),
        "matter_name": present.matter_name(district, order.matter),
        "arbitration": present_detail.arbitration(order, district),
    }


def _bounced(
    connection: sa.Connection, orders: list[Order], district: District, moment: datetime
) -> list[dict[str, Any]]:
    """The chain each went, who refused it, and on what ground."""
    numbers = [one.number for one in orders]
    chains = lists_supervise.dispatches_of(connection, numbers)
    returns = lists_supervise.returns_of(connection, numbers)
    found = []
    for one in orders:
        said = present.masking(one, whole=False)
        refused = [row for row in returns if row.order_number == one.number]
        found.append(
            _row(one, district, moment)
            | {
                "chain": present_detail.chain(chains.get(one.number, []), district),
                "refused": [present_detail.returned(row, district, said) for row in refused],
                "answerable": present.department_name(district, one.answerable),
            }
        )
    return found


def _joint(
    connection: sa.Connection, orders: list[Order], district: District, moment: datetime
) -> list[dict[str, Any]]:
    """Each with the departments its reply waits for."""
    assists = lists_supervise.assists_of(connection, [one.number for one in orders])
    return [
        _row(one, district, moment)
        | {
            "waits_for": [
                present.summary(helping, district, moment)
                for helping in assists
                if helping.lead == one.number
            ]
        }
        for one in orders
    ]


def _pressings(
    connection: sa.Connection, orders: list[Order], district: District
) -> dict[str, dict[str, Any]]:
    """Order -> its newest pressing."""
    by_number = {one.number: one for one in orders}
    newest: dict[str, dict[str, Any]] = {}
    for row in lists_supervise.pressings_of(connection, list(by_number)):
        said = present.masking(by_number[row.order_number], whole=False)
        newest.setdefault(row.order_number, present_detail.pressing(row, district, said))
    return newest


def _levels(
    connection: sa.Connection, district: District, moment: datetime
) -> list[dict[str, Any]]:
    """The levels of pressing, who is on duty now, and how many orders are there."""
    rule = supervision_for(district)
    numbers = lists_supervise.levels(connection, rule.levels)
    today = present.local_day(moment)
    duty = present_detail.on_duty(rule, today)
    return [one | {"orders": capped(numbers[one["level"]])} for one in duty]


def _visits(connection: sa.Connection, district: District) -> dict[str, Any]:
    """Leaders who were called to the spot and have not been there yet, the newest first."""
    found = pressing_lists.visits(connection, pressing_lists.Wanted(open=True), 1, SHOWN)
    items = [pressing_present.visit(one, district) for one in found.items]
    return {"items": items, "total": found.total}


def _elsewhere(connection: sa.Connection, district: District, moment: datetime) -> dict[str, Any]:
    """What has pages of its own: follow-ups, rates, clusters, problems, deliveries."""
    first, last = follow_ups_present.usual_span(moment)
    rates = lists_rates.total(connection, lists_rates.Wanted(first, last))
    rule = supervision_for(district).clusters
    growing = cluster_store.growing(cluster.WATCHED, moment, rule.days, rule.least)
    ranked, clusters = cluster_store.rank(connection, growing, rule.days, 1, FEW)
    by_state = problems.counts(connection, "")
    channels = status.statuses(connection, district, list(district.departments), moment)
    return {
        "follow_ups": follow_ups.tab_counts(connection, moment),
        "rates": follow_ups_present.counts(rates),
        "formulas": follow_ups_present.formulas(),
        "clusters": [problems_present.cluster(one, growth, district) for one, growth in ranked],
        "cluster_count": clusters,
        "problems_open": sum(n for state, n in by_state.items() if state != "closed"),
        "proposed_problems": problems.proposed(connection, 1, 1)[1],
        "undelivered": sum(one.waiting + one.failed for one in channels),
        "given_up": sum(one.dead for one in channels),
        "stuck": [one.name for one in channels if one.level == "red"],
    }


def _trend(found: Trend) -> dict[str, Any]:
    """As the kit's chart takes it."""
    series = [
        [(number, "") for number in line]
        for line in (found.dispatched, found.completed, found.late)
    ]
    english = language() == ENGLISH
    labels = [f"{d.day} {d:%b}" if english else f"{d.month}月{d.day}日" for d in found.days]
    names = [gettext(name) for name in _TREND_NAMES]
    totals = [sum(line) for line in (found.dispatched, found.completed, found.late)]
    return {
        "labels": labels,
        "names": names,
        "series": series,
        "most": _round_up(found.most),
        "totals": list(zip(names, totals, strict=True)),
        "any": any(totals),
    }


def _round_up(most: int) -> int:
    """The top of the chart's axis: even, so that its middle is a whole number."""
    return max(2, most + most % 2)
