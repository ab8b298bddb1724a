"""Where a follow-up's dates stand: when it is due, and the two of a bad rating (A52, X)."""

from datetime import datetime

from services.routing.clocks import GREEN, NONE, RED, YELLOW, Lamp, length
from services.routing.follow_ups.follow_up import COUNTED, EXCLUDED, WAITING, FollowUp
from services.routing.order import Order
from services.routing.states import ENDED
from shared.district import Rules


def due(one: FollowUp, now: datetime, rules: Rules) -> Lamp:
    """Whether the resident was asked in time."""
    if one.state in WAITING:
        return _running(one.replied_at, one.due_by, now, rules)
    if one.state in COUNTED and one.done_at is not None:
        return _stopped("已回访", "followed up", one.due_by, one.done_at)
    if one.state == EXCLUDED:
        return Lamp(NONE, "不计入", "excluded", stopped=True)
    return Lamp(NONE, "无需回访", "not needed", stopped=True)


def contact(one: FollowUp, order: Order, now: datetime, rules: Rules) -> Lamp | None:
    """Whether the department spoke with who was dissatisfied, within 1 working day."""
    if one.contact_by is None or one.done_at is None:
        return None
    at = _since(one.contacted_again_at, one) or _since(order.contacted_at, one)
    if at is not None:
        return _stopped("已再联系", "contacted again", one.contact_by, at)
    if one.put_right_at is not None or order.state in ENDED:
        return Lamp(NONE, "未登记联系", "no contact recorded", stopped=True)
    return _running(one.done_at, one.contact_by, now, rules)


def right(one: FollowUp, order: Order, now: datetime, rules: Rules) -> Lamp | None:
    """Whether it was put right, that is answered anew, within 15 working days."""
    if one.right_by is None or one.done_at is None:
        return None
    if one.put_right_at is not None:
        return _stopped("已重新答复", "answered anew", one.right_by, one.put_right_at)
    if order.state in ENDED:
        return Lamp(NONE, "工单已结束", "the order has ended", stopped=True)
    return _running(one.done_at, one.right_by, now, rules)


def _since(moment: datetime | None, one: FollowUp) -> datetime | None:
    """A contact after the bad rating; one before it is none."""
    if moment is None or one.done_at is None or moment < one.done_at:
        return None
    return moment


def _running(start: datetime, end: datetime, now: datetime, rules: Rules) -> Lamp:
    if now > end:
        zh, en = length(now - end)
        return Lamp(RED, f"已超期 {zh}", f"{en} late")
    zh, en = length(end - now)
    if now >= start + (end - start) * rules.yellow_from:
        return Lamp(YELLOW, f"将到期，还有 {zh}", f"due soon, {en} left")
    return Lamp(GREEN, f"正常，还有 {zh}", f"on time, {en} left")


def _stopped(zh: str, en: str, end: datetime, done: datetime) -> Lamp:
    if done <= end:
        return Lamp(GREEN, zh, en, stopped=True)
    late_zh, late_en = length(done - end)
    return Lamp(GREEN, f"{zh}，晚了 {late_zh}", f"{en}, {late_en} late", stopped=True)
