"""Passbooks, the ledger, rewards and vouchers, for the API and the pages. Only reads."""

from typing import Any

import sqlalchemy as sa

from services.partners.models import accounts, entries, partners, postings, redemptions, rewards
from services.partners.queries import Page, page_of
from services.partners.refusal import Unknown


def balance(connection: sa.Connection, owner: str) -> int:
    """What a passbook holds.

    Raises:
        Unknown: there is no such passbook.
    """
    found = sa.select(accounts.c.balance).where(accounts.c.code == owner)
    kept: int | None = connection.execute(found).scalar_one_or_none()
    if kept is None:
        raise Unknown(f"passbook {owner}")
    return kept


def passbook(connection: sa.Connection, owner: str, page: int, page_size: int) -> Page:
    """The lines of a passbook, newest first, each with the balance after it."""
    after = sa.func.sum(postings.c.amount).over(order_by=(entries.c.at, entries.c.number))
    lines = (
        sa.select(entries, postings.c.amount, sa.cast(after, sa.BigInteger).label("balance"))
        .join(postings, postings.c.entry == entries.c.number)
        .where(postings.c.account == owner)
        .subquery()
    )
    newest = sa.select(lines).order_by(lines.c.at.desc(), lines.c.number.desc())
    return page_of(connection, newest, page, page_size)


def ledger(connection: sa.Connection, page: int, page_size: int) -> Page:
    """Entries, newest first, each with its postings."""
    newest = sa.select(entries).order_by(entries.c.at.desc(), entries.c.number.desc())
    found = page_of(connection, newest, page, page_size)
    lines: dict[str, list[dict[str, Any]]] = {row["number"]: [] for row in found.items}
    put = sa.select(postings).where(postings.c.entry.in_(lines)).order_by(postings.c.line)
    for line in connection.execute(put):
        lines[line.entry].append({"account": line.account, "amount": line.amount})
    items = [dict(row) | {"postings": lines[row["number"]]} for row in found.items]
    return Page(items, page, page_size, found.total)


def totals(connection: sa.Connection) -> dict[str, int]:
    """Points ever issued, redeemed, and still held; the first is the sum of the others."""
    found = sa.select(accounts.c.code, accounts.c.kind, sa.func.sum(postings.c.amount).label("n"))
    rows = connection.execute(found.join(postings).group_by(accounts.c.code, accounts.c.kind))
    sums = {"issued": 0, "redeemed": 0, "held": 0}
    for row in rows:
        name = row.code.removeprefix("system:") if row.kind == "system" else "held"
        sums[name] += -int(row.n) if name == "issued" else int(row.n)
    return sums


def list_rewards(connection: sa.Connection) -> list[sa.RowMapping]:
    """What points buy now, cheapest first."""
    name = partners.c.name.label("partner_name"), partners.c.name_en.label("partner_name_en")
    found = (
        sa.select(rewards, (rewards.c.stock - rewards.c.taken).label("left"), *name)
        .join(partners, isouter=True)
        .where(rewards.c.active)
        .order_by(rewards.c.price, rewards.c.code)
    )
    return list(connection.execute(found).mappings())


def vouchers(*, owner: str = "", giver: str = "") -> sa.Select[Any]:
    """Select the vouchers of an owner, or those a partner is to hand over; newest first."""
    named = rewards.c.name, rewards.c.name_en, rewards.c.terms, rewards.c.terms_en
    found = sa.select(redemptions, *named, rewards.c.partner).join(rewards)
    if owner:
        found = found.where(redemptions.c.owner == owner)
    if giver:
        found = found.where(rewards.c.partner == giver)
    return found.order_by(redemptions.c.redeemed_at.desc(), redemptions.c.voucher.desc())
