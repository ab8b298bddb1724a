"""What people do to a case, continued: ways, promises, refusal, public notice, hand-over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.intake.case import (
    AWAITING,
    BACK_OFFICE,
    Actor,
    Case,
    Handler,
    Officer,
    Promise,
    Publication,
    Refused,
    state_after,
)
from services.intake.desk.pack_values import MinorMaterials
from services.intake.masked import as_kept
from services.intake.reason import Conflict, allow
from services.intake.ways import rules
from shared.district import Item

BACK = {"owner": "published_by_owner", "back_office": "published_by_back_office"}
"""Who handled it before its public notice -> what the notice's end is called."""


def set_way(case: Case, way: str) -> Case:
    """It is handled 即办, 代办, 陪办 or 上门办 (1-19).

    Raises:
        Conflict: it is over, or has its result.

    """
    return replace(case, state=state_after(case, "way"), way=way)


def give_promise(
    case: Case, promise: Promise, minor: MinorMaterials, new_due_at: datetime | None
) -> Case:
    """The applicant promises minor materials in writing, by a day: accepted without them (A24).

    Nothing more is waited for then, so after a notice the limit starts anew (A36).

    Raises:
        Conflict: a promise was made before, or the state does not allow it.
        Invalid: a material that is here, that is no minor one; or more is missing.

    """
    state = state_after(case, "promise")
    allow(rules.promise_once(case), rules.promise_for_application(case), as_=Conflict)
    materials = tuple(dict.fromkeys(as_kept(case, promise.materials)))
    allow(
        rules.promise_names_missing(case, materials),
        rules.promise_minor_only(minor, materials),
        rules.promise_leaves_nothing_else(case, materials),
    )
    due_at = new_due_at if case.state == AWAITING else case.due_at
    kept = replace(promise, materials=materials)
    return replace(case, state=state, promise=kept, due_at=due_at)


def keep_promise(case: Case, received: Sequence[str], now: datetime) -> Case:
    """Promised materials came in; with the last of them the promise is kept (A24).

    Raises:
        Conflict: the state does not allow it.

    """
    materials = tuple(replace(m, received=m.received or m.name in received) for m in case.materials)
    after = replace(case, materials=materials, state=state_after(case, "promised_materials"))
    if case.promise is None or after.promised:
        return after
    return replace(after, promise=replace(case.promise, kept_at=now))


def break_promise(case: Case, now: datetime) -> Case:
    """The day came and the materials did not: withdrawn (A24).

    Raises:
        Conflict: it is over already.

    """
    return replace(case, state=state_after(case, "promise_broken"), closed_at=now)


def refuse(case: Case, actor: Actor, reason: str, ground: str, now: datetime) -> Case:
    """The application is refused in writing, with reasons (A38).

    Raises:
        Conflict: it is no application, or the state does not allow it.

    """
    allow(rules.refused_application(case), as_=Conflict)
    refused = Refused(now, actor.name, reason, ground)
    return replace(case, state=state_after(case, "refuse"), refused=refused, closed_at=now)


def publish(case: Case, notice: Publication, item: Item | None) -> Case:
    """Put up the public notice that its item asks for 公示 (X).

    Raises:
        Conflict: the item has none, the applicant is left out of it, or it was published before.

    """
    state = state_after(case, "publish")
    allow(
        rules.notice_asked_for(item),
        rules.minors_left_out(case, item, notice.at),
        rules.published_once(case),
        as_=Conflict,
    )
    return replace(case, state=state, publication=notice)


def record_objection(case: Case, objection: str) -> Case:
    """Somebody objects while the notice stands.

    Raises:
        Conflict: none stands.

    """
    state = state_after(case, "objection")
    notice = case.publication
    if notice is None:
        raise ValueError(f"{case.number}: in public notice without one")
    more = (*notice.objections, objection)
    return replace(case, state=state, publication=replace(notice, objections=more))


def end_publication(case: Case, now: datetime, back_office_by: datetime) -> Case:
    """The notice's time is over: who handled it before goes on.

    The back office has its time anew, until `back_office_by`: the notice took the first away.

    Raises:
        Conflict: none stands.

    """
    notice = case.publication
    back = notice.back_to if notice else case.handler
    state = state_after(case, BACK[back.kind])
    handler = case.with_owner if back.kind == "owner" else back
    ended = replace(notice, ended_at=now) if notice else None
    by = back_office_by if state == BACK_OFFICE else case.back_office_by
    return replace(case, state=state, handler=handler, publication=ended, back_office_by=by)


def hand_over(case: Case, to: Officer) -> Case:
    """Another officer answers for it from now on; who works at it does not change by that (B14).

    Raises:
        Conflict: they answer for it already, or it is over.

    """
    state = state_after(case, "hand-over")
    allow(rules.handed_to_another(case, to), as_=Conflict)
    mine = case.handler.kind == "owner"
    handler = Handler("owner", to.username, to.name) if mine else case.handler
    return replace(case, state=state, owner=to, handler=handler, handed_over=case.handed_over + 1)
