"""Pressing by the clock and by hand: each step once, each level to who is on duty, then silence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from services.routing import decisions, disputes, handlers, models, timers
from services.routing.order_fields import STEP
from services.routing.pressing import handlers as pressing
from services.routing.pressing import ladder
from services.routing.rules import Refused
from services.routing.supervision import supervision_for
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, at, decide, order_of, reply, said
from tests.unit.routing.orders import DISTRICTS

GROUND = {"reason": "非我单位职责", "legal_ground": "三定方案第三条"}
A_SECOND = timedelta(seconds=1)


@pytest.fixture(params=DISTRICTS)
def db(request):
    with at():
        made = ground.database(district=DISTRICTS[request.param])
        made.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        yield made


def look(db, moment=None):
    with at(moment or MONDAY):
        return timers.look(SimpleNamespace(database=db))


def rows(db, table=models.pressing.pressings):
    with db.read() as connection:
        return connection.execute(sa.select(table).order_by(table.c.version)).all()


def rule(db):
    return supervision_for(db.district)


def steps(db, when):
    return [step for step in rule(db).steps if step.when == when]


def taken(db):
    return [row.step for row in rows(db)]


def late_at(db):
    return order_of(db).due_by + A_SECOND


def somebody(number):
    """Somebody else than the resident of the example."""
    return {"name": "孙丽", "phone": f"1390561{number:04d}"}


# -- by rule ---------------------------------------------------------------------------------------


def test_no_contact_in_time_is_pressed_at_its_level_by_who_is_on_duty(db):
    look(db, MONDAY + timedelta(minutes=60))
    assert rows(db) == []
    moment = MONDAY + timedelta(minutes=60) + A_SECOND
    for _ in range(2):
        look(db, moment)
    [step] = steps(db, "contact_late")
    [row] = rows(db)
    called = ladder.called(step.level, moment, rule(db))
    assert (row.step, row.why, row.level) == (step.code, "contact_late", step.level)
    assert (row.to, row.on_duty, row.by) == (called.to, called.on_duty, "系统")
    assert row.answered_at is None
    [(key, data)] = said(db, "order.escalated")
    assert key == "order.escalated.ga"
    told = {name: data[name] for name in ("level", "level_name", "to", "on_duty", "why")}
    assert told == {
        "level": step.level,
        "level_name": called.name,
        "to": called.to,
        "on_duty": called.on_duty,
        "why": "contact_late",
    }
    assert order_of(db).level == step.level


def test_the_ladder_of_a_late_order_is_climbed_step_by_step(db):
    """Each step when the clock reaches it, and not a second before."""
    reply(db, "contacted")
    due = order_of(db).due_by
    assert taken(db) == []
    expected = []
    look(db, due + A_SECOND)
    for step in steps(db, "finish_late"):
        if step.after is not None:
            moment = ladder.due_at(step, due, db.district.calendar, None)
            look(db, moment)
            assert [code for code in taken(db) if code in _late(db)] == expected
            look(db, moment + A_SECOND)
        expected.append(step.code)
        assert [code for code in taken(db) if code in _late(db)] == expected
        assert order_of(db).level == step.level
    assert len(expected) == 3
    look(db, due + timedelta(days=400))
    assert [code for code in taken(db) if code in _late(db)] == expected, "each once"
    levels = [data["level"] for _, data in said(db, "order.escalated") if data["why"][0] == "f"]
    assert levels == [step.level for step in steps(db, "finish_late")]


def _late(db):
    return [step.code for step in steps(db, "finish_late")]


def test_what_nobody_looked_at_for_long_is_climbed_at_once(db):
    reply(db, "contacted")
    look(db, MONDAY + timedelta(days=90))
    assert taken(db)[-3:] == _late(db)
    assert order_of(db).level == 3


def test_after_the_answer_nobody_presses(db):
    reply(db, "contacted")
    late = late_at(db)
    look(db, late)
    before = taken(db)
    with at(late + timedelta(hours=1)):
        reply(db, "completed", result="已约谈店主", reviewed_by="周局长")
        assert not [name for name in order_of(db).timers if name.startswith(STEP)]
    look(db, late + timedelta(days=90))
    assert taken(db) == before
    assert {row.answered_at for row in rows(db)} == {late + timedelta(hours=1)}


def test_a_reply_sent_back_goes_on_where_the_ladder_stood(db):
    reply(db, "contacted")
    late = late_at(db)
    look(db, late)
    waiting = {n: m for n, m in order_of(db).timers.items() if n.startswith(STEP)}
    with at(late + timedelta(hours=1)):
        reply(db, "completed", result="已约谈店主", reviewed_by="周局长")
    with at(late + timedelta(hours=2)):
        decide(db, decisions.send_back, reason="没有写结果")
        assert {n: m for n, m in order_of(db).timers.items() if n.startswith(STEP)} == waiting
    look(db, late + timedelta(days=90))
    assert taken(db)[-3:] == _late(db)


def test_a_contact_takes_away_what_waited_for_it_and_nothing_else(db):
    look(db, MONDAY + timedelta(hours=2))
    before = dict(order_of(db).timers)
    with at(hours=3):
        reply(db, "contacted")
    kept = order_of(db).timers
    assert {n for n in before if n.startswith("finish")} == set(kept)


def test_unsigned_is_pressed_once(db):
    look(db, MONDAY + timedelta(hours=24) + A_SECOND)
    look(db, MONDAY + timedelta(hours=25))
    [step] = steps(db, "unsigned")
    assert taken(db).count(step.code) == 1
    [row] = [row for row in rows(db) if row.step == step.code]
    assert row.level == max(step.level, order_of(db).level)


def bounce(db, *departments: str):
    for here, there in pairwise(departments):
        assert reply(db, "return_requested", here, proposed_department=there, **GROUND).applied
        decide(db, disputes.grant_return, department=there, note="成立")


def test_bouncing_is_pressed_from_the_second_hop_on(db):
    [step] = steps(db, "bounced")
    bounce(db, "ga", "cg")
    assert taken(db) == []
    bounce(db, "cg", "zj")
    assert (taken(db), order_of(db).level) == ([step.code], step.level)
    [(key, _)] = said(db, "order.escalated")
    assert key == "order.escalated.zj"


def test_an_arbiter_who_does_not_rule_is_pressed_for(db):
    bounce(db, "ga", "cg", "zj")
    reply(db, "return_requested", "zj", **GROUND)
    reply(db, "contacted")
    look(db, MONDAY + timedelta(days=10))
    [step] = steps(db, "arbitrated_late")
    assert step.code in taken(db)
    assert order_of(db).level >= step.level
    assert order_of(db).department == rule(db).arbitration.fallback


def test_every_dissatisfied_resident_raises_it_until_the_highest(db):
    """Each reopening begins a new run of the ladder."""
    levels = []
    for again in range(1, 5):
        with at(hours=again):
            reply(db, "contacted")
            reply(db, "completed", result="已劝导", reviewed_by="周局长")
            with at(hours=again, minutes=5):
                event = ground.reopened(10 * again, reason="又吵了")
                db.run(lambda tx, event=event: handlers.reopen_order(_fresh(tx), event))
            levels.append(order_of(db).level)
    assert levels == [1, 2, 3, 3]
    assert taken(db) == ["dissatisfied"] * 4


def _fresh(tx):
    tx.batch, tx.memo = (), {}
    return tx


def test_a_reopened_order_that_is_late_again_is_pressed_again(db):
    reply(db, "contacted")
    look(db, late_at(db))
    with at(late_at(db) + timedelta(hours=1)):
        reply(db, "completed", result="已劝导", reviewed_by="周局长")
        event = ground.reopened(20, reason="又吵了")
        db.run(lambda tx: handlers.reopen_order(_fresh(tx), event))
        reply(db, "contacted")
    look(db, late_at(db))
    assert taken(db).count("finish_late") == 2


def test_what_is_difficult_is_pressed_from_its_dispatch_on(db):
    case = "XS-261123-0099-08"
    event = ground.transferred(number=case, urgency="difficult", applicant=somebody(1))
    db.run(lambda tx: handlers.open_order(_fresh(tx), event))
    order = order_of(db, f"{case}-1")
    wanted = rule(db).tracks["difficult"].level
    assert order.level == wanted > 0
    [row] = [row for row in rows(db) if row.order_number == order.number]
    assert (row.why, row.step, row.level) == ("difficult", "", wanted)


# -- exactly once ----------------------------------------------------------------------------------


def test_two_replicas_press_once(tmp_path):
    url = f"sqlite:///{tmp_path / 'r.sqlite'}"
    with at():
        replicas = [ground.database(url) for _ in range(2)]
        for number in range(20):
            case = {"number": f"XS-261123-{number:04d}-00", "applicant": somebody(number)}
            event = ground.transferred(**case)
            replicas[0].run(lambda tx, event=event: handlers.open_order(_fresh(tx), event))
    with at(days=90), ThreadPoolExecutor(2) as pool:
        done = [pool.submit(timers.look, SimpleNamespace(database=one)) for one in replicas]
        assert sum(one.result() for one in done) >= 20
    pressed = [(row.order_number, row.step) for row in rows(replicas[0])]
    assert len(pressed) == len(set(pressed)) == 20 * 5
    assert len(said(replicas[0], "order.escalated")) == 20 * 5
    for one in replicas:
        one.engine.dispose()


# -- by hand ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [1, 2, 3])
def test_by_hand_at_each_level(db, level):
    decide(db, pressing.press, level=level, note="请今日内联系", by="郑建国")
    [row] = rows(db)
    called = ladder.called(level, MONDAY, rule(db))
    assert (row.level, row.step, row.why, row.note) == (level, "", "by_hand", "请今日内联系")
    assert (row.to, row.on_duty, row.by) == (called.to, called.on_duty, "郑建国")
    [(key, told)] = said(db, "order.pressed")
    assert (key, told["level"], told["on_duty"]) == ("order.pressed.ga", level, called.on_duty)
    [(_, raised)] = said(db, "order.escalated")
    assert (raised["why"], raised["level"]) == ("by_hand", level)
    order = order_of(db)
    assert (order.level, order.pressed_at) == (level, MONDAY)


def test_without_a_level_it_is_the_orders_own_and_nothing_rises(db):
    decide(db, pressing.press, level=2, note="请抓紧")
    decide(db, pressing.press, level=None, note="还没有回音")
    decide(db, pressing.press, level=1, note="请抓紧")
    assert [row.level for row in rows(db)] == [2, 2, 1]
    assert order_of(db).level == 2, "the highest that was reached"
    assert len(said(db, "order.pressed")) == 3
    assert len(said(db, "order.escalated")) == 1


@pytest.mark.parametrize(("level", "note"), [(4, "请抓紧"), (1, "  ")])
def test_a_level_that_is_not_there_and_saying_nothing_are_refused(db, level, note):
    with pytest.raises(Refused):
        decide(db, pressing.press, level=level, note=note)
    assert rows(db) == []
    assert said(db, "order.pressed") == []


def test_the_next_reply_answers_what_was_pressed_and_a_signature_does_not(db):
    decide(db, pressing.press, level=1, note="请抓紧")
    with at(hours=1):
        reply(db, "signed")
        assert rows(db)[0].answered_at is None
    with at(hours=2):
        reply(db, "progressed", note="已到现场")
    with at(hours=3):
        decide(db, pressing.press, level=1, note="结果呢")
    answered, waits = rows(db)
    assert (answered.answered_at, waits.answered_at) == (MONDAY + timedelta(hours=2), None)


# -- on the spot -----------------------------------------------------------------------------------

AGAIN = "XS-261124-{:04d}-08"


def again(db, times):
    """The same resident with the same matter, a day later each time; the last order."""
    for time in range(times):
        with at(days=time + 1):
            event = ground.transferred(number=AGAIN.format(time))
            db.run(lambda tx, event=event: handlers.open_order(_fresh(tx), event))
    return order_of(db, f"{AGAIN.format(times - 1)}-1" if times else ground.ORDER)


def test_a_repeated_matter_calls_the_leader_to_the_spot(db):
    [step] = steps(db, "repeated")
    order = again(db, step.times - 1)
    assert order.repeats + 1 == step.times
    [visit] = rows(db, models.pressing.visits)
    assert (visit.order_number, visit.why) == (order.number, "repeated")
    assert visit.leader == rule(db).leader_of("ga")
    assert (visit.done_at, visit.called_by) == (None, "系统")
    [(key, told)] = said(db, "order.on_site_called")
    assert (key, told["leader"]) == ("order.on_site_called.ga", visit.leader)
    assert (order.level, taken(db)) == (max(step.level, 1), ["repeated"])


@pytest.mark.parametrize("way", ["at once", "from the pool"])
def test_who_gets_a_repeated_matter_next_is_called_to_the_spot_as_well(db, way):
    order = again(db, steps(db, "repeated")[0].times - 1)
    back(db, "ga", order.number, "cg" if way == "at once" else None)
    if way != "at once":
        decide(db, decisions.dispatch, number=order.number, department="cg")
    ended, waits = rows(db, models.pressing.visits)
    assert (ended.department, ended.done_by) == ("ga", "系统")
    assert (waits.department, waits.why, waits.done_at) == ("cg", "repeated", None)
    assert waits.leader == rule(db).leader_of("cg")
    assert [key for key, _ in said(db, "order.on_site_called")] == [
        "order.on_site_called.ga",
        "order.on_site_called.cg",
    ]


def test_who_has_a_repeated_matter_through_its_arbitration_is_called_once(db):
    number = again(db, steps(db, "repeated")[0].times - 1).number
    for here, there in (("ga", "cg"), ("cg", "zj"), ("zj", None)):
        back(db, here, number, there)
    decide(db, disputes.arbitrate, number=number, department="ga", note="依三定方案")
    visits = rows(db, models.pressing.visits)
    assert [one.department for one in visits] == ["ga", "cg", "zj", "ga"]
    assert [one.done_at is None for one in visits] == [False, False, False, True]


def test_a_repeated_matter_calls_the_leader_of_whom_the_arbiter_names(db):
    number = again(db, steps(db, "repeated")[0].times - 1).number
    for here, there in (("ga", "cg"), ("cg", "zj"), ("zj", None)):
        back(db, here, number, there)
    decide(db, disputes.arbitrate, number=number, department="cg", note="依三定方案")
    last = rows(db, models.pressing.visits)[-1]
    assert (last.department, last.why, last.done_at) == ("cg", "repeated", None)


def back(db, here, number, there):
    """A department gives an order back; where nobody is named the pool or the arbiter has it."""
    assert reply(db, "return_requested", here, order=number, **GROUND).applied
    if order_of(db, number).state != "arbitration":
        decide(db, disputes.grant_return, number=number, department=there, note="成立")


def test_a_first_matter_calls_nobody(db):
    [step] = steps(db, "repeated")
    again(db, step.times - 2)
    assert rows(db, models.pressing.visits) == []


def test_called_by_hand_and_what_came_of_it(db):
    decide(db, pressing.call_on_site, note="三次反映", by="郑建国")
    with pytest.raises(Refused, match="已经请负责人到现场"):
        decide(db, pressing.call_on_site, note="")
    with at(days=1):
        decide(db, pressing.was_on_site, record="当场约谈店主", met="王建国、店主", by="周局长")
    [visit] = rows(db, models.pressing.visits)
    assert (visit.note, visit.called_by) == ("三次反映", "郑建国")
    assert (visit.record, visit.met, visit.done_by) == ("当场约谈店主", "王建国、店主", "周局长")
    assert visit.done_at == MONDAY + timedelta(days=1)
    with pytest.raises(Refused, match="没有待登记的现场办理"):
        decide(db, pressing.was_on_site, record="又去了", met="店主")
    decide(db, pressing.call_on_site, note="再去一次")
    assert len(rows(db, models.pressing.visits)) == 2


@pytest.mark.parametrize("missing", [{"record": " ", "met": "店主"}, {"record": "去了", "met": ""}])
def test_a_record_says_what_came_of_it_and_whom_they_met(db, missing):
    decide(db, pressing.call_on_site, note="")
    with pytest.raises(Refused):
        decide(db, pressing.was_on_site, **missing)
    assert rows(db, models.pressing.visits)[0].done_at is None


# -- the pack --------------------------------------------------------------------------------------


def test_a_step_that_the_pack_has_no_more_does_nothing(db):
    def plant(tx):
        from services.routing import store  # noqa: PLC0415

        order = store.load(tx, ground.ORDER)
        order.set_timer("step:gone", MONDAY)
        order.press("请抓紧", tx.now, "督办")
        store.save(tx, order)

    db.run(plant)
    look(db, MONDAY)
    assert rows(db) == []
    assert "step:gone" not in order_of(db).timers


def test_the_call_ends_with_the_departments_part_and_the_next_leader_is_called(db):
    decide(db, pressing.call_on_site, note="三次反映")
    reply(db, "return_requested", proposed_department="cg", **GROUND)
    decide(db, disputes.grant_return, department="cg", note="成立")
    visits = models.pressing.visits
    [ended] = rows(db, visits)
    assert (ended.department, ended.done_by) == ("ga", "系统")
    assert ended.done_at is not None
    with pytest.raises(Refused):
        decide(db, pressing.was_on_site, record="去了", met="居民")
    decide(db, pressing.call_on_site, note="请到现场")
    decide(db, pressing.was_on_site, record="已到场", met="居民", by="沈局长")
    first, second = rows(db, visits)
    assert (first.record, first.done_by) == (ended.record, "系统")
    assert (second.department, second.record, second.done_by) == ("cg", "已到场", "沈局长")


def test_what_nobody_dispatches_is_pressed_once(db):
    """An order that goes back to the pool, and one that never had a department."""
    reply(db, "return_requested", **GROUND)
    decide(db, disputes.grant_return, department=None, note="成立")
    new = "XS-261123-0077-05"
    nowhere = ground.transferred(number=new, department=None, item=None)
    db.run(lambda tx: handlers.open_order(tx, nowhere))
    waits = [order_of(db), order_of(db, f"{new}-1")]
    assert [(one.state, one.department) for one in waits] == [("proposed", None)] * 2
    [step] = steps(db, "undispatched")
    due = MONDAY + timedelta(hours=step.after["hours"]) + A_SECOND
    assert look(db, due - A_SECOND) == 0
    assert look(db, due) == 2
    assert look(db, due + timedelta(days=9)) == 0
    pressed = [row for row in rows(db) if row.why == "undispatched"]
    assert {(row.order_number, row.level, row.department) for row in pressed} == {
        (ground.ORDER, 1, "ga"),
        (f"{new}-1", 1, ""),
    }
    told = [data for _, data in said(db, "order.escalated") if data["why"] == "undispatched"]
    assert [(data["number"], data["department"]) for data in told] == [(ground.ORDER, "ga")]
    for one in waits:
        decide(db, decisions.dispatch, number=one.number, department="zj")
        assert not [name for name in order_of(db, one.number).timers if "undispatched" in name]


def test_the_first_department_reads_what_waits(db):
    from services.routing import access  # noqa: PLC0415
    from tests.unit.routing import web  # noqa: PLC0415

    reply(db, "return_requested", **GROUND)
    decide(db, disputes.grant_return, department=None, note="成立")
    order = order_of(db)
    assert order.department is None
    assert access.admit(web.GA, order) is order
    with pytest.raises(access.Problem):
        access.admit(web.CG, order)


def test_supervision_sees_that_it_waits_too_long(db, tmp_path):
    from tests.unit.routing import web  # noqa: PLC0415

    reply(db, "return_requested", **GROUND)
    decide(db, disputes.grant_return, department=None, note="成立")
    boss = web.Caller(web.make_app(db, tmp_path), web.SUPERVISOR)
    assert "待派单超时" not in boss.page("/supervise").text
    look(db, MONDAY + timedelta(hours=5))
    assert "待派单超时" in boss.page("/supervise").text
