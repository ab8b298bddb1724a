"""Why something may not be done to a problem; None where it may. N: what districts published."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.routing.rules import STATE_LABELS, Reason, msgid
from services.routing.states import ENDED
from shared.district import Department

if TYPE_CHECKING:
    from services.routing.order import Order

WHYS = ("long_unsolved", "between", "pressed", "standing", "by_hand")
WHY_LABELS = {
    "long_unsolved": msgid("长期未解决"),
    "between": msgid("职能交叉、推诿扯皮"),
    "pressed": msgid("已到最高督办层级"),
    "standing": msgid("反复出现的共性问题"),
    "by_hand": msgid("督办人员列入"),
}
"""Why a problem is on the list (N, 3-22)."""


def not_in_this_state(verb: str, state: str, labels: Mapping[str, str]) -> Reason:
    """Every act belongs to some states."""
    return Reason(
        "problem",
        msgid("问题现在“%(state)s”，不能%(verb)s"),
        msgid("请刷新页面，看现在该做什么"),
        values={"state": labels[state], "verb": VERB_LABELS[verb]},
    )


VERB_LABELS = {
    "open": msgid("列入清单"),
    "assign": msgid("明确责任"),
    "add_step": msgid("增加措施"),
    "finish_step": msgid("完成措施"),
    "review": msgid("调度"),
    "attach": msgid("并入工单"),
    "press": msgid("提级督办"),
    "solve": msgid("报告已解决"),
    "begin_look_back": msgid("开始回头看"),
    "hold": msgid("回头看：没有反弹，销号"),
    "come_back": msgid("回头看：反弹，重新打开"),
    "close": msgid("撤出清单"),
    "erased": msgid("删除申请人信息"),
}
"""What is done to a problem, as the timeline says it."""


def unknown_department(field: str, code: str, known: Mapping[str, Department]) -> Reason | None:
    """A problem is led and assisted by departments of this district."""
    if code in known:
        return None
    return Reason(
        field,
        msgid("本区没有代码为“%(code)s”的部门"),
        msgid("请从部门列表里选"),
        values={"code": code},
    )


def assists_itself(lead: str, assisting: Collection[str]) -> Reason | None:
    """Who leads does not assist."""
    if lead not in assisting:
        return None
    return Reason("assisting", msgid("主办单位不能同时是协办单位"), msgid("请从协办里去掉它"))


def not_ahead(field: str, when: datetime, now: datetime) -> Reason | None:
    """A date somebody is held to lies ahead."""
    if when > now:
        return None
    return Reason(field, msgid("这个日期已经过去"), msgid("请选今天或以后的日期"))


def no_such_step(n: int, steps: Collection[Mapping[str, Any]]) -> Reason | None:
    """Only a step that is open can be done."""
    if any(one["n"] == n and not one["done_at"] for one in steps):
        return None
    return Reason(
        "step", msgid("第 %(n)s 项措施不存在，或已经完成"), msgid("请刷新页面"), values={"n": n}
    )


def steps_open(steps: Collection[Mapping[str, Any]]) -> Reason | None:
    """What was promised is done before a problem counts as solved."""
    left = sum(not one["done_at"] for one in steps)
    if not left:
        return None
    return Reason(
        "problem",
        msgid("还有 %(n)s 项措施没有完成"),
        msgid("请先逐项完成，再报告已解决"),
        values={"n": left},
    )


def too_many(field: str, count: int, most: int) -> Reason | None:
    """A list people still can read."""
    if count <= most:
        return None
    return Reason(
        field, msgid("最多 %(most)s 项"), msgid("请合并或去掉几项"), values={"most": most}
    )


def at_the_top(level: int, highest: int) -> Reason | None:
    """There is no level above the highest (N, 3-23)."""
    if level < highest:
        return None
    return Reason("problem", msgid("已是最高督办层级"), msgid("请在调度时商定下一步"), source="N")


def unknown_why(why: str) -> Reason | None:
    """One of the reasons of the list."""
    if why in WHYS:
        return None
    return Reason("why", msgid("列入原因不在名单里"), msgid("请从列表里选"))


def no_order(number: str) -> Reason:
    """Only orders that are there can be attached."""
    return Reason(
        "orders",
        msgid("没有编号为“%(number)s”的工单"),
        msgid("请核对工单编号"),
        values={"number": number},
    )


def taken_before() -> Reason:
    """A proposal is taken or dismissed once."""
    return Reason("candidate", msgid("这件已经有人处理过"), msgid("请刷新页面"))


def ended(order: "Order") -> Reason | None:
    """Somebody is made answerable for what is still to be done (N, 3-22)."""
    if order.state not in ENDED:
        return None
    return Reason(
        "candidate",
        msgid("工单 %(number)s 现在“%(state)s”，不用再列入清单"),
        msgid("仍要列入的，请点“列入问题”，把这张工单填进去"),
        source="N",
        values={"number": order.number, "state": STATE_LABELS[order.state]},
    )


def listed_already(number: str, problem: str) -> Reason:
    """An order is put on the list once, however it came there."""
    return Reason(
        "candidate",
        msgid("工单 %(number)s 已在问题 %(problem)s 里"),
        msgid("请到这个问题里办理"),
        values={"number": number, "problem": problem},
    )


def not_answered(number: str) -> Reason:
    """Looking back is for what was fixed."""
    return Reason(
        "order",
        msgid("工单 %(number)s 还没有答复，谈不上回头看"),
        msgid("请等部门办结后再安排"),
        source="N",
        values={"number": number},
    )


def looked_at_already(number: str) -> Reason:
    """One look-back at a time."""
    return Reason(
        "order",
        msgid("%(number)s 已安排回头看"),
        msgid("请在回头看列表里登记结果"),
        values={"number": number},
    )
