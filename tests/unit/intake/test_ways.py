"""Ways, promises, refusals, public notice, review and hand-over: each rule, with its source."""

from datetime import timedelta

import pytest

from services.intake import handlers, timers
from services.intake.case import SYSTEM, Actor
from services.intake.desk.pack import desk_of, minutes_left
from services.intake.reason import Conflict, Invalid
from services.intake.staff import accounts
from services.intake.ways import handlers as ways_handlers
from services.intake.ways import steps as ways_steps
from services.intake.ways.rules import is_minor
from shared.clock import local, set_for_tests
from shared.district import load
from shared.permissions import User
from tests.unit.intake.ground import (
    BACK,
    COMMUNITY,
    DESK,
    ELSEWHERE,
    PUBLISHED,
    SATURDAY,
    accepted,
    allowance,
    do,
    names,
    noise,
    published,
    stored,
    xiangshan,
)

CARD = "本人银行卡或社保卡"
PHOTO = "近期照片"
MAIN_HERE = {"申请审批表": True, "本人身份证": True, "户口簿": True}
OWED = allowance(materials=MAIN_HERE)
CHILD, GROWN_UP = "340603201505120018", "340603194905120014"


def promised(runtime):
    case = accepted(runtime, OWED)
    return do(runtime, ways_handlers.give_promise, case.number, DESK, [CARD], "卡在补办")


def test_a24_a_minor_material_is_promised_in_writing_with_its_day(runtime):
    """A24: 容缺受理."""
    with set_for_tests(SATURDAY):
        case = promised(runtime)
    assert (case.state, case.promised) == ("accepted", (CARD,))
    assert f"{local(case.promise_by):%m-%d %H:%M}" == "11-27 23:59"
    event = published(runtime)[-1]
    assert (event.contract.name, event.data["materials"]) == ("case.promised", [CARD])


def test_a24_a_main_material_may_not_be_promised(runtime):
    """A24: only minor ones."""
    case = accepted(runtime, allowance())
    with pytest.raises(Invalid, match="“户口簿”是主要材料"):
        do(runtime, ways_handlers.give_promise, case.number, DESK, ["户口簿", CARD], "没带")
    with pytest.raises(Invalid, match="还缺：户口簿"):
        do(runtime, ways_handlers.give_promise, case.number, DESK, [CARD], "没带")


def test_a36_a_promise_after_a_notice_starts_the_limit_anew(runtime):
    """A36, A24: what it waited for is no longer asked for now; the fact says by when it is done."""
    here = {material.name: True for material in xiangshan().items["G-02"].materials}
    with set_for_tests(SATURDAY) as clock:
        case = accepted(runtime, allowance(item="G-02", materials=here))
        do(runtime, handlers.give_notice, case.number, DESK, [PHOTO])
        clock.moment = case.due_at + timedelta(days=1)
        after = do(runtime, ways_handlers.give_promise, case.number, DESK, [PHOTO], "明天去照")
        due = xiangshan().items["G-02"].limit.due(clock.moment, xiangshan().calendar)
    assert (after.state, after.due_at) == ("accepted", due)
    assert stored(runtime, case.number).due_at == due
    assert published(runtime)[-1].data["due_at"] == local(due).isoformat()


def test_a24_no_second_promise_and_none_of_a_demand(runtime):
    """A24: a promise is kept or broken, not put off."""
    case = promised(runtime)
    with pytest.raises(Conflict, match="已经作过"):
        do(runtime, ways_handlers.give_promise, case.number, DESK, [CARD], "再等等")
    demand = accepted(runtime, noise())
    with pytest.raises(Conflict, match="只有办事申请"):
        do(runtime, ways_handlers.give_promise, demand.number, DESK, [CARD], "")


def test_a24_kept_by_the_materials_and_one_visit_more(runtime):
    """A24: kept; the promise no longer stops the result."""
    case = promised(runtime)
    with pytest.raises(Conflict, match="承诺补交的材料还没有到"):
        do(runtime, handlers.resolve_case, case.number, DESK, "已发放")
    after = do(runtime, handlers.take_materials, case.number, DESK, [CARD])
    assert (after.state, after.promised, after.promise_by) == ("accepted", (), None)
    assert (after.visits, after.promise.kept_at is not None) == (2, True)
    assert do(runtime, handlers.resolve_case, case.number, DESK, "已发放").state == "resolved"


def test_a24_broken_on_the_due_day_is_withdrawn_and_told(runtime):
    """A24: broken on the due day: withdrawn; also what is in the back office by then."""
    with set_for_tests(SATURDAY) as clock:
        case = promised(runtime)
        do(runtime, handlers.move_to_back_office, case.number, DESK)
        clock.moment = case.promise_by
        assert timers.withdraw_broken_promises(runtime) == 0
        clock.advance(timedelta(seconds=1))
        assert timers.withdraw_broken_promises(runtime) == 1
        assert timers.withdraw_broken_promises(runtime) == 0
    assert stored(runtime, case.number).state == "withdrawn"
    event = published(runtime)[-1]
    assert event.contract.name == "case.withdrawn"
    assert "到期没有交来" in event.data["reason"]


EXTRA = "户籍证明原件"


def noticed_and_promised(runtime):
    case = promised(runtime)
    return do(runtime, handlers.give_notice, case.number, DESK, [EXTRA])


def test_a36_a_notice_does_not_wait_for_what_was_promised(runtime):
    """A36, A24: what the notice lists brings the matter back; the promise stands on."""
    case = noticed_and_promised(runtime)
    assert (case.state, case.notice.missing) == ("awaiting_materials", (EXTRA,))
    assert case.promise_by == case.promise.due
    after = do(runtime, handlers.take_materials, case.number, DESK, [EXTRA])
    assert (after.state, after.promised) == ("accepted", (CARD,))
    assert after.promise_by == case.promise.due


def test_a24_what_was_promised_is_not_told_as_missing(runtime):
    """A24, A36: the fact and the message name it apart from what is still asked for."""
    case = noticed_and_promised(runtime)
    do(runtime, handlers.take_materials, case.number, DESK, [EXTRA])
    told = published(runtime)[-1]
    assert told.contract.name == "case.materials_received"
    assert (told.data["still_missing"], told.data["still_promised"]) == ([], [CARD])


def test_a24_what_was_promised_comes_before_what_the_notice_lists(runtime):
    """A24, A36: each is taken when it comes; both together end both."""
    case = noticed_and_promised(runtime)
    after = do(runtime, handlers.take_materials, case.number, DESK, [CARD])
    assert (after.state, after.promised, after.needed) == ("awaiting_materials", (), (EXTRA,))
    after = do(runtime, handlers.take_materials, case.number, DESK, [EXTRA])
    assert (after.state, after.missing) == ("accepted", ())
    both = noticed_and_promised(runtime)
    after = do(runtime, handlers.take_materials, both.number, DESK, [EXTRA, CARD])
    assert (after.state, after.promise.kept_at is not None) == ("accepted", True)


def test_a24_a_promise_is_broken_while_a_notice_stands(runtime):
    """A24: its day counts whatever else is waited for."""
    with set_for_tests(SATURDAY) as clock:
        case = noticed_and_promised(runtime)
        clock.moment = case.promise.due + timedelta(seconds=1)
        assert timers.withdraw_broken_promises(runtime) == 1
    assert stored(runtime, case.number).state == "withdrawn"


def test_a24_the_promise_may_come_with_the_form(runtime):
    """A24: one door for every channel."""
    asked = ways_handlers.Promised((CARD,), "卡在补办")
    case = accepted(runtime, allowance(materials=MAIN_HERE, promise=asked))
    assert case.promised == (CARD,)
    assert names(published(runtime))[-2:] == ["case.accepted", "case.promised"]


def test_a38_a_refusal_is_written_with_reasons_and_remedies(runtime):
    """A38: reasons, and the right to 行政复议 and 诉讼."""
    case = accepted(runtime, allowance())
    after = do(runtime, ways_handlers.refuse_case, case.number, DESK, "未满八十周岁", "办法第三条")
    assert (after.state, after.open, after.refused.reason) == ("refused", False, "未满八十周岁")
    told = published(runtime)[-1].data
    assert (told["reason"], told["ground"]) == ("未满八十周岁", "办法第三条")
    assert (told["reconsideration_days"], told["litigation_months"]) == (60, 6)


def test_a38_a_demand_is_answered_not_refused(runtime):
    """A38: of applications."""
    case = accepted(runtime, noise())
    with pytest.raises(Conflict, match="诉求要有答复"):
        do(runtime, ways_handlers.refuse_case, case.number, DESK, "管不了")


def test_a36_a_notice_after_the_day_is_refused(runtime):
    """A36: otherwise the case counts as accepted on the day it came in."""
    with set_for_tests(SATURDAY) as clock:
        case = accepted(runtime, allowance())
        clock.advance(timedelta(days=1))
        with pytest.raises(Conflict, match="2026-11-21 起即为受理"):
            do(runtime, handlers.give_notice, case.number, DESK)


def test_a42_what_came_online_is_reviewed_within_a_working_day(runtime):
    """A42: a deadline until somebody looked; the notice is told at the review."""
    with set_for_tests(SATURDAY) as clock:
        one = accepted(runtime, allowance(channel="online", owner=DESK))
        two = accepted(runtime, allowance(channel="online", owner=DESK))
        at_desk = accepted(runtime, allowance())
        assert f"{local(one.review_by):%m-%d %H:%M}" == "11-23 23:59"
        assert at_desk.review_by is None
        clock.advance(timedelta(days=2))
        told = do(runtime, handlers.give_notice, one.number, DESK)
        settled = do(runtime, ways_handlers.set_way, two.number, DESK, "on_behalf")
    assert (told.state, told.review_by) == ("awaiting_materials", None)
    assert (settled.state, settled.way, settled.review_by) == ("accepted", "on_behalf", None)


@pytest.mark.parametrize(
    ("urgency", "by"),
    [
        ("urgent", "11-21 13:12"),
        ("special", "11-23 23:59"),
        ("normal", "11-25 23:59"),
        ("difficult", "11-27 23:59"),
    ],
)
def test_n_the_back_office_has_a_deadline_by_track(runtime, urgency, by):
    """N (1-14, 1-23): 转后台，规定时限内处理; 紧急立刻办."""
    with set_for_tests(SATURDAY):
        case = accepted(runtime, noise(urgency=urgency))
        after = do(runtime, handlers.move_to_back_office, case.number, DESK)
    assert f"{local(after.back_office_by):%m-%d %H:%M}" == by


def test_n_four_ways_and_no_fifth(runtime):
    """N (1-19): 即办、代办、陪办、上门办."""
    assert [way.name for way in desk_of(xiangshan()).ways] == ["即办", "代办", "陪办", "上门办"]
    case = accepted(runtime, noise())
    assert case.way == "on_the_spot"
    with pytest.raises(Invalid, match="没有这种办理方式"):
        do(runtime, ways_handlers.set_way, case.number, DESK, "by_drone")


def test_x_nothing_is_resolved_before_its_public_notice_ended(runtime):
    """X: 公示 is a flag of the item; ended by a timer back to who handled it."""
    with set_for_tests(SATURDAY) as clock:
        case = accepted(runtime, allowance(item=PUBLISHED, materials=None))
        with pytest.raises(Conflict, match="要先公示"):
            do(runtime, handlers.resolve_case, case.number, DESK, "已享受")
        do(runtime, handlers.move_to_back_office, case.number, DESK)
        shown = do(runtime, ways_handlers.publish_case, case.number, BACK)
        do(runtime, ways_handlers.record_objection, case.number, BACK, "他家有两套房")
        clock.moment = shown.publication_until
        assert timers.end_publications(runtime) == 0
        clock.advance(timedelta(seconds=1))
        assert timers.end_publications(runtime) == 1
    after = stored(runtime, case.number)
    assert (after.state, after.handler.kind) == ("in_back_office", "back_office")
    assert after.publication.objections == ("他家有两套房",)
    assert published(runtime)[-1].data["objections"] == 1
    assert do(runtime, handlers.resolve_case, case.number, BACK, "已享受").state == "resolved"


def test_x_back_from_its_notice_the_back_office_has_its_time_anew(runtime):
    with set_for_tests(SATURDAY) as clock:
        case = accepted(runtime, allowance(item=PUBLISHED, materials=None))
        do(runtime, handlers.move_to_back_office, case.number, DESK)
        shown = do(runtime, ways_handlers.publish_case, case.number, BACK)
        clock.moment = shown.publication_until + timedelta(seconds=1)
        timers.end_publications(runtime)
        by = desk_of(runtime.district).back_office_by("normal", clock.moment, runtime.district)
        after = stored(runtime, case.number)
        assert clock.moment < after.back_office_by == by


def test_x_back_from_its_notice_at_the_desk_no_back_office_waits(runtime):
    with set_for_tests(SATURDAY) as clock:
        case = accepted(runtime, allowance(item=PUBLISHED, materials=None))
        shown = do(runtime, ways_handlers.publish_case, case.number, DESK)
        clock.moment = shown.publication_until + timedelta(seconds=1)
        timers.end_publications(runtime)
    assert stored(runtime, case.number).back_office_by is None


def test_x_no_notice_where_the_item_has_none(runtime):
    """X: none for 事实无人抚养儿童 and whatever the pack says False of."""
    case = accepted(runtime, allowance())
    with pytest.raises(Conflict, match="不公示"):
        do(runtime, ways_handlers.publish_case, case.number, DESK)


def test_x_minors_are_left_out_of_a_notice(runtime):
    """X: minors are left out of 特困 notices, and their matter goes on without."""
    items = xiangshan().items.values()
    item = next(i for i in items if i.public_notice and "minors" in i.public_notice_omits)
    child = accepted(runtime, allowance(item=item.code, materials=None, id_no=CHILD))
    with pytest.raises(Conflict, match="未满十八周岁"):
        do(runtime, ways_handlers.publish_case, child.number, DESK)
    assert do(runtime, handlers.resolve_case, child.number, DESK, "已享受").state == "resolved"
    unknown = accepted(runtime, allowance(item=item.code, materials=None))
    with pytest.raises(Conflict, match="还不知道申请人年龄"):
        do(runtime, ways_handlers.publish_case, unknown.number, DESK)
    grown_up = accepted(runtime, allowance(item=item.code, materials=None, id_no=GROWN_UP))
    assert do(runtime, ways_handlers.publish_case, grown_up.number, DESK).state != "accepted"


def test_of_age_on_the_eighteenth_birthday():
    """X: as above."""
    born = local(SATURDAY).date().replace(year=2008)
    assert not is_minor(f"340603{born:%Y%m%d}0018", local(SATURDAY).date())
    assert is_minor(f"340603{born:%Y%m%d}0018", local(SATURDAY).date() - timedelta(days=1))


def colleagues(runtime):
    users = (
        User("backoffice", "李国强", "back_office", COMMUNITY),
        User("stranger", "孙丽华", "desk", ELSEWHERE),
        User("grid", "吴网", "grid", COMMUNITY),
    )
    for user in users:
        do(runtime, accounts.add, user, "-")
    do(runtime, accounts.disable, "grid")


def test_n_b14_only_a_hand_over_changes_who_answers(runtime):
    """N, B14: the first receiver is answerable until it is done; handed over with a reason."""
    colleagues(runtime)
    manager = Actor("manager", "刘书记", "manager", COMMUNITY)
    case = accepted(runtime, noise())
    after = do(
        runtime, ways_handlers.hand_over_case, case.number, manager, "backoffice", "周敏调离"
    )
    assert (after.owner.username, after.handler.name) == ("backoffice", "李国强")
    event = published(runtime)[-1].data
    assert (event["owner"]["username"], event["before"]["username"]) == ("backoffice", "desk")
    with pytest.raises(Conflict, match="已经是首问责任人"):
        do(runtime, ways_handlers.hand_over_case, case.number, manager, "backoffice", "再交")


@pytest.mark.parametrize("to", ["stranger", "grid", "nobody"])
def test_b14_only_to_an_active_officer_of_the_community(runtime, to):
    """B14: there has to be somebody who answers."""
    colleagues(runtime)
    case = accepted(runtime, noise())
    with pytest.raises(Invalid, match="没有可以接手的"):
        do(runtime, ways_handlers.hand_over_case, case.number, DESK, to, "调离")


def test_n_a_grid_worker_answers_for_the_old(runtime):
    """N (1-21): by rule, whoever received it."""
    do(runtime, accounts.add, User("worker", "吴网", "grid", COMMUNITY), "-")
    assert accepted(runtime, noise(groups=("elderly",))).owner.username == "worker"
    assert accepted(runtime, noise()).owner.username == "desk"
    with pytest.raises(Invalid, match="这类人群"):
        accepted(runtime, noise(groups=("rich",)))


def test_without_an_officer_whoever_is_there_answers(runtime):
    """N, B14: what comes in without an officer has a first responder too."""
    colleagues(runtime)
    case = accepted(runtime, noise(actor=Actor("", "@resident", "resident"), channel="online"))
    assert case.owner.username == "backoffice"


def test_n_the_eight_minutes_where_the_district_promises_them(runtime):
    """N (4-03): 资料齐全 8 分钟办结, a promise a district may switch on."""
    now = SATURDAY + timedelta(minutes=3)
    assert minutes_left(load("huainan"), SATURDAY, now) == timedelta(minutes=5)
    assert minutes_left(xiangshan(), SATURDAY, now) is None


def test_a_timer_does_not_end_what_was_ended(runtime):
    case = accepted(runtime, allowance(item=PUBLISHED, materials=None))
    with pytest.raises(Conflict):
        ways_steps.end_publication(case, SATURDAY, SATURDAY)
    assert SYSTEM.name == "@system"
