"""Joint orders: a clock each, the lead's reply waits for all, nobody spoils another's clock."""

from datetime import timedelta
from itertools import pairwise

import pytest

from services.routing import decisions, disputes, handlers, joint, lists, people, timers
from services.routing.rules import Refused
from services.routing.supervision import supervision_for
from tests.unit.routing import ground, web
from tests.unit.routing.ground import CASE, MONDAY, ORDER, at, decide, keys, order_of, reply, said
from tests.unit.routing.orders import DISTRICTS

FIRST, SECOND = f"{ORDER}-a1", f"{ORDER}-a2"
GROUND = {"reason": "属城管职责", "legal_ground": "市容管理条例第十条"}


@pytest.fixture(params=["xiangshan", "huainan", "daguan"])
def db(request):
    """The two districts where a reply goes out before its review."""
    with at():
        made = ground.database(district=DISTRICTS[request.param])
        made.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        yield made


def assist(db, department="cg", number=ORDER):
    decide(db, joint.assist, number=number, department=department, note="维持现场秩序")


def test_an_assist_has_an_order_and_clocks_of_its_own(db):
    before = order_of(db)
    with at(days=2):
        assist(db)
    lead, helping = order_of(db), order_of(db, FIRST)
    assert (helping.role, helping.lead, helping.state) == ("assist", ORDER, "dispatched")
    assert helping.contact_by == MONDAY + timedelta(days=2, hours=1)
    assert helping.due_by > before.due_by
    for clock in ("due_by", "contact_by", "due_yellow_at", "clock_from", "timers", "state"):
        assert getattr(lead, clock) == getattr(before, clock), "the lead's clock is not touched"
    assert keys(db)[-2:] == ["order.dispatched.cg", "order.assist_added.ga"]
    [(_, told)] = said(db, "order.assist_added")
    assert (told["assist"], told["assist_department"]) == (FIRST, "cg")
    [(_, opened)] = said(db, "order.dispatched.cg")
    assert (opened["role"], opened["lead"], opened["number"]) == ("assist", ORDER, FIRST)


def test_the_leads_reply_goes_out_when_the_last_assist_is_done(db):
    assist(db)
    assist(db, "zj")
    with at(hours=5):
        reply(db, "completed", result="已约谈店主")
        lead = order_of(db)
        assert (lead.state, lead.result, lead.timers) == ("joint", "已约谈店主", {})
        assert said(db, "order.completed") == []
    with at(days=1):
        assert reply(db, "completed", "cg", order=FIRST, result="已清理").applied
        assert order_of(db).state == "joint"
    with at(days=20):
        assert reply(db, "completed", "zj", order=SECOND, result="已检查").applied
    lead = order_of(db)
    assert (lead.state, lead.completed_at) == ("completed", MONDAY + timedelta(hours=5))
    sent = said(db, "order.completed")
    assert [(data["number"], data["lead"]) for _, data in sent] == [
        (FIRST, ORDER),
        (SECOND, ORDER),
        (ORDER, None),
    ]
    assert sent[-1][1]["result"] == "已约谈店主"
    assert sent[-1][1]["lamps"]["finish"] == "green", "it was in time, whoever was not"


def test_assists_that_are_done_first_do_not_move_the_lead(db):
    assist(db)
    reply(db, "completed", "cg", order=FIRST, result="已清理")
    assert order_of(db).state == "dispatched"
    reply(db, "completed", result="已约谈店主")
    assert order_of(db).state == "completed"


def test_an_assist_added_while_the_reply_waits_is_waited_for_too(db):
    assist(db)
    reply(db, "completed", result="已约谈店主")
    assist(db, "zj")
    reply(db, "completed", "cg", order=FIRST, result="已清理")
    assert order_of(db).state == "joint"
    reply(db, "completed", "zj", order=SECOND, result="已检查")
    assert order_of(db).state == "completed"


def test_a_returned_assist_is_dropped_and_the_lead_goes_on(db):
    assist(db)
    reply(db, "completed", result="已约谈店主")
    reply(db, "return_requested", "cg", order=FIRST, **GROUND)
    decide(db, disputes.grant_return, number=FIRST, department=None, note="不需协办")
    assert (order_of(db, FIRST).state, order_of(db).state) == ("cancelled", "completed")
    assert "order.returned.cg" in keys(db)


def test_a_returned_assist_may_go_to_another_department(db):
    assist(db)
    before = order_of(db)
    reply(db, "return_requested", "cg", order=FIRST, **GROUND)
    decide(db, disputes.grant_return, number=FIRST, department="zj", note="由住建协办")
    helping = order_of(db, FIRST)
    assert (helping.state, helping.department, helping.hops) == ("dispatched", "zj", 1)
    assert order_of(db) == before


def test_a_return_of_the_lead_leaves_the_assist_at_work(db):
    assist(db)
    helping = order_of(db, FIRST)
    reply(db, "return_requested", **GROUND)
    decide(db, disputes.grant_return, department="zj", note="成立")
    assert order_of(db, FIRST) == helping
    reply(db, "completed", "zj", result="已处理")
    assert order_of(db).state == "joint"


def test_who_cannot_assist(db):
    with pytest.raises(Refused) as refused:
        assist(db, "ga")
    assert refused.value.reason.field == "department", "it leads"
    assist(db)
    with pytest.raises(Refused):
        assist(db, "cg")
    with pytest.raises(Refused):
        assist(db, "zj", number=FIRST)
    with pytest.raises(Refused):
        assist(db, "zz")
    assert order_of(db).assists == 1
    assert [one.number for one in db.run(lambda tx: joint.store.assists_of(tx, ORDER))] == [FIRST]


@pytest.mark.parametrize(
    ("event", "handler", "state"),
    [
        (ground.withdrawn, handlers.cancel_order, "cancelled"),
        (ground.closed, handlers.close_order, "closed"),
        (ground.erased, people.erase, "cancelled"),
    ],
)
def test_the_end_of_the_case_ends_its_assists(db, event, handler, state):
    assist(db)
    db.run(lambda tx: handler(tx, event()))
    assert (order_of(db).state, order_of(db, FIRST).state) == (state, state)
    assert order_of(db, FIRST).timers == {}
    told = {key.rsplit(".", 1)[1] for key in keys(db) if key.startswith(f"order.{state}")}
    assert told == {"ga", "cg"}


def test_a_new_transfer_ends_the_assists_of_the_old(db):
    assist(db)
    db.run(lambda tx: handlers.open_order(tx, ground.transferred(8, transfer=2, department="zj")))
    assert [order_of(db, one).state for one in (ORDER, FIRST)] == ["cancelled", "cancelled"]
    assert order_of(db, f"{CASE}-2").state == "dispatched"


def test_a_lead_that_is_closed_lets_go_of_an_assist_that_was_sent_back(db):
    assist(db)
    reply(db, "completed", "cg", order=FIRST, result="已清理")
    reply(db, "completed", result="已约谈店主")
    decide(db, decisions.send_back, number=FIRST, reason="没有照片")
    decide(db, decisions.close, note="")
    assert (order_of(db).state, order_of(db, FIRST).state) == ("closed", "cancelled")


def test_the_case_reopened_goes_to_the_lead_only(db):
    assist(db)
    reply(db, "completed", "cg", order=FIRST, result="已清理")
    reply(db, "completed", result="已约谈店主")
    db.run(lambda tx: handlers.reopen_order(tx, ground.reopened(8)))
    assert (order_of(db).state, order_of(db, FIRST).state) == ("signed", "completed")


def test_an_assist_is_only_seen_by_its_own_department(db):
    assist(db)
    assert not reply(db, "signed", "ga", order=FIRST).applied
    assert reply(db, "signed", "cg", order=FIRST).applied
    with db.read() as connection:
        mine = lists.search(connection, lists.Wanted(department="cg"), MONDAY, 1, 10)
    assert [one.number for one in mine.items] == [FIRST]


def given_back(db, department="ga", number=ORDER):
    assert reply(db, "return_requested", department, order=number, **GROUND).applied


def test_no_department_gets_two_parts_of_it(db):
    assist(db)
    given_back(db, "cg", FIRST)
    for department in ("ga", "cg"):
        with pytest.raises(Refused) as refused:
            decide(db, disputes.grant_return, number=FIRST, department=department, note="成立")
        assert refused.value.reason.field == "department"
    given_back(db)
    for department in ("cg", "ga"):
        with pytest.raises(Refused):
            decide(db, disputes.grant_return, department=department, note="成立")
    decide(db, disputes.grant_return, department=None, note="成立")
    with pytest.raises(Refused):
        decide(db, decisions.dispatch, department="cg")
    decide(db, decisions.dispatch, department="zj")
    assert (order_of(db).department, order_of(db, FIRST).department) == ("zj", "cg")


def test_an_assist_that_never_answers_is_called_off(db):
    assist(db)
    reply(db, "completed", result="已约谈店主")
    assert order_of(db).state == "joint"
    with pytest.raises(Refused):
        decide(db, joint.drop, note="不再等")
    with at(days=9):
        decide(db, joint.drop, number=FIRST, note="不再等")
    assert (order_of(db, FIRST).state, order_of(db).state) == ("cancelled", "completed")
    assert "order.cancelled.cg" in keys(db)
    with pytest.raises(Refused):
        decide(db, joint.drop, number=FIRST, note="再来一次")


def test_supervision_sees_who_is_waited_for(db, tmp_path):
    assist(db)
    assist(db, "zj")
    reply(db, "completed", "cg", order=FIRST, result="已清理")
    reply(db, "completed", result="已约谈店主")
    app = web.make_app(db, tmp_path)
    app.config["WTF_CSRF_ENABLED"] = False
    boss = web.Caller(app, web.SUPERVISOR)
    part = boss.page("/supervise").text.partition('data-part="joint"')[2].partition("</section>")[0]
    assert ORDER in part
    assert SECOND in part
    assert FIRST not in part
    assert 'name="note"' in boss.page(f"/orders/{SECOND}?act=drop-assist").text
    assert boss.submit(f"/orders/{SECOND}/drop-assist", note="不再等").status_code == 303
    assert order_of(db).state == "completed"
    assert "没有等协办的工单" in boss.page("/supervise").text


def test_who_has_it_during_the_arbitration_does_not_assist_itself(db):
    for here, there in (("ga", "cg"), ("cg", "zj")):
        given_back(db, here)
        decide(db, disputes.grant_return, department=there, note="成立")
    assist(db, "ga")
    given_back(db, "zj")
    order = order_of(db)
    assert (order.state, order.department) == ("arbitration", "ga")
    assert order_of(db, FIRST).state == "cancelled"


def test_an_assist_that_nobody_rules_on_ends_where_the_fallback_leads(db):
    fallback = supervision_for(db.district).arbitration.fallback
    reply(db, "return_requested", proposed_department=fallback, **GROUND)
    decide(db, disputes.grant_return, department=fallback, note="成立")
    to_the_arbiter(db, "cg", "zj", "rs")
    lead = order_of(db)
    with at(days=20):
        decide_timers(db)
    helping = order_of(db, FIRST)
    assert (helping.state, helping.department, helping.timers) == ("cancelled", None, {})
    assert order_of(db).clock_facts == lead.clock_facts
    assert said(db, f"order.dispatched.{fallback}")[1:] == [], "it led already"
    assert keys(db).count("order.returned.cg") == 2, "once at its return, once now"


def test_an_assist_that_goes_to_the_arbiter_ends_where_its_first_department_leads_now(db):
    assist(db)
    for here, there in (("cg", "zj"), ("zj", "rs")):
        reply(db, "return_requested", here, order=FIRST, proposed_department=there, **GROUND)
        decide(db, disputes.grant_return, number=FIRST, department=there, note="成立")
    reply(db, "return_requested", proposed_department="cg", **GROUND)
    decide(db, disputes.grant_return, department="cg", note="成立")
    reply(db, "return_requested", "rs", order=FIRST, **GROUND)
    assert (order_of(db, FIRST).state, order_of(db).department) == ("cancelled", "cg")
    assert said(db, "order.arbitration_opened") == []


def to_the_arbiter(db, *departments: str):
    """An assist that its departments hand on until it is disputed."""
    assist(db, departments[0])
    for here, there in pairwise(departments):
        reply(db, "return_requested", here, order=FIRST, proposed_department=there, **GROUND)
        decide(db, disputes.grant_return, number=FIRST, department=there, note="成立")
    reply(db, "return_requested", departments[-1], order=FIRST, **GROUND)
    assert order_of(db, FIRST).state == "arbitration"


def decide_timers(db):
    while db.run(timers.do_due):
        pass
