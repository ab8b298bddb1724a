"""What the key of the day's end would do now: shown before it is pressed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.archive.close import Kept, not_yet, why_not
from services.intake.archive.pack import archive_rules
from services.intake.archive.store import named
from services.intake.case import RESOLVED, Case
from services.intake.models import archive, cases, refusals
from services.intake.store import case_of
from shared.district import District
from shared.sealing.cipher import Tampered
from shared.sealing.keys import UnknownKey


@dataclass(frozen=True)
class Today:
    """What waits for the day's end of one community.

    Attributes:
        closing: resolved cases that are closed first, and then sealed.
        finished: how many others are finished and not sealed.
        kept: resolved cases that stay open, with why.
        unsealed: what the last day's end could not seal and is not sealed yet, as its report says.
    """

    closing: Sequence[Case]
    finished: int
    kept: Sequence[Kept]
    unsealed: Sequence[Mapping[str, Any]] = ()

    @property
    def sealing(self) -> int:
        """How many dossiers there will be."""
        return len(self.closing) + self.finished


def today_of(connection: sa.Connection, district: District, community: str, now: datetime) -> Today:
    """Read by the indexes of what is in hand; the archive itself is not looked at."""
    days = archive_rules(district).rating_workdays
    closing, kept = [], []
    for case in _resolved(connection, community):
        if isinstance(case, Kept):
            kept.append(case)
        elif why := not_yet(case, now, district.calendar, days):
            kept.append(Kept(case.number, case.title, case.owner.name, why))
        else:
            closing.append(case)
    left = _unsealed(connection, community)
    return Today(closing, _finished(connection, community), kept, left)


def _resolved(connection: sa.Connection, community: str) -> Iterator[Case | Kept]:
    """The cases with a result; one that cannot be opened is named, and hides no other."""
    mine = cases.c.community == community, cases.c.state == RESOLVED
    try:
        rows = connection.execute(sa.select(cases).where(*mine).order_by(cases.c.resolved_at))
        yield from [case_of(row) for row in rows.mappings()]
    except (Tampered, UnknownKey):
        asked = sa.select(cases.c.number).where(*mine).order_by(cases.c.resolved_at)
        for number in connection.execute(asked).scalars().all():
            yield _opened(connection, number)


def _opened(connection: sa.Connection, number: str) -> Case | Kept:
    try:
        row = connection.execute(sa.select(cases).where(cases.c.number == number))
        return case_of(row.mappings().one())
    except (Tampered, UnknownKey) as error:
        return Kept(number, *named(connection, number), why_not(error))


def _unsealed(connection: sa.Connection, community: str) -> list[Mapping[str, Any]]:
    """Of what the last report names, what is still not sealed."""
    table = archive.reports
    asked = sa.select(table.c.said).where(table.c.community == community)
    said = connection.execute(asked.order_by(table.c.day.desc()).limit(1)).scalar()
    named = [] if said is None else said.get("unsealed", [])
    numbers = [one["number"] for one in named]
    waiting: dict[str, bool] = {}
    for kept in (cases, refusals):
        same = kept.c.number.in_(numbers), kept.c.archived_at.is_(None)
        found = connection.execute(sa.select(kept.c.number).where(*same)).scalars()
        waiting |= dict.fromkeys(found, kept is refusals)
    return [{**one, "refused": waiting[one["number"]]} for one in named if one["number"] in waiting]


def _finished(connection: sa.Connection, community: str) -> int:
    over = cases.c.closed_at.is_not(None), cases.c.archived_at.is_(None)
    ended = sa.select(sa.func.count()).where(cases.c.community == community, *over)
    refused = sa.select(sa.func.count()).where(
        refusals.c.community == community, refusals.c.archived_at.is_(None)
    )
    return int(connection.execute(ended).scalar_one() + connection.execute(refused).scalar_one())
