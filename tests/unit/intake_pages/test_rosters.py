"""The page of the rota, its API, and the feed a phone asks for."""

import re
from datetime import timedelta

import icalendar
import pytest

from services.intake.rosters import actions
from shared import clock
from shared.permissions import User
from shared.web.auth import issue_token
from tests.unit.intake.ground import COMMUNITY, ELSEWHERE
from tests.unit.intake.rosters.test_duty import MONDAY, at
from tests.unit.intake_pages.browser import Browser, told

pytestmark = pytest.mark.usefixtures("accounts", "sunday")
API = "/api/intake/rosters"


@pytest.fixture
def sunday():
    with clock.set_for_tests(at("10:00", MONDAY - timedelta(days=1))) as stopped:
        yield stopped


@pytest.fixture
def manager(app, runtime):
    return Browser(app, runtime, "manager")


@pytest.fixture
def other(app, runtime):
    return Browser(app, runtime, "desk-b")


@pytest.fixture
def planned(runtime, manager):
    answer = manager.send("/desk/roster", "/desk/roster/plan", weeks="4")
    assert answer.status_code == 303, answer.text
    return actions.coming(runtime, COMMUNITY)


@pytest.fixture
def asked(app, runtime):
    """Somebody asking the API."""

    def ask(username, method, path, json=None, lang="zh"):
        known = runtime.district.staff[username]
        user = User(username, known.name, known.role, known.community)
        headers = {
            "Authorization": f"Bearer {issue_token(user, runtime.settings.secret_key)}",
            "Accept-Language": lang,
        }
        client = app.test_client(use_cookies=False)
        return client.open(f"{API}{path}", method=method, json=json, headers=headers)

    return ask


def of(planned, username, day=MONDAY, post="desk"):
    return next(
        one for one in planned if (one.username, one.day, one.post) == (username, day, post)
    )


def test_before_anything_is_planned_the_page_says_so(desk):
    page = desk.page("/desk/roster")
    assert "没人在岗" in page.text
    assert "现在就排" not in page.text


def test_the_week_as_people_by_days(planned, app, runtime, sunday):
    sunday.advance(timedelta(days=1))
    page = Browser(app, runtime, "desk").page("/desk/roster").text
    assert "周敏" in page
    assert "A岗" in page
    assert "用餐 11:30–12:30" in page
    assert "服务时间里都有人" in page
    assert re.search(r'stat-value">[^<]*(周敏、吴倩|吴倩、周敏)', page)


def test_days_are_said_and_the_marks_of_the_seats_have_words(planned, manager):
    page = re.sub(r"<[^>]+>", "", manager.page("/desk/roster?week=2026-11-23").text)
    assert "11月23日 这一周" in page
    assert "11月23日 周一" in page
    assert "百通岗： A岗 B岗 机动岗" in " ".join(page.split())
    assert "取消这一班" in page
    english = re.sub(r"<[^>]+>", "", manager.page("/desk/roster?week=2026-11-23", lang="en").text)
    assert "Week of 23 Nov" in english
    assert "Mon 23 Nov" in english


def test_no_chinese_is_left_in_english(planned, manager, desk):
    desk.send("/desk/roster", "/desk/roster/calendars", of="officer")
    ask_leave(desk)
    page = manager.page("/desk/roster", lang="en").text
    names = "发烧|周敏|吴倩|李国强|王小燕|陈亮|郑书琴|[^ >]+社区"
    text = re.sub(names, "", re.sub(r'<a[^>]*lang="zh"[^>]*>.*?</a>', "", page))
    assert re.findall(r"[一-鿿]+", text.split("<main", 1)[1].split("</main>")[0]) == []


def test_an_odd_week_is_this_week(desk):
    for week in ("x", "0001-01-01", "9999-12-31", "2026-13-01"):
        assert desk.page(f"/desk/roster?week={week}").status_code == 200


def ask_leave(browser, fields=()):
    given = {
        "kind": "sick",
        "starts_at": "2026-11-23T00:00",
        "ends_at": "2026-11-24T00:00",
        "reason": "发烧",
    }
    return browser.send("/desk/roster", "/desk/roster/leaves", **(given | dict(fields)))


def number_of(page, prefix):
    return re.search(rf"{prefix}-\d{{6}}-\d{{4,8}}-\d{{2}}", page.text).group()


def test_leave_is_flagged_refused_and_taken_in_view(planned, desk, other, manager):
    assert ask_leave(desk).status_code == 303
    page = manager.page("/desk/roster")
    assert "没人在岗" in page.text
    number = number_of(page, "QJ")
    grant = f"/desk/roster/leaves/{number}/decide/grant"
    refused = manager.send("/desk/roster", grant)
    assert refused.status_code == 422
    assert "没人在岗" in told(refused)
    done = manager.send("/desk/roster", grant, in_view="街道派人顶")
    assert done.status_code == 303
    assert "发烧" in desk.page("/desk/roster").text
    seen = other.page("/desk/roster").text
    assert "已准假" in seen
    assert "发烧" not in seen
    assert "病假" not in seen.split('id="leaves"')[1].split("roster-form")[0]


def test_what_is_wrong_stands_at_its_form(planned, desk):
    answer = ask_leave(desk, {"ends_at": "2026-11-22T23:00"})
    assert answer.status_code == 422
    assert "结束要晚于开始" in told(answer)
    assert 'value="2026-11-23T00:00"' in answer.text


def test_a_swap_from_asking_to_the_manager(planned, runtime, desk, manager, asked):
    asked("manager", "PUT", "/members/backoffice", {"posts": ["desk"]})
    other = Browser(desk.client.application, runtime, "desk-b")
    back = Browser(desk.client.application, runtime, "backoffice")
    mine = of(planned, "desk")
    answer = desk.send("/desk/roster", "/desk/roster/swaps", duty=mine.id, other="backoffice")
    assert answer.status_code == 303
    number = re.search(r"swaps/(HB-[\d-]+)/", back.page("/desk/roster").text).group(1)
    wrong = other.send("/desk/roster", f"/desk/roster/swaps/{number}/answer/agree")
    assert "本人答复" in told(wrong)
    agreed = back.send("/desk/roster", f"/desk/roster/swaps/{number}/answer/agree")
    assert agreed.status_code == 303
    done = manager.send("/desk/roster", f"/desk/roster/swaps/{number}/decide/confirm")
    assert done.status_code == 303
    assert "换班" in manager.page(f"/desk/roster?week={MONDAY}").text
    found = asked("desk", "GET", f"?from={MONDAY}&days=1").get_json()["duties"]
    assert {one["username"] for one in found if one["post"] == "desk"} == {"desk-b", "backoffice"}


def test_a_feed_is_fetched_updated_and_revoked(planned, desk, manager, anyone, sunday):
    desk.send("/desk/roster", "/desk/roster/calendars", of="officer")
    url = re.search(r'value="[^"]*(/calendars/[^"]+\.ics)"', desk.page("/desk/roster").text).group(
        1
    )
    first = anyone.client.get(url)
    assert first.status_code == 200
    assert first.content_type.startswith("text/calendar")
    before = list(icalendar.Calendar.from_ical(first.data).walk("VEVENT"))
    assert {str(one["status"]) for one in before} == {"CONFIRMED"}
    etag = {"If-None-Match": first.headers["ETag"]}
    assert anyone.client.get(url, headers=etag).status_code == 304
    sunday.advance(timedelta(hours=1))
    mine = of(planned, "desk")
    cancel = f"/desk/roster/duties/{mine.id}/cancel"
    assert manager.send(f"/desk/roster?week={MONDAY}", cancel).status_code == 422
    assert manager.send(f"/desk/roster?week={MONDAY}", cancel, in_view="另派人").status_code == 303
    second = anyone.client.get(url, headers=etag)
    assert second.status_code == 200
    after = {
        str(one["uid"]): one for one in icalendar.Calendar.from_ical(second.data).walk("VEVENT")
    }
    assert set(after) == {str(one["uid"]) for one in before}
    changed = next(one for uid, one in after.items() if uid.startswith(mine.id))
    assert (str(changed["status"]), changed["sequence"]) == ("CANCELLED", 1)
    link = re.search(r"calendars/(\w+)/revoke", desk.page("/desk/roster").text).group(1)
    assert desk.send("/desk/roster", f"/desk/roster/calendars/{link}/revoke").status_code == 303
    assert anyone.client.get(url).status_code == 410
    assert anyone.client.get("/calendars/nonsense.ics").status_code == 404


def test_a_manager_adds_a_seat_and_a_pair(planned, manager):
    page = "/desk/roster"
    pair = manager.send(page, "/desk/roster/members/desk", posts=["desk"], partner="desk-b")
    assert pair.status_code == 303
    assert "搭档 吴倩" in manager.page(page).text
    manager.send(page, "/desk/roster/members/backoffice", posts=["desk", "assistant"])
    given = {"day": str(MONDAY), "post": "desk", "seat": "C", "username": "backoffice"}
    assert manager.send(page, "/desk/roster/duties", **given).status_code == 303
    again = manager.send(page, "/desk/roster/duties", **given)
    assert again.status_code == 422
    assert "已经是李国强" in told(again)


def test_posts_set_meanwhile_by_another_are_not_undone(planned, manager, asked):
    page, where = "/desk/roster", "/desk/roster/members/desk"
    assert 'name="version" value="0"' in manager.page(page).text
    known = {
        one["username"]: one for one in asked("manager", "GET", "/members").get_json()["items"]
    }
    given = {"posts": ["desk", "assistant"], "version": known["desk"]["version"]}
    assert asked("manager", "PUT", "/members/desk", given).status_code == 204
    late = manager.send(page, where, posts=["desk"], version="0")
    assert late.status_code == 422
    assert "刚刚被改过" in told(late)
    answer = asked("manager", "PUT", "/members/desk", given)
    assert answer.status_code == 409
    assert answer.get_json()["errors"][0]["field"] == "version"
    assert manager.send(page, where, posts=["desk"], version="1").status_code == 303


def test_a_supervisor_reads_every_community_and_changes_nothing(planned, app, runtime):
    reader = Browser(app, runtime, "supervisor")
    assert "周敏" in reader.page(f"/desk/roster?community={COMMUNITY}&week={MONDAY}").text
    assert "我要请假" not in reader.page(f"/desk/roster?community={COMMUNITY}").text
    assert reader.page(f"/desk/roster?community={ELSEWHERE}").status_code == 200


def test_an_officer_reads_no_other_community(planned, desk):
    assert desk.page(f"/desk/roster?community={ELSEWHERE}").status_code == 403


# ---- The API ----


def test_the_api_walks_the_same_way(planned, asked):
    roster = asked("desk", "GET", f"?from={MONDAY}").get_json()
    assert len([one for one in roster["duties"] if one["post"] == "desk"]) == 10
    assert roster["gaps"] == []
    body = {"kind": "own", "starts_at": "2026-11-23T00:00+08:00", "ends_at": "2026-11-23T23:00"}
    leave = asked("desk", "POST", "/leaves", body, lang="en").get_json()
    assert "nobody" in leave["gap"].lower()
    number = leave["number"]
    refused = asked("manager", "POST", f"/leaves/{number}/grant", {})
    assert refused.status_code == 409
    assert refused.get_json()["errors"][0]["field"] == "in_view"
    granted = asked("manager", "POST", f"/leaves/{number}/grant", {"in_view": "派人顶"})
    assert granted.get_json()["state"] == "granted"
    listed = asked("desk-b", "GET", "/leaves").get_json()["items"][0]
    assert (listed["kind"], listed["reason"]) == (None, None)
    assert (
        asked("desk", "POST", f"/leaves/{number}/withdraw", {}).get_json()["state"] == "withdrawn"
    )
    link = asked("desk", "POST", "/calendars", {"of": "community"}).get_json()
    assert link["url"].endswith(".ics")
    assert asked("desk", "GET", "/calendars").get_json()["items"][0]["id"] == link["id"]
    assert asked("desk", "POST", f"/calendars/{link['id']}/revoke", {}).status_code == 200
    assert asked("desk", "GET", "/calendars").get_json()["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/leaves", {"kind": "own", "starts_at": "1999-12-31", "ends_at": "x"}, "starts_at"),
        (
            "/leaves",
            {"kind": "x", "starts_at": "2026-11-23T01:00", "ends_at": "2026-11-24T01:00"},
            "kind",
        ),
        ("/swaps", {"duty": "d"}, "other"),
        ("/calendars", {"of": "moon"}, "of"),
    ],
)
def test_what_is_wrong_is_named(asked, path, body, field):
    answer = asked("desk", "POST", path, body)
    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.get_json()["errors"]}


def test_only_managers_plan(asked):
    assert asked("desk", "POST", "/plan", {"weeks": 1}).status_code == 403
    assert asked("manager", "POST", "/plan", {"weeks": 1}).get_json()["added"] > 0
    assert asked("desk", "GET", "?community=000000000000").status_code == 403
    assert asked("supervisor", "GET", "?community=000000000000").status_code == 422
