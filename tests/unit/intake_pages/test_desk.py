"""The desk: the list, the matter beside it, its steps, and whose eyes it is for."""

from datetime import date, timedelta

import pytest

from services.intake.case import STATES
from services.intake.desk.pages_offers import OFFERS
from services.intake.desk.pages_steps import BY_ACTION, STEPS
from services.intake.models import cases
from shared.case_number import make
from shared.clock import now
from shared.web.auth import COOKIE, User, issue_token
from tests.unit.intake_pages.browser import Browser, told

NEEDED = ("申请审批表", "本人身份证", "户口簿", "本人银行卡或社保卡")


def make_late(runtime, number):
    late = cases.update().where(cases.c.number == number)
    runtime.database.run(lambda tx: tx.update(late.values(due_at=now() - timedelta(days=2))))


def test_an_empty_desk_says_what_will_come_and_what_to_do_first(desk):
    page = desk.page("/desk").text
    assert "眼下没有在办的事" in page
    assert 'href="/desk/new"' in page


def test_the_list_masks_people(desk):
    number = desk.accept()
    page = desk.page("/desk").text
    assert number in page
    assert "王**" in page
    assert "王建国" not in page


@pytest.mark.parametrize("text", ["王建国", "13805610000", "烧烤店", "xs"])
def test_the_search_finds_by_name_phone_words_and_number(desk, text):
    number = desk.accept()
    desk.accept(name="李秀英", title="路灯不亮", **{"applicant.phone": "13905611111"})
    asked = number.lower().replace("-", "") if text == "xs" else text
    page = desk.page(f"/desk?q={asked}").text
    assert number in page
    assert "路灯不亮" not in page


def test_what_is_late_stands_on_top_and_can_be_asked_for(runtime, desk):
    desk.accept(title="先来的")
    late = desk.accept(title="晚了的")
    make_late(runtime, late)
    listed = desk.page("/desk").text
    assert listed.index("晚了的") < listed.index("先来的")
    assert "已超期 2 天" in listed
    only = desk.page("/desk?due=late").text
    assert "晚了的" in only
    assert "先来的" not in only


def test_the_filters_come_along_to_the_matter_and_back(desk):
    number = desk.accept()
    page = desk.page("/desk?state=accepted&mine=1").text
    assert f"/desk/{number}?state=accepted&amp;mine=1" in page
    chosen = desk.page(f"/desk/{number}?state=accepted&mine=1").text
    assert 'href="/desk?state=accepted&amp;mine=1"' in chosen
    done = desk.send(
        f"/desk/{number}/resolve?state=accepted&mine=1",
        f"/desk/{number}/resolve?state=accepted&mine=1",
        result="已处理",
    )
    assert done.location.endswith(f"/desk/{number}?state=accepted&mine=1")


@pytest.mark.parametrize("state", [*STATES, "all", "open", "nonsense"])
def test_every_state_can_be_listed(desk, state):
    assert desk.page(f"/desk?state={state}").status_code == 200


def test_the_rows_alone_are_a_fragment(desk):
    number = desk.accept()
    fragment = desk.page(f"/desk/rows?chosen={number}").text
    assert number in fragment
    assert 'aria-current="true"' in fragment
    assert "<html" not in fragment


def test_another_community_sees_nothing_of_it(desk, elsewhere):
    number = desk.accept()
    assert number not in elsewhere.page("/desk?state=all").text
    for path in ("", "/receipt", "/resolve", "/notice"):
        assert elsewhere.page(f"/desk/{number}{path}").status_code == 403


@pytest.mark.parametrize("path", ["/desk", "/desk/new", "/my", "/desk/XS-261122-0001-07"])
def test_nobody_works_at_the_desk_unsigned(anyone, path):
    answer = anyone.page(path)
    assert answer.status_code == 303
    assert answer.location == f"/sign-in?next={path}"


def test_i_see_what_i_answer_for_wherever_it_went(desk):
    number = desk.accept()
    desk.step(number, "transfer", department="ga", reason="超出社区职责")
    assert number in desk.page("/my").text
    desk.step(number, "resolve", result="已处理")
    desk.step(number, "close")
    assert number not in desk.page("/my").text


def test_every_step_has_its_own_key_form_and_offer():
    keys = [step.key for step in STEPS]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set("jkn/mpqsh?flv")
    assert set(OFFERS) == set(BY_ACTION)


def test_the_notice_lists_everything_missing_and_is_given_once(desk):
    number = desk.apply("G-01", "申请审批表", "本人身份证")
    form = desk.page(f"/desk/{number}/notice").text
    assert "户口簿" in form
    assert "由区里确认后公布" in form
    given = desk.step(number, "notice", missing=["近期照片"], more="赡养情况说明\n")
    assert given.location.endswith(f"/desk/{number}/notice")
    paper = desk.page(f"/desk/{number}/notice").text
    for name in ("户口簿", "本人银行卡或社保卡", "近期照片", "赡养情况说明"):
        assert f"<li>{name}</li>" in paper
    assert "<li>本人身份证</li>" not in paper
    again = desk.send(f"/desk/{number}", f"/desk/{number}/notice")
    assert again.status_code == 422
    assert "一次性告知只能出具一次" in told(again)


def test_a_catch_all_is_refused_at_its_field(desk):
    number = desk.apply("G-01", "申请审批表")
    answer = desk.step(number, "notice", more="其他材料")
    assert answer.status_code == 422
    assert "不能写“其他材料”" in told(answer)


def test_materials_come_in_one_by_one_and_the_last_sets_it_going(desk):
    number = desk.apply("G-01", "申请审批表", "本人身份证")
    desk.step(number, "notice")
    desk.step(number, "materials", received=["户口簿"])
    assert "还差" in desk.page(f"/desk/{number}").text
    desk.step(number, "materials", received=["本人银行卡或社保卡"])
    page = desk.page(f"/desk/{number}").text
    assert "还差" not in page
    assert "已受理" in page


def test_nothing_ticked_is_said_at_the_field(desk):
    number = desk.apply("G-01")
    desk.step(number, "notice")
    answer = desk.step(number, "materials", received=[])
    assert answer.status_code == 422
    assert 'href="#f-received"' in answer.text


def test_the_department_of_the_words_comes_first_and_one_may_be_unsure(desk):
    number = desk.accept(title="楼下太吵", description="噪声扰民")
    page = desk.page(f"/desk/{number}/transfer").text
    assert page.index('value="ga"') < page.index('value="mz"')
    assert "公安（按事由推荐）" in page
    assert "不确定，由派单员确认" in page
    done = desk.step(number, "transfer", department="", reason="拿不准归谁")
    assert done.status_code == 303
    assert "转办中心" in desk.page(f"/desk/{number}").text


def test_a_transfer_needs_its_reason(desk):
    number = desk.accept()
    answer = desk.step(number, "transfer", department="ga", reason="")
    assert answer.status_code == 422
    assert "为什么要转" in told(answer)
    assert 'value="ga" id="f-department" checked' in answer.text


def test_what_the_back_office_gets_stands_on_its_list(app, runtime, desk):
    from tests.unit.intake_pages.browser import Browser  # noqa: PLC0415 - only this test has two

    number = desk.apply("G-02", "申请书")
    desk.step(number, "back-office", note="需入户核查")
    other = desk.accept(title="别的事")
    listed = Browser(app, runtime, "backoffice").page("/desk").text
    assert number in listed
    assert other not in listed


def test_from_result_to_rating_to_archive_and_back(desk):
    number = desk.accept()
    desk.step(number, "resolve", result="已约谈店主")
    desk.step(number, "rate", grade="2", comment="还是吵")
    page = desk.page(f"/desk/{number}").text
    assert "已约谈店主" in page
    assert "还是吵" in page
    assert f"/desk/{number}/rate" not in page
    desk.step(number, "close")
    assert f"/desk/{number}/reopen" in desk.page(f"/desk/{number}").text
    desk.step(number, "reopen", reason="噪声又出现了")
    assert "噪声又出现了" in desk.page(f"/desk/{number}").text


def test_a_need_goes_to_partners_by_kind(desk):
    number = desk.accept(kind="help", title="水管漏水")
    assert 'value="repair"' in desk.page(f"/desk/{number}/need").text
    desk.step(number, "need", category="repair", wish="需上门维修水管")
    assert "需上门维修水管" in desk.page(f"/desk/{number}").text


def test_what_has_moved_on_shows_how_it_stands(desk):
    number = desk.accept()
    desk.step(number, "withdraw", reason="申请人撤回")
    answer = desk.page(f"/desk/{number}/resolve")
    assert answer.status_code == 303
    assert answer.location == f"/desk/{number}"
    late = desk.send("/desk", f"/desk/{number}/resolve", result="已处理")
    assert late.status_code == 422
    assert "已撤回" in told(late)


def test_an_unknown_step_or_number_is_no_server_error(desk):
    number = desk.accept()
    assert desk.page(f"/desk/{number}/explode").status_code == 404
    assert desk.page(f"/desk/{make('XS', date(2026, 11, 22), 9999)}").status_code == 404
    mistyped = desk.page("/desk/nonsense")
    assert mistyped.status_code == 404
    assert "没有这个编号的办件" in mistyped.text
    assert 'href="/desk">到受理台查找' in mistyped.text
    assert "number" not in mistyped.text


def test_a_form_without_its_token_changes_nothing(desk):
    number = desk.accept()
    answer = desk.client.post(
        f"/desk/{number}/withdraw", data={"reason": "x"}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 400
    assert f"/desk/{number}/withdraw" in desk.page(f"/desk/{number}").text


def test_an_officer_of_no_community_sees_no_communitys_matters(app, runtime, desk):
    number = desk.accept()
    nobody = Browser(app, runtime)
    token = issue_token(User("new", "新来", "desk"), runtime.settings.secret_key)
    nobody.client.set_cookie(COOKIE, token)
    assert nobody.page(f"/desk/{number}").status_code == 403
