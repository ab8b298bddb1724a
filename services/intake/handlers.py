"""What happens at the desk: one function each; load, ask the domain, save, write the outbox.

What is heard from other services is in `facts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from services.intake import acceptance, events, repeated, rules, steps, store
from services.intake.acceptance import Acceptance, Checked
from services.intake.case import Actor, Case, Officer
from services.intake.desk.pack import desk_of
from services.intake.grids import care_duty
from services.intake.handling import due_from_now, item_of, keep, load_for
from services.intake.ledger import store_catalogue, store_entries
from services.intake.models import refusals
from services.intake.reason import Invalid, Reason, allow
from services.intake.refusal import Refusal, refusal_from
from services.intake.rosters import duty
from services.intake.ways import handlers as ways_handlers
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
    offered = store_catalogue.catalogue_in(tx)
    checked = acceptance.check(asked, offered.district)
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
    owner = _first_responder(tx, checked)
    case = acceptance.case_from(checked, owner, number, now=tx.now, district=tx.district)
    case = replace(case, catalogue_version=offered.version)
    said = {"channel": case.channel, "responder": case.owner.name}
    if asked.not_a_certificate:
        said["not_a_certificate"] = asked.not_a_certificate
    if asked.started_at is not None:
        said |= _desk_minutes(asked.started_at, tx.now)
    store.add(tx, case, who=asked.actor.name, action="accepted", data=said)
    events.accepted(tx, case)
    if not asked.demand:
        store_entries.of_case(tx, case)
    if asked.promise is not None:
        case = ways_handlers.promise(tx, case, asked.actor, asked.promise)
    return Outcome(case=case)


def _first_responder(tx: Transaction, checked: Checked) -> Officer:
    """Who answers for it: by rule a grid worker (1-21), else who received it, else who is on duty.

    Raises:
        Conflict: it came without an officer, and the community has nobody.

    """
    asked, who, community = checked.asked, checked.applicant, checked.community.code
    by_rule = care_duty.first_responder(tx, community, who.phone, who.id_no, asked.groups)
    if by_rule is not None:
        return by_rule
    if asked.owner is not None:
        return asked.owner
    if asked.actor.username:
        return Officer(asked.actor.username, asked.actor.name)
    return duty.officer_for(tx, community, tx.now)


def _desk_minutes(started_at: datetime, now: datetime) -> dict[str, str]:
    """The promised minutes (N, 4-03): since when nothing was missing, and how many were used."""
    minutes = (now - started_at).total_seconds() / 60
    return {"started_at": started_at.isoformat(), "desk_minutes": f"{minutes:.1f}"}


def give_notice(tx: Transaction, number: str, actor: Actor, missing: Sequence[str] = ()) -> Case:
    """Give the once-only notice: everything missing, with what the officer adds (A36).

    Raises:
        Rejected: as `steps.give_notice`; Unknown; Forbidden.

    """
    before = load_for(tx, number, actor)
    workdays = tx.district.rules.supplement_workdays
    supplement_by = tx.district.calendar.add_workdays(tx.now, workdays)
    after = steps.give_notice(before, actor, missing, tx.now, supplement_by)
    told = list(after.notice.missing) if after.notice else []
    said = {"missing": told, "supplement_by": supplement_by.isoformat()}
    after = keep(tx, before, after, actor, action="notice", said=said)
    events.notice_given(tx, after)
    return after


def take_materials(tx: Transaction, number: str, actor: Actor, received: Sequence[str]) -> Case:
    """Missing materials came in; with the last of them the limit starts anew (A36).

    Raises:
        Rejected: as `steps.take_materials`; Unknown; Forbidden.

    """
    before = load_for(tx, number, actor)
    after = steps.take_materials(before, received, due_from_now(tx, before), tx.now)
    said = {"received": list(received), "missing": list(after.missing)}
    after = keep(tx, before, after, actor, action="materials", said=said)
    events.materials_received(tx, after, received)
    return after


def move_to_back_office(tx: Transaction, number: str, actor: Actor, note: str = "") -> Case:
    """Hand the work, not the responsibility, to the back office (N).

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = load_for(tx, number, actor)
    by = desk_of(tx.district).back_office_by(before.urgency, tx.now, tx.district)
    after = steps.move_to_back_office(before, by)
    said = {"note": note, "back_office_by": by.isoformat()}
    after = keep(tx, before, after, actor, action="back-office", said=said)
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
    before = load_for(tx, number, actor)
    after = steps.transfer(before, tx.now)
    name = tx.district.departments[department].short if department else ""
    said = {"transfer": after.transfers, "department": name, "reason": reason}
    after = keep(tx, before, after, actor, action="transfer", said=said)
    events.transferred(tx, after, department, reason)
    return after


def resolve_case(tx: Transaction, number: str, actor: Actor, result: str) -> Case:
    """Record the community's own result; the resident is asked to rate it.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = load_for(tx, number, actor)
    after = steps.resolve(before, actor, result, tx.now, item_of(tx, before))
    after = keep(tx, before, after, actor, action="resolve", said={"result": result})
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
    before = load_for(tx, number, actor)
    after = steps.rate(before, known, comment, tx.now)
    said = {"grade": known.name, "grade_en": known.name_en, "comment": comment}
    after = keep(tx, before, after, actor, action="rate", said=said)
    events.rated(tx, after)
    return after


def reopen_case(tx: Transaction, number: str, actor: Actor, reason: str) -> Case:
    """Not solved: it goes on under the same owner (B14); the actor may be RESIDENT.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = load_for(tx, number, actor)
    after = steps.reopen(before, due_from_now(tx, before))
    after = keep(tx, before, after, actor, action="reopen", said={"reason": reason})
    events.reopened(tx, after, reason)
    return after


def close_case(tx: Transaction, number: str, actor: Actor, note: str = "") -> Case:
    """Archive a resolved case (N: 日终归档).

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = load_for(tx, number, actor)
    after = steps.close(before, tx.now)
    after = keep(tx, before, after, actor, action="close", said={"note": note})
    events.closed(tx, after)
    return after


def withdraw_case(tx: Transaction, number: str, actor: Actor, reason: str) -> Case:
    """Withdraw at the applicant's wish, or for want of the missing materials (A36).

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = load_for(tx, number, actor)
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
    before = load_for(tx, number, actor)
    after = steps.raise_need(before)
    said = {"category": category, "wish": wish}
    after = keep(tx, before, after, actor, action="need", said=said)
    events.need_raised(tx, after, category, wish, location or after.location)
    return after


def _new_number(tx: Transaction, series: str, prefix: str) -> str:
    return make(prefix, local(tx.now).date(), tx.serial(series))


def _as_before(tx: Transaction, number: str) -> Outcome:
    tx.record("case.accept.repeated", number)  # asked again, nothing was accepted again
    refused = tx.execute(sa.select(refusals).where(refusals.c.number == number)).mappings().first()
    if refused is not None:
        return Outcome(refusal=Refusal.of(refused), repeated=True)
    return Outcome(case=store.load(tx, number), repeated=True)
