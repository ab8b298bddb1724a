"""Accepting a matter, without scripts: finding, the form, the receipt, the refusal."""

import pytest
import sqlalchemy as sa

from services.intake import handlers
from services.intake.case import RESIDENT
from tests.unit.intake.ground import DESK, do, stored
from tests.unit.intake_pages.browser import HIDDEN, MATTER, NUMBER, PHONE, told

CERTIFICATE = MATTER | {"kind": "application", "title": "养狗证明", "description": ""}


@pytest.mark.parametrize("text", ["高龄津贴", "gaolingjintie", "gljt", "老人补贴", "allowance"])
def test_an_item_is_found_by_name_pinyin_initials_words_and_english(desk, text):
    assert "item=G-01" in desk.page(f"/desk/new?q={text}").text
    assert "item=G-01" in desk.page(f"/desk/new/find?q={text}").text


def test_what_is_not_the_communitys_names_the_department(desk):
    page = desk.page("/desk/new?q=楼下太吵，是噪声").text
    assert "matter=T-GA-03" in page
    assert "转公安" in page


def test_nothing_found_still_leads_on(desk):
    page = desk.page("/desk/new?q=zzzz").text
    assert "没有找到对应的事项" in page
    assert "kind=complaint" in page


def test_the_form_shows_what_the_item_asks_for_and_promises_nothing_unconfirmed(desk):
    page = desk.page("/desk/new?item=G-01").text
    for words in ("申请审批表", "由他人代办时", "由区里确认后公布", "不收费", "老年人权益保障法"):
        assert words in page
    assert "30 个工作日" not in page
    assert "30 个工作日内" in desk.page("/desk/new?item=G-02").text


def test_the_receipt_has_number_owner_and_where_to_follow_it(desk):
    number = desk.apply("G-01", "申请审批表")
    receipt = desk.page(f"/desk/{number}/receipt").text
    for words in (number, "受理回执", "周敏", "王**", "138****0000", "/track", "12345"):
        assert words in receipt
    assert PHONE not in receipt


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(desk):
    answer = desk.send(
        "/desk/new?kind=complaint", **(MATTER | {"applicant.phone": "12", "name": ""})
    )
    assert answer.status_code == 422
    assert 'href="#f-name"' in answer.text
    assert 'href="#f-applicant.phone"' in answer.text
    assert "楼下烧烤店夜间噪声扰民" in answer.text
    bad = desk.send("/desk/new?kind=complaint", **(MATTER | {"applicant.phone": "12"}))
    assert "不是有效的电话号码" in told(bad)
    assert 'href="#f-applicant.phone"' in bad.text
    odd = desk.send(
        "/desk/new?kind=complaint", **(MATTER | {"applicant.id_no": "340603194001010010"})
    )
    assert "身份证号" in told(odd)


def test_ticked_materials_stay_ticked_when_something_is_wrong(desk):
    asked = {"kind": "application", "materials": ["户口簿"], "name": ""}
    answer = desk.send("/desk/new?item=G-01", **(MATTER | asked))
    assert 'value="户口簿" form="accept" checked' in answer.text
    assert 'value="申请审批表" form="accept" checked' not in answer.text


def test_the_same_form_sent_twice_is_one_matter(desk):
    first = desk.send("/desk/new?kind=complaint", once="k1", **MATTER)
    second = desk.send("/desk/new?kind=complaint", once="k1", **MATTER)
    assert first.location == second.location
    changed = desk.send("/desk/new?kind=complaint", once="k1", **(MATTER | {"title": "别的"}))
    assert changed.status_code == 422
    assert "这张表已经提交过" in told(changed)


def test_a_certificate_is_asked_about_before_it_is_refused(desk):
    asked = desk.send("/desk/new?kind=application", **CERTIFICATE)
    assert asked.status_code == 422
    assert "居民养犬证明" in asked.text
    assert "到公安部门办理养犬登记" in asked.text
    refused = desk.send("/desk/new?kind=application", decision="refuse", **CERTIFICATE)
    assert refused.location.startswith("/desk/refusals/")
    paper = desk.page(refused.location).text
    for words in ("不予办理告知单", "行政复议", "到公安部门办理养犬登记", "王**"):
        assert words in paper


def test_an_officer_who_gives_a_reason_is_believed(desk):
    answer = desk.send(
        "/desk/new?kind=application", not_a_certificate="是来办养犬登记的", **CERTIFICATE
    )
    assert NUMBER.search(answer.location)
    assert answer.location.endswith("/receipt")


def test_an_officer_who_disagrees_must_say_why(desk):
    answer = desk.send("/desk/new?kind=application", decision="accept", **CERTIFICATE)
    assert answer.status_code == 422
    assert 'href="#f-not_a_certificate"' in answer.text


def test_a_refusal_is_for_its_own_community(desk, elsewhere):
    refused = desk.send("/desk/new?kind=application", decision="refuse", **CERTIFICATE)
    assert elsewhere.page(refused.location).status_code == 403


def test_a_grid_worker_starts_with_their_own_channel(app, runtime):
    from tests.unit.intake_pages.browser import Browser  # noqa: PLC0415 - only this test needs it

    page = Browser(app, runtime, "grid").page("/desk/new?kind=report").text
    assert '<option value="grid" selected>' in page
    assert 'value="open311"' not in page


def test_the_key_of_a_form_is_no_longer_than_its_column(desk):
    answer = desk.send("/desk/new?kind=complaint", **MATTER, once="x" * 301)
    assert answer.status_code == 422


PROMISED = {"kind": "application", "title": "", "decision": "promise"}
ALL_BUT_THE_CARD = ["申请审批表", "本人身份证", "户口簿"]


def test_accepted_on_a_promise_for_a_minor_material(desk, runtime):
    asked = MATTER | PROMISED | {"materials": ALL_BUT_THE_CARD, "promise_reason": "卡在儿子家"}
    answer = desk.send("/desk/new?item=G-01", **asked)
    number = NUMBER.search(answer.location).group()
    case = stored(runtime, number)
    assert case.promise.reason == "卡在儿子家"
    assert len(case.promise.materials) == 1
    assert case.promise.materials[0] not in ALL_BUT_THE_CARD


def test_a_promise_wants_a_reason_and_is_for_minor_materials_only(desk, runtime):
    without = desk.send("/desk/new?item=G-01", **(MATTER | PROMISED))
    assert 'href="#f-promise_reason"' in without.text
    major = MATTER | PROMISED | {"materials": ["申请审批表"], "promise_reason": "忘带了"}
    answer = desk.send("/desk/new?item=G-01", **major)
    assert answer.status_code == 422
    assert "不能容缺" in told(answer)
    assert "忘带了" in answer.text
    with runtime.database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM cases")).scalar() == 0


@pytest.mark.usefixtures("accounts")
def test_who_is_old_or_alone_has_the_grid_worker_as_first_responder(desk, runtime):
    number = desk.accept(groups=["alone"])
    assert stored(runtime, number).owner.username == "grid"
    assert stored(runtime, desk.accept()).owner.username == "desk"


def test_the_receipt_leads_on_to_the_next_steps(desk):
    number = desk.accept()
    page = desk.page(f"/desk/{number}/receipt").text
    assert f'href="/desk/{number}/transfer" data-key="t"' in page
    assert f"/desk/{number}/receipt.pdf" in page


# ---- Done on the spot: by the button that says so, also after going back ----

SPOT = {"result": "已劝导店主，二十二点后停业", "decision": "done"}


def test_accepted_then_back_and_done_has_its_result(desk, runtime):
    first = desk.send("/desk/new?kind=complaint", once="k1", **MATTER)
    again = desk.send("/desk/new?kind=complaint", once="k1", **MATTER, **SPOT)
    number = NUMBER.search(first.location).group()
    case = stored(runtime, number)
    assert again.location == first.location
    assert (case.state, case.result) == ("resolved", SPOT["result"])
    assert "已受理并办结" in desk.page(again.location).text


def test_done_sent_twice_is_done_once(desk, runtime):
    first, again = (
        desk.send("/desk/new?kind=complaint", once="k1", **MATTER, **SPOT) for _ in range(2)
    )
    case = stored(runtime, NUMBER.search(first.location).group())
    assert (again.location, case.resolutions) == (first.location, 1)
    assert "已受理并办结" in desk.page(again.location).text


def test_another_result_for_what_has_one_is_refused_not_dropped(desk, runtime):
    first = desk.send("/desk/new?kind=complaint", once="k1", **MATTER, **SPOT)
    number = NUMBER.search(first.location).group()
    other = SPOT | {"result": "已罚款"}
    again = desk.send("/desk/new?kind=complaint", once="k1", **MATTER, **other)
    assert again.status_code == 422
    assert "已经有办理结果" in told(again)
    assert "已罚款" in again.text
    assert stored(runtime, number).result == SPOT["result"]


def test_sent_again_it_does_not_resolve_what_was_reopened(desk, runtime):
    first = desk.send("/desk/new?kind=complaint", once="k1", **MATTER, **SPOT)
    number = NUMBER.search(first.location).group()
    do(runtime, handlers.reopen_case, number, RESIDENT, "还是吵")
    again = desk.send("/desk/new?kind=complaint", once="k1", **MATTER, **SPOT)
    assert again.status_code == 422
    assert stored(runtime, number).state == "accepted"


def test_done_after_it_moved_on_says_where_it_is(desk, runtime):
    first = desk.send("/desk/new?kind=complaint", once="k1", **MATTER)
    number = NUMBER.search(first.location).group()
    do(runtime, handlers.withdraw_case, number, DESK, "申请人要求撤回")
    again = desk.send("/desk/new?kind=complaint", once="k1", **MATTER, **SPOT)
    assert again.status_code == 422
    assert "已撤回" in told(again)
    assert stored(runtime, number).state == "withdrawn"


def test_half_a_result_does_not_resolve_what_is_only_accepted(desk, runtime):
    answer = desk.send("/desk/new?kind=complaint", **MATTER, result="正在核实")
    case = stored(runtime, NUMBER.search(answer.location).group())
    assert (case.state, case.result) == ("accepted", "")
    page = desk.page(answer.location).text
    assert "已受理并办结" not in page
    assert "办理结果没有记下" in page


@pytest.mark.parametrize("press", ["accept", "done", ""])
def test_done_is_not_forgotten_over_the_question_about_a_certificate(desk, runtime, press):
    asked = desk.send("/desk/new?kind=application", **CERTIFICATE, **SPOT)
    assert "居民养犬证明" in asked.text
    assert "不是开证明，受理并办结" in asked.text
    hidden = dict(HIDDEN.findall(asked.text))
    hidden.pop("next", None)
    sent = hidden | CERTIFICATE | SPOT | {"decision": press, "not_a_certificate": "来办登记的"}
    answer = desk.client.post("/desk/new", data=sent, headers={"Accept": "text/html"})
    case = stored(runtime, NUMBER.search(answer.location).group())
    assert (case.state, case.result) == ("resolved", SPOT["result"])


def test_done_without_a_result_is_refused_after_the_question_as_before_it(desk):
    asked = desk.send("/desk/new?kind=application", **CERTIFICATE, **SPOT)
    hidden = dict(HIDDEN.findall(asked.text))
    hidden.pop("next", None)
    emptied = {"decision": "accept", "not_a_certificate": "来办登记的", "result": ""}
    sent = hidden | CERTIFICATE | emptied
    answer = desk.client.post("/desk/new", data=sent, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "没有写办理结果" in told(answer)


def test_the_question_about_a_certificate_does_not_resolve_what_nobody_called_done(desk, runtime):
    asked = desk.send("/desk/new?kind=application", **CERTIFICATE, result="正在")
    assert "不是开证明，照常受理" in asked.text
    hidden = dict(HIDDEN.findall(asked.text))
    hidden.pop("next", None)
    said = {"decision": "accept", "not_a_certificate": "来办登记的", "result": "正在"}
    sent = hidden | CERTIFICATE | said
    answer = desk.client.post("/desk/new", data=sent, headers={"Accept": "text/html"})
    assert stored(runtime, NUMBER.search(answer.location).group()).state == "accepted"
