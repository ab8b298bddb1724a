"""The end-of-day report 日终报告 of a community: what came, what was done, what is still open."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from services.intake.archive.close import Kept
from services.intake.archive.dossier import places_of
from services.intake.case import AWAITING, CLOSED, OPEN_STATES, RESOLVED, WORKING_STATES
from services.intake.figures import queries
from services.intake.figures.counted import OnTheSpot
from services.intake.figures.queries import Asked, Reader
from services.intake.models import archive, cases
from shared.clock import LOCAL_ZONE, local

COUNTS = ("accepted", "done", "on_spot", "withdrawn", "refused")


@dataclass(frozen=True)
class Owner:
    """What one first responder still answers for."""

    username: str
    name: str
    open: int
    late: int


@dataclass(frozen=True)
class Report:
    """One community's day, in numbers and names of staff.

    Attributes:
        archived: dossiers of what finished that day.
        ways: what was done that day, by the way it was handled.
        completed_at: when what was done after the report, until midnight, was put in; the rest of
            it stays as it was told. None where nothing was.
        notices: open matters that wait for materials told in a notice.
        promises: open matters with materials promised; `promised_until` is the nearest date.
        kept: resolved and not closed, with why.
        unsealed: finished and not sealed, because their dossier could not be made, with why.
    """

    community: str
    day: date
    counts: Mapping[str, int]
    archived: int
    ways: Mapping[str, int]
    open: int
    late: int
    notices: int
    promises: int
    promised_until: datetime | None
    owners: Sequence[Owner]
    kept: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    unsealed: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    completed_at: datetime | None = None

    def document(self) -> dict[str, Any]:
        """As it is kept."""
        until, completed = self.promised_until, self.completed_at
        return {
            "counts": dict(self.counts),
            "archived": self.archived,
            "ways": dict(self.ways),
            "open": self.open,
            "late": self.late,
            "notices": self.notices,
            "promises": self.promises,
            "promised_until": until.isoformat() if until else None,
            "owners": [[one.username, one.name, one.open, one.late] for one in self.owners],
            "kept": list(self.kept),
            "unsealed": list(self.unsealed),
            "completed_at": completed.isoformat() if completed else None,
        }

    @classmethod
    def of(cls, community: str, day: date, said: Mapping[str, Any]) -> "Report":
        """From what was kept."""
        read = {
            "promised_until": _moment(said["promised_until"]),
            "completed_at": _moment(said.get("completed_at")),
            "owners": tuple(Owner(*one) for one in said["owners"]),
        }
        return cls(community, day, **{**said, **read})


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def kept_row(kept: Kept) -> dict[str, Any]:
    """Why one was not closed, or not sealed, as the report holds it."""
    why = kept.why
    return {
        "number": kept.number,
        "owner": kept.owner,
        "text": why.text,
        "remedy": why.remedy,
        "values": dict(why.values),
    }


def report_of(
    reader: Reader,
    community: str,
    now: datetime,
    spot: OnTheSpot,
    kept: Sequence[Kept] = (),
    *,
    unsealed: Sequence[Kept] = (),
) -> Report:
    """The day so far; every part of it is read by an index, and none grows with the archive."""
    day = local(now).date()
    waiting = _open(reader, community, now)
    return Report(
        community=community,
        day=day,
        **_done(reader, community, day, spot),
        owners=_owners(waiting),
        kept=[kept_row(one) for one in kept],
        unsealed=[kept_row(one) for one in unsealed],
        **_sums(waiting),
    )


def completed(reader: Reader, report: Report, spot: OnTheSpot, at: datetime) -> Report:
    """The same report with all that was done that day; what was open stays as it was told."""
    done = _done(reader, report.community, report.day, spot)
    return replace(report, **done, completed_at=at)


def _done(reader: Reader, community: str, day: date, spot: OnTheSpot) -> dict[str, Any]:
    asked = Asked(day, day, (community,), community)
    counted = queries.totals(reader, asked, spot)
    return {
        "counts": {name: counted.get(name, 0) for name in COUNTS},
        "archived": _archived(reader, community, day),
        "ways": _ways(reader, community, day),
    }


def _archived(reader: Reader, community: str, day: date) -> int:
    counted: int = reader.execute(
        sa.select(sa.func.count()).select_from(archive.dossiers).where(*_of_day(community, day))
    ).scalar_one()
    return counted


def _of_day(community: str, day: date) -> tuple[sa.ColumnElement[bool], ...]:
    first, beyond = places_of(day, day)
    table = archive.dossiers.c
    return table.community == community, table.place >= first, table.place < beyond


def _ways(reader: Reader, community: str, day: date) -> dict[str, int]:
    """Of what was done that day, whenever it was closed; each case is in one of the three."""
    first, _ = places_of(day, day)
    dossiers, midnight = archive.dossiers, datetime.combine(day, time(), LOCAL_ZONE)
    here = cases.c.community == community
    of_day = cases.c.resolved_at >= midnight, cases.c.resolved_at < midnight + timedelta(days=1)
    way = sa.select(cases.c.way)
    found: Counter[str] = Counter()
    for query in (
        way.join(dossiers, dossiers.c.number == cases.c.number).where(
            dossiers.c.community == community,
            dossiers.c.place >= first,  # closed on that day or since
            cases.c.archived_at.is_not(None),
            cases.c.state == CLOSED,
        ),
        way.where(here, cases.c.state == RESOLVED),
        way.where(
            here,
            cases.c.state == CLOSED,
            cases.c.closed_at.is_not(None),
            cases.c.archived_at.is_(None),
        ),
    ):
        found.update(reader.execute(query.where(*of_day)).scalars())
    return dict(sorted(found.items()))


@dataclass(frozen=True)
class _Open:
    """The little of an open case that the report counts."""

    username: str
    name: str
    late: bool
    notice: bool
    promise_by: datetime | None


def _open(reader: Reader, community: str, now: datetime) -> list[_Open]:
    table = cases.c
    asked = sa.select(
        table.owner_username, table.owner_name, table.state, table.due_at, table.promise_by
    ).where(table.community == community, table.state.in_(OPEN_STATES))
    return [
        _Open(
            username=row.owner_username,
            name=row.owner_name,
            late=row.state in WORKING_STATES and row.due_at is not None and row.due_at < now,
            notice=row.state == AWAITING,
            promise_by=row.promise_by,
        )
        for row in reader.execute(asked)
    ]


def _sums(waiting: Sequence[_Open]) -> dict[str, Any]:
    promised = [one.promise_by for one in waiting if one.promise_by is not None]
    return {
        "open": len(waiting),
        "late": sum(one.late for one in waiting),
        "notices": sum(one.notice for one in waiting),
        "promises": len(promised),
        "promised_until": min(promised, default=None),
    }


def _owners(waiting: Sequence[_Open]) -> tuple[Owner, ...]:
    held: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in waiting:
        held[one.username, one.name].append(one.late)
    owners = [Owner(*who, len(late), sum(late)) for who, late in held.items()]
    return tuple(sorted(owners, key=lambda one: (-one.late, -one.open, one.username)))
