"""Returns that go round, the arbiter, and who answers for it meanwhile (B12, B14)."""

from datetime import timedelta
from itertools import pairwise

import pytest

from services.routing import decisions, disputes, handlers, timers
from services.routing.limits import Limit
from services.routing.rules import Refused
from services.routing.supervision import supervision_for
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, at, decide, keys, order_of, reply, said
from tests.unit.routing.orders import DISTRICTS

GROUND = {"reason": "非我单位职责", "legal_ground": "三定方案第三条"}


@pytest.fixture(params=DISTRICTS)
def db(request):
    with at():
        made = ground.database(district=DISTRICTS[request.param])
        made.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        yield made


def bounce(db, *departments: str):
    """From one department to the next, each return granted."""
    for here, there in pairwise(departments):
        assert reply(db, "return_requested", here, proposed_department=there, **GROUND).applied
        decide(db, disputes.grant_return, department=there, note="成立")


def to_the_arbiter(db):
    """Two hops, and the third return: 公安, 城管, 住建."""
    bounce(db, "ga", "cg", "zj")
    with at(hours=3):
        assert reply(db, "return_requested", "zj", **GROUND).applied


def test_after_two_hops_a_return_goes_to_the_arbiter(db):
    to_the_arbiter(db)
    order, rule = order_of(db), supervision_for(db.district).arbitration
    assert (order.state, order.department, order.hops) == ("arbitration", "ga", 3)
    assert (order.arbitration["arbiter"], order.arbitration["fallback"]) == (
        rule.arbiter,
        rule.fallback,
    )
    until = Limit.from_data(rule.within).end(MONDAY + timedelta(hours=3), db.district.calendar)
    assert order.arbitration["until"] == until.isoformat()
    assert keys(db)[-4:] == [
        "order.return_requested",
        "order.returned.zj",
        "order.dispatched.ga",
        "order.arbitration_opened.ga",
    ]
    [(_, told)] = said(db, "order.arbitration_opened")
    assert (told["arbiter"], told["fallback"], told["hops"]) == (rule.arbiter, rule.fallback, 3)


def test_the_first_department_answers_for_it_meanwhile_with_fresh_clocks(db):
    to_the_arbiter(db)
    order = order_of(db)
    assert (order.answerable, order.contact_by) == ("ga", MONDAY + timedelta(hours=4))
    with at(hours=4, minutes=30):
        timers_run(db)
        assert [data["clock"] for _, data in said(db, "order.late.ga")] == ["contact"]
        assert reply(db, "contacted").applied
        assert reply(db, "progressed", note="已劝导").applied
        assert order_of(db).state == "arbitration"
        assert reply(db, "completed", result="已解决", reviewed_by="周局长").applied
    assert order_of(db).state == "completed"


def test_no_return_is_granted_twice_by_the_arbiter(db):
    """A first department that returns it itself gets it back, and no word that it is rid of it."""
    bounce(db, "ga", "cg", "ga")
    reply(db, "return_requested", "ga", **GROUND)
    assert order_of(db).state == "arbitration"
    assert "order.returned.ga" not in keys(db)[-3:]
    assert not reply(db, "return_requested", "ga", **GROUND).applied


def test_the_ruling_is_final(db):
    to_the_arbiter(db)
    with at(days=1):
        decide(db, disputes.arbitrate, department="cg", note="依三定方案第五条", by="编办")
        order = order_of(db)
        assert (order.state, order.department) == ("dispatched", "cg")
        assert order.contact_by == MONDAY + timedelta(days=1, hours=1)
        assert keys(db)[-2:] == ["order.returned.ga", "order.dispatched.cg"]
        refused = reply(db, "return_requested", "cg", **GROUND)
    assert not refused.applied
    assert order.arbitration["arbiter"] in str(refused.reason)
    assert "arbitrate_late" not in order_of(db).timers


def test_a_ruling_for_the_first_department_does_not_take_it_away(db):
    to_the_arbiter(db)
    with at(days=1):
        decide(db, disputes.arbitrate, department="ga", note="属公安职责", by="编办")
    assert (order_of(db).department, order_of(db).hops) == ("ga", 3)
    assert keys(db)[-2:] == ["order.arbitration_opened.ga", "order.dispatched.ga"]


def test_an_arbiter_that_does_not_rule_in_time_loses_it_to_the_fallback(db):
    to_the_arbiter(db)
    with at(days=20):
        timers_run(db)
        timers_run(db)
    order, rule = order_of(db), supervision_for(db.district).arbitration
    assert (order.department, order.state) == (rule.fallback, "dispatched")
    assert len(said(db, f"order.dispatched.{rule.fallback}")) == 1
    assert not reply(db, "return_requested", rule.fallback, **GROUND).applied


def test_only_a_dispute_is_ruled_on_and_in_words(db):
    with pytest.raises(Refused):
        decide(db, disputes.arbitrate, department="cg", note="依三定方案")
    to_the_arbiter(db)
    for given in ({"department": "zz", "note": "依三定方案"}, {"department": "cg", "note": " "}):
        with pytest.raises(Refused):
            decide(db, disputes.arbitrate, **given)
    assert order_of(db).state == "arbitration"


def test_between_two_departments_the_first_answers_for_it(db):
    reply(db, "return_requested", **GROUND)
    decide(db, disputes.grant_return, department=None, note="成立")
    order = order_of(db)
    assert (order.state, order.department, order.answerable) == ("proposed", None, "ga")


@pytest.mark.parametrize("sent_back", [False, True])
def test_who_answers_during_the_arbitration_leaves_no_timer_of_it(sent_back):
    with at():
        db = ground.database(district=DISTRICTS["beiguan"])
        db.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        to_the_arbiter(db)
    with at(hours=4):
        reply(db, "contacted", "ga", note="已联系")
        reply(db, "completed", "ga", result="已劝导")
        assert order_of(db).state == "in_review"
        if sent_back:
            decide(db, decisions.send_back, reason="没有写明结果")
    assert "arbitrate_late" not in order_of(db).timers
    with at(days=20):
        timers_run(db)
    assert order_of(db).department == "ga"


def timers_run(db):
    while db.run(timers.do_due):
        pass
