"""The JSON API: who may do what, what each sees, lists, refusals."""

import pytest

from services.partners import handlers, handlers_partners
from services.partners.partner import VOLUNTEER, Offering, Partner
from services.partners.site import create_app
from shared.web import auth

NEED = "XS-261121-00042-7-n1"
HERE = "340603002001"
USERS = {
    "shop": auth.User("partner", "徐慧", auth.PARTNER, partner="demo-nuanxin"),
    "wei": auth.User("partner-wei", "魏国栋", auth.PARTNER, partner="demo-wei-master"),
    "stranger": auth.User("stranger", "丁一", auth.PARTNER, partner="demo-shiguang-books"),
    "unbound": auth.User("unbound", "无名", auth.PARTNER),
    "desk": auth.User("desk", "周敏", auth.DESK, community=HERE),
    "elsewhere": auth.User("desk-x", "赵阳", auth.DESK, community="340603009004"),
    "supervisor": auth.User("supervisor", "郑建国", auth.SUPERVISOR),
    "department": auth.User("dept-ga", "高峰", auth.DEPARTMENT, department="ga"),
}
NEWCOMER = {
    "code": "kuaixiu",
    "name": "快修社",
    "kind": "community",
    "phone": "13805610001",
    "communities": [HERE],
    "offerings": [{"list": "service", "category": "repair", "name": "开锁换锁"}],
}


@pytest.fixture
def call(runtime, heard):
    """Call the API as somebody; the example's need has been raised."""
    runtime.database.run(lambda tx: handlers.take_need(tx, heard(location="幸福路 12 号 3 单元")))
    client = create_app(runtime).test_client()

    def request(who, method, path, body=None):
        headers = {}
        if who is not None:
            token = auth.issue_token(USERS[who], runtime.settings.secret_key)
            headers["Authorization"] = f"Bearer {token}"
        sent = client.open(f"/api/partners{path}", method=method, json=body, headers=headers)
        return sent.status_code, sent.get_json(force=True)

    return request


def post(call, who, path, body=None):
    return call(who, "POST", path, {} if body is None else body)


def test_a_need_goes_its_way_and_the_points_are_spent(call):
    status, need = post(call, "shop", f"/needs/{NEED}/accept")
    assert (status, need["state"], need["partner"]) == (200, "accepted", "demo-nuanxin")
    assert need["phone"] == "138****0000"
    assert (
        post(call, "shop", f"/needs/{NEED}/fulfil", {"note": "换了角阀"})[1]["state"] == "fulfilled"
    )
    assert post(call, "desk", f"/needs/{NEED}/confirm")[1]["points"] == 20
    status, book = call("shop", "GET", "/passbooks/demo-nuanxin")
    assert (book["balance"], book["total"], book["items"][0]["balance"]) == (20, 1, 20)
    status, voucher = post(call, "shop", "/rewards/haircut/redeem", {"request": "w1"})
    assert (status, voucher["state"]) == (201, "issued")
    assert post(call, "shop", "/rewards/haircut/redeem", {"request": "w1"})[1] == voucher
    assert call("shop", "GET", "/redemptions")[1]["total"] == 1
    path = f"/redemptions/{voucher['voucher']}"
    assert post(call, "wei", f"{path}/cancel")[0] == 404
    assert post(call, "shop", f"{path}/cancel")[1]["state"] == "cancelled"
    assert call("shop", "GET", "/passbooks/demo-nuanxin")[1]["balance"] == 20
    status, sums = call("supervisor", "GET", "/ledger/verify")
    assert sums == {"sound": True, "mismatch": None, "issued": 20, "redeemed": 0, "held": 20}
    entries = call("supervisor", "GET", "/ledger?page_size=2")[1]
    assert (entries["total"], len(entries["items"])) == (3, 2)
    assert all(sum(p["amount"] for p in e["postings"]) == 0 for e in entries["items"])


def test_a_voucher_is_handed_over_by_the_desk(call):
    post(call, "wei", f"/needs/{NEED}/accept")
    post(call, "wei", f"/needs/{NEED}/confirm")
    post(call, "supervisor", f"/needs/{NEED}/confirm")
    voucher = post(call, "wei", "/rewards/haircut/redeem")[1]["voucher"]
    assert post(call, "desk", f"/redemptions/{voucher}/hand-over")[1]["state"] == "handed_over"
    status, refusal = post(call, "desk", "/redemptions/DH-000001-99/hand-over")
    assert (status, refusal["errors"][0]["field"]) == (409, "voucher")


def test_the_second_acceptance_is_told_so(call):
    post(call, "shop", f"/needs/{NEED}/accept")
    status, refusal = post(call, "wei", f"/needs/{NEED}/accept")
    assert status == 409
    assert refusal["type"].endswith(":refused")
    assert refusal["errors"] == [
        {"field": "partner", "reason": "已被别的合伙人认领", "remedy": "请刷新看看最新情况"}
    ]


def test_only_who_took_it_learns_name_telephone_and_place(call):
    seen = call("wei", "GET", f"/needs/{NEED}")[1]
    assert (seen["applicant"], seen["phone"], seen["location"]) == ("王**", "138****0000", "")
    assert [offer["partner"] for offer in seen["offers"]] == ["demo-wei-master"]
    assert "就在本社区" in seen["offers"][0]["reasons"]
    listed = call("wei", "GET", "/needs")[1]
    assert (listed["total"], listed["items"][0]["applicant"]) == (1, "王**")
    assert call("stranger", "GET", "/needs")[1]["total"] == 0
    assert call("stranger", "GET", f"/needs/{NEED}")[0] == 404
    post(call, "shop", f"/needs/{NEED}/accept")
    assert call("wei", "GET", f"/needs/{NEED}")[1]["applicant"] == "王**"
    assert call("shop", "GET", f"/needs/{NEED}")[1]["applicant"] == "王**"
    why, path = {"reason": "电话联系办事人"}, f"/needs/{NEED}/reveal"
    assert post(call, "wei", path, why)[0] == 403
    assert post(call, "stranger", path, why)[0] == 404
    assert post(call, "shop", path)[0] == 422
    whole = post(call, "shop", path, why)[1]
    assert (whole["applicant"], whole["location"]) == ("王建国", "幸福路 12 号 3 单元")
    post(call, "shop", f"/needs/{NEED}/decline", {"note": "师傅病了"})
    assert post(call, "shop", path, why)[0] == 403


def test_the_answer_to_a_give_back_is_masked(call):
    post(call, "shop", f"/needs/{NEED}/accept")
    answer = post(call, "shop", f"/needs/{NEED}/decline")[1]
    assert (answer["state"], answer["location"]) == ("offered", "")


def test_staff_see_their_community(call):
    assert len(call("desk", "GET", f"/needs/{NEED}")[1]["offers"]) == 3
    assert call("elsewhere", "GET", f"/needs/{NEED}")[0] == 404
    assert call("elsewhere", "GET", "/needs")[1]["total"] == 0
    found = call("supervisor", "GET", "/needs?state=offered&case=XS-261121-00042-7")[1]
    assert found == found | {"page": 1, "page_size": 20, "total": 1}
    assert call("supervisor", "GET", "/needs?state=confirmed")[1]["total"] == 0
    assert post(call, "elsewhere", f"/needs/{NEED}/offer", {"partners": ["demo-banlao"]})[0] == 404
    assert post(call, "desk", f"/needs/{NEED}/offer", {"partners": ["demo-banlao"]})[0] == 200
    assert post(call, "desk", f"/needs/{NEED}/offer", {"partners": []})[0] == 422
    assert post(call, "desk", f"/needs/{NEED}/offer", {"partners": ["nobody"]})[0] == 404


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        (None, "GET", "/needs", 401),
        ("department", "GET", "/needs", 403),
        ("desk", "POST", f"/needs/{NEED}/accept", 403),
        ("unbound", "POST", f"/needs/{NEED}/accept", 403),
        ("shop", "POST", f"/needs/{NEED}/offer", 403),
        ("shop", "POST", f"/needs/{NEED}/send-back", 403),
        ("wei", "GET", "/passbooks/demo-nuanxin", 404),
        ("desk", "GET", "/passbooks/nobody", 404),
        ("desk", "GET", "/ledger", 403),
        ("desk", "GET", "/ledger/verify", 403),
        ("desk", "POST", "/rewards/haircut/redeem", 403),
        ("wei", "POST", "/rewards/haircut/redeem", 409),
        ("wei", "POST", "/rewards/nothing/redeem", 404),
        ("desk", "POST", "/partners", 403),
        ("shop", "POST", "/partners/demo-wei-master/approve", 403),
        (None, "GET", "/partners?state=pending", 401),
        (None, "GET", "/partners/nobody", 404),
        ("desk", "POST", "/needs/nothing/confirm", 404),
        ("desk", "POST", f"/needs/{NEED}/send-back", 422),
    ],
)
def test_who_may_not(call, who, method, path, status):
    assert call(who, method, path, {} if method == "POST" else None)[0] == status


def test_anybody_sees_who_the_partners_are_but_only_staff_whom_to_call(call):
    found = call(None, "GET", f"/partners?category=repair&community={HERE}")[1]
    assert {p["code"] for p in found["items"]} == {
        "demo-nuanxin",
        "demo-wei-master",
        "sgcc-huaibei",
    }
    assert found["total"] == 3
    assert {p["phone"] for p in found["items"]} == {""}
    assert call("desk", "GET", "/partners/demo-nuanxin")[1]["phone"] == "13905610106"
    second = call(None, "GET", "/partners?page=2&page_size=15")[1]
    assert (len(second["items"]), second["total"]) == (5, 20)
    assert call(None, "GET", "/rewards")[1]["items"][0]["left"] > 0
    categories = call(None, "GET", "/categories")[1]["items"]
    assert {"code": "repair", "name": "便民维修", "name_en": "Repairs", "points": 20,
            "confirmed": False} in categories  # fmt: skip


def test_a_partner_registers_and_is_approved(call):
    status, made = post(call, "shop", "/partners", NEWCOMER)
    assert (status, made["state"], made["origin"]) == (201, "pending", "registered")
    assert call(None, "GET", "/partners/kuaixiu")[0] == 404
    assert call("supervisor", "GET", "/partners?state=pending")[1]["total"] == 1
    assert post(call, "supervisor", "/partners", NEWCOMER)[0] == 409
    assert post(call, "supervisor", "/partners/kuaixiu/approve")[1]["state"] == "approved"
    assert call(None, "GET", "/partners/kuaixiu")[1]["name"] == "快修社"
    assert call("desk", "GET", "/passbooks/kuaixiu")[1]["balance"] == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "join"}, "code"),
        ({"code": "Ä"}, "code"),
        ({"communities": ["123456789012"]}, "communities"),
        ({"offerings": []}, "offerings"),
        ({"offerings": [{"list": "service", "category": "gold", "name": "x"}]},
         "offerings.0.category"),
        ({"kind": "king"}, "kind"),
        ({"credit_code": "91340600MA2MRYFW1X"}, "credit_code"),
        ({"credit_code": "9" * 41}, "credit_code"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_registration_is_named(call, change, field):
    status, refusal = post(call, "supervisor", "/partners", NEWCOMER | change)
    assert (status, refusal["errors"][0]["field"]) == (422, field)


def test_a_partner_may_give_its_credit_code(call):
    given = NEWCOMER | {"credit_code": " 9111000071093465 1m"}
    assert post(call, "supervisor", "/partners", given)[1]["credit_code"] == "91110000710934651M"
    assert post(call, "supervisor", "/partners/kuaixiu/approve")[0] == 200
    assert call(None, "GET", "/partners/kuaixiu")[1]["credit_code"] == "91110000710934651M"
    assert call(None, "GET", "/partners/demo-nuanxin")[1]["credit_code"] == ""


def test_the_api_is_described(call):
    described = call(None, "GET", "/openapi.json")[1]["paths"]
    assert {"/api/partners/needs/{number}/accept", "/api/partners/ledger/verify"} <= set(described)


def test_a_pending_partner_may_not_accept(runtime, call):
    pending = Partner("late", "X", VOLUNTEER, offerings=(Offering("service", "repair", "x"),))
    runtime.database.run(lambda tx: handlers_partners.register(tx, pending, "x"))
    USERS["late"] = auth.User("late", "X", auth.PARTNER, partner="late")
    assert post(call, "late", f"/needs/{NEED}/accept")[0] == 404
