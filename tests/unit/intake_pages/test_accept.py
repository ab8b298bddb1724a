"""Accepting a matter, without scripts: finding, the form, the receipt, the refusal."""

import pytest

from tests.unit.intake_pages.browser import MATTER, NUMBER, PHONE, told

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
