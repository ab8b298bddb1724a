"""Loading, saving and listing reports from the spot."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.case import Officer
from services.intake.grids.report import RUNNING, STATES, Position, Report
from services.intake.grids.tables import STILL_KEPT
from services.intake.models import accounts, files, grid_list
from services.intake.reason import Reason, Unknown, msgid
from shared.bus.inbox import insert_or_ignore
from shared.db import Transaction
from shared.permissions import Place, User, may

_t = grid_list.reports
_h = grid_list.report_history
_OFFICERS = ("by", "owner", "handler")
_OWN = frozenset({*_OFFICERS, "position", "checked"})


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    at: datetime
    who: str
    action: str
    note: str


@dataclass(frozen=True)
class Wanted:
    """Which reports. What is empty does not narrow; `community` None is the district."""

    community: str | None = None
    states: tuple[str, ...] = ()
    kind: str = ""
    grid: str = ""
    handler: str = ""
    reporter: str = ""
    number: str = ""
    case: str = ""
    care: str = ""
    due_before: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As SQL."""
        equal = {
            "kind": self.kind,
            "grid": self.grid,
            "handler_username": self.handler,
            "by_username": self.reporter,
            "number": self.number,
            "case_number": self.case,
            "care": self.care,
        }
        found: list[sa.ColumnElement[bool]] = [
            _t.c[name] == value for name, value in equal.items() if value
        ]
        if self.community is not None:
            found.append(_t.c.community == self.community)
        if self.states:
            found.append(_t.c.state.in_(self.states))
        if self.due_before is not None:
            found += [_t.c.due_at < self.due_before, _t.c.state.in_(RUNNING)]
        return found


def claim(tx: Transaction, report: Report, digest: str) -> Report | None:
    """Write a new one; give the earlier with the same `client_id` where there is one.

    Two that come at once meet at the unique key: one writes, the other reads what it wrote.
    """
    row = _row(report) | {"digest": digest}
    taken = insert_or_ignore(tx, _t).values(row).returning(_t.c.number)
    if tx.execute(taken).scalar_one_or_none() is not None:
        return None
    earlier = sa.select(_t).where(_t.c.client_id == report.client_id)
    return report_of(tx.execute(earlier).mappings().one())


def sent_before(tx: Transaction, client_id: str) -> Report | None:
    """The report with this phone's id, if it is known; `claim` decides between two at once."""
    known = tx.execute(sa.select(_t).where(_t.c.client_id == client_id)).mappings().first()
    return None if known is None else report_of(known)


def digest_of(tx: Transaction, number: str) -> str:
    """What the earlier one with this number was remembered by."""
    found: str = tx.execute(sa.select(_t.c.digest).where(_t.c.number == number)).scalar_one()
    return found


def tell(tx: Transaction, report: Report, who: str, action: str, note: str = "") -> None:
    """Add a line to the timeline; its place is the report's version."""
    tx.insert(
        _h,
        number=report.number,
        seq=report.version,
        at=tx.now,
        who=who,
        action=action,
        note=note,
    )


def load(tx: Transaction, number: str) -> Report:
    """One report, for changing.

    Raises:
        Unknown: there is none.

    """
    return _found(tx.row(_t, number))


def get(connection: sa.Connection, number: str) -> Report:
    """One report, for looking.

    Raises:
        Unknown: there is none.

    """
    return _found(connection.execute(sa.select(_t).where(_t.c.number == number)).mappings().first())


def save(tx: Transaction, before: Report, after: Report, digest: str = "") -> Report:
    """A changed one; returns it with its new version. `digest`: where it says something else."""
    after = replace(after, version=before.version + 1)
    old, new = _row(before), _row(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    if digest:
        changed["digest"] = digest
    tx.change(_t, before.number, before.version, changed)
    return after


def search(
    connection: sa.Connection, wanted: Wanted, page: int, size: int
) -> tuple[list[Report], int]:
    """A page: running clocks first, the nearest on top; then the newest. And how many there are."""
    where = wanted.conditions()
    total = connection.execute(sa.select(sa.func.count()).select_from(_t).where(*where))
    runs = sa.case((_t.c.state.in_(RUNNING), 0), else_=1)
    # One expression each, so that both databases put what has no deadline last.
    query = (
        sa.select(_t)
        .where(*where)
        .order_by(
            runs,
            sa.case((runs == 0, _t.c.due_at), else_=None).is_(None),
            sa.case((runs == 0, _t.c.due_at), else_=None),
            _t.c.received_at.desc(),
            _t.c.number.desc(),
        )
    )
    rows = connection.execute(query.limit(size).offset((page - 1) * size)).mappings()
    return [report_of(row) for row in rows], int(total.scalar_one())


def counts(connection: sa.Connection, wanted: Wanted) -> dict[str, int]:
    """How many are in each state."""
    query = sa.select(_t.c.state, sa.func.count()).where(*wanted.conditions())
    found = {state: int(n) for state, n in connection.execute(query.group_by(_t.c.state))}
    return {state: found.get(state, 0) for state in STATES}


def count(connection: Any, wanted: Wanted) -> int:
    """How many; of a transaction or a connection."""
    query = sa.select(sa.func.count()).select_from(_t).where(*wanted.conditions())
    return int(connection.execute(query).scalar_one())


def timeline(connection: sa.Connection, number: str) -> list[Line]:
    """What happened, the oldest first."""
    query = sa.select(_h).where(_h.c.number == number).order_by(_h.c.seq)
    return [Line(row.at, row.who, row.action, row.note) for row in connection.execute(query)]


def photos_taken(tx: Transaction, number: str) -> int:
    """How many photos came with a report; those that went on to a case are counted too."""
    own = _h.c.number == number, _h.c.action == "photo"
    asked = sa.select(sa.func.count()).select_from(_h).where(*own)
    return int(tx.execute(asked).scalar_one())


def photos_to_case(tx: Transaction, report: str, case: str) -> None:
    """The photos go on with the case; their bytes stay where they are."""
    tx.execute(files.update().where(files.c.case_number == report).values(case_number=case))


def staff(connection: Any, community: str) -> list[tuple[Officer, str]]:
    """Who may be given work in this community, with their role; who only works at it first."""
    table = accounts.c
    here = sa.select(table.username, table.name, table.role).where(
        table.community == community, table.active.is_(True)
    )
    rows = connection.execute(here.order_by(table.username))
    users = [User(row.username, row.name, row.role, community=community) for row in rows]
    handling = [user for user in users if may(user, "report.handle", Place(community=community))]
    handling.sort(key=lambda user: may(user, "report.manage"))
    return [(Officer(user.username, user.name), user.role) for user in handling]


def still_here(connection: Any, officer: Officer, community: str) -> Officer | None:
    """This officer if they may still be given work in this community, or nobody."""
    names = {one.username for one, _role in staff(connection, community)}
    return officer if officer.username in names else None


def forget_with_cases(tx: Transaction, numbers: Collection[str]) -> None:
    """What was reported before a case came of it goes with the case's person (PIPL 47)."""
    mine = sa.select(_t.c.number).where(_t.c.case_number.in_(sorted(numbers)))
    forget(tx, list(tx.execute(mine).scalars()))


def ended_before(tx: Transaction, moment: datetime, most: int) -> list[str]:
    """Reports that ended before this moment and were not forgotten yet; cases keep their own."""
    query = (
        sa.select(_t.c.number)
        .where(sa.text(STILL_KEPT), _t.c.closed_at < moment, _t.c.case_number == "")
        .order_by(_t.c.closed_at)
        .limit(most)
    )
    return list(tx.execute(query).scalars())


def forget(tx: Transaction, numbers: Collection[str]) -> None:
    """Take words, place, telephone and findings out; what, when and who handled it stays."""
    if not numbers:
        return
    own = _t.c.number.in_(sorted(numbers)), _t.c.erased_at.is_(None)
    nothing = {"words": "", "place": "", "position": None, "phone": "", "phone_index": ""}
    newer = _t.c.version + 1
    tx.execute(
        _t.update()
        .where(*own)
        .values(result="", care="", erased_at=tx.now, version=newer, **nothing)
    )
    tx.execute(_h.update().where(_h.c.number.in_(sorted(numbers))).values(note=""))
    _forget_findings(tx, numbers)


def _forget_findings(tx: Transaction, numbers: Collection[str]) -> None:
    """What was found at somebody's and what they answered; of what kind it was stays."""
    own = sa.select(_t.c.number, _t.c.checked).where(_t.c.number.in_(sorted(numbers)))
    plain = [
        {"of": row.number, "left": dict(row.checked) | {"found": [], "answers": {}}}
        for row in tx.execute(own)
    ]
    one = _t.c.number == sa.bindparam("of")
    if plain:
        tx.execute(_t.update().where(one).values(checked=sa.bindparam("left")), plain)


def report_of(row: Mapping[Any, Any]) -> Report:
    """A row as a report."""
    plain = {n: row[n] for n in Report.__dataclass_fields__ if n not in _OWN}
    officers: dict[str, Any] = {
        n: Officer(row[f"{n}_username"], row[f"{n}_name"]) for n in _OFFICERS
    }
    position = Position(**row["position"]) if row["position"] else None
    return Report(**plain, **officers, position=position, checked=row["checked"])


def _row(report: Report) -> dict[str, Any]:
    row = {n: getattr(report, n) for n in Report.__dataclass_fields__ if n not in _OFFICERS}
    for name in _OFFICERS:
        officer = getattr(report, name)
        row |= {f"{name}_username": officer.username, f"{name}_name": officer.name}
    row["position"] = asdict(report.position) if report.position else None
    return row | {"checked": dict(report.checked), "phone_index": report.phone}


def _found(row: Mapping[Any, Any] | None) -> Report:
    if row is None:
        text, remedy = msgid("没有这个编号的上报"), msgid("请核对编号，或从列表里打开")
        raise Unknown(Reason("number", text, remedy))
    return report_of(row)
