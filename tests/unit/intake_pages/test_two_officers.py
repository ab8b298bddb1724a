"""Two officers at one matter: nobody overwrites the other silently."""

import pytest

from tests.unit.intake.ground import stored
from tests.unit.intake_pages.browser import HIDDEN, Browser


@pytest.fixture
def colleague(app, runtime):
    return Browser(app, runtime, "backoffice")


def opened(browser, path):
    """A form as it was when it was opened."""
    return dict(HIDDEN.findall(browser.page(path).text))


def test_who_was_slower_is_told_who_did_what_and_keeps_what_they_typed(desk, colleague, runtime):
    number = desk.accept()
    path = f"/desk/{number}/transfer"
    slow = opened(desk, path)
    colleague.step(number, "back-office", note="先问问物业")
    mine = {"department": "", "reason": "超出社区职责"}
    answer = desk.client.post(path, data=slow | mine)
    assert answer.status_code == 409
    for words in ("这件事有了变化", "李国强", "先问问物业", "超出社区职责"):
        assert words in answer.text
    assert stored(runtime, number).state == "in_back_office"


def test_asked_they_may_do_it_all_the_same(desk, colleague, runtime):
    number = desk.accept()
    path = f"/desk/{number}/transfer"
    slow = opened(desk, path)
    colleague.step(number, "back-office", note="")
    told = desk.client.post(path, data=slow | {"department": "", "reason": "超出社区职责"})
    again = dict(HIDDEN.findall(told.text)) | {"department": "", "reason": "超出社区职责"}
    assert desk.client.post(path, data=again).status_code == 303
    assert stored(runtime, number).state == "transferred"


def test_a_change_while_one_corrects_a_mistake_is_told_too(desk, colleague, runtime):
    number = desk.accept()
    path = f"/desk/{number}/resolve"
    wrong = desk.client.post(path, data=opened(desk, path) | {"result": ""})
    assert wrong.status_code == 422
    colleague.step(number, "back-office", note="")
    corrected = dict(HIDDEN.findall(wrong.text)) | {"result": "已约谈店主"}
    assert desk.client.post(path, data=corrected).status_code == 409
    assert stored(runtime, number).result == ""


def test_a_step_that_is_no_longer_possible_still_shows_what_was_typed(desk, colleague):
    number = desk.accept()
    path = f"/desk/{number}/back-office"
    slow = opened(desk, path)
    colleague.step(number, "resolve", result="已约谈店主")
    answer = desk.client.post(path, data=slow | {"note": "请明天上门看看"})
    assert answer.status_code == 409
    assert "请明天上门看看" in answer.text
    assert "不能办了" in answer.text


def test_alone_nobody_is_asked_anything(desk):
    number = desk.accept()
    assert desk.step(number, "resolve", result="已约谈店主").status_code == 303
