"""What may not be booked: each rule returns a reason or None, with its source.

A22: service by appointment, at staggered hours, after hours and at weekends. N: the district's own
practice; how far ahead and until when is data (slots.yml).
"""

from datetime import datetime, timedelta

from services.intake.reason import Reason, msgid, spoken
from services.intake.slots.booking import Booking
from services.intake.slots.pack import Kind, SlotBook
from services.intake.slots.slot import WALK_IN, Slot
from shared.clock import local

OTHER_TIME = msgid("请另选一个时间")
HOLDS_IT = msgid("您已经约了这个时间")
HOLDS_MANY = msgid("这个号码已有 %(count)s 个预约")


def still_open(slot: Slot) -> Reason | None:
    """A time that was taken back can no longer be booked; the queue takes tickets, no bookings."""
    if slot.open and slot.kind != WALK_IN:
        return None
    return Reason("slot", msgid("这个时间已经不接受预约"), OTHER_TIME)


def not_too_late(slot: Slot, book: SlotBook, now: datetime) -> Reason | None:
    """Booked until some minutes before it begins (N)."""
    if not slot.begins_within(now, timedelta(minutes=book.book_until_minutes)):
        return None
    return Reason("slot", msgid("这个时间马上开始或已经过了"), OTHER_TIME)


def not_too_early(slot: Slot, book: SlotBook, now: datetime) -> Reason | None:
    """Booked some days ahead at most (N)."""
    if local(slot.starts_at).date() <= local(now).date() + timedelta(days=book.ahead_days):
        return None
    return Reason(
        "slot",
        msgid("最多提前 %(days)s 天预约"),
        OTHER_TIME,
        {"days": book.ahead_days},
    )


def kept_for_others(slot: Slot, kind: Kind, group: str, now: datetime) -> Reason | None:
    """Visits at home are kept for those in care until shortly before (4-13, N)."""
    until = slot.starts_at - timedelta(hours=kind.kept_until_hours)
    if not kind.kept_for or group in kind.kept_for or now >= until:
        return None
    return Reason(
        "group",
        msgid("这个时间先留给行动不便的居民，%(until)s 以后还有空位才向大家开放"),
        msgid("请选您属于哪一类，或另选一个时间"),
        {"until": spoken(until)},
    )


def address_given(kind: Kind, address: str) -> Reason | None:
    """Who is visited says where."""
    if not kind.at_home or address.strip():
        return None
    return Reason("address", msgid("没有写上门的地址"), msgid("请写清小区、楼栋、单元和门牌"))


def matter_given(item: str, matter: str) -> Reason | None:
    """One says what one comes for."""
    if item or matter.strip():
        return None
    return Reason("matter", msgid("没有说要办什么事"), msgid("请选一个事项，或用一句话写下来"))


def name_given(name: str) -> Reason | None:
    """One says who comes."""
    if name.strip():
        return None
    return Reason("name", msgid("没有填写姓名"), msgid("请填写和身份证上一样的姓名"))


def not_twice(held: list[Booking], slot: Slot) -> Reason | None:
    """One person cannot hold the same time twice."""
    if all(one.slot_id != slot.id for one in held):
        return None
    return Reason("slot", HOLDS_IT, msgid("要改事项，请先取消原来的预约"))


def not_too_many(held: list[Booking], book: SlotBook) -> Reason | None:
    """One person holds a few at most, so that there are some for all (N)."""
    if len(held) < book.most_held:
        return None
    return Reason(
        "phone",
        HOLDS_MANY,
        msgid("办好或取消一个，再约新的"),
        {"count": len(held)},
    )


def not_now() -> Reason:
    """What anybody is told who typed a telephone's number: not what that telephone holds."""
    return Reason("phone", msgid("这个号码暂时约不了"), msgid("请打社区电话"))


def tells_what_is_held(reason: Reason) -> bool:
    """Whether a reason says what a telephone holds: for officers, who may see it anyhow."""
    return reason.text in (HOLDS_IT, HOLDS_MANY)


def place_left(slot: Slot, book: SlotBook, *, may_wait: bool) -> Reason | None:
    """A place, or a place in the line if one likes to wait."""
    if slot.left:
        return None
    if may_wait and slot.waiting < book.most_waiting:
        return None
    told = msgid("这个时间已经约满，候补也满了") if may_wait else msgid("这个时间已经约满")
    return Reason("slot", told, OTHER_TIME)


def change_in_time(slot: Slot, book: SlotBook, now: datetime) -> Reason | None:
    """Moved or cancelled by oneself until some time before, so that the next one can come (N)."""
    if not slot.begins_within(now, timedelta(minutes=book.change_until_minutes)):
        return None
    return Reason(
        "slot",
        msgid("离开始不到 %(minutes)s 分钟，网上不能再改"),
        msgid("来不了请打社区电话说一声"),
        {"minutes": book.change_until_minutes},
    )


def begun(slot: Slot, now: datetime) -> Reason | None:
    """Nobody is missed before the time has come."""
    if now >= slot.starts_at:
        return None
    return Reason("state", msgid("还没到约定的时间"), msgid("到点以后没来，再记为未到"))


def times_in_order(starts: datetime, ends: datetime, now: datetime) -> Reason | None:
    """A slot begins in the future and ends after it begins, on the same day."""
    if starts <= now:
        return Reason("starts", msgid("开始时间已经过了"), msgid("请填今天以后的时间"))
    if ends <= starts or local(ends).date() != local(starts).date():
        return Reason("ends", msgid("结束时间要在开始之后、同一天"), msgid("请核对起止时间"))
    return None


def one_at_a_time(called: str) -> Reason | None:
    """Whoever calls the next one has finished with the last."""
    if not called:
        return None
    return Reason(
        "state",
        msgid("您叫的 %(number)s 号还没处理"),
        msgid("先按“办完”“过号”，或打开受理，再叫下一个"),
        {"number": called},
    )
