"""Urgent and special matters are recognised by the pack's words (1-23)."""

import pytest

from services.routing.suggesting.signs import Sign, find_urgency
from services.routing.suggesting.suggest import suggester_for
from tests.unit.routing.ground import DISTRICT

SUGGESTER = suggester_for(DISTRICT)


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("厨房里煤气泄漏了，快来人", "urgent", "煤气泄漏"),
        ("三楼着火了，烟好大", "urgent", "着火"),
        ("邻居说想轻生，站在楼顶", "urgent", "轻生"),
        ("电梯里老人被困半小时了", "urgent", "老人被困"),
        ("我妈残疾，出不了门，想办个证", "special", "残疾"),
        ("俺爹八十六了，一个人住", "special", "八十六"),
        ("我是军属，优待金没到", "special", "军属"),
        ("残疾老人家里煤气泄漏", "urgent", "煤气泄漏"),
    ],
)
def test_it_is_recognised_with_the_word_that_was_said(text, code, word):
    found = SUGGESTER.urgency(text)
    assert (found.code, f"“{word}”" in found.reason) == (code, True)


@pytest.mark.parametrize(
    "text", ["", "路灯不亮", "万一着火跑都跑不掉", "想听防火灾的讲座", "hello {word}"]
)
def test_what_is_not_so_is_not_said(text):
    assert SUGGESTER.urgency(text) is None


def test_what_takes_it_back_does_so_in_its_own_clause_only():
    sign = Sign("urgent", ("着火",), "提到“{word}”", ("万一",))
    assert find_urgency("万一着火怎么办", [sign]) is None
    assert find_urgency("万一来不及，现在着火了", [sign]).reason == "提到“着火”"


def test_the_answer_names_the_urgency_as_people_call_it():
    answer = SUGGESTER.answer("楼上着火了", None, None)
    assert answer["urgency"]["name"] == "紧急"
    assert "119" in answer["urgency"]["reason"]
