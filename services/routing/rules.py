"""The rules a work order keeps: small functions that say why something may not be done, or None.

Sources: A50 is 安阳市政务服务条例 art. 50, B12 and B14 are 北京市接诉即办工作条例, N is what
districts published of their practice. What differs between districts is read from rules.yml.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.district import Department, Rules
from shared.msgid import msgid as msgid  # noqa: PLC0414 - handed on

if TYPE_CHECKING:
    from services.routing.order_fields import Fields as Order


_ACTED_ON = frozenset({"order", "problem", "cluster", "look_back", "candidate"})
"""What acts are done to; none of them is a field somebody fills in about itself."""


@dataclass(frozen=True)
class Reason:
    """Why not: the field at fault, the reason, what to do instead, and the rule's source.

    The texts are Chinese message ids; ``values`` fills their ``%(name)s``.
    """

    field: str
    text: str
    remedy: str
    source: str = ""
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def is_of_state(self) -> bool:
        """Whether the thing as it stands is in the way, and not what was given."""
        return self.field in _ACTED_ON

    def __str__(self) -> str:
        said = f"{self.text}。{self.remedy}" % self.values
        return f"{said}（{self.source}）" if self.source else said


class Refused(Exception):
    """An act on a work order that the rules do not allow. It changed nothing."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(str(reason))


def refuse(*reasons: Reason | None) -> None:
    """Do nothing if there is no reason.

    Raises:
        Refused: with the first reason there is.
    """
    for reason in reasons:
        if reason is not None:
            raise Refused(reason)


def not_in_this_state(order: "Order", verb: str, allowed: Mapping[str, str]) -> Reason | None:
    """An act must fit the order's state (the one table TRANSITIONS)."""
    if order.state in allowed:
        return None
    return Reason(
        "order",
        msgid("工单现在是“%(state)s”，不能%(act)s"),
        msgid("请刷新看看最新情况，再决定怎么办"),
        values={"state": STATE_LABELS[order.state], "act": VERB_LABELS[verb]},
    )


def unknown_department(code: str, departments: Mapping[str, Department]) -> Reason | None:
    """An order goes to a department of this district."""
    if code in departments:
        return None
    return Reason(
        "department",
        msgid("本区没有代码为“%(code)s”的部门"),
        msgid("请从部门列表里选"),
        values={"code": code},
    )


def not_yours(order: "Order", department: str) -> Reason | None:
    """Only the department that holds the order may answer it."""
    if order.department == department:
        return None
    return Reason("order", msgid("这张工单现在不在贵单位"), msgid("请核对工单编号"))


def return_too_late(order: "Order", at: datetime, rules: Rules) -> Reason | None:
    """A return is asked for within the window from dispatch; then it counts as signed (A50)."""
    window = timedelta(hours=rules.return_window_hours)
    if order.dispatched_at is not None and at <= order.dispatched_at + window:
        return None
    return Reason(
        "order",
        msgid("已过派单后 %(hours)s 小时的退单时限，视为已签收"),
        msgid("请继续办理；确有争议的，请联系区级督办"),
        "A50",
        {"hours": rules.return_window_hours},
    )


def return_without_ground(reason: str, legal_ground: str) -> Reason | None:
    """A return says why, and by which provision it is another's remit (A50)."""
    if not reason.strip():
        remedy = msgid("请写明为什么不属于本单位职责")
        return Reason("reason", msgid("没有写退单理由"), remedy, "A50")
    if not legal_ground.strip():
        remedy = msgid("请写明法规或“三定”依据的条款")
        return Reason("legal_ground", msgid("没有写法律依据"), remedy, "A50")
    return None


def return_to_itself(order: "Order", proposed: str | None) -> Reason | None:
    """The right department proposed with a return is another one."""
    if proposed is None or proposed != order.department:
        return None
    text, remedy = msgid("建议的部门就是贵单位"), msgid("请改选，或留空")
    return Reason("proposed_department", text, remedy, "A50")


def extended_before(order: "Order", rules: Rules) -> Reason | None:
    """More time is given once (A50)."""
    if order.extensions < rules.extensions:
        return None
    return Reason(
        "order",
        msgid("最多延期 %(most)s 次，已经用完"),
        msgid("请按现在的期限办结"),
        "A50",
        {"most": rules.extensions},
    )


def extension_pending(order: "Order") -> Reason | None:
    """One request for more time at a time."""
    if order.extension is None:
        return None
    return Reason("order", msgid("延期申请已经在等审批"), msgid("请等督办答复"), "A50")


def no_extension_asked(order: "Order") -> Reason | None:
    """Only a request that is there can be decided."""
    if order.extension is not None:
        return None
    return Reason("order", msgid("没有待审批的延期申请"), msgid("请刷新看看最新情况"), "A50")


def extension_too_late(order: "Order", at: datetime) -> Reason | None:
    """More time is asked for before the deadline, not after it (A50); decided it may be later.

    While the clock is paused, what counts is when the pause began.
    """
    if order.due_by is not None and (order.paused_at or at) <= order.due_by:
        return None
    return Reason("order", msgid("已过办结期限，不能再申请延期"), msgid("请尽快办结"), "A50")


def extension_without_approver(reason: str, approved_by: str) -> Reason | None:
    """The unit's head approves a request for more time (A50)."""
    if not reason.strip():
        remedy = msgid("请写明为什么需要更多时间")
        return Reason("reason", msgid("没有写延期理由"), remedy, "A50")
    if not approved_by.strip():
        remedy = msgid("请填写批准延期的单位负责人")
        return Reason("approved_by", msgid("没有写批准人"), remedy, "A50")
    return None


def contact_out_of_time(order: "Order", contacted_at: datetime, now: datetime) -> Reason | None:
    """A contact lies between the clock's beginning and now: it cannot be turned back (N).

    It begins at dispatch, or when the order was reopened; an older contact does not count then.
    """
    if contacted_at > now:
        return Reason("at", msgid("联系时间晚于现在"), msgid("请核对时间和时区"), "N")
    if order.clock_from is not None and contacted_at < order.clock_from:
        dispatched = order.clock_from == order.dispatched_at
        early = msgid("联系时间早于派单时间")
        early = early if dispatched else msgid("联系时间早于本次计时开始的时间")
        return Reason("at", early, msgid("请核对时间和时区"), "N")
    return None


def ruled_before(order: "Order", departments: Mapping[str, Department]) -> Reason | None:
    """The arbiter's ruling is final: what was ruled on is not returned again (B12)."""
    dispute = order.arbitration or {}
    ruled = dispute.get("department")
    if ruled is None:
        return None
    return Reason(
        "order",
        msgid("%(arbiter)s已裁定由%(department)s办理，不能再退单"),
        msgid("请继续办理；对裁定有异议的，请与裁定单位联系"),
        "B12",
        {"arbiter": dispute["arbiter"], "department": departments[ruled].short},
    )


def nothing_said(field: str, text: str) -> Reason | None:
    """Who asks somebody to act, or says something is done, says it in words."""
    if text.strip():
        return None
    return Reason(field, msgid("没有写内容"), msgid("请用一两句话写明白"))


STATE_LABELS = {
    "proposed": msgid("待派单"),
    "dispatched": msgid("待签收"),
    "signed": msgid("办理中"),
    "return_requested": msgid("退单待审"),
    "arbitration": msgid("待裁定"),
    "in_review": msgid("待负责人审核"),
    "joint": msgid("待协办单位办结"),
    "completed": msgid("已答复"),
    "closed": msgid("已办结"),
    "cancelled": msgid("已撤销"),
}
"""The names of the states, as every page says them."""

VERB_LABELS = {
    "dispatch": msgid("派单"),
    "signed": msgid("签收"),
    "sign_unsigned": msgid("视为签收"),
    "contacted": msgid("联系居民"),
    "progressed": msgid("填写进展"),
    "return_requested": msgid("申请退单"),
    "extension_requested": msgid("申请延期"),
    "completed": msgid("答复办结"),
    "grant_return": msgid("同意退单"),
    "refuse_return": msgid("退单不成立"),
    "grant_extension": msgid("同意延期"),
    "refuse_extension": msgid("不同意延期"),
    "press": msgid("催办"),
    "send_back": msgid("审单退回"),
    "approve": msgid("审单通过"),
    "close": msgid("办结归档"),
    "case_closed": msgid("随办件办结"),
    "case_withdrawn": msgid("随办件撤回"),
    "case_reopened": msgid("重新办理"),
    "case_rated": msgid("居民评价"),
    "supersede": msgid("由新工单接替"),
    "late": msgid("超期提级"),
    "person_corrected": msgid("更正申请人信息"),
    "owner_changed": msgid("首问责任人移交"),
    "person_erased": msgid("删除申请人信息"),
    "propose": msgid("等待派单"),
    "open_arbitration": msgid("提请裁定"),
    "arbitrate": msgid("裁定"),
    "arbitrate_late": msgid("逾期未裁定"),
    "review_asked": msgid("提交负责人审核"),
    "assists_awaited": msgid("等待协办单位"),
    "assists_done": msgid("协办单位均已办结"),
    "pause": msgid("中止计时"),
    "resume": msgid("恢复计时"),
    "assist": msgid("增加协办单位"),
    "assist_dropped": msgid("协办结束"),
    "escalate": msgid("提级督办"),
    "on_site": msgid("请负责人到现场"),
    "on_site_done": msgid("现场办理记录"),
    "due_soon": msgid("将到期提醒"),
    "recount": msgid("重新计算期限"),
    "followed_up": msgid("回访"),
    "dissatisfied": msgid("不满意重办"),
}
"""The names of what can be done to, or happen to, an order."""
