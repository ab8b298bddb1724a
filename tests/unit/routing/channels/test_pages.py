"""How deliveries stand, and onboarding: the page and the API."""

import re

import pytest

from services.routing import handlers as routing
from services.routing.channels import channel as channels
from services.routing.channels import handlers, status
from shared import clock
from shared.contracts import BY_TYPE
from shared.permissions import User
from tests.unit.routing import ground, web
from tests.unit.routing.channels import stand
from tests.unit.routing.channels.stand import channel, onboard, send_all, states

ADMIN = User("limin", "李敏", "admin")
HOOK = {"kind": "webhook", "address": "https://oa.example.gov.cn/baitong?key=abc"}


@pytest.fixture
def app(db, tmp_path):
    made = web.make_app(db, tmp_path)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def admin(app):
    return web.Caller(app, ADMIN)


@pytest.fixture
def supervisor(app):
    return web.Caller(app, web.SUPERVISOR)


def item(caller, code="ga"):
    items = caller.get("/api/routing/channels").get_json()["items"]
    return next(one for one in items if one["department"] == code)


def open_order(db):
    event = ground.transferred()
    db.run(lambda tx: routing.open_order(tx, event))


def test_everybody_works_on_the_page_at_first(supervisor):
    shown = item(supervisor)
    assert (shown["kind"], shown["lamp"]) == ("page", {"level": "none", "words": "在页面办理"})


def test_a_department_sees_its_own_deliveries_only(db, app):
    police = web.Caller(app, web.GA)
    items = police.get("/api/routing/channels").get_json()["items"]
    assert [one["department"] for one in items] == ["ga"]
    assert police.get("/api/routing/channels/cg/deliveries").status_code == 403
    assert police.page("/orders/channels/cg").status_code == 403
    assert police.page("/orders/channels/ga").status_code == 200
    assert police.post("/api/routing/channels/ga", **HOOK).status_code == 403


@pytest.mark.parametrize(
    ("minutes", "level", "words"),
    [
        (0, "green", "已等 不到 1 分钟"),
        (9, "green", "已等 9 分钟"),
        (10, "yellow", "已等 10 分钟"),
        (60, "red", "已等 1 小时"),
        (60 * 49, "red", "已等 2 天"),
    ],
)
def test_the_age_of_the_oldest_is_a_lamp_with_words(db, supervisor, minutes, level, words):
    onboard(db, "ga", "webhook", "https://oa.example.gov.cn/")
    open_order(db)
    with ground.at(minutes=minutes):
        shown = item(supervisor)
        page = supervisor.page("/orders/channels").get_data(as_text=True)
    assert (shown["lamp"]["level"], shown["lamp"]["words"]) == (level, words)
    assert shown["waiting"] == 1
    assert words in page


def test_what_was_given_up_is_no_green(db, supervisor, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_order(db)
    hook.answers = [422, 422, 422]
    for seconds in (0, 5, 35):
        with ground.at(seconds=seconds):
            send_all(db)
    with ground.at(minutes=1):
        shown = item(supervisor)
    assert (shown["dead"], shown["lamp"]["level"]) == (1, "yellow")
    assert "1" in shown["lamp"]["words"]


def test_a_queue_nobody_has_looked_at_is_not_called_empty(db, supervisor):
    db.settings = stand.settings(embedded=False)
    onboard(db, "ga", "amqp")
    assert item(supervisor)["lamp"]["level"] == "none"
    db.run(lambda tx: handlers.looked(tx, "ga", 0, clock.now()))
    assert item(supervisor)["lamp"] == {"level": "green", "words": "没有积压"}
    with ground.at(minutes=6):
        assert item(supervisor)["lamp"]["words"] == "还没有看到队列"


def test_the_secret_is_shown_once_by_the_page(admin, db):
    shown = admin.submit("/orders/channels/ga/onboard", **HOOK)
    assert shown.status_code == 200
    secret = re.search(r"whsec_[\w+/=]+", shown.get_data(as_text=True))
    assert secret is not None
    assert secret[0] == channel(db).secret
    again = admin.page("/orders/channels/ga").get_data(as_text=True)
    assert "whsec_" not in again
    assert "key=abc" not in again, "nor what the address may hold"
    rotated = admin.submit("/orders/channels/ga/rotate").get_data(as_text=True)
    assert channel(db).secret in rotated


def test_the_secret_is_shown_once_by_the_api(admin, db):
    made = admin.post("/api/routing/channels/ga", **HOOK)
    assert made.status_code == 201
    assert made.get_json()["secret"] == channel(db).secret
    assert "secret" not in item(admin)
    assert item(admin)["address"] == "https://oa.example.gov.cn/…"
    assert admin.post("/api/routing/channels/ga/rotate").get_json()["secret"] == channel(db).secret


def test_mailboxes_are_masked(db, admin):
    onboard(db, "ga", "mail", "wangjianguo@example.gov.cn")
    assert item(admin)["address"] == "wa***@example.gov.cn"
    assert status.shown_address(None) == ""


def test_a_wrong_address_comes_back_in_the_form(admin):
    refused = admin.submit("/orders/channels/ga/onboard", kind="webhook", address="http://oa.cn/ x")
    assert refused.status_code == 422
    assert "不是网址" in refused.get_data(as_text=True)
    problem = admin.post("/api/routing/channels/ga", kind="webhook", address="ftp://x")
    assert problem.status_code == 422
    assert problem.get_json()["errors"][0]["field"] == "address"


@pytest.mark.parametrize("verb", ["offboard", "rotate", "resend", "test"])
def test_who_is_not_onboarded_is_told_so(admin, verb):
    assert admin.submit(f"/orders/channels/ga/{verb}").status_code == 422
    assert admin.post(f"/api/routing/channels/ga/{verb}").status_code == 422


def test_departments_and_acts_that_are_none(admin):
    assert admin.page("/orders/channels/xx").status_code == 404
    assert admin.submit("/orders/channels/xx/onboard", **HOOK).status_code == 404
    assert admin.submit("/orders/channels/ga/delete").status_code == 404
    assert admin.post("/api/routing/channels/xx", **HOOK).status_code == 422


def test_a_test_says_how_it_went(db, admin, hook):
    onboard(db, "ga", "webhook", hook.url)
    assert admin.post("/api/routing/channels/ga/test").get_json() == {"sent": True, "error": ""}
    assert hook.events()[0]["type"] == "cn.baitong.channel.tested.v1"
    hook.answers = [500]
    told = admin.post("/api/routing/channels/ga/test").get_json()
    assert (told["sent"], "500" in told["error"]) == (False, True)
    assert admin.submit("/orders/channels/ga/test").status_code == 303
    assert ("limin", "channel.tested", "ga", "") in ground.acts(db)


def test_the_dead_are_sent_again_by_one_button(db, admin, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_order(db)
    hook.answers = [422, 422, 422]
    for seconds in (0, 5, 35):
        with ground.at(seconds=seconds):
            send_all(db)
    assert states(db) == ["dead"]
    page = admin.page("/orders/channels/ga").get_data(as_text=True)
    assert "全部重送" in page
    assert "已放弃" in page
    assert admin.submit("/orders/channels/ga/resend").status_code == 303
    with ground.at(minutes=1):
        send_all(db)
    assert states(db) == ["sent"]


def test_deliveries_are_listed_without_what_they_say(db, supervisor):
    onboard(db, "ga", "webhook", "https://oa.example.gov.cn/")
    open_order(db)
    order = ground.order_of(db)
    answer = supervisor.get("/api/routing/channels/ga/deliveries", state="waiting")
    (row,) = answer.get_json()["items"]
    assert (row["order_number"], row["state"], row["attempts"]) == (order.number, "waiting", 0)
    page = supervisor.page("/orders/channels/ga").get_data(as_text=True)
    for text in (answer.get_data(as_text=True), page):
        assert order.applicant_name not in text
        assert order.description not in text


def test_every_fact_that_departments_are_told_has_words():
    facts = BY_TYPE.values()
    told = {one.type for one in facts if one.to_department and one.owner == "routing"}
    assert told >= channels.MAILED
    assert set(status.TYPE_LABELS) == told
    assert status.type_label("cn.baitong.channel.tested.v1") == "channel.tested"


@pytest.mark.parametrize("path", ["/orders/channels", "/orders/channels/ga"])
def test_no_chinese_is_left_on_english_pages(db, admin, path):
    onboard(db, "ga", "webhook", "https://oa.example.gov.cn/")
    page = admin.page(path, lang="en")
    main = page.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
    assert page.status_code == 200
    assert re.findall(r"[\u4e00-\u9fff]+", main) == []
