"""Loading and saving shared matters; lists of them, and the count of disputes settled."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.intake.deliberation.matter import (
    SETTLED,
    UNSETTLED,
    Attendance,
    Decision,
    Grade,
    Matter,
    Means,
    Meeting,
    Task,
)
from services.intake.models import deliberation
from services.intake.reason import Reason, Unknown, msgid
from shared.db import Transaction

_m, _h = deliberation.matters, deliberation.history
_PAPERS: dict[str, type[Any]] = {
    "meetings": Meeting,
    "tasks": Task,
    "means": Means,
    "decisions": Decision,
    "grades": Grade,
}


@dataclass(frozen=True)
class Entry:
    """A line of a matter's history."""

    at: datetime
    who: str
    action: str
    step: str
    note: str


@dataclass(frozen=True)
class Wanted:
    """Which matters a list shows; what is empty does not matter."""

    community: str = ""
    state: str = ""
    kind: str = ""


# ---- Of rows and papers ----


def row_of(matter: Matter) -> dict[str, Any]:
    """As a row: what is written in the course of it stands together, sealed."""
    told = asdict(matter)
    papers = {name: [_plain(one) for one in told.pop(name)] for name in _PAPERS}
    return told | {"papers": papers, "parties": list(matter.parties)}


def matter_of(row: Mapping[Any, Any]) -> Matter:
    """From a row."""
    plain = {one.name: row[one.name] for one in fields(Matter) if one.name not in _PAPERS}
    papers = {
        name: tuple(_made(made, one) for one in row["papers"].get(name, ()))
        for name, made in _PAPERS.items()
    }
    return Matter(**plain | papers | {"parties": tuple(row["parties"])})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _made(made: type[Any], told: Mapping[str, Any]) -> Any:
    values = dict(told)
    for name in ("at", "done_at"):
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name])
    if "due" in values:
        values["due"] = date.fromisoformat(values["due"])
    if "attendance" in values:
        values["attendance"] = tuple(Attendance(**one) for one in values["attendance"])
    return made(**values)


# ---- Reading ----


def get(connection: Any, number: str) -> Matter:
    """One matter.

    Raises:
        Unknown: there is none.
    """
    row = connection.execute(sa.select(_m).where(_m.c.number == number)).mappings().one_or_none()
    if row is None:
        text, remedy = msgid("没有这件协商事项"), msgid("请核对编号，或从列表里选")
        raise Unknown(Reason("number", text, remedy))
    return matter_of(row)


def history_of(connection: Any, number: str) -> list[Entry]:
    """Its history, the latest first."""
    query = sa.select(_h).where(_h.c.number == number).order_by(_h.c.version.desc())
    return [
        Entry(row.at, row.who, row.action, row.step, row.note) for row in connection.execute(query)
    ]


def search(
    connection: sa.Connection, wanted: Wanted, page: int, size: int
) -> tuple[list[Matter], int]:
    """A page of matters, the latest first, and how many there are."""
    where = [_m.c[name] == value for name, value in asdict(wanted).items() if value]
    return _page(connection, where, _m.c.opened_at.desc(), page, size)


def public(
    connection: sa.Connection, community: str, page: int, size: int
) -> tuple[list[Matter], int]:
    """A page of what was made public, the latest first."""
    where: list[Any] = [_m.c.published_at.is_not(None)]
    if community:
        where.append(_m.c.community == community)
    return _page(connection, where, _m.c.published_at.desc(), page, size)


def _page(
    connection: sa.Connection, where: list[Any], order: Any, page: int, size: int
) -> tuple[list[Matter], int]:
    total = connection.execute(
        sa.select(sa.func.count()).select_from(_m).where(*where)
    ).scalar_one()
    query = sa.select(_m).where(*where).order_by(order, _m.c.number)
    rows = connection.execute(query.limit(size).offset((page - 1) * size)).mappings()
    return [matter_of(row) for row in rows], int(total)


def settled(
    connection: sa.Connection, community: str, begin: datetime, end: datetime
) -> dict[str, dict[str, int]]:
    """Kind -> how many ended in this time, settled and not (0-32, 1-04, 2-28)."""
    count = sa.func.count()
    query = (
        sa.select(_m.c.kind, _m.c.state, count)
        .where(_m.c.ended_at >= begin, _m.c.ended_at < end, _m.c.state.in_([SETTLED, UNSETTLED]))
        .group_by(_m.c.kind, _m.c.state)
    )
    if community:
        query = query.where(_m.c.community == community)
    found: dict[str, dict[str, int]] = {}
    for kind, state, number in connection.execute(query).tuples():
        found.setdefault(kind, {SETTLED: 0, UNSETTLED: 0})[state] = number
    return found


# ---- Writing ----


def add(tx: Transaction, matter: Matter) -> None:
    """Write a new one."""
    tx.insert(_m, **row_of(matter))


def save(tx: Transaction, matter: Matter) -> None:
    """Write a changed one.

    Raises:
        Stale: (at flush) somebody changed it meanwhile.
    """
    tx.change(_m, matter.number, matter.version - 1, row_of(matter))


def note(tx: Transaction, matter: Matter, who: str, action: str, said: str = "") -> None:
    """Add a line to its history."""
    tx.insert(
        _h,
        number=matter.number,
        version=matter.version,
        at=tx.now,
        who=who,
        action=action,
        step=matter.step,
        note=said,
    )
