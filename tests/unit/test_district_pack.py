"""The pack of Xiangshan: what it holds, and what it may promise."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from shared.district import Limit, load
from shared.district.checks import is_catch_all
from shared.district.model import LIMIT_KINDS
from shared.workdays import WorkCalendar


@pytest.fixture(scope="module")
def district():
    return load("xiangshan")


def test_the_lists_hold_what_was_published(district):
    assert len(district.communities) == 75
    assert len(district.line_departments) == 12
    assert Counter(item.item_class for item in district.items.values()) == {
        "statutory": 16,
        "assist": 37,
        "guide": 32,
        "extra": 8,
    }
    assert len(district.not_issued) == 20
    assert len(district.out_of_scope) == 41
    assert (district.code, district.name, district.city) == ("340603", "相山区", "淮北市")


def test_communities_are_real_and_short_names_are_short(district):
    gongdian = district.communities["340603002001"]
    assert gongdian.name == "供电社区居民委员会"
    assert (gongdian.short_name, gongdian.street) == ("供电社区", "东街道")
    assert all(len(c.code) == 12 for c in district.communities.values())
    assert len({c.short_name for c in district.communities.values()}) == 75


def test_department_codes_are_lower_case_and_names_short(district):
    codes = "ga mz sf rs zj cg wj yb jy tj sj yj"
    assert [d.code for d in district.line_departments] == codes.split()
    assert set(district.departments) - {*codes.split()} == {"cl", "fl", "st", "sh", "gy"}
    assert district.departments["ga"].short == "公安"
    assert district.departments["gy"].kind == "utility"


def test_conditions_are_split_from_the_names_of_materials(district):
    materials = {m.name: m for m in district.items["G-01"].materials}
    assert materials["代办人身份证"].when == "由他人代办时"
    assert not materials["代办人身份证"].required
    assert materials["户口簿"].required
    assert materials["户口簿"].when is None
    every = [m for item in district.items.values() for m in item.materials]
    assert not [m.name for m in every if "如有" in m.name or "代办时" in m.name]
    assert all(m.required is (m.when is None) for m in every)


def test_an_item_of_the_committee_itself_has_no_department(district):
    assert district.items["S-03"].department is None
    assert district.items["G-02"].department == "mz"
    assert district.items["G-02"].parent == "A-09"


def test_no_public_notice_for_children_no_one_raises(district):
    assert district.items["G-07"].public_notice is False
    assert district.items["G-02"].public_notice is True
    assert district.items["G-03"].public_notice_omits == ("minors",)


def test_every_item_has_a_procedure_and_says_how_well_it_is_founded(district):
    for item in district.items.values():
        assert len(item.procedure) >= 2
        assert item.evidence["procedure"] == "general" or item.evidence["procedure"].startswith(
            "derived"
        )
        assert item.source
        assert item.name_en.isascii()


def test_only_law_national_and_confirmed_limits_are_promised(district):
    promised = {code: item.limit for code, item in district.items.items() if item.limit.promised}
    assert set(promised) == {"G-02", "G-23", "G-27", "G-32", "X-07"}
    assert {limit.kind for limit in promised.values()} == {"law", "national_gk"}
    assert not [o.code for o in district.out_of_scope.values() if o.limit.promised]


def test_the_residents_own_period_is_not_taken_for_ours(district):
    """户口登记条例 15: three days are the newcomer's duty, which the draft list called `law`."""
    limit = district.items["G-24"].limit
    assert not limit.promised
    assert limit.shown("zh") == "申请人须在 3 日内申报"
    assert limit.shown("en") == "apply within 3 days (the applicant's own period)"


@pytest.mark.parametrize(
    ("limit", "promised", "zh", "en"),
    [
        (Limit(15, "day", "law"), True, "15 日内", "within 15 days"),
        (Limit(30, "workday", "national_gk"), True, "30 个工作日内", "within 30 working days"),
        (Limit(1, "workday", "confirmed"), True, "1 个工作日内", "within 1 working day"),
        (Limit(0, "immediate", "confirmed"), True, "当场办结", "done on the spot"),
        (Limit(2, "month", "law"), True, "2 个月内", "within 2 months"),
        (
            Limit(1, "month", "law_applicant"),
            False,
            "申请人须在 1 个月内申报",
            "apply within 1 month (the applicant's own period)",
        ),
        (
            Limit(None, None, "law_applicant"),
            False,
            "申请人的申报期限见办事指引",
            "the applicant's own period: see the guide",
        ),
        (Limit(None, None, "none"), False, "无法定期限", "no time limit set by law"),
        *(
            (limit, False, "由区里确认后公布", "to be confirmed by the district")
            for limit in (
                Limit(30, "workday", "published_elsewhere"),
                Limit(0, "immediate", "local_to_set"),
                Limit(None, None, "local_to_set"),
                Limit(5, "workday", "hotline_rule"),
                Limit(None, None, "law"),
            )
        ),
    ],
)
def test_what_a_resident_reads_of_a_limit(limit, promised, zh, en):
    assert limit.promised is promised
    assert limit.shown("zh") == zh
    assert limit.shown("en") == en


def test_every_kind_of_limit_has_words():
    for kind in LIMIT_KINDS:
        for lang in ("zh", "en"):
            assert Limit(3, "day", kind).shown(lang)


def test_a_promised_limit_gives_a_due_time_and_others_none():
    accepted = datetime(2026, 9, 28, 2, tzinfo=UTC)
    calendar = WorkCalendar()
    friday = datetime(2026, 10, 9, 15, 59, 59, tzinfo=UTC)
    assert Limit(4, "workday", "law").due(accepted, calendar) == friday
    # ten days later is Thursday 8 October, a working day; five days later is a holiday
    eighth = datetime(2026, 10, 8, 15, 59, 59, tzinfo=UTC)
    assert Limit(10, "day", "law").due(accepted, calendar) == eighth
    assert Limit(5, "day", "law").due(accepted, calendar) == eighth
    assert Limit(4, "workday", "published_elsewhere").due(accepted, calendar) is None


def test_rules_carry_numbers_and_where_they_come_from(district):
    rules = district.rules
    assert (rules.contact_hours, rules.finish_workdays, rules.extension_workdays) == (1, 5, 5)
    assert (rules.extensions, rules.return_window_hours, rules.yellow_from) == (1, 24, 0.8)
    assert rules.review == "after"
    assert [grade.name for grade in rules.grades] == [
        "非常满意",
        "满意",
        "基本满意",
        "不满意",
        "非常不满意",
    ]
    assert rules.facts["finish_workdays"].source == ("A50", "N")
    assert not rules.facts["supplement_workdays"].confirmed
    assert {u.code for u in rules.urgencies} == {"normal", "urgent", "special", "difficult"}


def test_demo_staff_cover_every_role_and_department(district):
    for name in ("desk", "backoffice", "grid"):
        assert district.staff[name].community == "340603002001"
    assert district.staff["grid"].grids
    assert {"supervisor", "partner", "admin"} <= set(district.staff)
    for code in district.departments:
        assert district.staff[f"dept-{code}"].department == code
    desks = {s.community for s in district.staff.values() if s.role == "desk"}
    assert len(desks) >= 4


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("低保", "G-02"),
        ("高龄津贴", "G-01"),
        ("gljt", "G-01"),
        ("GLJT", "G-01"),
        ("gaolingjintie", "G-01"),
        ("dibao", "G-02"),
        ("G-07", "G-07"),
        ("g07", "G-07"),
        ("我妈80岁想办高龄补贴", "G-01"),
        ("身份证丢了怎么办", "G-27"),
        ("灵活就业 补贴", "G-13"),
        ("医保", "G-18"),
        ("residence permit", "G-23"),
        ("孩子上学", "X-05"),
    ],
)
def test_search_finds_what_an_officer_types(district, typed, first):
    assert district.search_items(typed)[0].code == first


def test_search_keeps_to_its_limit_and_finds_nothing_for_nonsense(district):
    assert len(district.search_items("协助", limit=5)) == 5
    assert district.search_items("") == []
    assert district.search_items("qqqq") == []
    assert district.search_items("飞碟") == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("开个亲属关系证明", "N-01"),
        ("帮我证明 她是我妈", "N-01"),
        ("居委会给我开个单身证明", "N-08"),
        ("证明我还活着", "N-10"),
        ("无 犯 罪 记录证明", "N-05"),
        ("办残疾人证", None),
        ("身份证丢了", None),
        ("孩子报户口,带了出生医学证明", None),
        ("低保申请", None),
    ],
)
def test_certificates_a_community_must_not_issue_are_recognised(district, asked, code):
    found = district.refusal_for(asked)
    assert (found.code if found else None) == code


def test_each_certificate_is_found_by_its_name_and_no_matter_is_mistaken_for_one(district):
    for entry in district.not_issued.values():
        assert district.refusal_for(f"麻烦开个{entry.name}") == entry
        assert entry.redirect_text
    for matter in (*district.items.values(), *district.out_of_scope.values()):
        assert district.refusal_for(matter.name) is None


@pytest.mark.parametrize(
    "name",
    [
        "其他材料",
        "其它相关材料",
        "相关证明材料",
        "有关资料",
        "需要提交的其他材料",
        "《其他材料》等",
    ],
)
def test_a_catch_all_is_told_from_a_material(name):
    assert is_catch_all(name)


def test_no_material_of_the_pack_is_a_catch_all(district):
    names = [m.name for item in district.items.values() for m in item.materials]
    assert len(names) > 100
    assert not [name for name in names if is_catch_all(name)]
