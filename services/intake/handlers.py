"""What happens at the desk: one function each; load, ask the domain, save, write the outbox.

What is heard from other services is in `facts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from services.intake import acceptance, events, repeated, rules, steps, store
from services.intake.acceptance import Acceptance
from services.intake.case import AWAITING, SYSTEM, Actor, Case
from services.intake.models import cases, refusals
from services.intake.reason import Forbidden, Invalid, Reason, allow
from services.intake.refusal import Refusal, refusal_from
from shared.case_number import make
from shared.clock import local
from shared.db import Transaction


@dataclass(frozen=True)
class Outcome:
    """What became of a matter at the desk: a case, or a refusal; `repeated` when asked before."""

    case: Case | None = None
    refusal: Refusal | None = None
    repeated: bool = False


def accept_case(tx: Transaction, asked: Acceptance) -> Outcome:
    """Give a receipt (A36), or refuse a certificate that communities must not issue.

    Raises:
        Invalid: naming each wrong field; or the Idempotency-Key was used for something else.
        Forbidden: the officer serves another community.

    """
    checked = acceptance.check(asked, tx.district)
    number = _new_number(tx, "case", tx.district.case_prefix)
    if asked.key:
        earlier = repeated.claim(tx, asked, number)
        if earlier is not None:
            return _as_before(tx, earlier)
    certificate = acceptance.certificate_asked_for(checked, tx.district)
    if certificate is not None:
        refusal = refusal_from(checked, certificate, number, tx.now)
        tx.about(number)
        tx.insert(refusals, **refusal.row())
        return Outcome(refusal=refusal)
    case = acceptance.case_from(checked, number, tx.now, tx.district)
    said = {"channel": case.channel}
    if asked.not_a_certificate:
        said["not_a_certificate"] = asked.not_a_certificate
    store.add(tx, case, who=asked.actor.name, action="accepted", data=said)
    events.accepted(tx, case)
    return Outcome(case=case)


def give_notice(tx: Transaction, number: str, actor: Actor, missing: Sequence[str] = ()) -> Case:
    """Give the once-only notice: everything missing, with what the officer adds (A36).

    Raises:
        Rejected: as `steps.give_notice`; Unknown; Forbidden.

    """
    before = _load_for(tx, number, actor)
    workdays = tx.district.rules.supplement_workdays
    supplement_by = tx.district.calendar.add_workdays(tx.now, workdays)
    after = steps.give_notice(before, actor, missing, tx.now, supplement_by)
    told = list(after.notice.missing) if after.notice else []
    said = {"missing": told, "supplement_by": supplement_by.isoformat()}
    after = store.save(tx, before, after, who=actor.name, action="notice", data=said)
    events.notice_given(tx, after)
    return after


def take_materials(tx: Transaction, number: str, actor: Actor, received: Sequence[str]) -> Case:
    """Missing materials came in; with the last of them the limit starts anew (A36).

    Raises:
        Rejected: as `steps.take_materials`; Unknown; Forbidden.

    """
    before = _load_for(tx, number, actor)
    after = steps.take_materials(before, received, _due_from_now(tx, before))
    said = {"received": list(received), "missing": list(after.missing)}
    after = store.save(tx, before, after, who=actor.name, action="materials", data=said)
    events.materials_received(tx, after, received)
    return after


def move_to_back_office(tx: Transaction, number: str, actor: Actor, note: str = "") -> Case:
    """Hand the work, not the responsibility, to the back office (N).

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = _load_for(tx, number, actor)
    after = steps.move_to_back_office(before)
    after = store.save(tx, before, after, who=actor.name, action="back-office", data={"note": note})
    events.moved_to_back_office(tx, after, note)
    return after


def transfer_case(
    tx: Transaction, number: str, actor: Actor, department: str | None = None, reason: str = ""
) -> Case:
    """Ask routing for a work order; `department` is the officer's choice, or None.

    Raises:
        Invalid: the department is unknown.
        Conflict, Unknown, Forbidden: as their names say.

    """
    allow(rules.department_known(tx.district, department))
    before = _load_for(tx, number, actor)
    after = steps.transfer(before, tx.now)
    name = tx.district.departments[department].short if department else ""
    said = {"transfer": after.transfers, "department": name, "reason": reason}
    after = store.save(tx, before, after, who=actor.name, action="transfer", data=said)
    events.transferred(tx, after, department, reason)
    return after


def resolve_case(tx: Transaction, number: str, actor: Actor, result: str) -> Case:
    """Record the community's own result; the resident is asked to rate it.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = _load_for(tx, number, actor)
    after = steps.resolve(before, actor, result, tx.now)
    after = store.save(tx, before, after, who=actor.name, action="resolve", data={"result": result})
    events.resolved(tx, after)
    return after


def rate_case(tx: Transaction, number: str, actor: Actor, grade: str, comment: str = "") -> Case:
    """Record the resident's grade, by score (1 to 5) or code; the actor may be RESIDENT.

    Raises:
        Invalid: no such grade.
        Conflict, Unknown, Forbidden: as their names say.

    """
    known = rules.grade_known(tx.district, grade)
    if isinstance(known, Reason):
        raise Invalid(known)
    before = _load_for(tx, number, actor)
    after = steps.rate(before, known, comment, tx.now)
    said = {"grade": known.name, "grade_en": known.name_en, "comment": comment}
    after = store.save(tx, before, after, who=actor.name, action="rate", data=said)
    events.rated(tx, after)
    return after


def reopen_case(tx: Transaction, number: str, actor: Actor, reason: str) -> Case:
    """Not solved: it goes on under the same owner (B14); the actor may be RESIDENT.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = _load_for(tx, number, actor)
    after = steps.reopen(before)
    after = store.save(tx, before, after, who=actor.name, action="reopen", data={"reason": reason})
    events.reopened(tx, after, reason)
    return after


def close_case(tx: Transaction, number: str, actor: Actor, note: str = "") -> Case:
    """Archive a resolved case (N: 日终归档).

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = _load_for(tx, number, actor)
    after = steps.close(before, tx.now)
    after = store.save(tx, before, after, who=actor.name, action="close", data={"note": note})
    events.closed(tx, after)
    return after


def withdraw_case(tx: Transaction, number: str, actor: Actor, reason: str) -> Case:
    """Withdraw at the applicant's wish, or for want of the missing materials (A36).

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = _load_for(tx, number, actor)
    after = steps.withdraw(before, tx.now)
    after = store.save(
        tx, before, after, who=actor.name, action="withdraw", data={"reason": reason}
    )
    events.withdrawn(tx, after, reason)
    return after


def raise_need(
    tx: Transaction, number: str, actor: Actor, category: str, wish: str, *, location: str = ""
) -> Case:
    """Offer what the resident needs to the partners; the need is named <case>-n1 and so on.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = _load_for(tx, number, actor)
    after = steps.raise_need(before)
    said = {"category": category, "wish": wish}
    after = store.save(tx, before, after, who=actor.name, action="need", data=said)
    events.need_raised(tx, after, category, wish, location or after.location)
    return after


def withdraw_unsupplemented(tx: Transaction, limit: int = 100) -> int:
    """Withdraw what was not put right in time, and tell the applicant (A36). Returns how many."""
    overdue = (
        sa.select(cases.c.number)
        .where(cases.c.state == AWAITING, cases.c.supplement_by < tx.now)
        .order_by(cases.c.supplement_by)
        .limit(limit)
    )
    numbers = tx.execute(overdue).scalars().all()
    for number in numbers:
        withdraw_case(tx, number, SYSTEM, "逾期未补正材料，视为撤回申请；材料备齐后可重新申请")
    return len(numbers)


def _load_for(tx: Transaction, number: str, actor: Actor) -> Case:
    case = store.load(tx, number)
    allow(rules.own_community(actor, case.community), as_=Forbidden)
    return case


def _new_number(tx: Transaction, series: str, prefix: str) -> str:
    return make(prefix, local(tx.now).date(), tx.serial(series))


def _as_before(tx: Transaction, number: str) -> Outcome:
    tx.record("case.accept.repeated", number)  # asked again, nothing was accepted again
    refused = tx.execute(sa.select(refusals).where(refusals.c.number == number)).mappings().first()
    if refused is not None:
        return Outcome(refusal=Refusal.of(refused), repeated=True)
    return Outcome(case=store.load(tx, number), repeated=True)


def _due_from_now(tx: Transaction, case: Case) -> datetime | None:
    item = tx.district.items.get(case.item.code) if case.item else None
    limit = acceptance.limit_of(case.kind, item, tx.district)
    return acceptance.due(limit, tx.now, tx.district.calendar)
