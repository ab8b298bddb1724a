"""The rules a follow-up keeps: small functions that say why not, or None; and its labels.

N is what districts published of their practice (3-24); local is what a pack lays down itself.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from services.routing.order import Order
from services.routing.rules import Reason, msgid
from services.routing.supervision import FollowUps, Named
from shared.district import Rules

if TYPE_CHECKING:
    from services.routing.follow_ups.follow_up import FollowUp

LEAD = "lead"


def no_follow_up(order: Order, rules: Rules) -> Reason | None:
    """Every named order is followed up; an assisting one with its lead, once (N)."""
    if not rules.follow_up_all_named:
        return Reason("order", msgid("本区不对所有实名工单回访"), msgid("无需回访"), "N")
    if order.role != LEAD:
        return Reason("order", msgid("协办工单随主办工单回访"), msgid("请看主办工单的回访"), "N")
    if order.erased_at is not None or not order.applicant_name.strip():
        return Reason("order", msgid("没有实名的申请人"), msgid("无需回访"), "N")
    return None


def not_in_this_state(state: str, verb: str) -> Reason:
    """An act must fit the follow-up's state (the one table TRANSITIONS)."""
    return Reason(
        "order",
        msgid("这次回访现在是“%(state)s”，不能%(act)s"),
        msgid("请刷新看看最新情况，再决定怎么办"),
        values={"state": STATE_LABELS[state], "act": VERB_LABELS[verb]},
    )


def unknown_channel(code: str, rules: FollowUps) -> Reason | None:
    """A follow-up is made by a channel of the district."""
    return _not_among("channel", code, rules.channels)


def unknown_exclusion(code: str, rules: FollowUps) -> Reason | None:
    """One is excluded for a stated reason of the district, and for no other."""
    return _not_among("reason", code, rules.invalid)


def unknown_grade(grade: int | None, rules: Rules) -> Reason | None:
    """Grades are the district's five (好差评)."""
    if any(one.score == grade for one in rules.grades):
        return None
    return Reason("grade", msgid("没有这一档评价"), msgid("请从五档评价里选"))


def is_positive(grade: int, rules: Rules) -> bool:
    """Whether the grade counts as satisfied."""
    return any(one.positive for one in rules.grades if one.score == grade)


def reviewed_by_oneself(follow_up: "FollowUp", username: str) -> Reason | None:
    """Who asked that it does not count does not decide it (local)."""
    if follow_up.asked_by_username != username:
        return None
    return Reason(
        "order", msgid("提出不计入的人不能自己复核"), msgid("请另一位督办人员复核"), "local"
    )


def _not_among(field: str, code: str, named: Iterable[Named]) -> Reason | None:
    if any(one.code == code for one in named):
        return None
    return Reason(
        field,
        msgid("本区没有“%(code)s”这一项"),
        msgid("请从列表里选"),
        values={"code": code},
    )


STATE_LABELS = {
    "open": msgid("待回访"),
    "done": msgid("已回访"),
    "exclusion_asked": msgid("未回访，待复核"),
    "doubted": msgid("已回访，待复核"),
    "excluded": msgid("不计入"),
    "lapsed": msgid("无需回访"),
}
"""The names of the states, as every page says them."""

VERB_LABELS = {
    "record": msgid("登记回访结果"),
    "rate": msgid("由居民评价代替回访"),
    "ask_again": msgid("由居民反映未解决代替回访"),
    "add": msgid("补记居民评价"),
    "ask_exclusion": msgid("提出不计入"),
    "grant_exclusion": msgid("同意不计入"),
    "refuse_exclusion": msgid("不同意不计入"),
    "lapse": msgid("取消回访"),
}
"""The names of what can be done to one."""

LAPSE_LABELS = {
    "reopened": msgid("工单已重新办理，等新答复后再回访"),
    "erased": msgid("申请人信息已按规定删除"),
    "over": msgid("居民已撤回办件，不再回访"),
    "superseded": msgid("办件已重新转办，随新工单回访"),
}
"""Why one lapsed."""
