"""Deliberation at the desk, for everybody, and through the API."""

import re

import pytest

from shared import clock
from shared.permissions import User
from shared.web.auth import issue_token
from tests.unit.intake.rosters.test_duty import at
from tests.unit.intake_pages.browser import Browser, told

pytestmark = pytest.mark.usefixtures("monday")
API = "/api/intake/deliberations"
MEET = {
    "at": "2026-11-23T09:00",
    "platform": "muling",
    "people_community": "2",
    "said_community": "可以补助",
    "people_residents": "12",
    "said_residents": "楼层分摊",
    "agreed": "先测光照",
}
VOTE = {
    "question": "是否加装",
    "entitled": "24",
    "present": "20",
    "votes_for": "15",
    "votes_against": "3",
    "abstained": "2",
}


@pytest.fixture
def monday():
    with clock.set_for_tests(at("10:00")) as stopped:
        yield stopped


@pytest.fixture
def matter(desk):
    answer = desk.send(
        "/desk/deliberation/new",
        title="老楼加装电梯",
        kind="property",
        story="一楼怕挡光",
        parties=["community", "residents"],
    )
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.fixture
def asked(app, runtime):
    def ask(username, method, path, json=None):
        known = runtime.district.staff[username]
        user = User(username, known.name, known.role, known.community)
        headers = {"Authorization": f"Bearer {issue_token(user, runtime.settings.secret_key)}"}
        client = app.test_client(use_cookies=False)
        return client.open(f"{API}{path}", method=method, json=json, headers=headers)

    return ask


def all_the_way(desk, matter):
    steps = (
        ("advance", {}),
        ("meet", MEET),
        ("advance", {}),
        ("task", {"text": "测光照", "party": "property", "due": "2026-12-01"}),
        ("task-done", {"task": "1"}),
        ("advance", {}),
        ("means", {"party": "residents", "what": "分摊", "yuan": "60000"}),
        ("advance", {}),
        ("decide", VOTE),
        ("advance", {}),
        ("grade", {"score": "5"}),
        ("settle", {"result": "装好了"}),
        ("publish", {"words": "三单元加装电梯，费用按楼层分摊"}),
    )
    for verb, fields in steps:
        answer = desk.send(matter, f"{matter}/{verb}", **fields)
        assert answer.status_code == 303, (verb, told(answer))


def test_six_steps_on_the_page_and_then_for_everybody(desk, matter, anyone):
    all_the_way(desk, matter)
    page = desk.page(matter).text
    for said in ("楼层分摊", "测光照", "60000 元", "同意 15", "装好了"):
        assert said in page
    number = matter.rsplit("/", 1)[1]
    talk = anyone.page("/talk").text
    assert "费用按楼层分摊" in talk
    assert "议事平台：睦邻话苑" in talk
    shown = anyone.page(f"/talk/{number}").text
    assert "老楼加装电梯" in shown
    for hidden in ("一楼怕挡光", "测光照", "周敏", "可以补助"):
        assert hidden not in talk + shown
    assert "今年化解矛盾纠纷" in desk.page("/desk/deliberation").text
    assert re.search(
        r"化解矛盾纠纷</p>\s*<p class=\"stat-value\">1 ", desk.page("/desk/deliberation").text
    )


def test_what_is_public_is_taken_back_from_its_page(desk, matter, anyone):
    assert "收回公开" not in desk.page(matter).text
    all_the_way(desk, matter)
    answer = desk.send(matter, f"{matter}/unpublish", reason="写了门牌")
    assert answer.status_code == 303
    assert "费用按楼层分摊" not in anyone.page("/talk").text
    assert anyone.page(f"/talk/{matter.rsplit('/', 1)[1]}").status_code == 404


def test_what_is_not_public_is_not_there(matter, anyone):
    number = matter.rsplit("/", 1)[1]
    assert "老楼加装电梯" not in anyone.page("/talk").text
    assert anyone.page(f"/talk/{number}").status_code == 404
    assert anyone.page("/talk/XY-1").status_code == 404


def test_what_is_wrong_stands_at_its_form(desk, matter):
    too_early = desk.send(matter, f"{matter}/settle", result="好了")
    assert too_early.status_code == 422
    assert "还没走到" in told(too_early)
    nobody = desk.send(matter, f"{matter}/meet", at="2026-11-23T09:00", platform="muling")
    assert nobody.status_code == 422
    assert "各方到了几人" in told(nobody)
    wrong = desk.send(matter, f"{matter}/decide", **(VOTE | {"votes_for": "1"}))
    assert "对不上" in told(wrong)
    assert 'value="是否加装"' in wrong.text


def test_a_matter_of_another_community_is_closed(matter, elsewhere):
    assert elsewhere.page(matter).status_code == 403
    assert "老楼加装电梯" not in elsewhere.page("/desk/deliberation").text


def test_a_supervisor_reads_and_changes_nothing(app, runtime, matter):
    reader = Browser(app, runtime, "supervisor")
    page = reader.page(matter).text
    assert "老楼加装电梯" in page
    assert "这里只能看" in page


def test_no_chinese_is_left_in_english(desk, matter, anyone):
    all_the_way(desk, matter)
    said = "老楼加装电梯|一楼怕挡光|可以补助|楼层分摊|先测光照|测光照|分摊|是否加装|装好了"
    said += "|三单元加装电梯，费用按|周敏"
    for reader, path in (
        (desk, "/desk/deliberation"),
        (desk, matter),
        (desk, "/desk/deliberation/new"),
        (anyone, "/talk"),
        (anyone, f"/talk/{matter.rsplit('/', 1)[1]}"),
    ):
        page = reader.page(path, lang="en").text
        text = re.sub(f"<option.*?</option>|{said}|[一-鿿]+社区", "", page, flags=re.DOTALL)
        main = text.split("<main", 1)[1].split("</main>")[0]
        assert re.findall(r"[一-鿿]+", main) == [], path


def test_the_api_walks_the_same_way(asked):
    body = {"title": "楼道堆物", "kind": "neighbours", "parties": ["community", "residents"]}
    made = asked("desk", "POST", "", body)
    assert made.status_code == 201
    number = made.get_json()["number"]
    assert "meet" in made.get_json()["actions"]
    early = asked("desk", "POST", f"/{number}/settle", {"result": "好了"})
    assert early.status_code == 409
    assert asked("desk", "POST", f"/{number}/advance", {}).get_json()["step"] == "discuss"
    meeting = {
        "at": "2026-11-23T09:00+08:00",
        "platform": "muling",
        "attendance": [{"party": "residents", "people": 3}],
    }
    met = asked("desk", "POST", f"/{number}/meet", meeting).get_json()
    assert met["meetings"][0]["attendance"][0]["people"] == 3
    failed = asked("desk", "POST", f"/{number}/fail", {"result": "谈不拢"}).get_json()
    assert failed["state"] == "unsettled"
    listed = asked("desk", "GET", "?state=unsettled").get_json()
    assert [one["number"] for one in listed["items"]] == [number]
    counted = asked("desk", "GET", "/disputes").get_json()
    assert counted["settled"] == 0
    assert {one["kind"]: one["unsettled"] for one in counted["items"]}["neighbours"] == 1
    assert asked("desk", "GET", "/decided").get_json()["total"] == 0
    assert asked("desk-guiyuan", "GET", f"/{number}").status_code == 403


def test_it_ends_as_a_case(desk, matter):
    answer = desk.send(matter, f"{matter}/case", name="王建国", phone="13805610000")
    assert answer.status_code == 303, told(answer)
    assert re.search(r'href="/desk/XS-[\d-]+"', desk.page(matter).text)


def test_officers_see_where_neighbours_meet(desk):
    """1-05."""
    assert "议事平台：睦邻话苑" in desk.page("/desk/deliberation").text
    assert "Where we meet: Neighbours" in desk.page("/desk/deliberation", "en").text
