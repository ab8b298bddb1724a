"""The rules for what is decided about an order: pausing it, and who assists. See ``rules``."""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from services.routing.rules import Reason, msgid
from services.routing.states import OPEN
from services.routing.supervision_values import Pause

if TYPE_CHECKING:
    from services.routing.order_fields import Fields as Order


def unknown_pause(reason: str, pauses: Mapping[str, Pause]) -> Reason | None:
    """The clock stands still only for the reasons the district has named."""
    if reason in pauses:
        return None
    names = "、".join(one.name for one in pauses.values())
    remedy = msgid("可以中止的理由：%(names)s")
    return Reason("reason", msgid("本区没有这个中止理由"), remedy, values={"names": names})


def paused_before(order: "Order") -> Reason | None:
    """One pause at a time."""
    if order.paused_at is None:
        return None
    return Reason("order", msgid("办结时钟已经中止"), msgid("恢复计时以后才能再次中止"))


def nothing_left_to_pause(order: "Order", at: datetime) -> Reason | None:
    """A clock that ran out is not brought back by a pause."""
    if order.due_by is not None and at <= order.due_by:
        return None
    return Reason("order", msgid("已过办结期限，不能再中止计时"), msgid("请尽快办结"))


def not_paused(order: "Order") -> Reason | None:
    """Only a clock that stands still goes on."""
    if order.paused_at is not None:
        return None
    return Reason("order", msgid("办结时钟没有中止"), msgid("请刷新看看最新情况"))


def reply_not_read(*, newer: bool) -> Reason | None:
    """Nobody judges a reply that came after what they have read (N, 审单)."""
    if not newer:
        return None
    text, remedy = msgid("您看过以后，单位又交来新的答复"), msgid("请先看新的答复，再审核")
    return Reason("order", text, remedy, "N")


def assists_itself(order: "Order") -> Reason | None:
    """Who assists does not have assistants: the lead asks for them."""
    if order.role == "lead":
        return None
    return Reason("order", msgid("这是协办工单，不能再加协办"), msgid("请在主办工单上增加"))


def leads_already(order: "Order", department: str) -> Reason | None:
    """The department that leads does not assist itself."""
    if department != order.department:
        return None
    return Reason("department", msgid("该单位就是主办单位"), msgid("请改选别的单位"))


def returned_to_itself(order: "Order", department: str | None) -> Reason | None:
    """A return that holds goes to another department."""
    if department is None or department != order.department:
        return None
    return Reason("department", msgid("退单的就是该单位"), msgid("请改选别的单位，或驳回退单"))


def works_on_it(department: str | None, others: Container[str | None]) -> Reason | None:
    """Of a joint order no department has two parts: it leads, or assists once."""
    if department is None or department not in others:
        return None
    text = msgid("该单位已在办这件事（主办或协办）")
    return Reason("department", text, msgid("请改选别的单位，或先取消它的协办"))


def assists_nobody(order: "Order") -> Reason | None:
    """Only help is called off; the lead goes on."""
    if order.role == "assist":
        return None
    return Reason("order", msgid("这不是协办工单"), msgid("只有协办可以取消"))


def helped_already(order: "Order") -> Reason | None:
    """Help that was given is not called off."""
    if order.state in OPEN:
        return None
    return Reason("order", msgid("协办已经结束"), msgid("请刷新看看最新情况"))


def assists_already(department: str, assisting: Container[str | None]) -> Reason | None:
    """A department assists an order once at a time."""
    if department not in assisting:
        return None
    return Reason("department", msgid("该单位已在协办"), msgid("请改选别的单位"))


def never_dispatched(order: "Order") -> Reason | None:
    """What no department has cannot go back to one."""
    if order.department is not None:
        return None
    return Reason("order", msgid("这张工单还没有承办单位"), msgid("请先派单"))
