"""What happens to rectification notices 整改通知书: given, looked at again, looked back at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.intake import rules
from services.intake.case import Actor, Officer
from services.intake.grids import notice_store, report_rules, report_store
from services.intake.grids.notice import (
    ISSUED,
    Notice,
    after_today,
    says_what_is_wrong,
)
from services.intake.grids.territory import grid_known
from services.intake.grids.work import work_for
from services.intake.reason import Forbidden, allow
from shared.case_number import make
from shared.clock import local
from shared.db import Transaction
from shared.workdays import end_of_day

SERIES = "grid_notice"


@dataclass(frozen=True)
class Asked:
    """A notice as it is written. `by`: the day until which; None for the pack's days from now."""

    addressee: str
    place: str
    wrong: tuple[str, ...]
    basis: str = ""
    until: date | None = None
    checker: str = ""
    report: str = ""
    grid: str = ""


def issue(tx: Transaction, actor: Actor, community: str, asked: Asked) -> Notice:
    """Give a notice; who looks again is the checker, or who gave it.

    Raises:
        Invalid: naming each wrong field.
        Forbidden: another community's.
        Unknown: no such report.

    """
    allow(rules.own_community(actor, community), as_=Forbidden)
    rule = work_for(tx.district).notices
    until = end_of_day(asked.until) if asked.until else _in_days(tx, rule.days)
    wrong = tuple(one.strip() for one in asked.wrong if one.strip())
    checker = _checker(tx, community, asked.checker or actor.username)
    allow(
        report_rules.something_said("addressee", asked.addressee),
        report_rules.something_said("place", asked.place),
        says_what_is_wrong(wrong),
        after_today("until", until, tx.now),
        grid_known(tx.district, community, asked.grid),
        report_rules.works_here(checker),
    )
    notice = Notice(
        number=make(rule.prefix, local(tx.now).date(), tx.serial(SERIES)),
        state=ISSUED,
        report_number=asked.report,
        community=community,
        grid=asked.grid,
        addressee=asked.addressee.strip(),
        place=asked.place.strip(),
        wrong=wrong,
        basis=asked.basis.strip(),
        issued_at=tx.now,
        by=Officer(actor.username, actor.name),
        checker=checker or Officer(actor.username, actor.name),
        due_at=until,
    )
    if asked.report:
        _tell_report(tx, actor, notice)
    notice_store.add(tx, notice)
    notice_store.tell(tx, notice, actor.name, "issue")
    tx.about(notice.number)
    return notice


def passed(tx: Transaction, number: str, actor: Actor, found: str) -> Notice:
    """Looked at again: it is put right; somebody looks back later (回头看).

    Raises:
        Invalid: what was found is not said.
        Conflict, Forbidden, Unknown: as their names say.

    """
    later = _in_days(tx, work_for(tx.district).notices.look_back_days)
    return _step(tx, number, actor, "passed", found, look_back_at=later)


def failed(
    tx: Transaction, number: str, actor: Actor, found: str, until: date | None = None
) -> Notice:
    """Looked at again: it is not put right; until a new day.

    Raises:
        Invalid: what was found is not said, or the day is over.
        Conflict, Forbidden, Unknown: as their names say.

    """
    return _step(tx, number, actor, "failed", found, due_at=_until(tx, until))


def held(tx: Transaction, number: str, actor: Actor, found: str) -> Notice:
    """Looked back: it held.

    Raises:
        Invalid, Conflict, Forbidden, Unknown: as their names say.

    """
    return _step(tx, number, actor, "held", found, ended_at=tx.now)


def came_back(
    tx: Transaction, number: str, actor: Actor, found: str, until: date | None = None
) -> Notice:
    """Looked back: it is as it was; to be put right anew.

    Raises:
        Invalid, Conflict, Forbidden, Unknown: as their names say.

    """
    again = {"due_at": _until(tx, until), "look_back_at": None}
    return _step(tx, number, actor, "came-back", found, **again)


def withdraw(tx: Transaction, number: str, actor: Actor, found: str) -> Notice:
    """It was given wrongly, and why.

    Raises:
        Invalid, Conflict, Forbidden, Unknown: as their names say.

    """
    return _step(tx, number, actor, "withdraw", found, ended_at=tx.now)


ACTS: dict[str, Callable[..., Notice]] = {
    "passed": passed,
    "failed": failed,
    "held": held,
    "came-back": came_back,
    "withdraw": withdraw,
}
"""Action -> what does it."""
WITH_DAY = frozenset({"failed", "came-back"})
"""Actions that take a new day."""


def _step(
    tx: Transaction, number: str, actor: Actor, action: str, found: str, **values: Any
) -> Notice:
    allow(report_rules.something_said("found", found))
    before = notice_store.load(tx, number)
    allow(rules.own_community(actor, before.community), as_=Forbidden)
    looked = {"found": found.strip(), "checks": before.checks + 1}
    after = notice_store.save(tx, before, before.step(action, **looked, **values))
    notice_store.tell(tx, after, actor.name, action, found.strip())
    return after


def _until(tx: Transaction, day: date | None) -> datetime:
    until = end_of_day(day) if day else _in_days(tx, work_for(tx.district).notices.days)
    allow(after_today("until", until, tx.now))
    return until


def _in_days(tx: Transaction, days: int) -> datetime:
    return end_of_day(local(tx.now).date() + timedelta(days=days))


def _checker(tx: Transaction, community: str, username: str) -> Officer | None:
    staff = report_store.staff(tx, community)
    return next((one for one, _role in staff if one.username == username), None)


def _tell_report(tx: Transaction, actor: Actor, notice: Notice) -> None:
    """The report's timeline names the notice; both are of one community."""
    report = report_store.load(tx, notice.report_number)
    allow(rules.own_community(actor, report.community), as_=Forbidden)
    after = report_store.save(tx, report, report)
    report_store.tell(tx, after, actor.name, "notice", notice.number)
