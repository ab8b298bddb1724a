"""What happens to follow-ups: a reply went out, the resident spoke, somebody asked or decided."""

from datetime import datetime

from services.routing import events
from services.routing import store as order_store
from services.routing.follow_ups import rules, store
from services.routing.follow_ups.follow_up import (
    NOBODY_LEFT,
    OVER,
    PAGE,
    REOPENED,
    SUPERSEDED,
    WAITING,
    By,
    FollowUp,
    Outcome,
)
from services.routing.limits import Limit
from services.routing.order import Order
from services.routing.pressing import handlers as pressing
from services.routing.supervision import supervision_for
from shared.db import Transaction
from shared.workdays import Hours

RESIDENT = By("", events.RESIDENT)


# -- what happens to the order ---------------------------------------------------------------------


def open_for(tx: Transaction, order: Order) -> None:
    """A reply went out: the resident will be asked about it, once for every reply (N, 3-24).

    It also puts right a bad rating of the reply before.
    """
    earlier = store.of_order(tx, order.number)
    if any(one.state in WAITING for one in earlier):
        return  # of this very reply: what was asked about an earlier one lapsed with it
    for one in earlier:
        before = one.version
        one.answered_anew(order.contacted_at, tx.now)
        if one.version != before:
            store.save(tx, one, before)
    if rules.no_follow_up(order, tx.district.rules) is None:
        number = f"{order.number}-f{len(earlier) + 1}"
        store.add(tx, _follow_up_of(tx, order, number))


def reopened(tx: Transaction, order: Order) -> None:
    """It is at work again: what nobody has asked yet will be asked about the next reply.

    Nor has the reply of which nobody asked put a bad rating before it right (A52).
    """
    for unasked in _lapse(tx, order, REOPENED):
        for one in store.of_order(tx, order.number):
            before = one.version
            one.not_put_right(unasked.replied_at)
            if one.version != before:
                store.save(tx, one, before)


def case_withdrawn(tx: Transaction, order: Order) -> None:
    """The resident does not want it any more: there is nothing to ask them."""
    _lapse(tx, order, OVER)


def superseded(tx: Transaction, order: Order) -> None:
    """Another order counts, and its reply will be asked about."""
    _lapse(tx, order, SUPERSEDED)


def _lapse(tx: Transaction, order: Order, why: str) -> list[FollowUp]:
    """Let lapse what nobody has answered; returns it."""
    lapsing = [one for one in store.of_order(tx, order.number) if one.allows("lapse")]
    for one in lapsing:
        before = one.version
        one.lapse_for(why, tx.now)
        store.save(tx, one, before)
    return lapsing


def may_go_on(tx: Transaction, order: Order) -> bool:
    """Whether a dissatisfied resident sets it to work again.

    Not where a newer transfer counts, nor where nobody is left to do it for.
    """
    open_to_it = order.erased_at is None and order.allows("dissatisfied")
    return open_to_it and not order_store.is_replaced(tx, order)


def dissatisfied(tx: Transaction, order: Order, note: str, by: str) -> None:
    """Whoever asked found the resident dissatisfied: it goes on, a level higher (N, 3-17)."""
    order.dissatisfied(note, tx.now, by, tx.district)
    events.reopened(tx, order, note, by)
    reopened(tx, order)
    pressing.occasion(tx, order, "dissatisfied")


def erased(tx: Transaction, order_number: str) -> None:
    """The resident is forgotten: their words go, the numbers stay; nobody is left to ask."""
    for one in store.of_order(tx, order_number):
        before = one.version
        one.forget_words()
        if one.allows("lapse"):
            one.lapse_for(NOBODY_LEFT, tx.now)
        store.save(tx, one, before)


def is_stale(tx: Transaction, order: Order, at: datetime) -> bool:
    """Whether what the resident said then was about an earlier reply than the newest."""
    return any(one.replied_at > at for one in store.of_order(tx, order.number))


def awaited(tx: Transaction, order: Order, at: datetime) -> bool:
    """Whether a rating of then answers a follow-up: a dissatisfied one raises the order with it."""
    one = _answered_then(tx, order, at)
    return one is not None and (one.allows("rate") or one.lacks("grade"))


def asked_again(tx: Transaction, order: Order, at: datetime) -> None:
    """The resident had the case opened again, which answers the follow-up: it is not solved.

    They may have rated it as well, or will: that gives the grade, whichever comes first.
    """
    one = _answered_then(tx, order, at)
    if one is None:
        return
    before = one.version
    if one.allows("ask_again"):
        one.ask_again(tx.now, RESIDENT, tx.district)
    elif one.lacks("solved"):
        one.add(tx.now, tx.district, solved=False)
    if one.version != before:
        store.save(tx, one, before)


def rated(tx: Transaction, order: Order, grade: int, comment: str, at: datetime) -> None:
    """The resident rated the case online, which answers an open follow-up: no second call.

    They were asked for a grade. Whether the department had contacted them, and whether it is
    solved, nobody asked; neither is taken from what the department says of itself. A rating that
    was long on its way is of the reply they had then, at ``at``.
    """
    one = _answered_then(tx, order, at)
    if one is None or not (one.allows("rate") or one.lacks("grade")):
        return
    before = one.version
    if one.allows("rate"):
        one.rate(Outcome(PAGE, None, None, grade, comment), tx.now, RESIDENT, tx.district)
    else:
        one.add(tx.now, tx.district, grade=grade, words=comment)
    store.save(tx, one, before)
    _tell(tx, one, order, events.RESIDENT)


def _answered_then(tx: Transaction, order: Order, at: datetime) -> FollowUp | None:
    """The follow-up of the newest reply there was then."""
    then = [one for one in store.of_order(tx, order.number) if one.replied_at <= at]
    return then[-1] if then else None


def _follow_up_of(tx: Transaction, order: Order, number: str) -> FollowUp:
    rule = supervision_for(tx.district)
    hours = rule.hours_of(order.department)
    service = Hours(hours.opens, hours.closes, hours.days)
    due_by = Limit.from_data(rule.follow_ups.due).end(tx.now, tx.district.calendar, service)
    return FollowUp(
        number=number,
        order_number=order.number,
        case_number=order.case_number,
        department=order.department or "",
        community_code=order.community_code,
        matter=order.matter or order.item_code or "",
        replied_at=tx.now,
        due_by=due_by,
    )


# -- what somebody does ----------------------------------------------------------------------------


def record(tx: Transaction, one: FollowUp, outcome: Outcome, by: By) -> None:
    """Somebody asked the resident; a dissatisfied one raises the order a level and reopens it (N).

    Raises:
        Refused: there is an outcome already, or a rule does not allow it.
    """
    order, before = _order_of(tx, one), one.version
    one.record(outcome, tx.now, by, tx.district, supervision_for(tx.district))
    store.save(tx, one, before)
    _tell(tx, one, order, by.name)
    order_store.save(tx, order)


def ask_exclusion(tx: Transaction, one: FollowUp, reason: str, note: str, by: By) -> None:
    """Say why it should not count; until another person agrees, it does.

    Raises:
        Refused: the state does not allow it, or the reason is none of the district's.
    """
    before = one.version
    one.ask_exclusion(reason, note, tx.now, by, supervision_for(tx.district))
    if _order_of(tx, one).erased_at is not None:
        one.forget_words()
    store.save(tx, one, before)


def review_exclusion(tx: Transaction, one: FollowUp, *, grant: bool, note: str, by: By) -> None:
    """Agree that it does not count, or refuse it with words.

    Raises:
        Refused: nobody asked for it, or the same person did.
    """
    before = one.version
    if grant:
        one.grant_exclusion(note, tx.now, by)
    else:
        one.refuse_exclusion(note, tx.now, by)
    if _order_of(tx, one).erased_at is not None:
        one.forget_words()
    store.save(tx, one, before)


def _tell(tx: Transaction, one: FollowUp, order: Order, by: str) -> None:
    """The department hears what the resident said; a dissatisfied one sets it to work again."""
    said = {
        "contacted": one.contacted,
        "solved": one.solved,
        "grade": one.grade,
        "channel": one.channel,
    }
    note = _in_words(tx, one)
    if one.channel != PAGE or by != events.RESIDENT:  # the order remembers a rating by itself
        order.followed_up(note, tx.now, by)
    events.followed_up(tx, order, said, by)
    if one.dissatisfied and one.put_right_at is None and may_go_on(tx, order):
        dissatisfied(tx, order, f"回访：{note}", by)


def _in_words(tx: Transaction, one: FollowUp) -> str:
    """What the resident said, as the history of the order and the department read it."""
    grades = {grade.score: grade.name for grade in tx.district.rules.grades}
    found = ["单位没有联系"] if one.contacted is False else []
    if one.solved is not None:
        found.append("已解决" if one.solved else "未解决")
    if one.grade is not None:
        found.append(f"评价“{grades[one.grade]}”")
    return "：".join(part for part in ("，".join(found), one.words) if part)


def _order_of(tx: Transaction, one: FollowUp) -> Order:
    order = order_store.load(tx, one.order_number)
    if order is None:
        raise LookupError(f"{one.number}: its order {one.order_number} is not there")
    return order
