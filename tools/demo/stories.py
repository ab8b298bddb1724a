"""What becomes of one matter: each story is a straight line of steps and the time between them.

A story is a generator. It does a step through the API, then yields how long it is until the next
one; what would come after the present is never done, and so the matter is left in hand.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from tools.client import Baitong, Person, Refused
from tools.demo import people
from tools.demo.proportions import CHANNELS, COMMENTS, GRADES, URGENCIES, Matter, draw

Story = Iterator[timedelta]
LONGEST_WAIT = 20.0
CONTACTED = (
    "已电话联系居民，约定今天下午上门查看",
    "已与反映人通话，了解具体时间和位置",
    "已加微信沟通，请居民补充现场照片",
    "电话联系本人，说明办理流程和预计时间",
)
PROGRESSED = (
    "已到现场查看，情况属实，正在协调处理",
    "已约谈相关单位，要求限期整改",
    "已会同社区、物业现场会商，明确责任和完成时间",
    "材料已配齐，明天上午施工",
    "已初步核实，正在调取资料",
)
NOT_MINE = (
    ("经核查属沿街经营管理范围", "《城市市容和环境卫生管理条例》第十四条", "cg"),
    ("该处为小区共有部分，属物业管理事项", "《物业管理条例》第五条", "zj"),
    ("属社会生活噪声，由公安机关处理", "《噪声污染防治法》第八十二条", "ga"),
)


USUAL = (6, 60)
SLOW = {"late": (240, 300), "extended in hand": (600, 700)}
"""Hours from the first progress to the answer."""


@dataclass
class Teller:
    """What a story is told with."""

    baitong: Baitong
    dice: Random
    departments: frozenset[str]

    def minutes(self, least: float, most: float) -> timedelta:
        """Some minutes."""
        return timedelta(minutes=self.dice.uniform(least, most))

    def hours(self, least: float, most: float) -> timedelta:
        """Some hours."""
        return timedelta(hours=self.dice.uniform(least, most))

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.dice.random() < share

    def accept(self, desk: Person, matter: Matter) -> str:
        """A receipt; returns its number."""
        case = desk.accept(
            matter["title"],
            description=matter["description"],
            kind=matter["kind"],
            applicant=people.applicant(self.dice),
            location=people.place(self.dice),
            channel=draw(self.dice, CHANNELS),
            urgency=draw(self.dice, URGENCIES),
        )
        return str(case["number"])

    def rate(self, desk: Person, number: str, grade: int | None = None) -> int:
        """The resident's grade, told to the desk on the telephone (回访)."""
        given = grade or draw(self.dice, GRADES)
        desk.act(number, "rate", grade=given, comment=self.dice.choice(COMMENTS[given]))
        return given

    def order(self, desk: Person, case: str) -> str:
        """The case's newest order, once routing has it."""
        orders = wait(lambda: desk.orders_of(case))
        return str(max(order["number"] for order in orders))

    def resolved(self, desk: Person, number: str) -> None:
        """Wait until intake has heard the answer."""
        wait(lambda: desk.case(number)["state"] == "resolved")


def wait(ask: Callable[[], Any]) -> Any:
    """What `ask` gives once it is something.

    Raises:
        TimeoutError: nothing came.
    """
    end = time.monotonic() + LONGEST_WAIT
    while not (found := ask()):
        if time.monotonic() > end:
            raise TimeoutError("the platform has not passed on an event; is a service down?")
        time.sleep(0.02)
    return found


# -- at the desk ----------------------------------------------------------------------------------


def answered_at_once(tell: Teller, desk: Person, matter: Matter) -> Story:
    """A question, a thank-you: answered while the resident sits there."""
    number = tell.accept(desk, matter)
    yield tell.minutes(2, 12)
    desk.act(number, "resolve", result=matter["result"])
    yield from rated_and_closed(tell, desk, number)


def rated_and_closed(tell: Teller, desk: Person, number: str) -> Story:
    """Most rate; all are archived."""
    yield tell.hours(0.2, 30)
    if tell.chance(0.8):
        tell.rate(desk, number)
    yield tell.hours(1, 40)
    desk.act(number, "close")


def application(tell: Teller, desk: Person, item: dict[str, Any], plot: str = "") -> Story:
    """An item of the catalogue; some bring everything, some hear once what is missing (A36)."""
    required = [material["name"] for material in item["materials"] if material["required"]]
    missing = required[-1:] if plot == "noticed" or tell.chance(0.4) else []
    brought = [name for name in required if name not in missing]
    case = desk.accept(item=item["code"], applicant=people.applicant(tell.dice), materials=brought)
    number = str(case["number"])
    if case["missing"]:
        yield tell.minutes(3, 8)
        desk.act(number, "notice")
        if plot == "noticed":
            return
        yield tell.hours(4, 110)
        desk.act(number, "materials", received=missing)
    yield tell.minutes(3, 9)
    if plot == "back office" or item["handled_at"] != "desk" or tell.chance(0.3):
        desk.act(number, "back-office", note="材料已齐，请核对后办理")
        if plot == "back office":
            return
        yield tell.hours(2, 70)
    desk.act(number, "resolve", result=f"“{item['name']}”已办好，结果已告知本人。")
    yield from rated_and_closed(tell, desk, number)


def withdrawn(tell: Teller, desk: Person, matter: Matter) -> Story:
    """It solved itself."""
    number = tell.accept(desk, matter)
    yield tell.hours(1, 20)
    desk.act(number, "withdraw", reason="居民来电说已自行协商解决，不再反映")


def certificate(tell: Teller, desk: Person, title: str) -> Story:
    """A certificate that communities must not issue: refused in writing, with where to go."""
    try:
        desk.accept(title, kind="application", applicant=people.applicant(tell.dice))
    except Refused as refused:
        if not refused.problem.get("type", "").endswith(":not-issued"):
            raise
    return
    yield


# -- by a department ------------------------------------------------------------------------------


@dataclass
class _Way:
    """A matter on its way through a department; `plot` says what goes otherwise than usual."""

    desk: Person
    matter: Matter
    plot: str
    number: str
    order: str = ""
    department: str = ""

    def officer(self, tell: Teller) -> Person:
        """Who answers for the department that has it now."""
        return tell.baitong.person(f"dept-{self.department}")


def transferred(tell: Teller, desk: Person, matter: Matter, plot: str = "straight") -> Story:
    """From the desk to the department and back."""
    way = _Way(desk, matter, plot, tell.accept(desk, matter), department=matter["department"])
    yield tell.minutes(2, 15)
    named = None if plot in ("proposed", "undecided") else way.department
    desk.act(way.number, "transfer", department=named, reason="超出社区职责，请部门办理")
    way.order = tell.order(desk, way.number)
    if plot == "undecided":
        return
    if plot == "proposed":
        yield tell.minutes(10, 45)
        supervisor = tell.baitong.person("supervisor")
        supervisor.answer(way.order, "dispatch", department=way.department)
    if way.department not in tell.departments or plot == "unsigned":
        return
    if plot.startswith("return"):
        yield from _given_back(tell, way)
    if plot == "return pending":
        return
    yield from _worked_on(tell, way)
    if plot in ("in hand", "extension pending"):
        return
    way.officer(tell).answer(way.order, "completed", result=matter["result"])
    tell.resolved(desk, way.number)
    yield from _after_the_answer(tell, way)


def _given_back(tell: Teller, way: _Way) -> Story:
    """Not our remit: with a reason, a legal ground and the right department (A50)."""
    reason, ground, other = next(one for one in NOT_MINE if one[2] != way.department)
    yield tell.hours(0.2, 3)
    asked = {"reason": reason, "legal_ground": ground, "proposed_department": other}
    way.officer(tell).answer(way.order, "return_requested", **asked)
    if way.plot == "return pending":
        return
    yield tell.hours(0.5, 5)
    supervisor = tell.baitong.person("supervisor")
    if way.plot == "return refused" or other not in tell.departments:
        supervisor.answer(way.order, "refuse-return", note="经会商仍属本单位职责，请继续办理")
        return
    supervisor.answer(way.order, "grant-return", department=other, note="退单成立，改派")
    way.department = other


def _worked_on(tell: Teller, way: _Way) -> Story:
    """Signed, the resident called within the hour, something done."""
    officer = way.officer(tell)
    if way.plot != "return refused":  # a refused return counts as signed
        yield tell.minutes(3, 25)
        officer.answer(way.order, "signed")
    yield tell.minutes(70, 200) if way.plot == "called late" else tell.minutes(4, 30)
    officer.answer(way.order, "contacted", note=tell.dice.choice(CONTACTED))
    yield tell.hours(3, 26)
    officer.answer(way.order, "progressed", note=tell.dice.choice(PROGRESSED))
    if way.plot.startswith("exten"):
        yield from _extended(tell, way)
    if way.plot == "pressed":
        yield tell.hours(4, 20)
        supervisor = tell.baitong.person("supervisor")
        supervisor.answer(way.order, "press", note="居民再次来电，请今日内回复进展")
    yield tell.hours(*SLOW.get(way.plot, USUAL))


def _extended(tell: Teller, way: _Way) -> Story:
    """More time, asked for before the deadline and approved by the unit's head (A50)."""
    yield tell.hours(2, 24)
    asked = {"reason": "需会同检测机构出具报告", "approved_by": "分管领导"}
    way.officer(tell).answer(way.order, "extension_requested", **asked)
    if way.plot == "extension pending":
        return
    yield tell.hours(1, 6)
    supervisor = tell.baitong.person("supervisor")
    if way.plot == "extension refused":
        supervisor.answer(way.order, "refuse-extension", note="事项简单，请按期办结")
    else:
        supervisor.answer(way.order, "grant-extension", note="同意延期一次")


def _after_the_answer(tell: Teller, way: _Way) -> Story:
    """The leader reads it (审单), the resident rates it, and the desk archives it."""
    yield tell.hours(1, 12)
    if tell.chance(0.7):
        tell.baitong.person("supervisor").answer(way.order, "approve", note="答复属实")
    yield tell.hours(2, 30)
    if way.plot == "unrated":
        return
    if way.plot.startswith("reopened"):
        yield from _reopened(tell, way)
    else:
        tell.rate(way.desk, way.number)
    if way.plot == "reopened in hand":
        return
    yield tell.hours(2, 40)
    way.desk.act(way.number, "close")


def _reopened(tell: Teller, way: _Way) -> Story:
    """Not solved: the same department goes on, and its leader comes to the spot (N)."""
    tell.rate(way.desk, way.number, tell.dice.choice((1, 2)))
    yield tell.minutes(5, 60)
    way.desk.act(way.number, "reopen", reason="回访时居民反映问题又出现了，要求再次处理")
    wait(lambda: way.desk.case(way.number)["state"] == "transferred")
    yield tell.minutes(10, 50)
    officer = way.officer(tell)
    officer.answer(way.order, "contacted", note="负责人已电话致歉，约定到现场见面")
    if way.plot == "reopened in hand":
        return
    yield tell.hours(8, 50)
    result = f"经负责人现场复核、再次处理：{way.matter['result']}"
    officer.answer(way.order, "completed", result=result)
    tell.resolved(way.desk, way.number)
    yield tell.hours(3, 24)
    tell.rate(way.desk, way.number, tell.dice.choice((4, 5)))


# -- with partners --------------------------------------------------------------------------------


def need(tell: Teller, desk: Person, matter: Matter, until: str = "confirmed") -> Story:
    """A need of a case: offered to partners, taken, met, confirmed, thanked with points."""
    number = tell.accept(desk, matter)
    yield tell.minutes(2, 10)
    desk.act(number, "need", **matter["need"])
    raised = f"{number}-n1"
    wait(lambda: [one for one in desk.needs(case=number) if one["state"] != "raised"])
    if until == "cancelled":
        yield tell.hours(1, 5)
        desk.act(number, "withdraw", reason="家属已经回来，不用麻烦大家了")
    partner = tell.baitong.person("partner")
    mine = [one["number"] for one in partner.needs(state="offered", case=number)]
    if until in ("offered", "cancelled") or raised not in mine:
        return
    yield tell.hours(0.3, 6)
    partner.need(raised, "accept")
    if until == "accepted":
        return
    yield tell.hours(2, 30)
    partner.need(raised, "fulfil", note="已上门，事情办好了")
    if until == "fulfilled":
        return
    yield tell.hours(0.5, 20)
    desk.need(raised, "confirm", note="电话回访，居民很满意")
    desk.act(number, "resolve", result=matter["result"])
    yield from rated_and_closed(tell, desk, number)


def reward(tell: Teller, _desk: Person, ending: str) -> Story:
    """Points are spent: a voucher that waits, is handed over, or is given back."""
    partner = tell.baitong.person("partner")
    balance = partner.get(f"/api/partners/passbooks/{partner.user['partner']}")["balance"]
    buyable = [one for one in partner.listed("/api/partners/rewards") if one["price"] <= balance]
    if not buyable:
        return
    chosen = min(buyable, key=lambda one: str(one["price"]) + str(one["code"]))
    voucher = partner.post(f"/api/partners/rewards/{chosen['code']}/redeem", {})["voucher"]
    yield tell.hours(3, 30)
    if ending == "handed over":
        tell.baitong.person("admin").post(f"/api/partners/redemptions/{voucher}/hand-over", {})
    elif ending == "cancelled":
        partner.post(f"/api/partners/redemptions/{voucher}/cancel", {})
