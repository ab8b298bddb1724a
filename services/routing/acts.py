"""What a person may do to an order now: by its state, the rules, and who they are.

Pages offer exactly this. It promises nothing: whoever presses the button is checked again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.routing import access, rules, rules_decided
from services.routing.actions import DECISIONS
from services.routing.order import Order
from services.routing.rules import Reason, msgid
from shared.contracts.departments import VERBS
from shared.district import District
from shared.permissions import User, may

PLAIN, FORM = "plain", "form"
SIGN = "signed"
FIRST = 3
"""So many acts stand beside the order; the others are under one button."""


@dataclass(frozen=True)
class Act:
    """One thing to do. ``kind``: at one press, or by a form that is opened first."""

    verb: str
    label: str
    key: str
    kind: str = FORM


ACTS = (
    # what the order waits for comes first
    Act(SIGN, msgid("签收"), "s", PLAIN),
    Act("dispatch", msgid("派单"), "d"),
    Act("arbitrate", msgid("裁定"), "a"),
    Act("grant-return", msgid("同意退单"), "a"),
    Act("refuse-return", msgid("退单不成立"), "n"),
    Act("approve", msgid("审核通过"), "a", PLAIN),
    Act("send-back", msgid("退回重办"), "h"),
    Act("grant-extension", msgid("同意延期"), "y"),
    Act("refuse-extension", msgid("不同意延期"), "f"),
    # the department's ordinary work
    Act("completed", msgid("答复办结"), "e"),
    Act("contacted", msgid("已联系"), "c"),
    Act("progressed", msgid("进展"), "p"),
    Act("extension_requested", msgid("延期"), "d"),
    Act("return_requested", msgid("退单"), "r"),
    # supervision
    Act("press", msgid("督办"), "u"),
    Act("resume", msgid("恢复计时"), "t"),
    Act("on-site-done", msgid("现场记录"), "l"),
    Act("on-site", msgid("请到现场"), "o"),
    Act("assist", msgid("加协办"), "i"),
    Act("drop-assist", msgid("取消协办"), "x"),
    Act("pause", msgid("中止计时"), "t"),
    Act("close", msgid("办结归档"), "z", PLAIN),
)
"""In the order in which they are offered."""
_MOVES = {"drop-assist": "assist_dropped"}
"""What the order calls an act of another name."""


def allowed(
    order: Order, user: User, at: datetime, district: District, *, called: bool = False
) -> list[Act]:
    """What this person may do to the order now, the likeliest first.

    Args:
        order: the order.
        user: who asks.
        at: now.
        district: the pack.
        called: whether a leader is called to the spot and has not been there.
    """
    known = (one for one in ACTS if one.verb in VERBS or one.verb in DECISIONS)
    return [
        one
        for one in known
        if order.allows(_MOVES.get(one.verb, one.verb.replace("-", "_")))
        and _permitted(one.verb, order, user)
        and not _hindered(one.verb, order, at, district, called=called)
    ]


def answers(order: Order, at: datetime, district: District) -> list[str]:
    """Which of the six answers its department may give now."""
    return [
        verb
        for verb in VERBS
        if order.allows(verb) and not _hindered(verb, order, at, district, called=False)
    ]


def _permitted(verb: str, order: Order, user: User) -> bool:
    """As `access.admit_to_decide` and `actions.answer` will see it."""
    if verb in VERBS:
        return may(user, "order.reply", access.place_of(order))
    decision = DECISIONS[verb]
    return access.may_decide(user, order, decision.action, afterwards=decision.afterwards)


def _hindered(verb: str, order: Order, at: datetime, district: District, *, called: bool) -> bool:
    if verb == "on-site":
        return called
    if verb == "on-site-done":
        return not called
    if verb == "approve":
        return order.reviewed_at is not None
    return any(rule(order, at, district) is not None for rule in _RULES.get(verb, ()))


Rule = Callable[[Order, datetime, District], Reason | None]
_ASKED: Rule = lambda order, _at, _district: rules.no_extension_asked(order)  # noqa: E731
_RULES: Mapping[str, tuple[Rule, ...]] = {
    "return_requested": (
        lambda order, _at, district: rules.ruled_before(order, district.departments),
        lambda order, at, district: rules.return_too_late(order, at, district.rules),
    ),
    "extension_requested": (
        lambda order, _at, district: rules.extended_before(order, district.rules),
        lambda order, _at, _district: rules.extension_pending(order),
        lambda order, at, _district: rules.extension_too_late(order, at),
    ),
    "grant-extension": (
        _ASKED,
        lambda order, _at, district: rules.extended_before(order, district.rules),
    ),
    "refuse-extension": (_ASKED,),
    "pause": (
        lambda order, _at, _district: rules_decided.paused_before(order),
        lambda order, at, _district: rules_decided.nothing_left_to_pause(order, at),
    ),
    "resume": (lambda order, _at, _district: rules_decided.not_paused(order),),
    "drop-assist": (
        lambda order, _at, _district: rules_decided.assists_nobody(order),
        lambda order, _at, _district: rules_decided.helped_already(order),
    ),
    "assist": (lambda order, _at, _district: rules_decided.assists_itself(order),),
}
"""What the rules would refuse whatever is written into the form."""
