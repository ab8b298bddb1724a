"""``/orders``: tabs, signing many at once, the live parts, and what each may do in each state."""

import re

import pytest

from services.routing import acts, handlers, store
from services.routing import states as s
from shared.permissions import User
from tests.unit.routing import ground, web
from tests.unit.routing.ground import DISTRICT, MONDAY, at, order_of
from tests.unit.routing.ground import acts as audited
from tests.unit.routing.orders import in_state

LEADER = User("leader-ga", "高志远", "leader", department="ga")
REPLIES = ["completed", "contacted", "progressed"]
PRESS = ["press", "on-site", "assist", "pause"]


@pytest.fixture
def db():
    with at():
        yield ground.database()


@pytest.fixture
def app(db, tmp_path):
    made = web.make_app(db, tmp_path)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def ga(app):
    return web.Caller(app, web.GA)


def opened(db, number, department="ga", urgency="normal"):
    event = ground.transferred(number=number, department=department, urgency=urgency)
    db.run(lambda tx: handlers.open_order(tx, event))
    return f"{number}-1"


def kept(db, order):
    """The order, written as it is."""
    order.news = []
    db.run(lambda tx: store.add(tx, order))


CASES = [f"XS-261123-00{n}-08" for n in range(10, 14)]


def test_three_are_signed_at_once_and_each_is_recorded(db, ga):
    numbers = [opened(db, case) for case in CASES[:3]]
    answer = ga.submit("/orders/sign?tab=unsigned", orders=numbers)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/orders?tab=unsigned"
    assert {order_of(db, number).state for number in numbers} == {"signed"}
    assert "已签收 3 张" in ga.page("/orders").text
    signed = [entry for entry in audited(db) if entry[1] == "order.reply.signed"]
    assert {entry[2] for entry in signed} == set(numbers)


def test_what_could_not_be_signed_is_said_order_by_order(db, ga):
    mine, twice, theirs = opened(db, CASES[0]), opened(db, CASES[1]), opened(db, CASES[2], "cg")
    ga.submit(f"/orders/{twice}/signed")
    answer = ga.submit("/orders/sign", orders=[mine, twice, theirs, "XS-nowhere-1"])
    assert answer.status_code == 200
    refused = dict(re.findall(r"<li>(XS-[^：]*)：([^<]*)</li>", answer.text))
    assert refused == {
        twice: "工单现在是“办理中”，不能签收",
        theirs: "没有这张工单，或者不在贵单位",
        "XS-nowhere-1": "没有这张工单，或者不在贵单位",
    }
    assert "有 3 张没有签收" in answer.text
    assert order_of(db, mine).state == "signed"
    assert order_of(db, theirs).state == "dispatched"


@pytest.mark.parametrize("orders", [[], [f"XS-{n}" for n in range(101)]])
def test_none_and_too_many_are_refused(ga, orders):
    answer = ga.submit("/orders/sign", orders=orders)
    assert answer.status_code == 422
    assert "一次最多 100 张" in answer.text


def test_a_supervisor_signs_for_nobody(db, app):
    number = opened(db, CASES[0])
    supervisor = web.Caller(app, web.SUPERVISOR)
    assert supervisor.submit("/orders/sign", orders=[number]).status_code == 403
    assert 'name="orders"' not in supervisor.page("/orders?tab=unsigned").text


def test_only_what_waits_for_a_signature_can_be_chosen(db, ga):
    mine, signed = opened(db, CASES[0]), opened(db, CASES[1])
    ga.submit(f"/orders/{signed}/signed")
    chosen = re.findall(r'name="orders" value="([^"]*)"', ga.page("/orders?tab=working").text)
    assert chosen == []
    assert f'name="orders" value="{mine}"' in ga.page("/orders?tab=unsigned").text


def test_tabs_hold_what_stands_under_them(db, ga):
    for state in (s.DISPATCHED, s.SIGNED, s.RETURN_REQUESTED, s.ARBITRATION, s.IN_REVIEW, s.JOINT):
        order = in_state(state)
        order.number = f"XS-{state}-1"
        kept(db, order)
    text = ga.page("/orders?tab=working").text
    counts = dict(re.findall(r">([^<>]+) <strong>(\d+)</strong></a></li>", text))
    assert counts == {
        "待签收": "1", "办理中": "2", "将到期": "0", "已超期": "0",
        "待审核": "1", "退单和裁定": "2", "已完成": "0",
    }  # fmt: skip
    listed = re.findall(r'data-order="XS-([a-z_]*)-1"', ga.page("/orders?tab=review").text)
    assert listed == ["in_review"]


def test_a_request_for_more_time_waits_for_the_leader(db, app, ga):
    number = opened(db, CASES[0])
    ga.submit(f"/orders/{number}/extension_requested", reason="需检测", approved_by="周局长")
    leader = web.Caller(app, LEADER)
    assert number in leader.page("/orders?tab=review").text
    assert leader.submit(f"/orders/{number}/grant-extension").status_code == 303
    assert order_of(db, number).extensions == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [("urgency=urgent", 1), ("urgency=normal", 1), ("role=assist", 0), ("lamp=green", 2),
     ("lamp=red", 0), ("community=340603002001", 2), ("matter=none", 0), ("q=0010", 1)],
)  # fmt: skip
def test_filters(db, ga, query, found):
    opened(db, CASES[0], urgency="urgent")
    opened(db, CASES[1], urgency="normal")
    text = ga.page(f"/orders?tab=unsigned&{query}").text
    assert len(re.findall(r"<tr data-order", text)) == found


# -- the live parts --------------------------------------------------------------------------------


def parts(caller, path, mark=""):
    headers = {"Accept": "text/html", "X-Fragment": "1"} | ({"If-None-Match": mark} if mark else {})
    return caller.client.get(path, headers=headers)


def test_nothing_new_costs_no_bytes_and_a_new_order_comes(db, ga):
    opened(db, CASES[0])
    first = parts(ga, "/orders/rows?tab=unsigned")
    assert first.status_code == 200
    assert "<html" not in first.text
    again = parts(ga, "/orders/rows?tab=unsigned", first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    new = opened(db, CASES[1])
    third = parts(ga, "/orders/rows?tab=unsigned", first.headers["ETag"])
    assert third.status_code == 200
    assert new in third.text
    assert "待签收 <strong>2</strong>" in third.text


def test_a_lamp_that_changed_is_news(db, ga):
    opened(db, CASES[0])
    first = parts(ga, "/orders/rows?tab=unsigned")
    with at(minutes=55):
        later = parts(ga, "/orders/rows?tab=unsigned", first.headers["ETag"])
    assert later.status_code == 200
    assert "将到期，还有 5 分钟" in later.text


def test_the_page_asks_for_the_part_it_shows(db, ga):
    number = opened(db, CASES[0])
    text = ga.page(f"/orders/{number}?tab=unsigned&urgency=normal").text
    url = re.search(r'data-fresh="([^"]*)"', text)[1].replace("&amp;", "&")
    assert url == f"/orders/rows?tab=unsigned&urgency=normal&chosen={number}"
    assert 'aria-current="true"' in parts(ga, url).text
    assert parts(web.Caller(ga.client.application, web.DESK), url).status_code == 403


def test_parts_of_supervision(db, app):
    supervisor = web.Caller(app, web.SUPERVISOR)
    first = parts(supervisor, "/supervise/parts")
    assert parts(supervisor, "/supervise/parts", first.headers["ETag"]).status_code == 304
    opened(db, CASES[0], None)
    second = parts(supervisor, "/supervise/parts", first.headers["ETag"])
    assert f'data-order="{CASES[0]}-1"' in second.text


# -- what each may do in each state ----------------------------------------------------------------

OFFICER = {
    s.DISPATCHED: ["signed", *REPLIES, "extension_requested", "return_requested"],
    s.SIGNED: [*REPLIES, "extension_requested", "return_requested"],
    s.RETURN_REQUESTED: REPLIES,
    s.ARBITRATION: REPLIES,
    s.IN_REVIEW: REPLIES,
}
REVIEW = {s.IN_REVIEW: ["approve", "send-back"], s.JOINT: ["send-back"]}
SUPERVISION = {
    s.PROPOSED: ["dispatch"],
    s.DISPATCHED: PRESS,
    s.SIGNED: PRESS,
    s.RETURN_REQUESTED: ["grant-return", "refuse-return", *PRESS],
    s.ARBITRATION: ["arbitrate", *PRESS],
    s.IN_REVIEW: ["approve", "send-back", "press", "on-site", "assist"],
    s.JOINT: ["send-back", "press", "on-site", "assist"],
    s.COMPLETED: ["approve", "send-back", "on-site", "close"],
}


def leaders(state):
    return REVIEW.get(state, []) + OFFICER.get(state, [])


@pytest.mark.parametrize("state", s.STATES)
@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (web.GA, OFFICER.get),
        (LEADER, leaders),
        (web.SUPERVISOR, SUPERVISION.get),
        (web.CG, lambda _state: []),
        (web.DESK, lambda _state: []),
    ],
    ids=["officer", "leader", "supervisor", "other department", "desk"],
)
def test_each_role_sees_exactly_what_it_may_do(state, user, expected):
    offered = acts.allowed(in_state(state), user, MONDAY.replace(hour=10), DISTRICT)
    assert sorted(one.verb for one in offered) == sorted(expected(state) or [])


def test_the_page_offers_what_is_allowed(db, app):
    for state in s.STATES:
        order = in_state(state)
        order.number = f"XS-{state}-1"
        kept(db, order)
        for user in (web.GA, LEADER, web.SUPERVISOR):
            allowed = {one.verb for one in acts.allowed(order, user, MONDAY, DISTRICT)}
            page = web.Caller(app, user).page(f"/orders/{order.number}")
            if page.status_code != 404:
                bar = page.text.partition('class="next-actions"')[2].partition("</section>")[0]
                plain = set(re.findall(rf"/orders/{order.number}/([a-z_-]+)", bar))
                forms = set(re.findall(r"[?&](?:amp;)?act=([a-z_-]+)", bar))
                assert plain | forms == allowed, (state, user.role)


def test_a_paused_order_is_resumed_and_said(db, app, ga):
    number = opened(db, CASES[0])
    supervisor = web.Caller(app, web.SUPERVISOR)
    answer = supervisor.submit(f"/orders/{number}/pause", reason="testing", note="送检")
    assert answer.status_code == 303
    text = ga.page(f"/orders/{number}").text
    assert "办结计时已中止</strong>：等待检测鉴定" in text
    assert "已中止计时" in text
    verbs = [
        one.verb for one in acts.allowed(order_of(db, number), web.SUPERVISOR, MONDAY, DISTRICT)
    ]
    assert "resume" in verbs
    assert "pause" not in verbs


def test_a_pause_for_no_reason_of_the_pack_is_refused(db, app):
    number = opened(db, CASES[0])
    answer = web.Caller(app, web.SUPERVISOR).submit(f"/orders/{number}/pause", reason="tired")
    assert answer.status_code == 422
    assert "本区没有这个中止理由" in answer.text


def test_who_assists_and_where_each_stands(db, app, ga):
    number = opened(db, CASES[0])
    web.Caller(app, web.SUPERVISOR).submit(f"/orders/{number}/assist", department="cg", note="现场")
    text = ga.page(f"/orders/{number}").text
    assert "主办和协办" in text
    assert f"{number}-a1" in text
    assert f'href="/orders/{number}-a1"' not in text, "another department's order is not linked"
    theirs = web.Caller(app, web.CG).page(f"/orders/{number}-a1").text
    assert "协办" in theirs
    assert "待签收" in theirs


def test_who_refused_and_on_what_ground(db, app, ga):
    number = opened(db, CASES[0])
    ga.submit(f"/orders/{number}/return_requested", reason="属城管职责", legal_ground="条例第十条")
    supervisor = web.Caller(app, web.SUPERVISOR)
    supervisor.submit(f"/orders/{number}/grant-return", department="cg")
    for page in (supervisor.page(f"/orders/{number}"), supervisor.page("/supervise")):
        assert "公安 → 城管" in page.text
        assert "属城管职责" in page.text
        assert "条例第十条" in page.text


def test_pressing_is_on_record_with_who_is_on_duty(db, app, ga):
    number = opened(db, CASES[0])
    supervisor = web.Caller(app, web.SUPERVISOR)
    assert supervisor.submit(f"/orders/{number}/press", level="2", note="今天办").status_code == 303
    text = ga.page(f"/orders/{number}").text
    assert "督办记录" in text
    assert "今天办" in text
    assert "值班 督查员" in text
    assert "今天值班：" in supervisor.page("/supervise").text


def test_everything_is_said_in_english(db, app):
    number = opened(db, CASES[0])
    supervisor = web.Caller(app, web.SUPERVISOR)
    supervisor.submit(f"/orders/{number}/pause", reason="testing")
    supervisor.submit(f"/orders/{number}/press", level="1", note="soon")
    text = web.Caller(app, web.GA).page(f"/orders/{number}", "en").text
    for words in (
        "The finish clock is paused",
        "Pressings",
        "Pressed, level 1",
        "How it was counted",
    ):
        assert words in text
