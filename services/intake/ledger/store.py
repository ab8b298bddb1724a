"""Loading and saving demands and their lines."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.ledger.demand import Demand
from services.intake.models import ledger
from services.intake.reason import Reason, Unknown, msgid
from shared.bus.inbox import insert_or_ignore
from shared.db import Transaction

_t, _h = ledger.demands, ledger.history


@dataclass(frozen=True)
class Line:
    """One line of a demand's history."""

    at: datetime
    who: str
    action: str
    note: str


def row_of(demand: Demand) -> dict[str, Any]:
    """As a row."""
    found_by = {"phone_index": demand.phone or None, "tags": list(demand.tags) or None}
    return asdict(demand) | found_by


def demand_of(row: Mapping[Any, Any]) -> Demand:
    """From a row."""
    known = {name: row[name] for name in Demand.__dataclass_fields__}
    return Demand(**known | {"tags": tuple(row["tags"] or ())})


def claim(tx: Transaction, demand: Demand) -> Demand | None:
    """Write a new one; give the earlier with the same `client_id` where there is one."""
    if demand.client_id is None:
        tx.insert(_t, **row_of(demand))
        return None
    taken = insert_or_ignore(tx, _t).values(row_of(demand)).returning(_t.c.number)
    if tx.execute(taken).scalar_one_or_none() is not None:
        return None
    earlier = sa.select(_t).where(_t.c.client_id == demand.client_id)
    return demand_of(tx.execute(earlier).mappings().one())


def tell(tx: Transaction, demand: Demand, who: str, action: str, note: str = "") -> None:
    """Add a line; its place is the demand's version."""
    place = {"number": demand.number, "seq": demand.version}
    tx.insert(_h, **place, at=tx.now, who=who, action=action, note=note)


def load(tx: Transaction, number: str) -> Demand:
    """One, for changing.

    Raises:
        Unknown: there is none.
    """
    return _found(tx.row(_t, number))


def get(connection: sa.Connection, number: str) -> Demand:
    """One, for looking.

    Raises:
        Unknown: there is none.
    """
    return _found(connection.execute(sa.select(_t).where(_t.c.number == number)).mappings().first())


def save(tx: Transaction, before: Demand, after: Demand) -> Demand:
    """A changed one; returns it with its new version."""
    after = replace(after, version=before.version + 1)
    old, new = row_of(before), row_of(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    tx.change(_t, before.number, before.version, changed)
    return after


def lines(connection: sa.Connection, number: str) -> list[Line]:
    """Its history, newest first."""
    query = sa.select(_h).where(_h.c.number == number).order_by(_h.c.seq.desc())
    return [Line(row.at, row.who, row.action, row.note) for row in connection.execute(query)]


def of_cases(tx: Transaction, cases: Collection[str]) -> list[Demand]:
    """The entries of these cases."""
    query = sa.select(_t).where(_t.c.case_number.in_(cases), _t.c.case_number != "")
    return [demand_of(row) for row in tx.execute(query).mappings()]


def kept_too_long(tx: Transaction, before: datetime, most: int) -> list[Demand]:
    """Entries that still hold what somebody said, heard before then, the oldest first."""
    held = _t.c.erased_at.is_(None), _t.c.heard_at < before, _t.c.number != _t.c.case_number
    query = sa.select(_t).where(*held).order_by(_t.c.heard_at).limit(most)
    return [demand_of(row) for row in tx.execute(query).mappings()]


def forget_lines(tx: Transaction, number: str) -> None:
    """What was noted goes; that something happened, and when, stays."""
    tx.execute(_h.update().where(_h.c.number == number).values(note=""))


def _found(row: Mapping[Any, Any] | None) -> Demand:
    if row is None:
        text, remedy = msgid("台账里没有这个编号"), msgid("请核对编号")
        raise Unknown(Reason("number", text, remedy))
    return demand_of(row)
