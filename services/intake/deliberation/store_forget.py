"""Forgetting people in shared matters: with the case behind one, and when its own time is over."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from services.intake.deliberation import store
from services.intake.deliberation.matter import OPEN, Matter, forgotten, parted
from services.intake.deliberation.pack import pack_for
from services.intake.models import deliberation, ledger
from shared.db import Transaction
from shared.mask import mask_text

_m, _h = deliberation.matters, deliberation.history
FORGET = "forget"
"""What the history calls it; nobody's act."""


def forget_with_cases(tx: Transaction, cases: Collection[str], names: Collection[str]) -> None:
    """What came from these cases, or ended as one of them, goes with their people (PIPL 47).

    Also what came from a demand that became one of them. What is still talked over goes on without
    them: their names, what they said and the link to them are taken out.
    """
    linked = ledger.demands.c.case_number
    heard = sa.select(ledger.demands.c.number).where(linked != "", linked.in_(cases))
    behind = sorted({*cases, *tx.execute(heard).scalars()})
    own = sa.or_(_m.c.source.in_(behind), _m.c.case_number.in_(behind))
    states = sa.select(_m.c.number, _m.c.state).where(own)
    found = {row.number: row.state for row in tx.execute(states)}
    forget(tx, [number for number, state in found.items() if state != OPEN])
    for number in (number for number, state in found.items() if state == OPEN):
        _part(tx, number, names)


def _part(tx: Transaction, number: str, names: Collection[str]) -> None:
    def hide(text: str) -> str:
        return mask_text(text, *names)

    after = parted(store.get(tx, number), hide)
    store.save(tx, after)
    mine = _h.c.number == number
    for row in tx.execute(sa.select(_h.c.version, _h.c.note).where(mine)).all():
        same = _h.update().where(mine, _h.c.version == row.version)
        tx.execute(same.values(note=hide(row.note)))
    store.note(tx, after, "@system", FORGET)


def forget(tx: Transaction, numbers: Sequence[str]) -> None:
    """Take people and words out of these matters, off the public page too; counts stay."""
    for number in numbers:
        before = store.get(tx, number)
        after = forgotten(before, _plain_title(tx, before), tx.now)
        store.save(tx, after)
        tx.execute(_h.update().where(_h.c.number == number).values(note=""))
        store.note(tx, after, "@system", FORGET)


def ended_before(tx: Transaction, moment: datetime, most: int) -> list[str]:
    """What ended before this moment and was not forgotten since it did, the oldest first."""
    query = sa.select(_m.c.number).where(_m.c.ended_at < moment, still_kept())
    return list(tx.execute(query.order_by(_m.c.ended_at).limit(most)).scalars())


def still_kept() -> sa.ColumnElement[bool]:
    """Ended, and holding what people said: reopened after it was forgotten, it ends once more."""
    return sa.and_(
        _m.c.ended_at.is_not(None),
        sa.or_(_m.c.erased_at.is_(None), _m.c.erased_at <= _m.c.ended_at),
    )


def _plain_title(tx: Transaction, matter: Matter) -> str:
    """What stands for a title that may tell of somebody: the kind's name."""
    kind = pack_for(tx.district).kind(matter.kind)
    return kind.name if kind else matter.kind
