"""Work orders: the right department and why, returns, extensions, and who sees what."""

import pytest

from tests.e2e.steps import (
    GROUND,
    NOISE,
    REMEDY,
    case_in,
    dispatched,
    order_in,
    order_with,
    told,
)
from tests.support.waiting import wait_for_value, wait_until
from tools.client import Refused


def test_proposed_dispatched_returned_and_completed_elsewhere(desk, police, city, supervisor):
    number = desk.accept(**NOISE)["number"]
    desk.act(number, "transfer", reason="请区里定部门")
    proposed = wait_until(lambda: supervisor.orders(case=number), what="the order is proposed")[0]
    order = proposed["number"]
    assert (proposed["state"], proposed["department"]) == ("proposed", None)
    suggestions = supervisor.order(order)["suggestions"]
    scores = [one["score"] for one in suggestions]
    assert scores == sorted(scores, reverse=True)
    assert all(one["reasons"] for one in suggestions)
    assert {"ga", "cg"} <= {one["department"] for one in suggestions}

    supervisor.answer(order, "dispatch", department="ga")
    order_with(police, number)
    with pytest.raises(Refused) as groundless:
        police.answer(order, "return_requested", reason="不归我管", legal_ground="")
    assert groundless.value.status == 422
    assert groundless.value.fields == {"legal_ground"}
    police.answer(order, "return_requested", **GROUND, proposed_department="cg")
    supervisor.answer(order, "grant-return", department="cg", note="退单成立")

    taken = order_with(city, number)
    assert (taken["number"], taken["state"], taken["hops"]) == (order, "dispatched", 1)
    city.answer(order, "completed", result=REMEDY)
    assert case_in(desk, number, "resolved")["resolved_by"] == "城管"
    told(desk, number, "order.proposed", "order.return_requested", "order.returned")
    wait_for_value(lambda: told(desk, number).count("order.dispatched"), 2, what="dispatched twice")
    with pytest.raises(Refused) as gone:
        police.order(order)
    assert gone.value.status == 404


def test_a_refused_return_stays_with_its_department(desk, police, supervisor):
    case, order = dispatched(desk, police)
    police.answer(order["number"], "return_requested", **GROUND)
    supervisor.answer(order["number"], "refuse-return", note="仍属本单位职责")
    kept = order_in(police, order["number"], "signed")
    assert kept["due_by"] == order["due_by"]  # the clocks never stopped (B14)
    told(desk, case["number"], "order.return_requested", "order.return_refused")


def test_the_deadline_moves_once(desk, police, supervisor):
    case, order = dispatched(desk, police)
    asked = {"reason": "需会同检测机构", "approved_by": "周局长"}
    police.answer(order["number"], "extension_requested", **asked)
    supervisor.answer(order["number"], "grant-extension", note="同意")
    moved = police.order(order["number"])
    assert moved["due_by"] > order["due_by"]
    assert moved["extensions"] == 1
    told(desk, case["number"], "order.extension_requested", "order.extended")
    with pytest.raises(Refused) as second:
        police.answer(order["number"], "extension_requested", **asked)
    assert second.value.status in {409, 422}
    assert police.order(order["number"])["due_by"] == moved["due_by"]


def test_pressing_reaches_the_timeline(desk, police, supervisor):
    case, order = dispatched(desk, police)
    supervisor.answer(order["number"], "press", note="请今日内联系居民")
    told(desk, case["number"], "order.pressed")


def test_a_department_sees_its_own_orders_only(desk, police, city):
    case, order = dispatched(desk, police)
    number = order["number"]
    assert city.orders_of(case["number"]) == []
    for look in (
        lambda: city.order(number),
        lambda: city.answer(number, "completed", result="已办结"),
    ):
        with pytest.raises(Refused) as hidden:
            look()
        assert hidden.value.status == 404
    with pytest.raises(Refused) as other:
        city.orders(department="ga")
    assert other.value.status == 403
    assert police.order(number)["state"] == "dispatched"
    assert {one["department"] for one in police.orders()} == {"ga"}


def test_the_same_reply_sent_twice_changes_nothing(desk, police):
    _, order = dispatched(desk, police)
    reply = {"note": "已现场查看", "reply_id": f"e2e-{order['number']}"}
    for _ in range(2):
        police.answer(order["number"], "progressed", **reply)
    history = [line["what"] for line in police.order(order["number"])["history"]]
    assert history.count("progressed") == 1


def test_the_api_suggests_departments_with_reasons(desk):
    suggestions = desk.suggest("老板拖欠工资三个月不给")
    assert suggestions[0]["department"] == "rs"
    assert suggestions[0]["reasons"]
