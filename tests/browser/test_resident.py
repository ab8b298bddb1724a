"""A resident in 长者模式 with a phone: a guide, an appointment, a matter followed to its end."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import COMMUNITY
from tests.browser.test_axe import SIDEWAYS

PHONE = "13805610077"
PERSON = {"name": "张桂兰", "phone": PHONE}
READABLE = 18
"""Pixels: the smallest type in 长者模式."""
TOO_SMALL = """least => [...document.querySelectorAll('body *')]
  .filter(one => one.checkVisibility() && !one.closest('.sr, .skip, svg'))
  .filter(one => [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .filter(one => parseFloat(getComputedStyle(one).fontSize) < least)
  .map(one => `${getComputedStyle(one).fontSize}: ${one.outerHTML.slice(0, 120)}`)"""
OVERLAPPING = """() => {
  const all = [...document.querySelectorAll('a, button, input, select, h1, h2, p')]
    .filter(one => one.closest('main') && !one.closest('.sr, .skip') && one.checkVisibility())
    .filter(one => one.getClientRects().length === 1 && one.type !== 'radio');
  const box = one => one.getBoundingClientRect();
  const cut = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  const found = [];
  all.forEach((one, n) => all.slice(n + 1).forEach(other => {
    if (!one.contains(other) && !other.contains(one) && cut(box(one), box(other)))
      found.push(`${one.outerHTML.slice(0, 80)} over ${other.outerHTML.slice(0, 80)}`);
  }));
  return found;
}"""


@pytest.fixture
def elder(opened, tmp_path):
    """A resident's phone, and a look at each page that is passed."""
    page, passed = opened(phone=True), []

    def looked(name):
        expect(page.locator("html")).to_contain_class("elder")
        passed.append(name)
        page.screenshot(path=tmp_path / f"{len(passed)}-{name}.png", full_page=True)
        assert page.evaluate(TOO_SMALL, READABLE) == [], name
        assert page.evaluate(OVERLAPPING) == [], name
        assert not page.evaluate(SIDEWAYS), name

    page.looked = looked
    page.goto("/?elder=1")
    looked("door")
    return page


def test_a_guide_then_an_appointment_that_is_cancelled_and_made_again(elder, run):
    elder.goto("/guides")
    elder.get_by_label("想办什么事").fill("老人补贴")
    _lead_on(elder.get_by_role("button", name="查找"))
    elder.looked("found")
    _lead_on(elder.get_by_role("link", name="高龄津贴申请"))
    expect(elder.locator("main")).to_contain_text("户口簿")
    elder.looked("guide")

    elder.goto("/book")
    elder.looked("book")
    elder.get_by_label("您住在哪个社区").select_option(COMMUNITY)
    _lead_on(elder.get_by_role("button", name="下一步"))
    elder.looked("matters")
    _lead_on(elder.get_by_role("link", name="高龄津贴申请").first)
    expect(elder.locator("main")).to_contain_text("户口簿")
    elder.looked("bring")
    _lead_on(elder.get_by_role("link", name="选时间"))
    first = _booked(elder, "times")
    elder.get_by_text("取消预约").first.tap()
    _lead_on(elder.get_by_role("button", name="确定取消"))
    _lead_on(elder.get_by_role("link", name="另约时间"))
    second = _booked(elder, "times-again")
    assert first != second

    desk = run.baitong.person("desk")
    listed = desk.get("/api/intake/bookings", community=desk.user["community"], days=14)["items"]
    states = {one["number"]: one["state"] for one in listed}
    assert states[second] == "booked"
    assert states.get(first) in (None, "cancelled")


def test_a_matter_is_followed_found_not_solved_and_rated(elder, run):
    desk = run.baitong.person("desk")
    brought = {"materials": ["申请审批表"], "applicant": PERSON}
    missing = desk.accept(item="G-01", **brought)["number"]
    desk.act(missing, "notice")
    answered = desk.accept("路灯不亮", kind="complaint", applicant=PERSON)["number"]
    desk.act(answered, "resolve", result="已更换灯泡")

    _follow(elder, missing)
    expect(elder.locator("main")).to_contain_text("请补齐这些")
    expect(elder.locator("main")).to_contain_text("户口簿")
    elder.looked("missing")

    _follow(elder, answered)
    expect(elder.locator("main")).to_contain_text("已更换灯泡")
    elder.looked("answered")
    _lead_on(elder.get_by_role("button", name="没有解决，请继续办"))
    expect(elder.locator("body")).to_contain_text("已经重新办理")
    assert desk.case(answered)["state"] == "accepted"
    elder.looked("reopened")

    desk.act(answered, "resolve", result="线路也换了新的")
    elder.reload()
    _lead_on(elder.get_by_role("button", name="非常满意").first)
    expect(elder.locator("main")).to_contain_text("您的评价")
    elder.looked("rated")
    assert desk.case(answered)["rating"]["grade"] == 5


def _booked(elder, name):
    """Take the last time that is offered; the number of the appointment."""
    elder.looked(name)
    _lead_on(elder.locator(".book-times a").last)
    elder.get_by_label("姓名").fill(PERSON["name"])
    elder.get_by_label("手机号").fill(PHONE)
    elder.looked("person")
    _lead_on(elder.get_by_role("button", name="确认预约"))
    expect(elder.locator("h1")).to_contain_text("约好了")
    elder.looked("confirmed")
    return elder.locator(".book-number").inner_text().strip()


def _follow(elder, number):
    elder.goto("/track")
    elder.looked("track")
    elder.get_by_label("办件编号").fill(number)
    elder.get_by_label("手机号后四位").fill(PHONE[-4:])
    _lead_on(elder.get_by_role("button", name="查进度"))
    elder.wait_for_url("**/track/*")


def _lead_on(what):
    """Tap what leads to another page, and be there: a tap itself does not wait."""
    with what.page.expect_navigation():
        what.tap()
