"""The unit's leader reads a reply before it goes out, where the district says so (N)."""

from datetime import timedelta

import pytest

from services.routing import decisions, handlers, joint, timers
from services.routing.clocks import lamps_of
from services.routing.rules import Refused
from shared import clock
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, ORDER, at, decide, keys, order_of, reply, said
from tests.unit.routing.orders import DISTRICTS

FIRST = f"{ORDER}-a1"


def opened(name):
    db = ground.database(district=DISTRICTS[name])
    db.run(lambda tx: handlers.open_order(tx, ground.transferred()))
    return db


@pytest.fixture
def beiguan():
    with at():
        yield opened("beiguan")


def test_a_reply_that_nobody_reviewed_waits_for_the_leader(beiguan):
    db = beiguan
    with at(hours=2):
        reply(db, "completed", result="已劝导", officer="高峰")
    order = order_of(db)
    assert (order.state, order.result, order.completed_at) == ("in_review", "已劝导", None)
    assert keys(db)[-1] == "order.review_asked.ga"
    with at(hours=4):
        decide(db, decisions.approve, note="同意", by="周局长")
    order = order_of(db)
    assert (order.state, order.reviewed_by) == ("completed", "周局长")
    assert order.completed_at == order.reviewed_at == MONDAY + timedelta(hours=4)
    [(_, told)] = said(db, "order.completed")
    assert (told["result"], told["by"]) == ("已劝导", "高峰")


def test_its_clocks_stand_while_the_leader_reads(beiguan):
    db = beiguan
    reply(db, "completed", result="已劝导")
    assert (order_of(db).timers, order_of(db).next_at) == ({}, None)
    with at(days=30):
        db.run(timers.do_due)
        assert said(db, "order.late") == said(db, "order.due_soon") == []
        lamps = lamps_of(order_of(db), clock.now())
        assert (lamps.overall.level, lamps.finish.stopped) == ("green", True)
        assert lamps.finish.zh == "已答复，待负责人审核"
        assert lamps.contact.zh == "未登记联系"
        with pytest.raises(Refused):
            decide(db, decisions.pause, reason="testing", note="送检")


def test_what_was_answered_in_time_is_in_time_whenever_the_leader_reads_it(beiguan):
    db = beiguan
    reply(db, "completed", result="已劝导")
    with at(days=30):
        decide(db, decisions.approve, note="", by="周局长")
        order = order_of(db)
        assert order.completed_at == MONDAY + timedelta(days=30) > order.due_by
        assert lamps_of(order, clock.now()).finish.zh == "已答复"


def test_what_is_sent_back_late_is_late_then(beiguan):
    db = beiguan
    reply(db, "contacted", note="")
    reply(db, "completed", result="已劝导")
    with at(days=30):
        decide(db, decisions.send_back, reason="没有写明结果", by="周局长")
        db.run(timers.do_due)
        assert [data["clock"] for _, data in said(db, "order.late")] == ["finish"]


@pytest.mark.parametrize("name", DISTRICTS)
def test_who_had_not_called_yet_has_for_it_what_was_left_when_they_replied(name):
    """Twenty minutes were used when the reply went to be read, whoever reads it."""
    with at():
        db = opened(name)
    with at(minutes=20):
        reply(db, "completed", result="已劝导")
    with at(hours=5):
        decide(db, decisions.send_back, reason="没有写明结果", by="周局长")
        order = order_of(db)
        assert order.contact_by == MONDAY + timedelta(hours=5, minutes=40)
        assert order.contact_yellow_at == MONDAY + timedelta(hours=5, minutes=28)
        db.run(timers.do_due)
        assert said(db, "order.late") == []
    with at(hours=5, minutes=40, seconds=1):
        db.run(timers.do_due)
        assert [data["clock"] for _, data in said(db, "order.late")] == ["contact"]


def test_who_calls_while_the_leader_reads_called_in_time(beiguan):
    db = beiguan
    reply(db, "completed", result="已劝导")
    with at(hours=3):
        reply(db, "contacted", note="")
        assert lamps_of(order_of(db), clock.now()).contact.zh == "已联系"
    with at(hours=5):
        decide(db, decisions.send_back, reason="没有写明结果", by="周局长")
        order = order_of(db)
        assert order.contacted_at == MONDAY + timedelta(hours=3) <= order.contact_by


def test_what_the_leader_sends_back_goes_on_with_the_same_deadline(beiguan):
    db = beiguan
    due = order_of(db).due_by
    reply(db, "completed", result="已劝导")
    decide(db, decisions.send_back, reason="没有写明结果", by="周局长")
    order = order_of(db)
    assert (order.state, order.due_by, order.reviewed_at) == ("signed", due, None)
    assert said(db, "order.completed") == []
    reply(db, "completed", result="已约谈店主，二十二点后停用音响")
    decide(db, decisions.approve, note="", by="周局长")
    assert order_of(db).state == "completed"


def test_a_reply_that_names_who_reviewed_it_goes_straight_out(beiguan):
    db = beiguan
    reply(db, "completed", result="已劝导", reviewed_by="周局长")
    order = order_of(db)
    assert (order.state, order.reviewed_by) == ("completed", "周局长")
    assert order.reviewed_at is not None
    assert keys(db)[-1] == "order.completed"


def test_a_better_reply_replaces_the_one_that_waits(beiguan):
    db = beiguan
    reply(db, "completed", result="已劝导")
    reply(db, "completed", result="已约谈店主", reviewed_by="周局长")
    assert (order_of(db).state, order_of(db).result) == ("completed", "已约谈店主")


def test_reviewed_it_still_waits_for_who_assists(beiguan):
    db = beiguan
    decide(db, joint.assist, department="cg", note="")
    reply(db, "completed", result="已劝导")
    decide(db, decisions.approve, note="", by="周局长")
    assert order_of(db).state == "joint"
    assert said(db, "order.completed") == []
    reply(db, "completed", "cg", order=FIRST, result="已清理", reviewed_by="陈队长")
    assert order_of(db).state == "completed"
    assert len(said(db, "order.completed")) == 2


@pytest.mark.parametrize("name", ["xiangshan", "huainan", "daguan"])
def test_elsewhere_the_resident_is_answered_first(name):
    with at():
        db = opened(name)
        reply(db, "completed", result="已劝导")
        assert (order_of(db).state, order_of(db).reviewed_at) == ("completed", None)
        decide(db, decisions.approve, note="", by="督办")
        assert order_of(db).reviewed_at is not None
        assert len(said(db, "order.completed")) == 1
