"""The ledger in the database: posting entries, reading passbooks, checking everything."""

from typing import Any

import sqlalchemy as sa

from services.partners.ledger import Entry, Mismatch, Posting, first_mismatch
from services.partners.models import accounts, entries, postings
from services.partners.refusal import Unknown
from shared.db import Transaction

SYSTEM = "system"


def post(tx: Transaction, entry: Entry, by: str) -> str:
    """Write an entry and carry it into the passbooks; returns its number.

    Postings are written before their entry: the entry seals them (migrations/0001). Whoever wrote
    to one of the passbooks meanwhile makes the command run again.

    Raises:
        Unknown: one of the accounts is not there.
    """
    passbooks = {p.account: _account(tx, p.account) for p in entry.postings}
    number = f"JF-{tx.serial('entry'):06d}"
    for line, posting in enumerate(entry.postings, 1):
        tx.insert(postings, entry=number, line=line, account=posting.account, amount=posting.amount)
    tx.insert(
        entries,
        number=number,
        kind=entry.kind,
        about=entry.about,
        note=entry.note,
        by=by,
        at=tx.now,
    )
    for posting in entry.postings:
        _carry(tx, passbooks[posting.account], posting.amount)
    return number


def open_passbook(tx: Transaction, owner: str, kind: str) -> None:
    """An empty passbook for a partner or volunteer; nothing happens where there is one."""
    opened = tx.insert_statement(accounts).values(code=owner, kind=kind, balance=0, version=1)
    tx.execute(opened.on_conflict_do_nothing())


def balance(tx: Transaction, owner: str) -> int:
    """What a passbook holds.

    Raises:
        Unknown: there is no such passbook.
    """
    row = _account(tx, owner)
    if row.balance is None:
        raise Unknown(f"passbook {owner}")
    return int(row.balance)


def load_entry(tx: Transaction, about: str) -> Entry:
    """The entry about something.

    Raises:
        Unknown: there is none.
    """
    row = tx.execute(sa.select(entries).where(entries.c.about == about)).one_or_none()
    if row is None:
        raise Unknown(f"entry about {about}")
    lines = tx.execute(
        sa.select(postings).where(postings.c.entry == row.number).order_by(postings.c.line)
    )
    put = tuple(Posting(line.account, line.amount) for line in lines)
    return Entry(row.kind, row.about, row.note, put)


def verify(connection: sa.Connection) -> Mismatch | None:
    """Recompute every entry and every balance; the first that is wrong, or None."""
    total = sa.func.coalesce(sa.func.sum(postings.c.amount), 0)
    per_entry = sa.select(postings.c.entry, total).group_by(postings.c.entry).having(total != 0)
    wrong = {number: int(found) for number, found in connection.execute(per_entry)}
    per_account = (
        sa.select(accounts.c.code, accounts.c.balance, total)
        .join(postings, postings.c.account == accounts.c.code, isouter=True)
        .where(accounts.c.kind != SYSTEM)
        .group_by(accounts.c.code, accounts.c.balance)
    )
    rows = connection.execute(per_account).all()
    return first_mismatch(
        wrong,
        {code: int(recomputed) for code, _, recomputed in rows},
        {code: int(kept) for code, kept, _ in rows},
    )


def _account(tx: Transaction, code: str) -> Any:
    row = tx.execute(sa.select(accounts).where(accounts.c.code == code)).one_or_none()
    if row is None:
        raise Unknown(f"passbook {code}")
    return row


def _carry(tx: Transaction, account: Any, amount: int) -> None:
    if account.kind == SYSTEM:
        return  # no running balance: everybody would queue for its one row
    found = accounts.c.code == account.code, accounts.c.version == account.version
    changed = {"balance": account.balance + amount, "version": account.version + 1}
    tx.update(accounts.update().where(*found).values(**changed))
