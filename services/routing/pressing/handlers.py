"""What presses an order, by rule and by hand; who refused it; and the leader on the spot.

Core calls these. They change the order and write beside it; the caller saves the order. That each
happens once is the order's own doing: which steps were taken is in the order, and two replicas
cannot both save it.
"""

import structlog

from services.routing import events
from services.routing.order import Order
from services.routing.order_clocks import A_MOMENT
from services.routing.order_fields import STEP
from services.routing.pressing import ladder, rules, store
from services.routing.pressing.ladder import Called
from services.routing.pressing.store import Why
from services.routing.rules import refuse
from services.routing.supervision import supervision_for
from services.routing.supervision_values import Step
from shared.db import Transaction
from shared.workdays import Hours

log = structlog.get_logger(__name__)


# -- by rule ---------------------------------------------------------------------------------------


def occasion(tx: Transaction, order: Order, when: str, times: int = 1) -> None:
    """Something of the ladder happened: its steps are taken, at once or when they are due.

    Each is taken once as long as the clocks are the same; they begin anew with the next department
    and when the order is reopened, and so does the ladder.
    """
    called = store.has_open_visit(tx, order) if _may_call(tx, when, times) else False
    _climb(tx, order, when, times, called=called)


def step_due(tx: Transaction, order: Order, code: str) -> None:
    """A step that waited is due. One that the pack has no more does nothing."""
    order.set_timer(f"{STEP}{code}", None)
    step = ladder.step_named(code, supervision_for(tx.district))
    if step is None:
        log.warning("routing.step_unknown", order=order.number, step=code)
        return
    called = step.on_site and store.has_open_visit(tx, order)
    _take(tx, order, step, called=called)


def waits(tx: Transaction, order: Order) -> None:
    """It waits for somebody to name its department: not for long without supervision knowing."""
    occasion(tx, order, ladder.UNDISPATCHED)


def dispatched(tx: Transaction, order: Order) -> None:
    """A department has it.

    The first time, what is difficult is pressed at once (1-23); what this resident brings again
    calls the leader to the spot, whosever it becomes (3-18).
    """
    if order.hops:
        store.name_next(tx, order.number, order.department or "")
    else:
        level = supervision_for(tx.district).tracks[order.urgency].level
        if level > order.level:
            _escalate(tx, order, level, Why(ladder.DIFFICULT))
    repeated(tx, order)


def repeated(tx: Transaction, order: Order) -> None:
    """Another department has it: what this resident brings again calls its leader (3-18).

    Nobody there is called yet: a call ends as the order goes on to another department.
    """
    times = order.repeats + 1
    if order.repeats and times >= supervision_for(tx.district).repeats.times:
        _climb(tx, order, "repeated", times, called=False)


def went_on(tx: Transaction, order: Order) -> None:
    """A reply was sent back and the old deadline counts: what waited for it waits again."""
    for when, clock in ladder.LATE.items():
        if f"{clock}_late" in order.reported:
            _await(tx, order, when, 1)


def answered(tx: Transaction, order: Order, verb: str) -> None:
    """The department replied: what was pressed is answered, and nobody presses for a contact."""
    if verb == "contacted":
        for step in supervision_for(tx.district).steps:
            if step.when == "contact_late":
                order.set_timer(ladder.timer_of(step), None)
    if verb != "signed" and order.level:
        store.answer_pressings(tx, order.number)


def _await(tx: Transaction, order: Order, when: str, times: int) -> None:
    """Set the timers of the steps that wait."""
    rule = supervision_for(tx.district)
    hours = rule.hours_of(order.department)
    service = Hours(hours.opens, hours.closes, hours.days)
    if when == "contact_late" and order.contacted_at is not None:
        return
    clock = ladder.LATE.get(when)
    since = order.deadline(clock) if clock else tx.now
    for step in ladder.waiting(when, times, order.reported, rule):
        due = ladder.due_at(step, since, tx.district.calendar, service)
        order.set_timer(ladder.timer_of(step), due + A_MOMENT)


def _may_call(tx: Transaction, when: str, times: int) -> bool:
    steps = ladder.steps_of(when, times, supervision_for(tx.district))
    return any(step.on_site for step in steps)


def _climb(tx: Transaction, order: Order, when: str, times: int, *, called: bool) -> None:
    for step in ladder.steps_of(when, times, supervision_for(tx.district)):
        if step.after is None:
            _take(tx, order, step, called=called)
    _await(tx, order, when, times)


def _take(tx: Transaction, order: Order, step: Step, *, called: bool) -> None:
    """Take a step, once. ``called``: the leader is called to the spot already."""
    taken = ladder.timer_of(step)
    if taken in order.reported:
        return
    order.reported = order.reported | {taken: tx.now.isoformat()}
    rule = supervision_for(tx.district)
    level = ladder.level_after(step, order.level, rule)
    if level and order.allows("escalate"):
        _escalate(tx, order, level, Why(step.when, step.code))
    if step.on_site and order.allows("on_site") and not called:
        note = f"{ladder.WHY[step.when]}，请到现场见人见事"
        _call_on_site(tx, order, step.when, note, events.PLATFORM)


def _escalate(tx: Transaction, order: Order, level: int, why: Why) -> None:
    called = ladder.called(level, tx.now, supervision_for(tx.district))
    note = f"{ladder.WHY[why.when]}：{_whom(called)}"
    order.escalate(called.level, note, tx.now, events.PLATFORM)
    store.add_pressing(tx, order, called, why)
    if order.answerable:  # no department ever had it: it stands on the list of who is on duty
        events.escalated(tx, order, called, why.when, note="", by=events.PLATFORM)


def _whom(called: Called) -> str:
    return f"{called.name}（值班：{called.on_duty}）" if called.on_duty else called.name


# -- by hand ---------------------------------------------------------------------------------------


def press(tx: Transaction, order: Order, level: int | None, note: str, by: str) -> None:
    """Ask the department to get on with it, at a level of pressing (督办).

    Without a level at the order's own. The order's level is the highest that was reached.

    Raises:
        Refused: the state does not allow it, nothing is said, or there is no such level.
    """
    rule = supervision_for(tx.district)
    refuse(rules.no_such_level(level, rule.levels))
    called = ladder.called(level or ladder.usual_level(order.level, rule), tx.now, rule)
    rose = called.level > order.level
    order.press(note, tx.now, by, level=called.level)
    store.add_pressing(tx, order, called, Why(ladder.BY_HAND, note=note, by=by))
    events.pressed(tx, order, called, note, by)
    if rose:
        events.escalated(tx, order, called, ladder.BY_HAND, note=note, by=by)


def call_on_site(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Call the leader of the department to the spot (见人见事, 3-18).

    Raises:
        Refused: the state does not allow it, or the leader is called already.
    """
    refuse(rules.called_before(open_visit=store.has_open_visit(tx, order)))
    _call_on_site(tx, order, ladder.BY_HAND, note, by)


def was_on_site(tx: Transaction, order: Order, record: str, met: str, by: str) -> None:
    """The leader was on the spot: whom they met, and what came of it.

    Raises:
        Refused: nobody was called, or the record is empty.
    """
    refuse(
        rules.nobody_called(open_visit=store.has_open_visit(tx, order)),
        rules.nobody_met(met),
    )
    order.was_on_site(record, tx.now, by)
    store.end_visit(tx, order, record, met, by)


def _call_on_site(tx: Transaction, order: Order, why: str, note: str, by: str) -> None:
    leader = supervision_for(tx.district).leader_of(order.department)
    order.call_on_site(f"{leader}：{note}" if note else leader, tx.now, by)
    store.add_visit(tx, order, leader, Why(why, note=note, by=by))
    events.on_site_called(tx, order, leader, note, by)


# -- returns ---------------------------------------------------------------------------------------


def return_asked(tx: Transaction, order: Order) -> None:
    """A department refuses it: who, and on what ground."""
    store.add_return(tx, order)


def returned(
    tx: Transaction, order: Order, outcome: str, next_department: str | None, by: str
) -> None:
    """What became of the return asked for last: granted, refused or ruled on, and who is next."""
    store.decide_return(tx, order.number, outcome, next_department, by)
    if outcome != store.REFUSED:
        moved(tx, order, next_department)


def moved(tx: Transaction, order: Order, department: str | None) -> None:
    """It is another department's now, or nobody's: the leader of the former need not go."""
    store.end_calls(tx, order.number, department or "")


def called_off(tx: Transaction, order: Order) -> None:
    """It was cancelled, or its case withdrawn: no leader need go."""
    store.call_off(tx, order.number)


# -- people ----------------------------------------------------------------------------------------


def erased(tx: Transaction, order_number: str) -> None:
    """The resident is forgotten, and all words about them; nobody need go to them."""
    store.erase_words(tx, order_number)
    store.call_off(tx, order_number)
