"""The main job: one matter from the desk to the department and back, rated and closed."""

import re
import secrets
from urllib.parse import urlsplit

import pytest

from tests.e2e.steps import NOISE, REMEDY, case_in, dispatched, order_in, order_with, told
from tests.support.waiting import wait_until
from tools.client import Refused

CHINESE = re.compile("[\u4e00-\u9fff]")
STEPS = ("accepted", "transfer", "order.dispatched", "order.signed", "order.contacted")
STEPS += ("order.progressed", "order.completed", "answered", "rate", "close")
MESSAGES = {"receipt", "transferred", "new_order", "signed", "contacted", "resolved", "closed"}


def test_one_matter_from_desk_to_department_and_back(baitong, desk, police):
    case = desk.accept(**NOISE)
    number = case["number"]
    assert case["state"] == "accepted"
    assert case["owner"]["username"] == "desk"
    assert case["due_at"]

    desk.act(number, "transfer", department="ga", reason="超出社区职责")
    order = order_with(police, number)
    assert order["case_number"] == number
    assert (order["department"], order["state"], order["role"]) == ("ga", "dispatched", "lead")
    assert order["contact_by"] < order["due_by"]
    assert order["lamp"]["level"] == "green"
    assert order["lamp"]["words"] == "正常"

    police.answer(order["number"], "signed")
    police.answer(order["number"], "contacted", note="已电话联系居民")
    police.answer(order["number"], "progressed", note="民警已到现场查看")
    police.answer(order["number"], "completed", result=REMEDY)

    resolved = case_in(desk, number, "resolved")
    assert resolved["result"] == REMEDY
    assert resolved["owner"]["username"] == "desk"  # the first responder stays (N, B14)

    page = baitong.anyone().page(f"{urlsplit(case['track_url']).path}")
    assert page.status_code == 200
    assert number in page.text
    assert REMEDY in page.text

    assert desk.act(number, "rate", grade=5, comment="很快")["rating"]["grade"] == 5
    assert desk.act(number, "close")["state"] == "closed"
    order_in(police, order["number"], "closed")

    actions = told(desk, number, *STEPS, "order.closed")
    in_order = [action for action in actions if action in STEPS]
    assert in_order == list(STEPS)
    _messages_in_chinese(desk, police, number)


def _messages_in_chinese(desk, police, number):
    def templates():
        said = desk.messages(number) + police.messages(number)
        return said if {message["template"] for message in said} >= MESSAGES else None

    for message in wait_until(templates, what=f"a message of each step of {number}"):
        assert message["language"] == "zh"
        assert CHINESE.search(message["subject"])
        assert CHINESE.search(message["body"])


def test_a_mistyped_number_is_refused_with_words(desk):
    number = desk.accept(**NOISE)["number"]
    wrong = [_with_digit(number, place) for place, char in enumerate(number) if char.isdigit()]
    wrong += [swapped for place in range(len(number)) if (swapped := _swapped(number, place))]
    assert len(wrong) > 12
    for typed in wrong:
        with pytest.raises(Refused) as refused:
            desk.case(typed)
        assert refused.value.status == 422, typed
        assert refused.value.fields == {"number"}


def test_the_number_is_found_as_people_type_it(desk):
    number = desk.accept(**NOISE)["number"]
    assert desk.case(number.replace("-", "").lower())["number"] == number
    assert desk.case(number.replace("-", " "))["number"] == number


def test_the_same_acceptance_sent_twice_is_one_case(desk):
    key = secrets.token_hex(8)
    first, again = (desk.accept(**NOISE, key=key) for _ in range(2))
    assert again["number"] == first["number"]


def test_dissatisfied_reopened_and_completed_a_second_time(desk, police):
    case, order = dispatched(desk, police)
    number = case["number"]
    police.answer(order["number"], "completed", result="已口头提醒店主。")
    case_in(desk, number, "resolved")

    rated = desk.act(number, "rate", grade=2, comment="晚上还是吵")
    assert rated["rating"]["satisfied"] is False
    order_in(police, order["number"], "signed")  # nobody has to ask for it (A52)
    case_in(desk, number, "transferred")

    police.answer(order["number"], "completed", result=REMEDY)
    again = case_in(desk, number, "resolved")
    assert again["result"] == REMEDY
    assert desk.act(number, "rate", grade=4)["rating"]["grade"] == 4
    actions = told(desk, number, "order.reopened", "rate")
    assert actions.count("order.completed") == 2
    assert actions.count("rate") == 2


def test_what_came_back_before_it_was_rated_is_reopened_at_the_desk(desk, police):
    case, order = dispatched(desk, police)
    number = case["number"]
    police.answer(order["number"], "completed", result="已口头提醒店主。")
    case_in(desk, number, "resolved")
    desk.act(number, "reopen", reason="噪声又出现了")
    order_in(police, order["number"], "signed")
    case_in(desk, number, "transferred")
    police.answer(order["number"], "completed", result=REMEDY)
    assert case_in(desk, number, "resolved")["result"] == REMEDY
    told(desk, number, "reopen", "order.reopened")


def _with_digit(number, place):
    changed = str((int(number[place]) + 1) % 10)
    return number[:place] + changed + number[place + 1 :]


def _swapped(number, place):
    """The number with two neighbouring digits exchanged; empty where that is the same."""
    pair = number[place : place + 2]
    if not pair.isdigit() or len(pair) < 2 or pair[0] == pair[1]:
        return ""
    return number[:place] + pair[::-1] + number[place + 2 :]
