"""What each page now shows, read back through the API."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tools.client import Baitong, Json, Person

RATES = ("response", "solution", "satisfaction")


def summary(baitong: Baitong) -> Iterable[str]:
    """One line for each page."""
    supervisor, admin = baitong.person("supervisor"), baitong.person("admin")
    cases = list(supervisor.listed("/api/intake/cases"))
    orders = supervisor.orders()
    yield _line("/desk", "matters", Counter(case["state"] for case in cases))
    yield _line("/orders", "work orders", Counter(order["state"] for order in orders))
    yield _line("/supervise", "lamps", Counter(order["lamp"]["level"] for order in orders))
    yield _line("", "by department", Counter(str(order["department_name"]) for order in orders))
    yield from _supervised(supervisor, orders)
    said = supervisor.get("/api/notify/messages", page_size=1)["total"]
    yield f"  /messages    {said} messages"
    needs = list(supervisor.listed("/api/partners/needs"))
    yield _line("/partners", "needs", Counter(need["state"] for need in needs))
    yield from _around(supervisor)
    ledger = admin.get("/api/partners/ledger/verify")
    yield f"  /points      issued {ledger['issued']}, redeemed {ledger['redeemed']}"
    if cases:
        path = f"/api/intake/cases/{cases[-1]['number']}/reveal"
        url = supervisor.post(path, {"reason": "演示：看看居民的页面"})["track_url"]
        yield f"  /track       for example {url}"


AROUND = {
    "/desk/reports": ("reports of grid workers", "reports"),
    "/desk/deliberation": ("shared matters", "deliberations"),
    "/desk/hotline": ("orders of 12345", "hotline/orders"),
}
"""Page -> what it lists, and its address in the API of intake."""


def _around(supervisor: Person) -> Iterable[str]:
    for page, (what, path) in AROUND.items():
        listed = list(supervisor.listed(f"/api/intake/{path}"))
        yield _line(page, what, Counter(str(one.get("state") or "") for one in listed))


def _supervised(supervisor: Person, orders: list[Json]) -> Iterable[str]:
    moved = Counter(min(order["hops"], 2) for order in orders if order["hops"])
    once, often = moved[1], moved[2]
    disputed = sum(order["state"] == "arbitration" for order in orders)
    assisting = sum(order["role"] == "assist" for order in orders)
    paused = sum(bool(order["paused_at"]) for order in orders)
    yield f"               moved on once {once}, more often {often}, before the arbiter {disputed}"
    yield f"               assisting orders {assisting}, paused {paused}"
    asked = Counter(one["state"] for one in supervisor.listed("/api/routing/follow-ups"))
    yield _line("/supervise/follow-ups", "follow-ups", asked)
    rates = supervisor.get("/api/routing/rates")["total"]
    told = ", ".join(f"{name} {_percent(rates[name])}" for name in RATES)
    yield f"  /supervise/rates {told}"
    back = list(supervisor.listed("/api/routing/clusters"))
    places = Counter({one["place"]: one["size"] for one in back})
    yield _line("/supervise/clusters", "orders that keep coming back", places)
    problems = Counter(one["state"] for one in supervisor.listed("/api/routing/problems"))
    yield _line("/supervise/problems", "problems", problems)
    due = supervisor.get("/api/routing/look-backs")["total"]
    yield f"  /supervise/look-backs {due} to look at again"


def _percent(rate: Json) -> str:
    return "none yet" if rate["rate"] is None else f"{rate['rate']:.0%} of {rate['asked']}"


def _line(page: str, what: str, counts: Counter[Any]) -> str:
    told = ", ".join(f"{name or 'none yet'} {count}" for name, count in counts.most_common())
    return f"  {page:<12} {counts.total()} {what}: {told}"
