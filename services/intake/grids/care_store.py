"""Loading and saving the care list."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.grids.care_person import CarePerson
from services.intake.models import accounts, grid_list, rosters
from services.intake.reason import Reason, Unknown, msgid
from services.intake.rosters.leave import GRANTED
from shared import locks
from shared.db import Transaction
from shared.permissions import GRID
from shared.sealing import KeyRing

_t = grid_list.care
_cared_by = _t.c.worker_username == accounts.c.username
MOST_ON_A_PAGE = 100


@dataclass(frozen=True)
class Wanted:
    """Which of the list. `community` None is the district; `phone_or_id` a whole number."""

    community: str | None = None
    worker: str = ""
    grid: str = ""
    due_before: datetime | None = None
    phone_or_id: str = ""

    def conditions(self, keys: KeyRing) -> list[sa.ColumnElement[bool]]:
        """As SQL."""
        found: list[sa.ColumnElement[bool]] = [_t.c.active.is_(True)]
        if self.community is not None:
            found.append(_t.c.community == self.community)
        if self.worker:
            found.append(_t.c.worker_username == self.worker)
        if self.grid:
            found.append(_t.c.grid == self.grid)
        if self.due_before is not None:
            found.append(_t.c.due_at < self.due_before)
        if self.phone_or_id:
            found.append(_reached(keys, self.phone_or_id, self.phone_or_id))
        return found


def load(tx: Transaction, number: str) -> CarePerson:
    """One of the list, for changing.

    Raises:
        Unknown: there is none.

    """
    return _found(tx.row(_t, number))


def get(connection: sa.Connection, number: str) -> CarePerson:
    """One of the list, for looking.

    Raises:
        Unknown: there is none.

    """
    return _found(connection.execute(sa.select(_t).where(_t.c.number == number)).mappings().first())


def hold(tx: Transaction, community: str) -> None:
    """One at a time for a community's list: who is on it already is asked, then written."""
    locks.hold(tx, [f"care:{community}"])


def add(tx: Transaction, person: CarePerson) -> None:
    """A new one."""
    tx.insert(_t, **_row(person))


def save(tx: Transaction, before: CarePerson, after: CarePerson) -> None:
    """A changed one, with the next version."""
    row = _row(after) | {"version": before.version + 1}
    tx.change(_t, before.number, before.version, row)


def search(
    connection: sa.Connection, keys: KeyRing, wanted: Wanted, page: int, size: int
) -> tuple[list[CarePerson], int]:
    """A page of the list, whose visit is due first on top, and how many there are."""
    where = wanted.conditions(keys)
    total = connection.execute(sa.select(sa.func.count()).select_from(_t).where(*where))
    query = sa.select(_t).where(*where).order_by(_t.c.due_at, _t.c.number)
    rows = connection.execute(query.limit(size).offset((page - 1) * size)).mappings()
    return [_person(row) for row in rows], int(total.scalar_one())


def anybody(tx: Transaction, community: str) -> bool:
    """Whether the community has anybody on its list: asked once for a whole group of commands."""
    listed = sa.select(_t.c.number).where(_t.c.community == community, _t.c.active.is_(True))
    return tx.once(_t, community, lambda: tx.look(listed.limit(1), _t).first() is not None)


def worker_of(
    tx: Transaction, community: str, phone: str, id_no: str
) -> tuple[bool, tuple[str, str] | None]:
    """Whether whoever has this phone or number is on the list, and who cares for them.

    That is username and name of the worker; None if they work here no more.
    """
    if not (phone or id_no) or not anybody(tx, community):
        return False, None
    # Which of the few is on this community's list is seen here: asked of SQLite, it would go by
    # the index of the list and read all of it, for it takes two equalities for the better index.
    query = (
        sa.select(accounts.c.username, accounts.c.name, _t.c.community, _t.c.active)
        .select_from(_t.outerjoin(accounts, sa.and_(_cared_by, *_works_in(community))))
        .where(_reached(tx.keys, phone, id_no))
        .order_by(_t.c.added_at)
    )
    found = tx.look(query, _t, accounts)
    here = [row for row in found if row.active and row.community == community]
    carers = ((row.username, row.name) for row in here if row.username is not None)
    return bool(here), next(carers, None)


def least_burdened(tx: Transaction, community: str) -> tuple[str, str] | None:
    """Username and name of the community's worker who cares for the fewest; None without any.

    Who is on leave is chosen only where everybody is.
    """
    leaves = rosters.leaves
    away = sa.exists().where(
        leaves.c.community == community,
        leaves.c.username == accounts.c.username,
        leaves.c.state == GRANTED,
        leaves.c.starts_at <= tx.now,
        leaves.c.ends_at > tx.now,
    )
    caring = sa.and_(_cared_by, _t.c.active.is_(True))
    query = (
        sa.select(accounts.c.username, accounts.c.name)
        .outerjoin(_t, caring)
        .where(*_works_in(community))
        .group_by(accounts.c.username, accounts.c.name)
        .order_by(sa.case((away, 1), else_=0), sa.func.count(_t.c.number), accounts.c.username)
    )
    row = tx.look(query.limit(1), _t, accounts, leaves).one_or_none()
    return None if row is None else (row.username, row.name)


def workers(connection: Any, community: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Username, name and grids of the community's active grid workers; of a transaction too."""
    query = sa.select(accounts.c.username, accounts.c.name, accounts.c.grids)
    rows = connection.execute(query.where(*_works_in(community)).order_by(accounts.c.username))
    return [(row.username, row.name, tuple(row.grids)) for row in rows]


def left_alone(connection: sa.Connection, people: Sequence[CarePerson]) -> set[str]:
    """The numbers of those of them whose grid worker works in their community no more."""
    cared = (
        sa.select(_t.c.number)
        .join(accounts, _cared_by)
        .where(
            _t.c.number.in_([one.number for one in people if one.active]),
            *_works_in(_t.c.community),
        )
    )
    here = set(connection.execute(cared).scalars())
    return {one.number for one in people if one.active} - here


def on_the_list(tx: Transaction, community: str, phone: str, id_no: str) -> str | None:
    """The number of who is on the community's list already by phone or identity number."""
    if not (phone or id_no):
        return None
    mine = _t.c.active.is_(True), _t.c.community == community, _reached(tx.keys, phone, id_no)
    found: str | None = tx.execute(sa.select(_t.c.number).where(*mine)).scalars().first()
    return found


def _works_in(community: str | sa.ColumnElement[str]) -> tuple[sa.ColumnElement[bool], ...]:
    table = accounts.c
    return table.community == community, table.role == GRID, table.active.is_(True)


def _reached(keys: KeyRing, phone: str, id_no: str) -> sa.ColumnElement[bool]:
    by_phone, by_id = (_t.c.phone_index, phone), (_t.c.id_index, id_no)
    given = [keys.matches(column, text) for column, text in (by_phone, by_id) if text]
    return sa.or_(*given)


def _row(person: CarePerson) -> dict[str, Any]:
    row = asdict(person) | {"groups": list(person.groups)}
    return row | {"phone_index": person.phone, "id_index": person.id_no}


def _person(row: Mapping[Any, Any]) -> CarePerson:
    values = {name: value for name, value in row.items() if not name.endswith("_index")}
    return CarePerson(**values | {"groups": tuple(values["groups"])})


def _found(row: Mapping[Any, Any] | None) -> CarePerson:
    if row is None:
        text, remedy = msgid("关爱名单上没有这个编号"), msgid("请从名单里打开")
        raise Unknown(Reason("care", text, remedy))
    return _person(row)
