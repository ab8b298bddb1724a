"""Looking: whose data is held here, all of it, what residents asked, and what is due to go.

Every function takes a read connection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake import queries
from services.intake.case import CLOSED, WITHDRAWN, Case
from services.intake.deliberation import store_forget
from services.intake.models import cases, deliberation, files, history, person_requests, refusals
from services.intake.refusal import Refusal
from services.intake.rights import queries_holders
from services.intake.rights.held import MOST, Held, Whose, rows_of, within
from services.intake.rights.retention import MATTERS, REFUSALS, REQUESTS, Period, Retention
from services.intake.rights.rights import TAKEN, PersonRequest
from services.intake.rights.store import request_of
from services.intake.store import case_of, no_such_case
from shared.sealing import KeyRing, keys_of

OWN_TABLES = (cases, refusals, person_requests)
"""What this module looks through itself."""


@dataclass(frozen=True)
class Wanted:
    """Of whom: any of these that is given. `community` None is the whole district, "" nowhere.

    Nobody is found by `name`: it tells apart who is found by the same telephone.
    """

    phone: str = ""
    id_no: str = ""
    number: str = ""
    community: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Matters:
    """What one person brought, newest first, and what they asked about their data.

    Attributes:
        elsewhere: what the packages hold of them beside: bookings, visits, demands, …
        cut: of some kind there is more than MOST, and the oldest is not here.
    """

    cases: tuple[Case, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    requests: tuple[PersonRequest, ...] = ()
    elsewhere: tuple[Held, ...] = ()
    cut: bool = False

    @property
    def numbers(self) -> list[str]:
        """The numbers of cases and refusals."""
        return [case.number for case in self.cases] + [one.number for one in self.refusals]

    @property
    def door(self) -> str:
        """The number by which the person is opened: of a case or refusal, or what else there is."""
        named = (one.number for one in self.elsewhere if _says_who(one))
        return next(iter((*self.numbers, *named)), "")


@dataclass(frozen=True)
class Due:
    """How one kind of thing is kept: how many there are, the oldest, and what would go now."""

    period: Period
    kept: int
    oldest: datetime | None
    due: int


def matters(connection: sa.Connection, wanted: Wanted, *, of_anybody: bool = False) -> Matters:
    """Everything of who has this telephone or identity number, or of this one case or refusal.

    With `of_anybody` also what stands with the same telephone and may be another's: to look for
    somebody, never to be given out.
    """
    found, refused = _cases(connection, wanted), _refusals(connection, wanted)
    shown = Matters(tuple(found[:MOST]), tuple(refused[:MOST]))
    requests = _requests_about(connection, shown.numbers, wanted)
    whose = replace(_whose(shown, wanted), of_anybody=of_anybody)
    elsewhere, more = queries_holders.ask(connection, whose)
    cut = more or any(len(some) > MOST for some in (found, refused, requests))
    return replace(shown, requests=tuple(requests[:MOST]), elsewhere=tuple(elsewhere), cut=cut)


def beside(connection: sa.Connection, case_number: str) -> list[Held]:
    """What other packages hold that belongs to a case: what it came of, what came of it."""
    found, _more = queries_holders.ask(connection, Whose(cases=(case_number,), of_anybody=True))
    return [one for one in found if one.number != case_number]


def _whose(found: Matters, wanted: Wanted) -> Whose:
    """Who they are, as far as what was found says it."""
    people = [case.applicant for case in found.cases if _may_be(case, wanted)]
    by_id = [one for one in people if wanted.id_no == one.id_no != ""]
    phones = {wanted.phone, *(case.applicant.phone for case in found.cases)}
    phones |= {one.applicant_phone for one in found.refusals}
    certain = {wanted.name, *(one.name for one in by_id)} - {""}
    names = {one.name for one in people} | {one.applicant_name for one in found.refusals}
    ids = {wanted.id_no, *(one.id_no for one in people)} - {""}
    several = len(ids) > 1 or (not certain and len(names - {""}) > 1)
    return Whose(
        phone=wanted.phone,
        own_phones=frozenset(one.phone for one in by_id),
        id_no=wanted.id_no,
        number=wanted.number,
        cases=tuple(found.numbers),
        phones=frozenset(phones - {""}),
        names=frozenset(certain or names - {""}),
        ids=frozenset(ids),
        mixed=several,
        community=wanted.community,
    )


def _may_be(case: Case, wanted: Wanted) -> bool:
    """Whether this case's person may be who is wanted: others share a telephone."""
    person = case.applicant
    if wanted.id_no and person.id_no:
        return person.id_no == wanted.id_no
    return not wanted.name or person.name == wanted.name


def of_same_person(connection: sa.Connection, text: str, community: str | None) -> Matters:
    """Everything of the person of this case or refusal; or of this booking, report or demand.

    Raises:
        Invalid: it is no number of ours.
        Unknown: nothing of this number is held of anybody in this community.
    """
    number = queries.read_number(text)
    one = matters(connection, Wanted(number=number, community=community))
    who = _who(one, number)
    if who is None:
        raise no_such_case(number)
    return matters(connection, replace(who, number=number, community=community))


def _who(one: Matters, number: str) -> Wanted | None:
    """The person of this number, as it says who they are; None: it is of nobody."""
    for case in one.cases:
        return Wanted(case.applicant.phone, case.applicant.id_no, name=case.applicant.name)
    for refusal in one.refusals:
        return Wanted(refusal.applicant_phone, name=refusal.applicant_name)
    named = (held.said for held in one.elsewhere if held.number == number and _says_who(held))
    said = next(named, None)
    if said is None:
        return None
    return Wanted(said.get("phone", ""), said.get("id_no", ""), name=said.get("name", ""))


def _says_who(held: Held) -> bool:
    return any(held.said.get(name) for name in ("phone", "id_no", "name"))


def counts(connection: sa.Connection, found: Matters) -> dict[str, int]:
    """How much of somebody is held, without any of it."""
    numbers = found.numbers
    return {
        "cases": len(found.cases),
        "lines": _count(connection, history, history.c.case_number.in_(numbers)),
        "files": _count(
            connection, files, files.c.case_number.in_(numbers), files.c.removed_at.is_(None)
        ),
        "refusals": len(found.refusals),
        "requests": len(found.requests),
        "elsewhere": len(found.elsewhere),
    }


def list_requests(
    connection: sa.Connection, community: str | None, *, waiting: bool, limit: int = 100
) -> list[PersonRequest]:
    """The register: what waits, the most pressing first; or what was answered last."""
    table = person_requests.c
    chosen = sa.select(person_requests)
    if community is not None:
        chosen = chosen.where(table.community == community)
    if waiting:
        chosen = chosen.where(table.state == TAKEN).order_by(table.due_at, table.number)
    else:
        chosen = chosen.where(table.state != TAKEN).order_by(table.decided_at.desc())
    return [request_of(row) for row in connection.execute(chosen.limit(limit)).mappings()]


def get_request(connection: sa.Connection, number: str) -> PersonRequest | None:
    """The request with this number, if there is one."""
    chosen = sa.select(person_requests).where(person_requests.c.number == number)
    row = connection.execute(chosen).mappings().first()
    return None if row is None else request_of(row)


def due(connection: sa.Connection, retention: Retention, now: datetime) -> list[Due]:
    """What the timer would forget now, for each kind that is kept; nothing personal."""
    return [_due(connection, period, now) for period in retention.periods]


def _due(connection: sa.Connection, period: Period, now: datetime) -> Due:
    ended, where = _ended(period)
    over = sa.func.sum(sa.case((ended < period.cutoff(now), 1), else_=0))
    counted = sa.select(sa.func.count(), sa.func.min(ended), over).where(*where)
    kept, oldest, gone = connection.execute(counted).one()
    return Due(period, kept, oldest, gone or 0)


def _ended(period: Period) -> tuple[sa.Column[Any], tuple[sa.ColumnElement[bool], ...]]:
    if period.kind == REQUESTS:
        decided = person_requests.c.decided_at
        return decided, (decided.is_not(None),)
    if period.kind == MATTERS:
        return deliberation.matters.c.ended_at, (store_forget.still_kept(),)
    if period.kind == REFUSALS:
        return refusals.c.at, (refusals.c.erased_at.is_(None),)
    over = cases.c.state.in_((CLOSED, WITHDRAWN)), cases.c.closed_at.is_not(None)
    return cases.c.closed_at, (cases.c.kind == period.kind, *over, cases.c.erased_at.is_(None))


def _cases(connection: sa.Connection, wanted: Wanted) -> list[Case]:
    keys = keys_of(connection.dialect)
    found = _cases_by(connection, wanted, list(_same_case_person(keys, wanted)))
    by_id = [case.applicant for case in found if wanted.id_no == case.applicant.id_no != ""]
    names, phones = {one.name for one in by_id}, {one.phone for one in by_id} - {"", wanted.phone}
    of_phones = [keys.matches(cases.c.applicant_phone_index, one) for one in sorted(phones)]
    without_id = [
        case
        for case in _cases_by(connection, wanted, of_phones)
        if case.applicant.id_no == "" and case.applicant.name in names
    ]
    return sorted(found + without_id, key=lambda case: case.accepted_at, reverse=True)


def _cases_by(
    connection: sa.Connection, wanted: Wanted, any_of: Sequence[sa.ColumnElement[bool]]
) -> list[Case]:
    newest = sa.select(cases).order_by(cases.c.accepted_at.desc())
    where = sa.and_(sa.or_(*any_of), *within(cases, wanted.community)) if any_of else None
    return [case_of(row) for row in rows_of(connection, newest, where)]


def _same_case_person(keys: KeyRing, wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.number:
        yield cases.c.number == wanted.number
    if wanted.phone:
        yield keys.matches(cases.c.applicant_phone_index, wanted.phone)
    if wanted.id_no:
        yield keys.matches(cases.c.applicant_id_index, wanted.id_no)


def _refusals(connection: sa.Connection, wanted: Wanted) -> list[Refusal]:
    any_of = []
    if wanted.number:
        any_of.append(refusals.c.number == wanted.number)
    if wanted.phone:
        keys = keys_of(connection.dialect)
        any_of.append(keys.matches(refusals.c.applicant_phone_index, wanted.phone))
    newest = sa.select(refusals).order_by(refusals.c.at.desc())
    where = sa.and_(sa.or_(*any_of), *within(refusals, wanted.community)) if any_of else None
    return [Refusal.of(dict(row)) for row in rows_of(connection, newest, where)]


def _requests_about(
    connection: sa.Connection, numbers: list[str], wanted: Wanted
) -> list[PersonRequest]:
    any_of: list[sa.ColumnElement[bool]] = [person_requests.c.about.in_(numbers)]
    if wanted.phone:
        keys = keys_of(connection.dialect)
        any_of.append(keys.matches(person_requests.c.phone_index, wanted.phone))
    where = sa.and_(sa.or_(*any_of), *within(person_requests, wanted.community))
    newest = sa.select(person_requests).order_by(person_requests.c.taken_at.desc())
    return [request_of(row) for row in rows_of(connection, newest, where)]


def _count(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    counted: int = connection.execute(
        sa.select(sa.func.count()).select_from(table).where(*where)
    ).scalar_one()
    return counted
