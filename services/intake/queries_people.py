"""Looking: whose data is held here, all of it, what residents asked, and what is due to go.

Every function takes a read connection.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake import queries
from services.intake.case import CLOSED, WITHDRAWN, Case
from services.intake.models import cases, files, history, person_requests, refusals
from services.intake.people import TAKEN, PersonRequest
from services.intake.refusal import Refusal
from services.intake.retention import REFUSALS, REQUESTS, Period, Retention
from services.intake.store import case_of, no_such_case
from services.intake.store_people import request_of
from shared.sealing import KeyRing, keys_of

MOST = 500
"""Matters of one person shown or given out at once; nobody has brought more."""


@dataclass(frozen=True)
class Wanted:
    """Of whom: any of these that is given. `community` None is the whole district, "" nowhere."""

    phone: str = ""
    id_no: str = ""
    number: str = ""
    community: str | None = None


@dataclass(frozen=True)
class Matters:
    """What one person brought, newest first, and what they asked about their data."""

    cases: tuple[Case, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    requests: tuple[PersonRequest, ...] = ()

    @property
    def numbers(self) -> list[str]:
        """The numbers of cases and refusals."""
        return [case.number for case in self.cases] + [one.number for one in self.refusals]


@dataclass(frozen=True)
class Due:
    """How one kind of thing is kept: how many there are, the oldest, and what would go now."""

    period: Period
    kept: int
    oldest: datetime | None
    due: int


def matters(connection: sa.Connection, wanted: Wanted) -> Matters:
    """Everything of who has this telephone or identity number, or of this one case or refusal."""
    found = _cases(connection, wanted)
    refused = _refusals(connection, wanted)
    both = Matters(found, refused)
    return Matters(found, refused, _requests_about(connection, both.numbers, wanted))


def of_same_person(connection: sa.Connection, text: str, community: str | None) -> Matters:
    """Everything of the person of this case or refusal.

    Raises:
        Invalid: it is no number of ours.
        Unknown: there is no such case or refusal in this community.
    """
    number = queries.read_number(text)
    one = matters(connection, Wanted(number=number, community=community))
    if one.cases:
        person = one.cases[0].applicant
        wanted = Wanted(person.phone, person.id_no, number, community)
    elif one.refusals:
        wanted = Wanted(one.refusals[0].applicant_phone, "", number, community)
    else:
        raise no_such_case(number)
    return matters(connection, wanted)


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
    if period.kind == REFUSALS:
        return refusals.c.at, (refusals.c.erased_at.is_(None),)
    over = cases.c.state.in_((CLOSED, WITHDRAWN)), cases.c.closed_at.is_not(None)
    return cases.c.closed_at, (cases.c.kind == period.kind, *over, cases.c.erased_at.is_(None))


def _cases(connection: sa.Connection, wanted: Wanted) -> tuple[Case, ...]:
    any_of = list(_same_case_person(keys_of(connection.dialect), wanted))
    if not any_of:
        return ()
    chosen = sa.select(cases).where(sa.or_(*any_of), *_within(cases, wanted.community))
    newest = chosen.order_by(cases.c.accepted_at.desc()).limit(MOST)
    return tuple(case_of(row) for row in connection.execute(newest).mappings())


def _same_case_person(keys: KeyRing, wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.number:
        yield cases.c.number == wanted.number
    if wanted.phone:
        yield keys.matches(cases.c.applicant_phone_index, wanted.phone)
    if wanted.id_no:
        yield keys.matches(cases.c.applicant_id_index, wanted.id_no)


def _refusals(connection: sa.Connection, wanted: Wanted) -> tuple[Refusal, ...]:
    any_of = []
    if wanted.number:
        any_of.append(refusals.c.number == wanted.number)
    if wanted.phone:
        keys = keys_of(connection.dialect)
        any_of.append(keys.matches(refusals.c.applicant_phone_index, wanted.phone))
    if not any_of:
        return ()
    chosen = sa.select(refusals).where(sa.or_(*any_of), *_within(refusals, wanted.community))
    newest = chosen.order_by(refusals.c.at.desc()).limit(MOST)
    return tuple(Refusal.of(dict(row)) for row in connection.execute(newest).mappings())


def _requests_about(
    connection: sa.Connection, numbers: list[str], wanted: Wanted
) -> tuple[PersonRequest, ...]:
    any_of: list[sa.ColumnElement[bool]] = [person_requests.c.about.in_(numbers)]
    if wanted.phone:
        keys = keys_of(connection.dialect)
        any_of.append(keys.matches(person_requests.c.phone_index, wanted.phone))
    chosen = sa.select(person_requests).where(
        sa.or_(*any_of), *_within(person_requests, wanted.community)
    )
    newest = chosen.order_by(person_requests.c.taken_at.desc()).limit(MOST)
    return tuple(request_of(row) for row in connection.execute(newest).mappings())


def _within(table: sa.Table, community: str | None) -> tuple[sa.ColumnElement[bool], ...]:
    return () if community is None else (table.c.community == community,)


def _count(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    counted: int = connection.execute(
        sa.select(sa.func.count()).select_from(table).where(*where)
    ).scalar_one()
    return counted
