"""People's own data at the desk, on the resident's page and through the API."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.intake import handlers, models
from services.intake.case import SYSTEM
from services.intake.staff.tries import MOST_TRIES
from shared import clock
from shared.permissions import User
from shared.track_link import track_token
from shared.web.auth import issue_token
from tests.unit.intake.ground import DESK, SATURDAY, do, names, published, stored
from tests.unit.intake_pages.browser import PHONE, Browser, told

OTHER_PHONE = "13905610001"
ID_NO = "11010519491231002X"
REASON = "本人到窗口要求"


@pytest.fixture
def number(desk):
    return desk.accept(kind="question", **{"applicant.id_no": ID_NO})


@pytest.fixture
def closed(runtime, number):
    do(runtime, handlers.resolve_case, number, DESK, "已告知王建国")
    do(runtime, handlers.close_case, number, DESK)
    return number


@pytest.fixture
def supervisor(app, runtime):
    return Browser(app, runtime, "supervisor")


@pytest.fixture
def admin(app, runtime):
    return Browser(app, runtime, "admin")


@pytest.fixture
def link(runtime, number):
    return f"/track/{track_token(number, runtime.settings.secret_key)}/mine"


@pytest.fixture
def ask(app, runtime):
    def call(username, method, path, **sent: Any):
        known = runtime.district.staff[username]
        user = User(username, known.name, known.role, known.community, known.department)
        token = issue_token(user, runtime.settings.secret_key)
        headers = {"Authorization": f"Bearer {token}"}
        return app.test_client().open(path, method=method, headers=headers, **sent)

    return call


def recorded(runtime, action):
    with runtime.database.read() as connection:
        found = sa.select(models.audit.entries).where(models.audit.entries.c.action == action)
        return list(connection.execute(found).mappings())


def of(number):
    return f"/desk/people/of/{number}"


def take(browser, number, kind="erase", **more: Any):
    said = {"kind": kind, "channel": "in_person", "checked": "id_card"} | more
    return browser.send(of(number), f"{of(number)}/request", **said)


# ---- Finding somebody ----


@pytest.mark.parametrize("q", [PHONE, "138 0561 0000", ID_NO, ID_NO.lower()])
def test_a_person_is_found_by_telephone_or_identity_number(desk, number, q):
    answer = desk.send("/desk/people", q=q)
    assert answer.status_code == 303
    assert answer.location == of(number)


def test_and_by_the_number_of_a_case(desk, number):
    assert desk.send("/desk/people", q=number).location == of(number)


def test_who_was_never_here_is_not_found(desk, number):
    answer = desk.send("/desk/people", q=OTHER_PHONE)
    assert answer.status_code == 422
    assert "没有找到" in told(answer)
    assert number not in answer.text


def test_another_community_finds_nobody(elsewhere, number):
    assert elsewhere.send("/desk/people", q=PHONE).status_code == 422
    assert elsewhere.page(of(number)).status_code == 404


def test_the_page_shows_a_person_masked(desk, number):
    second = desk.accept(title="另一件事")
    page = desk.page(of(number)).text
    assert number in page
    assert second in page
    assert "138****0000" in page
    for whole in (PHONE, "王建国", ID_NO):
        assert whole not in page


# ---- Requests ----


def test_a_request_is_taken_and_stands_in_the_register(desk, elsewhere, number):
    assert take(desk, number).status_code == 303
    page = desk.page("/desk/people").text
    assert "QL-" in page
    assert "王**" in page
    assert "王建国" not in page
    assert "QL-" not in elsewhere.page("/desk/people").text


def test_the_same_is_not_taken_twice(desk, number):
    take(desk, number)
    answer = take(desk, number)
    assert answer.status_code == 422
    assert "已经在办" in told(answer)


def test_a_request_is_refused_with_a_reason(desk, supervisor, runtime, number):
    take(desk, number, "correct")
    one = re.search(r"QL-\d{6}-\d{4}-\d\d", desk.page(of(number)).text).group()
    path = f"{of(number)}/refuse/{one}"
    assert desk.send(of(number), path, reason="").status_code == 422
    assert desk.send(of(number), path, reason="登记的和身份证一致").status_code == 303
    assert "登记的和身份证一致" in desk.page(of(number)).text
    (entry,) = recorded(runtime, "person.refused")
    assert entry["subject"] == one
    assert desk.send(of(number), path, reason="再来一次").status_code == 422


def test_who_may_not_erase_may_not_refuse_to(desk, number):
    take(desk, number)
    one = re.search(r"QL-\d{6}-\d{4}-\d\d", desk.page(of(number)).text).group()
    answer = desk.send(of(number), f"{of(number)}/refuse/{one}", reason="不想办")
    assert answer.status_code == 422
    assert "不由您答复" in told(answer)


# ---- A copy ----


def test_a_copy_is_given_as_a_file_and_recorded(desk, runtime, number):
    take(desk, number, "export")
    path = f"{of(number)}/export"
    answer = desk.send(of(number), path, why_export=REASON, form="json")
    held = json.loads(answer.data)
    assert held["items"][0]["name"] == "王建国"
    assert held["items"][0]["phone"] == PHONE
    assert held["items"][0]["id_no"] == ID_NO
    assert held["items"][0]["history"]
    assert "attachment" in answer.headers["Content-Disposition"]
    (entry,) = recorded(runtime, "person.exported")
    assert (entry["subject"], entry["reason"]) == (number, REASON)
    assert "已办" in desk.page(of(number)).text


def test_and_on_paper(desk, number):
    answer = desk.send(of(number), f"{of(number)}/export", why_export=REASON, form="html")
    assert "王建国" in answer.text
    assert ID_NO in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_paper_reads_like_one(desk, number):
    page = desk.send(of(number), f"{of(number)}/export", why_export=REASON, form="html").text
    words = re.sub(r"<[^>]+>", "", page)
    assert "中文" in words
    assert not re.search(r"\d{4}-\d\d-\d\dT", words)
    assert f'<span class="number">{number}</span>' in page


def test_the_other_systems_are_asked_with_a_reason_typed_here(desk, number):
    page = desk.page(of(number)).text
    assert "/api/" not in page
    assert 'name="reason" required' in page
    for path in ("/orders/person", "/messages/person", "/partners/person"):
        assert f'action="{path}"' in page


def test_not_without_a_reason(desk, number):
    answer = desk.send(of(number), f"{of(number)}/export", form="html")
    assert answer.status_code == 422
    assert "王建国" not in answer.text


# ---- Putting right ----


def test_details_are_put_right_and_told_masked(desk, runtime, number):
    said = {"cases": [number], "name": "王建国", "phone": OTHER_PHONE, "why_correct": "换号了"}
    answer = desk.send(of(number), f"{of(number)}/correct", **said)
    assert answer.status_code == 303
    assert stored(runtime, number).applicant.phone == OTHER_PHONE
    (entry,) = recorded(runtime, "person.corrected")
    assert entry["detail"]["was"][1] == "138****0000"
    assert entry["detail"]["now"][1] == "139****0001"
    assert OTHER_PHONE not in json.dumps(dict(entry["detail"]))
    event = published(runtime)[-1]
    assert event.contract.name == "case.person_corrected"
    assert event.data["applicant"]["phone"] == OTHER_PHONE
    assert event.version == stored(runtime, number).version
    assert "更正了办事人信息" in desk.page(f"/desk/{number}").text
    assert desk.send("/desk/people", q=OTHER_PHONE).location == of(number)
    assert desk.send("/desk/people", q=PHONE).status_code == 422


def correct(browser, number, **said: Any):
    said = {"cases": [number], "why_correct": "换号了"} | said
    return browser.send(of(number), f"{of(number)}/correct", **said)


def test_what_is_left_empty_stays(desk, runtime, number):
    page = desk.page(of(number)).text
    assert "现在是 王**" in page
    assert "现在是 138****0000" in page
    assert correct(desk, number, phone=OTHER_PHONE).status_code == 303
    now = stored(runtime, number).applicant
    assert (now.name, now.phone, now.id_no) == ("王建国", OTHER_PHONE, ID_NO)


def test_an_identity_number_goes_only_when_that_is_ticked(desk, runtime, number):
    both = correct(desk, number, without_id="true", id_no=ID_NO)
    assert both.status_code == 422
    assert "只留一样" in told(both)
    assert correct(desk, number, without_id="true").status_code == 303
    now = stored(runtime, number).applicant
    assert (now.name, now.phone, now.id_no) == ("王建国", PHONE, "")


def test_a_correction_changes_something(desk, runtime, number):
    before = stored(runtime, number)
    answer = correct(desk, number)
    assert answer.status_code == 422
    assert "没有填要更正什么" in told(answer)
    assert stored(runtime, number) == before


def test_what_is_wrong_stands_by_its_form_and_names_its_field(desk, number):
    answer = desk.send(of(number), f"{of(number)}/correct", phone=OTHER_PHONE, why_correct="换号")
    summary, form = (answer.text.index(word) for word in ('class="error-summary"', '/correct"'))
    assert answer.text.index('/export"') < summary < form
    assert "哪些办件：" in told(answer)
    asked = desk.send(of(number), f"{of(number)}/request", kind="export", checked="id_card")
    assert "怎么提出的：" in told(asked)


def test_what_is_wrong_is_named(desk, number):
    said = {"cases": [number], "name": "王", "phone": "123", "id_no": "1", "why_correct": "换号"}
    answer = desk.send(of(number), f"{of(number)}/correct", **said)
    assert answer.status_code == 422
    assert "手机号" in told(answer)
    assert "身份证号" in told(answer)


def test_only_the_desk_of_the_community_corrects(elsewhere, supervisor, desk, number):
    said = {"cases": [number], "name": "王", "phone": PHONE, "why_correct": "换号"}
    path = f"{of(number)}/correct"
    assert supervisor.send(of(number), path, **said).status_code == 403
    own = elsewhere.accept()
    answer = elsewhere.send(of(own), f"{of(own)}/correct", **said)
    assert answer.status_code == 422
    assert "别的社区" in told(answer)


# ---- Erasing ----


def erase(browser, number, *numbers: str, why=REASON):
    said = {"erased": list(numbers or [number]), "why_erase": why}
    return browser.send(of(number), f"{of(number)}/erase", **said)


def test_an_open_case_is_not_erased(supervisor, runtime, number):
    answer = erase(supervisor, number)
    assert answer.status_code == 422
    assert "还没有办完" in told(answer)
    assert stored(runtime, number).applicant.phone == PHONE


def test_what_may_not_be_erased_yet_cannot_be_chosen(desk, supervisor, runtime, closed):
    kept, still = desk.accept(kind="complaint"), desk.accept()
    do(runtime, handlers.withdraw_case, kept, SYSTEM, "不办了")
    page = supervisor.page(of(closed)).text
    boxes = dict(re.findall(r'name="erased" value="([^"]+)"([^>]*)>', page))
    chosen = {number: "disabled" not in rest for number, rest in boxes.items()}
    assert chosen == {closed: True, kept: False, still: False}
    assert "按规定要保存到" in page
    assert "办完以后才能删" in page


def test_nor_one_the_law_keeps(desk, supervisor, runtime):
    number = desk.accept(kind="complaint")
    do(runtime, handlers.withdraw_case, number, SYSTEM, "不办了")
    answer = erase(supervisor, number)
    assert answer.status_code == 422
    assert "按规定要保存到" in told(answer)


def test_a_closed_one_is_and_the_request_is_done(desk, supervisor, runtime, closed):
    take(desk, closed)
    assert erase(supervisor, closed).status_code == 303
    page = supervisor.page(of(closed)).text
    assert "已删除" in page
    assert "已办" in page
    (entry,) = recorded(runtime, "person.erased")
    assert (entry["subject"], entry["reason"]) == (closed, REASON)
    assert names(published(runtime))[-1] == "case.person_erased"
    assert desk.send("/desk/people", q=PHONE).status_code == 422
    assert "删除了办事人信息" in desk.page(f"/desk/{closed}").text


def test_one_that_may_not_go_keeps_the_others(desk, supervisor, runtime, closed):
    still = desk.accept()
    assert erase(supervisor, closed, closed, still).status_code == 422
    assert stored(runtime, closed).applicant.phone == PHONE


def test_a_desk_does_not_erase(desk, closed):
    assert erase(desk, closed).status_code == 403


# ---- The resident ----


def test_a_resident_takes_a_copy(anyone, runtime, link, number):
    for wrong in ("", PHONE[-4:], "13805619999"):
        refused = anyone.send(link, f"{link}/export", form="json", phone=wrong)
        assert refused.status_code == 422
        assert "王建国" not in refused.text
    answer = anyone.send(link, f"{link}/export", form="json", phone=PHONE)
    assert json.loads(answer.data)["items"][0]["case_number"] == number
    (entry,) = recorded(runtime, "person.exported")
    assert entry["role"] == "resident"
    assert "王建国" in anyone.send(link, f"{link}/export", form="html", phone=PHONE).text


def test_a_wrong_number_and_too_many_are_told_apart(anyone, link):
    with clock.set_for_tests(SATURDAY):
        said = [
            told(anyone.send(link, f"{link}/export", phone="13805619999"))
            for _ in range(MOST_TRIES + 1)
        ]
    assert "对不上" in said[0]
    assert "次数太多" not in said[0]
    assert "次数太多" in said[-1]
    assert "对不上" not in said[-1]


def test_the_resident_reads_english(anyone, link):
    anyone.send(link, f"{link}/ask", kind="correct")
    page = anyone.page(link, "en").text
    assert "Submit" in page
    assert "sends the form" not in page
    assert "Correction" in page
    assert "Received" in page


def test_and_asks_to_be_forgotten_which_the_desk_sees(anyone, desk, runtime, link, number):
    answer = anyone.send(link, f"{link}/ask", kind="erase", wish="办完就删掉")
    assert answer.status_code == 303
    assert "待办" in anyone.page(link).text
    assert "居民本人" in desk.page("/desk/people").text
    assert "办完就删掉" in desk.page(of(number)).text
    assert stored(runtime, number).applicant.phone == PHONE


def test_asking_again_and_again_changes_nothing(anyone, link, number):
    anyone.send(link, f"{link}/ask", kind="erase")
    again = anyone.send(link, f"{link}/ask", kind="erase")
    assert again.status_code == 422
    assert "已经在办" in told(again)


def test_a_link_of_nobody_opens_nothing(anyone):
    assert anyone.page("/track/nothing/mine").status_code == 404


def test_asking_is_limited(app, anyone, link):
    with clock.set_for_tests(SATURDAY):
        answers = {anyone.send(link, f"{link}/ask", kind="correct").status_code for _ in range(61)}
    assert 429 in answers


# ---- The API ----


def test_the_api_gives_a_copy_within_scope(ask, runtime, number):
    path, by_phone = "/api/intake/person", {"phone": PHONE, "reason": REASON}
    items = ask("desk", "POST", path, json=by_phone).json["items"]
    assert [item["case_number"] for item in items] == [number]
    assert ask("desk-guiyuan", "POST", path, json=by_phone).json["items"] == []
    assert ask("supervisor", "POST", path, json=by_phone).json["items"] == items
    by_id = {"id": ID_NO, "reason": REASON}
    assert ask("desk", "POST", path, json=by_id).json["items"]
    assert ask("grid", "POST", path, json=by_phone).status_code == 403
    assert ask("desk", "POST", path, json={"phone": PHONE}).status_code == 422
    assert ask("desk", "POST", path, json={"reason": REASON}).status_code == 422
    assert ask("desk", "GET", f"{path}?phone={PHONE}&reason={REASON}").status_code == 405
    assert len(recorded(runtime, "person.exported")) == 4


def test_the_api_takes_corrects_and_erases(ask, runtime, closed):
    asked = {"kind": "erase", "about": closed, "checked": "id_card"}
    taken = ask("desk", "POST", "/api/intake/person/requests", json=asked)
    assert taken.status_code == 201
    assert taken.json["name"] == "王**"
    person = {"cases": [closed], "name": "王建设", "phone": PHONE, "reason": "写错了"}
    assert ask("desk", "POST", "/api/intake/person/correct", json=person).status_code == 200
    assert stored(runtime, closed).applicant.name == "王建设"
    gone = {"cases": [closed], "reason": REASON}
    assert ask("desk", "POST", "/api/intake/person/erase", json=gone).status_code == 403
    assert ask("supervisor", "POST", "/api/intake/person/erase", json=gone).status_code == 200
    assert stored(runtime, closed).erased_at is not None
    register = ask("desk", "GET", "/api/intake/person/requests?waiting=false").json
    assert [one["state"] for one in register["items"]] == ["done"]


def test_the_api_refuses(ask, number):
    asked = {"kind": "export", "about": number, "checked": "known"}
    one = ask("desk", "POST", "/api/intake/person/requests", json=asked).json["number"]
    path = f"/api/intake/person/requests/{one}/refuse"
    assert ask("desk", "POST", path, json={"reason": "不是本人"}).json["state"] == "refused"
    assert ask("desk", "POST", path, json={"reason": "不是本人"}).status_code == 409
    assert ask("desk-guiyuan", "POST", path, json={"reason": "不是"}).status_code == 403


# ---- How long ----


def test_the_administrator_sees_numbers_only(admin, desk, ask, runtime):
    with clock.set_for_tests(SATURDAY) as stopped:
        number = desk.accept(kind="question")
        do(runtime, handlers.withdraw_case, number, SYSTEM, "不办了")
        stopped.advance(timedelta(days=370))
        admin_again = Browser(admin.client.application, runtime, "admin")
        page = admin_again.page("/desk/retention").text
        for known in ("王建国", number, PHONE, "138****0000"):
            assert known not in page
        due = {
            one["kind"]: one["due"]
            for one in ask("admin", "GET", "/api/intake/retention").json["items"]
        }
        assert due["question"] == 1
        assert stored(runtime, number).applicant.name == "王建国"
        assert ask("supervisor", "GET", "/api/intake/retention").status_code == 403
        assert admin_again.send("/desk/retention").status_code == 303
        assert stored(runtime, number).applicant.name == ""
        assert ask("admin", "POST", "/api/intake/retention").json == {"erased": 0}
