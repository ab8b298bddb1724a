"""What several end-to-end tests do and wait for."""

from typing import Any

from tests.support.waiting import wait_until
from tools.client import Person

Json = dict[str, Any]
NOISE = {
    "title": "楼下烧烤店夜间噪声扰民",
    "description": "每晚十一点后仍在营业，音响声很大，孩子无法入睡。",
    "kind": "complaint",
    "location": "幸福路 12 号楼下",
}
GROUND = {"reason": "不属本单位职责", "legal_ground": "《城市市容和环境卫生管理条例》第十四条"}
REMEDY = "已约谈店主，二十二点后停用音响、收回外摆，居民表示认可。"


def dispatched(desk: Person, department: Person, **more: Any) -> tuple[Json, Json]:
    """A complaint that was accepted and transferred, and the department's order for it."""
    case = desk.accept(**NOISE | more)
    code = department.user["department"]
    desk.act(case["number"], "transfer", department=code, reason="超出社区职责")
    return case, order_with(department, case["number"])


def order_with(department: Person, case: str) -> Json:
    """The department's order of a case, once it is there."""
    return wait_until(lambda: department.orders_of(case), what=f"an order of {case}")[0]


def order_in(person: Person, order: str, state: str) -> Json:
    """The order, once it is in that state."""
    return wait_until(lambda: _if(person.order(order), state), what=f"{order} is {state}")


def case_in(officer: Person, number: str, state: str) -> Json:
    """The case, once it is in that state."""
    return wait_until(lambda: _if(officer.case(number), state), what=f"{number} is {state}")


def told(officer: Person, number: str, *actions: str) -> list[str]:
    """The timeline's actions, once these are among them."""

    def read() -> list[str]:
        seen = [entry["action"] for entry in officer.case(number)["timeline"]]
        return seen if set(actions) <= set(seen) else []

    return wait_until(read, what=f"the timeline of {number} tells {', '.join(actions)}")


def _if(thing: Json, state: str) -> Json | None:
    return thing if thing["state"] == state else None
