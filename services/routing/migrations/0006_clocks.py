"""Clocks that pause, timers, joint orders, arbitration and review.

What is open keeps its deadlines: the clocks of an order that has begun become facts, counted back
from its deadlines by the national calendar, and its alarms become timers. The first department is
the one the history names first.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.types import Moment
from shared.workdays import WorkCalendar

revision = "0006_clocks"
down_revision = "0005_sealed_people"

A_MOMENT = timedelta(seconds=1)
HOUR = timedelta(hours=1)
AT_ONCE = 500
YELLOW_FROM = 0.8
BEGAN = ("dispatch", "case_reopened")
ALARMS = ("contact_alarm_at", "due_alarm_at", "sign_at")
NEW = (
    sa.Column("lead", sa.String(50)),
    sa.Column("assists", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_department", sa.String(8)),
    sa.Column("matter", sa.String(60), nullable=False, server_default=""),
    sa.Column("repeats", sa.Integer, nullable=False, server_default="0"),
    sa.Column("paused_at", Moment),
    sa.Column("pause", sa.JSON),
    sa.Column("clock_facts", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("timers", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("next_at", Moment),
    sa.Column("reported", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("arbitration", sa.JSON),
    sa.Column("replied_by", sa.String(60), nullable=False, server_default=""),
    sa.Column("reviewed_by", sa.String(60), nullable=False, server_default=""),
)
"""At the end of the table, in this order."""
CARRIED = (
    *("clock_from", "dispatched_at", "contact_by", "contact_yellow_at", "contacted_at"),
    *("due_by", "due_yellow_at", "completed_at", *ALARMS, "next_at"),
)
ORDERS = sa.table(
    "orders",
    sa.column("number", sa.String),
    sa.column("first_department", sa.String),
    sa.column("clock_facts", sa.JSON),
    sa.column("timers", sa.JSON),
    sa.column("reported", sa.JSON),
    *(sa.column(name, Moment) for name in CARRIED),
)
HISTORY = sa.table(
    "order_history",
    sa.column("number", sa.String),
    sa.column("version", sa.Integer),
    sa.column("what", sa.String),
    sa.column("department", sa.String),
    sa.column("data", sa.JSON),
)
Row = Any


def upgrade() -> None:
    for column in NEW:
        op.add_column("orders", column.copy())
    op.add_column("order_history", sa.Column("data", sa.JSON, nullable=False, server_default="{}"))
    for row in _orders():
        _carry_over(row)
    for alarm in ALARMS:
        op.drop_index(f"orders_{alarm}", "orders")
        op.drop_column("orders", alarm)
    for name in ("next_at", "lead"):
        _partial_index(name)


def downgrade() -> None:
    for name in ("next_at", "lead"):
        op.drop_index(f"orders_{name}", "orders")
    for alarm in ALARMS:
        op.add_column("orders", sa.Column(alarm, Moment))
    for row in _orders():
        _put_back(row)
    for alarm in ALARMS:
        _partial_index(alarm)
    op.drop_column("order_history", "data")
    for column in NEW:
        op.drop_column("orders", column.name)


def _partial_index(name: str) -> None:
    there = sa.text(f"{name} IS NOT NULL")
    op.create_index(f"orders_{name}", "orders", [name], postgresql_where=there, sqlite_where=there)


def _orders() -> Iterator[Row]:
    """All orders, some at a time."""
    bind, last = op.get_bind(), ""
    page = sa.select(ORDERS).where(ORDERS.c.number > sa.bindparam("last"))
    page = page.order_by(ORDERS.c.number).limit(AT_ONCE)
    while rows := bind.execute(page, {"last": last}).all():
        yield from rows
        last = rows[-1].number


# -- there -----------------------------------------------------------------------------------------


def _carry_over(row: Row) -> None:
    timers, first, facts = _timers(row), _first_department(row.number), _facts(row)
    values = {
        "first_department": first,
        "clock_facts": facts,
        "timers": {name: _iso(at) for name, at in timers.items()},
        "reported": _reported(row),
        "next_at": min(timers.values(), default=None),
    }
    op.get_bind().execute(ORDERS.update().where(ORDERS.c.number == row.number).values(values))
    if facts:
        _remember(row.number, facts)


def _timers(row: Row) -> dict[str, datetime]:
    """What an alarm stood for, and the yellow moment before it."""
    moments = {
        "contact_late": row.contact_alarm_at and row.contact_alarm_at + A_MOMENT,
        "contact_yellow": row.contact_alarm_at and row.contact_yellow_at,
        "finish_late": row.due_alarm_at and row.due_alarm_at + A_MOMENT,
        "finish_yellow": row.due_alarm_at and row.due_yellow_at,
        "sign": row.sign_at,
    }
    return {name: at for name, at in moments.items() if at is not None}


def _reported(row: Row) -> dict[str, str]:
    """A clock that is there, has no alarm and was not stopped in time has been reported."""
    said = {}
    if row.contact_by and not row.contact_alarm_at and not row.contacted_at:
        said |= dict.fromkeys(("contact_late", "contact_yellow"), _iso(row.contact_by))
    in_time = row.completed_at is not None and row.due_by and row.completed_at <= row.due_by
    if row.due_by and not row.due_alarm_at and not in_time:
        said |= dict.fromkeys(("finish_late", "finish_yellow"), _iso(row.due_by))
    return said


def _first_department(number: str) -> str | None:
    mine = (HISTORY.c.number == number, HISTORY.c.department.is_not(None))
    first = sa.select(HISTORY.c.department).where(*mine).order_by(HISTORY.c.version).limit(1)
    found: str | None = op.get_bind().execute(first).scalar()
    return found


def _facts(row: Row) -> list[dict[str, Any]]:
    """The clocks as facts: since when, by which limits; contacted, answered."""
    if row.clock_from is None or row.contact_by is None or row.due_by is None:
        return []
    hours = max(1, round((row.contact_by - row.clock_from) / HOUR))
    days = max(1, WorkCalendar().workdays_between(row.clock_from, row.due_by))
    since = "dispatch" if row.clock_from == row.dispatched_at else "case_reopened"
    start = {
        "contact": {"hours": hours},
        "finish": {"workdays": days},
        "since": since,
        "service": None,
        "yellow_from": YELLOW_FROM,
    }
    facts = [_fact("start", row.clock_from, start)]
    facts += [_fact("contacted", row.contacted_at, {})] if row.contacted_at else []
    return facts + ([_fact("stop", row.completed_at, {})] if row.completed_at else [])


def _fact(what: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {"what": what, "at": _iso(at), "data": data}


def _remember(number: str, facts: list[dict[str, Any]]) -> None:
    """In the line of the history with which the clocks began."""
    began = sa.select(sa.func.max(HISTORY.c.version)).where(
        HISTORY.c.number == number, HISTORY.c.what.in_(BEGAN)
    )
    line = HISTORY.update().where(
        HISTORY.c.number == number, HISTORY.c.version == began.scalar_subquery()
    )
    op.get_bind().execute(line.values(data={"clock": facts}))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


# -- and back --------------------------------------------------------------------------------------


def _put_back(row: Row) -> None:
    values = {
        "contact_alarm_at": row.contact_by if "contact_late" in row.timers else None,
        "due_alarm_at": row.due_by if "finish_late" in row.timers else None,
        "sign_at": datetime.fromisoformat(row.timers["sign"]) if "sign" in row.timers else None,
    }
    op.get_bind().execute(ORDERS.update().where(ORDERS.c.number == row.number).values(values))
