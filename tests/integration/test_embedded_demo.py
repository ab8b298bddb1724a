"""`make demo` in the embedded run: every page has something true to show, at the right time."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.embedded import Run
from tests.support.waiting import wait_until
from tools.client import Refused

CASES = "70"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("demo") / "data")
    try:
        run.process.start()
        yield run
    finally:
        run.close()


@pytest.fixture(scope="module")
def filled(run):
    """The district with its month, and what the demonstration said."""
    began = datetime.now(UTC)
    code, said = run.command("--cases", CASES, program="tools.demo", BAITONG_URL=run.baitong.url)
    assert code == 0, said
    return began, said


def test_every_state_is_there(run, filled):
    supervisor, admin = run.baitong.person("supervisor"), run.baitong.person("admin")
    cases = Counter(case["state"] for case in supervisor.listed("/api/intake/cases"))
    assert set(cases) == {
        "accepted",
        "awaiting_materials",
        "in_back_office",
        "in_public_notice",
        "transferred",
        "resolved",
        "closed",
        "withdrawn",
    }
    orders = supervisor.orders()
    assert {order["state"] for order in orders} == {
        "proposed",
        "dispatched",
        "signed",
        "return_requested",
        "arbitration",
        "joint",
        "completed",
        "closed",
    }
    late = wait_until(lambda: [o for o in supervisor.orders(lamp="red") if o["level"]], 60, "late")
    assert all(order["lamp"]["words"].startswith("已超期") for order in late)
    needs = {need["state"] for need in supervisor.listed("/api/partners/needs")}
    assert {"offered", "accepted", "fulfilled", "confirmed", "cancelled"} <= needs
    ledger = admin.get("/api/partners/ledger/verify")
    assert ledger["sound"]
    assert ledger["issued"] > ledger["redeemed"] > 0


def test_the_supervisors_pages_have_something_to_show(run, filled):
    supervisor = run.baitong.person("supervisor")
    orders = supervisor.orders()
    hops = Counter(order["hops"] for order in orders if order["state"] != "arbitration")
    assert hops[1] >= 4
    assert hops[2] == 2
    assert [order["role"] for order in orders].count("assist") == 2
    assert [order["title"] for order in orders if order["paused_at"]]
    assert [order for order in orders if order["level"] >= 2]
    asked = Counter(one["state"] for one in supervisor.listed("/api/routing/follow-ups"))
    assert asked["done"] > asked["open"] > 0
    assert asked["exclusion_asked"] == 2
    rates = supervisor.get("/api/routing/rates")["total"]
    for name in ("response", "solution", "satisfaction"):
        assert 0.6 < rates[name]["rate"] <= 1, name


def test_what_keeps_coming_back_is_found_and_one_of_it_is_a_problem(run, filled):
    supervisor = run.baitong.person("supervisor")

    def growing(state):
        found = supervisor.listed("/api/routing/clusters", state=state)
        return [one for one in found if one["growth"]["now"] >= 5 > one["growth"]["before"]]

    watched = wait_until(lambda: growing("watched"), 60, "a cluster")
    assert "银杏家园" in watched[0]["place"]
    made = {one["state"]: one for one in supervisor.listed("/api/routing/problems")}
    assert set(made) == {"open", "solved"}
    assert [one["problem"] for one in growing("problem")] == [made["open"]["number"]]
    assert made["open"]["orders_count"] >= 5
    due = supervisor.get("/api/routing/look-backs")["items"]
    assert [one["problem"] for one in due] == [made["solved"]["number"]]


def test_it_tells_a_month_and_ends_in_the_present(run, filled):
    began, said = filled
    assert "What the pages show now" in said
    supervisor = run.baitong.person("supervisor")
    accepted = [
        datetime.fromisoformat(case["accepted_at"])
        for case in supervisor.listed("/api/intake/cases")
    ]
    assert min(accepted) < began - timedelta(days=20)
    assert max(accepted) <= datetime.now(UTC)
    now = run.baitong.person("desk").accept("楼道灯不亮", kind="complaint")
    assert datetime.fromisoformat(now["accepted_at"]) >= began - timedelta(seconds=1)


def test_nothing_was_left_undone(run, filled):
    run.process.stop()
    stored = run.stored()
    run.process.start()
    for name, rows in stored.items():
        assert [row for row in rows if row.startswith('INSERT INTO "parked"')] == [], name
    waiting = [row for row in stored["bus.sqlite"] if row.startswith('INSERT INTO "queued"')]
    assert [row for row in waiting if "'department." not in row] == []


def test_only_an_admin_moves_the_clock_and_only_back(run):
    past, to_come = ((datetime.now(UTC) + timedelta(days=days)).isoformat() for days in (-3, 3))
    for username, at, status in (("desk", past, 403), ("admin", to_come, 422)):
        with pytest.raises(Refused) as refused:
            run.baitong.person(username).post("/api/intake/demo/clock", {"at": at})
        assert refused.value.status == status
    admin = run.baitong.person("admin")
    assert admin.post("/api/intake/demo/clock", {"at": past})["now"][:10] == past[:10]
    present = admin.post("/api/intake/demo/clock", {"at": None})["now"]
    assert datetime.fromisoformat(present) > datetime.fromisoformat(past) + timedelta(days=2)


def test_a_communitys_own_work_is_there(run, filled):
    desk, supervisor = run.baitong.person("desk"), run.baitong.person("supervisor")
    reports = {one["state"] for one in desk.listed("/api/intake/reports")}
    assert reports == {"reported", "taken", "solved"}
    talks = Counter(one["state"] for one in desk.listed("/api/intake/deliberations"))
    assert talks == {"open": 2, "settled": 1}
    assert len(desk.get("/api/intake/bookings", days=8)["items"]) == 6
    assert desk.get("/api/intake/care")["total"] == 3
    assert [one["state"] for one in supervisor.listed("/api/intake/hotline/orders")] == [
        "accepted"
    ] * 3
    assert desk.get("/api/intake/demands", state="became_case")["items"]
