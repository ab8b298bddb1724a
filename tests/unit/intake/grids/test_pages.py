"""The pages of grids: the phone's, the desk's, the passers-by's; photos sent twice are one."""

import io
import uuid
from typing import Any

import pytest
from PIL import Image

from services.intake import queries
from services.intake.files.store import list_files
from services.intake.grids import care_store, report_store
from services.intake.grids.report_store import Wanted
from services.intake.models import cases
from services.intake.site import create_app
from services.intake.staff import accounts
from shared.clock import now
from shared.permissions import User
from shared.web.auth import COOKIE, issue_token
from tests.unit.intake.grids.ground import FIRST_GRID, cared_for, give_accounts
from tests.unit.intake.ground import COMMUNITY, ELSEWHERE, PHONE, do, stored

SECRET = "a secret of the tests, long enough"
MULTIPART = {"content_type": "multipart/form-data"}


def picture(colour="red"):
    made = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(made, "JPEG")
    return io.BytesIO(made.getvalue()), "a.jpg"


@pytest.fixture
def app(runtime):
    give_accounts(runtime)
    made = create_app(runtime)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def visitor(app):
    def signed_in(username="", role="", community=COMMUNITY, english=False):
        client = app.test_client()
        if username:
            user = User(username, "王小燕", role, community=community, grids=(FIRST_GRID,))
            client.set_cookie(COOKIE, issue_token(user, SECRET))
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en" if english else "zh"
        client.environ_base["HTTP_ACCEPT"] = "text/html"
        return client

    return signed_in


@pytest.fixture
def phone(visitor):
    return visitor("grid", "grid")


@pytest.fixture
def desk(visitor):
    return visitor("desk", "desk")


def said(**changes: Any):
    plain = {
        "id": str(uuid.uuid4()),
        "kind": "hazard",
        "category": "charging",
        "words": "三楼拉线充电，请找 13805610000",
        "place": "3 号楼",
        "grid": FIRST_GRID,
    }
    return plain | changes


def reports(runtime):
    with runtime.database.read() as connection:
        return report_store.search(connection, Wanted(), 1, 50)[0]


def photos(runtime, number):
    with runtime.database.read() as connection:
        return list_files(connection, number)


def test_a_report_with_photos_sent_twice_without_scripts_is_one(runtime, phone):
    body = said()
    for _ in range(2):
        form = body | {"file": [picture(), picture("blue")]}
        answer = phone.post("/field/reports/files", data=form, **MULTIPART)
        assert (answer.status_code, answer.location) == (303, "/field")
    [one] = reports(runtime)
    assert (one.by.username, one.photos, one.state) == ("grid", 2, "reported")
    assert len(photos(runtime, one.number)) == 2


def test_a_report_and_its_photo_sent_twice_by_the_script_are_one(runtime, phone):
    body, photo_id = said(), uuid.uuid4().hex
    asked = {"Accept": "application/json"}
    for repeated in (False, True):
        answer = phone.post("/field/reports/files", data=body, headers=asked, **MULTIPART)
        assert answer.get_json()["repeated"] is repeated
        where = f"/field/reports/{answer.get_json()['number']}/files"
        form = {"id": photo_id, "file": picture()}
        assert phone.post(where, data=form, headers=asked, **MULTIPART).get_json()["id"] == photo_id
    [one] = reports(runtime)
    assert [file.id for file in photos(runtime, one.number)] == [photo_id]


def test_the_script_learns_the_number_of_what_it_can_no_longer_change(runtime, phone, desk):
    body, asked = said(), {"Accept": "application/json"}
    changed = body | {"words": "冒烟了", "edited": "true"}
    for form in (body, changed):
        assert phone.post("/field/reports/files", data=form, headers=asked, **MULTIPART).json
    [one] = reports(runtime)
    assert one.words == "冒烟了"
    page = desk.get(f"/desk/reports/{one.number}").text
    assert "改了上报内容，原来写的是" in page
    assert PHONE not in page
    desk.post(f"/desk/reports/{one.number}/take")
    late = changed | {"words": "起火了"}
    answer = phone.post("/field/reports/files", data=late, headers=asked, **MULTIPART)
    assert (answer.status_code, answer.get_json()["number"]) == (409, one.number)
    assert "已接单" in answer.get_json()["errors"][0]["reason"]


def test_what_the_script_sent_wrongly_is_told_by_field(phone):
    asked = {"Accept": "application/json"}
    answer = phone.post("/field/reports/files", data=said(place=""), headers=asked, **MULTIPART)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "place")
    answer = phone.post("/field/reports/files", data=said(kind=""), headers=asked, **MULTIPART)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "kind")


def test_what_was_typed_wrongly_comes_back_with_what_stood_there(phone):
    answer = phone.post("/field/reports/files", data=said(place=""), **MULTIPART)
    assert answer.status_code == 422
    assert "三楼拉线充电" in answer.text
    assert "没有写在什么地方" in answer.text


def test_what_is_no_photo_is_refused_and_nothing_is_reported(runtime, phone):
    form = said() | {"file": (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "a.pdf")}
    answer = phone.post("/field/reports/files", data=form, **MULTIPART)
    assert answer.status_code == 422
    assert reports(runtime) == []


def test_items_of_the_ticked_checklist_count(runtime, phone):
    form = said(kind="patrol", category="", found=["charging.cable", "three_three.balcony"])
    phone.post("/field/reports/files", data=form, **MULTIPART)
    [one] = reports(runtime)
    assert (one.checked["checklist"], one.checked["found"]) == ("charging", ["cable"])


def test_the_phone_learns_who_is_signed_in_and_a_fresh_token(phone, visitor):
    told = phone.get("/field/outbox", headers={"Accept": "application/json"})
    assert told.get_json()["username"] == "grid"
    assert told.get_json()["csrf_token"]
    assert told.headers["Cache-Control"] == "no-store"
    nobody = visitor().get("/field/outbox", headers={"Accept": "application/json"})
    assert nobody.status_code == 401


def test_the_offline_page_and_the_worker_name_nobody(visitor):
    page, worker = visitor().get("/field/offline"), visitor().get("/field/worker.js")
    assert (page.status_code, worker.status_code) == (200, 200)
    assert worker.headers["Service-Worker-Allowed"] == "/field"
    assert worker.content_type.startswith("text/javascript")
    for asked in ("/field/new", "field.js?v=", "grids.css?v="):
        assert asked in worker.text


def test_the_day_on_the_phone_shows_what_is_due_masked(runtime, phone):
    person = cared_for(runtime, worker="grid")
    text = phone.get("/field").text
    assert person.number in text
    assert "赵**" in text or "赵*英" in text
    assert "赵桂英" not in text
    assert "赵桂英" not in phone.get("/field/new").text


@pytest.mark.parametrize("english", [False, True])
def test_every_page_opens_in_both_languages(runtime, visitor, desk, english):
    person = cared_for(runtime, groups=("disabled",), consent="written", needs="每周透析")
    phone = visitor("grid", "grid", english=english)
    phone.post("/field/reports/files", data=said(file=picture()), **MULTIPART)
    visit = said(kind="visit", category="", care=person.number, answers=["met:well"])
    phone.post("/field/reports/files", data=visit, **MULTIPART)
    number = next(one.number for one in reports(runtime) if one.kind == "hazard")
    form = {"addressee": "好再来面馆", "place": "东街 12 号", "wrong": "没有报警装置\n灭火器过期"}
    paper = desk.post("/desk/reports/notices/new", data=form | {"report": number}).location
    reader = visitor("manager", "manager", english=english)
    for where in (
        "/field", "/field/new", "/snap", "/desk/reports", "/desk/reports?state=all",
        f"/desk/reports/{number}", "/desk/reports/notices", "/desk/reports/notices/new",
        f"/desk/reports/notices/new?report={number}", paper, paper.removesuffix("/paper"),
        "/desk/care", f"/desk/care/{person.number}", "/desk/care/new",
        f"/desk/care/{person.number}/change",
    ):  # fmt: skip
        answer = reader.get(where)
        assert answer.status_code == 200, (where, answer.text)


def test_the_four_steps_at_the_desk(runtime, phone, desk, visitor):
    phone.post("/field/reports/files", data=said(), **MULTIPART)
    [one] = reports(runtime)
    base = f"/desk/reports/{one.number}"
    assert "接单" in desk.get(base).text
    assert desk.post(f"{base}/take").status_code == 303
    assert desk.post(f"{base}/dispatch", data={"username": "grid"}).status_code == 303
    assert "已派单" in phone.get(base).text
    assert one.number in phone.get("/field").text
    assert phone.post(f"{base}/approve").status_code == 403
    assert phone.post(f"{base}/solve", data={"note": ""}).status_code == 422
    assert phone.post(f"{base}/solve", data={"note": "线已拆除"}).status_code == 303
    assert desk.post(f"{base}/approve").status_code == 303
    assert reports(runtime)[0].state == "closed"
    assert desk.post(f"{base}/nothing").status_code == 404


def test_nobody_is_offered_what_they_would_be_refused(runtime, phone, desk, visitor):
    phone.post("/field/reports/files", data=said(), **MULTIPART)
    base = f"/desk/reports/{reports(runtime)[0].number}"
    desk.post(f"{base}/take")
    desk.post(f"{base}/dispatch", data={"username": "grid"})
    solve, case, approve = f"{base}/solve", f"{base}/to-case", f"{base}/approve"
    other = visitor("grid-2", "grid")
    page = other.get(base).text
    assert "发整改通知书" in page, "anybody may write one"
    assert solve not in page
    assert case not in page
    for client in (phone, desk):
        page = client.get(base).text
        assert solve in page
        assert case in page
    refused = other.post(solve, data={"note": "好了"})
    assert refused.status_code == 422
    assert "这一单没有派给您" in refused.text
    desk.post(solve, data={"note": "线已拆除"})
    page = desk.get(base).text
    assert approve not in page, "who solved it does not review it"
    assert f"{base}/return" in page
    assert "自己办的单要由别人来审" in desk.post(approve).text
    assert approve in visitor("manager", "manager").get(base).text


def test_a_case_made_at_the_desk_takes_the_photos_along(runtime, phone, desk):
    phone.post("/field/reports/files", data=said(file=picture()), **MULTIPART)
    [one] = reports(runtime)
    wish = {"name": "王建国", "phone": PHONE, "kind": "complaint", "department": "gy"}
    answer = desk.post(f"/desk/reports/{one.number}/to-case", data=wish)
    case = reports(runtime)[0].case_number
    assert answer.location == f"/desk/{case}"
    assert photos(runtime, one.number) == []
    assert len(photos(runtime, case)) == 1
    assert "/desk/reports/photos/" in desk.get(f"/desk/reports/{one.number}").text


def made_case(runtime, desk):
    [one] = reports(runtime)
    wish = {"name": "王建国", "phone": PHONE, "kind": "complaint"}
    desk.post(f"/desk/reports/{one.number}/to-case", data=wish)
    return one.number, reports(runtime)[0].case_number


def late_photo(phone, number):
    form = {"id": uuid.uuid4().hex, "file": picture()}
    asked = {"Accept": "application/json"}
    return phone.post(f"/field/reports/{number}/files", data=form, headers=asked, **MULTIPART)


def test_a_photo_that_comes_late_is_a_line_of_the_case_and_archived_with_it(runtime, phone, desk):
    phone.post("/field/reports/files", data=said(photos=1), **MULTIPART)
    number, case = made_case(runtime, desk)
    archived = cases.update().where(cases.c.number == case).values(archived_at=now())
    do(runtime, lambda tx: tx.execute(archived))
    before = stored(runtime, case)
    assert late_photo(phone, number).status_code == 200
    after = stored(runtime, case)
    assert (after.version, after.archived_at) == (before.version + 1, None)
    with runtime.database.read() as connection:
        assert queries.timeline(connection, case)[-1].action == "file.added"


def test_the_papers_of_the_case_take_no_photo_of_the_report_its_place(runtime, phone, desk):
    phone.post("/field/reports/files", data=said(photos=2), **MULTIPART)
    number, case = made_case(runtime, desk)
    for _ in range(6):
        paper = {"what": "photo", "file": picture()}
        assert desk.post(f"/desk/{case}/files", data=paper, **MULTIPART).status_code == 303
    answers = [late_photo(phone, number).status_code for _ in range(7)]
    assert answers == [200] * 6 + [409]


def test_a_photo_that_comes_late_brings_nobody_back(runtime, phone, desk):
    phone.post("/field/reports/files", data=said(photos=1), **MULTIPART)
    number, case = made_case(runtime, desk)
    do(runtime, report_store.forget_with_cases, [case])
    answer = late_photo(phone, number)
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (409, "file")
    assert photos(runtime, case) == []


def test_telephones_in_words_are_masked_until_a_reason_is_given(runtime, desk, visitor):
    sent = said(kind="snapshot", community=COMMUNITY, phone=PHONE, grid="")
    assert visitor().post("/snap/files", data=sent, **MULTIPART).status_code == 303
    [one] = reports(runtime)
    assert PHONE not in desk.get(f"/desk/reports/{one.number}").text
    where = f"/desk/reports/{one.number}/reveal"
    assert desk.post(where, data={}).status_code == 422
    assert PHONE in desk.post(where, data={"why": "call"}).text


def test_photos_open_for_who_their_link_was_made_for_only(runtime, phone, desk, visitor):
    phone.post("/field/reports/files", data=said(file=picture()), **MULTIPART)
    [one] = reports(runtime)
    text = desk.get(f"/desk/reports/{one.number}").text
    link = text.split('href="/desk/reports/photos/')[1].split('"')[0]
    assert desk.get(f"/desk/reports/photos/{link}").content_type == "image/jpeg"
    assert phone.get(f"/desk/reports/photos/{link}").status_code == 404
    away = visitor("desk", "desk", community=ELSEWHERE)
    assert away.get(f"/desk/reports/photos/{link}").status_code == 404
    assert away.get(f"/desk/reports/{one.number}").status_code == 403


def test_a_snapshot_is_answered_with_its_number_and_never_shown_back(runtime, visitor):
    sent = said(kind="snapshot", community=COMMUNITY, grid="", file=picture())
    answers = [
        visitor().post("/snap/files", data=sent | {"file": picture()}, **MULTIPART)
        for _ in range(2)
    ]
    [one] = reports(runtime)
    assert {answer.location for answer in answers} == {f"/snap?sent={one.number}"}
    assert len(photos(runtime, one.number)) == 1
    shown = visitor().get(answers[0].location).text
    assert one.number in shown
    assert "三楼" not in shown


def test_one_address_sends_no_snapshots_without_end(runtime, visitor):
    client = visitor()
    for _ in range(60):
        client.post("/snap/files", data=said(kind="snapshot", community="1"), **MULTIPART)
    answer = client.post("/snap/files", data=said(community=COMMUNITY), **MULTIPART)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert reports(runtime) == []


def test_care_is_kept_changed_revealed_and_ended_at_the_desk(runtime, desk):
    form = {
        "name": "赵桂英", "phone": "13805611111", "address": "3 号楼 401", "groups": ["disabled"],
        "worker": "grid", "needs": "轮椅",
    }  # fmt: skip
    assert "单独同意" in desk.post("/desk/care/new", data=form).text
    where = desk.post("/desk/care/new", data=form | {"consent": "written"}).location
    shown = desk.get(where).text
    assert "轮椅" not in shown
    assert "401" not in shown
    assert "轮椅" in desk.post(f"{where}/reveal", data={"why": "visit"}).text
    changed = form | {"consent": "written", "address": "5 号楼 101"}
    assert desk.post(f"{where}/change", data=changed).status_code == 303
    assert desk.post(f"{where}/end", data={"note": ""}).status_code == 422
    assert desk.post(f"{where}/end", data={"note": "已搬走"}).status_code == 303
    assert "已移出名单" in desk.get(where).text


def test_the_care_list_says_whose_worker_has_left(runtime, desk):
    with_one, without = (
        cared_for(runtime, worker="grid"),
        cared_for(runtime, phone="13805611112", worker="grid-2"),
    )
    gone = "负责网格员已离岗，请重新指定"
    assert gone not in desk.get("/desk/care").text
    do(runtime, accounts.disable, "grid-2")
    assert desk.get("/desk/care").text.count(gone) == 1
    assert gone in desk.get(f"/desk/care/{without.number}?mine=1").text
    assert gone not in desk.get(f"/desk/care/{with_one.number}?mine=1").text
    desk.set_cookie("lang", "en")
    assert "Their worker has left" in desk.get("/desk/care").text


def version_in(page):
    return page.text.split('name="version" value="')[1].split('"')[0]


def test_consent_is_taken_back_at_the_desk(runtime, desk):
    number = cared_for(runtime, groups=("alone", "ill"), consent="spoken", needs="每周透析").number
    where = f"/desk/care/{number}/change"
    sent = {"groups": ["alone", "ill"], "worker": "grid", "consent": ""}
    assert desk.post(where, data=sent).status_code == 303
    shown = desk.get(f"/desk/care/{number}").text
    assert "已撤回单独同意" in shown
    assert "没有登记涉及健康的信息" in shown
    with runtime.database.read() as connection:
        kept = care_store.get(connection, number)
    assert (kept.name, kept.groups, kept.needs, kept.consent) == ("赵桂英", ("alone",), "", None)


def test_a_care_form_filled_in_meanwhile_by_another_is_shown_as_it_is_now(runtime, desk, visitor):
    person = cared_for(runtime)
    where = f"/desk/care/{person.number}/change"
    form = {"groups": ["alone"], "version": version_in(desk.get(where))}
    boss = visitor("manager", "manager")
    assert boss.post(where, data=form | {"worker": "grid"}).status_code == 303
    typed = form | {"worker": "grid-2", "address": "5 号楼 101"}
    answer = desk.post(where, data=typed)
    assert answer.status_code == 409
    assert "有过改动" in answer.text
    assert '<option value="grid" selected>' in answer.text
    assert 'value="5 号楼 101"' in answer.text
    again = typed | {"worker": "grid", "version": version_in(answer)}
    assert desk.post(where, data=again).status_code == 303


def test_notices_are_written_checked_and_looked_back_at(runtime, desk):
    form = {"addressee": "好再来面馆", "place": "东街 12 号", "wrong": ""}
    assert desk.post("/desk/reports/notices/new", data=form).status_code == 422
    paper = desk.post("/desk/reports/notices/new", data=form | {"wrong": "没有报警装置"}).location
    assert "没有报警装置" in desk.get(paper).text
    where = paper.removesuffix("/paper")
    assert desk.post(f"{where}/passed", data={"found": ""}).status_code == 422
    for verb, word in (("failed", "待复查"), ("passed", "待回头看"), ("held", "已销号")):
        assert desk.post(f"{where}/{verb}", data={"found": "看过了"}).status_code == 303
        assert word in desk.get(where).text
    assert desk.post(f"{where}/nothing", data={"found": "x"}).status_code == 404
