"""Each rule of intake, with its source."""

from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from services.intake import handlers, models, queries, rules, timers
from services.intake.case import OPEN_STATES, RESIDENT, Actor
from services.intake.reason import Conflict, Forbidden, Invalid, Unknown
from shared.clock import local, set_for_tests
from tests.unit.intake.ground import (
    BACK,
    DESK,
    ELSEWHERE,
    SATURDAY,
    accepted,
    allowance,
    do,
    names,
    noise,
    published,
    stored,
)


def test_a36_every_application_gets_a_receipt(runtime):
    case = accepted(runtime, allowance())
    event = published(runtime)[0]
    assert event.contract.name == "case.accepted"
    assert event.data["number"] == event.subject == case.number
    assert event.data["item"] == {"code": "G-01", "name": "高龄津贴申请"}
    with runtime.database.read() as connection:
        assert queries.get_case(connection, case.number.lower().replace("-", " ")) == case


def test_a36_the_notice_lists_all_that_is_missing_and_what_the_officer_adds(runtime):
    case = accepted(runtime, allowance())
    after = do(runtime, handlers.give_notice, case.number, DESK, ["近期照片", "监护证明"])
    wanted = ("户口簿", "本人银行卡或社保卡", "近期照片", "监护证明")
    assert after.notice.missing == after.missing == wanted
    event = published(runtime)[-1]
    assert tuple(event.data["missing"]) == wanted
    assert event.data["procedure"] == ["受理", "审核", "办结"]


def test_a36_a_second_notice_is_refused_and_told_when_the_first_was(runtime):
    with set_for_tests(SATURDAY) as clock:
        case = accepted(runtime, allowance())
        do(runtime, handlers.give_notice, case.number, DESK)
        do(
            runtime,
            handlers.take_materials,
            case.number,
            DESK,
            ["户口簿", "本人银行卡或社保卡"],
        )
        clock.advance(timedelta(days=2))
        with pytest.raises(Conflict, match="2026-11-21 09:12 已由周敏告知过") as refused:
            do(runtime, handlers.give_notice, case.number, BACK, ["再来一份"])
    assert refused.value.reasons[0].field == "notice"
    assert names(published(runtime)).count("case.notice_given") == 1


def test_a36_the_notice_is_given_on_the_spot_not_later(runtime):
    case = accepted(runtime, allowance())
    do(runtime, handlers.move_to_back_office, case.number, DESK)
    with pytest.raises(Conflict, match="当场"):
        do(runtime, handlers.give_notice, case.number, BACK)


def test_a36_a_reopened_case_asks_for_nothing_more(runtime):
    case = accepted(runtime, allowance())
    do(runtime, handlers.resolve_case, case.number, DESK, "已办好")
    do(runtime, handlers.reopen_case, case.number, DESK, "没办好")
    with pytest.raises(Conflict, match="当场"):
        do(runtime, handlers.give_notice, case.number, DESK)


def test_a36_no_notice_when_nothing_is_missing(runtime):
    case = accepted(runtime, noise())
    with pytest.raises(Invalid, match="材料已齐"):
        do(runtime, handlers.give_notice, case.number, DESK)


@pytest.mark.parametrize(
    "catch_all",
    [
        "其他材料", "其它有关证件", "等相关材料", "等材料", "等等", " 其他 ",
        "相关证明材料", "所需材料", "有关材料",
    ],
)  # fmt: skip
def test_a13_no_catch_all_in_a_notice(runtime, catch_all):
    case = accepted(runtime, allowance())
    with pytest.raises(Invalid, match="兜底"):
        do(runtime, handlers.give_notice, case.number, DESK, [catch_all])


@pytest.mark.parametrize(
    "paper", ["其他家庭成员身份证复印件", "其他共同生活人员的收入证明", "等级评定证书"]
)
def test_a13_a_real_paper_may_begin_with_those_words(runtime, paper):
    case = accepted(runtime, allowance())
    told = do(runtime, handlers.give_notice, case.number, DESK, [paper])
    assert paper in told.notice.missing


def test_a36_only_what_was_asked_for_is_taken(runtime):
    case = accepted(runtime, allowance())
    do(runtime, handlers.give_notice, case.number, DESK)
    with pytest.raises(Invalid, match="“房产证”不在这件事的材料清单里"):
        do(runtime, handlers.take_materials, case.number, DESK, ["房产证"])


def test_a36_materials_may_come_one_by_one(runtime):
    case = accepted(runtime, allowance())
    do(runtime, handlers.give_notice, case.number, DESK)
    first = do(runtime, handlers.take_materials, case.number, DESK, ["户口簿"])
    assert (first.state, first.missing) == ("awaiting_materials", ("本人银行卡或社保卡",))
    last = do(runtime, handlers.take_materials, case.number, DESK, ["本人银行卡或社保卡"])
    assert (last.state, last.missing) == ("accepted", ())
    told = [e.data for e in published(runtime) if e.contract.name == "case.materials_received"]
    assert [one["still_missing"] for one in told] == [["本人银行卡或社保卡"], []]


def test_a36_the_limit_starts_anew_with_the_last_material(runtime):
    with set_for_tests(SATURDAY) as clock:
        asked = allowance(item="G-02", materials={})
        case = accepted(runtime, asked)
        told = do(runtime, handlers.give_notice, case.number, DESK)
        clock.advance(timedelta(days=7))
        after = do(runtime, handlers.take_materials, case.number, DESK, list(told.missing))
        fresh = accepted(runtime, asked)
    assert case.due_at < after.due_at == fresh.due_at


def test_a36_not_put_right_in_time_is_withdrawn_and_told(runtime):
    with set_for_tests(SATURDAY) as clock:
        late, done = accepted(runtime, allowance()), accepted(runtime, allowance())
        for case in (late, done):
            do(runtime, handlers.give_notice, case.number, DESK)
        do(runtime, handlers.take_materials, done.number, DESK, list(done.missing))
        clock.moment = stored(runtime, late.number).notice.supplement_by
        assert timers.withdraw_unsupplemented(runtime) == 0
        clock.advance(timedelta(seconds=1))
        assert timers.withdraw_unsupplemented(runtime) == 1
        assert timers.withdraw_unsupplemented(runtime) == 0
    assert stored(runtime, late.number).state == "withdrawn"
    assert stored(runtime, done.number).state == "accepted"
    event = published(runtime)[-1]
    assert event.contract.name == "case.withdrawn"
    assert "逾期未补正" in event.data["reason"]


def test_a36_one_case_that_cannot_be_withdrawn_keeps_no_other_from_it(runtime):
    with set_for_tests(SATURDAY) as clock:
        broken, late = accepted(runtime, allowance()), accepted(runtime, allowance())
        for case in (broken, late):
            do(runtime, handlers.give_notice, case.number, DESK)
        nowhere = models.cases.update().where(models.cases.c.number == broken.number)
        do(runtime, lambda tx: tx.execute(nowhere.values(handler={})))
        clock.moment = stored(runtime, late.number).notice.supplement_by + timedelta(seconds=1)
        with structlog.testing.capture_logs() as logged:
            assert timers.withdraw_unsupplemented(runtime) == 1
    assert stored(runtime, late.number).state == "withdrawn"
    assert [(one["log_level"], one["number"]) for one in logged] == [("error", broken.number)]


def test_local_the_pack_says_how_long_there_is_for_the_materials(runtime):
    with set_for_tests(SATURDAY):
        case = accepted(runtime, allowance())
        after = do(runtime, handlers.give_notice, case.number, DESK)
    # Saturday 21 November; ten working days later is Friday 4 December, until midnight.
    assert f"{local(after.notice.supplement_by):%Y-%m-%d %H:%M}" == "2026-12-04 23:59"


def test_n_b14_the_first_responder_stays_owner_whoever_handles(runtime):
    case = accepted(runtime, noise())
    steps = [
        (handlers.move_to_back_office, [], "@back_office"),
        (handlers.transfer_case, [], "@routing"),
        (handlers.resolve_case, ["已处理"], "@routing"),
        (handlers.reopen_case, ["又响了"], "周敏"),
        (handlers.transfer_case, ["ga"], "@routing"),
    ]
    assert case.handler.name == "周敏"
    for handler, args, now_with in steps:
        after = do(runtime, handler, case.number, BACK, *args)
        assert (after.owner, after.handler.name) == (case.owner, now_with)
    assert {e.data["owner"]["username"] for e in published(runtime)} == {"desk"}


def test_b14_answerable_until_closed_or_withdrawn(runtime):
    one, two, three = (accepted(runtime, noise()) for _ in range(3))
    do(runtime, handlers.resolve_case, one.number, DESK, "已处理")
    do(runtime, handlers.withdraw_case, two.number, DESK, "不办了")
    do(runtime, handlers.transfer_case, three.number, DESK)

    def mine():
        with runtime.database.read() as connection:
            page = queries.answerable_for(connection, "desk")
        assert page.total == len(page.items)
        return {case.number for case in page.items}

    assert mine() == {one.number, three.number}
    do(runtime, handlers.close_case, one.number, DESK)
    assert mine() == {three.number}
    assert "closed" not in OPEN_STATES


def test_rated_only_with_a_result(runtime):
    case = accepted(runtime, noise())
    with pytest.raises(Conflict, match="办结之后才能评价"):
        do(runtime, handlers.rate_case, case.number, RESIDENT, "5")


def test_a_closed_case_is_rated_as_long_as_its_person_is_known(runtime):
    """0-25 closes it the same day; 好差评 asks all the same, until nobody is left (PIPL 47)."""
    case = accepted(runtime, noise())
    do(runtime, handlers.resolve_case, case.number, DESK, "已处理")
    closed = do(runtime, handlers.close_case, case.number, DESK)
    assert rules.ratable(closed)
    assert not rules.ratable(replace(closed, erased_at=closed.closed_at))
    after = do(runtime, handlers.rate_case, case.number, RESIDENT, "4")
    assert (after.state, after.closed_at, after.rating.grade) == ("closed", closed.closed_at, 4)
    assert not rules.ratable(after)
    with pytest.raises(Conflict, match="评价过"):
        do(runtime, handlers.rate_case, case.number, RESIDENT, "5")


def test_rated_once_for_each_result(runtime):
    """好差评: online, one a matter."""
    case = accepted(runtime, noise())
    do(runtime, handlers.resolve_case, case.number, DESK, "已处理")
    do(runtime, handlers.rate_case, case.number, RESIDENT, "very_dissatisfied", "没用")
    with pytest.raises(Conflict, match="评价过"):
        do(runtime, handlers.rate_case, case.number, RESIDENT, "5")
    do(runtime, handlers.reopen_case, case.number, RESIDENT, "没有解决")
    do(runtime, handlers.resolve_case, case.number, DESK, "这次好了")
    after = do(runtime, handlers.rate_case, case.number, RESIDENT, "5")
    assert (after.rating.grade, after.rating.resolution) == (5, 2)
    rated = [e.data for e in published(runtime) if e.contract.name == "case.rated"]
    assert [(one["grade"], one["satisfied"]) for one in rated] == [(1, False), (5, True)]


@pytest.mark.parametrize(
    ("given", "score", "satisfied"),
    [
        ("very_satisfied", 5, True),
        ("4", 4, True),
        ("basically_satisfied", 3, True),
        ("2", 2, False),
        ("very_dissatisfied", 1, False),
    ],
)
def test_five_grades_by_score_or_code(runtime, given, score, satisfied):
    """好差评: five grades, the upper three of them positive."""
    case = accepted(runtime, noise())
    do(runtime, handlers.resolve_case, case.number, DESK, "已处理")
    rating = do(runtime, handlers.rate_case, case.number, RESIDENT, given).rating
    assert (rating.grade, rating.satisfied) == (score, satisfied)


@pytest.mark.parametrize("given", ["0", "6", "good", ""])
def test_there_is_no_sixth_grade(runtime, given):
    """好差评: five grades."""
    case = accepted(runtime, noise())
    do(runtime, handlers.resolve_case, case.number, DESK, "已处理")
    with pytest.raises(Invalid, match="非常不满意"):
        do(runtime, handlers.rate_case, case.number, RESIDENT, given)


def test_closed_only_with_a_result_rated_or_not(runtime):
    case = accepted(runtime, noise())
    with pytest.raises(Conflict, match="办结之后才能归档"):
        do(runtime, handlers.close_case, case.number, DESK)
    do(runtime, handlers.resolve_case, case.number, DESK, "已处理")
    assert do(runtime, handlers.close_case, case.number, DESK).state == "closed"
    assert published(runtime)[-1].data["outcome"] == "unrated"


def test_reopened_only_after_a_result(runtime):
    case = accepted(runtime, noise())
    with pytest.raises(Conflict, match="还没有结果"):
        do(runtime, handlers.reopen_case, case.number, RESIDENT, "没有解决")


def test_what_comes_back_after_weeks_has_its_limit_anew(runtime):
    """A50: five working days; not late from the first second for a result that did not last."""
    with set_for_tests(SATURDAY) as clock:
        case = accepted(runtime, noise())
        do(runtime, handlers.resolve_case, case.number, DESK, "已处理")
        clock.advance(timedelta(days=21))
        again = do(runtime, handlers.reopen_case, case.number, RESIDENT, "又响了")
    assert again.due_at == case.due_at + timedelta(days=21)  # no holidays in those weeks


def test_a_rating_of_an_earlier_result_is_not_the_outcome(runtime):
    case = accepted(runtime, noise())
    do(runtime, handlers.resolve_case, case.number, DESK, "已处理")
    do(runtime, handlers.rate_case, case.number, RESIDENT, "5")
    do(runtime, handlers.reopen_case, case.number, RESIDENT, "又响了")
    do(runtime, handlers.resolve_case, case.number, DESK, "再次处理")
    do(runtime, handlers.close_case, case.number, DESK)
    assert published(runtime)[-1].data["outcome"] == "unrated"


def test_an_officer_of_another_community_may_not(runtime):
    case = accepted(runtime, noise())
    stranger = Actor("desk-guiyuan", "孙丽华", "desk", ELSEWHERE)
    with pytest.raises(Forbidden, match="别的社区"):
        do(runtime, handlers.resolve_case, case.number, stranger, "办好了")
    with pytest.raises(Forbidden):
        do(runtime, handlers.accept_case, noise(actor=stranger))


def test_the_department_must_be_of_the_pack(runtime):
    case = accepted(runtime, noise())
    with pytest.raises(Invalid, match="没有代码为“xx”的部门"):
        do(runtime, handlers.transfer_case, case.number, DESK, "xx")


def test_an_unknown_case_is_said_to_be_unknown(runtime):
    with pytest.raises(Unknown, match="XS-261121-0042-08"):
        do(runtime, handlers.close_case, "XS-261121-0042-08", DESK)


def test_needs_are_numbered_and_published(runtime):
    case = accepted(runtime, noise(location="幸福路 12 号"))
    do(runtime, handlers.raise_need, case.number, DESK, "repair", "修水管")
    do(runtime, handlers.raise_need, case.number, DESK, "care", "陪诊", location="市医院")
    told = [e.data for e in published(runtime) if e.contract.name == "case.need_raised"]
    assert [one["need"] for one in told] == [f"{case.number}-n1", f"{case.number}-n2"]
    assert [one["location"] for one in told] == ["幸福路 12 号", "市医院"]


def test_a_command_on_a_changed_case_starts_again(runtime):
    """Two officers at once: neither overwrites the other."""
    case = accepted(runtime, noise())

    def meanwhile(tx):
        before = handlers.store.load(tx, case.number)
        after = replace(before, location="改过的地址")
        tx.update(
            handlers.store.cases.update()
            .where(handlers.store.cases.c.number == case.number, _version_is(before.version))
            .values(location=after.location, version=before.version + 1)
        )
        return handlers.resolve_case(tx, case.number, DESK, "已处理")

    after = do(runtime, meanwhile)
    assert (after.location, after.version) == ("改过的地址", 3)


def _version_is(version):
    return handlers.store.cases.c.version == version
