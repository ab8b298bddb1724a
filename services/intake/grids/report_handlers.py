"""What happens to reports from the spot: one function each; load, ask the domain, save.

How they come in is in `report_new_handlers`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.intake import handlers, rules
from services.intake.acceptance import Acceptance
from services.intake.case import Actor, Case, Officer
from services.intake.files.handlers import forget_files
from services.intake.grids import report_rules, report_store, report_words
from services.intake.grids.report import (
    Report,
)
from services.intake.grids.report_new_handlers import due_at
from services.intake.grids.work import work_for
from services.intake.reason import Conflict, Forbidden, Reason, allow, msgid
from shared.db import Transaction
from shared.permissions import Place, User, may

CHANNEL = "grid"


def take(tx: Transaction, number: str, actor: Actor, note: str = "") -> Report:
    """Somebody of the post takes it 接单 and becomes its handler, until it is dispatched.

    Raises:
        Conflict, Forbidden, Unknown: as their names say.

    """
    return _step(tx, number, actor, "take", note, handler=_officer(actor))


def dispatch(tx: Transaction, number: str, actor: Actor, username: str, note: str = "") -> Report:
    """Give it to somebody of the community 派单.

    Raises:
        Invalid: nobody of this name works here.
        Conflict, Forbidden, Unknown: as their names say.

    """
    community = _load_for(tx, number, actor).community
    staff = {one.username: one for one, _role in report_store.staff(tx, community)}
    chosen = staff.get(username)
    allow(report_rules.works_here(chosen))
    return _step(tx, number, actor, "dispatch", note, handler=chosen)


def press(tx: Transaction, number: str, actor: Actor, note: str = "") -> Report:
    """Press on it 督单: it stands on top of its handler's list, with the words.

    Raises:
        Conflict, Forbidden, Unknown: as their names say.

    """
    before = _load_for(tx, number, actor)
    return _step(tx, number, actor, "press", note, pressed=before.pressed + 1)


def solve(tx: Transaction, number: str, actor: Actor, note: str) -> Report:
    """It is put right; what was done.

    Raises:
        Invalid: nothing is said.
        Conflict, Forbidden, Unknown: as their names say.

    """
    allow(report_rules.something_said("note", note))
    before = _load_for(tx, number, actor)
    allow(report_rules.own_work(before, actor, manages=_manages(actor, before)), as_=Forbidden)
    return _step(tx, number, actor, "solve", note, result=note, solved_by=actor.username)


def approve(tx: Transaction, number: str, actor: Actor, note: str = "") -> Report:
    """Reviewed 审单: it is done.

    Raises:
        Forbidden: they solved it themselves, or serve elsewhere.
        Conflict, Unknown: as their names say.

    """
    before = _load_for(tx, number, actor)
    another = report_rules.reviewed_by_another(before, actor, work_for(tx.district))
    allow(another, as_=Forbidden)
    return _step(tx, number, actor, "approve", note, closed_at=tx.now)


def send_back(tx: Transaction, number: str, actor: Actor, note: str) -> Report:
    """Reviewed, and not solved: back to its handler with the reason; the clock starts anew.

    Raises:
        Invalid: no reason.
        Conflict, Forbidden, Unknown: as their names say.

    """
    allow(report_rules.something_said("note", note))
    before = _load_for(tx, number, actor)
    again = {"result": "", "solved_by": "", "due_at": due_at(tx, before.urgency)}
    return _step(tx, number, actor, "return", note, **again)


def dismiss(tx: Transaction, number: str, actor: Actor, note: str) -> Report:
    """Nothing is to be done, and why.

    Raises:
        Invalid: no reason.
        Conflict, Forbidden, Unknown: as their names say.

    """
    allow(report_rules.something_said("note", note))
    return _step(tx, number, actor, "dismiss", note, closed_at=tx.now)


@dataclass(frozen=True)
class Wish:
    """What makes a case of a report: whose, what kind, and the department if it is theirs."""

    name: str
    phone: str
    kind: str
    department: str = ""
    description: str = ""


def to_case(tx: Transaction, number: str, actor: Actor, wish: Wish) -> tuple[Report, Case]:
    """Make a case of it, by the one door; a department's matter is transferred at once.

    The reporter's officer stays answerable: they are the case's owner (首问负责), unless they work
    here no more.

    Raises:
        Invalid: what the case needs is wrong.
        Conflict, Forbidden, Unknown: as their names say.

    """
    before = _load_for(tx, number, actor)
    allow(report_rules.own_work(before, actor, manages=_manages(actor, before)), as_=Forbidden)
    before.step("to-case")
    case = _accepted(tx, before, actor, wish)
    if wish.department:
        reason = report_words.reason_for_department(before)
        case = handlers.transfer_case(tx, case.number, actor, wish.department, reason)
    report_store.photos_to_case(tx, number, case.number)
    linked = {"case_number": case.number, "closed_at": tx.now}
    return _step(tx, number, actor, "to-case", case.number, **linked), case


def forget_old(tx: Transaction, most: int = 100) -> int:
    """Take the person out of reports that were kept long enough (PIPL 19, 47); how many.

    Those a case came of go with the case.
    """
    before = tx.now - timedelta(days=work_for(tx.district).kept_days)
    numbers = report_store.ended_before(tx, before, most)
    for number in numbers:
        forget_files(tx, number)
    report_store.forget(tx, numbers)
    return len(numbers)


# -- inside ----------------------------------------------------------------------------------------


def _accepted(tx: Transaction, report: Report, actor: Actor, wish: Wish) -> Case:
    asked = Acceptance(
        actor,
        report.community,
        wish.name.strip() or report_words.reporter(report),
        wish.phone.strip() or report.phone,
        title=report.title,
        description=wish.description or report_words.description(report),
        kind=wish.kind,
        channel=CHANNEL,
        urgency=report.urgency,
        location=report.place,
        owner=report_store.still_here(tx, report.owner, report.community),
        grid=report.grid,
    )
    outcome = handlers.accept_case(tx, asked)
    if outcome.case is None:
        text, remedy = msgid("这件事不能转为办件"), msgid("请到受理台受理")
        raise Conflict(Reason("kind", text, remedy))
    return outcome.case


def _step(
    tx: Transaction, number: str, actor: Actor, action: str, note: str, **values: Any
) -> Report:
    before = _load_for(tx, number, actor)
    after = report_store.save(tx, before, before.step(action, **values))
    report_store.tell(tx, after, actor.name, action, note)
    return after


def _load_for(tx: Transaction, number: str, actor: Actor) -> Report:
    report = report_store.load(tx, number)
    allow(rules.own_community(actor, report.community), as_=Forbidden)
    return report


def _manages(actor: Actor, report: Report) -> bool:
    user = User(actor.username, actor.name, actor.role, actor.community)
    return may(user, "report.manage", Place(community=report.community))


def _officer(actor: Actor) -> Officer:
    return Officer(actor.username, actor.name)


ACTS: dict[str, Callable[..., Any]] = {
    "take": take,
    "dispatch": dispatch,
    "press": press,
    "solve": solve,
    "approve": approve,
    "return": send_back,
    "dismiss": dismiss,
}
"""Action of the report -> what does it; `to-case` is by itself."""
