"""What becomes of a matter that a department answers: from the desk to it and back.

Told like the stories of `stories.py`. `Way` is what these steps share; `supervising.py` tells of
orders that need the supervisor with the same steps.
"""

from dataclasses import dataclass

from tools.client import Person
from tools.demo import follow_ups
from tools.demo.proportions import FOLLOWED_UP, Matter
from tools.demo.stories import Story, Teller, wait

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
    ("属社会生活噪声，由公安机关处理", "《噪声污染防治法》第八十七条", "ga"),
)
USUAL = (6, 60)
SLOW = {"late": (240, 300), "extended in hand": (600, 700)}
"""Hours from the first progress to the answer."""
IN_HAND = ("in hand", "extension pending")


@dataclass
class Way:
    """A matter on its way through a department; `plot` says what goes otherwise than usual."""

    desk: Person
    matter: Matter
    plot: str
    number: str = ""
    order: str = ""
    department: str = ""

    def officer(self, tell: Teller) -> Person:
        """Who answers for the department that has it now."""
        return tell.baitong.person(f"dept-{self.department}")


def transferred(tell: Teller, desk: Person, matter: Matter, plot: str = "straight") -> Story:
    """From the desk to the department and back."""
    way = Way(desk, fitting(matter, plot), plot)
    yield from handed_over(tell, way)
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
    yield from worked_on(tell, way)
    if plot not in IN_HAND:
        yield from answered(tell, way)


def fitting(matter: Matter, plot: str) -> Matter:
    """The matter as its plot needs it: more time is asked for where the limit is days."""
    return matter | {"urgency": "normal"} if plot.startswith("exten") else matter


def handed_over(tell: Teller, way: Way) -> Story:
    """Accepted at the desk and transferred: to the department of the matter, if it is named."""
    way.number, way.department = tell.accept(way.desk, way.matter), way.matter["department"]
    yield tell.minutes(2, 15)
    named = None if way.plot in ("proposed", "undecided") else way.department
    way.desk.act(way.number, "transfer", department=named, reason="超出社区职责，请部门办理")
    way.order = tell.order(way.desk, way.number)


def _given_back(tell: Teller, way: Way) -> Story:
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


def worked_on(tell: Teller, way: Way) -> Story:
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


def _extended(tell: Teller, way: Way) -> Story:
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


def answered(tell: Teller, way: Way) -> Story:
    """The department's answer, and what is made of it."""
    way.officer(tell).answer(way.order, "completed", result=way.matter["result"])
    yield from after_the_answer(tell, way)


def after_the_answer(tell: Teller, way: Way) -> Story:
    """The leader reads it (审单), somebody asks the resident (回访), and the desk archives it."""
    tell.resolved(way.desk, way.number)
    yield tell.hours(1, 12)
    if tell.chance(0.7):
        tell.baitong.person("supervisor").answer(way.order, "approve", note="答复属实")
    yield tell.hours(2, 30)
    if way.plot == "unrated":
        return
    if way.plot in follow_ups.NOT_COUNTED:
        follow_ups.not_counted(tell, way.order, way.plot)
    elif way.plot.startswith("reopened"):
        yield from _reopened(tell, way)
    else:
        _asked(tell, way, satisfied=True)
    if way.plot == "reopened in hand":
        return
    yield tell.hours(2, 40)
    way.desk.act(way.number, "close")


def _asked(tell: Teller, way: Way, *, satisfied: bool) -> None:
    """What the resident says: to the supervisor who calls them, or to the desk."""
    grade = follow_ups.grade(tell, satisfied=satisfied)
    if tell.chance(FOLLOWED_UP):
        follow_ups.recorded(tell, way.order, grade)
    else:
        tell.rate(way.desk, way.number, grade)


def _reopened(tell: Teller, way: Way) -> Story:
    """Not solved: the order goes on a level higher by itself, its leader comes to the spot (N)."""
    _asked(tell, way, satisfied=False)
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
    _asked(tell, way, satisfied=True)
