"""The statistical part alone: counts in, checkable words out."""

import pytest

from services.routing.suggesting.examples import Example, Index
from services.routing.suggesting.model import Counts, Model
from services.routing.suggesting.phrases import pieces

SAID = [
    ("楼顶漏水没人修", "zj"),
    ("物业不修漏水", "zj"),
    ("路边摆摊太脏", "cg"),
    ("摆摊的占了路", "cg"),
]
CODES = ("zj", "cg", "ga")


def counted(matters) -> Counts:
    return Counts.of((pieces(text), department) for text, department in matters)


def first(model: Model, text: str) -> str:
    weighed = model.weigh(pieces(text))
    return max(weighed, key=lambda code: (weighed[code], code))


def test_it_learns_what_was_said():
    model = Model(CODES, counted(SAID))
    assert first(model, "我家漏水了") == "zj"
    assert first(model, "又来摆摊") == "cg"


def test_more_of_the_same_weighs_more():
    text = pieces("漏水")
    once = Model(CODES, counted(SAID))
    twice = Model(CODES, counted(SAID).plus(counted([("漏水", "zj")] * 20)))

    def lead(model):
        weighed = model.weigh(text)
        return weighed["zj"] - weighed["cg"]

    assert lead(twice) > lead(once)


def test_adding_up_changes_neither():
    mine, theirs = counted(SAID), counted([("漏水", "cg")])
    both = mine.plus(theirs)
    assert both.said["漏水"] == {"zj": 2, "cg": 1}
    assert mine.said["漏水"] == {"zj": 2}
    assert theirs.said["漏水"] == {"cg": 1}


@pytest.mark.parametrize("text", ["", "hello", "138 0013 8000", "龘靐齉"])
def test_nothing_known_weighs_nothing(text):
    assert Model(CODES, counted(SAID)).weigh(pieces(text)) == {}


def test_a_tie_is_a_tie():
    model = Model(("zj", "cg"), counted([("有水", "zj"), ("有水", "cg")]))
    weighed = model.weigh(pieces("有水"))
    assert weighed["zj"] == weighed["cg"]
    assert model.telling(pieces("有水"), "zj", 2) == []


def test_without_any_example_it_is_silent():
    model = Model(CODES, Counts())
    assert model.weigh(pieces("漏水")) == {}
    assert model.telling(pieces("漏水"), "zj", 2) == []


def test_a_department_that_left_the_pack_is_not_weighed():
    model = Model(("zj",), counted(SAID))
    assert set(model.weigh(pieces("摆摊漏水"))) == {"zj"}
    assert model.telling(pieces("摆摊"), "cg", 2) == []


def test_the_telling_words_are_the_departments_own():
    model = Model(CODES, counted(SAID))
    assert model.telling(pieces("漏水和摆摊"), "zj", 2) == ["漏水"]
    assert model.telling(pieces("漏水和摆摊"), "ga", 2) == []


def test_only_chinese_characters_are_pieces():
    assert pieces("电话13800138000，皖F12345，ab") == pieces("电话 皖")


def test_the_nearest_example_is_found_for_each_department():
    index = Index([Example(*one) for one in SAID])
    near = index.nearest(pieces("楼顶漏水"))
    assert near["zj"].example.say == "楼顶漏水没人修"
    assert 0 < near["zj"].alike <= 1
    assert "ga" not in near
    assert index.nearest(pieces("hello")) == {}
    assert index.nearest(pieces("楼顶漏水没人修"))["zj"].alike == pytest.approx(1)


def test_an_index_of_nothing_finds_nothing():
    assert Index([]).nearest(pieces("漏水")) == {}
