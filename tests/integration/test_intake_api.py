"""Intake's JSON API, over Flask's test client and a fresh SQLite file."""

import pytest

from services.intake import api, seed, site
from services.intake.case import ACTIONS
from services.intake.staff.tries import MOST_TRIES
from shared.contracts import intake
from shared.db import Unavailable
from shared.web.auth import User, issue_token
from tests.unit.intake.ground import (
    COMMUNITY,
    ELSEWHERE,
    names,
    published,
    runtime_in,
)

CASES = "/api/intake/cases"
NOISE = {
    "community": COMMUNITY,
    "title": "楼下烧烤店夜间噪声扰民",
    "description": "每晚十一点后仍在营业，音响声很大。",
    "kind": "complaint",
    "applicant": {"name": "王建国", "phone": "138 0561 0000", "id_no": "11010519491231002X"},
    "channel": "desk",
    "materials": [],
    "urgency": "normal",
    "location": "幸福路 12 号楼下",
}
ALLOWANCE = {
    "community": COMMUNITY,
    "item": "G-01",
    "applicant": {"name": "张桂兰", "phone": "0561-3021234"},
    "materials": [
        "申请审批表",
        {"name": "本人身份证", "received": True},
        {"name": "户口簿", "received": False},
    ],
}


@pytest.fixture
def runtime(tmp_path):
    with runtime_in(tmp_path) as ground:
        seed.seed(ground)
        yield ground


@pytest.fixture
def client(runtime):
    return site.create_app(runtime).test_client()


def as_(runtime, username):
    person = runtime.district.staff[username]
    user = User(
        person.username,
        person.name,
        person.role,
        community=person.community,
        department=person.department,
    )
    return {"Authorization": f"Bearer {issue_token(user, runtime.settings.secret_key)}"}


@pytest.fixture
def desk(runtime):
    return as_(runtime, "desk")


@pytest.fixture
def number(client, desk):
    return client.post(CASES, json=NOISE, headers=desk).json["number"]


def fields_of(response):
    assert response.content_type == "application/problem+json"
    return {error["field"] for error in response.json["errors"]}


def test_signing_in(client):
    given = {"username": "desk", "password": "baitong"}
    answer = client.post("/api/intake/session", json=given)
    assert answer.status_code == 200
    assert answer.json["user"]["community"] == COMMUNITY
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    assert client.get("/api/intake/me", headers=headers).json["username"] == "desk"


@pytest.mark.parametrize("username", ["desk", "nobody"])
def test_a_wrong_password_and_a_wrong_name_are_told_alike(client, username):
    given = {"username": username, "password": "wrong"}
    answer = client.post("/api/intake/session", json=given)
    assert answer.status_code == 401
    assert answer.json["type"].endswith(":wrong-credentials")


def test_accepting(client, desk, runtime):
    answer = client.post(CASES, json=NOISE, headers=desk)
    assert answer.status_code == 201
    case = answer.json
    assert answer.headers["Location"] == f"{CASES}/{case['number']}"
    assert case["state"] == "accepted"
    assert case["state_label"] == {"zh": "已受理", "en": "Accepted"}
    assert case["owner"] == {"username": "desk", "name": "周敏"}
    assert case["applicant"] == {
        "name": "王**",
        "phone": "138****0000",
        "id_no": "110105********002X",
    }
    assert case["due_at"].endswith("23:59:59+08:00")
    assert case["lamp"] == {"level": "green", "words": "正常"}
    assert (case["limit_shown"], case["version"]) == ("5 个工作日内", 1)
    assert case["track_url"].startswith("http://127.0.0.1:18999/track/")
    assert names(published(runtime)) == [intake.accepted.name]


def test_accepting_an_application(client, desk):
    case = client.post(CASES, json=ALLOWANCE, headers=desk).json
    assert (case["kind"], case["title"], case["due_at"]) == ("application", "高龄津贴申请", None)
    assert case["missing"] == ["户口簿", "本人银行卡或社保卡"]
    assert case["item"]["procedure"] == ["受理", "审核", "办结"]
    assert case["limit_shown"] == "由区里确认后公布"


def test_one_matter_to_the_end(client, desk, runtime):
    number = client.post(CASES, json=ALLOWANCE, headers=desk).json["number"]
    steps = [
        ("notice", {"missing": ["近期照片"]}, "awaiting_materials"),
        ("materials", {"received": ["户口簿"]}, "awaiting_materials"),
        ("materials", {"received": ["本人银行卡或社保卡", "近期照片"]}, "accepted"),
        ("need", {"category": "escort", "wish": "陪老人来签字"}, "accepted"),
        ("back-office", {"note": "需入户核查"}, "in_back_office"),
        ("transfer", {"department": "mz", "reason": "区里审核"}, "transferred"),
        ("resolve", {"result": "已批准"}, "resolved"),
        ("rate", {"grade": 2, "comment": "太慢"}, "resolved"),
        ("reopen", {"reason": "没到账"}, "accepted"),
        ("resolve", {"result": "已到账"}, "resolved"),
        ("rate", {"grade": "very_satisfied"}, "resolved"),
        ("close", {}, "closed"),
    ]
    for action, body, state in steps:
        answer = client.post(f"{CASES}/{number}/{action}", json=body, headers=desk)
        assert (answer.status_code, answer.json["state"]) == (200, state), action
    case = client.get(f"{CASES}/{number}", headers=desk).json
    assert case["rating"]["grade"] == 5
    assert case["notice"]["missing"] == ["户口簿", "本人银行卡或社保卡", "近期照片"]
    assert [entry["action"] for entry in case["timeline"]] == [
        "accepted",
        *[action for action, _, _ in steps],
    ]
    assert case["timeline"][0]["words"] == "受理登记，出具受理回执"
    assert case["timeline"][0]["who"] == "周敏"
    assert len(published(runtime)) == len(steps) + 1


def test_a_withdrawn_case(client, desk, number):
    answer = client.post(f"{CASES}/{number}/withdraw", json={"reason": "不办了"}, headers=desk)
    assert answer.json["state"] == "withdrawn"
    again = client.post(f"{CASES}/{number}/withdraw", json={"reason": "不办了"}, headers=desk)
    assert again.status_code == 409
    assert fields_of(again) == {"state"}
    assert "已撤回" in again.json["errors"][0]["reason"]


def test_every_action_of_the_domain_is_served(client):
    assert set(api.ACTIONS) == set(ACTIONS)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"community": "340603999999"}, "community"),
        ({"item": "Z-99"}, "item"),
        ({"kind": "gossip"}, "kind"),
        ({"title": ""}, "title"),
        ({"applicant": {"name": "王", "phone": "12345"}}, "applicant.phone"),
        ({"applicant": {"name": "王", "phone": "13805610000", "id_no": "1"}}, "applicant.id_no"),
        ({"applicant": {"phone": "13805610000"}}, "applicant.name"),
        ({"urgency": "now"}, "urgency"),
        ({"materials": [3]}, "materials.0"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named_with_reason_and_remedy(client, desk, runtime, change, field):
    answer = client.post(CASES, json=NOISE | change, headers=desk)
    assert answer.status_code == 422
    assert fields_of(answer) == {field}
    assert all(error["reason"] and error["remedy"] for error in answer.json["errors"])
    assert published(runtime) == []


def test_a_certificate_not_to_be_issued(client, desk):
    asked = NOISE | {"kind": "help", "title": "请开亲属关系证明"}
    answer = client.post(CASES, json=asked, headers=desk)
    assert answer.status_code == 422
    assert answer.json["type"] == "urn:baitong:problem:not-issued"
    refusal = answer.json["refusal"]
    assert refusal["departments"] == [{"code": "ga", "name": "公安分局"}]
    assert "行政复议" in refusal["remedies"]
    assert "行政诉讼" in refusal["remedies"]
    assert "派出所" in answer.json["detail"]
    kept = client.get(f"/api/intake/refusals/{refusal['number']}", headers=desk)
    assert kept.json == refusal


def test_a_refusal_in_english(client, desk):
    asked = NOISE | {"kind": "help", "title": "请开亲属关系证明"}
    headers = desk | {"Accept-Language": "en"}
    answer = client.post(CASES, json=asked, headers=headers)
    assert "reconsideration" in answer.json["refusal"]["remedies"]


@pytest.mark.parametrize(
    ("typed", "status"),
    [("XS-261121-0042-09", 422), ("abc", 422), ("XS-261121-0042-08", 404)],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_mistyped_or_unknown_number(client, desk, typed, status, method):
    address = f"{CASES}/{typed}" if method == "get" else f"{CASES}/{typed}/close"
    answer = getattr(client, method)(address, headers=desk, **_body(method))
    assert answer.status_code == status
    assert fields_of(answer) == {"number"}


def _body(method):
    return {"json": {}} if method == "post" else {}


def test_a_mistyped_number_is_explained_in_english(client, desk):
    headers = desk | {"Accept-Language": "en"}
    answer = client.get(f"{CASES}/XS-261121-0042-09", headers=headers)
    assert "check digits" in answer.json["errors"][0]["reason"]


def test_a_number_as_people_type_it(client, desk, number):
    typed = number.lower().replace("-", "")
    assert client.get(f"{CASES}/{typed}", headers=desk).json["number"] == number


def test_lists(client, desk, number):
    client.post(CASES, json=ALLOWANCE, headers=desk)
    page = client.get(f"{CASES}?state=accepted,closed&page_size=1", headers=desk).json
    assert (page["page"], page["page_size"], page["total"]) == (1, 1, 2)
    assert page["items"][0]["number"] == number
    assert page["items"][0]["applicant"]["phone"] == "138****0000"
    found = client.get(f"{CASES}?q=张桂兰&owner=desk", headers=desk).json
    assert [case["title"] for case in found["items"]] == ["高龄津贴申请"]


@pytest.mark.parametrize("query", ["state=lost", "page=0", "page_size=1000"])
def test_a_wrong_query_is_named(client, desk, query):
    answer = client.get(f"{CASES}?{query}", headers=desk)
    assert answer.status_code == 422
    assert fields_of(answer) == {query.partition("=")[0]}


def test_officers_see_their_own_community_only(client, runtime, number):
    other = as_(runtime, "desk-guiyuan")
    assert client.get(CASES, headers=other).json["total"] == 0
    assert client.get(f"{CASES}?community={COMMUNITY}", headers=other).status_code == 403
    assert client.get(f"{CASES}/{number}", headers=other).status_code == 403
    answer = client.post(f"{CASES}/{number}/close", json={}, headers=other)
    assert answer.status_code == 403
    assert fields_of(answer) == {"community"}
    assert client.post(CASES, json=NOISE, headers=other).status_code == 403
    theirs = client.post(CASES, json=NOISE | {"community": ELSEWHERE}, headers=other)
    assert theirs.status_code == 201


def test_supervisors_read_all_and_change_nothing(client, runtime, number):
    headers = as_(runtime, "supervisor")
    assert client.get(CASES, headers=headers).json["total"] == 1
    assert client.get(f"{CASES}/{number}", headers=headers).status_code == 200
    assert client.post(CASES, json=NOISE, headers=headers).status_code == 403
    assert client.post(f"{CASES}/{number}/close", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("username", ["dept-ga", "partner", "admin"])
def test_departments_partners_and_administrators_have_no_access(client, runtime, number, username):
    headers = as_(runtime, username)
    assert client.get(CASES, headers=headers).status_code == 403
    assert client.get(f"{CASES}/{number}", headers=headers).status_code == 403
    assert client.post(f"{CASES}/{number}/close", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize("username", ["backoffice", "grid"])
def test_back_office_and_grid_work_on_what_the_desk_took(client, runtime, number, username):
    headers = as_(runtime, username)
    answer = client.post(f"{CASES}/{number}/resolve", json={"result": "好了"}, headers=headers)
    assert answer.json["state"] == "resolved"
    assert answer.json["owner"]["username"] == "desk"


def test_nobody_without_signing_in(client, number):
    assert client.get(CASES).status_code == 401
    assert client.get(f"{CASES}/{number}").status_code == 401
    assert client.post(CASES, json=NOISE).status_code == 401


def test_the_same_key_makes_one_case(client, desk):
    headers = desk | {"Idempotency-Key": "5f1c"}
    first = client.post(CASES, json=NOISE, headers=headers)
    again = client.post(CASES, json=NOISE, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post(CASES, json=NOISE | {"title": "别的事"}, headers=headers)
    assert other.status_code == 422
    assert fields_of(other) == {"Idempotency-Key"}
    long = client.post(CASES, json=NOISE, headers=desk | {"Idempotency-Key": "k" * 201})
    assert fields_of(long) == {"Idempotency-Key"}


def test_the_catalogue_is_open(client):
    found = client.get("/api/intake/items?q=dibao").json
    assert "G-02" in [item["code"] for item in found["items"]]
    everything = client.get("/api/intake/items").json
    assert everything["total"] == len(everything["items"]) == 93
    item = client.get("/api/intake/items/g-01").json
    assert item["materials"][0] == {"name": "申请审批表", "required": True, "when": None}
    assert client.get("/api/intake/items/Z-99").status_code == 404
    assert client.get("/api/intake/communities").json["total"] == 75
    assert client.get("/api/intake/not-issued").json["total"] == 20


def test_the_description_names_every_address_and_its_body(client):
    paths = client.get("/api/intake/openapi.json").json["paths"]
    for action in api.ACTIONS:
        operation = paths[f"/api/intake/cases/{{number}}/{action}"]["post"]
        assert operation["summary"]
        assert operation["security"] == [{"bearer": []}]
        assert "schema" in operation["requestBody"]["content"]["application/json"]
        assert {"200", "401", "403", "404", "409", "422"} <= set(operation["responses"])
    for path in ("session", "me", "cases", "cases/{number}", "items", "items/{code}"):
        assert f"/api/intake/{path}" in paths
    for path in ("communities", "not-issued", "refusals/{number}"):
        assert f"/api/intake/{path}" in paths
    header = paths["/api/intake/cases"]["post"]["parameters"][0]
    assert header["name"] == "Idempotency-Key"


def test_answers_have_what_the_description_promises(client, desk, number):
    schemas = client.get("/api/intake/openapi.json").json["components"]["schemas"]
    case = client.get(f"{CASES}/{number}", headers=desk).json
    promised = set(schemas["CaseOut"]["properties"])
    assert set(case) == promised - {"track_url"}  # the link is the resident's alone
    whole = client.post(f"{CASES}/{number}/reveal", json={"reason": "补打回执"}, headers=desk)
    assert set(whole.json) == promised
    row = client.get(CASES, headers=desk).json["items"][0]
    assert set(row) == set(schemas["RowOut"]["properties"])


def test_a_lost_database_is_said_to_be_away(client, desk, runtime):
    def lost(_work):
        raise Unavailable("gone")

    runtime.database.run = lost
    assert client.post(CASES, json=NOISE, headers=desk).status_code == 503


def test_passwords_cannot_be_tried_out(client):
    for guess in range(MOST_TRIES):
        given = {"username": "desk", "password": f"wrong-{guess}"}
        assert client.post("/api/intake/session", json=given).status_code == 401
    right = {"username": "desk", "password": "baitong"}
    answer = client.post("/api/intake/session", json=right)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert fields_of(answer) == {"username"}
    colleague = right | {"username": "desk-guiyuan"}
    assert client.post("/api/intake/session", json=colleague).status_code == 200


def test_a_case_holds_nothing_that_cannot_be_kept(client, desk, number):
    answer = client.post(CASES, json=NOISE | {"title": "a\0b"}, headers=desk)
    assert (answer.status_code, fields_of(answer)) == (422, {"title"})
    answer = client.post(f"{CASES}/{number}/resolve", json={"result": "\ud800"}, headers=desk)
    assert (answer.status_code, fields_of(answer)) == (422, {"result"})
    assert client.get(f"{CASES}?q=%00", headers=desk).status_code == 422
