"""All that routing holds of one person, whole: for the copy a resident may ask for (PIPL 45)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.routing import models, store
from services.routing.follow_ups import store as follow_ups
from services.routing.follow_ups.follow_up import FollowUp
from services.routing.order import Order
from services.routing.present import zoned
from services.routing.pressing import store as pressing
from services.routing.problems import held as problems
from services.routing.store import order_of
from shared import inputs
from shared.sealing import KeyRing

_t = models.orders


@dataclass(frozen=True)
class Wanted:
    """Of whom: of a case, of who has a telephone number, or both; of one community, or of any."""

    case: str
    phone: str
    community: str


def of_person(connection: sa.Connection, keys: KeyRing, wanted: Wanted) -> dict[str, Any]:
    """What is held: for each case its orders with histories and replies, and what waits for one.

    What waits names no community, so an officer of one sees it only of a case with an order there.
    """
    orders = _orders(connection, keys, wanted)
    cases = {order.case_number for order in orders}
    if wanted.case and not wanted.phone and not wanted.community:
        cases.add(wanted.case)
    items = [
        {
            "case": case,
            "orders": [_order(connection, one) for one in orders if one.case_number == case],
            "kept_early": _early(connection, case),
        }
        for case in sorted(cases)
    ]
    return {
        "service": "routing",
        "items": [one for one in items if one["orders"] or one["kept_early"]],
    }


def _orders(connection: sa.Connection, keys: KeyRing, wanted: Wanted) -> list[Order]:
    query = sa.select(_t).order_by(_t.c.number)
    if wanted.case:
        query = query.where(_t.c.case_number == wanted.case)
    if wanted.phone:
        query = query.where(keys.matches(_t.c.applicant_phone_index, _usual(wanted.phone)))
    if wanted.community:
        query = query.where(_t.c.community_code == wanted.community)
    return [order_of(row) for row in connection.execute(query)]


def _order(connection: sa.Connection, order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "case_number": order.case_number,
        "applicant": {"name": order.applicant_name, "phone": order.applicant_phone},
        "title": order.title,
        "description": order.description,
        "location": order.location,
        "community": order.community_name,
        "kind": order.kind,
        "item": order.item_name,
        "department": order.department,
        "state": order.state,
        "reasons": order.reasons,
        "suggestions": order.suggestions,
        "return_request": order.return_request,
        "extension": order.extension,
        "result": order.result,
        "grade": order.grade,
        "opened_at": _iso(order.opened_at),
        "completed_at": _iso(order.completed_at),
        "erased_at": _iso(order.erased_at),
        "history": [
            {"at": _iso(one.at), "what": one.what, "by": one.by, "note": one.note}
            for one in store.history_of(connection, order.number)
        ],
        "replies": _replies(connection, order.number),
        "follow_ups": [_follow_up(one) for one in follow_ups.held_of(connection, order.number)],
        **_pressed(connection, order.number),
        **problems.of_order(connection, order),
    }


def _replies(connection: sa.Connection, number: str) -> list[dict[str, Any]]:
    table = models.replies
    query = sa.select(table).where(table.c.order_number == number).order_by(table.c.at)
    return [
        {"at": _iso(row.at), "verb": row.verb, "outcome": row.outcome, "original": row.original}
        for row in connection.execute(query)
    ]


def _follow_up(one: FollowUp) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": one.state,
        "channel": one.channel,
        "contacted": one.contacted,
        "solved": one.solved,
        "grade": one.grade,
        "words": one.words,
        "by": one.by,
        "at": _iso(one.done_at),
        "exclusion_note": one.exclusion_note,
        "review_note": one.review_note,
    }


_OF_PRESSING = {
    "pressings": ("at", "level", "why", "to", "on_duty", "note", "by", "answered_at"),
    "returns": ("at", "department", "reason", "ground", "by", "outcome", "decided_by"),
    "on_site_visits": ("called_at", "leader", "note", "done_at", "met", "record", "done_by"),
}


def _pressed(connection: sa.Connection, number: str) -> dict[str, Any]:
    """What was pressed, refused and seen on the spot."""
    return {
        name: [{part: _plain(getattr(row, part)) for part in _OF_PRESSING[name]} for row in rows]
        for name, rows in pressing.held_of(connection, number).items()
    }


def _plain(value: Any) -> Any:
    return _iso(value) if isinstance(value, datetime) else value


def _early(connection: sa.Connection, case: str) -> list[dict[str, Any]]:
    table = models.early_facts
    query = sa.select(table).where(table.c.case_number == case).order_by(table.c.version)
    return [
        {"kept_at": _iso(row.kept_at), "type": row.type, "data": row.data}
        for row in connection.execute(query)
    ]


def _usual(phone: str) -> str:
    """As intake writes it; what is no number here is sought as it is."""
    try:
        return inputs.phone(phone)
    except inputs.BadInput:
        return phone.strip()


def _iso(moment: Any) -> str | None:
    at = zoned(moment)
    return None if at is None else at.isoformat()
