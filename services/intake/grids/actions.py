"""What API and pages do alike: what was said becomes commands, and what is shown is looked up."""

from collections.abc import Mapping
from typing import Any

from services.intake.api import actor_of
from services.intake.case import Actor
from services.intake.grids import (
    care_handlers,
    notice_handlers,
    report_handlers,
    report_rules,
)
from services.intake.grids.care_person import CarePerson
from services.intake.grids.notice import Notice
from services.intake.grids.report import OPEN_STATES, STATES, Draft, Position, Report
from services.intake.grids.report_handlers import Wish
from services.intake.grids.report_new_handlers import Made, make_report
from services.intake.grids.work import GridWork
from services.intake.models import grid_list
from shared.clock import now
from shared.permissions import Place, User, may
from shared.runtime import Runtime
from shared.web.problem import plain

Said = Mapping[str, Any]
MANAGED = frozenset({"take", "dispatch", "press", "approve", "return", "dismiss"})
"""What only who manages reports does; the rest is for whoever handles them."""


def draft_of(said: Said, actor: Actor, community: str) -> Draft:
    """A report as API and page read it, as the domain knows it.

    Items may come as ``checklist.item``, as the page sends them where no script hides the other
    checklists: those of the chosen one count, and without a choice the first one's.
    """
    checklist, found = _found(said)
    position = None
    if said["lat"] is not None and said["lng"] is not None:
        position = Position(said["lat"], said["lng"], said["accuracy"])
    return Draft(
        client_id=said["id"],
        actor=actor,
        kind=said["kind"],
        community=community,
        seen_at=said["seen_at"] or now(),
        grid=said["grid"],
        category=said["category"],
        checklist=checklist,
        found=found,
        answers=dict(one.split(":", 1) for one in said["answers"] if ":" in one),
        words=said["words"],
        place=said["place"],
        position=position,
        urgency=said["urgency"],
        care=said["care"],
        phone=said.get("phone", ""),
        done=said["done"].strip(),
        photos=said["photos"],
        edited=said["edited"],
    )


def make(runtime: Runtime, draft: Draft) -> Made:
    """Take a report in, once.

    Raises:
        Rejected: as `make_report`.

    """
    return runtime.database.run(lambda tx: make_report(tx, draft))


def may_act(user: User, action: str, report: Report, work: GridWork) -> bool:
    """Whether this person may do this to this report, as it is now."""
    here = Place(community=report.community)
    if not may(user, "report.manage" if action in MANAGED else "report.handle", here):
        return False
    actor, manages = actor_of(user), may(user, "report.manage", here)
    return report_rules.not_theirs(report, action, actor, work, manages=manages) is None


def act(runtime: Runtime, number: str, action: str, actor: Actor, said: Said) -> Report:
    """Do something to a report.

    Raises:
        Problem: 404 for an act that is not there.
        Rejected: as the handler.

    """
    if action == "to-case":
        return to_case(runtime, number, actor, said)
    work = report_handlers.ACTS.get(action)
    if work is None:
        raise plain(404)
    report: Report = runtime.database.run(
        lambda tx: work(tx, number, actor, **said), row=(grid_list.reports, number)
    )
    return report


def to_case(runtime: Runtime, number: str, actor: Actor, said: Said) -> Report:
    """Make a case of it.

    Raises:
        Rejected: as `report_handlers.to_case`.

    """
    wish = Wish(**said)
    report, _case = runtime.database.run(
        lambda tx: report_handlers.to_case(tx, number, actor, wish)
    )
    return report


def states_of(asked: str) -> tuple[str, ...]:
    """The states a list is asked for: all, the open ones, or one."""
    if asked == "open":
        return OPEN_STATES
    return (asked,) if asked in STATES else ()


def issue(runtime: Runtime, actor: Actor, community: str, said: Said) -> Notice:
    """Give a rectification notice.

    Raises:
        Rejected: as `notice_handlers.issue`.

    """
    asked = notice_handlers.Asked(**{**said, "wrong": tuple(said["wrong"].splitlines())})
    return runtime.database.run(lambda tx: notice_handlers.issue(tx, actor, community, asked))


def check_notice(runtime: Runtime, number: str, action: str, actor: Actor, said: Said) -> Notice:
    """Say what was found when somebody looked again, or back.

    Raises:
        Problem: 404 for an act that is not there.
        Rejected: as the handler.

    """
    work = notice_handlers.ACTS.get(action)
    if work is None:
        raise plain(404)
    given = {"found": said["found"]}
    if action in notice_handlers.WITH_DAY:
        given["until"] = said["until"]
    return runtime.database.run(lambda tx: work(tx, number, actor, **given))


def add_care(runtime: Runtime, actor: Actor, community: str, said: Said) -> CarePerson:
    """Put somebody on the care list.

    Raises:
        Rejected: as `care_handlers.add`.

    """
    asked = _care(said)
    return runtime.database.run(lambda tx: care_handlers.add(tx, actor, community, asked))


def change_care(runtime: Runtime, number: str, actor: Actor, said: Said) -> CarePerson:
    """Change what is kept of somebody.

    Raises:
        Rejected: as `care_handlers.change`.

    """
    seen = said["version"]
    asked = _care({name: value for name, value in said.items() if name != "version"})
    return runtime.database.run(lambda tx: care_handlers.change(tx, number, actor, asked, seen))


def end_care(runtime: Runtime, number: str, actor: Actor, why: str) -> CarePerson:
    """Take somebody off the care list.

    Raises:
        Rejected: as `care_handlers.end`.

    """
    return runtime.database.run(lambda tx: care_handlers.end(tx, number, actor, why))


def _care(said: Said) -> care_handlers.Asked:
    return care_handlers.Asked(**{**said, "groups": tuple(said["groups"])})


def _found(said: Said) -> tuple[str, tuple[str, ...]]:
    pairs = [one.rpartition(".") for one in said["found"]]
    chosen = said["checklist"] or next((of for of, _, _ in pairs if of), "")
    return chosen, tuple(item for of, _, item in pairs if of in ("", chosen))
