"""How every address of routing is asked: a new route needs a line here (see permission_calls)."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.departments import VERBS
from tests.support.permission_call import REASON, REASON_FORM, Call


def _routing(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("routing", endpoint, method, path, **more)


DECISIONS: Mapping[str, Mapping[str, Any]] = {
    "dispatch": {"department": "zj"},
    "grant-return": {},
    "refuse-return": {"note": "仍属本单位"},
    "grant-extension": {},
    "refuse-extension": {"note": "理由不足"},
    "arbitrate": {"department": "zj", "note": "依三定方案"},
    "pause": {"reason": "testing"},
    "resume": {},
    "assist": {"department": "zj"},
    "drop-assist": {"note": "不再需要"},
    "press": {"note": "请今日内联系"},
    "on-site": {},
    "on-site-done": {"record": "已在现场协调", "met": "反映人及店主"},
    "send-back": {"reason": "没有写结果"},
    "approve": {},
    "close": {},
}
REVIEWED = ("grant-extension", "refuse-extension", "send-back", "approve", "on-site-done")
"""What the leader of the order's department may decide as well."""

FOLLOW_UP: Mapping[str, Mapping[str, Any]] = {
    "record": {"channel": "call", "contacted": True, "solved": True, "grade": 5},
    "exclude": {"reason": "unreachable", "note": "打了三次"},
    "review": {"agreed": True},
}
OF_FOLLOW_UPS = [
    _routing("follow-ups.list_follow_ups", "GET", "/api/routing/follow-ups", shows="follow_up"),
    _routing(
        "follow-ups.show_follow_up", "GET", "/api/routing/follow-ups/{follow_up}", about="order"
    ),
    *(
        _routing(
            f"follow-ups.{verb}_follow_up",
            "POST",
            f"/api/routing/follow-ups/{{follow_up}}/{verb}",
            json=body,
            about="order",
        )
        for verb, body in FOLLOW_UP.items()
    ),
    _routing("pressing.list_pressings", "GET", "/api/routing/pressings"),
    _routing("pressing.list_visits", "GET", "/api/routing/on-site-visits"),
    _routing("pressing.show_bounces", "GET", "/api/routing/bounces"),
    _routing("follow-ups.show_rates", "GET", "/api/routing/rates"),
    _routing("follow_ups.follow_ups", "GET", "/supervise/follow-ups", shows="follow_up"),
    _routing("follow_ups.follow_up", "GET", "/supervise/follow-ups/{follow_up}", about="order"),
    *(
        _routing(
            f"follow_ups.{verb}",
            "POST",
            f"/supervise/follow-ups/{{follow_up}}/{verb}",
            form=body,
            about="order",
            answers=(422,),
        )
        for verb, body in FOLLOW_UP.items()
    ),
    _routing(
        "follow_ups.reveal",
        "POST",
        "/supervise/follow-ups/{follow_up}/reveal",
        form=REASON_FORM,
        about="order",
        action="follow-up.read",
    ),
    _routing("follow_ups.show_rates", "GET", "/supervise/rates"),
]

OF_ORDERS = [
    *OF_FOLLOW_UPS,
    _routing(
        "routing.list_orders",
        "GET",
        "/api/routing/orders?case={case}",
        about="search",
        shows="order",
    ),
    # Officers have to name a case.
    _routing("routing.list_orders", "GET", "/api/routing/orders", shows="order", answers=(422,)),
    _routing(
        "routing.show_order", "GET", "/api/routing/orders/{order}", about="order", shows="order"
    ),
    *(
        _routing(
            f"routing.reply_{verb}",
            "POST",
            f"/api/routing/orders/{{order}}/{verb}",
            json={k: v for k, v in contract.example.items() if k != "order"},
            about="order",
        )
        for verb, contract in VERBS.items()
    ),
    *(
        _routing(
            f"routing.decide_{verb}",
            "POST",
            f"/api/routing/orders/{{order}}/{verb}",
            json=body,
            about="order",
        )
        for verb, body in DECISIONS.items()
    ),
    _routing("routing.list_departments", "GET", "/api/routing/departments"),
    _routing("routing.suggest", "POST", "/api/routing/suggest", json={"text": "噪声扰民"}),
    _routing("routing.list_replies", "GET", "/api/routing/replies"),
    _routing("pages.orders", "GET", "/orders", shows="order"),
    _routing("pages.order", "GET", "/orders/{order}", about="order", shows="order"),
    *(
        _routing(
            "pages.act",
            "POST",
            f"/orders/{{order}}/{verb}",
            form={k: v for k, v in contract.example.items() if k != "order"},
            about="order",
            action="order.reply",
            answers=(422,),
        )
        for verb, contract in VERBS.items()
    ),
    *(
        _routing(
            "pages.act",
            "POST",
            f"/orders/{{order}}/{verb}",
            form=body,
            about="order",
            action="order.review" if verb in REVIEWED else "order.decide",
            answers=(422,),
        )
        for verb, body in DECISIONS.items()
        if verb not in VERBS
    ),
    # Officers may reveal what they may read; orders they do not.
    _routing(
        "routing.reveal_order",
        "POST",
        "/api/routing/orders/{order}/reveal",
        json=REASON,
        about="order",
        action="order.read",
    ),
    _routing(
        "pages.reveal",
        "POST",
        "/orders/{order}/reveal",
        form=REASON_FORM,
        about="order",
        action="order.read",
    ),
    *(
        _routing(
            "routing.export_person",
            "POST",
            "/api/routing/person",
            json={by: f"{{{by}}}", "reason": "本人申请"},
            about="search",
            shows="order",
        )
        for by in ("phone", "case")
    ),
    _routing(
        "pages.person",
        "POST",
        "/orders/person",
        form={"case": "{case}", "reason": "本人申请"},
        about="search",
        shows="order",
    ),
    _routing("pages.rows", "GET", "/orders/rows", shows="order"),
    # Each of the orders is answered for by itself: another's is refused in the answer.
    _routing("pages.sign", "POST", "/orders/sign", form={"orders": "{order}"}),
    _routing("pages.supervise", "GET", "/supervise"),
    _routing("pages.parts", "GET", "/supervise/parts"),
]
