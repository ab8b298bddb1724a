"""Suggestions: mostly the right department first, with reasons a person can check."""

import shutil
from pathlib import Path

import pytest
import yaml

from services.routing import pack
from services.routing.suggest import Suggester
from shared.district import PackError, load
from tests.unit.routing.ground import DISTRICT

UTTERANCES = yaml.safe_load(Path(__file__).with_name("utterances.yml").read_text(encoding="utf-8"))[
    "utterances"
]
SUGGESTER = Suggester(DISTRICT)

# Measured: 77 of 85 first, 80 among the first three. Unseen, before any word was added for them,
# the first batch of 65 had 52 right (80 %) and the second of 20 had 13 (65 %).
FIRST_FLOOR = 74
AMONG_THREE_FLOOR = 78


def test_the_right_department_is_mostly_the_first():
    ranked = [[one.department for one in SUGGESTER.suggest(said["text"])] for said in UTTERANCES]
    wanted = [said["department"] for said in UTTERANCES]
    first = sum(codes[:1] == [code] for codes, code in zip(ranked, wanted, strict=True))
    among_three = sum(code in codes[:3] for codes, code in zip(ranked, wanted, strict=True))
    assert first >= FIRST_FLOOR, f"{first} of {len(wanted)}"
    assert among_three >= AMONG_THREE_FLOOR, f"{among_three} of {len(wanted)}"


@pytest.mark.parametrize("matter", DISTRICT.out_of_scope.values(), ids=lambda matter: matter.code)
def test_every_matter_of_the_list_finds_its_own_department(matter):
    ranked = SUGGESTER.suggest(matter.name)
    best = [one.department for one in ranked if one.score == ranked[0].score]
    assert matter.department in best


def test_the_item_weighs_most():
    [first, *_] = SUGGESTER.suggest("楼下有人摆摊", item="G-27")
    assert first.department == "ga"
    assert first.reasons[0].startswith("事项“居民身份证")


def test_scores_lie_between_0_and_1_and_are_ranked():
    everything = "。".join(said["text"] for said in UTTERANCES)
    found = SUGGESTER.suggest(everything)
    assert len(found) == 5
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert all(one.reasons for one in found)


def test_nothing_said_suggests_nothing():
    assert SUGGESTER.suggest("") == []
    assert SUGGESTER.suggest("hello") == []


def test_a_longer_word_speaks_for_the_shorter_one_inside_it():
    """养老院 is civil affairs' business; 养老 inside it must not be heard a second time."""
    [first, *_] = SUGGESTER.suggest("养老院")
    assert first.department == "mz"
    assert not any("“养老”" in reason for reason in first.reasons)


@pytest.fixture
def own_pack(tmp_path):
    """A copy of the district whose routing.yml can be changed."""
    shutil.copytree(DISTRICT.path, tmp_path / "xiangshan")

    def with_text(old: str, new: str):
        file = tmp_path / "xiangshan" / pack.FILE
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load("xiangshan", tmp_path)

    return with_text


def test_a_community_may_have_a_rule_of_its_own(own_pack):
    rule = (
        "places:\n  - {department: st, words: [], communities: ['340603002001'],"
        " because: 辖区内有建材厂}\n"
    )
    suggester = Suggester(own_pack("places:\n", rule))
    [first] = suggester.suggest("有点事", community="340603002001")
    assert (first.department, first.reasons) == ("st", ("辖区内有建材厂",))
    assert suggester.suggest("有点事", community="340603009001") == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("department: ga", "department: xx", "'xx' is no department"),
        ("item: 0.92", "item: 9", "weights.item: 9"),
        ("least: 0.15", "lest: 0.15", "least: is missing"),
        ("communities: []", "communities: ['1']", "'1' is no community"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(own_pack, old, new, said):
    with pytest.raises(PackError) as caught:
        Suggester(own_pack(old, new))
    assert said in str(caught.value)
    assert "routing.yml:" in str(caught.value)
