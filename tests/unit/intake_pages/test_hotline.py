"""12345 on pages and by API: upload, progress, bad rows, what is sent back."""

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from services.intake import handlers
from services.intake.case import SYSTEM, Actor
from services.intake.hotline import import_timers
from services.intake.models import hotline
from services.intake.seed import seed
from shared.permissions import User
from shared.web.auth import issue_token
from tests.unit.intake.ground import COMMUNITY, ELSEWHERE, do, xiangshan
from tests.unit.intake.hotline.sheets import line, read, workbook
from tests.unit.intake_pages.browser import Browser, told

CHINESE = re.compile(r"[\u4e00-\u9fff]")
OTHER = xiangshan().communities[ELSEWHERE].short_name


@pytest.fixture
def supervisor(app, runtime):
    seed(runtime)
    return Browser(app, runtime, "supervisor")


def upload(browser, data, name="工单.xlsx"):
    return browser.send("/desk/hotline", to="/desk/hotline/files", file=(io.BytesIO(data), name))


def ask(app, runtime, role, method, path, **more: Any):
    community = COMMUNITY if role == "desk" else None
    token = issue_token(User("who", "高明", role, community), runtime.settings.secret_key)
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().open(path, method=method, headers=headers, **more)


def test_a_spreadsheet_goes_in_and_its_bad_rows_are_named(supervisor, runtime):
    sent = upload(supervisor, workbook([line("A1"), line("A2", 联系电话="1"), line("A3")]))
    assert sent.status_code == 303
    page = supervisor.page(sent.location)
    assert "0 / 3" in page.text
    assert "正在导入" in page.text
    import_timers.go_on(runtime)
    page = supervisor.page(sent.location)
    assert "3 / 3" in page.text
    assert "不是有效的电话号码" in page.text
    assert supervisor.page(f"{sent.location}/progress").text.count("<tr>") == 2
    bad = load_workbook(io.BytesIO(supervisor.page(f"{sent.location}/bad.xlsx").data)).active
    assert [cell.value for cell in bad[2]][:3] == ["3", "A2", "联系电话"]
    assert "A1" in supervisor.page("/desk/hotline").text


def test_what_cannot_be_read_is_said_at_the_form(supervisor):
    refused = upload(supervisor, b"%PDF-1.7", "工单.pdf")
    assert refused.status_code == 422
    assert "这不是表格" in told(refused)
    assert "没有选文件" in told(supervisor.send("/desk/hotline", to="/desk/hotline/files"))


def test_the_template_can_be_filled_in_and_sent_back(supervisor):
    template = supervisor.page("/desk/hotline/template.xlsx")
    assert "attachment" in template.headers["Content-Disposition"]
    (row,) = read(template.data).rows
    assert row[1]["name"] == "示例（请删除本行）"


def test_officers_see_their_own_community_s_orders_and_import_none(supervisor, runtime, desk):
    upload(supervisor, workbook([line("A1"), line("B1", 所属社区=OTHER)]))
    import_timers.go_on(runtime)
    page = desk.page("/desk/hotline")
    assert "A1" in page.text
    assert "B1" not in page.text
    assert "上传并导入" not in page.text
    assert desk.page("/desk/hotline?q=B1").text.count("没有找到") == 1
    assert upload_refused(desk) == 403


def upload_refused(browser):
    return browser.send("/my", to="/desk/hotline/files").status_code


def test_results_are_put_into_a_file_and_noted(supervisor, runtime):
    upload(supervisor, workbook([line("A1")]))
    import_timers.go_on(runtime)
    assert "做一份回传表" not in supervisor.page("/desk/hotline").text
    with runtime.database.read() as connection:
        order = connection.execute(sa.select(hotline.orders)).mappings().one()
    owner = Actor("desk", "周敏", "desk", COMMUNITY)
    do(runtime, handlers.resolve_case, order["case_number"], owner, "=灯已修好")
    supervisor.send("/desk/hotline", to="/desk/hotline/returns")
    page = supervisor.page("/desk/hotline").text
    made = re.search(r"/desk/hotline/returns/[0-9a-f]{32}", page).group()
    sheet = load_workbook(io.BytesIO(supervisor.page(f"{made}.xlsx").data)).active
    assert [sheet.cell(2, column).value for column in (1, 6)] == ["A1", "=灯已修好"]
    assert "'=灯已修好" in supervisor.page(f"{made}.csv").data.decode("utf-8-sig")
    assert supervisor.page(f"{made}.exe").status_code == 404
    supervisor.send("/desk/hotline", to=f"{made}/acknowledge")
    assert "1 件记为已回传" in supervisor.page("/desk/hotline").text


def test_who_took_an_order_back_is_worded_in_the_file_and_by_api(app, runtime, supervisor):
    upload(supervisor, workbook([line("A1")]))
    import_timers.go_on(runtime)
    with runtime.database.read() as connection:
        order = connection.execute(sa.select(hotline.orders)).mappings().one()
    do(runtime, handlers.withdraw_case, order["case_number"], SYSTEM, "来电人说已自行解决")
    path = "/api/intake/hotline/results"
    (result,) = ask(app, runtime, "supervisor", "GET", path).json["items"]
    told = [result[name] for name in ("state", "result", "resolved_by")]
    assert told == ["withdrawn", "来电人说已自行解决", "系统"]
    supervisor.send("/desk/hotline", to="/desk/hotline/returns")
    made = re.search(r"/desk/hotline/returns/[0-9a-f]{32}", supervisor.page("/desk/hotline").text)
    sheet = load_workbook(io.BytesIO(supervisor.page(f"{made.group()}.xlsx").data)).active
    assert [sheet.cell(2, n).value for n in (5, 6, 7)] == ["已撤回", "来电人说已自行解决", "系统"]


def test_the_english_pages_hold_no_chinese_of_ours(supervisor, runtime):
    sent = upload(supervisor, workbook([line("A1", 联系电话="1")]), "orders.xlsx")
    import_timers.go_on(runtime)
    for path in ("/desk/hotline", sent.location):
        main = supervisor.page(path, "en").text.partition("<main")[2].partition("</main")[0]
        shown = re.sub(r"<[^>]+>", " ", main).replace("郑建国", "")
        assert not CHINESE.findall(shown), shown


def test_orders_by_api_go_in_once_and_bad_ones_are_named(app, runtime, supervisor):
    good = {"number": "A1", "phone": "13805610000", "community": COMMUNITY, "content": "灯不亮"}
    orders = [good, good | {"number": "A2", "phone": "1"}, good]
    path = "/api/intake/hotline/orders"
    answer = ask(app, runtime, "supervisor", "POST", path, json={"orders": orders})
    states = [one["state"] for one in answer.json["items"]]
    assert states == ["accepted", "bad", "known"]
    assert answer.json["items"][0]["case_number"] == answer.json["items"][2]["case_number"]
    assert [one["field"] for one in answer.json["items"][1]["errors"]] == ["联系电话"]
    listed = ask(app, runtime, "desk", "GET", path).json
    assert [one["number"] for one in listed["items"]] == ["A1"]
    assert ask(app, runtime, "desk", "POST", path, json={"orders": orders}).status_code == 403


def test_news_of_an_ended_case_is_said_by_api_and_on_the_import(app, runtime, supervisor):
    order = {"number": "A1", "phone": "13805610000", "community": COMMUNITY, "content": "灯不亮"}
    path = "/api/intake/hotline/orders"

    def take(**changes: Any):
        orders = {"orders": [order | changes]}
        return ask(app, runtime, "supervisor", "POST", path, json=orders).json["items"][0]

    number = take()["case_number"]
    do(runtime, handlers.withdraw_case, number, SYSTEM, "不用修了")
    news = take(content="还是不亮")
    assert (news["state"], news["errors"]) == ("known", [])
    assert [one["reason"] for one in news["remarks"]] == ["办件已经结束，12345 又发来了新内容"]
    sent = upload(supervisor, workbook([line("A1", 诉求内容="一直不亮")]))
    import_timers.go_on(runtime)
    for lang, said in (("zh", "请核实是否重办；"), ("en", "whether it is to be done again")):
        page = supervisor.page(sent.location, lang).text
        assert said in page
        assert number in page


def test_a_file_by_api_tells_its_progress(app, runtime, supervisor):
    data = workbook([line("A1"), line("A2", 所属社区="外地")])
    path = "/api/intake/hotline/files"
    form = {"file": (io.BytesIO(data), "orders.xlsx")}
    answer = ask(app, runtime, "supervisor", "POST", path, data=form)
    assert (answer.status_code, answer.json["total"], answer.json["done"]) == (202, 2, 0)
    import_timers.go_on(runtime)
    where = answer.headers["Location"]
    done = ask(app, runtime, "supervisor", "GET", where).json
    assert (done["state"], done["accepted"], done["bad"]) == ("done", 1, 1)
    bad = ask(app, runtime, "supervisor", "GET", f"{where}/bad-rows").json
    assert (bad["total"], bad["items"][0]["row"]) == (1, 3)
    assert ask(app, runtime, "supervisor", "GET", "/api/intake/hotline/imports").json["total"] == 1


def test_results_by_api_are_offered_until_they_are_acknowledged(app, runtime, supervisor):
    good = {"number": "A1", "phone": "13805610000", "community": COMMUNITY, "content": "灯不亮"}
    path = "/api/intake/hotline"
    orders = {"orders": [good, good | {"number": "A2"}]}
    taken = ask(app, runtime, "supervisor", "POST", f"{path}/orders", json=orders).json["items"]
    owner = Actor("desk", "周敏", "desk", COMMUNITY)
    for one in taken:
        do(runtime, handlers.resolve_case, one["case_number"], owner, "灯已修好")
    first = ask(app, runtime, "supervisor", "GET", f"{path}/results?page_size=1").json
    assert (first["pending"], first["items"][0]["result"]) == (2, "灯已修好")
    rest = ask(
        app, runtime, "supervisor", "GET", f"{path}/results", query_string={"since": first["next"]}
    ).json
    assert ([one["number"] for one in rest["items"]], rest["next"]) == (["A2"], None)
    items = {"items": [{name: rest["items"][0][name] for name in ("number", "version")}]}
    for found in ("acknowledged", "repeated"):
        answer = ask(app, runtime, "supervisor", "POST", f"{path}/results/acknowledge", json=items)
        assert answer.json["items"] == [{"number": "A2", "found": found}]
    assert ask(app, runtime, "supervisor", "GET", f"{path}/results").json["pending"] == 1
    assert ask(app, runtime, "supervisor", "GET", f"{path}/results?since=x").status_code == 422
