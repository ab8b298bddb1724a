"""The JSON API: what it takes and gives, and who may."""

import pytest

from services.routing import handlers
from shared.web.auth import User
from tests.unit.routing import ground, web
from tests.unit.routing.ground import CASE, ORDER, at, order_of

API = "/api/routing"


@pytest.fixture
def db():
    with at():
        yield ground.database()


@pytest.fixture
def app(db, tmp_path):
    return web.make_app(db, tmp_path)


@pytest.fixture
def ga(app):
    return web.Caller(app, web.GA)


@pytest.fixture
def supervisor(app):
    return web.Caller(app, web.SUPERVISOR)


def opened(db, **changes: object):
    db.run(lambda tx: handlers.open_order(tx, ground.transferred(**changes)))


def test_an_order_as_a_program_reads_it(db, ga):
    opened(db)
    order = ga.get(f"{API}/orders/{ORDER}").json
    assert order["number"] == ORDER
    assert order["case_number"] == CASE
    assert (order["department"], order["department_name"]) == ("ga", "公安")
    assert (order["state"], order["state_label"], order["role"]) == ("dispatched", "待签收", "lead")
    assert order["contact_by"] == "2026-11-23T10:00:00+08:00"
    assert order["due_by"] == "2026-11-30T23:59:59+08:00"
    assert order["lamp"] == {"level": "green", "words": "正常"}
    assert order["applicant"] == {"name": "王**", "phone": "138****0000"}
    assert [entry["what"] for entry in order["history"]] == ["dispatch"]
    assert "派单起 1 小时" in order["clocks"]["contact"]


def test_the_straight_line_of_a_department(db, ga):
    opened(db)
    for verb, body in (
        ("signed", {}),
        ("contacted", {"note": "已电话联系"}),
        ("progressed", {"note": "已现场查看"}),
        ("completed", {"result": "已约谈店主。"}),
    ):
        answer = ga.post(f"{API}/orders/{ORDER}/{verb}", **body)
        assert answer.status_code == 200, answer.json
    assert answer.json["state"] == "completed"
    assert answer.json["result"] == "已约谈店主。"
    assert [entry["by"] for entry in answer.json["history"]][1:] == ["高峰"] * 4


def test_a_body_may_be_left_out_where_nothing_is_required(db, ga):
    opened(db)
    path = f"{API}/orders/{ORDER}/signed"
    answer = ga.client.post(path, headers={"Authorization": f"Bearer {ga.token}"})
    assert answer.json["state"] == "signed"


def test_a_reply_sent_twice_with_its_id_counts_once(db, ga):
    opened(db)
    for _ in range(2):
        answer = ga.post(f"{API}/orders/{ORDER}/completed", result="好了", reply_id="r-1")
        assert answer.status_code == 200
    assert order_of(db).version == 2


def test_a_refusal_names_field_reason_and_remedy(db, ga):
    opened(db)
    ga.post(f"{API}/orders/{ORDER}/completed", result="好了")
    answer = ga.post(f"{API}/orders/{ORDER}/signed")
    assert answer.status_code == 409
    assert answer.json["title"] == "工单现在是“已答复”，不能签收"
    [error] = answer.json["errors"]
    assert error["field"] == "order"
    assert error["remedy"]


def test_a_missing_field_is_named(db, ga):
    opened(db)
    answer = ga.post(f"{API}/orders/{ORDER}/return_requested", reason="属城管职责")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["legal_ground"]


def test_what_no_database_takes_is_named(db, ga):
    opened(db)
    answer = ga.post(f"{API}/orders/{ORDER}/progressed", note="a\x00b")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["note"]


def test_another_departments_order_is_not_there(db, app):
    opened(db)
    other = web.Caller(app, web.CG)
    assert other.get(f"{API}/orders/{ORDER}").status_code == 404
    assert other.post(f"{API}/orders/{ORDER}/signed").status_code == 404
    assert other.get(f"{API}/orders").json["total"] == 0
    assert other.get(f"{API}/orders", department="ga").status_code == 403
    assert order_of(db).state == "dispatched"


def test_a_desk_sees_the_orders_of_a_case_and_no_more(db, app):
    opened(db)
    desk = web.Caller(app, web.DESK)
    assert desk.get(f"{API}/orders", case=CASE).json["total"] == 1
    assert desk.get(f"{API}/orders").status_code == 422
    assert desk.post(f"{API}/orders/{ORDER}/signed").status_code == 403
    assert desk.post(f"{API}/orders/{ORDER}/press", note="快").status_code == 403


def test_nobody_unknown_sees_anything(app):
    assert app.test_client().get(f"{API}/orders").status_code == 401
    assert app.test_client().post(f"{API}/suggest", json={"text": "噪声"}).status_code == 401


def test_a_supervisor_dispatches_what_was_proposed(db, supervisor):
    opened(db, department=None)
    shown = supervisor.get(f"{API}/orders/{ORDER}").json
    first = shown["suggestions"][0]
    assert (first["department"], first["department_name"]) == ("ga", "公安")
    answer = supervisor.post(f"{API}/orders/{ORDER}/dispatch", department="ga")
    assert answer.json["state"] == "dispatched"
    assert answer.json["reasons"][-1] == "郑建国派单"


def test_a_department_that_is_not_there_is_refused(db, supervisor):
    opened(db, department=None)
    answer = supervisor.post(f"{API}/orders/{ORDER}/dispatch", department="zz")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "department"


def test_a_supervisor_does_not_answer_for_a_department(db, supervisor):
    opened(db)
    assert supervisor.post(f"{API}/orders/{ORDER}/signed").status_code == 403


@pytest.mark.parametrize(
    ("asked", "decision"),
    [
        ("return_requested", ("grant-return", {"department": "cg"}, "dispatched")),
        ("return_requested", ("grant-return", {}, "proposed")),
        ("return_requested", ("refuse-return", {"note": "仍属本单位"}, "signed")),
        ("extension_requested", ("grant-extension", {}, "signed")),
        ("extension_requested", ("refuse-extension", {"note": "理由不足"}, "signed")),
        ("completed", ("send-back", {"reason": "没有写结果"}, "signed")),
        ("completed", ("approve", {}, "completed")),
        ("completed", ("close", {}, "closed")),
        ("signed", ("press", {"note": "请今日内联系"}, "signed")),
    ],
)
def test_what_a_supervisor_decides(db, ga, supervisor, asked, decision):
    verb, body, state = decision
    opened(db)
    reply = {
        "return_requested": {"reason": "非我职责", "legal_ground": "三定方案"},
        "extension_requested": {"reason": "需检测", "approved_by": "周局长"},
        "completed": {"result": "好了"},
        "signed": {},
    }[asked]
    assert ga.post(f"{API}/orders/{ORDER}/{asked}", **reply).status_code == 200
    answer = supervisor.post(f"{API}/orders/{ORDER}/{verb}", **body)
    assert (answer.status_code, answer.json["state"]) == (200, state)


def test_lists_are_filtered_and_paged(db, supervisor):
    for number in range(5):
        opened(db, number=f"XS-261123-000{number}-00", department="cg" if number % 2 else "ga")
    found = supervisor.get(f"{API}/orders", department="cg").json
    assert (found["total"], found["page"], found["page_size"]) == (2, 1, 20)
    assert supervisor.get(f"{API}/orders", state="signed").json["total"] == 0
    assert supervisor.get(f"{API}/orders", q="0003").json["total"] == 1
    second = supervisor.get(f"{API}/orders", page=2, page_size=2).json
    assert (len(second["items"]), second["total"]) == (2, 5)
    assert supervisor.get(f"{API}/orders", lamp="blue").status_code == 422


@pytest.mark.parametrize(
    ("later", "level"), [({}, "green"), ({"minutes": 50}, "yellow"), ({"minutes": 61}, "red")]
)
def test_the_lamp_that_is_shown_is_the_lamp_that_is_found(db, supervisor, later, level):
    opened(db)
    with at(**later):
        for asked in ("green", "yellow", "red", "none"):
            found = supervisor.get(f"{API}/orders", lamp=asked).json["items"]
            assert [one["lamp"]["level"] for one in found] == ([level] if asked == level else [])


def test_the_delivery_log_is_each_departments_own(db, ga, app, supervisor):
    opened(db)
    ga.post(f"{API}/orders/{ORDER}/signed")
    ga.post(f"{API}/orders/{ORDER}/signed")
    log = ga.get(f"{API}/replies").json
    assert sorted(row["outcome"] for row in log["items"]) == ["applied", "rejected"]
    assert web.Caller(app, web.CG).get(f"{API}/replies").json["total"] == 0
    assert web.Caller(app, web.CG).get(f"{API}/replies", department="ga").status_code == 403
    assert supervisor.get(f"{API}/replies", department="ga").json["total"] == 2


def test_suggestions_over_http(ga):
    answer = ga.post(f"{API}/suggest", text="楼下烧烤店半夜放音响,吵得睡不着").json
    first = answer["suggestions"][0]
    assert first["department"] == "ga"
    assert 0 < first["score"] <= 1
    assert first["reasons"]


def test_departments_are_listed(ga):
    codes = [one["code"] for one in ga.get(f"{API}/departments").json]
    assert codes[:2] == ["ga", "mz"]


def test_english_is_asked_for_by_header(db, ga):
    opened(db)
    headers = {"Authorization": f"Bearer {ga.token}", "Accept-Language": "en"}
    order = ga.client.get(f"{API}/orders/{ORDER}", headers=headers).json
    assert order["state_label"] == "To be signed"
    assert order["lamp"]["words"] == "on time"


def test_the_description_names_every_address(app):
    paths = app.test_client().get("/api/routing/openapi.json").json["paths"]
    verbs = {
        path.rsplit("/", 1)[1] for path in paths if path.startswith(f"{API}/orders/{{number}}/")
    }
    assert verbs >= {"signed", "contacted", "progressed", "return_requested"}
    assert verbs >= {"extension_requested", "completed", "dispatch", "grant-return", "approve"}


@pytest.mark.parametrize("role", ["desk", "back_office", "grid"])
def test_a_community_reads_the_orders_of_its_own_cases_only(db, app, role):
    opened(db)
    elsewhere = web.Caller(app, User("zhao", "赵阳", role, community="340603009001"))
    assert elsewhere.get(f"{API}/orders", case=CASE).json["total"] == 0
    nowhere = web.Caller(app, User("qian", "钱进", role))
    assert nowhere.get(f"{API}/orders", case=CASE).status_code == 403
    assert web.Caller(app, web.SUPERVISOR).get(f"{API}/orders", case=CASE).json["total"] == 1
