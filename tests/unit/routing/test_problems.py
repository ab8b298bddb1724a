"""The problem-responsibility list: proposed by rule, answered for, solved, looked back at."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from services.routing import handlers as order_handlers
from services.routing import held, models
from services.routing.problems import (
    candidate_handlers,
    cluster_store,
    handlers,
    lists,
    look_back_handlers,
    look_back_store,
    present,
    store,
)
from services.routing.problems import look_back as looking
from services.routing.problems.candidate import Candidate
from services.routing.problems.problem import (
    AT_WORK,
    CLOSED,
    ERASED_TITLE,
    LOOKING_BACK,
    OPEN,
    REOPENED,
    SOLVED,
    STATES,
    TRANSITIONS,
    Answer,
    Problem,
)
from services.routing.rules import Refused
from services.routing.states import ENDED
from services.routing.supervision import supervision_for
from shared.clock import local
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, at, order_of, said
from tests.unit.routing.problem_ground import (
    BY,
    DISTRICTS,
    Desk,
    attached_to,
    database,
    day,
    do,
    erase,
    look_backs_of,
    plans,
    problem_of,
    problems_of,
)


@pytest.fixture(params=DISTRICTS)
def desk(request):
    with at():
        yield Desk(database(request.param))


@pytest.fixture
def one_desk():
    with at():
        yield Desk(database())


# -- every state and every act ---------------------------------------------------------------------

ACTS = {
    "assign": lambda p, d: p.assign(Answer("cg", ("ga",), "科长"), "", MONDAY, BY, d),
    "add_step": lambda p, _: p.add_step("装隔音板", "科长", day(3), MONDAY, BY),
    "finish_step": lambda p, _: p.finish_step(1, "", MONDAY, BY),
    "review": lambda p, _: p.review("已约谈", day(7), MONDAY, BY),
    "press": lambda p, _: p.press("限期解决", 3, MONDAY, BY),
    "attach": lambda p, _: p.attach(["x-1"], MONDAY, BY),
    "solve": lambda p, _: p.solve("都停业整改了", MONDAY, BY),
    "begin_look_back": lambda p, _: p.begin_look_back(MONDAY, BY),
    "hold": lambda p, _: p.hold("没有反弹", MONDAY, BY),
    "come_back": lambda p, _: p.come_back("又开了", day(7), 3, MONDAY, BY),
    "close": lambda p, _: p.close("撤销", MONDAY, BY),
    "erased": lambda p, _: p.forget(MONDAY, BY),
}


def problem_in(state, **changes: object):
    steps = [{"n": 1, "text": "约谈", "who": "科长", "by": day(2).isoformat(), "done_at": None}]
    given = {"steps": [one | {"done": ""} for one in steps]} | changes
    return Problem("WT-1", "噪声", "by_hand", "ga", "副局长", MONDAY, BY, state=state, **given)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", ACTS)
def test_every_act_in_every_state(state, verb, one_desk):
    problem = problem_in(state, **({"steps": []} if verb == "solve" else {}))
    expected = TRANSITIONS[verb].get(state)
    if expected is None:
        with pytest.raises(Refused, match="不能"):
            ACTS[verb](problem, one_desk.db.district)
        assert (problem.state, problem.version) == (state, 0)
    else:
        ACTS[verb](problem, one_desk.db.district)
        assert (problem.state, problem.version) == (expected, 1)
        assert problem.news[0].what == verb


def test_the_table_names_every_act():
    assert set(TRANSITIONS) == set(ACTS)


# -- rules -----------------------------------------------------------------------------------------


def test_who_answers_must_be_departments_of_the_district_and_a_person(one_desk):
    for answer, field in (
        (Answer("xx", (), "科长"), "lead"),
        (Answer("ga", ("xx",), "科长"), "assisting"),
        (Answer("ga", ("ga",), "科长"), "assisting"),
        (Answer("ga", (), " "), "responsible"),
    ):
        with pytest.raises(Refused) as refused:
            problem_in(OPEN).assign(answer, "", MONDAY, BY, one_desk.db.district)
        assert refused.value.reason.field == field


def test_dates_lie_ahead():
    with pytest.raises(Refused, match="已经过去"):
        problem_in(OPEN).add_step("约谈", "科长", day(-1), MONDAY, BY)
    with pytest.raises(Refused, match="已经过去"):
        problem_in(OPEN).review("看过", day(-1), MONDAY, BY)


def test_nothing_is_solved_while_a_step_is_open():
    with pytest.raises(Refused, match="还有 1 项措施"):
        problem_in(OPEN).solve("好了", MONDAY, BY)


def test_the_next_step_is_the_nearest_open_one():
    problem = problem_in(OPEN)
    problem.add_step("装隔音板", "科长", day(1), MONDAY, BY)
    assert problem.next_step_at == day(1)
    problem.finish_step(2, "装好了", MONDAY, BY)
    assert problem.next_step_at == day(2)
    problem.finish_step(1, "谈过了", MONDAY, BY)
    assert problem.next_step_at is None
    with pytest.raises(Refused, match="已经完成"):
        problem.finish_step(1, "再来", MONDAY, BY)


def test_pressing_stops_at_the_districts_highest_level(desk):
    number = desk.open_problem().number
    highest = max(supervision_for(desk.db.district).levels)
    for _ in range(highest):
        do(desk.db, number, handlers.press, "限期解决")
    assert problem_of(desk.db, number).level == highest
    with pytest.raises(Refused, match="最高督办层级"):
        do(desk.db, number, handlers.press, "再提")


def test_lamps_say_late_in_words():
    problem = problem_in(OPEN, next_step_at=day(2), review_at=day(20))
    assert present.problem_lamp(problem, None, day(5)).zh == "措施已超期 3 天"
    assert present.problem_lamp(problem, None, day(1)).level == "yellow"
    problem.next_step_at = None
    assert present.problem_lamp(problem, None, day(21)).zh == "调度已超期 1 天"
    solved = problem_in(SOLVED)
    assert present.problem_lamp(solved, day(3), day(5)).en == "look-back 2 days late"


# -- proposed by rule ------------------------------------------------------------------------------


def propose(desk):
    while desk.db.run(candidate_handlers.propose):
        pass
    table = models.problem_list.candidates
    with desk.db.read() as connection:
        rows = connection.execute(sa.select(table.c.order_number, table.c.whys))
        return {row.order_number: row.whys for row in rows}


def change(db, number, **values: object):
    table = models.orders
    with db.engine.begin() as connection:
        connection.execute(table.update().where(table.c.number == number).values(**values))


def test_what_is_open_longer_than_the_districts_days_is_proposed_the_day_after(desk):
    number = desk.order()
    days = supervision_for(desk.db.district).problems.unsolved_workdays
    last = local(desk.db.district.calendar.add_workdays(MONDAY, days))
    with at(last):
        assert propose(desk) == {}
    with at(last + timedelta(seconds=2)):
        assert propose(desk) == {number: ["long_unsolved"]}


def test_what_bounces_is_disputed_or_pressed_at_the_top_is_proposed(desk):
    rule = supervision_for(desk.db.district)
    highest = max(rule.levels)
    bounced, nearly, disputed, pressed, raised, done = desk.orders(6)
    change(desk.db, bounced, hops=rule.arbitration.after_hops)
    change(desk.db, nearly, hops=rule.arbitration.after_hops - 1)
    change(desk.db, disputed, state="arbitration")
    change(desk.db, pressed, level=highest)
    change(desk.db, raised, level=highest - 1)
    change(desk.db, done, level=highest, state="closed")
    assert propose(desk) == {
        bounced: ["between"],
        disputed: ["between"],
        pressed: ["pressed"],
    }


def test_nothing_is_proposed_twice_however_many_look(one_desk):
    number = one_desk.order()
    candidate = Candidate(number, ["long_unsolved"], MONDAY)
    first = one_desk.db.run(lambda tx: store.propose(tx, candidate))
    second = one_desk.db.run(lambda tx: store.propose(tx, candidate))
    assert (first, second) == (True, False)


def take(desk, number, title="", answer=None):
    def work(tx):
        order = order_of_tx(tx, number)
        return candidate_handlers.take(tx, order, title, answer, note="", by=BY)

    return desk.db.run(work)


def order_of_tx(tx, number):
    from services.routing import store as orders  # noqa: PLC0415 - only here

    return orders.load(tx, number)


def test_taking_one_puts_it_on_the_list_under_its_departments_leader(desk):
    number = desk.order()
    with at(day(60)):
        propose(desk)
        problem = take(desk, number)
        rule = supervision_for(desk.db.district)
        assert problem.lead == order_of(desk.db, number).department
        assert problem.responsible == rule.leader_of(problem.lead)
        assert problem.why == "long_unsolved"
        due = desk.db.district.calendar.add_workdays(day(60), rule.problems.review_workdays)
        assert problem.review_at == due
        assert attached_to(desk.db, problem.number) == [number]
        with pytest.raises(Refused, match=problem.number):
            take(desk, number)


def test_one_that_was_dismissed_or_is_on_the_list_is_not_proposed_again(one_desk):
    dismissed, listed = one_desk.orders(2)
    one_desk.open_problem((listed,))
    with at(day(60)):
        assert set(propose(one_desk)) == {dismissed}

        def dismiss(tx):
            candidate_handlers.dismiss(tx, order_of_tx(tx, dismissed), "已约定年底改造", BY)

        one_desk.db.run(dismiss)
        with pytest.raises(Refused):
            one_desk.db.run(dismiss)
    with at(day(90)):
        assert one_desk.db.run(candidate_handlers.propose) == 0


def proposals(db):
    with db.read() as connection:
        found, total = lists.proposed(connection, 1, 20)
    assert len(found) == total
    return [order.number for _, order in found]


@pytest.mark.parametrize("state", ENDED)
def test_what_ended_is_proposed_no_longer(one_desk, state):
    ended, open_still = one_desk.orders(2)
    with at(day(60)):
        propose(one_desk)
        change(one_desk.db, ended, state=state)
        assert proposals(one_desk.db) == [open_still]
        with pytest.raises(Refused, match="不用再列入清单"):
            take(one_desk, ended)
        assert problems_of(one_desk.db) == []


def test_what_came_to_a_problem_otherwise_is_not_put_on_the_list_twice(one_desk):
    by_hand, still = one_desk.orders(2)
    with at(day(60)):
        assert set(propose(one_desk)) == {by_hand, still}
        problem = one_desk.open_problem((by_hand,))
        assert proposals(one_desk.db) == [still]
        with pytest.raises(Refused, match=f"{by_hand} 已在问题 {problem.number} 里"):
            take(one_desk, by_hand)
        assert [one.number for one in problems_of(one_desk.db)] == [problem.number]
        assert take(one_desk, still).number != problem.number


def test_what_is_opened_again_is_proposed_again_but_nothing_twice(one_desk):
    opened_again, dismissed = one_desk.orders(2)
    look = SimpleNamespace(database=one_desk.db)
    with at(day(60)):
        assert candidate_handlers.look(look) == 2
        one_desk.db.run(
            lambda tx: candidate_handlers.dismiss(tx, order_of_tx(tx, dismissed), "已约定", BY)
        )
        for number in (opened_again, dismissed):
            change(one_desk.db, number, state="completed")
        assert candidate_handlers.look(look) == 0
        for number in (opened_again, dismissed):
            change(one_desk.db, number, state="signed")
        assert candidate_handlers.look(look) == 1
        assert proposals(one_desk.db) == [opened_again]


def test_looking_for_candidates_scans_no_orders(one_desk):
    one_desk.orders(3)
    lines = plans(one_desk.db, lambda: one_desk.db.run(candidate_handlers.propose))
    orders = [line for line in lines if "orders" in line and "problem_orders" not in line]
    assert orders
    assert all("USING INDEX" in line or "COVERING INDEX" in line for line in orders), orders
    for index in ("orders_open_since", "orders_troubled", "orders_state"):
        assert any(index in line for line in orders), index


# -- what departments hear -------------------------------------------------------------------------


def heard(db, name):
    return [(key.rpartition(".")[2], data) for key, data in said(db, name)]


def test_every_department_that_answers_hears_of_it_once(one_desk):
    problem = one_desk.open_problem()
    assert [who for who, _ in heard(one_desk.db, "problem.opened")] == [problem.lead]
    others = [code for code in one_desk.db.district.departments if code != problem.lead][:2]
    answer = Answer(problem.lead, tuple(others), "副局长")
    do(one_desk.db, problem.number, handlers.assign, answer, "")
    opened = heard(one_desk.db, "problem.opened")
    assert [(who, data["role"]) for who, data in opened] == [
        (problem.lead, "lead"),
        *((code, "assist") for code in others),
    ]
    do(one_desk.db, problem.number, handlers.close, "并入市级问题")
    closed = [who for who, _ in heard(one_desk.db, "problem.closed")]
    assert closed == [problem.lead, *others]


# -- looking back ----------------------------------------------------------------------------------


def solved(desk, **changes: object):
    number = desk.open_problem(**changes).number
    do(desk.db, number, handlers.solve, "三家店都装了净化器")
    return number


def settle(desk, look_back, verb, found="现场看过"):
    acts = {"held": look_back_handlers.held, "came_back": look_back_handlers.came_back}
    desk.db.run(lambda tx: acts[verb](tx, look_back_store.load(tx, look_back.number), found, BY))


def test_a_fix_is_looked_at_again_on_the_districts_day(desk):
    number = solved(desk)
    (look_back,) = look_backs_of(desk.db, number)
    days = supervision_for(desk.db.district).problems.look_back_workdays
    due = desk.db.district.calendar.add_workdays(MONDAY, days)
    assert (look_back.due_by, look_back.state) == (due, looking.DUE)
    with at(local(due) - timedelta(days=1, hours=1)):
        assert desk.db.run(lambda tx: handlers.begin_look_backs(tx, 10)) == 0
    with at(local(due) - timedelta(hours=1)):
        assert desk.db.run(lambda tx: handlers.begin_look_backs(tx, 10)) == 1
        assert desk.db.run(lambda tx: handlers.begin_look_backs(tx, 10)) == 0
    assert problem_of(desk.db, number).state == LOOKING_BACK


def test_what_held_goes_off_the_list(desk):
    number = solved(desk)
    (look_back,) = look_backs_of(desk.db, number)
    settle(desk, look_back, "held")
    assert problem_of(desk.db, number).state == CLOSED
    (look_back,) = look_backs_of(desk.db, number)
    assert (look_back.state, look_back.found, look_back.done_by) == ("held", "现场看过", BY)
    with pytest.raises(Refused, match="已有结果"):
        settle(desk, look_back, "came_back")


def test_what_came_back_is_open_again_a_level_higher_and_looked_at_again(desk):
    number = solved(desk)
    settle(desk, look_backs_of(desk.db, number)[0], "came_back", "又开始排油烟")
    problem = problem_of(desk.db, number)
    assert (problem.state, problem.level, problem.times_back) == (REOPENED, 1, 1)
    assert problem.review_at is not None
    assert heard(desk.db, "problem.opened")[-1][1]["times_back"] == 1
    do(desk.db, number, handlers.solve, "这次拆了灶台")
    assert [one.state for one in look_backs_of(desk.db, number)] == ["came_back", "due"]


def test_a_problem_that_comes_back_presses_its_orders_at_work(desk):
    order = desk.order()
    before = order_of(desk.db, order).version
    number = solved(desk, orders=(order,))
    settle(desk, look_backs_of(desk.db, number)[0], "came_back")
    repeated = [
        step
        for step in supervision_for(desk.db.district).steps
        if step.when == "repeated" and step.times <= 2 and step.after is None
    ]
    assert (order_of(desk.db, order).version > before) == bool(repeated)


def test_its_cluster_follows_a_problem_that_comes_back(one_desk):
    from services.routing.problems import cluster_handlers  # noqa: PLC0415 - only here

    one_desk.orders(3)
    (cluster,) = one_desk.clusters()
    answer = Answer("ga", (), "副局长")
    problem = one_desk.db.run(
        lambda tx: cluster_handlers.make_problem(
            tx, cluster_store.load(tx, cluster.number), "噪声", answer, note="", by=BY
        )
    )
    do(one_desk.db, problem.number, handlers.solve, "好了")
    do(one_desk.db, problem.number, handlers.held, "没有反弹")
    assert one_desk.clusters()[0].state == "over"
    do(one_desk.db, problem.number, handlers.came_back, "又来了")
    assert one_desk.clusters()[0].state == "problem"


def test_an_order_is_looked_back_at_by_hand_once_it_is_answered(one_desk):
    number = one_desk.order()

    def arrange(tx):
        return look_back_handlers.arrange(tx, order_of_tx(tx, number), BY)

    with pytest.raises(Refused, match="还没有答复"):
        one_desk.db.run(arrange)
    change(one_desk.db, number, state="completed", completed_at=MONDAY)
    look_back = one_desk.db.run(arrange)
    assert look_back.number == f"{number}-h1"
    with pytest.raises(Refused, match="已安排回头看"):
        one_desk.db.run(arrange)
    settle(one_desk, look_back, "came_back", "店又开了")
    order = order_of(one_desk.db, number)
    assert (order.state, order.level) == ("signed", 1)
    assert one_desk.db.run(arrange_again(number)) is False


def arrange_again(number):
    def work(tx):
        try:
            look_back_handlers.arrange(tx, order_of_tx(tx, number), BY)
        except Refused:
            return False
        return True

    return work


# -- people ----------------------------------------------------------------------------------------


def words_of(db, number):
    problem = problem_of(db, number)
    with db.read() as connection:
        notes = [entry.note for entry in store.history_of(connection, number)]
    return " ".join([problem.title, *(one["text"] + one["done"] for one in problem.steps), *notes])


def test_who_complained_is_never_written_about_a_problem(one_desk):
    order = one_desk.order(applicant={"name": "欧阳春晓", "phone": "13800000000"})
    number = one_desk.open_problem((order,), note="欧阳春晓 13800000000 多次来电").number
    do(one_desk.db, number, handlers.add_step, "上门看欧阳春晓家", "科长", day(3))
    do(one_desk.db, number, handlers.review, "欧阳春晓说好些了", None)
    text = words_of(one_desk.db, number)
    assert "欧阳春晓" not in text
    assert "13800000000" not in text
    assert "说好些了" in text


def test_of_a_problem_about_one_erased_person_no_words_stay(one_desk):
    order = one_desk.order(number=ground.CASE)
    number = one_desk.open_problem((order,), note="独居，行动不便").number
    do(one_desk.db, number, handlers.add_step, "上门帮扶独居老人", "科长", day(3))
    erase(one_desk.db, ground.CASE)
    text = words_of(one_desk.db, number)
    assert "独居" not in text
    assert problem_of(one_desk.db, number).title == ERASED_TITLE
    assert problem_of(one_desk.db, number).state == OPEN, "the problem itself stays"


def test_of_a_problem_about_several_only_the_erased_name_goes(one_desk):
    first = one_desk.order(number=ground.CASE, applicant={"name": "欧阳春晓", "phone": ""})
    second = one_desk.order()
    number = one_desk.open_problem((second,), note="欧阳春晓和邻居都反映").number
    assert "欧阳春晓" in words_of(one_desk.db, number), "nobody knew them yet"
    do(one_desk.db, number, handlers.attach, [first])
    erase(one_desk.db, ground.CASE)
    text = words_of(one_desk.db, number)
    assert "欧阳春晓" not in text
    assert "和邻居都反映" in text


def test_attaching_an_order_that_is_not_there_is_refused(one_desk):
    with pytest.raises(Refused, match="没有编号"):
        one_desk.open_problem(("XS-261123-9999-08-1",))
    assert problems_of(one_desk.db) == []


def test_numbers_say_the_day(one_desk):
    assert one_desk.open_problem().number.startswith("WT-261123-")
    assert isinstance(one_desk.open_problem().opened_at, datetime)
    assert set(AT_WORK) == {OPEN, REOPENED}


# -- the copy of a person's data -------------------------------------------------------------------


def copy_of(desk, number):
    case = number.rpartition("-")[0]
    with desk.db.read() as connection:
        [of_case] = held.of_person(connection, desk.db.keys, held.Wanted(case, "", ""))["items"]
    [order] = of_case["orders"]
    return order


def test_the_copy_of_a_persons_data_holds_trace_candidate_problem_and_look_backs(one_desk):
    number = one_desk.order(location="幸福路12号")
    one_desk.gather()
    with at(day(60)):
        propose(one_desk)
        problem = take(one_desk, number)
        do(one_desk.db, problem.number, handlers.review, "申请人说夜里一点还在吵", day(90))
        copy = copy_of(one_desk, number)
    assert copy["trace"]["place"] == "幸福路12号"
    assert copy["trace"]["words"]
    assert copy["candidate"]["whys"] == ["long_unsolved"]
    [told] = copy["problems"]
    assert told["number"] == problem.number
    assert "申请人说夜里一点还在吵" in [line["note"] for line in told["history"]]
    assert copy["look_backs"] == []


def test_the_copy_tells_no_words_of_a_problem_of_several_people(one_desk):
    mine, other = one_desk.orders(2)
    problem = one_desk.open_problem((mine, other))
    do(one_desk.db, problem.number, handlers.review, "另一位申请人的店门朝北", day(90))
    [told] = copy_of(one_desk, mine)["problems"]
    assert set(told) == {"number", "state", "opened_at"}


def test_nothing_of_problems_is_in_the_copy_of_who_was_erased(one_desk):
    number = one_desk.order(location="幸福路12号")
    one_desk.gather()
    problem = one_desk.open_problem((number,))
    do(one_desk.db, problem.number, handlers.review, "夜里一点还在吵", day(90))
    erase(one_desk.db, number.rpartition("-")[0])
    copy = copy_of(one_desk, number)
    assert "幸福路" not in str(copy)
    assert "还在吵" not in str(copy)


def test_a_ground_that_nobody_knows_any_more_is_shown_by_its_code(one_desk):
    order = order_of(one_desk.db, one_desk.order())
    candidate = Candidate(order.number, ["long_unsolved", "of_old"], MONDAY)
    shown = present.candidate(candidate, order, one_desk.db.district)
    assert shown["why_labels"] == ["长期未解决", "of_old"]


def test_what_came_back_leaves_an_order_alone_where_a_newer_transfer_counts(one_desk):
    db, number = one_desk.db, one_desk.order()
    change(db, number, state="completed", completed_at=MONDAY)
    look_back = db.run(lambda tx: look_back_handlers.arrange(tx, order_of_tx(tx, number), BY))
    case = order_of(db, number).case_number
    event = ground.transferred(6, number=case, transfer=2, department="cg")
    db.run(lambda tx: order_handlers.open_order(tx, event))
    settle(one_desk, look_back, "came_back", "店又开了")
    assert order_of(db, number).state == "completed"
    assert order_of(db, f"{case}-2").state == "dispatched"
    assert heard(db, "order.reopened") == []
