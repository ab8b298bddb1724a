"""The packs: what they hold, what they may promise, and what makes each district its own."""

import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from services.intake.rights.retention import retention_of
from services.notify.pack import book_of
from services.partners import pack as partners_pack
from services.routing import supervision
from services.routing.suggesting import pack as routing_pack
from services.routing.supervision_values import OCCASIONS
from shared.district import DISTRICTS, Limit, load
from shared.district.base import OWN
from shared.district.checks import is_catch_all
from shared.district.model import LIMIT_KINDS
from shared.workdays import WorkCalendar

PACKS = ("xiangshan", "beiguan", "huainan", "daguan")
CODES = ["ga", "mz", "sf", "rs", "zj", "cg", "wj", "yb", "jy", "tj", "sj", "yj"]
OTHERS = {"cl", "fl", "st", "sh", "gy"}


@pytest.fixture(scope="module", params=PACKS)
def district(request):
    return load(request.param)


@pytest.fixture(scope="module")
def packs():
    return {name: load(name) for name in PACKS}


@pytest.fixture(scope="module")
def sources(district):
    """What a source may be: a code, or a family with an article's number."""
    return set(district.sources)


def test_every_pack_of_this_checkout_is_tested():
    assert {path.parent.name for path in DISTRICTS.glob("*/district.yml")} == set(PACKS)


@pytest.mark.parametrize(
    ("name", "itself"),
    [
        ("xiangshan", ("340603", "相山区", "淮北市", "XS", 75)),
        ("beiguan", ("410503", "北关区", "安阳市", "BG", 45)),
        ("huainan", ("340403", "田家庵区", "淮南市", "TJA", 103)),
        ("daguan", ("340803", "大观区", "安庆市", "DG", 28)),
    ],
)
def test_each_district_is_itself(packs, name, itself):
    pack = packs[name]
    assert (pack.code, pack.name, pack.city, pack.case_prefix, len(pack.communities)) == itself
    assert pack.full_name.endswith(pack.name)


def test_the_lists_hold_what_was_published(district):
    assert len(district.line_departments) == 12
    assert Counter(item.item_class for item in district.items.values()) == {
        "statutory": 16,
        "assist": 37,
        "guide": 32,
        "extra": 8,
    }
    assert len(district.not_issued) == 20
    assert len(district.out_of_scope) == 41


@pytest.mark.parametrize(
    ("name", "code", "called"),
    [
        ("xiangshan", "340603002001", ("供电社区居民委员会", "供电社区", "东街道")),
        ("beiguan", "410503001007", ("星光社区居委会", "星光社区", "红旗路街道")),
        ("beiguan", "410503006006", ("北辰家园社区", "北辰家园社区", "洹北街道")),
        ("huainan", "340403005010", ("银鹭社区委员会", "银鹭社区", "朝阳街道")),
        ("huainan", "340403005001", ("舜耕社区居委会", "舜耕社区（朝阳街道）", "朝阳街道")),
        ("huainan", "340403100102", ("舜耕社区居委会", "舜耕社区（舜耕镇）", "舜耕镇")),
        ("daguan", "340803005001", ("蔡山社区居民委员会", "蔡山社区", "集贤路街道")),
        ("daguan", "340803100001", ("安原居委会", "安原社区", "海口镇")),
    ],
)
def test_communities_are_real_and_short_names_are_short(packs, name, code, called):
    found = packs[name].communities[code]
    assert (found.name, found.short_name, found.street) == called


def test_no_two_communities_are_called_the_same(district):
    assert all(len(c.code) == 12 for c in district.communities.values())
    shorts = [c.short_name for c in district.communities.values()]
    assert len(set(shorts)) == len(shorts)
    assert not [c.name for c in district.communities.values() if "村民" in c.name]


def test_department_codes_are_lower_case_and_names_short(district):
    assert [d.code for d in district.line_departments] == CODES
    assert set(district.departments) - {*CODES} == OTHERS
    assert district.departments["ga"].short == "公安"
    assert district.departments["gy"].kind == "utility"
    assert district.city in district.departments["ga"].full_name


def test_beiguan_has_the_office_that_its_report_names(packs):
    """三督办, first level (3-23)."""
    assert packs["beiguan"].departments["sh"].name == "区行政审批和政务信息管理局"
    assert "数据资源" in packs["xiangshan"].departments["sh"].name


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


@pytest.mark.parametrize(
    ("name", "review", "promised"),
    [
        ("xiangshan", "after", False),
        ("beiguan", "before", False),
        ("huainan", "after", True),
        ("daguan", "after", False),
    ],
)
def test_districts_differ_in_the_leaders_review_and_the_desks_promise(
    packs, name, review, promised
):
    """3-16: the leader himself reviews; 4-03: eight minutes with complete materials."""
    rules = packs[name].rules
    assert (rules.review, rules.desk_minutes_promised) == (review, promised)
    assert rules.desk_minutes == 8


def test_only_what_was_published_of_a_district_itself_is_confirmed(packs):
    """The report on Beiguan and the ordinance of its city; nothing of the others."""
    confirmed = {
        name: {rule for rule, fact in pack.rules.facts.items() if fact.confirmed}
        for name, pack in packs.items()
    }
    assert confirmed["xiangshan"] == confirmed["huainan"] == confirmed["daguan"] == set()
    assert confirmed["beiguan"] == {
        "contact_hours",
        "finish_workdays",
        "extension_workdays",
        "extensions",
        "return_window_hours",
        "follow_up_all_named",
        "online_review_workdays",
    }


def test_demo_staff_cover_every_role_and_department(district):
    home = district.staff["desk"].community
    for name in ("desk", "desk-b", "backoffice", "grid", "grid-2"):
        assert district.staff[name].community == home
    assert district.staff["grid"].grids
    assert {"supervisor", "partner", "admin", "auditor"} <= set(district.staff)
    for code in district.departments:
        for name, role in ((f"dept-{code}", "department"), (f"leader-{code}", "leader")):
            assert (district.staff[name].role, district.staff[name].department) == (role, code)
    desks = {s.community for s in district.staff.values() if s.role == "desk"}
    assert len(desks) >= 4


def test_the_packs_demo_people_are_not_the_same(packs):
    names = [{s.name for s in pack.staff.values()} for pack in packs.values()]
    assert not names[0] & names[1]
    assert not names[1] & names[2]
    assert not names[0] & names[2]


def test_what_a_pack_borrows_names_no_place_of_its_base(packs):
    """Nobody in Beiguan is told of Xiangshan. Sources and sayings are not told to anyone."""
    base = DISTRICTS / "xiangshan"
    for name in ("beiguan", "huainan", "daguan"):
        borrowed = {f.name for f in base.glob("*.yml") if not (packs[name].path / f.name).exists()}
        assert borrowed.isdisjoint(OWN)
        assert {"messages.yml", "not_issued.yml", "out_of_scope.yml", "routing.yml"} <= borrowed
        for file in borrowed - {"sources.yml", "examples.yml"}:
            lines = (base / file).read_text(encoding="utf-8").splitlines()
            said = [line.split("#")[0] for line in lines]
            assert not [line for line in said if re.search("相山|淮北|濉溪|340603", line)], file


def test_the_services_read_every_pack(district):
    """Their own files, borrowed or not, agree with the district's codes."""
    assert set(book_of(district).steps)
    assert set(retention_of(district).cases) == {kind.code for kind in district.rules.kinds}
    assert {words.department for words in routing_pack.load(district).words} <= set(
        district.departments
    )
    partners = {partner.code for partner in partners_pack.read(district).partners}
    assert district.staff["partner"].partner in partners


# -- supervision -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watch(district):
    return supervision.supervision_for(district)


def test_every_step_of_the_ladder_leads_somewhere(watch):
    assert set(watch.levels) == {1, 2, 3}
    assert {step.when for step in watch.steps} == set(OCCASIONS)
    assert len({step.code for step in watch.steps}) == len(watch.steps)
    assert all(step.level or step.raises for step in watch.steps)
    for level in watch.levels.values():
        assert level.on_duty(date(2026, 10, 1)) in level.duty


def test_being_late_longer_leads_higher(watch):
    late = [step for step in watch.steps if step.when == "finish_late"]
    assert [step.level for step in late] == [1, 2, 3]
    assert [dict(step.after or {}).get("workdays", 0) for step in late] == sorted(
        dict(step.after or {}).get("workdays", 0) for step in late
    )


def test_the_normal_track_keeps_the_rules(district, watch):
    """One hour around the clock, five working days (3-14, 3-15)."""
    normal = watch.tracks["normal"]
    assert normal.contact == {"hours": district.rules.contact_hours}
    assert normal.finish == {"workdays": district.rules.finish_workdays}
    assert normal.level == 0
    assert watch.tracks["urgent"].finish == {"hours": 24}
    assert watch.tracks["difficult"].level > 0, "提级办 (1-23)"


def test_every_department_has_its_three_kinds_of_people(district, watch):
    """3-20."""
    assert set(watch.units) == set(district.departments)
    assert all(unit.handler and unit.policy and unit.leader for unit in watch.units.values())


def test_repeated_matters_call_the_leader_to_the_spot(watch):
    """3-18."""
    assert [step.when for step in watch.steps if step.on_site] == ["repeated"]


def test_sources_of_the_supervision_are_known(watch, sources):
    parts = (
        *watch.tracks.values(),
        *watch.pauses.values(),
        *watch.levels.values(),
        *watch.steps,
        watch.arbitration,
        watch.follow_ups,
        watch.problems,
    )
    cited = {code for part in parts for code in part.source}
    assert all(part.source for part in parts)
    assert not {code for code in cited if code.rstrip("0123456789") not in sources}


def test_four_ways_of_pressing(packs):
    """Beiguan's three offices (3-23); Huainan goes up its grid (4-09, 4-10); Daguan (2-01)."""
    seen = {name: supervision.supervision_for(pack) for name, pack in packs.items()}
    offices = [level.to for level in seen["beiguan"].levels.values()]
    assert offices == ["区行政审批和政务信息管理局", "区委区政府督查局", "区政府常务会议"]
    assert [level.name[:2] for level in seen["huainan"].levels.values()] == ["街道", "区级", "市级"]
    grid = seen["huainan"].grid_levels
    assert [level.name for level in grid] == ["市", "区（县）", "街道（乡镇）"]
    said = "".join(level.does for level in grid)
    assert all(word in said for word in ("巡查", "报告", "解决", "督查"))
    assert seen["daguan"].levels[3].to == "区党建引领基层治理协调机制"
    assert [level.name for level in seen["daguan"].grid_levels][-1] == "党员中心户", "2-07"
    assert not seen["xiangshan"].grid_levels
    assert not seen["beiguan"].grid_levels
    assert not seen["beiguan"].reminders_in_service_hours, "7×24 (3-19)"


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
        assert set(entry.evidence) <= set(vars(entry)), f"{entry.code}: what is founded so?"
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
