"""Sentences of the timeline, lamps and searches."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.intake import handlers, queries
from services.intake.case import ACTIONS, STATES, WORKING_STATES, Entry
from services.intake.queries import Filter
from services.intake.words import SENTENCES, lamp, person, sentence
from services.intake.words_of_orders import ASSISTS
from shared.clock import set_for_tests
from shared.contracts import REGISTRY, routing
from tests.unit.intake.ground import (
    DESK,
    SATURDAY,
    accepted,
    allowance,
    do,
    noise,
    stored,
)

HEARD = [c.name for c in REGISTRY if "intake" in c.consumers]
OF_INTAKE = ["accepted", "answered", "answered_to_owner", "hotline.more"]
OF_ASSISTS = [c.name.replace("order.", "assist.") for c in routing.CONTRACTS if c.name in HEARD]


@pytest.mark.parametrize("action", [*OF_INTAKE, *ACTIONS, *HEARD, *OF_ASSISTS])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_whatever_happens_has_a_sentence_in_both_languages(action, lang):
    data = {"clock": "contact"}
    told = sentence(Entry(SATURDAY, "周敏", action, data), lang)
    assert told
    assert "{" not in told
    assert (max(told) < "一") == (lang == "en")


def test_no_sentence_without_its_event():
    assert set(ASSISTS) <= set(OF_ASSISTS)
    assert set(SENTENCES) == {
        *OF_INTAKE,
        "file.added",
        "file.removed",
        "person.corrected",
        "person.erased",
        "promise_broken",
        "publication_ended",
        *ACTIONS,
        *HEARD,
    }


@pytest.mark.parametrize(
    ("action", "data", "zh", "en"),
    [
        (
            "transfer",
            {"department": "公安", "reason": "超出社区职责"},
            "转交职能部门办理：公安：超出社区职责",
            "Transferred: 公安: 超出社区职责",
        ),
        ("transfer", {"department": "", "reason": ""}, "转交职能部门办理", "Transferred"),
        (
            "notice",
            {"missing": ["户口簿", "照片"], "supplement_by": "2026-12-04T15:59:59+00:00"},
            "出具一次性告知书，请在 12月4日 23:59 前补齐：户口簿、照片",
            "Once-only notice: please bring by 4 Dec 2026 23:59: 户口簿, 照片",
        ),
        (
            "rate",
            {"grade": "满意", "grade_en": "Satisfied", "comment": ""},
            "评价：满意",
            "Rated: Satisfied",
        ),
        (
            "message.failed",
            {"channel": "sms", "reason": "空号"},
            "短信没有送达（空号），请首问责任人电话告知居民",
            "The sms message was not delivered (空号); please telephone the resident",
        ),
        (
            "order.late",
            {"department_name": "公安", "clock": "finish"},
            "公安超过办结时限，已提级",
            "公安 passed the finish deadline; raised a level",
        ),
    ],
)
def test_sentences(action, data, zh, en):
    entry = Entry(SATURDAY, "周敏", action, data)
    assert (sentence(entry, "zh"), sentence(entry, "en")) == (zh, en)


def test_curly_brackets_that_people_type_stay_as_they_are():
    entry = Entry(SATURDAY, "周敏", "resolve", {"result": "见 {附件} 100%"})
    assert sentence(entry, "zh") == "办结：见 {附件} 100%"


def test_who_is_no_single_person_is_worded():
    assert (person("@resident", "zh"), person("@resident", "en")) == ("居民本人", "The resident")
    assert person("周敏", "en") == "周敏"


@pytest.mark.parametrize(
    ("share", "level", "zh"),
    [(0, "green", "正常"), (0.79, "green", "正常"), (0.81, "yellow", "将到期")],
)
def test_local_yellow_from_the_packs_share_of_the_time(runtime, share, level, zh):
    with set_for_tests(SATURDAY):
        case = accepted(runtime)
    shown = lamp(case, SATURDAY + share * (case.due_at - SATURDAY), 0.8)
    assert (shown.level, shown.zh) == (level, zh)


@pytest.mark.parametrize(
    ("late", "zh", "en"),
    [
        (timedelta(seconds=1), "已超期 不到 1 小时", "less than an hour late"),
        (timedelta(hours=5), "已超期 5 小时", "5 hours late"),
        (timedelta(days=2, hours=3), "已超期 2 天", "2 days late"),
    ],
)
def test_red_says_how_late(runtime, late, zh, en):
    case = accepted(runtime)
    shown = lamp(case, case.due_at + late, 0.8)
    assert (shown.level, shown.zh, shown.en) == ("red", zh, en)


@pytest.mark.parametrize("state", STATES)
def test_the_lamp_is_lit_only_while_the_clock_runs(runtime, state):
    case = replace(accepted(runtime), state=state)
    lit = lamp(case, case.due_at + timedelta(days=1), 0.8).level == "red"
    assert lit == (state in set(WORKING_STATES))


def test_no_lamp_where_no_limit_is_promised(runtime):
    assert lamp(accepted(runtime, allowance()), SATURDAY, 0.8).level == "none"


def found(runtime, **wanted: object):
    with runtime.database.read() as connection:
        return {case.number for case in queries.list_cases(connection, Filter(**wanted)).items}


def test_searching(runtime):
    one = accepted(runtime, noise(applicant_name="李四", phone="0561-3021234"))
    two = accepted(runtime, noise(title="楼道灯 100% 不亮"))
    both = {one.number, two.number}
    assert found(runtime) == both
    assert found(runtime, text="李四") == {one.number}
    assert found(runtime, text="05613021234") == {one.number}
    assert found(runtime, text="楼道灯") == {two.number}
    assert found(runtime, text="100%") == {two.number}
    assert found(runtime, text="李") == set()
    assert found(runtime, text=one.number.replace("-", "").lower()) == {one.number}
    assert found(runtime, owner="desk", states=("accepted",)) == both
    assert found(runtime, community="340603009001") == set()


def test_counting_and_turning_pages(runtime):
    cases = [accepted(runtime) for _ in range(5)]
    do(runtime, handlers.withdraw_case, cases[0].number, DESK, "不办了")
    with runtime.database.read() as connection:
        assert queries.count_by_state(connection, Filter()) == {"accepted": 4, "withdrawn": 1}
        pages = [queries.list_cases(connection, Filter(), page, 2) for page in (1, 2, 3, 4)]
    assert [len(page.items) for page in pages] == [2, 2, 1, 0]
    assert {page.total for page in pages} == {5}
    assert len({case.number for page in pages for case in page.items}) == 5


def test_a_resident_sees_it_with_number_and_phone(runtime):
    case = accepted(runtime)
    with runtime.database.read() as connection:
        for phone in ("13805610000", "+86 138 0561 0000", "0000"):
            assert queries.case_for_resident(connection, case.number, phone) == case


@pytest.mark.parametrize("phone", ["1111", "000", "", "13805610001", "00000", "abcd"])
def test_with_the_wrong_phone_nothing_is_told(runtime, phone):
    case = accepted(runtime)
    with runtime.database.read() as connection:
        with pytest.raises(queries.Unknown) as wrong:
            queries.case_for_resident(connection, case.number, phone)
        with pytest.raises(queries.Unknown) as unknown:
            queries.case_for_resident(connection, "XS-261121-0042-08", phone)
    assert str(wrong.value) == str(unknown.value)
    assert stored(runtime, case.number) == case
