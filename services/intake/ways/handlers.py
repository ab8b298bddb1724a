"""What happens at the desk, continued: ways, promises, refusal, public notice, hand-over."""

from collections.abc import Sequence

from services.intake import events
from services.intake.acceptance import Promised
from services.intake.case import SYSTEM, Actor, Case, Promise, Publication
from services.intake.desk.pack import desk_of
from services.intake.handling import due_from_now, item_of, keep, load_for
from services.intake.reason import allow
from services.intake.staff import colleagues
from services.intake.ways import events as ways_events
from services.intake.ways import rules, steps
from shared.db import Transaction

BROKEN = "承诺补交的材料到期没有交来，按撤回申请处理；材料备齐后可重新申请"
"""Told to the applicant (A24)."""


def set_way(tx: Transaction, number: str, actor: Actor, way: str) -> Case:
    """Settle how it is handled: 即办, 代办, 陪办 or 上门办 (1-19).

    Raises:
        Invalid: no such way.
        Conflict, Unknown, Forbidden: as their names say.

    """
    desk = desk_of(tx.district)
    allow(rules.way_known(desk, way))
    before = load_for(tx, number, actor)
    after = steps.set_way(before, way)
    named = {one.code: one for one in desk.ways}[way]
    said = {"way": named.name, "way_en": named.name_en}
    return keep(tx, before, after, actor, action="way", said=said)


def give_promise(
    tx: Transaction, number: str, actor: Actor, materials: Sequence[str], reason: str
) -> Case:
    """Accept without minor materials, on a written promise with its day 容缺受理 (A24).

    Raises:
        Rejected: as `ways.steps.give_promise`; Unknown; Forbidden.

    """
    before = load_for(tx, number, actor)
    return promise(tx, before, actor, Promised(tuple(materials), reason))


def promise(tx: Transaction, before: Case, actor: Actor, asked: Promised) -> Case:
    """As above, of a case that is at hand.

    Raises:
        Rejected: as `ways.steps.give_promise`.

    """
    desk = desk_of(tx.district)
    due = desk.promise_by(tx.now, tx.district)
    given = Promise(asked.materials, asked.reason, tx.now, actor.name, due)
    after = steps.give_promise(before, given, desk.promise, due_from_now(tx, before))
    said = {
        "materials": list(asked.materials),
        "promise_by": due.isoformat(),
        "reason": asked.reason,
    }
    after = keep(tx, before, after, actor, action="promise", said=said)
    ways_events.promised(tx, after)
    return after


def refuse_case(tx: Transaction, number: str, actor: Actor, reason: str, ground: str = "") -> Case:
    """Refuse an application in writing, with reasons and remedies (A38).

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = load_for(tx, number, actor)
    after = steps.refuse(before, actor, reason, ground, tx.now)
    after = keep(
        tx, before, after, actor, action="refuse", said={"reason": reason, "ground": ground}
    )
    ways_events.refused(tx, after, desk_of(tx.district).remedies)
    return after


def publish_case(tx: Transaction, number: str, actor: Actor, place: str = "") -> Case:
    """Put up the public notice that the item asks for 公示; it ends by itself (X).

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    desk = desk_of(tx.district)
    until = desk.notice_until(tx.now, tx.district)
    before = load_for(tx, number, actor)
    where = place.strip() or desk.public_notice.place
    notice = Publication(tx.now, actor.name, until, where, before.handler)
    after = steps.publish(before, notice, item_of(tx, before))
    said = {"until_day": until.isoformat(), "place": where}
    after = keep(tx, before, after, actor, action="publish", said=said)
    ways_events.published(tx, after)
    return after


def record_objection(tx: Transaction, number: str, actor: Actor, objection: str) -> Case:
    """Somebody objects to what is in public notice.

    Raises:
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = load_for(tx, number, actor)
    after = steps.record_objection(before, objection)
    return keep(tx, before, after, actor, action="objection", said={"objection": objection})


def hand_over_case(tx: Transaction, number: str, actor: Actor, to: str, reason: str) -> Case:
    """A manager gives it to another first responder of the same community, with a reason (B14).

    Raises:
        Invalid: `to` is no active officer of the community.
        Conflict, Unknown, Forbidden: as their names say.

    """
    before = load_for(tx, number, actor)
    colleague = colleagues.named(tx, before.community, to)
    after = steps.hand_over(before, colleague)
    said = {"from": before.owner.name, "to": colleague.name, "reason": reason}
    after = keep(tx, before, after, actor, action="hand-over", said=said)
    ways_events.handed_over(tx, after, before.owner, reason)
    return after


def withdraw_broken_promise(tx: Transaction, number: str) -> Case:
    """Withdraw what was promised and did not come by its day; tell the applicant (A24).

    Raises:
        Conflict, Unknown: as their names say.

    """
    before = load_for(tx, number, SYSTEM)
    after = steps.break_promise(before, tx.now)
    said = {"materials": list(before.promised), "reason": BROKEN}
    after = keep(tx, before, after, SYSTEM, action="promise_broken", said=said)
    events.withdrawn(tx, after, BROKEN)
    return after


def end_publication(tx: Transaction, number: str) -> Case:
    """End a public notice whose time is over; who handled it before goes on (X).

    Raises:
        Conflict, Unknown: as their names say.

    """
    before = load_for(tx, number, SYSTEM)
    again = desk_of(tx.district).back_office_by(before.urgency, tx.now, tx.district)
    after = steps.end_publication(before, tx.now, again)
    said = {"objections": len(after.publication.objections) if after.publication else 0}
    after = keep(tx, before, after, SYSTEM, action="publication_ended", said=said)
    ways_events.publication_ended(tx, after)
    return after
