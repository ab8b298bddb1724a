"""Loading and saving drafts; each officer sees and changes only their own."""

from datetime import datetime

import sqlalchemy as sa

from services.intake import models
from services.intake.drafts.draft import KEPT, MOST, Draft
from shared.bus.inbox import insert_or_ignore
from shared.db import Transaction

drafts, officer_items = models.draft_list.drafts, models.draft_list.officer_items


def load(connection: sa.Connection | Transaction, username: str, draft_id: str) -> Draft | None:
    """This officer's draft, or None."""
    wanted = sa.select(drafts).where(drafts.c.id == draft_id, drafts.c.username == username)
    row = connection.execute(wanted).mappings().one_or_none()
    return Draft(**row) if row is not None else None


def of_officer(connection: sa.Connection, username: str, since: datetime) -> list[Draft]:
    """This officer's drafts, the latest first."""
    wanted = sa.select(drafts).where(drafts.c.username == username, drafts.c.saved_at >= since)
    latest = wanted.order_by(drafts.c.saved_at.desc()).limit(MOST)
    return [Draft(**row) for row in connection.execute(latest).mappings()]


def save(tx: Transaction, draft: Draft) -> bool:
    """Keep what was typed; False if the id is another officer's, whose draft is left as it is."""
    row = {name: getattr(draft, name) for name in drafts.c.keys()}  # noqa: SIM118 - not a dict
    mine = drafts.c.id == draft.id, drafts.c.username == draft.username
    changed = tx.execute(drafts.update().where(*mine).values(**row))
    if changed.rowcount:
        return True
    added = insert_or_ignore(tx, drafts).values(row).returning(drafts.c.id)
    if tx.execute(added).scalar_one_or_none() is None:
        return False
    _keep_few(tx, draft.username)
    return True


def forget(tx: Transaction, username: str, draft_id: str) -> None:
    """It was accepted, or nobody wants it any more."""
    tx.execute(drafts.delete().where(drafts.c.id == draft_id, drafts.c.username == username))


def forget_old(tx: Transaction) -> None:
    """Drop what nobody came back for."""
    tx.execute(drafts.delete().where(drafts.c.saved_at < tx.now - KEPT))


def used(tx: Transaction, username: str, item: str) -> None:
    """Count that this officer took this item in."""
    first = {"username": username, "item": item, "uses": 0, "last_at": tx.now}
    tx.execute(insert_or_ignore(tx, officer_items).values(first))
    this = officer_items.c.username == username, officer_items.c.item == item
    more = officer_items.update().where(*this)
    tx.execute(more.values(uses=officer_items.c.uses + 1, last_at=tx.now))


def most_used(connection: sa.Connection, username: str, most: int) -> list[str]:
    """The items this officer takes in most, by code; of equals the latest first."""
    mine = sa.select(officer_items.c.item).where(officer_items.c.username == username)
    order = officer_items.c.uses.desc(), officer_items.c.last_at.desc()
    return list(connection.execute(mine.order_by(*order).limit(most)).scalars())


def _keep_few(tx: Transaction, username: str) -> None:
    kept = (
        sa.select(drafts.c.id)
        .where(drafts.c.username == username)
        .order_by(drafts.c.saved_at.desc())
        .offset(MOST)
    )
    old = list(tx.execute(kept.limit(MOST)).scalars())
    if old:
        tx.execute(drafts.delete().where(drafts.c.id.in_(old)))
