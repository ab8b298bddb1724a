"""What time does: found by one look, done once however many look, after a restart too."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from services.routing import decisions, disputes, handlers, joint, models, timers
from services.routing.rules import Refused
from services.routing.supervision import supervision_for
from shared.bus.event import encode
from shared.bus.inbox import Inbox
from shared.bus.transport import Delivery
from shared.contracts import intake
from shared.db import Database, Stale, Unavailable, connect
from tests.support.keys import KEYS
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, at, decide, order_of, reply, said
from tests.unit.routing.orders import DISTRICTS

CASES = [f"XS-261123-{n:04d}-00" for n in range(450)]
"""More than two batches."""


@pytest.fixture(params=DISTRICTS)
def db(request):
    with at():
        made = ground.database(district=DISTRICTS[request.param])
        made.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        yield made


def look(db):
    return timers.look(SimpleNamespace(database=db))


def lamps(db, name):
    return [(data["clock"], data["lamps"][data["clock"]]) for _, data in said(db, name)]


def test_each_clock_is_yellow_once_and_late_once(db):
    for _ in range(2):
        with at(minutes=48):
            look(db)
    assert lamps(db, "order.due_soon.ga") == [("contact", "yellow")]
    with at(hours=1):
        look(db)
        assert said(db, "order.late") == [], "an hour is not more than an hour"
    for _ in range(2):
        with at(hours=1, seconds=1):
            look(db)
    assert lamps(db, "order.late.ga") == [("contact", "red")]
    order = order_of(db)
    with at(order.due_yellow_at):
        look(db)
    assert lamps(db, "order.due_soon.ga") == [("contact", "yellow"), ("finish", "yellow")]
    with at(order.due_by + timedelta(seconds=1)):
        look(db)
        assert look(db) == 0
    assert lamps(db, "order.late.ga") == [("contact", "red"), ("finish", "red")]


def test_what_ran_out_while_nobody_looked_is_late_and_no_longer_soon(db):
    with at(days=30):
        look(db)
    assert said(db, "order.due_soon") == []
    assert [data["clock"] for _, data in said(db, "order.late")] == ["contact", "finish"]


def test_a_new_deadline_is_warned_of_again(db):
    reply(db, "contacted")
    order = order_of(db)
    with at(order.due_yellow_at):
        look(db)
        reply(db, "extension_requested", reason="需检测", approved_by="周局长")
        decide(db, decisions.grant_extension, note="同意")
    later = order_of(db)
    assert later.due_yellow_at > order.due_yellow_at
    with at(later.due_yellow_at):
        look(db)
        look(db)
    assert [data["due_by"] for _, data in said(db, "order.due_soon")] == [
        one.due_by.astimezone(ground.ZONE).isoformat() for one in (order, later)
    ]


def test_a_stopped_clock_goes_off_no_more(db):
    reply(db, "contacted")
    reply(db, "completed", result="已劝导", reviewed_by="周局长")
    with at(days=90):
        assert look(db) == 0


def test_unsigned_after_the_window_counts_as_signed(db):
    with at(hours=23, minutes=59):
        look(db)
        assert order_of(db).state == "dispatched"
    with at(hours=24):
        look(db)
        look(db)
    assert order_of(db).state == "signed"
    assert len(said(db, "order.signed")) == 1


# -- pauses ----------------------------------------------------------------------------------------


def test_a_pause_ends_by_itself_at_the_longest_the_reason_allows(db):
    reply(db, "contacted")
    longest = supervision_for(db.district).pauses["resident"].longest_workdays
    decide(db, decisions.pause, reason="resident", note="等房产证")
    [(_, told)] = said(db, "order.paused.ga")
    until = db.district.calendar.add_workdays(MONDAY, longest)
    assert datetime.fromisoformat(told["until"]) == until
    assert (told["reason"], told["reason_name"]) == ("resident", "等待居民补充材料")
    assert told["lamps"]["finish"] == "none"
    with at(until):
        assert look(db) == 0, "it is not over yet"
    with at(until + timedelta(seconds=1)):
        look(db)
        look(db)
    order = order_of(db)
    assert (order.paused_at, order.pause) == (None, None)
    assert order.due_by == db.district.calendar.add_workdays(MONDAY, 5 + longest), "whole days"
    [(_, resumed)] = said(db, "order.resumed.ga")
    assert datetime.fromisoformat(resumed["due_by"]) == order.due_by


def test_the_contact_clock_is_never_paused(db):
    decide(db, decisions.pause, reason="testing", note="送检")
    with at(hours=2):
        look(db)
    assert [data["clock"] for _, data in said(db, "order.late")] == ["contact"]


@pytest.mark.parametrize("reason", ["", "holiday", "等待检测鉴定"])
def test_only_the_reasons_of_the_pack_pause_a_clock(db, reason):
    with pytest.raises(Refused) as refused:
        decide(db, decisions.pause, reason=reason, note="")
    assert refused.value.reason.field == "reason"
    assert "等待检测鉴定" in str(refused.value), "it says which there are"


def test_a_clock_is_paused_once_at_a_time_and_not_when_it_ran_out(db):
    with pytest.raises(Refused):
        decide(db, decisions.resume, note="")
    decide(db, decisions.pause, reason="testing", note="")
    with pytest.raises(Refused):
        decide(db, decisions.pause, reason="resident", note="")
    decide(db, decisions.resume, note="已出结果")
    with at(days=30), pytest.raises(Refused):
        decide(db, decisions.pause, reason="testing", note="")


# -- many, at once, and when something is wrong ----------------------------------------------------


def replica(url):
    return Database(
        connect(url, KEYS),
        service="routing",
        district=ground.DISTRICT,
        serials=models.bus.serials,
        audit=models.audit,
    )


def open_many(db, cases=CASES):
    events = [
        encode(ground.transferred(number=case, applicant={"name": "王建国"})) for case in cases
    ]
    inbox = Inbox(db, models.bus, "intake", {intake.transferred: handlers.open_order})
    inbox.apply([Delivery("q", "case.transferred", event.encode()) for event in events])


def test_two_replicas_do_everything_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'routing.sqlite'}"
    with at():
        first = ground.database(url)
        open_many(first)
    second = replica(url)  # as after a restart: it knows only what the database holds
    with at(days=30), ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(look, one) for one in (first, second)]:
            future.result()
        assert look(first) == 0
    late = [(data["number"], data["clock"]) for _, data in said(first, "order.late")]
    assert sorted(late) == sorted((f"{case}-1", c) for case in CASES for c in ("contact", "finish"))
    assert len(said(first, "order.signed")) == len(CASES)
    with first.read() as connection:
        left = sa.select(sa.func.count()).where(models.orders.c.next_at.is_not(None))
        assert connection.execute(left).scalar_one() == 0


def test_an_order_that_fails_keeps_nobody_else_waiting(monkeypatch):
    with at():
        db = ground.database()
        open_many(db)
    broken = f"{CASES[7]}-1"
    late = timers.events.late

    def fails(tx, order, clock, due_by):
        if order.number == broken:
            raise ValueError("cannot say so")
        late(tx, order, clock, due_by)

    with at(days=30):
        with monkeypatch.context() as patched:
            patched.setattr(timers.events, "late", fails)
            with pytest.raises(timers.TimerFailed, match=broken):
                look(db)
        assert len(said(db, "order.late")) == 2 * (len(CASES) - 1)
        assert order_of(db, broken).timers, "nothing of it was done"
        assert look(db) == 0, "it rests"
    with at(days=30, hours=1):
        assert look(db) == 1
    assert len(said(db, "order.late")) == 2 * len(CASES)


def test_any_number_of_failing_orders_starves_nobody(monkeypatch):
    """Three batches of them are due before the one that is well."""
    monkeypatch.setattr(timers, "MOST_AT_ONCE", 5)
    broken, well = CASES[:15], CASES[15]
    with at():
        db = ground.database()
        open_many(db, broken)
    with at(minutes=1):
        open_many(db, [well])
    late = timers.events.late

    def fails(tx, order, clock, due_by):
        if order.case_number != well:
            raise ValueError("cannot say so")
        late(tx, order, clock, due_by)

    monkeypatch.setattr(timers.events, "late", fails)
    with at(hours=2):
        with pytest.raises(timers.TimerFailed):
            look(db)
        assert [data["case_number"] for _, data in said(db, "order.late")] == [well]
        assert look(db) == 0, "all others rest"


def test_who_fails_again_rests_twice_as_long_and_any_act_ends_the_rest(monkeypatch):
    with at():
        db = ground.database()
        db.run(lambda tx: handlers.open_order(tx, ground.transferred()))
    rests = []
    with monkeypatch.context() as patched:
        patched.setattr(timers.events, "late", lambda *_: 1 / 0)
        patched.setattr(timers.events, "due_soon", lambda *_: None)
        with at(minutes=48):
            look(db)
        now = order_of(db).next_at
        for _ in range(9):
            with at(now), pytest.raises(timers.TimerFailed):
                look(db)
            rests.append(order_of(db).next_at - now)
            now = order_of(db).next_at
    assert [rest // timedelta(minutes=1) for rest in rests] == [1, 1, 2, 4, 8, 16, 32, 60, 60]
    with at(now - timedelta(minutes=1)):
        reply(db, "progressed", note="在路上")
        assert look(db) == 1, "it is looked at again at once"


# -- several orders of one matter, and faults of the database --------------------------------------


@pytest.fixture
def joint_due():
    """The fallback assists an order that nobody rules on; after an outage both are due at once."""
    with at():
        db = ground.database()
        db.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        for here, there in (("ga", "cg"), ("cg", "zj")):
            give_back(db, here)
            decide(db, disputes.grant_return, department=there, note="成立")
        give_back(db, "zj")
    with at(minutes=1):
        fallback = supervision_for(db.district).arbitration.fallback
        decide(db, joint.assist, department=fallback, note="维持现场秩序")
    return db


def give_back(db, department):
    why = {"reason": "非我单位职责", "legal_ground": "三定方案第三条"}
    assert reply(db, "return_requested", department, **why).applied


def test_an_assist_that_its_leads_timer_ended_is_left_as_it_is(joint_due):
    fallback = supervision_for(joint_due.district).arbitration.fallback
    with at(days=20):
        assert look(joint_due) == 1
        assert look(joint_due) == 0
    helping = order_of(joint_due, f"{ground.ORDER}-a1")
    assert (order_of(joint_due).department, helping.state) == (fallback, "cancelled")
    assert (helping.timers, helping.next_at) == ({}, None)
    assert said(joint_due, f"order.late.{fallback}") == [], "of what was called off"


@pytest.mark.parametrize(
    "fault",
    [Stale("changed meanwhile"), sa.exc.DataError("INSERT", None, ValueError("too long"))],
)
def test_a_fault_of_the_database_puts_off_only_the_order_that_fails(monkeypatch, fault):
    with at():
        db = ground.database()
        open_many(db, CASES[:20])
    broken = f"{CASES[7]}-1"
    add = timers.store.save

    def fails(tx, order):
        if order.number == broken:
            raise fault
        add(tx, order)

    monkeypatch.setattr(timers.store, "save", fails)
    with at(hours=2):
        with pytest.raises(timers.TimerFailed, match=broken):
            look(db)
        assert len(said(db, "order.late")) == 19
        assert look(db) == 0, "it rests"


def test_a_fault_that_passes_is_no_orders_own(monkeypatch):
    """A deadlock, a row that somebody changed: tried again, nobody is put off."""
    with at():
        db = ground.database()
        open_many(db, CASES[:20])
    late, faults = timers.events.late, [Stale("changed meanwhile")]

    def fails_once(tx, order, clock, due_by):
        if faults:
            raise faults.pop()
        late(tx, order, clock, due_by)

    monkeypatch.setattr(timers.events, "late", fails_once)
    with at(hours=2):
        assert look(db) == 20
    assert len(said(db, "order.late")) == 20


def test_a_database_that_is_away_is_no_orders_fault(monkeypatch):
    with at():
        db = ground.database()
        open_many(db, CASES[:3])
    away = sa.exc.OperationalError("UPDATE", None, ValueError("gone"), connection_invalidated=True)
    with at(hours=2):
        with monkeypatch.context() as patched:
            patched.setattr(timers.events, "late", partial(_raise, away))
            with pytest.raises(Unavailable):
                look(db)
        assert look(db) == 3, "nobody was put off"


def _raise(error, *_: object):
    raise error


@pytest.mark.parametrize("name", ["arbitrate_late", "sign", "finish_late", "step:finish_late_2"])
def test_a_timer_that_the_state_does_not_allow_is_dropped(name):
    with at():
        db = ground.database()
        db.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        reply(db, "contacted", note="")
        decide(db, joint.assist, department="cg", note="")
        reply(db, "completed", result="已劝导")
        timers_of = {name: MONDAY.astimezone(UTC).isoformat()}
        row = sa.update(models.orders).where(models.orders.c.number == ground.ORDER)
        stale = row.values(timers=timers_of, next_at=MONDAY, state="joint")
        db.run(lambda tx: tx.execute(stale))
        before = said(db)
        if name.startswith("step:"):
            stale = row.values(timers=timers_of, next_at=MONDAY, state="closed")
            db.run(lambda tx: tx.execute(stale))
        assert look(db) == 1
        assert look(db) == 0
    assert (order_of(db).timers, order_of(db).next_at) == ({}, None)
    assert said(db) == before


def test_what_is_due_is_found_by_its_index():
    with at():
        db = ground.database()
    query = sa.select(models.orders).where(models.orders.c.next_at <= MONDAY)
    query = query.order_by(models.orders.c.next_at).limit(200)
    with db.read() as connection:
        compiled = query.compile(connection.engine)
        params = compiled.construct_params()
        typed = {name: str(value) for name, value in params.items()}
        rows = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {compiled}", tuple(typed[name] for name in compiled.positiontup)
        )
        plan = " ".join(row[-1] for row in rows)
    assert "orders_next_at" in plan
    assert "TEMP B-TREE" not in plan
