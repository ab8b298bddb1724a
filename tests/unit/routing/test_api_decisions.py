"""Pauses, assists, rulings and the leader's decisions over HTTP: who may, what comes of it."""

from dataclasses import replace

import pytest

from shared.web.auth import User
from tests.unit.routing import ground, web
from tests.unit.routing.ground import CASE, ORDER, acts, at, order_of, reply
from tests.unit.routing.orders import DISTRICTS

API = "/api/routing"
LEADER = User("leader-ga", "周局长", "leader", department="ga")
OTHER_LEADER = User("leader-cg", "陈局长", "leader", department="cg")
GROUND = {"reason": "非我单位职责", "legal_ground": "三定方案第三条"}


@pytest.fixture(params=["xiangshan", "beiguan"])
def db(request):
    with at():
        yield ground.database(district=DISTRICTS[request.param])


@pytest.fixture
def app(db, tmp_path):
    from services.routing import handlers  # noqa: PLC0415

    db.run(lambda tx: handlers.open_order(tx, ground.transferred()))
    return web.make_app(db, tmp_path)


@pytest.fixture
def supervisor(app):
    return web.Caller(app, web.SUPERVISOR)


@pytest.fixture
def leader(app):
    return web.Caller(app, LEADER)


def decide(caller, verb, number=ORDER, **body: object):
    return caller.post(f"{API}/orders/{number}/{verb}", **body)


def test_a_pause_is_shown_with_its_reason_and_explained(supervisor):
    shown = decide(supervisor, "pause", reason="testing", note="送检测站").json
    assert shown["paused_at"] is not None
    assert shown["pause"]["name"] == "等待检测鉴定"
    assert shown["lamps"]["finish"] == {"level": "none", "words": "已中止计时"}
    assert "因“等待检测鉴定”中止计时" in shown["clocks"]["explained"]
    assert shown["history"][-1]["note"] == "等待检测鉴定：送检测站"
    shown = decide(supervisor, "resume", note="已出结果").json
    assert (shown["paused_at"], shown["pause"]) == (None, None)


def test_a_reason_that_the_pack_does_not_name_is_refused(supervisor):
    answer = decide(supervisor, "pause", reason="holiday")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "reason"
    assert "等待检测鉴定" in answer.json["errors"][0]["remedy"]


def test_an_assist_is_added_and_recorded(db, supervisor):
    shown = decide(supervisor, "assist", department="cg", note="维持秩序").json
    assert (shown["number"], shown["assists"], shown["role"]) == (ORDER, 1, "lead")
    found = supervisor.get(f"{API}/orders", case=CASE).json["items"]
    assert {(one["number"], one["lead"]) for one in found} == {
        (ORDER, None),
        (f"{ORDER}-a1", ORDER),
    }
    [act] = [act for act in acts(db) if act[1] == "order.decide.assist"]
    assert (act[0], act[2]) == ("supervisor", ORDER)


def test_a_ruling_names_the_department_and_says_why(db, supervisor):
    for department, proposed in (("ga", "cg"), ("cg", "zj")):
        reply(db, "return_requested", department, **GROUND)
        assert decide(supervisor, "grant-return", department=proposed).status_code == 200
    reply(db, "return_requested", "zj", **GROUND)
    shown = supervisor.get(f"{API}/orders/{ORDER}").json
    assert (shown["state"], shown["answerable"], shown["state_label"]) == (
        "arbitration",
        "ga",
        "待裁定",
    )
    assert shown["arbitration"]["fallback"] == "sh"
    assert decide(supervisor, "arbitrate", department="cg").status_code == 422, "in words"
    shown = decide(supervisor, "arbitrate", department="cg", note="依三定方案第五条").json
    assert (shown["state"], shown["department"]) == ("dispatched", "cg")


def test_who_gives_an_order_back_is_answered_though_it_leaves_them(app, db, supervisor):
    for department, proposed in (("ga", "cg"), ("cg", "zj")):
        reply(db, "return_requested", department, **GROUND)
        assert decide(supervisor, "grant-return", department=proposed).status_code == 200
    holder = web.Caller(app, replace(web.GA, username="dept-zj", department="zj"))
    answer = decide(holder, "return_requested", **GROUND)
    assert (answer.status_code, answer.json["state"]) == (200, "arbitration")
    assert holder.get(f"{API}/orders/{ORDER}").status_code == 404


def test_a_leader_decides_about_more_time_of_the_own_unit_only(db, app, leader):
    reply(db, "extension_requested", reason="需检测", approved_by="周局长")
    assert decide(web.Caller(app, OTHER_LEADER), "grant-extension").status_code == 404
    assert decide(web.Caller(app, web.GA), "grant-extension").status_code == 403
    assert decide(leader, "grant-extension").status_code == 200
    assert order_of(db).extensions == 1


def test_a_leader_reviews_what_waits_and_not_what_went_out(db, app, leader):
    reply(db, "completed", result="已劝导")
    before = db.district.rules.review == "before"
    for verb, body in (("send-back", {"reason": "没有写结果"}), ("approve", {})):
        answer = decide(leader, verb, **body)
        assert answer.status_code == (200 if before else 403)
        if before and verb == "send-back":
            reply(db, "completed", result="已约谈店主")
    assert decide(web.Caller(app, web.GA), "approve").status_code == 403
    assert order_of(db).state == "completed"


@pytest.mark.parametrize("verb", ["pause", "assist", "arbitrate", "resume", "dispatch", "close"])
def test_what_only_supervision_decides(leader, verb):
    body = {"reason": "testing", "department": "cg", "note": "好"}
    wanted = {"pause": ("reason",), "assist": ("department",), "dispatch": ("department",)}
    wanted |= {"arbitrate": ("department", "note"), "resume": (), "close": ()}
    assert decide(leader, verb, **{name: body[name] for name in wanted[verb]}).status_code == 403


def test_only_a_signed_in_leader_has_read_the_reply(app, db, leader):
    """A name that an officer types is no review; the leader's own reply is one."""
    officer = web.Caller(app, web.GA)
    shown = officer.post(f"{API}/orders/{ORDER}/completed", result="已劝导", reviewed_by="周局长")
    waits = db.district.rules.review == "before"
    assert shown.json["state"] == ("in_review" if waits else "completed")
    assert order_of(db).reviewed_by == ""
    if waits:
        shown = leader.post(f"{API}/orders/{ORDER}/completed", result="已劝导", reviewed_by="别人")
        assert (shown.json["state"], order_of(db).reviewed_by) == ("completed", LEADER.name)


def test_nobody_names_the_reviewer_on_the_page(app, db):
    app.config["WTF_CSRF_ENABLED"] = False
    web.Caller(app, web.GA).submit(
        f"/orders/{ORDER}/completed", result="已劝导", reviewed_by="周局长"
    )
    waits = db.district.rules.review == "before"
    assert order_of(db).state == ("in_review" if waits else "completed")
    assert order_of(db).reviewed_by == ""


def test_the_leader_records_the_visit_also_once_the_reply_is_out(db, supervisor, leader):
    from services.routing import acts as offers  # noqa: PLC0415

    assert decide(supervisor, "on-site").status_code == 200
    assert reply(db, "completed", result="已劝导", reviewed_by="周局长").applied
    order = order_of(db)
    assert order.state == "completed"
    offered = offers.allowed(order, LEADER, ground.MONDAY, db.district, called=True)
    assert [act.verb for act in offered] == ["on-site-done"]
    visit = {"record": "已到场", "met": "反映人"}
    assert decide(leader, "on-site-done", **visit).status_code == 200
    assert decide(leader, "send-back", reason="不够").status_code == 403


REVIEWS = [("approve", {}), ("send-back", {"reason": "没有写结果"})]


@pytest.mark.parametrize(("verb", "body"), REVIEWS)
def test_nobody_judges_a_reply_that_came_after_the_one_they_read(db, supervisor, verb, body):
    reply(db, "completed", result="已劝导")
    read = order_of(db).version
    if db.district.rules.review != "before":
        assert decide(supervisor, "send-back", reason="没有写结果", version=read).status_code == 200
    reply(db, "completed", result="已约谈店主")
    answer = decide(supervisor, verb, **body, version=read)
    assert (answer.status_code, answer.json["title"]) == (409, "您看过以后，单位又交来新的答复")
    order = order_of(db)
    assert (order.reviewed_by, order.result) == ("", "已约谈店主")
    reply(db, "contacted", note="")  # raises the version, and is no reply
    assert decide(supervisor, verb, **body, version=order.version).status_code == 200


@pytest.mark.parametrize(("verb", "body"), REVIEWS)
def test_the_page_says_which_reply_was_read(app, db, supervisor, verb, body):
    app.config["WTF_CSRF_ENABLED"] = False
    reply(db, "completed", result="已劝导")
    page = supervisor.page(f"/orders/{ORDER}?act=send-back").text
    field = f'name="version" value="{order_of(db).version}"'
    assert page.count(field) == 2, "in the button that approves, and in the form that sends back"
    read = order_of(db).version
    if db.district.rules.review != "before":
        assert decide(supervisor, "send-back", reason="没有写结果").status_code == 200
    reply(db, "completed", result="已约谈店主")
    answer = supervisor.submit(f"/orders/{ORDER}/{verb}", **body, version=read)
    assert answer.status_code == 422
    assert "您看过以后，单位又交来新的答复" in answer.text
    assert "已约谈店主" in answer.text
    assert f'name="version" value="{order_of(db).version}"' in answer.text


def test_what_was_read_stays_so_while_the_form_is_filled_in(app, db, supervisor):
    """An unfinished form that comes back does not count as reading what came since."""
    app.config["WTF_CSRF_ENABLED"] = False
    reply(db, "completed", result="已劝导")
    read = order_of(db).version
    if db.district.rules.review != "before":
        assert decide(supervisor, "send-back", reason="没有写结果").status_code == 200
    reply(db, "completed", result="已约谈店主")
    answer = supervisor.submit(f"/orders/{ORDER}/send-back", reason="", version=read)
    form = answer.text[answer.text.index('class="act-form"') :]
    assert f'name="version" value="{read}"' in form
