"""The archive and the figures as people see them: the day on a key, a dossier, the numbers."""

import csv
import io
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from services.intake import models
from services.intake.archive import verify
from services.intake.archive.verify import Damage
from services.intake.figures import present_labels
from shared.audit import reading
from tests.unit.intake_pages.browser import PHONE, Browser

REPORT = re.compile(r"/desk/archive/days/\d{4}-\d\d-\d\d")


@pytest.fixture
def supervisor(app, runtime):
    return Browser(app, runtime, "supervisor")


@pytest.fixture
def archived(desk):
    """A matter done, rated and archived by key; its number."""
    number = desk.accept()
    desk.step(number, "resolve", result="已联系 13805610000 王建国，劝导到位")
    answer = desk.send("/desk/archive", "/desk/archive/end")
    assert "封存了 1 件" in desk.page(answer.location).text
    return number


def test_one_key_archives_the_day(desk):
    number, open_one = desk.accept(), desk.accept(title="楼道灯不亮")
    desk.step(number, "resolve", result="已劝导")
    before = desk.page("/desk/archive").text
    assert 'data-key="e"' in before
    assert number in before
    answer = desk.send("/desk/archive", "/desk/archive/end")
    assert REPORT.fullmatch(answer.location)
    report = desk.page(answer.location).text
    assert "封存了 1 件" in report
    assert "周敏：1 件，超期 0 件" in report
    after = desk.page("/desk/archive").text
    assert number in after
    assert open_one not in after


def test_why_a_case_is_not_archived_is_said(desk):
    number = desk.accept()
    desk.step(number, "resolve", result="已劝导")
    desk.step(number, "rate", grade="1")
    page = desk.page("/desk/archive").text
    assert "居民不满意，先联系、整改，再归档" in page
    answer = desk.send("/desk/archive", "/desk/archive/end")
    report = desk.page(answer.location).text
    assert number in report
    assert "居民不满意" in report


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", "加密保存的内容打不开：cases.result"), ("en", "cannot be opened: cases.result")],
)
def test_what_could_not_be_sealed_is_named_with_why(desk, runtime, lang, said):
    broken, whole = desk.accept(), desk.accept(title="楼道灯不亮")
    for number in (broken, whole):
        desk.step(number, "withdraw", reason="不办了")
    with runtime.database.engine.begin() as connection:  # past the platform
        spoilt = sa.text("UPDATE cases SET result = :bytes WHERE number = :number")
        connection.execute(spoilt, {"bytes": b"changed", "number": broken})
    report = desk.page(desk.send("/desk/archive", "/desk/archive/end").location, lang).text
    page = desk.page("/desk/archive", lang).text
    for shown in (report, page):
        assert broken in shown
        assert said in shown
    assert f"/desk/archive/{whole}" in page
    assert f"/desk/archive/{broken}" not in page


@pytest.mark.parametrize(("lang", "said"), [("zh", "办的已补记（"), ("en", "was put in on ")])
def test_a_report_says_that_the_evening_was_put_in(desk, archived, runtime, lang, said):
    where = desk.send("/desk/archive", "/desk/archive/end").location
    assert said not in desk.page(where, lang).text
    table = models.archive.reports
    with runtime.database.engine.begin() as connection:
        told = connection.execute(sa.select(table.c.said)).scalar_one()
        whole = told | {"completed_at": "2026-11-22T10:31:00+00:00"}
        connection.execute(table.update().values(said=whole))
    assert said in desk.page(where, lang).text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_dossier_is_masked(desk, archived, lang):
    page = desk.page(f"/desk/archive/{archived}", lang).text
    assert "138****0000" in page
    assert PHONE not in page
    assert "王建国" not in page
    assert "SM3" in page


@pytest.mark.parametrize(
    ("lang", "name"), [("zh", "高龄津贴申请"), ("en", "Allowance for the very old")]
)
def test_a_dossier_calls_its_item_as_it_was_accepted(desk, runtime, monkeypatch, lang, name):
    number = desk.apply("G-01")
    desk.step(number, "withdraw", reason="不办了")
    desk.send("/desk/archive", "/desk/archive/end")
    monkeypatch.setattr(present_labels, "offered", lambda: replace(runtime.district, items={}))
    page = desk.page(f"/desk/archive/{number}", lang).text
    facts = dict(re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page))
    assert facts["事项" if lang == "zh" else "Item"] == name


def test_the_whole_is_shown_for_a_reason_and_recorded(desk, archived, runtime):
    path = f"/desk/archive/{archived}"
    assert desk.send(path, f"{path}/reveal").status_code == 422
    answer = desk.send(path, f"{path}/reveal", why="call")
    assert PHONE in answer.text
    assert "王建国" in answer.text
    seen = reading.every(runtime.database, reading.Wanted(action="person.revealed"))
    assert [entry.act.subject for entry in seen] == [archived]


def test_a_dossier_and_a_report_are_papers(desk, archived, runtime):
    given = desk.page(f"/desk/archive/{archived}/paper.pdf")
    assert given.data.startswith(b"%PDF")
    assert given.mimetype == "application/pdf"
    damaged = [one for one in verify.check(runtime.database) if isinstance(one, Damage)]
    assert damaged == []


def test_it_is_found_by_who_brought_it_and_by_words(desk, archived):
    for text in (archived, PHONE, "王建国", "烧烤店"):
        assert archived in desk.page(f"/desk/archive?q={text}").text
    assert archived not in desk.page("/desk/archive?q=13900000000").text
    assert "没有找到" in desk.page("/desk/archive?q=路灯坏了").text


def test_a_wrong_period_is_said(desk):
    answer = desk.page("/desk/archive?first=2026-02-01&last=2026-01-01")
    assert answer.status_code == 422
    assert "结束日期早于开始日期" in answer.text
    assert desk.page("/desk/archive?before=x").status_code == 422


def test_another_community_sees_nothing_of_it(elsewhere, archived):
    assert archived not in elsewhere.page("/desk/archive").text
    assert elsewhere.page(f"/desk/archive/{archived}").status_code == 403
    assert elsewhere.page("/figures?community=340603002001").status_code == 403


def test_a_supervisor_sees_the_district(supervisor, archived):
    page = supervisor.page("/desk/archive").text
    assert archived in page
    assert 'action="/desk/archive/end"' not in page
    assert archived in supervisor.page("/desk/archive?item=@complaint").text
    assert archived in supervisor.page("/desk/archive?q=烧烤店").text


# ---- Figures ----


def test_figures_can_be_read_as_numbers(desk, archived):
    page = desk.page("/figures").text
    assert "当场办结" in page
    assert "100.0%" in page
    assert "假定的数字" in page


@pytest.mark.parametrize("by", ["day", "week", "month", "community", "item", "channel"])
def test_figures_by_everything(desk, archived, by):
    assert desk.page(f"/figures?by={by}").status_code == 200


def test_an_export_says_what_the_page_says(desk, archived):
    table = desk.page("/figures/export.csv?by=item").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table)))
    assert [row[:3] for row in rows[1:]] == [["投诉", "1", "1"], ["合计", "1", "1"]]
    book = load_workbook(io.BytesIO(desk.page("/figures/export.xlsx?by=item").data))
    sheet = list(book.active.values)
    assert [[str(cell) for cell in row[:3]] for row in sheet] == [row[:3] for row in rows]


def test_too_long_a_period_by_day_is_refused(desk):
    answer = desk.page("/figures?first=2025-01-01&last=2026-01-01&by=day")
    assert answer.status_code == 422
    assert "92" in answer.text


def test_pages_are_english_in_english(desk, archived):
    for path in ("/desk/archive", "/figures"):
        page = desk.page(path, "en").text
        body = re.sub(r'<[^>]+lang="zh".*?</[^>]+>', "", page)
        assert "封存" not in body
        assert "办结" not in body
