"""Lists and searches for the API and the pages. Only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.partners import need as domain
from services.partners.models import NEED, needs, offerings, offers, partners, steps
from services.partners.partner import APPROVED, Partner
from services.partners.refusal import Unknown
from services.partners.store import NeedRow, offering_of, partner_of
from shared.permissions import Scope, User, scope_of


@dataclass(frozen=True)
class Page:
    """One page of a list, and how long the list is."""

    items: Sequence[Any]
    page: int
    page_size: int
    total: int


def page_of(
    connection: sa.Connection, statement: sa.Select[Any], page: int, page_size: int
) -> Page:
    """One page of ``statement``'s rows, as mappings."""
    count = sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())
    total = connection.execute(count).scalar_one()
    limited = statement.limit(page_size).offset((page - 1) * page_size)
    return Page(list(connection.execute(limited).mappings()), page, page_size, total)


def list_partners(
    connection: sa.Connection, *, category: str = "", community: str = "", state: str = APPROVED
) -> list[Partner]:
    """Partners by kind and name; those who offer ``category`` and cover ``community``."""
    wanted = sa.select(partners).where(partners.c.state == state).order_by(partners.c.code)
    if category:
        with_it = sa.select(offerings.c.partner).where(offerings.c.category == category)
        wanted = wanted.where(partners.c.code.in_(with_it))
    rows = connection.execute(wanted).mappings().all()
    lines: dict[str, list[Any]] = {row["code"]: [] for row in rows}
    found = sa.select(offerings).where(offerings.c.partner.in_(lines))
    for line in connection.execute(found.order_by(offerings.c.line)).mappings():
        lines[line["partner"]].append(offering_of(line))
    made = [partner_of(row, lines[row["code"]]) for row in rows]
    return [p for p in made if not community or not p.communities or community in p.communities]


def get_partner(connection: sa.Connection, code: str) -> Partner:
    """One partner with its lists.

    Raises:
        Unknown: there is none of that code.
    """
    found = sa.select(partners).where(partners.c.code == code)
    row = connection.execute(found).mappings().one_or_none()
    if row is None:
        raise Unknown(f"partner {code}")
    lines = sa.select(offerings).where(offerings.c.partner == code).order_by(offerings.c.line)
    return partner_of(row, [offering_of(line) for line in connection.execute(lines).mappings()])


def partner_names(connection: sa.Connection) -> dict[str, tuple[str, str]]:
    """By code: (Chinese name, English name)."""
    rows = connection.execute(sa.select(partners.c.code, partners.c.name, partners.c.name_en))
    return {row.code: (row.name, row.name_en) for row in rows}


def needs_met(connection: sa.Connection, partner: str) -> int:
    """How many needs a partner has met."""
    met = needs.c.partner == partner, needs.c.state == domain.CONFIRMED
    return connection.execute(sa.select(sa.func.count()).where(*met)).scalar_one()


def need_counts(connection: sa.Connection) -> dict[str, dict[str, int]]:
    """The list of needs as anybody may see it: category -> state -> how many."""
    grouped = sa.select(needs.c.category, needs.c.state, sa.func.count().label("n")).group_by(
        needs.c.category, needs.c.state
    )
    counts: dict[str, dict[str, int]] = {}
    for row in connection.execute(grouped):
        counts.setdefault(row.category, {})[row.state] = row.n
    return counts


def state_counts(connection: sa.Connection, community: str | None) -> dict[str, int]:
    """How many by state, of one community or of all."""
    grouped = sa.select(needs.c.state, sa.func.count().label("n")).group_by(needs.c.state)
    if community is not None:
        grouped = grouped.where(needs.c.community == community)
    return {row.state: row.n for row in connection.execute(grouped)}


def needs_for(user: User, filters: Mapping[str, str | None]) -> sa.Select[Any]:
    """The needs this user may see: all, their community's, or what was shown to their partner.

    Args:
        user: who asks.
        filters: column of ``needs`` -> value; empty ones count for nothing.
    """
    wanted = sa.select(*NEED)
    scope = scope_of(user, "need.read")
    if scope is Scope.PARTNER:
        mine = sa.select(offers.c.need).where(offers.c.partner == (user.partner or ""))
        wanted = wanted.where(needs.c.number.in_(mine))
    elif scope is not Scope.DISTRICT:
        wanted = wanted.where(needs.c.community == (user.community or ""))
    for column, value in filters.items():
        if value:
            wanted = wanted.where(needs.c[column] == value)
    urgent = sa.case({s: n for n, s in enumerate(_ORDER)}, value=needs.c.state, else_=len(_ORDER))
    return wanted.order_by(urgent, needs.c.changed_at.desc(), needs.c.number)


_ORDER = (domain.UNMET, domain.FULFILLED, domain.OFFERED, domain.ACCEPTED, domain.RAISED)
"""What asks for somebody to do something stands on top."""


def get_need(connection: sa.Connection, number: str) -> NeedRow:
    """One need.

    Raises:
        Unknown: there is none of that number.
    """
    row = connection.execute(sa.select(*NEED).where(needs.c.number == number)).one_or_none()
    if row is None:
        raise Unknown(f"need {number}")
    return NeedRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def offers_of(connection: sa.Connection, number: str) -> list[sa.RowMapping]:
    """To whom it was shown, best first, with the partners' names."""
    found = (
        sa.select(offers, partners.c.name, partners.c.name_en)
        .join(partners)
        .where(offers.c.need == number)
        .order_by(offers.c.score.desc(), offers.c.partner)
    )
    return list(connection.execute(found).mappings())


def steps_of(connection: sa.Connection, number: str) -> list[sa.RowMapping]:
    """What happened to it, newest first."""
    found = sa.select(steps).where(steps.c.need == number).order_by(steps.c.version.desc())
    return list(connection.execute(found).mappings())


def offered_to(connection: sa.Connection, partner: str, *states: str) -> list[sa.RowMapping]:
    """The needs shown to a partner and still free, with why it was chosen; newest first."""
    found = (
        sa.select(*NEED, offers.c.reasons, offers.c.offered_at.label("shown_at"))
        .join(offers, offers.c.need == needs.c.number)
        .where(offers.c.partner == partner, offers.c.state.in_(states))
        .order_by(offers.c.offered_at.desc(), needs.c.number)
    )
    return list(connection.execute(found).mappings())


def taken_by(connection: sa.Connection, partner: str, *states: str) -> list[sa.RowMapping]:
    """The needs a partner accepted, in these states, last changed first."""
    mine = needs.c.partner == partner, needs.c.state.in_(states)
    found = sa.select(*NEED).where(*mine).order_by(needs.c.changed_at.desc()).limit(50)
    return list(connection.execute(found).mappings())
