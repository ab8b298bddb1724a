"""partners.yml: the real one, and what is wrong with a changed one."""

import shutil

import pytest

from services.partners import pack as partners_pack
from services.partners.partner import KINDS
from shared.district import DISTRICTS, PackError, load

NAMED = {
    "国网淮北供电公司",
    "淮北燃气公司",
    "淮北市公路管理服务中心",
    "相山区生态环境分局",
    "淮北市盐业公司",
    "濉溪县王圩村欣田供销合作社",
}


def test_the_six_named_partners_are_real_and_the_others_demo(pack):
    real = [p for p in pack.partners if p.origin == "pack"]
    assert {p.name for p in real} == NAMED
    assert all("0-45" in p.sources for p in real)
    assert not any(line.confirmed for p in real for line in p.offerings)
    demo = [p for p in pack.partners if p.origin == "demo"]
    assert all(p.code.startswith("demo-") for p in demo)
    assert {p.kind for p in demo} == set(KINDS)


def test_no_points_are_promised_that_the_district_has_not_confirmed(pack):
    assert not any(category.confirmed for category in pack.categories.values())
    assert not any(reward.confirmed for reward in pack.rewards)


def test_a_street_stands_for_its_communities(pack, district):
    books = next(p for p in pack.partners if p.code == "demo-shiguang-books")
    assert {district.communities[c].street for c in books.communities} == {"南黎街道"}
    assert len(books.communities) > 5


def test_an_unknown_category_counts_as_other(pack):
    assert pack.category("repair").name == "便民维修"
    assert pack.category("gold").code == "other"


@pytest.mark.parametrize(
    ("old", "new", "field", "wrong"),
    [
        ("- {category: safety, name: 居家用气", "- {category: gold, name: 居家用气",
         "partners[1].services[0].category", "unknown category 'gold'"),
        ('communities: ["340603002", "340603009"]', 'communities: ["340603999"]',
         "partners[7].communities[0]", "unknown community '340603999'"),
        ("partner: demo-banlao, terms", "partner: nobody, terms",
         "rewards[4].partner", "unknown partner 'nobody'"),
        ("{code: aircon, demo: true,", "{code: aircon,", "rewards[0].demo", "is a demo partner"),
        ("code: gas-huaibei", "code: sgcc-huaibei", "partners[1].code", "stands twice"),
        ("{code: other,", "{code: others,", "categories", "has no category other"),
        ("code: demo-nuanxin\n", "code: demo-nuanxin-2\n", "partners", "staff.yml: partner is of"),
        ("price: 60,", "price: 0,", "rewards[0].price", "0"),
        ("kind: volunteer", "kind: king", "partners[17].kind", "'king'"),
        ("name_en: Care and company, points: 30", "name_en: Care and company, points: many",
         "categories[1].points", "'many'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path, old, new, field, wrong):
    shutil.copytree(DISTRICTS / "xiangshan", tmp_path / "xiangshan")
    file = tmp_path / "xiangshan" / "partners.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError) as refused:
        partners_pack.read(load("xiangshan", tmp_path))
    found = {p.field: p for p in refused.value.problems}
    assert field in found, refused.value
    assert wrong in found[field].wrong
    assert found[field].line > 1
