"""Every district's pack runs: its own names, numbers and rules, and nothing of its base's."""

import re

import pytest
import requests

from shared.district import load
from tests.support.embedded import Run
from tests.support.waiting import wait_for_value, wait_until

PAGES = {
    "": ("/", "/guides", "/guide/G-01", "/not-issued", "/partners", "/track"),
    "desk": ("/desk", "/desk/new"),
    "supervisor": ("/orders", "/supervise"),
    "admin": ("/accounts", "/accounts/new"),
}
BASE = re.compile(r"相山|淮北|百通岗|XS-\d{6}|340603")


@pytest.fixture(scope="module", params=["beiguan", "huainan", "daguan"])
def run(request, tmp_path_factory):
    run = Run(tmp_path_factory.mktemp(request.param) / "data", DISTRICT=request.param)
    try:
        run.process.start()
        yield run
    finally:
        run.close()


@pytest.fixture(scope="module")
def district(run):
    return load(run.env["DISTRICT"])


def test_all_services_are_well(run):
    assert requests.get(f"{run.baitong.url}/healthz", timeout=30).json()["status"] == "ok"


@pytest.mark.parametrize("who", PAGES)
def test_the_pages_are_the_districts_own(run, district, who):
    person = run.baitong.person(who) if who else run.baitong.anyone()
    pages = {path: person.page(path) for path in PAGES[who]}
    assert {page.status_code for page in pages.values()} == {200}
    assert all(district.name in page.text for page in pages.values())
    assert not {path for path, page in pages.items() if BASE.search(page.text)}


def test_a_matter_goes_its_straight_line(run, district):
    desk, officer = run.baitong.person("desk"), run.baitong.person("dept-yj")
    case = desk.accept("楼道里有人飞线充电，怕着火", kind="complaint")
    assert case["number"].startswith(f"{district.case_prefix}-")
    assert case["community"]["code"] == district.staff["desk"].community
    desk.act(case["number"], "transfer", department="yj", reason="超出社区职责")
    (order,) = wait_until(lambda: desk.orders_of(case["number"]), 90, "the order is there")
    assert (order["state"], order["department"]) == ("dispatched", "yj")
    officer.answer(order["number"], "signed")
    officer.answer(order["number"], "contacted", note="已联系居民")
    signed = wait_until(
        lambda: [o for o in officer.orders_of(case["number"]) if o["state"] == "signed"],
        30,
        "the department has it",
    )
    assert signed[0]["number"] == order["number"]
    messages = wait_until(lambda: desk.messages(case["number"]), 90, "somebody was told")
    assert not [m for m in messages if BASE.search(str(m))]


def test_the_head_of_a_department_may_sign_in(run):
    user = run.baitong.person("leader-yj").user
    assert (user["role"], user["department"]) == ("leader", "yj")


def test_a_matter_is_answered_to_the_end(run):
    """Where the leader reads replies first (N), it goes out, and resolves, once they approved."""
    desk, officer, leader = (run.baitong.person(who) for who in ("desk", "dept-yj", "leader-yj"))
    supervisor, result = run.baitong.person("supervisor"), "已清理飞线，隐患消除。"
    case = desk.accept("楼道堆放杂物，挡住消防通道", kind="complaint")["number"]
    desk.act(case, "transfer", department="yj", reason="超出社区职责")
    (order,) = wait_until(lambda: desk.orders_of(case), 90, "the order is there")
    officer.answer(order["number"], "contacted", note="已联系居民")
    officer.answer(order["number"], "completed", result=result)
    if load(run.env["DISTRICT"]).rules.review == "before":
        assert supervisor.order(order["number"])["state"] == "in_review"
        assert not supervisor.get("/api/routing/follow-ups", order=order["number"])["items"]
        leader.answer(order["number"], "approve")
    assert supervisor.order(order["number"])["state"] == "completed"
    wait_for_value(lambda: desk.case(case)["state"], "resolved", 90, "the case has its result")
    assert desk.case(case)["result"] == result
    (follow_up,) = supervisor.get("/api/routing/follow-ups", order=order["number"])["items"]
    assert follow_up["state"] == "open"
