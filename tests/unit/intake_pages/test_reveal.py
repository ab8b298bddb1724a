"""Seeing who brought a matter: masked by default, whole with a reason, and the audit knows."""

import re

import pytest
import sqlalchemy as sa

from services.intake import facts, models
from shared import clock
from shared.contracts import notify
from shared.permissions import User
from shared.track_link import track_token
from shared.web.acting import SEEN
from shared.web.auth import issue_token
from tests.unit.intake.ground import COMMUNITY, do, event_of
from tests.unit.intake_pages.browser import PHONE, Browser

NAME = "王建国"
ID_NO = "11010519491231002X"
SAID = f"{NAME}说，电话 {PHONE}"
MASKED = "王**说，电话 138****0000"
KNOWN = (NAME, PHONE, ID_NO)
WHY = {"reason": "电话联系办事人"}


@pytest.fixture
def number(desk):
    return desk.accept(description=SAID, location=SAID, **{"applicant.id_no": ID_NO})


@pytest.fixture
def refused(desk):
    fields = {"title": "给我的狗开养犬证明", "decision": "refuse", "kind": "application"}
    answer = desk.send("/desk/new?kind=application", **MATTER_OF_REFUSAL | fields)
    return answer.location.rpartition("/")[2]


MATTER_OF_REFUSAL = {"name": NAME, "applicant.phone": PHONE, "description": SAID}


def ask(app, runtime, username, method, path, *, json=None):
    known = runtime.district.staff[username]
    user = User(username, known.name, known.role, known.community, known.department)
    token = issue_token(user, runtime.settings.secret_key)
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().open(path, method=method, headers=headers, json=json)


def audited(runtime):
    entries = models.audit.entries
    with runtime.database.read() as connection:
        rows = connection.execute(sa.select(entries).order_by(entries.c.seq))
        return [(row.username, row.action, row.subject, row.reason) for row in rows]


def readable(text):
    return [known for known in KNOWN if known in text]


def test_nothing_of_a_person_is_readable_until_one_says_why(app, runtime, desk, number):
    desk.step(number, "notice", more="")  # a complaint needs none: the form again
    desk.step(number, "back-office", note=SAID)
    desk.step(number, "resolve", result=SAID)
    token = track_token(number, runtime.settings.secret_key)
    pages = [f"/desk/{number}", f"/desk/{number}/receipt", f"/desk/{number}/close", "/desk"]
    pages += ["/my", f"/desk/{number}/need", f"/track/{token}", f"/desk?q={NAME[:1]}"]
    for path in pages:
        answer = desk.page(path)
        assert answer.status_code == 200, path
        assert not readable(answer.text), path
    for path in (f"/api/intake/cases/{number}", "/api/intake/cases"):
        assert not readable(ask(app, runtime, "desk", "GET", path).get_data(as_text=True))
    assert MASKED in desk.page(f"/desk/{number}").text


def test_the_page_shows_the_whole_once_and_only_with_a_reason(runtime, desk, number):
    path = f"/desk/{number}"
    refused = desk.send(path, f"{path}/reveal")
    assert refused.status_code == 422
    assert not readable(refused.text)
    assert not [one for one in audited(runtime) if one[1] == "person.revealed"]
    shown = desk.send(path, f"{path}/reveal", why="call")
    assert shown.status_code == 200
    assert readable(shown.text) == list(KNOWN)
    assert shown.headers["Cache-Control"] == "no-store"
    assert audited(runtime)[-1] == ("desk", "person.revealed", number, "电话联系办事人")
    assert desk.page(f"{path}/reveal").location == path
    assert not readable(desk.page(path).text)


def test_who_may_see_the_whole(app, runtime, elsewhere, desk, number):
    path = f"/api/intake/cases/{number}/reveal"
    for username, sent, status in (
        ("desk", {}, 422),
        ("desk-guiyuan", WHY, 403),
        ("admin", WHY, 403),
        ("dept-ga", WHY, 403),
        ("desk", WHY, 200),
        ("supervisor", WHY, 200),
    ):
        answer = ask(app, runtime, username, "POST", path, json=sent)
        assert answer.status_code == status, username
        assert bool(readable(answer.get_data(as_text=True))) is (status == 200), username
    told = [one[0] for one in audited(runtime) if one[1] == "person.revealed"]
    assert told == ["desk", "supervisor"]
    page = f"/desk/{number}/reveal"
    assert elsewhere.send("/desk", page, why="call").status_code == 403


def test_the_api_shows_the_whole_with_its_timeline(app, runtime, desk, number):
    desk.step(number, "back-office", note=SAID)
    path = f"/api/intake/cases/{number}"
    masked = ask(app, runtime, "desk", "GET", path).json
    assert masked["applicant"] == {
        "name": "王**",
        "phone": "138****0000",
        "id_no": "110105********002X",
    }
    assert (masked["description"], masked["location"]) == (MASKED, MASKED)
    assert masked["timeline"][-1]["data"]["note"] == MASKED
    whole = ask(app, runtime, "desk", "POST", f"{path}/reveal", json=WHY).json
    assert whole["applicant"] == {"name": NAME, "phone": PHONE, "id_no": ID_NO}
    assert (whole["description"], whole["location"]) == (SAID, SAID)
    assert whole["timeline"][-1]["data"]["note"] == SAID


def test_a_refusal_likewise(app, runtime, desk, refused):
    page, path = f"/desk/refusals/{refused}", f"/api/intake/refusals/{refused}"
    assert not readable(desk.page(page).text)
    masked = ask(app, runtime, "desk", "GET", path).json
    assert masked["applicant"] == {"name": "王**", "phone": "138****0000"}
    assert masked["description"] == MASKED
    assert desk.send(page, f"{page}/reveal").status_code == 422
    assert readable(desk.send(page, f"{page}/reveal", why="paper").text) == [NAME, PHONE]
    whole = ask(app, runtime, "supervisor", "POST", f"{path}/reveal", json=WHY).json
    assert (whole["applicant"]["phone"], whole["description"]) == (PHONE, SAID)
    told = [one for one in audited(runtime) if one[1] == "person.revealed"]
    assert [one[2] for one in told] == [refused, refused]
    other = ask(app, runtime, "desk-guiyuan", "POST", f"{path}/reveal", json=WHY)
    assert other.status_code == 403


def test_who_is_to_be_called_is_said_until_something_is_done(runtime, desk, number):
    call = "消息没有送达"
    assert call not in desk.page(f"/desk/{number}").text
    said = {"number": number, "case_number": number}
    do(runtime, facts.message_failed, event_of(notify.failed, 1, clock.now(), **said))
    page = desk.page(f"/desk/{number}").text
    assert call in page
    assert f'action="/desk/{number}/reveal"' in page
    whole = desk.send(f"/desk/{number}", f"/desk/{number}/reveal", why="call").text
    assert call in whole
    assert PHONE in whole


def test_what_people_do_is_recorded_by_its_name(app, runtime, desk, number, refused):
    app.extensions[SEEN].clear()  # the application is older than this test
    desk.page(f"/desk/{number}/resolve")
    desk.step(number, "resolve", result="已约谈店主")
    token = track_token(number, runtime.settings.secret_key)
    anyone = Browser(app, runtime)
    anyone.send(f"/track/{token}", f"/track/{token}/rate", grade="5")
    anyone.send(f"/track/{token}", f"/track/{token}/reopen", reason="又吵了")
    assert [one[:3] for one in audited(runtime)] == [
        ("desk", "case.accept", number),
        ("desk", "case.accept", refused),
        ("desk", "case.read", number),
        ("desk", "case.resolve", number),
        ("", "case.rate", number),
        ("", "case.reopen", number),
    ]


def test_accepting_answers_masked(app, runtime):
    asked = {
        "community": COMMUNITY,
        "title": f"{NAME}家楼下噪声",
        "kind": "complaint",
        "description": SAID,
        "applicant": {"name": NAME, "phone": PHONE, "id_no": ID_NO},
    }
    answer = ask(app, runtime, "desk", "POST", "/api/intake/cases", json=asked)
    assert answer.status_code == 201
    assert not readable(answer.get_data(as_text=True))
    assert answer.json["title"] == "王**家楼下噪声"
    again = ask(app, runtime, "desk", "GET", f"/api/intake/cases?q={ID_NO}").json
    assert [case["number"] for case in again["items"]] == [answer.json["number"]]


def test_a_reason_is_chosen_and_the_keyboard_goes_on_from_what_is_shown(desk, number):
    path = f"/desk/{number}"
    form = desk.page(path).text
    assert re.search(r'<select[^>]* id="f-why"[^>]* required', form)
    assert '<option value="">请选择</option>' in form
    assert "data-focus" not in form
    refused = desk.send(path, f"{path}/reveal", why="")
    assert refused.status_code == 422
    assert "请选择为什么需要看完整信息" in refused.text
    assert re.search(r'<select[^>]* id="f-why"[^>]* data-focus', refused.text)
    unwritten = desk.send(path, f"{path}/reveal", why="other")
    assert re.search(r'<input[^>]* id="f-words"[^>]* data-focus', unwritten.text)
    shown = desk.send(path, f"{path}/reveal", why="call")
    assert 'tabindex="-1" data-focus' in shown.text
    assert NAME in shown.text


def test_who_serves_another_communitys_case_is_said_and_nothing_of_whose_it_is(
    runtime, elsewhere, number
):
    answer = elsewhere.page(f"/desk/{number}")
    assert answer.status_code == 403
    assert runtime.district.communities[COMMUNITY].name in answer.text
    assert not readable(answer.text)
    assert "王" not in answer.text
