"""What people do to a case: from one case to the next, or a reason why not. No side effects."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.intake import rules
from services.intake.case import (
    AWAITING,
    Actor,
    Case,
    Handler,
    Material,
    Notice,
    Rating,
    state_after,
    without_result,
)
from services.intake.masked import all_words, as_kept
from services.intake.reason import Conflict, allow
from services.intake.ways import rules as ways_rules
from services.intake.ways import steps as ways_steps
from shared.district import Grade, Item

IN_BACK_OFFICE = Handler("back_office", "", "@back_office")
LOOKING_FOR_DEPARTMENT = Handler("routing", "", "@routing")


def give_notice(
    case: Case, actor: Actor, more: Sequence[str], now: datetime, supplement_by: datetime
) -> Case:
    """Tell, once, all that is missing: what the item requires and the officer adds (A36).

    Raises:
        Conflict: it was given before, or not at the desk.
        Invalid: nothing is missing, or a catch-all was added.

    """
    allow(rules.notice_once(case), as_=Conflict)
    allow(rules.notice_on_the_spot(case, now), as_=Conflict)
    asked = _with(case.materials, all_words(case, as_kept(case, more)))
    missing = replace(case, materials=asked).needed
    allow(rules.notice_lists_something(missing), rules.no_catch_all(more))
    return replace(
        case,
        state=state_after(case, "notice"),
        materials=asked,
        notice=Notice(now, actor.name, missing, supplement_by),
    )


def take_materials(
    case: Case, received: Sequence[str], new_due_at: datetime | None, now: datetime
) -> Case:
    """Materials came in: missing ones, with the last of which the limit starts anew (A36).

    What was promised is taken whatever the case is at, and a notice does not wait for it (A24).
    Each time is one more visit.

    Raises:
        Conflict: nothing is waited for.
        Invalid: something nobody asked for.

    """
    received = as_kept(case, received)
    if case.promise_by is None:
        state_after(case, "materials")
    allow(rules.materials_asked_for(case, received))
    after = _received(replace(case, visits=case.visits + 1), received, now)
    if after.state != AWAITING or after.needed:
        return after
    return replace(after, state=state_after(case, "materials_complete"), due_at=new_due_at)


def move_to_back_office(case: Case, by: datetime) -> Case:
    """The work goes to the back office, the responsibility does not (N: 转交后台, 首问负责).

    `by` is when it has to be done there (1-14, 1-23).

    Raises:
        Conflict: the state does not allow it.

    """
    state = state_after(case, "back-office")
    return replace(case, state=state, handler=IN_BACK_OFFICE, back_office_by=by)


def transfer(case: Case, now: datetime) -> Case:
    """A line department must do it; may happen again after a reopening.

    Raises:
        Conflict: the state does not allow it.

    """
    return replace(
        case,
        state=state_after(case, "transfer"),
        handler=LOOKING_FOR_DEPARTMENT,
        transfers=case.transfers + 1,
        transferred_at=now,
        resolved_order="",
    )


def resolve(case: Case, actor: Actor, result: str, now: datetime, item: Item | None = None) -> Case:
    """There is a result, found by the community itself; `item` as the catalogue has it now.

    Raises:
        Conflict: the state does not allow it; a promised material or a public notice is waited for.

    """
    state = state_after(case, "resolve")
    waited = (ways_rules.promise_kept_first(case), ways_rules.published_first(case, item, now))
    allow(*waited, as_=Conflict)
    return replace(
        case,
        state=state,
        result=result,
        resolved_by=actor.name,
        resolved_at=now,
        resolved_order="",
        resolutions=case.resolutions + 1,
    )


def rate(case: Case, grade: Grade, comment: str, now: datetime) -> Case:
    """The resident's grade, once for each result (好差评).

    Raises:
        Conflict: there is no result, or it was rated.

    """
    allow(rules.rated_when_resolved(case), rules.rated_once(case), as_=Conflict)
    rating = Rating(grade.score, grade.positive, comment, now, case.resolutions)
    return replace(case, state=state_after(case, "rate"), rating=rating)


def reopen(case: Case, new_due_at: datetime | None) -> Case:
    """Not solved: it goes on under the same owner, who does the work until it is moved (B14).

    Its limit begins anew, as a department's does: what comes back after weeks is not late at once.

    Raises:
        Conflict: there is no result yet.

    """
    allow(rules.reopened_after_result(case), as_=Conflict)
    after = replace(without_result(case), state=state_after(case, "reopen"), closed_at=None)
    return replace(after, handler=case.with_owner, due_at=new_due_at)


def close(case: Case, now: datetime) -> Case:
    """Nothing more is to be done: archived (N: 日终归档).

    Raises:
        Conflict: there is no result.

    """
    allow(rules.closed_after_resolved(case), as_=Conflict)
    return replace(case, state=state_after(case, "close"), closed_at=now)


def withdraw(case: Case, now: datetime) -> Case:
    """Withdrawn by the applicant, or for want of the missing materials (A36).

    Raises:
        Conflict: the state does not allow it.

    """
    return replace(case, state=state_after(case, "withdraw"), closed_at=now)


def raise_need(case: Case) -> Case:
    """The case shows a need that partners could meet; the state stays.

    Raises:
        Conflict: the case is over.

    """
    return replace(case, state=state_after(case, "need"), needs=case.needs + 1)


def _received(case: Case, received: Sequence[str], now: datetime) -> Case:
    """These are here; a promise that stands may be kept by them."""
    if case.promise_by is not None:
        return ways_steps.keep_promise(case, received, now)
    materials = tuple(replace(m, received=m.received or m.name in received) for m in case.materials)
    return replace(case, materials=materials)


def _with(materials: Sequence[Material], more: Sequence[str]) -> tuple[Material, ...]:
    """The list with what the officer asks for on top; what is listed becomes required."""
    wanted = dict.fromkeys(name.strip() for name in more if name.strip())
    listed = tuple(replace(m, required=m.required or m.name in wanted) for m in materials)
    names = {m.name for m in listed}
    return listed + tuple(
        Material(n, required=True, received=False) for n in wanted if n not in names
    )
