"""The catalogue as it holds now 四统一 (4-14): the pack's items, and over them what was decided.

The pack's files stay as they are. A version changes one item; whoever looks an item up asks for the
catalogue here. It is kept in memory under the token of the newest version, which one row tells:
replicas and restarts see the same without telling each other.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from services.intake.case import Case
from services.intake.ledger.documents import item_of_kept
from services.intake.models import ledger
from shared.db import Transaction
from shared.district import District, Item
from shared.runtime import Runtime

HEAD = "catalogue"
AS_PACKED = "0"
"""The version of a catalogue of which nothing was changed yet."""
_MOST_KEPT = 16
_versions, _head = ledger.versions, ledger.head


@dataclass(frozen=True)
class Catalogue:
    """A district whose items are those of a version; `version` as cases keep it."""

    version: str
    district: District


_known: OrderedDict[tuple[str, str], Catalogue] = OrderedDict()


def catalogue_in(tx: Transaction) -> Catalogue:
    """For a command: what holds at its commit, by one row read once for the whole group."""
    head = tx.row(_head, HEAD)
    return _catalogue(tx, tx.district, head)


def catalogue_now(runtime: Runtime) -> Catalogue:
    """For a page: what holds now."""
    with runtime.database.read() as connection:
        head = connection.execute(sa.select(_head).where(_head.c.name == HEAD)).mappings().first()
        return _catalogue(connection, runtime.district, head)


def district_now(runtime: Runtime) -> District:
    """The district with the items that hold now, to search and to look up."""
    return catalogue_now(runtime).district


def items_now(source: Runtime | Transaction) -> Mapping[str, Item]:
    """The items that hold now, by code."""
    if isinstance(source, Transaction):
        return catalogue_in(source).district.items
    return district_now(source).items


def item_of_case(tx: Transaction, case: Case) -> Item | None:
    """The case's item as it was when the case was accepted, whatever the catalogue became."""
    if case.item is None:
        return None
    return item_at(tx, tx.district, case.item.code, case.catalogue_version)


def item_at(reader: Any, pack: District, code: str, version: str) -> Item | None:
    """An item as a version had it; None where that version had none.

    Args:
        reader: a connection, or a command's transaction.
        pack: the district as its files say.
        code: of the item.
        version: as a case keeps it; empty for what came before there were versions.
    """
    last = (
        sa.select(_versions.c.after)
        .where(_versions.c.code == code, _versions.c.number <= int(version or AS_PACKED))
        .order_by(_versions.c.number.desc())
        .limit(1)
    )
    row = reader.execute(last).first() if int(version or AS_PACKED) else None
    if row is None:
        return pack.items.get(code)
    return None if row.after is None else item_of_kept(row.after)


def item_before(connection: sa.Connection, pack: District, code: str) -> Item | None:
    """A withdrawn item as it was last."""
    last = (
        sa.select(_versions.c.before)
        .where(_versions.c.code == code)
        .order_by(_versions.c.number.desc())
        .limit(1)
    )
    before = connection.execute(last).scalar()
    return item_of_kept(before) if before else pack.items.get(code)


def forget() -> None:
    """Keep nothing in memory: what a restart does."""
    _known.clear()


def _catalogue(reader: Any, pack: District, head: Mapping[Any, Any] | None) -> Catalogue:
    if head is None:
        return Catalogue(AS_PACKED, pack)
    key = str(pack.path), str(head["token"])
    if key not in _known:
        changed = sa.select(_versions.c.code, _versions.c.after).order_by(_versions.c.number)
        rows = reader.execute(changed.where(_versions.c.number <= head["version"])).all()
        items = _laid_over(pack.items, rows)
        _known[key] = Catalogue(str(head["version"]), replace(pack, items=items))
        while len(_known) > _MOST_KEPT:
            _known.popitem(last=False)
    return _known[key]


def _laid_over(packed: Mapping[str, Item], rows: Iterable[Any]) -> dict[str, Item]:
    items = dict(packed)
    for code, after in rows:
        if after is None:
            items.pop(code, None)
        else:
            items[code] = item_of_kept(after)
    return items
