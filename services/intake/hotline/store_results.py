"""Results 办理结果 that go back to the hotline: what is finished and not yet acknowledged.

A result is a case's at one version. What comes after the one that was acknowledged (a rating,
another result after "not solved") is offered again, and nothing is ever lost: reading marks
nothing. What changes no result (a corrected name, a file, a message that failed, the filing at the
day's end) is no news, and whose person was forgotten is told to nobody any more.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.case import OPEN_STATES, RESOLVED, Actor, Case
from services.intake.case_states import REFUSED, STATES, WITHDRAWN
from services.intake.masked import words
from services.intake.models import cases, history, hotline
from services.intake.reason import Invalid, Reason, Unknown, msgid
from services.intake.store import case_of
from shared.clock import local
from shared.db import Transaction
from shared.years import within_years

FINISHED = tuple(state for state in STATES if state not in OPEN_STATES or state == RESOLVED)
_LAST = (WITHDRAWN, REFUSED)
"""What nothing follows on: a closed case may still be reopened."""
_TAKEN_BACK = ("withdraw", "promise_broken")
NEWS = ("resolve", "answered", "rate", "reopen", "refuse", *_TAKEN_BACK)
"""Lines of the timeline that make the result another; not `close`: filed, it says the same."""
MOST_RETURNED = 5000
"""In one file."""
NEW, REPEATED, CHANGED, UNKNOWN = "acknowledged", "repeated", "changed", "unknown"
"""What an acknowledgement found: noted; noted before; the result is another by now; no order."""


@dataclass(frozen=True)
class Result:
    """What became of one order; free text without numbers that reach people (P51).

    One that ended without a result has why for its result, and who ended it for who resolved it.
    """

    number: str
    version: int
    case_number: str
    state: str
    title: str
    community_name: str
    result: str
    resolved_by: str
    score: int | None
    comment: str
    rated_at: datetime | None
    return_requested: bool
    received_at: datetime | None
    accepted_at: datetime
    finished_at: datetime
    due_at: datetime | None


@dataclass(frozen=True)
class Cursor:
    """Behind which result to go on; written as `time~number`."""

    at: datetime
    number: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.number}"


def read_cursor(text: str) -> Cursor | None:
    """A cursor as it was given out; None for an empty one.

    Raises:
        Invalid: it is none of ours.

    """
    if not text:
        return None
    at, mark, number = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not mark or not within_years(moment):
        remedy = msgid("请原样使用上一页给出的 next；从头取就不要填")
        raise Invalid(Reason("since", msgid("不是这里给出的游标"), remedy))
    return Cursor(moment, number)


_BRIEF = (cases.c.state, cases.c.version)
_lines = sa.select(sa.func.max(history.c.seq)).where(
    history.c.case_number == cases.c.number, history.c.action.in_(NEWS)
)
_news = sa.func.coalesce(_lines.correlate(cases).scalar_subquery(), cases.c.version)
"""The version with which the result became what it is."""
_at = sa.func.coalesce(cases.c.closed_at, cases.c.resolved_at, cases.c.accepted_at)


def pending(
    connection: sa.Connection, since: Cursor | None, most: int
) -> tuple[list[Result], Cursor | None]:
    """Results not acknowledged, the earliest finished first; and behind which there are more."""
    query = _pending(since).order_by(_at, hotline.orders.c.number).limit(most + 1)
    rows = connection.execute(query).mappings().all()
    found = _results(connection, rows[:most])
    more = len(rows) > most
    return found, Cursor(rows[most - 1]["finished"], found[-1].number) if more else None


def count_pending(connection: sa.Connection) -> int:
    """How many results wait to be sent back."""
    return connection.execute(
        sa.select(sa.func.count()).select_from(_pending(None, *_BRIEF).subquery())
    ).scalar_one()


def of(connection: sa.Connection, numbers: Iterable[str]) -> list[Result]:
    """The results of these orders as they are now, in this order; unfinished ones left out."""
    asked = hotline.orders.c.number.in_(list(numbers))
    query = _joined().where(asked, cases.c.state.in_(FINISHED))
    rows = connection.execute(query.order_by(_at, hotline.orders.c.number)).mappings().all()
    return _results(connection, rows)


def acknowledge(tx: Transaction, items: Sequence[tuple[str, int]]) -> dict[str, str]:
    """The hotline has these results: order number and version. Returns what each one found.

    Each version of a result is noted once; said again it changes nothing.
    """
    versions = dict(sorted(items))
    orders = _loaded(tx, list(versions))
    found = {
        number: _acknowledged(tx, orders.get(number), version)
        for number, version in versions.items()
    }
    tx.record("hotline.acknowledged", "hotline", count=len(items))
    return found


def put_together(tx: Transaction, actor: Actor) -> str | None:
    """A file of what waits, to be sent back and then acknowledged as a whole; None: nothing waits.

    Returns its id.
    """
    query = _pending(None, *_BRIEF).order_by(_at, hotline.orders.c.number)
    items = [
        [row["order_number"], row["version"]]
        for row in tx.execute(query.limit(MOST_RETURNED)).mappings()
    ]
    if not items:
        return None
    return_id = secrets.token_hex(16)
    tx.about(return_id)
    tx.insert(
        hotline.returns,
        id=return_id,
        version=1,
        at=tx.now,
        by_username=actor.username,
        by_name=actor.name,
        items=items,
        acknowledged_at=None,
    )
    return return_id


def acknowledge_return(tx: Transaction, return_id: str) -> int:
    """The hotline has this file; returns how many results that noted.

    Raises:
        Unknown: there is no such file.

    """
    row = tx.row(hotline.returns, return_id)
    if row is None:
        raise no_such_return()
    found = acknowledge(tx, [(number, version) for number, version in row["items"]])
    if row["acknowledged_at"] is None:
        changes = {"version": row["version"] + 1, "acknowledged_at": tx.now}
        tx.change(hotline.returns, return_id, row["version"], changes)
    return sum(1 for what in found.values() if what == NEW)


def get_return(connection: sa.Connection, return_id: str) -> Mapping[Any, Any]:
    """A file of results.

    Raises:
        Unknown: there is no such file.

    """
    query = sa.select(hotline.returns).where(hotline.returns.c.id == return_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise no_such_return()
    return row


def list_returns(connection: sa.Connection, most: int) -> list[dict[str, Any]]:
    """The latest files, newest first."""
    query = sa.select(hotline.returns).order_by(hotline.returns.c.at.desc()).limit(most)
    rows = connection.execute(query).mappings()
    return [dict(row) | {"count": len(row["items"])} for row in rows]


def no_such_return() -> Unknown:
    """The rejection for an id that is no file's."""
    return Unknown(Reason("id", msgid("没有这份回传表"), msgid("请从 12345 页面的回传记录里选")))


def _acknowledged(tx: Transaction, order: Mapping[Any, Any] | None, version: int) -> str:
    if order is None:
        return UNKNOWN
    if order["answered"] >= version:
        return REPEATED
    same = order["news"] <= version <= order["version"]
    if not same or order["state"] not in FINISHED:
        return CHANGED
    changes = {
        "version": order["order_version"] + 1,
        "answered": version,
        "answered_at": tx.now,
        "settled": order["state"] in _LAST,
    }
    tx.change(hotline.orders, order["order_number"], order["order_version"], changes)
    return NEW


def _loaded(tx: Transaction, numbers: Sequence[str]) -> dict[str, Mapping[Any, Any]]:
    found: dict[str, Mapping[Any, Any]] = {}
    for start in range(0, len(numbers), 500):  # SQLite takes only so many values
        part = _joined(*_BRIEF, _news.label("news")).where(
            hotline.orders.c.number.in_(numbers[start : start + 500])
        )
        found.update({row["order_number"]: row for row in tx.execute(part).mappings()})
    return found


def _joined(*columns: Any) -> sa.Select[Any]:
    """Orders with their cases, or with these columns of them."""
    orders = hotline.orders
    return sa.select(
        orders.c.number.label("order_number"),
        orders.c.version.label("order_version"),
        *(columns or (cases,)),
        *(orders.c[name] for name in ("return_requested", "received_at", "answered")),
        _at.label("finished"),
    ).join(cases, cases.c.number == orders.c.case_number)


def _pending(since: Cursor | None, *columns: Any) -> sa.Select[Any]:
    orders = hotline.orders
    query = _joined(*columns).where(
        orders.c.settled.is_(False),
        cases.c.state.in_(FINISHED),
        cases.c.erased_at.is_(None),
        cases.c.version > orders.c.answered,  # spares looking at the timeline
        _news > orders.c.answered,
    )
    if since is None:
        return query
    later = sa.and_(_at == since.at, orders.c.number > since.number)
    return query.where(sa.or_(_at > since.at, later))


def _results(connection: sa.Connection, rows: Sequence[Mapping[Any, Any]]) -> list[Result]:
    found = [case_of(row) for row in rows]
    back = _taken_back(connection, [case.number for case in found if case.state == WITHDRAWN])
    return [_result(row, case, *_said(case, back)) for row, case in zip(rows, found, strict=True)]


def _taken_back(connection: sa.Connection, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Why these were withdrawn, and by whom: the last such line of each timeline."""
    if not numbers:
        return {}
    lines = sa.select(history.c.case_number, history.c.data, history.c.who).where(
        history.c.case_number.in_(numbers), history.c.action.in_(_TAKEN_BACK)
    )
    return {
        line.case_number: (line.data.get("reason", ""), line.who)
        for line in connection.execute(lines.order_by(history.c.seq))
    }


def _said(case: Case, back: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """What goes back as the result, and whose it is; all there is, as nothing may follow."""
    if case.state == WITHDRAWN:
        return back.get(case.number, ("", ""))
    if case.refused is not None and case.state == REFUSED:
        return case.refused.reason, case.refused.by
    return case.result, case.resolved_by


def _result(row: Mapping[Any, Any], case: Case, said: str, by: str) -> Result:
    return Result(
        number=row["order_number"],
        version=case.version,
        case_number=case.number,
        state=case.state,
        title=words(case, case.title),
        community_name=case.community_name,
        result=words(case, said),
        resolved_by=by,
        score=case.rating.grade if case.rating else None,
        comment=words(case, case.rating.comment) if case.rating else "",
        rated_at=case.rating.at if case.rating else None,
        return_requested=row["return_requested"],
        received_at=row["received_at"],
        accepted_at=case.accepted_at,
        finished_at=row["finished"],
        due_at=case.due_at,
    )


def shown_at(moment: datetime | None) -> str:
    """A moment in a file that goes back, in the district's zone."""
    return f"{local(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
