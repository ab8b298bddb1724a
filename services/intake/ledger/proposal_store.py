"""Loading and saving proposals, their evidence, and the versions that came of them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from services.intake.ledger.demand import Demand
from services.intake.ledger.proposal import Proposal
from services.intake.ledger.store import demand_of
from services.intake.ledger.store_catalogue import HEAD
from services.intake.models import ledger
from services.intake.reason import Reason, Unknown, msgid
from shared.db import Transaction

_t, _e, _v, _head, _d = (
    ledger.proposals, ledger.evidence, ledger.versions, ledger.head, ledger.demands,
)  # fmt: skip


@dataclass(frozen=True)
class Version:
    """One version: which item changed, from what to what, who decided it and why."""

    number: int
    change: str
    code: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    at: datetime
    by_username: str
    by_name: str
    reason: str
    proposal_number: str


def add(tx: Transaction, proposal: Proposal, evidence: Collection[str]) -> None:
    """Write a new one with the demands that speak for it."""
    tx.insert(_t, **asdict(proposal))
    for number in evidence:
        tx.insert(_e, proposal_number=proposal.number, demand_number=number)


def load(tx: Transaction, number: str) -> Proposal:
    """One, for deciding.

    Raises:
        Unknown: there is none.
    """
    return _found(tx.row(_t, number))


def get(connection: sa.Connection, number: str) -> Proposal:
    """One, for looking.

    Raises:
        Unknown: there is none.
    """
    return _found(connection.execute(sa.select(_t).where(_t.c.number == number)).mappings().first())


def save(tx: Transaction, before: Proposal, after: Proposal) -> Proposal:
    """A decided one."""
    after = replace(after, version=before.version + 1)
    old, new = asdict(before), asdict(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    tx.change(_t, before.number, before.version, changed)
    return after


def search(connection: sa.Connection, state: str, most: int) -> list[Proposal]:
    """Those in a state, or all, the newest first."""
    query = sa.select(_t).order_by(_t.c.at.desc(), _t.c.number.desc()).limit(most)
    if state:
        query = query.where(_t.c.state == state)
    return [_proposal(row) for row in connection.execute(query).mappings()]


def evidence_of(reader: Any, number: str) -> list[Demand]:
    """The demands that speak for it, the oldest first."""
    query = (
        sa.select(_d)
        .join(_e, _e.c.demand_number == _d.c.number)
        .where(_e.c.proposal_number == number)
        .order_by(_d.c.heard_at, _d.c.number)
    )
    return [demand_of(row) for row in reader.execute(query).mappings()]


def counted(connection: sa.Connection, numbers: Collection[str]) -> dict[str, int]:
    """How many demands speak for each."""
    query = (
        sa.select(_e.c.proposal_number, sa.func.count())
        .where(_e.c.proposal_number.in_(numbers))
        .group_by(_e.c.proposal_number)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


# -- versions --------------------------------------------------------------------------------------


def add_version(tx: Transaction, version: Version) -> None:
    """Write it and let it hold; a second one with the same number writes nothing of the two.

    Raises:
        Stale: (at flush) another version came in between; the command is run again.
    """
    tx.insert(_v, **asdict(version))
    head = {"version": version.number, "token": token_hex(16)}
    if version.number == 1:
        tx.insert(_head, name=HEAD, **head)
    else:
        tx.change(_head, HEAD, version.number - 1, head)


def last_changed(reader: Any, code: str) -> int:
    """The version that changed this item last; 0 for an item as the pack has it."""
    query = sa.select(sa.func.max(_v.c.number)).where(_v.c.code == code)
    return int(reader.execute(query).scalar_one() or 0)


def codes_given(reader: Any) -> set[str]:
    """Codes that versions gave to new items, withdrawn ones too: none is given twice."""
    return set(reader.execute(sa.select(_v.c.code).distinct()).scalars())


def versions(connection: sa.Connection, most: int, code: str = "") -> list[Version]:
    """The newest first; of one item or of all."""
    query = sa.select(_v).order_by(_v.c.number.desc()).limit(most)
    if code:
        query = query.where(_v.c.code == code)
    return [Version(**row) for row in connection.execute(query).mappings()]


def version(connection: sa.Connection, number: int) -> Version | None:
    """One version, if there is one of this number."""
    row = connection.execute(sa.select(_v).where(_v.c.number == number)).mappings().first()
    return None if row is None else Version(**row)


def _proposal(row: Mapping[Any, Any]) -> Proposal:
    return Proposal(**{name: row[name] for name in Proposal.__dataclass_fields__})


def _found(row: Mapping[Any, Any] | None) -> Proposal:
    if row is None:
        raise Unknown(Reason("number", msgid("没有这个编号的建议"), msgid("请核对编号")))
    return _proposal(row)
