"""A grid worker's round with a phone in the hand, without a network in the middle of it."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

CARED = {"name": "钱桂兰", "address": "三号楼 201", "groups": ["elderly"], "worker": "grid"}
WORDS = "三号楼二单元楼道灯不亮，晚上看不见台阶"
PLACE = "阳光小区三号楼"
SENT = 60_000
"""Milliseconds until what is kept was sent: one that fails is tried again after twenty seconds."""


@pytest.fixture(scope="module")
def district(run):
    """Somebody is on the list of care, and should be seen."""
    run.baitong.person("desk").post("/api/intake/care", CARED)
    return run.baitong


def test_a_round(district, opened, tmp_path):
    page, worker = opened("grid", phone=True), district.person("grid")
    page.goto("/field")
    expect(page.locator("main")).to_contain_text("钱")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.screenshot(path=tmp_path / "1-field.png")
    page.get_by_role("link", name="上报").first.tap()
    page.wait_for_url("**/field/new")

    page.context.set_offline(True)
    _report(page)
    expect(page.locator("#outbox")).to_contain_text("待发送 1 条")
    expect(page.locator("#outbox")).to_contain_text("照片 1 张")
    page.screenshot(path=tmp_path / "2-offline.png")
    assert _reports(worker) == []

    page.goto("/field/new")  # the phone was put away: the form opens without a network, too
    expect(page.locator("#outbox")).to_contain_text("待发送 1 条")
    assert _reports(worker) == []

    page.context.set_offline(False)
    expect(page.locator("#outbox h2")).to_contain_text("已发送", timeout=SENT)
    page.screenshot(path=tmp_path / "3-sent.png")
    page.goto("/field")  # looks at what is kept once more, and sends nothing
    expect(page.locator("#outbox")).to_be_hidden()
    [report] = _reports(worker)
    assert (report["kind"], report["words"], report["place"]) == ("hazard", WORDS, PLACE)
    page.goto(f"/desk/reports/{report['number']}")
    expect(page.locator(".thumbs img")).to_have_count(1)
    page.screenshot(path=tmp_path / "4-report.png")

    _visit(page, tmp_path)
    visits = [one for one in _reports(worker) if one["kind"] == "visit"]
    assert len(visits) == 1
    [cared] = worker.get("/api/intake/care")["items"]
    assert cared["visited_at"]


def test_what_is_edited_after_its_answer_was_lost_is_one_report(district, opened):
    page, worker = opened("grid", phone=True), district.person("grid")
    before = {one["number"] for one in _reports(worker)}
    page.goto("/field/new")
    first = _reported_in_vain(page, worker, before)
    _edit(page, "冒烟了")
    expect(page.locator("#outbox h2")).to_contain_text("已发送", timeout=SENT)
    [report] = [one for one in _reports(worker) if one["number"] not in before]
    assert (report["number"], report["words"]) == (first["number"], "冒烟了")

    report = _reported_in_vain(page, worker, {*before, first["number"]})
    district.person("desk").post(f"/api/intake/reports/{report['number']}/take", {})
    _edit(page, "起火了")
    expect(page.locator("#outbox h2")).to_contain_text(
        f"{report['number']} 之前已收到", timeout=SENT
    )
    expect(page.locator("#outbox li")).to_have_count(0)
    page.goto(f"/desk/reports/{report['number']}")
    expect(page.locator("main")).to_contain_text(WORDS)
    expect(page.locator(".thumbs img")).to_have_count(1)


def _reported_in_vain(page, worker, before):
    """A report the server has, and the phone heard no answer; `before`: those known."""
    _lose_answers(page)
    with page.expect_event("requestfailed", lambda one: one.url.endswith("/field/reports/files")):
        _report(page)
    expect(page.locator("#outbox")).to_contain_text("待发送 1 条")
    [report] = [one for one in _reports(worker) if one["number"] not in before]
    return report


def _lose_answers(page):
    """The server hears every report, and the phone hears no answer."""

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/field/reports/files", lose)


def _edit(page, words):
    """Change what is kept; from now on answers come."""
    page.get_by_role("button", name="改一改").tap()
    expect(page.get_by_label("看到了什么")).to_have_value(WORDS)
    page.get_by_label("看到了什么").fill(words)
    page.unroute_all(behavior="wait")
    page.get_by_role("button", name="上报").tap()


def _report(page):
    page.locator("label.chip", has_text="路灯").tap()
    page.locator("#f-file").set_input_files(
        {"name": "楼道.jpg", "mimeType": "image/jpeg", "buffer": _photo()}
    )
    expect(page.locator("[data-photos] li")).to_have_count(1)
    page.get_by_label("看到了什么").fill(WORDS)
    page.get_by_label("在什么地方").fill(PLACE)
    page.get_by_role("button", name="上报").tap()


def _visit(page, tmp_path):
    page.goto("/field")
    page.get_by_role("link", name="记走访").first.tap()
    page.wait_for_url("**/field/new?kind=visit*")
    for question in page.locator("fieldset.of-visit:has(input[name=answers])").all():
        question.locator("label.chip").first.tap()
    page.get_by_label("看到了什么").fill("身体好，家里都好")
    page.screenshot(path=tmp_path / "5-visit.png", full_page=True)
    page.get_by_role("button", name="上报").tap()
    expect(page.locator("#outbox h2")).to_contain_text("已发送", timeout=SENT)


def _reports(worker):
    return worker.get("/api/intake/reports")["items"]


def _photo():
    made = BytesIO()
    Image.new("RGB", (1600, 1200), "#456").save(made, "JPEG")
    return made.getvalue()
