"""Pages of ways, promises, refusals, public notices, hand-over; the back office, one's own."""

from datetime import timedelta

import pytest

from services.intake import handlers, timers
from services.intake.models import cases
from services.intake.ways import handlers as ways_handlers
from shared.clock import now, set_for_tests
from shared.track_link import track_token
from tests.unit.intake.ground import DESK, do, stored
from tests.unit.intake_pages.browser import HIDDEN, Browser, told
from tests.unit.intake_pages.test_papers import read

CARD = "本人银行卡或社保卡"
MAIN = ("申请审批表", "本人身份证", "户口簿")
ADULT = "340603194905120014"


@pytest.fixture
def manager(app, runtime):
    return Browser(app, runtime, "manager")


def owed(desk):
    """An application where only a minor material is missing."""
    return desk.apply("G-01", *MAIN)


def to_publish(runtime, desk):
    """An application whose item asks for a public notice, complete."""
    item = runtime.district.items["A-09"]
    materials = [material.name for material in item.materials]
    return desk.apply("A-09", *materials, **{"applicant.id_no": ADULT})


def change(runtime, number, values):
    row = cases.update().where(cases.c.number == number)
    runtime.database.run(lambda tx: tx.update(row.values(values)))


def test_a24_the_promise_offers_minor_materials_only_and_is_printed(desk):
    number = desk.apply("G-01", "申请审批表", "本人身份证")
    form = desk.page(f"/desk/{number}/promise").text
    assert f'value="{CARD}"' in form
    assert 'value="户口簿"' not in form
    assert "不能容缺，要先收齐：户口簿" in form
    number = owed(desk)
    done = desk.step(number, "promise", materials=CARD, reason="卡在补办")
    assert done.location.endswith(f"/desk/{number}/promise")
    paper = desk.page(f"/desk/{number}/promise").text
    for words in ("容缺受理承诺书", CARD, "王**", "到期没有交来，同意按撤回申请处理"):
        assert words in paper
    assert "王建国" not in paper
    assert CARD in desk.page("/my").text


def test_a24_there_is_nothing_to_send_where_nothing_may_be_promised(desk):
    number = desk.apply("G-01", CARD)
    form = desk.page(f"/desk/{number}/promise").text
    assert "还缺的都是主要材料" in form
    assert f'href="/desk/{number}/notice"' in form
    whole = desk.apply("G-01", *MAIN, CARD)
    complete = desk.page(f"/desk/{whole}/promise").text
    assert "材料都齐了，不用容缺。" in complete
    for page in (form, complete):
        assert 'name="reason"' not in page
        assert "最晚补交" not in page
        assert "记下承诺，先受理" not in page


def test_a24_what_is_no_minor_material_is_refused_at_its_field(desk):
    number = desk.apply("G-01", "申请审批表", "本人身份证")
    answer = desk.step(number, "promise", materials="户口簿", reason="没带")
    assert answer.status_code == 422
    assert "主要材料" in told(answer)


def test_a38_the_refusal_says_why_by_which_rule_and_what_one_may_do(desk):
    number = owed(desk)
    without = desk.step(number, "refuse", reason="")
    assert (without.status_code, "为什么不能办" in told(without)) == (422, True)
    desk.step(number, "refuse", reason="未满八十周岁", ground="发放办法第三条")
    paper = desk.page(f"/desk/{number}/refuse").text
    for words in ("不予办理决定书", "未满八十周岁", "发放办法第三条", "60 日内", "6 个月内"):
        assert words in paper
    chosen = desk.page(f"/desk/{number}?state=all").text
    assert "未满八十周岁" in chosen
    assert f"/desk/{number}/resolve" not in chosen


def test_the_public_notice_shows_nobody_and_ends_no_sooner(runtime, desk):
    number = to_publish(runtime, desk)
    before = desk.step(number, "resolve", result="已办")
    assert "要先公示" in told(before)
    desk.step(number, "publish", place="")
    paper = desk.page(f"/desk/{number}/publish").text
    assert "王**" in paper
    assert not any(private in paper for private in ("王建国", "13805610000", ADULT))
    desk.step(number, "objection", objection="他另有住房")
    assert "他另有住房" in desk.page(f"/desk/{number}?state=all").text


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("promise", {"materials": CARD, "reason": "卡在补办"}, ("容缺受理承诺书", CARD)),
        ("refuse", {"reason": "未满八十周岁"}, ("不予办理决定书", "行政复议")),
    ],
)
def test_the_papers_are_files_too(desk, elsewhere, action, fields, words):
    number = owed(desk)
    assert desk.page(f"/desk/{number}/{action}.pdf").status_code == 404
    desk.step(number, action, **fields)
    answer = desk.page(f"/desk/{number}/{action}.pdf")
    assert f"-{number}.pdf" in answer.headers["Content-Disposition"]
    text = read(answer.data)
    assert all(word in text for word in (*words, number, "王**"))
    assert elsewhere.page(f"/desk/{number}/{action}.pdf").status_code == 403


def test_the_public_notice_is_a_file_too(runtime, desk):
    number = to_publish(runtime, desk)
    assert desk.page(f"/desk/{number}/publish.pdf").status_code == 404
    desk.step(number, "publish", place="二楼公示栏")
    assert "公示期" in read(desk.page(f"/desk/{number}/publish.pdf").data)


@pytest.mark.parametrize(
    ("action", "said"),
    [("withdraw", {"reason": "申请人要求撤回"}), ("refuse", {"reason": "名下有房"})],
)
def test_what_ended_in_its_public_notice_is_published_until_no_day(runtime, desk, action, said):
    number = to_publish(runtime, desk)
    desk.step(number, "publish", place="")
    assert "公示到" in desk.page(f"/desk/{number}?state=all").text
    assert desk.step(number, action, **said).status_code == 303
    assert "公示到" not in desk.page(f"/desk/{number}?state=all").text


def test_a_broken_promise_is_waited_for_no_more(runtime, desk):
    number = owed(desk)
    desk.step(number, "promise", materials=CARD, reason="卡在补办")
    assert "前补交：" in desk.page(f"/desk/{number}?state=all").text
    with set_for_tests(stored(runtime, number).promise_by + timedelta(minutes=1)):
        assert timers.withdraw_broken_promises(runtime) == 1
    assert "前补交：" not in desk.page(f"/desk/{number}?state=all").text


def test_the_resident_reads_what_of_the_promise_is_still_to_come(runtime, desk, anyone):
    photo = "近期照片"
    number = owed(desk)
    desk.step(number, "notice", more=photo)
    do(runtime, ways_handlers.give_promise, number, DESK, [CARD, photo], "卡在补办")
    do(runtime, handlers.take_materials, number, DESK, [CARD])
    page = anyone.page(f"/track/{track_token(number, runtime.settings.secret_key)}").text
    listed = page.split("您承诺后补的材料")[1].split("</ul>")[0]
    assert photo in listed
    assert CARD not in listed


@pytest.mark.parametrize("way", ["on_behalf", "accompanied", "at_home"])
def test_the_way_is_settled_and_shown(runtime, desk, way):
    number = desk.accept()
    desk.step(number, "way", way=way)
    named = {"on_behalf": "代办", "accompanied": "陪办", "at_home": "上门办"}[way]
    page = desk.page(f"/desk/{number}").text
    assert f"办理方式定为{named}" in page
    assert f"<dd>{named}</dd>" in page


@pytest.mark.usefixtures("accounts")
def test_b14_only_a_manager_hands_over_and_the_new_one_finds_it(desk, manager):
    number = desk.accept()
    assert f"/desk/{number}/hand-over" not in desk.page("/my").text
    assert desk.page(f"/desk/{number}/hand-over").status_code == 403
    assert f"/desk/{number}/hand-over" in manager.page("/my?officer=desk").text
    form = f"/desk/{number}/hand-over"
    said = dict(HIDDEN.findall(manager.page(form).text)) | {
        "to": "backoffice",
        "reason": "周敏调离",
    }
    done = manager.client.post(form, data=said, headers={"Accept": "text/html"})
    assert done.status_code == 303, told(done)
    assert number not in manager.page("/my?officer=desk").text
    assert number in manager.page("/my?officer=backoffice").text
    assert desk.page("/my?officer=backoffice").status_code == 403


@pytest.mark.parametrize(
    ("urgency", "track", "raised"),
    [
        ("normal", "一般", False),
        ("urgent", "紧急立刻办", False),
        ("special", "特殊绿色通道办", False),
        ("difficult", "疑难提级办", True),
    ],
)
def test_the_back_office_sees_its_track_and_deadline(desk, urgency, track, raised):
    number = desk.accept(urgency=urgency)
    desk.step(number, "back-office", note="")
    page = desk.page("/desk/back-office").text
    assert number in page
    assert track in page
    assert ("请社区负责人过问" in page) is raised


def test_the_back_office_has_the_nearest_deadline_first(desk, elsewhere):
    slow, fast = desk.accept(urgency="difficult"), desk.accept(urgency="urgent")
    for number in (slow, fast):
        desk.step(number, "back-office", note="")
    page = desk.page("/desk/back-office").text
    assert page.index(fast) < page.index(slow)
    assert fast not in elsewhere.page("/desk/back-office").text


@pytest.mark.parametrize(
    ("hours", "due", "lamp"), [(5, "soon", "lamp--soon"), (-5, "late", "lamp--late")]
)
def test_a42_what_waits_for_its_review_has_a_lamp_and_is_due(runtime, desk, hours, due, lamp):
    number = desk.accept()
    change(runtime, number, {"due_at": None})
    assert number not in desk.page(f"/desk?due={due}").text
    change(runtime, number, {"review_by": now() + timedelta(hours=hours)})
    listed = desk.page(f"/desk?due={due}").text
    assert number in listed
    assert "待审核 · " in listed
    assert lamp in listed
    desk.step(number, "way", way="on_behalf")
    assert number not in desk.page(f"/desk?due={due}").text
