"""Loading and saving needs, partners and what matching asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.partners import need as domain
from services.partners.matching import Candidate, Match
from services.partners.models import NEED, cases, needs, offerings, offers, partners, steps
from services.partners.need import Need, Offer
from services.partners.partner import APPROVED, Offering, Partner
from services.partners.refusal import Unknown
from shared.bus.inbox import insert_or_ignore
from shared.db import Stale, Transaction

GOES_ON = "open"
"""The state of a case that has not ended, as far as partners heard."""


@dataclass(frozen=True)
class NeedRow(Need):
    """A need with everything that is kept of it."""

    case_number: str = ""
    case_version: int = 0
    title: str = ""
    wish: str = ""
    location: str = ""
    community_name: str = ""
    owner: str = ""
    owner_name: str = ""
    applicant: str = ""
    phone: str = ""
    language: str = "zh"
    note: str = ""
    raised_at: datetime | None = None
    offered_at: datetime | None = None
    changed_at: datetime | None = None
    points: int = 0
    person_version: int = 0
    erased_at: datetime | None = None


def load_need(tx: Transaction, number: str) -> NeedRow:
    """A need as it stands now.

    Raises:
        Unknown: there is none of that number.
    """
    row = tx.execute(sa.select(*NEED).where(needs.c.number == number)).one_or_none()
    if row is None:
        raise Unknown(f"need {number}")
    return NeedRow(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row's mapping


def needs_of_case(tx: Transaction, case: str, before: int | None = None) -> list[NeedRow]:
    """The needs a case raised, before its version ``before`` if that is given."""
    wanted = [needs.c.case_number == case]
    if before is not None:
        wanted.append(needs.c.case_version < before)
    rows = tx.execute(sa.select(*NEED).where(*wanted).order_by(needs.c.number)).mappings()
    return [NeedRow(**row) for row in rows]


def offers_of(tx: Transaction, number: str) -> list[Offer]:
    """To whom it was shown, and what they said."""
    wanted = sa.select(offers.c.partner, offers.c.state).where(offers.c.need == number)
    return [Offer(row.partner, row.state) for row in tx.execute(wanted.order_by(offers.c.partner))]


def add_need(tx: Transaction, need: NeedRow) -> None:
    """Keep a new need."""
    tx.about(need.number)
    tx.insert(needs, **asdict(need), phone_index=need.phone)


def save_need(tx: Transaction, before: NeedRow, after: NeedRow) -> NeedRow:
    """Keep what changed; whoever changed it meanwhile makes this command run again."""
    tx.about(after.number)
    after = replace(after, changed_at=tx.now)
    found = needs.c.number == before.number, needs.c.version == before.version
    changed = {k: v for k, v in asdict(after).items() if v != getattr(before, k)}
    if "phone" in changed:
        changed["phone_index"] = after.phone
    claim(tx, needs.update().where(*found).values(**changed))
    return after


def claim(tx: Transaction, statement: sa.Update) -> None:
    """Change exactly one row now, before anything is inserted that two at once would both insert.

    Raises:
        Stale: somebody else was first; the command is run again and told so by the rules.
    """
    if tx.execute(statement).rowcount != 1:
        raise Stale(str(statement))


def claim_new(tx: Transaction, table: sa.Table, **values: Any) -> None:
    """Add a row now.

    Raises:
        Stale: another replica added it at the same moment; the command is run again and finds it.
    """
    key = next(iter(table.primary_key.columns))
    added = tx.insert_statement(table).values(**values).on_conflict_do_nothing().returning(key)
    if tx.execute(added).one_or_none() is None:
        raise Stale(f"{table.name} {values[key.name]} is there already")


def add_step(tx: Transaction, need: NeedRow, action: str, who: str, note: str = "") -> None:
    """Remember what happened, for the need's page."""
    tx.insert(
        steps,
        need=need.number,
        version=need.version,
        at=tx.now,
        state=need.state,
        action=action,
        who=who,
        note=note,
    )


def add_offers(tx: Transaction, number: str, matches: Sequence[Match]) -> None:
    """Show it to more partners."""
    for match in matches:
        tx.insert(
            offers,
            need=number,
            partner=match.partner,
            state=domain.OPEN,
            score=match.score,
            reasons=[{"text": r.text, "values": dict(r.values)} for r in match.reasons],
            offered_at=tx.now,
            answered_at=None,
        )


def save_offers(
    tx: Transaction, number: str, before: Sequence[Offer], after: Sequence[Offer]
) -> None:
    """Keep the offers whose state changed."""
    known = {offer.partner: offer.state for offer in before}
    for offer in after:
        if known[offer.partner] != offer.state:
            found = offers.c.need == number, offers.c.partner == offer.partner
            answered = None if offer.state == domain.OPEN else tx.now
            tx.update(offers.update().where(*found).values(state=offer.state, answered_at=answered))


@dataclass(frozen=True)
class CaseRow:
    """What is known of a case here.

    Attributes:
        ended: the version at which it ended, 0 while it goes on.
        person: the resident as corrected: name, phone, and the version that said so; or None.
        erased_at: when the resident was forgotten.
    """

    ended: int
    person: Mapping[str, Any] | None
    erased_at: datetime | None


def hold_case(tx: Transaction, number: str) -> CaseRow:
    """What is known of the case; its row is ours until the commit.

    Needs and ends of a case take this row first, so that of two replicas the second one sees what
    the first one did.
    """
    new = insert_or_ignore(tx, cases).values(number=number, state=GOES_ON, version=0)
    tx.execute(new)
    row = tx.execute(sa.select(cases).where(cases.c.number == number).with_for_update()).one()
    return CaseRow(row.version, row.person, row.erased_at)


def remember_end(tx: Transaction, number: str, state: str, version: int) -> None:
    """Keep the newest end of a case, also when older news come later."""
    if hold_case(tx, number).ended < version:
        known = cases.c.number == number
        tx.update(cases.update().where(known).values(state=state, version=version))


def partner_name(tx: Transaction, code: str) -> str:
    """What a partner is called.

    Raises:
        Unknown: there is no such partner, or it is not approved.
    """
    wanted = sa.select(partners.c.name).where(partners.c.code == code, partners.c.state == APPROVED)
    name: str | None = tx.execute(wanted).scalar_one_or_none()
    if name is None:
        raise Unknown(f"partner {code}")
    return name


def candidates(tx: Transaction, category: str, community: str) -> list[Candidate]:
    """Every approved partner with something of ``category``, as matching sees it."""
    rows = tx.execute(
        sa.select(partners.c.code, partners.c.communities, partners.c.capacity, offerings.c.name)
        .join(offerings, offerings.c.partner == partners.c.code)
        .where(partners.c.state == APPROVED, offerings.c.category == category)
        .order_by(partners.c.code, offerings.c.line)
    ).all()
    carrying = _counts(tx, needs.c.state == domain.ACCEPTED)
    done = _counts(tx, needs.c.state == domain.CONFIRMED, needs.c.community == community)
    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(row.code, []).append(row.name)
    found = {row.code: row for row in rows}
    return [
        Candidate(
            code,
            {category: tuple(names[code])},
            tuple(row.communities),
            row.capacity,
            carrying.get(code, 0),
            done.get(code, 0),
        )
        for code, row in found.items()
    ]


def _counts(tx: Transaction, *wanted: sa.ColumnElement[bool]) -> dict[str, int]:
    counted = sa.select(needs.c.partner, sa.func.count().label("n")).where(
        *wanted, needs.c.partner.is_not(None)
    )
    rows = tx.execute(counted.group_by(needs.c.partner)).all()
    return {row.partner: row.n for row in rows}


def load_partner(tx: Transaction, code: str) -> Partner:
    """A partner with its lists.

    Raises:
        Unknown: there is none of that code.
    """
    row = tx.execute(sa.select(partners).where(partners.c.code == code)).mappings().one_or_none()
    if row is None:
        raise Unknown(f"partner {code}")
    lines = tx.execute(
        sa.select(offerings).where(offerings.c.partner == code).order_by(offerings.c.line)
    ).mappings()
    return partner_of(row, [offering_of(line) for line in lines])


def partner_of(row: Mapping[Any, Any], lines: Sequence[Offering]) -> Partner:
    """A partner from its row and its lists."""
    kept = (
        "code", "name", "name_en", "kind", "state", "about", "about_en", "contact", "phone",
        "credit_code", "capacity", "origin", "version",
    )  # fmt: skip
    return Partner(
        **{key: row[key] for key in kept},
        communities=tuple(row["communities"]),
        sources=tuple(row["sources"]),
        offerings=tuple(lines),
    )


def offering_of(row: Mapping[Any, Any]) -> Offering:
    """A line of a list from its row."""
    kept = ("list", "category", "name", "name_en", "terms", "terms_en", "confirmed")
    return Offering(**{key: row[key] for key in kept})


def add_partner(tx: Transaction, partner: Partner, by: str) -> None:
    """Keep a new partner and its lists."""
    claim_new(tx, partners, **partner_values(partner), **_registered(tx, partner, by))
    add_offerings(tx, partner)


def partner_values(partner: Partner) -> dict[str, Any]:
    """The columns a partner fills."""
    values = {k: v for k, v in vars(partner).items() if k != "offerings"}
    return values | {"communities": list(partner.communities), "sources": list(partner.sources)}


def add_offerings(tx: Transaction, partner: Partner) -> None:
    """Keep its lists."""
    for line, offering in enumerate(partner.offerings, 1):
        tx.insert(offerings, partner=partner.code, line=line, **vars(offering))
    tx.about(partner.code)


def _registered(tx: Transaction, partner: Partner, by: str) -> dict[str, Any]:
    decided = partner.state == APPROVED
    return {
        "registered_by": by,
        "registered_at": tx.now,
        "decided_by": by if decided else "",
        "decided_at": tx.now if decided else None,
    }
