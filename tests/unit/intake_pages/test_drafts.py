"""Drafts: what is typed survives a closed browser, is its officer's own, and is soon forgotten."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.intake.drafts import store
from services.intake.drafts.draft import KEPT, MOST
from services.intake.models import audit, draft_list
from services.intake.slots import store_references
from shared import clock
from tests.unit.intake.ground import do, stored
from tests.unit.intake_pages.browser import HIDDEN, MATTER, NUMBER, PHONE, Browser

TYPED = {"name": "王建国", "applicant.phone": PHONE, "title": "楼下太吵", "kind": "complaint"}
ALL_OF_G01 = ("申请审批表", "本人身份证", "户口簿", "本人银行卡（社会保障卡）")


def begin(browser, path="/desk/new?kind=complaint"):
    """Open a form; gives its hidden fields and where its draft is kept."""
    page = browser.page(path).text
    return dict(HIDDEN.findall(page)), re.search(r'data-draft="([^"]+)"', page).group(1)


def keep(browser, hidden, where, **fields: str):
    headers = {"Accept": "application/json"}
    return browser.client.post(where, data=hidden | fields, headers=headers)


@pytest.fixture
def left(desk):
    """A form that was begun and left; gives the id of its draft."""
    hidden, where = begin(desk)
    assert keep(desk, hidden, where, **TYPED).json["saved"]
    return hidden["once"]


def rows(runtime):
    with runtime.database.read() as connection:
        return connection.execute(sa.select(draft_list.drafts)).mappings().all()


def test_what_was_typed_is_offered_and_comes_back(desk, left):
    page = desk.page("/desk/new").text
    assert f"/desk/new?draft={left}" in page
    assert "王**" in page
    assert PHONE not in page
    form = desk.page(f"/desk/new?draft={left}").text
    for words in ("王建国", PHONE, "楼下太吵", f'name="once" value="{left}"'):
        assert words in form


def test_the_same_form_opened_anew_offers_it(desk, left):
    assert f"/desk/new?draft={left}" in desk.page("/desk/new?kind=complaint").text
    assert left not in desk.page("/desk/new?kind=question").text
    assert left not in desk.page("/desk/new?item=G-01").text


def test_a_draft_is_nobody_elses(desk, elsewhere, app, runtime, left):
    colleague = Browser(app, runtime, "backoffice")
    for other in (elsewhere, colleague):
        assert left not in other.page("/desk/new").text
        assert "王建国" not in other.page(f"/desk/new?draft={left}").text
        hidden, _ = begin(other)
        answer = keep(other, hidden, f"/desk/drafts/{left}", **(TYPED | {"title": "改掉它"}))
        assert answer.json["saved"] == ""
        other.client.post(f"/desk/drafts/{left}/forget", data=hidden)
    assert [row["content"]["title"] for row in rows(runtime)] == ["楼下太吵"]


def test_an_empty_form_is_no_draft(desk, runtime):
    hidden, where = begin(desk)
    assert keep(desk, hidden, where).json == {"saved": "", "left": None}
    assert rows(runtime) == []


def test_it_is_gone_once_accepted_and_a_late_save_does_not_bring_it_back(desk, runtime, left):
    desk.send(f"/desk/new?draft={left}", **MATTER)
    assert rows(runtime) == []
    hidden, _ = begin(desk)
    answer = keep(desk, hidden | {"once": left}, f"/desk/drafts/{left}", **TYPED)
    assert answer.json["saved"] == ""
    assert rows(runtime) == []


def test_a_form_that_was_refused_keeps_its_draft(desk, runtime, left):
    answer = desk.send(f"/desk/new?draft={left}", **(MATTER | {"applicant.phone": "12"}))
    assert answer.status_code == 422
    assert f'data-draft="/desk/drafts/{left}"' in answer.text
    assert len(rows(runtime)) == 1


def test_who_does_not_want_it_throws_it_away(desk, runtime, left):
    hidden, _ = begin(desk)
    assert desk.client.post(f"/desk/drafts/{left}/forget", data=hidden).status_code == 303
    assert rows(runtime) == []


def test_it_is_forgotten_after_a_day(desk, runtime, left, monkeypatch):
    do(runtime, store.forget_old)
    assert len(rows(runtime)) == 1
    later = clock.now() + KEPT + timedelta(seconds=1)
    monkeypatch.setattr("shared.transaction.now", lambda: later)
    do(runtime, store.forget_old)
    assert rows(runtime) == []


def test_what_people_typed_is_sealed(runtime, left):
    with runtime.database.read() as connection:
        stored_bytes = connection.execute(sa.text("SELECT content FROM drafts")).scalar_one()
    assert isinstance(stored_bytes, bytes)
    for words in (PHONE, "王建国", "楼下太吵"):
        assert words.encode() not in stored_bytes


def test_typing_is_no_act_in_the_audit(runtime, left):
    with runtime.database.read() as connection:
        assert (
            connection.execute(sa.select(sa.func.count()).select_from(audit.entries)).scalar() == 0
        )


def test_an_officer_has_so_many_drafts_at_most(desk, runtime):
    hidden, _ = begin(desk)
    for number in range(MOST + 2):
        keep(desk, hidden, f"/desk/drafts/draft-number-{number}", **TYPED)
    assert len(rows(runtime)) == MOST


@pytest.mark.parametrize("odd", ["x", "y" * 41, "a b c d e f", "草稿草稿草稿草稿"])
def test_an_id_that_is_none_of_ours_is_refused(desk, odd):
    hidden, _ = begin(desk)
    assert keep(desk, hidden, f"/desk/drafts/{odd}", **TYPED).status_code == 404


def test_more_than_a_form_takes_is_not_kept(desk, runtime):
    hidden, where = begin(desk)
    assert keep(desk, hidden, where, **(TYPED | {"title": "长" * 201})).json["saved"] == ""
    assert rows(runtime) == []


def test_the_items_an_officer_takes_most_are_on_number_keys(desk):
    for item in ("G-02", "G-01", "G-02"):
        desk.apply(item)
    page = desk.page("/desk/new").text
    keys = dict(re.findall(r'item=(G-\d+)" data-key="(\d)"', page))
    assert keys == {"G-02": "1", "G-01": "2"}
    assert "您办得最多的" not in desk.page("/desk/new/find?q=低保").text


def test_accepted_and_done_in_one_go(desk, runtime):
    answer = desk.send("/desk/new?kind=complaint", **MATTER, decision="done", result="已约谈店主")
    number = NUMBER.search(answer.location).group()
    case = stored(runtime, number)
    assert (case.state, case.result) == ("resolved", "已约谈店主")


def test_done_wants_its_result_and_refused_it_is_not_accepted_either(desk, runtime):
    answer = desk.send("/desk/new?kind=complaint", **MATTER, decision="done")
    assert answer.status_code == 422
    assert 'href="#f-result"' in answer.text
    with runtime.database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM cases")).scalar() == 0


def test_the_way_and_the_groups_are_kept(desk, runtime):
    number = desk.accept(way="at_home")
    assert stored(runtime, number).way == "at_home"
    refused = desk.send("/desk/new?kind=complaint", **MATTER, way="fly")
    assert refused.status_code == 422
    assert 'href="#f-way"' in refused.text


def test_what_was_found_is_marked(desk):
    assert "<mark>高龄津贴</mark>" in desk.page("/desk/new/find?q=gljt").text
    assert "<mark>高龄</mark>" in desk.page("/desk/new/find?q=gaoling").text
    assert "也叫“老人补贴”" in desk.page("/desk/new/find?q=老人补贴").text


def test_what_another_page_knows_stands_in_the_form_of_its_officer_only(desk, elsewhere, runtime):
    known = {"name": "王建国", "applicant.phone": PHONE, "groups": ["elderly"], "way": "at_home"}
    reference = do(runtime, store_references.keep, "desk", known)
    path = f"/desk/new?item=G-01&from={reference}"
    page = desk.page(path).text
    for words in ("王建国", PHONE, 'value="at_home" id="f-way-4" checked'):
        assert words in page
    assert "王建国" not in elsewhere.page(path).text
    assert desk.page("/desk/new?item=G-01&from=nothing").status_code == 200
