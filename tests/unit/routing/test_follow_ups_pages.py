"""Follow-ups and rates as people and programs get them: API, pages, scopes, both languages."""

import re
from datetime import timedelta

import pytest

from services.routing import handlers as orders
from services.routing.follow_ups import handlers
from services.routing.follow_ups.rules import LAPSE_LABELS
from shared.permissions import User
from tests.unit.routing import follow_ups as f
from tests.unit.routing import ground
from tests.unit.routing.ground import MONDAY, ORDER, acts, at, order_of
from tests.unit.routing.web import CG, GA, SUPERVISOR, Caller, make_app

NUMBER = f"{ORDER}-f1"
LIST, ONE = "/supervise/follow-ups", f"/supervise/follow-ups/{NUMBER}"
API = f"/api/routing/follow-ups/{NUMBER}"
GOOD = {"channel": "call", "contacted": True, "solved": True, "grade": 5}
OTHER = User("supervisor2", "许琴", "supervisor")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def db():
    with at():
        yield ground.database()


@pytest.fixture
def app(db, tmp_path):
    f.answered(db)
    made = make_app(db, tmp_path)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def supervisor(app):
    return Caller(app, SUPERVISOR)


def test_recording_through_the_api(db, supervisor):
    answer = supervisor.post(f"{API}/record", **GOOD, words="王建国说谢谢")
    assert answer.status_code == 200, answer.json
    said = answer.json
    assert (said["state"], said["grade"], said["lamp"]["words"]) == ("done", 5, "已回访")
    assert said["words"] == "王**说谢谢", "the applicant is masked, also in what was said"
    assert ("supervisor", "follow-up.record", NUMBER, "") in acts(db)
    again = supervisor.post(f"{API}/record", **GOOD)
    assert (again.status_code, again.json["errors"][0]["field"]) == (409, "order")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"channel": "fax"}, "channel"), ({"grade": 6}, "grade"), ({"solved": None}, "solved")],
)
def test_what_is_wrong_is_named_by_its_field(supervisor, wrong, field):
    answer = supervisor.post(f"{API}/record", **(GOOD | wrong))
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


def test_the_list_says_what_is_late_and_pages(supervisor):
    with at(days=9):
        found = supervisor.get("/api/routing/follow-ups", tab="late").json
    assert (found["total"], found["items"][0]["number"]) == (1, NUMBER)
    assert found["items"][0]["lamp"] == {"level": "red", "words": "已超期 5 天"}
    assert supervisor.get("/api/routing/follow-ups", tab="late").json["total"] == 0
    assert supervisor.get("/api/routing/follow-ups", department="cg").json["items"] == []
    assert supervisor.get("/api/routing/follow-ups", page=2).json["items"] == []


def test_an_exclusion_through_the_api_needs_another_person(app, supervisor):
    asked = supervisor.post(f"{API}/exclude", reason="unreachable", note="打了三次")
    assert asked.json["exclusion"]["reason_name"] == "三次联系不上"
    own = supervisor.post(f"{API}/review", agreed=True)
    assert own.status_code == 409
    agreed = Caller(app, OTHER).post(f"{API}/review", agreed=True)
    assert (agreed.json["state"], agreed.json["review"]["by"]) == ("excluded", "许琴")
    found = supervisor.get("/api/routing/rates").json
    assert (found["total"]["valid"], found["total"]["excluded"]) == (0, 1)
    assert found["excluded"] == [{"reason": "unreachable", "name": "三次联系不上", "count": 1}]


def test_rates_show_their_formulas_and_numbers(supervisor):
    supervisor.post(f"{API}/record", **(GOOD | {"contacted": False}))
    found = supervisor.get("/api/routing/rates", per="week").json
    assert found["total"]["response"] == {"positive": 0, "asked": 1, "rate": 0.0}
    assert found["total"]["satisfaction"] == {"positive": 1, "asked": 1, "rate": 1.0}
    assert "÷" in found["formulas"]["response"]
    assert (found["since"], found["until"]) == ("2026-10-25", "2026-11-23")
    assert [one["valid"] for one in found["trend"]] == [0, 0, 0, 0, 0, 1]
    assert found["groups"][0]["name"] == "公安"


@pytest.mark.parametrize(
    "wrong", [{"since": "2026-12-01", "until": "2026-11-01"}, {"since": "x"}, {"per": "year"}]
)
def test_a_span_that_makes_no_sense_is_refused(supervisor, wrong):
    assert supervisor.get("/api/routing/rates", **wrong).status_code == 422
    page = supervisor.client.get(
        "/supervise/rates", query_string=wrong, headers={"Accept": "text/html"}
    )
    assert page.status_code == 422
    assert "有几处需要改正" in page.text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "9999-12-31", "until": "9999-12-31", "per": "month"}, "since"),
        ({"until": "9999-12-31", "per": "week"}, "until"),
        ({"since": "0001-01-01", "until": "0001-01-02"}, "since"),
        ({"until": "1999-12-31"}, "until"),
        ({"since": "2101-01-01"}, "since"),
    ],
)
def test_rates_of_years_without_orders_are_refused_by_their_field(supervisor, asked, field):
    answer = supervisor.get("/api/routing/rates", **asked)
    assert answer.status_code == 422
    assert field in {one["field"].rpartition(".")[2] for one in answer.json["errors"]}
    page = supervisor.client.get(
        "/supervise/rates", query_string=asked, headers={"Accept": "text/html"}
    )
    assert page.status_code == 422


def test_rates_at_both_ends_of_the_years(supervisor):
    for day in ("2000-01-01", "2100-12-31"):
        for per in ("day", "week", "month"):
            asked = {"since": day, "until": day, "per": per}
            assert supervisor.get("/api/routing/rates", **asked).status_code == 200


def test_a_department_sees_its_own_rates_and_no_follow_ups(app, supervisor):
    supervisor.post(f"{API}/record", **GOOD)
    own, other = Caller(app, GA), Caller(app, CG)
    assert own.get("/api/routing/rates").json["total"]["valid"] == 1
    assert other.get("/api/routing/rates").json["total"]["valid"] == 0
    assert other.get("/api/routing/rates", department="ga").status_code == 403
    for path in (LIST, ONE, "/api/routing/follow-ups", API):
        assert own.client.get(path, headers={"Accept": "text/html"}).status_code == 403
    page = own.page("/supervise/rates")
    assert page.status_code == 200
    assert "所有部门" not in page.text


def test_the_page_takes_an_outcome_and_shows_it(db, supervisor):
    page = supervisor.page(f"{ONE}?tab=open").text
    assert "登记回访结果" in page
    assert "王**" in page
    assert "13805610000" not in page
    form = {"channel": "visit", "contacted": "true", "solved": "false", "grade": "4"}
    done = supervisor.submit(f"{ONE}/record?tab=open", **form, words="还是吵")
    assert (done.status_code, done.location) == (303, f"{ONE}?tab=open")
    page = supervisor.page(ONE).text
    assert "居民不满意，工单已提级重办" in page
    assert "差评整改" in page
    assert order_of(db).state == "signed"
    assert "还是吵" in supervisor.page(f"{LIST}?tab=bad").text or NUMBER in page


def test_a_form_with_faults_comes_back_with_what_was_typed(supervisor):
    answer = supervisor.submit(f"{ONE}/record", channel="call", words="说了一半")
    assert answer.status_code == 422
    assert "说了一半" in answer.text
    assert "有几处需要改正" in answer.text


def test_excluding_and_reviewing_on_the_page(app, supervisor):
    assert "为什么不计入" in supervisor.page(f"{ONE}?act=exclude").text
    assert (
        supervisor.submit(f"{ONE}/exclude", reason="wrong_number", note="空号").status_code == 303
    )
    assert "请另一位督办人员复核" in supervisor.page(ONE).text
    assert supervisor.submit(f"{ONE}/review", agreed="true").status_code == 422
    other = Caller(app, OTHER)
    assert "同意，不计入" in other.page(ONE).text
    refused = other.submit(f"{ONE}/review", agreed="false")
    assert refused.status_code == 422, "a refusal says why"
    assert other.submit(f"{ONE}/review", agreed="false", note="再打一次").status_code == 303
    assert "登记回访结果" in supervisor.page(ONE).text


def test_the_whole_is_shown_for_a_reason_that_is_kept(db, supervisor):
    assert supervisor.submit(f"{ONE}/reveal").status_code == 422
    page = supervisor.submit(f"{ONE}/reveal", why="call")
    assert "王建国 13805610000" in page.text
    assert ("supervisor", "person.revealed", ORDER, "电话联系办事人") in acts(db)


@pytest.mark.parametrize(
    "path", [LIST, f"{LIST}?tab=late", f"{LIST}?tab=review", f"{LIST}?tab=bad", f"{LIST}?tab=done"]
)
def test_an_empty_list_says_what_will_come(app, path):
    with at(days=400):
        page = Caller(app, SUPERVISOR).page(f"{path}{'&' if '?' in path else '?'}department=cg")
    assert (page.status_code, "没有找到" in page.text) == (200, True)


def test_no_such_follow_up_is_404(supervisor):
    assert supervisor.page(f"{LIST}/XS-1-1-f9").status_code == 404
    assert supervisor.post("/api/routing/follow-ups/x/record", **GOOD).status_code == 404


def test_the_english_pages_hold_no_chinese_of_ours(db, supervisor):
    """What people wrote, and names of places and departments' orders, stay as they are."""
    f.answered(db, "XS-261123-0044-02", "cg", title="lamp", description="x", location="x")
    for query in ("", "?act=exclude"):
        page = supervisor.page(f"{LIST}/XS-261123-0044-02-1-f1{query}", "en").text
        body = page[page.index("<main") : page.index("</main")]
        for theirs in ("已劝导", "王**", "供电", "社区", "楼下烧烤店夜间噪声扰民"):
            body = body.replace(theirs, "")
        assert not CHINESE.findall(body), CHINESE.findall(body)
    supervisor.post(f"{API}/record", **GOOD)
    page = supervisor.page("/supervise/rates", "en").text
    main = page[page.index("<main") : page.index("</main")]
    body = re.sub(r"<select.*?</select>", "", main, flags=re.DOTALL)
    assert not CHINESE.findall(body), CHINESE.findall(body)


def test_the_trend_can_be_read_as_numbers(supervisor):
    supervisor.post(f"{API}/record", **GOOD)
    page = supervisor.page("/supervise/rates?per=day").text
    assert '<svg viewBox="0 0 720 180"' in page
    numbers = page[page.index("trend-numbers") :]
    assert "11月23日" in numbers
    assert "100.0%" in numbers
    assert "1 ÷ 1" in numbers


def test_a_date_is_due_in_words_on_the_page(app):
    with at(MONDAY + timedelta(days=9)):
        page = Caller(app, SUPERVISOR).page(f"{LIST}?tab=late").text
    assert "已超期 5 天" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_who_had_it_opened_again_is_shown_without_a_grade(db, supervisor, lang):
    f.hear(db, orders.reopen_order, ground.reopened(7))
    for path in (ONE, f"{LIST}?tab=done", f"{LIST}?tab=bad"):
        page = supervisor.page(path, lang)
        assert page.status_code == 200
        assert {"zh": "未解决", "en": "Not solved"}[lang] in page.text


@pytest.mark.parametrize(
    ("lapse", "why"),
    [
        (handlers.reopened, "reopened"),
        (handlers.case_withdrawn, "over"),
        (handlers.superseded, "superseded"),
    ],
)
def test_why_nobody_is_asked_any_more_is_said_in_the_words_of_the_rules(db, supervisor, lapse, why):
    db.run(lambda tx: lapse(tx, order_of(db)))
    assert LAPSE_LABELS[why] in supervisor.get(ONE).get_data(as_text=True)
