"""Loading, saving and listing rectification notices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.case import Officer
from services.intake.grids.notice import FIXED, ISSUED, OPEN_STATES, Notice
from services.intake.grids.report_store import Line
from services.intake.models import grid_list
from services.intake.reason import Reason, Unknown, msgid
from shared.db import Transaction

_t = grid_list.notices
_h = grid_list.notice_history
_OFFICERS = ("by", "checker")
_OWN = frozenset({*_OFFICERS, "wrong"})


@dataclass(frozen=True)
class Wanted:
    """Which notices. What is empty does not narrow; `community` None is the district."""

    community: str | None = None
    states: tuple[str, ...] = OPEN_STATES
    checker: str = ""
    report: str = ""
    due_before: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As SQL."""
        found: list[sa.ColumnElement[bool]] = []
        if self.community is not None:
            found.append(_t.c.community == self.community)
        if self.states:
            found.append(_t.c.state.in_(self.states))
        if self.checker:
            found.append(_t.c.checker_username == self.checker)
        if self.report:
            found.append(_t.c.report_number == self.report)
        if self.due_before is not None:
            found.append(_next_at() < self.due_before)
        return found


def add(tx: Transaction, notice: Notice) -> None:
    """A new one."""
    tx.insert(_t, **_row(notice))


def save(tx: Transaction, before: Notice, after: Notice) -> Notice:
    """A changed one; returns it with its new version."""
    after = replace(after, version=before.version + 1)
    old, new = _row(before), _row(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    tx.change(_t, before.number, before.version, changed)
    return after


def tell(tx: Transaction, notice: Notice, who: str, action: str, note: str = "") -> None:
    """Add a line to the timeline."""
    said = {"at": tx.now, "who": who, "action": action, "note": note}
    tx.insert(_h, number=notice.number, seq=notice.version, **said)


def load(tx: Transaction, number: str) -> Notice:
    """One notice, for changing.

    Raises:
        Unknown: there is none.

    """
    return _found(tx.row(_t, number))


def get(connection: sa.Connection, number: str) -> Notice:
    """One notice, for looking.

    Raises:
        Unknown: there is none.

    """
    return _found(connection.execute(sa.select(_t).where(_t.c.number == number)).mappings().first())


def search(
    connection: sa.Connection, wanted: Wanted, page: int, size: int
) -> tuple[list[Notice], int]:
    """A page, what is to be looked at first on top; and how many there are."""
    where = wanted.conditions()
    total = connection.execute(sa.select(sa.func.count()).select_from(_t).where(*where))
    order = _next_at().is_(None), _next_at(), _t.c.issued_at.desc(), _t.c.number
    query = sa.select(_t).where(*where).order_by(*order)
    rows = connection.execute(query.limit(size).offset((page - 1) * size)).mappings()
    return [_notice(row) for row in rows], int(total.scalar_one())


def timeline(connection: sa.Connection, number: str) -> list[Line]:
    """What happened, the oldest first."""
    query = sa.select(_h).where(_h.c.number == number).order_by(_h.c.seq)
    return [Line(row.at, row.who, row.action, row.note) for row in connection.execute(query)]


def _next_at() -> sa.ColumnElement[Any]:
    return sa.case((_t.c.state == ISSUED, _t.c.due_at), (_t.c.state == FIXED, _t.c.look_back_at))


def _notice(row: Mapping[Any, Any]) -> Notice:
    plain = {n: row[n] for n in Notice.__dataclass_fields__ if n not in _OWN}
    officers: dict[str, Any] = {
        n: Officer(row[f"{n}_username"], row[f"{n}_name"]) for n in _OFFICERS
    }
    return Notice(**plain, **officers, wrong=tuple(row["wrong"]))


def _row(notice: Notice) -> dict[str, Any]:
    row = {n: getattr(notice, n) for n in Notice.__dataclass_fields__ if n not in _OFFICERS}
    for name in _OFFICERS:
        officer = getattr(notice, name)
        row |= {f"{name}_username": officer.username, f"{name}_name": officer.name}
    return row | {"wrong": list(notice.wrong)}


def _found(row: Mapping[Any, Any] | None) -> Notice:
    if row is None:
        text, remedy = msgid("没有这个编号的整改通知书"), msgid("请核对编号，或从列表里打开")
        raise Unknown(Reason("number", text, remedy))
    return _notice(row)
