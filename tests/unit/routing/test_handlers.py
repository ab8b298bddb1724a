"""What intake says and time does, against a database: opened once, ended rightly, reported once."""

import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.routing import disputes, handlers, models, replies, timers
from shared import sessions
from shared.bus.event import encode
from shared.bus.inbox import Inbox
from shared.bus.transport import Delivery
from shared.contracts import intake
from tests.unit.routing import ground
from tests.unit.routing.ground import CASE, MONDAY, ORDER, at, order_of, reply, said


@pytest.fixture
def db():
    with at():
        yield ground.database()


def hear(db, handler, event):
    return db.run(lambda tx: handler(tx, event))


def test_a_named_department_gets_the_order_at_once_and_whole(db):
    hear(db, handlers.open_order, ground.transferred())
    order = order_of(db)
    assert (order.number, order.state, order.department) == (ORDER, "dispatched", "ga")
    [(key, data)] = said(db)
    assert key == "order.dispatched.ga"
    assert data["contact_by"] == (MONDAY + timedelta(hours=1)).isoformat()
    assert data["applicant"] == {"name": "王建国", "phone": "13805610000"}
    assert data["reasons"] == ["首问责任人李敏选定公安：超出社区职责"]


def test_the_desks_reason_goes_with_the_order_as_far_as_the_contract_allows(db):
    hear(db, handlers.open_order, ground.transferred(reason="扰" * 900))
    [(_, data)] = said(db)
    assert data["reasons"] == [f"首问责任人李敏选定公安：{'扰' * 150}"]


def test_an_item_names_the_department(db):
    item = {"code": "G-27", "name": "居民身份证申领/换领/补领"}
    hear(db, handlers.open_order, ground.transferred(department=None, item=item))
    assert order_of(db).department == "ga"


def test_without_either_it_waits_with_suggestions(db):
    hear(db, handlers.open_order, ground.transferred(department=None))
    order = order_of(db)
    assert (order.state, order.department) == ("proposed", None)
    [(key, data)] = said(db)
    assert key == "order.proposed"
    assert data["suggestions"][0]["department"] == "ga"
    assert data["suggestions"][0]["reasons"]


def test_a_department_this_district_lacks_is_not_believed(db):
    hear(db, handlers.open_order, ground.transferred(department="zz"))
    assert order_of(db).state == "proposed"


def test_the_same_transfer_again_changes_nothing(db):
    for _ in range(2):
        hear(db, handlers.open_order, ground.transferred())
    assert len(said(db)) == 1
    assert order_of(db).version == 1


def test_an_old_transfer_after_a_new_one_changes_nothing(db):
    hear(db, handlers.open_order, ground.transferred(8, transfer=2, department="cg"))
    hear(db, handlers.open_order, ground.transferred(3, transfer=1))
    assert [key for key, _ in said(db)] == ["order.dispatched.cg"]


def test_a_new_transfer_takes_over_from_the_old_one(db):
    hear(db, handlers.open_order, ground.transferred(3))
    hear(db, handlers.open_order, ground.transferred(8, transfer=2, department="cg"))
    assert order_of(db).state == "cancelled"
    assert order_of(db, f"{CASE}-2").state == "dispatched"
    keys = [key for key, _ in said(db)]
    assert keys == ["order.dispatched.ga", "order.cancelled.ga", "order.dispatched.cg"]


def test_a_batch_of_transfers_is_looked_up_at_once(db):
    """The hot path: claim, lock, four look-ups, bulk inserts; however many events."""
    inbox = Inbox(db, models.bus, "q", {intake.transferred: handlers.open_order})
    events = [ground.transferred(number=f"XS-261123-{n:04d}-00") for n in range(50)]
    statements = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    inbox.apply([Delivery("q", "case.transferred", encode(e).encode()) for e in events])
    assert len(said(db, "order.dispatched")) == 50
    assert len([s for s in statements if s.startswith("SELECT") and "outbox" not in s]) == 5
    # with traces, pressings and visits
    assert len([s for s in statements if s.startswith("INSERT")]) == 7


def test_somebody_signing_out_breaks_no_batch(db):
    heard = sessions.hear(models.ended_sessions)
    both = {intake.transferred: handlers.open_order, intake.sessions_ended: heard}
    events = [ground.transferred(number=f"XS-261123-{n:04d}-00") for n in range(50)]
    events.insert(25, ground.signed_out())
    look_ups = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *a: look_ups.append(a[2]))
    inbox = Inbox(db, models.bus, "q", both)
    inbox.apply([Delivery("q", "intake.events", encode(e).encode()) for e in events])
    assert len(said(db, "order.dispatched")) == 50
    assert len([s for s in look_ups if "max(orders.transfer)" in s]) == 1


@pytest.mark.parametrize(
    ("event", "handler", "state", "key"),
    [
        (ground.withdrawn, handlers.cancel_order, "cancelled", "order.cancelled.ga"),
        (ground.closed, handlers.close_order, "closed", "order.closed.ga"),
    ],
)
def test_the_end_of_the_case_ends_the_order(db, event, handler, state, key):
    hear(db, handlers.open_order, ground.transferred())
    hear(db, handler, event())
    assert order_of(db).state == state
    assert said(db)[-1][0] == key


@pytest.mark.parametrize(
    ("event", "handler", "state"),
    [
        (ground.withdrawn, handlers.cancel_order, "cancelled"),
        (ground.closed, handlers.close_order, "closed"),
    ],
)
def test_an_end_that_comes_first_troubles_no_department(db, event, handler, state):
    hear(db, handler, event())
    hear(db, handlers.open_order, ground.transferred())
    assert order_of(db).state == state
    assert said(db) == []


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize(
    ("event", "handler", "state"),
    [
        (ground.withdrawn, handlers.cancel_order, "cancelled"),
        (ground.closed, handlers.close_order, "closed"),
    ],
)
def test_a_late_transfer_of_a_case_that_is_over_troubles_no_department(
    db, event, handler, state, answered
):
    """The earlier order heard the end: the same end as when the transfer had come in time."""
    hear(db, handlers.open_order, ground.transferred(3))
    if answered:
        assert reply(db, "completed", result="已劝导").applied
    hear(db, handler, event(9))
    before = said(db)
    hear(db, handlers.open_order, ground.transferred(6, transfer=2))
    db.run(handlers._settle_early)
    assert (order_of(db, f"{CASE}-2").state, said(db)) == (state, before)


def test_a_late_transfer_of_a_case_that_was_opened_again_is_dispatched(db):
    hear(db, handlers.open_order, ground.transferred(3))
    hear(db, handlers.close_order, ground.closed(8))
    hear(db, handlers.reopen_order, ground.reopened(9))
    hear(db, handlers.open_order, ground.transferred(6, transfer=2))
    assert (order_of(db, f"{CASE}-2").state, order_of(db).state) == ("dispatched", "cancelled")


@pytest.mark.parametrize("satisfied", [True, False])
def test_a_grade_of_what_no_department_has_is_remembered_and_presses_nobody(db, satisfied):
    """The desk found a result itself while the department was still sought."""
    hear(db, handlers.open_order, ground.transferred(department=None, item=None))
    hear(db, handlers.remember_rating, ground.rated(9, grade=1, satisfied=satisfied))
    order = order_of(db)
    assert (order.state, order.grade, order.level) == ("proposed", 1, 0)
    assert not said(db, "order.escalated")


def test_a_bad_grade_after_the_case_was_closed_opens_its_order_again(db):
    """The day's end closes case and order; who is not satisfied says so afterwards (0-25)."""
    hear(db, handlers.open_order, ground.transferred(3))
    assert reply(db, "completed", result="已劝导").applied
    hear(db, handlers.close_order, ground.closed(8))
    hear(db, handlers.remember_rating, ground.rated(9, grade=1, satisfied=False))
    order = order_of(db)
    assert (order.grade, order.state) == (1, "signed")
    assert said(db, "order.reopened")
    assert said(db, "order.escalated")


def test_a_good_grade_after_the_case_was_closed_is_remembered(db):
    hear(db, handlers.open_order, ground.transferred(3))
    assert reply(db, "completed", result="已劝导").applied
    hear(db, handlers.close_order, ground.closed(8))
    hear(db, handlers.remember_rating, ground.rated(9, grade=5))
    assert (order_of(db).grade, order_of(db).state) == (5, "closed")


def test_an_end_older_than_the_transfer_is_not_its_end(db):
    hear(db, handlers.close_order, ground.closed(2))
    hear(db, handlers.open_order, ground.transferred(4))
    assert order_of(db).state == "dispatched"


def test_what_crossed_the_opening_on_the_way_is_settled(db):
    """As between two replicas: each saw nothing of the other's work."""
    from services.routing import store  # noqa: PLC0415

    hear(db, handlers.open_order, ground.transferred())
    hear(db, store.keep_early, ground.withdrawn())
    db.run(handlers._settle_early)
    assert order_of(db).state == "cancelled"
    db.run(handlers._settle_early)
    assert len(said(db, "order.cancelled")) == 1


def test_facts_in_any_order_end_the_same(db):
    """Reopened (7), closed (9): whichever comes first, the case is closed."""
    complete_flow = [
        (handlers.open_order, ground.transferred(3)),
        (handlers.reopen_order, ground.reopened(7)),
        (handlers.close_order, ground.closed(9)),
    ]
    for arrival in itertools.permutations(complete_flow):
        fresh = ground.database()
        for handler, event in arrival:
            hear(fresh, handler, event)
        assert order_of(fresh).state == "closed", [h.__name__ for h, _ in arrival]


def test_reopened_goes_back_to_the_department_with_fresh_clocks(db):
    hear(db, handlers.open_order, ground.transferred())
    reply(db, "completed", result="已劝导")
    with at(days=10):
        hear(db, handlers.reopen_order, ground.reopened(8, reason="噪声又出现了"))
        order = order_of(db)
    assert (order.state, order.department, order.level) == ("signed", "ga", 1)
    assert order.contact_by == MONDAY + timedelta(days=10, hours=1)
    assert order.due_by > MONDAY + timedelta(days=10)
    assert [key for key, _ in said(db)][-2:] == ["order.reopened.ga", "order.escalated.ga"]


def test_reopened_while_at_work_changes_nothing(db):
    hear(db, handlers.open_order, ground.transferred())
    hear(db, handlers.reopen_order, ground.reopened(8))
    assert order_of(db).version == 1


def test_a_dissatisfied_rating_raises_the_order(db):
    hear(db, handlers.open_order, ground.transferred())
    reply(db, "completed", result="已劝导")
    hear(db, handlers.remember_rating, ground.rated(6, grade=1, satisfied=False))
    hear(db, handlers.remember_rating, ground.rated(5, grade=5))
    order = order_of(db)
    assert (order.grade, order.level) == (1, 1)


def test_a_late_clock_is_reported_once(db):
    hear(db, handlers.open_order, ground.transferred())
    with at(minutes=59):
        db.run(timers.do_due)
        assert said(db, "order.late") == []
    with at(minutes=61):
        db.run(timers.do_due)
        db.run(timers.do_due)
    [(key, data)] = said(db, "order.late")
    assert (key, data["clock"]) == ("order.late.ga", "contact")
    with at(days=20):
        db.run(timers.do_due)
        db.run(timers.do_due)
    assert [data["clock"] for _, data in said(db, "order.late")] == ["contact", "finish"]
    assert order_of(db).level == 3, "as the ladder says, five working days after the deadline"


def test_a_stopped_clock_is_never_late(db):
    hear(db, handlers.open_order, ground.transferred())
    reply(db, "contacted")
    reply(db, "completed", result="已劝导")
    with at(days=30):
        db.run(timers.do_due)
    assert said(db, "order.late") == []


def test_unsigned_after_the_window_counts_as_signed(db):
    hear(db, handlers.open_order, ground.transferred())
    with at(hours=23, minutes=59):
        db.run(timers.do_due)
        assert order_of(db).state == "dispatched"
    with at(hours=24, minutes=1):
        db.run(timers.do_due)
        db.run(timers.do_due)
    assert order_of(db).state == "signed"
    assert len(said(db, "order.signed")) == 1


def test_a_return_and_the_way_to_another_department(db):
    hear(db, handlers.open_order, ground.transferred())
    ground_ = {"reason": "属城管职责", "legal_ground": "市容管理条例第十条"}
    assert reply(db, "return_requested", proposed_department="cg", **ground_).applied
    db.run(lambda tx: _decide(tx, lambda o: disputes.grant_return(tx, o, "cg", "成立", "督办")))
    order = order_of(db)
    assert (order.number, order.department, order.hops, order.state) == (
        ORDER,
        "cg",
        1,
        "dispatched",
    )
    keys = [key for key, _ in said(db)]
    assert keys[-2:] == ["order.returned.ga", "order.dispatched.cg"]
    assert not reply(db, "signed").applied, "the former department holds it no more"
    assert reply(db, "signed", "cg").applied


def test_a_return_granted_without_a_department_waits(db):
    hear(db, handlers.open_order, ground.transferred())
    reply(db, "return_requested", reason="非我职责", legal_ground="三定方案")
    db.run(lambda tx: _decide(tx, lambda o: disputes.grant_return(tx, o, None, "成立", "督办")))
    assert order_of(db).state == "proposed"
    with at(days=30):
        db.run(timers.do_due)
    assert said(db, "order.late") == [], "its clocks stopped"


def _decide(tx, act):
    from services.routing import store  # noqa: PLC0415

    order = store.load(tx, ORDER)
    act(order)
    store.save(tx, order)


def test_via_is_remembered(db):
    hear(db, handlers.open_order, ground.transferred())
    reply(db, "signed", reply_id="r1")
    with db.read() as connection:
        row = connection.execute(sa.select(models.replies)).one()
    assert (row.reply_id, row.via, row.outcome, row.order_number) == (
        "r1",
        replies.API,
        "applied",
        ORDER,
    )
