"""Pressings, visits and bounces over the API: who sees what, and words masked; bounces' report."""

import pytest

from services.routing import decisions, disputes, handlers, joint, models, people
from services.routing.pressing import bounces
from services.routing.pressing import handlers as pressing
from services.routing.supervision import supervision_for
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, ORDER, acts, at, decide, order_of, reply
from tests.unit.routing.web import CG, DESK, GA, SUPERVISOR, Caller, make_app

GROUND = {"reason": "王建国家不归我们管", "legal_ground": "市容管理条例第十条"}


@pytest.fixture
def db():
    with at():
        made = ground.database()
        made.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        yield made


@pytest.fixture
def callers(db, tmp_path):
    app = make_app(db, tmp_path)
    return {user.username: Caller(app, user) for user in (GA, CG, SUPERVISOR, DESK)}


def bounce(db, here, there):
    assert reply(db, "return_requested", here, proposed_department=there, **GROUND).applied
    decide(db, disputes.grant_return, department=there, note="成立")


def report(db):
    with db.read() as connection:
        return bounces.bounces(connection, MONDAY)


def test_pressed_at_a_level_by_the_api(db, callers):
    boss = callers["supervisor"]
    answer = boss.post(f"/api/routing/orders/{ORDER}/press", level=2, note="王建国还在等")
    assert (answer.status_code, answer.json["level"]) == (200, 2)
    found = boss.get("/api/routing/pressings", order=ORDER, open="true").json
    [one] = found["items"]
    assert (one["level"], one["level_name"], one["why"]) == (2, "区委区政府督查局提级办", "by_hand")
    assert (one["note"], one["by"]) == ("王**还在等", "郑建国")
    assert one["on_duty"] in {duty.name for duty in supervision_for(db.district).levels[2].duty}
    assert ("supervisor", "order.decide.press", ORDER, "") in acts(db)
    with db.read() as connection:
        [row] = connection.execute(models.pressing.pressings.select()).all()
    assert row.note == "王建国还在等"


@pytest.mark.parametrize(("asked", "total"), [
    ({}, 2), ({"level": 1}, 1), ({"level": 3}, 0), ({"open": "true"}, 1), ({"open": "false"}, 1),
    ({"order": ORDER}, 2), ({"order": "XS-0"}, 0), ({"department": "ga"}, 2),
    ({"department": "cg"}, 0), ({"page_size": 1, "page": 2}, 2),
])  # fmt: skip
def test_the_list_of_pressings(db, callers, asked, total):
    decide(db, pressing.press, level=1, note="请抓紧")
    reply(db, "progressed", note="已到现场")
    decide(db, pressing.press, level=2, note="还没有结果")
    found = callers["supervisor"].get("/api/routing/pressings", **asked)
    assert (found.status_code, found.json["total"]) == (200, total)


@pytest.mark.parametrize("asked", [{"level": 10}, {"level": "x"}, {"open": "perhaps"}])
def test_what_cannot_be_asked(callers, asked):
    assert callers["supervisor"].get("/api/routing/pressings", **asked).status_code == 422


@pytest.mark.parametrize("path", ["pressings", "on-site-visits"])
def test_a_department_sees_what_concerns_its_own_orders(db, callers, path):
    decide(db, pressing.press, level=1, note="请抓紧")
    decide(db, pressing.call_on_site, note="三次反映")
    address = f"/api/routing/{path}"
    assert callers["dept-ga"].get(address).json["total"] == 1
    assert callers["dept-cg"].get(address).json["total"] == 0
    assert callers["dept-cg"].get(address, department="ga").status_code == 403
    assert callers["desk"].get(address).status_code == 403


def test_bounces_are_the_supervisors(callers):
    assert callers["supervisor"].get("/api/routing/bounces").status_code == 200
    assert callers["dept-ga"].get("/api/routing/bounces").status_code == 403


def test_to_the_spot_and_what_came_of_it(callers):
    boss = callers["supervisor"]
    path = f"/api/routing/orders/{ORDER}"
    assert boss.post(f"{path}/on-site", note="三次反映").status_code == 200
    [waits] = boss.get("/api/routing/on-site-visits", open="true").json["items"]
    assert (waits["leader"], waits["done_at"]) == ("分管副局长", None)
    assert boss.post(f"{path}/on-site-done", record="当场约谈").status_code == 422
    done = boss.post(f"{path}/on-site-done", record="当场约谈", met="王建国和店主")
    assert done.status_code == 200
    assert boss.get("/api/routing/on-site-visits", open="true").json["total"] == 0
    [been] = boss.get("/api/routing/on-site-visits").json["items"]
    assert (been["record"], been["met"], been["done_by"]) == ("当场约谈", "王**和店主", "郑建国")
    assert callers["dept-ga"].post(f"{path}/on-site").status_code == 403


def test_a_call_is_open_until_somebody_was_there_also_after_the_reply(db, callers):
    boss = callers["supervisor"]
    decide(db, pressing.call_on_site, note="王建国来了三次", by="郑建国")
    reply(db, "completed", result="已劝导", reviewed_by="周局长")
    assert boss.get("/api/routing/on-site-visits", open="true").json["total"] == 1
    part = calls(boss)
    assert ORDER in part
    assert "分管副局长" in part
    assert "王**来了三次" in part
    decide(db, decisions.close, note="")
    assert ORDER in calls(boss)
    decide(db, pressing.was_on_site, record="当场约谈", met="王建国")
    assert boss.get("/api/routing/on-site-visits", open="true").json["total"] == 0
    assert calls(boss) == ""


def calls(boss):
    """The part of the page where calls to the spot stand."""
    text = boss.page("/supervise").text
    return text.partition('id="on-site"')[2].partition("</table>")[0]


@pytest.mark.parametrize(
    ("event", "handler"),
    [
        (ground.withdrawn, handlers.cancel_order),
        (lambda: ground.transferred(8, transfer=2), handlers.open_order),
        (ground.erased, people.erase),
    ],
)
@pytest.mark.parametrize("answered", [False, True])
def test_nobody_need_go_once_the_matter_is_called_off(db, callers, event, handler, answered):
    decide(db, pressing.call_on_site, note="三次反映")
    if answered and handler is not handlers.open_order:
        reply(db, "completed", result="已劝导", reviewed_by="周局长")
    db.run(lambda tx: handler(_fresh(tx), event()))
    boss = callers["supervisor"]
    assert boss.get("/api/routing/on-site-visits", open="true").json["total"] == 0
    [ended] = boss.get("/api/routing/on-site-visits", open="false").json["items"]
    assert (ended["done_at"] is None, ended["met"], ended["done_by"]) == (False, "", "系统")
    assert "已到现场" not in boss.page(f"/orders/{ORDER}").text


def test_who_assists_no_more_need_not_go(db, callers):
    helping = f"{ORDER}-a1"
    decide(db, joint.assist, department="cg", note="")
    decide(db, pressing.call_on_site, number=helping, note="三次反映")
    decide(db, joint.drop, number=helping, note="不再等")
    found = callers["supervisor"].get("/api/routing/on-site-visits", open="true")
    assert found.json["total"] == 0
    [ended] = callers["supervisor"].get("/api/routing/on-site-visits").json["items"]
    assert ended["record"] == "这件工单不再办理，不需要到现场了"


# -- bounces ---------------------------------------------------------------------------------------


def test_the_chain_of_an_order_and_who_refuses_on_what_ground(db, callers):
    bounce(db, "ga", "cg")
    reply(db, "return_requested", "cg", **GROUND)
    decide(db, disputes.refuse_return, note="仍属城管")
    found = report(db)
    [one] = found.orders
    assert one.chain == ("ga", "cg")
    assert [(r.department, r.outcome, r.next_department, r.held) for r in one.refusals] == [
        ("ga", "granted", "cg", True),
        ("cg", "refused", "cg", False),
    ]
    told = callers["supervisor"].get("/api/routing/bounces").json
    [order] = told["orders"]
    assert [step["department_name"] for step in order["chain"]] == ["公安", "城管"]
    assert order["refusals"][0]["reason"] == "王**家不归我们管"
    assert [(d["department"], d["asked"], d["held"]) for d in told["departments"]] == [
        ("cg", 1, 0),
        ("ga", 1, 1),
    ]
    assert told["departments"][0]["grounds"] == [{"ground": "市容管理条例第十条", "times": 1}]
    assert (told["whole"], told["since"]) == (True, "2026-10-24")


def test_what_the_arbiter_rules_on(db):
    bounce(db, "ga", "cg")
    bounce(db, "cg", "zj")
    reply(db, "return_requested", "zj", **GROUND)
    [waits] = report(db).orders
    assert waits.refusals[-1].outcome == "waiting"
    assert waits.chain == ("ga", "cg", "zj", "ga"), "the first has it meanwhile"
    decide(db, disputes.arbitrate, department="zj", note="依三定方案")
    [ruled] = report(db).orders
    assert ruled.chain == ("ga", "cg", "zj")
    last = ruled.refusals[-1]
    assert (last.outcome, last.next_department, last.held) == ("ruled", "zj", False)
    by = {one.department: (one.asked, one.held, one.refused) for one in report(db).departments}
    assert by == {"ga": (1, 1, 0), "cg": (1, 1, 0), "zj": (1, 0, 1)}


def test_taken_back_without_saying_whose_and_then_dispatched(db):
    reply(db, "return_requested", **GROUND)
    decide(db, disputes.grant_return, department=None, note="成立")
    [one] = report(db).orders
    assert (one.chain, one.refusals[0].next_department) == (("ga",), None)
    decide(db, decisions.dispatch, department="cg")
    [one] = report(db).orders
    assert (one.chain, one.refusals[0].next_department) == (("ga", "cg"), "cg")


def test_who_answers_after_all_dropped_its_refusal(db):
    reply(db, "return_requested", **GROUND)
    reply(db, "completed", result="已劝导")
    [one] = report(db).orders
    assert (one.refusals[0].outcome, one.refusals[0].held) == ("dropped", False)


def test_nothing_before_the_day_asked_for(db, callers):
    bounce(db, "ga", "cg")
    told = callers["supervisor"].get("/api/routing/bounces", since="2026-11-24").json
    assert (told["orders"], told["departments"]) == ([], [])


# -- people ----------------------------------------------------------------------------------------


def test_who_is_forgotten_is_forgotten_here_too(db, callers):
    decide(db, pressing.press, level=1, note="王建国还在等")
    decide(db, pressing.call_on_site, note="去王建国家")
    decide(db, pressing.was_on_site, record="见到王建国", met="王建国")
    reply(db, "return_requested", **GROUND)
    held = callers["supervisor"].post("/api/routing/person", case=ground.CASE, reason="本人申请")
    [order] = held.json["items"][0]["orders"]
    assert order["pressings"][0]["note"] == "王建国还在等"
    assert order["returns"][0]["reason"] == GROUND["reason"]
    assert order["on_site_visits"][0]["met"] == "王建国"
    db.run(lambda tx: people.erase(_fresh(tx), ground.erased()))
    with db.read() as connection:
        for table in (models.pressing.pressings, models.pressing.returns, models.pressing.visits):
            [row] = connection.execute(table.select()).all()
            assert "王" not in str(row)
    assert order_of(db).erased_at is not None


def _fresh(tx):
    tx.batch, tx.memo = (), {}
    return tx


@pytest.mark.parametrize("since", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"])
def test_bounces_since_a_year_without_orders_are_refused(callers, since):
    answer = callers["supervisor"].get("/api/routing/bounces", since=since)
    assert answer.status_code == 422
    assert [one["field"].rpartition(".")[2] for one in answer.json["errors"]] == ["since"]
