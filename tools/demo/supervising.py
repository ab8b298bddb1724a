"""What needs the supervisor: returns and arbitration, joint orders, pauses, pressing, problems.

The matters are in `supervising.yml`. The steps at the department are those of `by_department.py`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from shared.clock import local
from tools.client import Person
from tools.demo.by_department import Way, after_the_answer, answered, handed_over, worked_on
from tools.demo.proportions import Matter
from tools.demo.stories import Story, Teller, wait

Listed = Mapping[str, Any]
ROUTING = "/api/routing"
CLUSTERED = 110.0
"""Seconds: the platform looks for clusters twice a minute."""
LEAST_IN_CLUSTER = 4


def listed() -> dict[str, list[Matter]]:
    """What `supervising.yml` says, by what becomes of it."""
    file = Path(__file__).with_name("supervising.yml")
    found: dict[str, list[Matter]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def departments_of(matter: Matter) -> set[str]:
    """Every department that has something to do with it."""
    named = {matter["department"], matter.get("assist", matter["department"])}
    named |= {one[end] for one in matter.get("returns", ()) for end in ("by", "to")}
    return named | set(matter.get("problem", {}).get("assisting", ()))


def complaint(matter: Matter, **more: Any) -> Matter:
    """As the desk takes it: an ordinary complaint."""
    return {"kind": "complaint", "urgency": "normal"} | matter | more


def cases_of(cluster: Matter) -> Iterator[tuple[float, Matter]]:
    """The matters of a cluster and how many days ago each came: alike, not the same."""
    told = cluster["cases"]
    for n, days in enumerate(cluster["days_ago"]):
        where = f"{cluster['place']} {n % 3 + 1} 号楼" if "家园" in cluster["place"] else ""
        matter = told[n % len(told)] | {
            "department": cluster["department"],
            "result": cluster["result"],
            "location": where or f"{cluster['place']}门口",
        }
        yield days, complaint(matter)


# -- orders ---------------------------------------------------------------------------------------


def bounced(tell: Teller, desk: Person, matter: Matter) -> Story:
    """Returned with a ground, once or more (A50); after that the arbiter has it (B12)."""
    way = Way(desk, complaint(matter), "straight")
    yield from handed_over(tell, way)
    for n, asked in enumerate(matter["returns"]):
        yield tell.minutes(25, 100)
        said = {"reason": asked["reason"], "legal_ground": asked["legal_ground"]}
        officer = way.officer(tell)
        officer.answer(way.order, "return_requested", proposed_department=asked["to"], **said)
        if matter.get("ends") == "arbitration" and n + 1 == len(matter["returns"]):
            yield tell.minutes(5, 30)
            officer.answer(way.order, "contacted", note=matter["waiting"])
            return
        yield tell.minutes(20, 80)
        supervisor = tell.baitong.person("supervisor")
        note = "退单依据成立，改派"
        supervisor.answer(way.order, "grant-return", department=asked["to"], note=note)
        way.department = asked["to"]
    yield from worked_on(tell, way)
    yield from answered(tell, way)


def joint(tell: Teller, desk: Person, matter: Matter) -> Story:
    """One department leads, another assists; the answer goes out when both are done."""
    way = Way(desk, complaint(matter), "straight")
    yield from handed_over(tell, way)
    yield tell.minutes(5, 25)
    supervisor = tell.baitong.person("supervisor")
    supervisor.answer(way.order, "assist", department=matter["assist"], note=matter["wanted"])
    yield tell.minutes(3, 15)
    helper, helping = tell.baitong.person(f"dept-{matter['assist']}"), f"{way.order}-a1"
    helper.answer(helping, "signed")
    helper.answer(helping, "contacted", note="已与居民联系，说明协办事项")
    yield from worked_on(tell, way)
    way.officer(tell).answer(way.order, "completed", result=way.matter["result"])
    if matter.get("ends") == "waiting":
        return
    yield tell.hours(2, 12)
    helper.answer(helping, "completed", result=matter["helped"])
    yield from after_the_answer(tell, way)


def paused(tell: Teller, desk: Person, matter: Matter) -> Story:
    """The clock stands still for a reason of the district."""
    way = Way(desk, complaint(matter), "straight")
    yield from handed_over(tell, way)
    yield from worked_on(tell, way)
    supervisor = tell.baitong.person("supervisor")
    supervisor.answer(way.order, "pause", reason=matter["reason"], note=matter["note"])


def raised(tell: Teller, desk: Person, matter: Matter) -> Story:
    """Pressed by hand at a high level; the leader comes to the spot and says whom they met."""
    way = Way(desk, complaint(matter), "straight")
    yield from handed_over(tell, way)
    yield from worked_on(tell, way)
    supervisor = tell.baitong.person("supervisor")
    supervisor.answer(way.order, "press", level=matter["level"], note=matter["note"])
    yield tell.minutes(20, 60)
    supervisor.answer(way.order, "on-site", note=matter["call"])
    yield tell.hours(3, 20)
    done = {"record": matter["record"], "met": matter["met"]}
    tell.baitong.person(f"leader-{way.department}").answer(way.order, "on-site-done", **done)


# -- problems -------------------------------------------------------------------------------------


def standing(tell: Teller, cluster: Matter) -> Story:
    """What keeps coming back is made one problem with all its orders (未诉先办, N)."""
    supervisor, plan = tell.baitong.person("supervisor"), cluster["problem"]
    number = wait(lambda: _cluster(supervisor, cluster["place"]), CLUSTERED)
    named = {name: plan[name] for name in ("assisting", "responsible", "note")}
    asked = {"lead": cluster["department"], **named}
    made = supervisor.post(f"{ROUTING}/clusters/{number}/make-problem", asked)
    yield from _dealt_with(tell, made["problem"], plan)


def solved(tell: Teller, desk: Person, matter: Matter) -> Story:
    """A problem put on the list by hand, dealt with, and to be looked at again (回头看)."""
    way, plan = Way(desk, complaint(matter), "straight"), matter["problem"]
    yield from handed_over(tell, way)
    yield from worked_on(tell, way)
    named = {name: plan[name] for name in ("title", "assisting", "responsible", "note")}
    asked = {"lead": way.department, "orders": [way.order], **named}
    supervisor = tell.baitong.person("supervisor")
    number = supervisor.post(f"{ROUTING}/problems", asked)["number"]
    yield tell.hours(1, 3)
    way.officer(tell).answer(way.order, "completed", result=way.matter["result"])
    yield from _dealt_with(tell, number, plan)
    yield tell.hours(20, 60)
    supervisor.post(f"{ROUTING}/problems/{number}/solve", {"note": plan["solved"]})


def _dealt_with(tell: Teller, number: str, plan: Listed) -> Story:
    """Its steps, each with a day and somebody to do it; those that are done; a review."""
    supervisor, address = tell.baitong.person("supervisor"), f"{ROUTING}/problems/{number}"
    yield tell.hours(1, 4)
    opened = datetime.fromisoformat(supervisor.get(address)["opened_at"])
    for step in plan["steps"]:
        until = local(opened + timedelta(days=step["days"])).date().isoformat()
        supervisor.post(f"{address}/step", {n: step[n] for n in ("who", "text")} | {"until": until})
    yield timedelta(days=min(step["days"] for step in plan["steps"]) - 1)
    for n, step in enumerate(plan["steps"], start=1):
        if "done" in step:
            supervisor.post(f"{address}/step-done", {"step": n, "note": step["done"]})
    yield tell.hours(15, 30)
    supervisor.post(f"{address}/review", {"found": plan["review"]})


def _cluster(supervisor: Person, place: str) -> str | None:
    found = supervisor.listed(f"{ROUTING}/clusters", state="watched")
    alike = (one for one in found if place in one["place"] and one["size"] >= LEAST_IN_CLUSTER)
    return next((str(one["number"]) for one in alike), None)
