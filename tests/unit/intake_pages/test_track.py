"""The resident's page: number and phone or a signed link; one tap to rate, one to say no."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from services.intake import facts
from services.intake.models import tries
from services.intake.staff.tries import (
    LIMITS,
    LONGEST,
    MOST_TRIES,
    TRACK_FROM,
    TRIES_WITHIN,
    Tries,
    forget_old,
)
from shared import clock
from shared.case_number import make
from shared.clock import now
from shared.contracts import notify
from shared.track_link import track_token
from tests.unit.intake.ground import event_of, stored
from tests.unit.intake_pages.browser import PHONE, told


@pytest.fixture
def number(desk):
    return desk.accept()


@pytest.fixture
def link(runtime, number):
    return f"/track/{track_token(number, runtime.settings.secret_key)}"


@pytest.mark.parametrize("phone", ["0000", PHONE, "138 0561 0000"])
def test_number_and_phone_lead_to_the_matter(anyone, number, link, phone):
    answer = anyone.send("/track", number=number.lower().replace("-", " "), phone=phone)
    assert answer.status_code == 303
    assert answer.location == link


def test_a_mistyped_number_is_explained(anyone, number):
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    assert "校验码不符" in told(anyone.send("/track", number=wrong, phone="0000"))


def test_a_wrong_phone_and_an_unknown_number_are_told_alike(anyone, number):
    wrong = told(anyone.send("/track", number=number, phone="1111"))
    nobody = make("XS", date(2026, 11, 22), 9999)
    unknown = told(anyone.send("/track", number=nobody, phone="1111"))
    assert "对不上" in wrong
    assert wrong == unknown


def test_four_digits_cannot_be_tried_out(anyone, number):
    for guess in range(MOST_TRIES):
        anyone.send("/track", number=number, phone=f"{guess + 1:04}")
    answer = anyone.send("/track", number=number, phone="0000")
    assert answer.status_code == 422
    assert "试的次数太多了" in told(answer)


def test_a_resting_number_opens_for_who_knows_the_whole_phone(anyone, number, link):
    for guess in range(MOST_TRIES):
        anyone.send("/track", number=number, phone=f"{guess + 1:04}")
    wrong = anyone.send("/track", number=number, phone="13805619999")
    assert "试的次数太多了" in told(wrong)
    assert anyone.send("/track", number=number, phone=PHONE).location == link
    assert "试的次数太多了" in told(anyone.send("/track", number=number, phone="0000"))


def test_numbers_cannot_be_sprayed_from_one_address(app, anyone, number, link):
    most, within = LIMITS[TRACK_FROM]
    with clock.set_for_tests(now()) as stopped:
        for serial in range(most):
            sprayed = make("XS", date(2026, 11, 22), 1000 + serial)
            assert "对不上" in told(anyone.send("/track", number=sprayed, phone="0000"))
        for phone in ("0000", PHONE):
            answer = anyone.send("/track", number=number, phone=phone)
            assert answer.status_code == 422
            assert "试的次数太多了" in told(answer)
        hidden = {"number": number, "phone": "0000"}
        token = re.search(r'name="csrf_token" value="([^"]+)"', anyone.page("/track").text)[1]
        there = {"REMOTE_ADDR": "203.0.113.9"}
        form = hidden | {"csrf_token": token}
        headers = {"Accept": "text/html"}
        other = anyone.client.post("/track", data=form, headers=headers, environ_base=there)
        assert other.location == link
        stopped.advance(within + timedelta(seconds=1))
        assert anyone.send("/track", number=number, phone="0000").location == link


def test_right_ones_are_not_counted_at_an_address(anyone, number, link):
    for _ in range(LIMITS[TRACK_FROM][0] + 1):
        assert anyone.send("/track", number=number, phone="0000").location == link


def test_a_number_rests_only_for_a_while_at_every_replica(runtime):
    here, there = (Tries(runtime.database, "a secret", "phone") for _ in range(2))
    with clock.set_for_tests(now()) as stopped:
        for _ in range(MOST_TRIES // 2):
            assert not here.begin("a").rest
            assert not there.begin("a").rest
        assert here.begin("a").rest == there.begin("a").rest == TRIES_WITHIN
        assert not here.begin("b").rest
        stopped.advance(TRIES_WITHIN + timedelta(seconds=1))
        assert not here.begin("a").rest


def test_nothing_that_was_typed_is_kept_and_old_guesses_are_forgotten(runtime):
    guesses = Tries(runtime.database, "a secret", "phone")
    with clock.set_for_tests(now()) as stopped:
        guesses.begin("13805610000")
        with runtime.database.read() as connection:
            (kept,) = connection.execute(sa.select(tries)).all()
        assert "13805610000" not in str(kept)
        stopped.advance(LONGEST)
        runtime.database.run(forget_old)
        with runtime.database.read() as connection:
            assert connection.execute(sa.select(tries)).all() == []


def test_a_right_guess_does_not_count(runtime):
    guesses = Tries(runtime.database, "a secret", "phone")
    for _ in range(MOST_TRIES + 1):
        guess = guesses.begin("a")
        assert not guess.rest
        guesses.right(guess)


def test_a_forged_link_opens_nothing(anyone, link):
    assert anyone.page(link[:-2] + "xx").status_code == 404
    assert anyone.page("/track/XS-261122-0001-07").status_code == 404


def test_it_says_who_holds_it_and_when_it_is_due(desk, anyone, number, link):
    page = anyone.page(link).text
    assert "社区的周敏正在办" in page
    assert "前办好" in page
    assert PHONE not in page
    desk.step(number, "transfer", department="ga", reason="超出社区职责")
    assert "正在确认由哪个部门办" in anyone.page(link).text


def test_it_says_what_is_missing_and_promises_no_unconfirmed_limit(runtime, desk, anyone):
    case = desk.apply("G-01", "申请审批表", "本人身份证")
    link = f"/track/{track_token(case, runtime.settings.secret_key)}"
    assert "由区里确认后公布" in anyone.page(link).text
    desk.step(case, "notice")
    page = anyone.page(link).text
    assert "等您把材料补齐" in page
    assert "<li>户口簿</li>" in page


def test_one_tap_rates_and_only_once(desk, anyone, number, link):
    assert 'name="grade"' not in anyone.page(link).text
    desk.step(number, "resolve", result="已约谈店主")
    answer = anyone.send(link, f"{link}/rate", grade="5", comment="")
    assert answer.status_code == 303
    page = anyone.page(link).text
    assert "您的评价" in page
    assert 'name="grade"' not in page
    again = anyone.send("/track", f"{link}/rate", grade="1")
    assert again.status_code == 422
    assert "评价过" in told(again)


def test_what_the_days_end_closed_can_still_be_rated(desk, anyone, number, link):
    """0-25: closed the same day, often before anybody read the message."""
    desk.step(number, "resolve", result="已约谈店主")
    desk.step(number, "close")
    page = anyone.page(link).text
    assert 'name="grade"' in page
    assert "已经办完归档" in page
    assert anyone.send(link, f"{link}/rate", grade="4").status_code == 303
    page = anyone.page(link).text
    assert "您的评价" in page
    assert 'name="grade"' not in page


def test_one_tap_says_not_solved(desk, anyone, number, link):
    desk.step(number, "resolve", result="已约谈店主")
    assert anyone.send(link, f"{link}/reopen", reason="").status_code == 303
    page = anyone.page(link).text
    assert "社区的周敏正在办" in page
    assert "反映没有解决，重新办理" in page
    early = anyone.send("/track", f"{link}/reopen", reason="")
    assert early.status_code == 422


def test_a_result_that_was_found_again_can_be_rated_again(desk, anyone, number, link):
    desk.step(number, "resolve", result="已约谈店主")
    anyone.send(link, f"{link}/rate", grade="1")
    anyone.send(link, f"{link}/reopen")
    desk.step(number, "resolve", result="音响已拆除")
    assert 'name="grade"' in anyone.page(link).text


def test_what_is_the_officers_own_affair_stays_with_them(runtime, desk, anyone, number, link):
    failed = event_of(notify.failed, 1, now(), case_number=number, reason="空号")
    runtime.database.run(lambda tx: facts.message_failed(tx, failed))
    assert "空号" in desk.page(f"/desk/{number}").text
    assert "空号" not in anyone.page(link).text


@pytest.fixture
def resolved(desk, number, link):
    desk.step(number, "resolve", result="已约谈店主")
    return number, link


@pytest.mark.parametrize(("step", "field"), [("rate", "comment"), ("reopen", "reason")])
def test_words_that_cannot_be_kept_do_not_set_out(resolved, runtime, anyone, step, field):
    number, link = resolved
    answer = anyone.send(link, f"{link}/{step}", **{"grade": "5"} | {field: "没\0解决"})
    assert answer.status_code == 422
    assert stored(runtime, number).state == "resolved"
    assert "含有不能保存的字符" in answer.text
