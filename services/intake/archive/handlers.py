"""The day's end 日终归档: what may be closed is closed, what is finished sealed, the day told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.intake import handlers, store
from services.intake.archive import store as store_archive
from services.intake.archive.close import Kept, not_yet, why_not
from services.intake.archive.pack import archive_rules
from services.intake.archive.queries_report import Report, completed, report_of
from services.intake.archive.store import ToSeal
from services.intake.archive.store_sealed import seal_cases, seal_refusals
from services.intake.case import RESOLVED, Actor, Case
from services.intake.figures.counted import OnTheSpot
from services.intake.figures.pack import figure_rules
from services.intake.models import archive, cases
from services.intake.reason import Reason
from shared.clock import local
from shared.db import Transaction

NOTE = "日终归档"
CLOSED_BY_DAY = "archive.closed"
REPORTED = "archive.reported"


def resolved(tx: Transaction, community: str, until: datetime) -> list[str]:
    """The cases of a community with a result since before a moment, the oldest first."""
    found = sa.select(cases.c.number).where(
        cases.c.community == community, cases.c.state == RESOLVED, cases.c.resolved_at <= until
    )
    return list(tx.execute(found.order_by(cases.c.resolved_at)).scalars())


def close_portion(
    tx: Transaction, numbers: Sequence[str], actor: Actor
) -> tuple[list[str], list[Kept]]:
    """Close those of them that may be closed; returns them, and the others with why not."""
    rules = archive_rules(tx.district)
    found = store.load_all(tx, numbers)
    closed, kept = [], []
    for number in numbers:
        case = found.get(number)
        if case is None or case.state != RESOLVED:
            continue  # somebody closed or reopened it meanwhile
        why = not_yet(case, tx.now, tx.district.calendar, rules.rating_workdays)
        if why is not None:
            kept.append(_kept(case, why))
            continue
        handlers.close_case(tx, number, actor, NOTE)
        tx.record(CLOSED_BY_DAY, number)
        closed.append(number)
    return closed, kept


def _kept(case: Case, why: Reason) -> Kept:
    return Kept(case.number, case.title, case.owner.name, why)


def seal_portion(tx: Transaction, wanted: ToSeal, by: str, limit: int) -> list[str]:
    """Seal what is finished, at most this many; returns their numbers. Fewer: nothing is left."""
    done = seal_cases(tx, wanted, by, limit)
    return done + seal_refusals(tx, wanted, by, limit - len(done))


def portion(tx: Transaction, wanted: ToSeal, limit: int) -> list[str]:
    """What `seal_portion` would seal; nothing of it is opened."""
    found = store_archive.cases_to_seal(tx, wanted, limit)
    return found + store_archive.refusals_to_seal(tx, wanted, limit - len(found))


def not_done(tx: Transaction, number: str, error: Exception) -> Kept:
    """One that could not be closed or sealed, with why; who brought it is not named."""
    title, owner = store_archive.named(tx, number)
    return Kept(number, title, owner, why_not(error))


def tell_day(
    tx: Transaction,
    community: str,
    until: datetime,
    by: str,
    kept: Sequence[Kept],
    *,
    unsealed: Sequence[Kept] = (),
) -> Report:
    """Keep the day's report; told again the same day, the later one stands.

    What was done after the report before it, until that day's midnight, is put into that one.
    """
    spot = figure_rules(tx.district).on_spot
    report = report_of(tx, community, until, spot, kept, unsealed=unsealed)
    _complete_earlier(tx, community, report.day, spot)
    table, said = archive.reports, report.document()
    row = {"made_at": tx.now, "made_by": by, "said": said}
    known = told(tx, community, report.day)
    if known is None:
        tx.insert(table, community=community, day=report.day, version=1, **row)
    else:
        _change(tx, report, known[0], row)
    tx.record(REPORTED, community, day=report.day.isoformat())
    return report


def _complete_earlier(tx: Transaction, community: str, day: date, spot: OnTheSpot) -> None:
    """The report before this day's is told whole, once, where its day was not over when made."""
    table = archive.reports
    asked = sa.select(table).where(table.c.community == community, table.c.day < day)
    row = tx.execute(asked.order_by(table.c.day.desc()).limit(1)).mappings().first()
    if row is None or local(row["made_at"]).date() > row["day"]:
        return
    before = Report.of(community, row["day"], row["said"])
    if before.completed_at is None:
        whole = completed(tx, before, spot, tx.now)
        _change(tx, whole, row["version"], {"said": whole.document()})
        tx.record(REPORTED, community, day=whole.day.isoformat())


def _change(tx: Transaction, report: Report, version: int, changes: Mapping[str, Any]) -> None:
    table = archive.reports
    one = (table.c.community == report.community, table.c.day == report.day)
    same = table.c.version == version
    tx.update(table.update().where(*one, same).values(version=version + 1, **changes))


def told(tx: Transaction, community: str, day: date) -> tuple[int, datetime] | None:
    """The version of a day's report and when it was made, if there is one."""
    table = archive.reports
    asked = sa.select(table.c.version, table.c.made_at).where(
        table.c.community == community, table.c.day == day
    )
    found = tx.execute(asked).one_or_none()
    return None if found is None else (found.version, found.made_at)
