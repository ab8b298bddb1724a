"""Lamps: where a clock stands, as colour and in words, Chinese and English."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.routing.order import Order
from services.routing.states import CANCELLED, CLOSED, COMPLETED, HELD, IN_REVIEW, JOINT

NONE, GREEN, YELLOW, RED = "none", "green", "yellow", "red"
LEVELS = (NONE, GREEN, YELLOW, RED)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_STOPPED = {
    IN_REVIEW: ("已答复，待负责人审核", "answered, waiting for its leader's review"),
    JOINT: ("已答复，等协办单位", "answered, waiting for who assists"),
    COMPLETED: ("已答复", "answered"),
    CLOSED: ("已办结", "closed"),
}


@dataclass(frozen=True)
class Lamp:
    """A clock's state. ``level`` is one of LEVELS; never shown without its words."""

    level: str
    zh: str
    en: str
    stopped: bool = False


@dataclass(frozen=True)
class Lamps:
    """An order's two clocks."""

    contact: Lamp
    finish: Lamp

    @property
    def overall(self) -> Lamp:
        """The worse of both; where they are equal, the deadline's."""
        if LEVELS.index(self.contact.level) > LEVELS.index(self.finish.level):
            return self.contact
        return self.finish


def lamps_of(order: Order, now: datetime) -> Lamps:
    """Both clocks of an order."""
    return Lamps(_contact_lamp(order, now), _finish_lamp(order, now))


def _contact_lamp(order: Order, now: datetime) -> Lamp:
    if order.contact_by is None:
        return Lamp(NONE, "未起算", "not started")
    if order.contacted_at is not None:
        return _stopped("已联系", "contacted", order.contact_by, order.contacted_at)
    if order.state not in HELD:
        return Lamp(NONE, "未登记联系", "no contact recorded")
    return _running(order.contact_by, order.contact_yellow_at, now)


def _finish_lamp(order: Order, now: datetime) -> Lamp:
    if order.state == CANCELLED:
        return Lamp(NONE, "已撤销", "cancelled")
    if order.due_by is None:
        return Lamp(NONE, "未起算", "not started")
    if order.state in _STOPPED:
        done = order.stopped_at or order.completed_at or order.due_by
        return _stopped(*_STOPPED[order.state], order.due_by, done)
    if order.paused_at is not None:
        return Lamp(NONE, "已中止计时", "paused")
    return _running(order.due_by, order.due_yellow_at, now)


def _running(due: datetime, yellow_at: datetime | None, now: datetime) -> Lamp:
    if now > due:
        zh, en = length(now - due)
        return Lamp(RED, f"已超期 {zh}", f"{en} late")
    if yellow_at is not None and now >= yellow_at:
        zh, en = length(due - now)
        return Lamp(YELLOW, f"将到期，还有 {zh}", f"due soon, {en} left")
    return Lamp(GREEN, "正常", "on time")


def _stopped(zh: str, en: str, due: datetime, done: datetime) -> Lamp:
    if done <= due:
        return Lamp(GREEN, zh, en, stopped=True)
    late_zh, late_en = length(done - due)
    return Lamp(GREEN, f"{zh}，晚了 {late_zh}", f"{en}, {late_en} late", stopped=True)


def length(span: timedelta) -> tuple[str, str]:
    """A length of time in its largest whole unit, in Chinese and English."""
    for unit, zh, en in ((_DAY, "天", "day"), (_HOUR, "小时", "hour"), (_MINUTE, "分钟", "minute")):
        count = span // unit
        if count:
            return f"{count} {zh}", f"{count} {en}{'' if count == 1 else 's'}"
    return "1 分钟", "1 minute"
