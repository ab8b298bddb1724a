"""Orders of all three districts in any state, and every act on them with all that it wants."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from services.routing import states as s
from services.routing.order import Order
from services.routing.order_fields import ASSIST
from shared.district import District, load
from tests.unit.routing.ground import DISTRICT as XIANGSHAN
from tests.unit.routing.ground import MONDAY

DISTRICTS = {"xiangshan": XIANGSHAN} | {
    name: load(name) for name in ("beiguan", "huainan", "daguan")
}
REVIEWED = "周局长"
REPLY = {
    "officer": "高峰",
    "note": "已办",
    "at": None,
    "reason": "属城管职责",
    "legal_ground": "市容管理条例第十条",
    "proposed_department": "cg",
    "approved_by": "周局长",
    "result": "已约谈店主",
    "outcome": "solved",
    "reviewed_by": REVIEWED,
}


def fresh(urgency: str = "normal", **changes: Any) -> Order:
    """An order that waits for a department."""
    fields = {
        "number": "XS-261123-0042-08-1",
        "case_number": "XS-261123-0042-08",
        "transfer": 1,
        "title": "楼下烧烤店夜间噪声扰民",
        "description": "",
        "kind": "complaint",
        "urgency": urgency,
        "location": "",
        "community_code": "340603002001",
        "community_name": "供电社区",
        "applicant_name": "王建国",
        "applicant_phone": "13805610000",
        "owner_name": "李敏",
        "item_code": None,
        "item_name": "",
        "opened_at": MONDAY,
        "case_version": 3,
    }
    return Order(**(fields | changes))


def dispatched(
    at: datetime = MONDAY, district: District = XIANGSHAN, urgency: str = "normal"
) -> Order:
    """An order that 公安 has."""
    order = fresh(urgency)
    order.dispatch("ga", ["“噪声”属公安职责"], at, "系统", district)
    return order


class Acts:
    """Every act on an order, with everything it wants."""

    def __init__(self, order: Order, district: District = XIANGSHAN) -> None:
        self.order, self.district = order, district

    def do(self, verb: str, at: datetime, **reply: object) -> None:
        """Do it."""
        acts = self._acts(at)
        if verb in acts:
            acts[verb]()
        else:
            self._answer(verb, at, **reply)

    def make_ready_for(self, verb: str, at: datetime) -> None:
        """What a rule, not the state, asks for first."""
        order = self.order
        if verb.endswith("_extension"):
            order.extension = {"reason": "需检测", "approved_by": "周局长"}
        if verb == "resume" and order.allows("pause"):
            self.do("pause", at)
        if verb == "recount":
            order.due_by = at  # as an older calendar had it
        if verb == "assist_dropped":
            order.role = ASSIST
        if verb == "open_arbitration":
            order.first_department = "ga"
        if verb in ("case_reopened", "dissatisfied"):
            order.department = order.department or "ga"

    def _acts(self, at: datetime) -> dict[str, Callable[[], object]]:
        order, pack = self.order, self.district
        return {
            "dispatch": lambda: order.dispatch("ga", [], at, "督办", pack),
            "open_arbitration": lambda: order.open_arbitration(at, "系统", pack),
            "review_asked": lambda: self._complete(at, "review_asked"),
            "assists_awaited": lambda: self._complete(at, "assists_awaited"),
            "assists_done": lambda: order.assists_done(at, "系统"),
            "grant_return": lambda: order.grant_return("成立", at, "督办", pack),
            "refuse_return": lambda: order.refuse_return("不成立", at, "督办"),
            "arbitrate": lambda: order.rule("cg", "依三定方案", at, "编办", pack),
            "arbitrate_late": lambda: order.arbitrate_late(at, "系统", pack),
            "grant_extension": lambda: order.grant_extension("同意", at, "督办", pack),
            "refuse_extension": lambda: order.refuse_extension("不同意", at, "督办"),
            "pause": lambda: order.pause_for("testing", "送检", at, "督办", pack),
            "resume": lambda: order.resume("", at, "督办", pack),
            "assist": lambda: order.add_assist("cg", "现场秩序", at, "督办"),
            "assist_dropped": lambda: order.drop_assist("", at, "督办", pack),
            "press": lambda: order.press("请抓紧", at, "督办"),
            "escalate": lambda: order.escalate(2, "", at, "系统"),
            "on_site": lambda: order.call_on_site("", at, "系统"),
            "on_site_done": lambda: order.was_on_site("已到场", at, "督办"),
            "due_soon": lambda: order.warn("contact", at, "系统"),
            "recount": lambda: order.recount("", at, "系统", pack),
            "late": lambda: order.raise_late("contact", at, "系统"),
            "sign_unsigned": lambda: order.sign_unsigned(at, "系统"),
            "send_back": lambda: order.send_back("没有写结果", at, "督办", pack),
            "approve": lambda: order.approve("", at, "督办", pack, assists_open=False),
            "close": lambda: order.close("", at, "督办"),
            "case_closed": lambda: order.case_closed("", at, "李敏", pack),
            "case_withdrawn": lambda: order.case_withdrawn("申请人撤回", at, "李敏", pack),
            "case_reopened": lambda: order.case_reopened("又吵了", at, "居民", pack),
            "dissatisfied": lambda: order.dissatisfied("还是吵", at, "回访员", pack),
            "case_rated": lambda: order.case_rated(5, comment="", at=at, by="居民"),
            "followed_up": lambda: order.followed_up("已解决，5/5", at, "回访员"),
            "person_corrected": lambda: order.correct_person("王军", "13805610001", 9, at, "系统"),
            "owner_changed": lambda: order.change_owner("赵强", 9, at, "系统"),
            "person_erased": lambda: order.erase_person(at, "系统", pack),
            "supersede": lambda: order.supersede("", at, "系统", pack),
        }

    def _answer(self, verb: str, at: datetime, *, waits: bool = False, **reply: object) -> None:
        self.order.answer(verb, REPLY | reply, at, self.district, assists_open=waits)

    def _complete(self, at: datetime, into: str) -> None:
        """A reply that waits: for the leader, by the rule of Beiguan, or for who assists."""
        if into == "assists_awaited":
            self._answer("completed", at, waits=True)
        else:
            pack = DISTRICTS["beiguan"]
            self.order.answer(
                "completed", REPLY | {"reviewed_by": ""}, at, pack, assists_open=False
            )


WAYS = {
    s.DISPATCHED: (),
    s.SIGNED: ("signed",),
    s.RETURN_REQUESTED: ("return_requested",),
    s.ARBITRATION: ("return_requested", "grant_return", "open_arbitration"),
    s.IN_REVIEW: ("review_asked",),
    s.JOINT: ("assists_awaited",),
    s.COMPLETED: ("completed",),
    s.CLOSED: ("completed", "close"),
    s.CANCELLED: ("case_withdrawn",),
}
"""How an order comes to a state by the ordinary way, once dispatched."""


def in_state(state: str, district: District = XIANGSHAN, at: datetime | None = None) -> Order:
    """An order that came to a state by the ordinary way, five minutes after its dispatch."""
    if state == s.PROPOSED:
        return fresh()
    order = dispatched(district=district)
    acts = Acts(order, district)
    for verb in WAYS[state]:
        acts.do(verb, at or MONDAY + timedelta(minutes=5))
    assert order.state == state
    return order
