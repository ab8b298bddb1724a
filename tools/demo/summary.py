"""What each page now shows, read back through the API."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tools.client import Baitong


def summary(baitong: Baitong) -> Iterable[str]:
    """One line for each page."""
    supervisor, admin = baitong.person("supervisor"), baitong.person("admin")
    cases = list(supervisor.listed("/api/intake/cases"))
    orders = supervisor.orders()
    yield _line("/desk", "matters", Counter(case["state"] for case in cases))
    yield _line("/orders", "work orders", Counter(order["state"] for order in orders))
    yield _line("/supervise", "lamps", Counter(order["lamp"]["level"] for order in orders))
    yield _line("", "by department", Counter(str(order["department_name"]) for order in orders))
    said = supervisor.get("/api/notify/messages", page_size=1)["total"]
    yield f"  /messages    {said} messages"
    needs = list(supervisor.listed("/api/partners/needs"))
    yield _line("/partners", "needs", Counter(need["state"] for need in needs))
    ledger = admin.get("/api/partners/ledger/verify")
    yield f"  /points      issued {ledger['issued']}, redeemed {ledger['redeemed']}"
    if cases:
        path = f"/api/intake/cases/{cases[-1]['number']}/reveal"
        url = supervisor.post(path, {"reason": "演示：看看居民的页面"})["track_url"]
        yield f"  /track       for example {url}"


def _line(page: str, what: str, counts: Counter[Any]) -> str:
    told = ", ".join(f"{name or 'none yet'} {count}" for name, count in counts.most_common())
    return f"  {page:<12} {counts.total()} {what}: {told}"
