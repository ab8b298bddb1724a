"""A pack with mistakes is refused, with file, line, field, what is wrong and what was expected."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from marshmallow import Schema, fields, validate

from services.intake.desk import pack as desk
from services.intake.grids import work
from services.routing import supervision
from shared.district import DISTRICTS, PackError, Problem, load, read_part


@pytest.fixture
def pack(tmp_path):
    shutil.copytree(DISTRICTS / "xiangshan", tmp_path / "xiangshan")
    return tmp_path / "xiangshan"


def edit(pack: Path, name: str, old: str, new: str) -> int:
    """Replace the first `old` in a file and return its line."""
    path = pack / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def problems(pack: Path) -> tuple[Problem, ...]:
    with pytest.raises(PackError) as caught:
        load(pack.name, pack.parent)
    return caught.value.problems


def only(pack: Path) -> Problem:
    (found,) = problems(pack)
    return found


def test_an_untouched_copy_loads(pack):
    assert load("xiangshan", pack.parent) == load("xiangshan", pack.parent)


def test_a_wrong_value_names_file_line_field_and_choices(pack):
    line = edit(pack, "items/guides.yml", "handled_at: desk", "handled_at: lobby")
    assert str(only(pack)) == (
        f"items/guides.yml:{line}: items[0].handled_at: 'lobby'; "
        "expected one of desk, back_office, department"
    )


def test_a_wrong_value_deep_inside_an_entry(pack):
    line = edit(pack, "items/guides.yml", "kind: published_elsewhere", "kind: hearsay")
    found = only(pack)
    assert (found.line, found.field) == (line, "items[0].limit.kind")
    assert "national_gk" in found.expected


def test_a_missing_field_points_at_its_entry(pack):
    line = edit(pack, "departments.yml", "    short: 公安\n", "")
    found = only(pack)
    assert found.field == "departments[0].short"
    assert found.wrong == "is missing"
    assert line - 3 < found.line < line


def test_an_unknown_field_is_refused_and_so_is_a_password(pack):
    line = edit(pack, "staff.yml", "    role: desk\n", "    password: abc\n    role: desk\n")
    found = only(pack)
    assert (found.file, found.line, found.field) == ("staff.yml", line, "staff[0].password")
    assert found.wrong == "is not a known field"
    assert "username" in found.expected


def test_a_number_where_text_belongs(pack):
    line = edit(pack, "district.yml", 'code: "340603"', "code: 340603")
    found = only(pack)
    assert (found.line, found.field, found.wrong) == (line, "code", "340603")
    assert "in quotes" in found.expected


def test_all_problems_of_all_files_come_at_once(pack):
    edit(pack, "items/guides.yml", "handled_at: desk", "handled_at: lobby")
    edit(pack, "items/guides.yml", "department: mz", "department: zz")
    edit(pack, "rules.yml", "value: 0.8", "value: 8")
    edit(pack, "communities.csv", "340603002001,", "34060300200,")
    edit(pack, "out_of_scope.yml", "department: ga", "department: qq")
    (pack / "sources.yml").unlink()
    found = {(p.file, p.field) for p in problems(pack)}
    assert {
        ("items/guides.yml", "items[0].handled_at"),
        ("items/guides.yml", "items[0].department"),
        ("rules.yml", "yellow_from.value"),
        ("communities.csv", "communities[9].code"),
        ("out_of_scope.yml", "out_of_scope[0].department"),
        ("sources.yml", "(whole file)"),
        # the demo staff of the community whose code was spoilt
        ("staff.yml", "staff[0].community"),
    } <= found


def test_an_unknown_department_is_listed_with_the_known_ones(pack):
    line = edit(pack, "not_issued.yml", "departments: [ga]", "departments: [xy]")
    found = only(pack)
    assert (found.line, found.field) == (line, "not_issued[0].departments[0]")
    assert found.wrong == "unknown department 'xy'"
    assert "cg, cl, fl, ga" in found.expected


def test_an_unknown_parent(pack):
    edit(pack, "items/guides.yml", "parent: A-12", "parent: A-99")
    assert only(pack).wrong == "unknown item 'A-99'"


def test_a_code_written_twice_names_the_first_place(pack):
    first = (pack / "items/guides.yml").read_text(encoding="utf-8").split("code: G-01")[0]
    edit(pack, "items/extras.yml", "code: X-01", "code: G-01")
    found = only(pack)
    assert found.file == "items/extras.yml"
    assert found.wrong.endswith(f"items/guides.yml:{first.count(chr(10)) + 1}")


def test_a_community_of_another_district(pack):
    line = edit(pack, "communities.csv", "340603001004,春秋", "340604001004,春秋")
    assert {(p.line, p.field.split(".")[1]) for p in problems(pack)} == {
        (line, "code"),
        (line, "street_code"),
    }


def test_a_community_code_that_is_not_twelve_digits(pack):
    line = edit(pack, "communities.csv", "340603001004,春秋", "3406030010041,春秋")
    found = only(pack)
    assert (found.file, found.line, found.field) == ("communities.csv", line, "communities[0].code")
    assert found.expected.startswith("expected twelve digits")


def test_a_csv_row_with_too_many_cells(pack):
    line = edit(pack, "communities.csv", "相南街道\n", "相南街道,more\n")
    found = only(pack)
    assert (found.line, found.wrong) == (line, "has more cells than the header")


def test_staff_of_an_unknown_community_department_and_grid(pack):
    edit(pack, "staff.yml", 'community: "340603002001"', 'community: "340603002999"')
    edit(pack, "staff.yml", '"340603002001001"', '"340603009999001"')
    edit(pack, "staff.yml", "department: ga", "department: zz")
    people = (pack / "staff.yml").read_text(encoding="utf-8").split("- username: ")
    ga = next(n for n, one in enumerate(people) if one.startswith("dept-ga\n")) - 1
    assert [p.field for p in problems(pack)] == [
        "staff[0].community",
        "staff[4].grids[0]",
        f"staff[{ga}].department",
    ]


def test_a_desk_officer_without_a_community(pack):
    edit(pack, "staff.yml", '    community: "340603002001"\n', "")
    assert only(pack).wrong == "is missing for role desk"


@pytest.mark.parametrize("role", ["department", "leader"])
def test_an_officer_and_a_leader_without_a_department(pack, role):
    edit(pack, "staff.yml", f"    role: {role}\n    department: mz\n", f"    role: {role}\n")
    assert only(pack).wrong == f"is missing for role {role}"


def test_a_catch_all_among_the_materials_is_refused_by_rule_a13(pack):
    line = edit(pack, "items/guides.yml", "- name: 户口簿", "- name: 其他材料")
    found = only(pack)
    assert (found.line, found.field) == (line, "items[0].materials[2].name")
    assert "A13" in found.wrong


def test_a_lost_row_is_noticed(pack):
    edit(
        pack, "communities.csv", "340603001004,春秋社区居民委员会,春秋社区,340603001,相南街道\n", ""
    )
    found = only(pack)
    assert (found.file, found.field) == ("district.yml", "counts.communities")
    assert found.wrong == "says 75, but the pack holds 74"


def test_a_key_written_twice_is_refused(pack):
    line = edit(pack, "rules.yml", "review:  ", "contact_hours:  ")
    found = problems(pack)
    assert ("contact_hours", line) in {(p.field, p.line) for p in found}
    assert any("is written twice" in p.wrong for p in found)


def test_an_item_in_the_wrong_file_and_an_unknown_source(pack):
    edit(pack, "items/guides.yml", "class: guide", "class: extra")
    edit(pack, "items/guides.yml", "source: [L20,", "source: [L99x,")
    assert {p.field for p in problems(pack)} == {"items[0].class", "items[0].source[0]"}


def test_a_limit_with_a_number_but_no_unit(pack):
    edit(pack, "items/guides.yml", "value: 30, unit: workday", "value: 30, unit: null")
    found = only(pack)
    assert found.field == "items[0].limit.value"
    assert "both" in found.wrong


def test_a_day_cannot_be_holiday_and_working_day(pack):
    edit(pack, "workdays.yml", "holidays: []", 'holidays: [{date: "2027-01-01", name: 元旦}]')
    edit(pack, "workdays.yml", "workdays: []", 'workdays: [{date: "2027-01-01", name: 调休}]')
    assert only(pack).field == "workdays[0].date"


def test_broken_yaml_names_its_line(pack):
    line = edit(pack, "rules.yml", "contact_hours:  ", "contact_hours: [  ")
    found = [p for p in problems(pack) if p.field == "(YAML)"]
    assert found[0].file == "rules.yml"
    assert found[0].line >= line


def test_the_districts_own_days_reach_its_calendar(pack):
    edit(pack, "workdays.yml", "holidays: []", 'holidays: [{date: "2027-01-04", name: 补假}]')
    edit(pack, "workdays.yml", "workdays: []", 'workdays: [{date: "2027-01-09", name: 调休}]')
    edit(pack, "workdays.yml", "known_until: null", 'known_until: "2027-12-31"')
    calendar = load("xiangshan", pack.parent).calendar
    assert calendar.known_until == date(2027, 12, 31)
    assert not calendar.is_workday(date(2027, 1, 4))
    assert calendar.is_workday(date(2027, 1, 9))


def test_a_file_saved_by_excel_is_read_and_one_in_another_encoding_refused(pack):
    path = pack / "communities.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8-sig", newline="\r\n")
    assert len(load("xiangshan", pack.parent).communities) == 75
    path.write_text(text, encoding="gb18030")
    found = [p for p in problems(pack) if p.file == "communities.csv"]
    assert [p.wrong for p in found] == ["is not UTF-8"]


def test_loading_reads_and_changes_nothing(pack):
    before = {p: p.stat().st_mtime_ns for p in sorted(pack.rglob("*"))}
    load("xiangshan", pack.parent)
    assert {p: p.stat().st_mtime_ns for p in sorted(pack.rglob("*"))} == before


def test_there_is_no_such_pack(tmp_path):
    (tmp_path / "here").mkdir()
    with pytest.raises(PackError, match="no such pack; expected one of here"):
        load("nowhere", tmp_path)


# -- a pack and its base ---------------------------------------------------------------------------


@pytest.fixture
def lent(tmp_path, pack):
    """Beiguan beside its base, both copies."""
    shutil.copytree(DISTRICTS / "beiguan", tmp_path / "beiguan")
    return tmp_path / "beiguan"


def test_a_file_that_a_pack_lacks_is_read_from_its_base(lent, pack):
    ours, base = load("beiguan", lent.parent), load("xiangshan", lent.parent)
    assert not (lent / "items").exists()
    assert ours.items == base.items
    assert ours.not_issued == base.not_issued
    assert ours.departments != base.departments


def test_a_file_of_its_own_takes_the_place_of_the_bases(lent, pack):
    (lent / "items").mkdir()
    shutil.copy(pack / "items/extras.yml", lent / "items")
    edit(lent, "items/extras.yml", "name_en: ", "name_en: Our own ")
    ours, base = load("beiguan", lent.parent), load("xiangshan", lent.parent)
    assert ours.items["X-01"].name_en == f"Our own {base.items['X-01'].name_en}"
    assert ours.items["G-01"] == base.items["G-01"]


def test_a_mistake_in_the_base_names_the_base(lent, pack):
    line = edit(pack, "items/guides.yml", "handled_at: desk", "handled_at: lobby")
    found = only(lent)
    assert (found.file, found.line) == ("xiangshan/items/guides.yml", line)
    edit(pack, "items/guides.yml", "handled_at: lobby", "handled_at: desk")
    edit(lent, "rules.yml", "value: 0.8", "value: 8")
    assert only(lent).file == "rules.yml"


def test_broken_yaml_of_the_base_names_the_base(lent, pack):
    edit(pack, "sources.yml", "\nsources:", "\nsources: [")
    files = {p.file for p in problems(lent) if p.field == "(YAML)"}
    assert files == {"xiangshan/sources.yml"}


def test_what_the_base_lists_must_fit_the_district(lent):
    """The departments are each district's own; the items of the base refer to them."""
    edit(lent, "departments.yml", "code: mz", "code: mx")
    edit(lent, "staff.yml", "department: mz", "department: mx")
    edit(lent, "staff.yml", "department: mz", "department: mx")
    found = problems(lent)
    assert {p.wrong for p in found} == {"unknown department 'mz'"}
    assert "xiangshan/items/guides.yml" in {p.file for p in found}


def test_counts_are_the_districts_own(lent):
    line = edit(lent, "district.yml", "guide: 32", "guide: 31")
    found = only(lent)
    assert (found.file, found.line, found.field) == ("district.yml", line, "counts.guide")


@pytest.mark.parametrize(
    "file", ["communities.csv", "departments.yml", "rules.yml", "staff.yml", "district.yml"]
)
def test_what_makes_a_district_is_never_taken_from_the_base(lent, file):
    (lent / file).unlink()
    missing = [p for p in problems(lent) if p.file == file]
    assert [(p.wrong, p.expected) for p in missing if p.field == "(whole file)"] == [
        ("is missing", "expected this file in the pack itself")
    ]


def test_a_part_is_read_from_the_base_and_complains_in_its_name(lent, pack):
    (pack / "routes.yml").write_text(ROUTING, encoding="utf-8")
    assert read_part(lent, "routes.yml", RoutingSchema)["routes"][0]["to"] == "ga"
    (pack / "routes.yml").write_text(ROUTING.replace("to: ga", "to: zz"), encoding="utf-8")
    with pytest.raises(PackError, match=r"xiangshan/routes\.yml:4: routes\[0\]\.to: 'zz'"):
        read_part(lent, "routes.yml", RoutingSchema)
    (lent / "routes.yml").write_text(ROUTING, encoding="utf-8")
    assert read_part(lent, "routes.yml", RoutingSchema)["routes"][0]["to"] == "ga"


def test_the_supervision_is_never_taken_from_the_base(lent):
    (lent / "supervision.yml").unlink()
    with pytest.raises(PackError, match=r"supervision\.yml:1: .* is missing; .* the pack itself"):
        supervision.load(load("beiguan", lent.parent))


@pytest.mark.parametrize(
    ("file", "read", "key", "what"),
    [
        ("supervision.yml", supervision.load, "tracks", "track"),
        ("desk.yml", desk.load, "back_office", "limit"),
    ],
)
def test_every_urgency_has_its_entry_and_nothing_else_has(pack, file, read, key, what):
    line = edit(pack, file, "- {code: urgent,", "- {code: at_once,")
    with pytest.raises(PackError) as caught:
        read(load("xiangshan", pack.parent))
    missing, unknown = caught.value.problems
    assert (missing.field, missing.wrong) == (key, f"'urgent' has no {what}")
    assert (unknown.line, unknown.wrong) == (line, "'at_once' is no urgency")


@pytest.mark.parametrize("wrong", ["workdays: few", "workdays: 0", "weeks: 1"])
def test_what_is_wrong_in_a_mapping_is_named_where_it_stands(pack, wrong):
    line = edit(pack, "desk.yml", "within: {workdays: 3}", f"within: {{{wrong}}}")
    with pytest.raises(PackError) as caught:
        desk.load(load("xiangshan", pack.parent))
    field = f"back_office[0].within.{wrong.partition(':')[0]}"
    assert {(one.line, one.field) for one in caught.value.problems} == {(line, field)}


def test_neither_has_the_part(lent):
    with pytest.raises(PackError, match=r"1 problem .*\nnone\.yml:1: .* is missing"):
        read_part(lent, "none.yml", RoutingSchema)


@pytest.mark.parametrize(
    ("base", "wrong"),
    [
        ("beiguan", "'beiguan' is this pack itself"),
        ("nowhere", "there is no pack 'nowhere'"),
        ("huainan", "'huainan' has a base of its own, 'xiangshan'"),
    ],
)
def test_a_base_that_cannot_be_one_is_the_only_complaint(lent, base, wrong):
    shutil.copytree(DISTRICTS / "huainan", lent.parent / "huainan")
    line = edit(lent, "district.yml", "base: xiangshan", f"base: {base}")
    for read in (load_it, read_a_part):
        with pytest.raises(PackError) as caught:
            read(lent)
        (found,) = caught.value.problems
        assert (found.file, found.line, found.field) == ("district.yml", line, "base")
        assert (found.wrong, found.expected) == (wrong, "expected one of xiangshan")


def test_two_packs_cannot_be_each_others_base(lent, pack):
    edit(pack, "district.yml", "code:", "base: beiguan\ncode:")
    for one, other in ((lent, "xiangshan"), (pack, "beiguan")):
        found = only(one)
        assert found.wrong == f"{other!r} has a base of its own, {one.name!r}"
        assert found.expected == "expected one of (no other packs there)"


def test_a_base_is_named_not_located(lent, pack):
    edit(lent, "district.yml", "base: xiangshan", f"base: ../{lent.parent.name}/xiangshan")
    assert "a pack's name" in only(lent).expected


def load_it(pack: Path):
    return load(pack.name, pack.parent)


def read_a_part(pack: Path):
    return read_part(pack, "routing.yml", RoutingSchema)


class RouteSchema(Schema):
    """An entry of a file some service adds."""

    code = fields.String(required=True)
    to = fields.String(required=True, validate=validate.OneOf(["ga", "mz"]))
    weight = fields.Integer(strict=True, validate=validate.Range(min=1, max=9))


class RoutingSchema(Schema):
    """That file."""

    routes = fields.List(fields.Nested(RouteSchema), required=True)


ROUTING = """# how a service adds a file of its own
routes:
  - code: r1
    to: ga
    weight: 3
"""


def test_a_service_reads_a_part_of_its_own(tmp_path):
    (tmp_path / "routing.yml").write_text(ROUTING, encoding="utf-8")
    loaded = read_part(tmp_path, "routing.yml", RoutingSchema)
    assert loaded == {"routes": [{"code": "r1", "to": "ga", "weight": 3}]}


def test_a_part_reports_in_the_same_words_and_runs_the_services_checks(tmp_path):
    text = ROUTING.replace("to: ga", "to: zz").replace("3", "30") + "    extra: 1\n"
    (tmp_path / "routing.yml").write_text(text, encoding="utf-8")

    def no_r1(document):
        for path, route in document.entries("routes"):
            if route["code"] == "r1":
                yield document.problem((*path, "code"), "'r1' is retired", "a route in use")

    with pytest.raises(PackError) as caught:
        read_part(tmp_path, "routing.yml", RoutingSchema, checks=[no_r1])
    assert str(caught.value) == (
        "4 problems in the district pack:\n"
        "routing.yml:3: routes[0].code: 'r1' is retired; expected a route in use\n"
        "routing.yml:4: routes[0].to: 'zz'; expected one of ga, mz\n"
        "routing.yml:5: routes[0].weight: 30: Must be greater than or equal to 1 and less than or"
        " equal to 9; expected a whole number from 1 to 9\n"
        "routing.yml:6: routes[0].extra: is not a known field; expected one of code, to, weight"
    )


@pytest.mark.parametrize(
    ("text", "field", "wrong"),
    [
        ("", "(whole file)", "is empty"),
        ("routes: 5\n", "routes", "5"),
        ("routes:\n  - 7\n", "routes[0]", "7"),
        ("- a\n", "(whole file)", "['a']"),
    ],
)
def test_a_part_of_quite_the_wrong_shape(tmp_path, text, field, wrong):
    (tmp_path / "routing.yml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        read_part(tmp_path, "routing.yml", RoutingSchema)
    (found,) = caught.value.problems
    assert (found.field, found.wrong) == (field, wrong)
    assert found.expected != "expected "


ONE_OF = "one of visit, patrol, hazard, snapshot"
ONLY = "checklists under visit or patrol only"


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("code: patrol", "code: round", "kinds[1].code", ONE_OF),
        ("code: patrol", "code: hazard", "kinds", "each once"),
        ("name: 走访\n", "name: 走访\n    open: true\n", "kinds[0].open", "open: false"),
        ("care: true", "care: false", "kinds[0].care", "care: true"),
        (
            "Patrol, check",
            "Patrol, photo: true, categories: true, check",
            "kinds[1].categories",
            "categories: false",
        ),
        ("followed: true, cat", "checklists: [charging], cat", "kinds[2].checklists", ONLY),
    ],
)
def test_the_kinds_of_reports_are_those_the_phones_form_is_made_for(
    pack, old, new, field, expected
):
    edit(pack, work.FILE, old, new)
    with pytest.raises(PackError) as caught:
        work.load(load("xiangshan", pack.parent))
    found = next(one for one in caught.value.problems if one.field == field)
    assert found.line > 1
    assert expected in found.expected


def test_the_kinds_of_reports_are_called_as_the_district_calls_them(pack):
    edit(pack, work.FILE, "name: 走访", "name: 入户")
    kind = work.load(load("xiangshan", pack.parent)).kind("visit")
    assert kind is not None
    assert kind.name == "入户"
