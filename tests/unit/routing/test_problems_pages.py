"""Problems, clusters and look-backs as people and programs see them, and who may."""

import re
from urllib.parse import quote

import pytest

from services.routing import handlers
from services.routing.problems import store
from services.routing.problems.candidate import Candidate
from tests.unit.routing import ground, web
from tests.unit.routing.ground import MONDAY, at
from tests.unit.routing.problem_ground import Desk, database, problems_of

API = "/api/routing"
NEW = {"title": "幸福路噪声反复", "lead": "ga", "responsible": "分管副局长"}


@pytest.fixture
def desk():
    with at():
        yield Desk(database())


@pytest.fixture
def app(desk, tmp_path):
    made = web.make_app(desk.db, tmp_path)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def supervisor(app):
    return web.Caller(app, web.SUPERVISOR)


@pytest.fixture
def ga(app):
    return web.Caller(app, web.GA)


@pytest.fixture
def cg(app):
    return web.Caller(app, web.CG)


def opened(supervisor, **changes: object):
    answer = supervisor.post(f"{API}/problems", **NEW | changes)
    assert answer.status_code == 201, answer.json
    return answer.json["number"]


def test_empty_pages_say_what_will_come(supervisor, ga):
    assert "清单上没有这样的问题" in supervisor.page("/supervise/problems").text
    assert "满 3 件就出现在这里" in supervisor.page("/supervise/clusters").text
    assert "这里没有回头看" in supervisor.page("/supervise/look-backs").text
    assert "没有本单位负责的问题" in ga.page("/supervise/problems").text


@pytest.mark.parametrize("path", ["problems", "problems/new", "clusters", "look-backs"])
def test_no_chinese_is_left_on_english_pages(supervisor, path):
    page = supervisor.page(f"/supervise/{path}", lang="en").text
    main = page[page.index("<main") : page.index("</main>")]
    main = re.sub(r"<option.*?</option>", "", main)
    assert re.findall(r"[\u4e00-\u9fff]+", main) == []


def test_a_departments_problems_are_its_own(desk, supervisor, ga, cg):
    mine, theirs = desk.order(department="ga"), desk.order(department="cg")
    number = opened(supervisor, orders=[mine, theirs])
    seen = ga.get(f"{API}/problems/{number}").json
    assert [one["number"] for one in seen["orders"]] == [mine]
    assert (seen["orders_count"], seen["next"]) == (2, [])
    assert [one["number"] for one in ga.get(f"{API}/problems").json["items"]] == [number]
    assert cg.get(f"{API}/problems").json["total"] == 0
    assert cg.get(f"{API}/problems/{number}").status_code == 404
    assert cg.get(f"{API}/problems", department="ga").status_code == 403
    assert ga.post(f"{API}/problems/{number}/solve", note="好了").status_code == 403
    assert supervisor.post(
        f"{API}/problems/{number}/assign", lead="ga", assisting=["cg"], responsible="副局长"
    ).json["assisting"] == [{"code": "cg", "name": "城管"}]
    assert cg.get(f"{API}/problems/{number}").json["lead"]["code"] == "ga"


def test_from_the_list_to_off_the_list(supervisor):
    number = opened(supervisor)
    path = f"{API}/problems/{number}"
    step = supervisor.post(f"{path}/step", text="约谈", who="科长", until="2026-11-25")
    assert step.json["steps"][0]["lamp"]["words"].startswith("正常")
    refused = supervisor.post(f"{path}/solve", note="好了")
    assert refused.status_code == 409
    assert refused.json["title"] == "还有 1 项措施没有完成"
    assert supervisor.post(f"{path}/step-done", step=1).json["steps_done"] == 1
    assert supervisor.post(f"{path}/solve", note="都整改了").json["state"] == "solved"
    (look,) = supervisor.get(f"{API}/look-backs").json["items"]
    held = supervisor.post(f"{API}/look-backs/{look['number']}/held", found="没有反弹")
    assert held.json["state_label"] == "没有反弹"
    done = supervisor.get(path).json
    assert (done["state"], done["lamp"]["words"]) == ("closed", "已销号")
    assert [one["what"] for one in done["history"]][-1] == "hold"


def test_bad_days_are_told_by_their_field(supervisor):
    number = opened(supervisor)
    for until in ("never", "2026-11-01", "9999-12-31x", "9999-12-30", "1999-12-31"):
        answer = supervisor.post(
            f"{API}/problems/{number}/step", text="约谈", who="科长", until=until
        )
        assert answer.status_code == 422, until
        assert "until" in answer.text


def test_one_key_makes_a_problem_of_a_cluster(desk, supervisor):
    desk.orders(3, location="幸福路12号")
    (cluster,) = desk.clusters()
    page = supervisor.page("/supervise/clusters").text
    assert "幸福路" in page
    assert "近 28 天 3 件" in page
    one = supervisor.page(f"/supervise/clusters/{cluster.number}").text
    assert "半数以上的标题都说到" in one
    assert 'data-key="p"' in one
    answer = supervisor.submit(f"/supervise/clusters/{cluster.number}/make-problem")
    assert answer.status_code == 303
    (problem,) = problems_of(desk.db)
    assert problem.title.startswith("幸福路12号：")
    assert answer.location.endswith(problem.number)
    assert "已列入问题清单" in supervisor.page(f"/supervise/clusters/{cluster.number}").text


def test_another_lead_is_chosen_and_the_usual_one_assists(desk, supervisor):
    """Nobody ticks who assists: it was one of those that usually do who is to lead."""
    for department in ("ga", "ga", "cg", "zj"):
        desk.order(department=department)
    (cluster,) = desk.clusters()
    answer = supervisor.submit(f"/supervise/clusters/{cluster.number}/make-problem", lead="cg")
    assert answer.status_code == 303
    (problem,) = problems_of(desk.db)
    assert (problem.lead, problem.assisting) == ("cg", ["ga", "zj"])
    number = desk.order("路灯不亮", department="ga")
    desk.db.run(lambda tx: store.propose(tx, Candidate(number, ["long_unsolved"], MONDAY)))
    take = f"/supervise/problems/candidates/{number}/take"
    assert supervisor.submit(take, lead="cg").status_code == 303
    (taken,) = [one for one in problems_of(desk.db) if one.number != problem.number]
    assert (taken.lead, taken.assisting) == ("cg", []), "nobody assists it"


def test_what_is_wrong_comes_back_in_the_form(supervisor):
    answer = supervisor.submit("/supervise/problems/new", title="噪声")
    assert answer.status_code == 422
    assert 'value="噪声"' in answer.text
    number = opened(supervisor)
    page = supervisor.submit(f"/supervise/problems/{number}/review", found="")
    assert page.status_code == 422
    assert "error-summary" in page.text
    assert supervisor.submit(f"/supervise/problems/{number}/nothing").status_code == 404


def test_why_what_ended_is_not_taken_is_said_though_it_is_listed_no_longer(desk, supervisor):
    number = desk.order()
    candidate = Candidate(number, ["long_unsolved"], MONDAY)
    desk.db.run(lambda tx: store.propose(tx, candidate))
    take = f'action="/supervise/problems/candidates/{number}/take"'
    assert take in supervisor.page("/supervise/problems").text
    withdrawn = ground.withdrawn(number=number.removesuffix("-1"))
    desk.db.run(lambda tx: handlers.cancel_order(tx, withdrawn))
    page = supervisor.submit(f"/supervise/problems/candidates/{number}/take")
    assert (page.status_code, "不用再列入清单" in page.text) == (422, True)
    assert take not in page.text


ODD = (
    "0001-01-01",
    "9999-12-31",
    "9" * 20,
    "0",
    "-1",
    "１",
    "\x00",
    "😀",
    "%",
    "' OR 1=1",
    "x" * 900,
)
PAGES = (
    "problems", "problems/new", "problems/X", "clusters", "clusters/X", "look-backs", "look-backs/X"
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_an_odd_question_breaks_no_page(supervisor, path):
    here = path.replace("problems/X", f"problems/{opened(supervisor)}")
    for odd in ODD:
        asked = dict.fromkeys(("page", "state", "act", "look", "order", "since", "lang"), odd)
        answer = supervisor.client.get(
            f"/supervise/{here}", query_string=asked, headers={"Accept": "text/html"}
        )
        assert answer.status_code < 500, (here, odd)


@pytest.mark.parametrize("odd", ["\x00", "😀", "9" * 20, "' OR 1=1", "x" * 900])
def test_an_odd_number_is_not_found(supervisor, odd):
    for path in ("problems", "clusters"):
        assert supervisor.page(f"/supervise/{path}/{quote(odd)}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "problems/new",
        "problems/candidates/XS-1-1/dismiss",
        "problems/P-1/step",
        "problems/P-1/hold",
        "clusters/C-1/dismiss",
        "clusters/C-1/problem",
        "look-backs",
        "look-backs/L-1/held",
    ],
)
def test_a_form_of_another_site_is_refused(app, supervisor, path):
    app.config["WTF_CSRF_ENABLED"] = True
    assert supervisor.submit(f"/supervise/{path}", note="x").status_code == 400
    forged = supervisor.submit(f"/supervise/{path}", note="x", csrf_token="forged")
    assert forged.status_code == 400


def test_acts_are_in_the_audit_under_the_problem(desk, supervisor):
    from tests.unit.routing import ground  # noqa: PLC0415 - only here

    number = opened(supervisor)
    supervisor.post(f"{API}/problems/{number}/press", note="限期解决")
    acts = [(what, of) for _, what, of, _ in ground.acts(desk.db)]
    assert ("problem.manage", number) in acts


def test_a_form_may_leave_the_order_empty(desk, supervisor):
    answer = supervisor.submit("/supervise/problems/new", **NEW, orders="", why="by_hand")
    assert answer.status_code == 303, answer.text
    (problem,) = problems_of(desk.db)
    attach = f"/supervise/problems/{problem.number}/attach"
    assert supervisor.submit(attach, orders="").status_code == 422
    assert supervisor.submit(attach, orders=desk.order()).status_code == 303
