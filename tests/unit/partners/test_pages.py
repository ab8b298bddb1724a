"""The pages: each role's, both languages, forms and their refusals."""

import re
from pathlib import Path

import pytest

from services.partners import handlers, handlers_points, ledger_store, site
from services.partners.handlers import Officer
from services.partners.reward import voucher_code
from services.partners.site import create_app
from shared.web import auth
from shared.web.i18n import missing_translations

NEED = "XS-261121-00042-7-n1"
HERE = "340603002001"
SHOP = auth.User("partner", "徐慧", auth.PARTNER, community=HERE, partner="demo-nuanxin")
DESK = auth.User("desk", "周敏", auth.DESK, community=HERE)
SUPERVISOR = auth.User("supervisor", "郑建国", auth.SUPERVISOR)
HTML = {"Accept": "text/html"}
FOLDER = Path(site.__file__).parent


@pytest.fixture
def app(runtime):
    return create_app(runtime)


@pytest.fixture
def do(runtime):
    def run(handler, *args: object, **options: object):
        return runtime.database.run(lambda tx: handler(tx, *args, **options))

    return run


@pytest.fixture
def raised(do, heard):
    do(handlers.take_need, heard(title="100% 漏水", location="幸福路 12 号"))


@pytest.fixture
def browser(app, runtime):
    """A browser in which somebody is signed in."""

    def signed_in(user=None):
        client = app.test_client()
        if user is not None:
            client.set_cookie(auth.COOKIE, auth.issue_token(user, runtime.settings.secret_key))
        return client

    return signed_in


def send(client, path, page="/partners", **fields: str):
    """Press a button of ``page``; follow to the page one lands on."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page, headers=HTML).text)
    fields["csrf_token"] = token.group(1)
    return client.post(path, data=fields, headers=HTML, follow_redirects=True)


def test_everything_is_said_in_english_too():
    assert missing_translations(FOLDER, FOLDER / "translations" / "en.po") == []


def test_anybody_may_look_who_can_help(browser, raised):
    text = browser().get("/partners", headers=HTML).text
    assert "国网淮北供电公司" in text
    assert "居民需求：待认领 1 · 办理中 0 · 已完成 0" in text
    assert "漏水" not in text
    one = browser().get("/partners?category=arts&community=340603009001", headers=HTML).text
    assert "绘画教学" in one
    assert "便民维修</h2>" not in one
    assert "13905610106" not in browser().get("/partners/demo-nuanxin", headers=HTML).text
    assert "13905610106" in browser(DESK).get("/partners/demo-nuanxin", headers=HTML).text


def test_a_partner_takes_a_need_with_one_tap_and_is_paid(browser, do, raised):
    mine, desk = browser(SHOP), browser(DESK)
    first = mine.get("/partners", headers=HTML).text
    assert "100% 漏水" in first
    assert "就在本社区" in first
    assert "王建国" not in first
    taken = send(mine, f"/partners/needs/{NEED}/accept").text
    assert "已认领，请尽快联系居民" in taken
    assert "王建国" not in taken
    whole = send(mine, f"/partners/needs/{NEED}/reveal", why="call").text
    assert "王建国" in whole
    assert "幸福路 12 号" in whole
    assert "等社区确认" in send(mine, f"/partners/needs/{NEED}/fulfil").text
    board = desk.get(f"/partners/needs/{NEED}", headers=HTML).text
    assert "确认已办好" in board
    done = send(desk, f"/partners/needs/{NEED}/confirm", f"/partners/needs/{NEED}").text
    assert "积分已记入" in done
    book = mine.get("/points", headers=HTML).text
    assert "服务所得 · 100% 漏水" in book
    assert "+20" in book
    assert do(ledger_store.balance, "demo-nuanxin") == 20


def test_too_late_is_told_on_the_page(browser, do, raised):
    mine = browser(SHOP)
    do(handlers.accept, NEED, "demo-wei-master")
    do(handlers.fulfil, NEED, "demo-wei-master", "")
    told = send(mine, f"/partners/needs/{NEED}/accept")
    assert "已被别的合伙人认领" in told.text
    assert "100% 漏水" in mine.get(f"/partners/needs/{NEED}", headers=HTML).text


def test_the_desk_sends_back_and_offers_by_hand(browser, do, heard, raised):
    desk = browser(DESK)
    page = f"/partners/needs/{NEED}"
    told = send(desk, f"{page}/offer", page, partners="demo-banlao")
    assert "已推送。" in told.text
    do(handlers.accept, NEED, "demo-banlao")
    do(handlers.fulfil, NEED, "demo-banlao", "修好了")
    assert "还没办好" in send(desk, f"{page}/send_back", page, note="还在滴水").text
    refused = send(desk, f"{page}/confirm", page)
    assert "现在是“已认领”，不能这样办" in refused.text
    assert "It is now “Accepted”" in send(desk, f"{page}/confirm?lang=en", f"{page}?lang=en").text


def test_points_buy_a_reward_once_and_it_is_handed_over(browser, do, raised):
    do(handlers.accept, NEED, "demo-nuanxin")
    do(handlers.fulfil, NEED, "demo-nuanxin", "")
    do(handlers.confirm, NEED, Officer("周敏", HERE), "")
    mine, desk = browser(SHOP), browser(DESK)
    assert "还差 40 分" in mine.get("/points", headers=HTML).text
    bought = send(mine, "/points/redeem/haircut", "/points", wish="w")
    assert "兑换成功" in bought.text
    voucher = re.search(r"DH-\d{6}-\d{2}", bought.text).group()
    assert voucher in send(mine, "/points/redeem/haircut", "/points", wish="w").text
    assert voucher not in desk.get("/points", headers=HTML).text
    assert "校验码不符" in send(desk, "/points/hand-over", "/points", voucher="DH-000001-00").text
    assert "没有这张" in send(desk, "/points/hand-over", "/points", voucher=voucher_code(9999)).text
    assert "已领取，谢谢" in send(desk, "/points/hand-over", "/points", voucher=voucher).text
    refused = send(mine, f"/points/vouchers/{voucher}/cancel", "/points")
    assert "这张兑换券已领取，不能再办" in refused.text


def test_a_redemption_is_undone(browser, do, raised):
    do(_paid)
    bought = do(handlers_points.redeem, "demo-nuanxin", "haircut", "徐慧")
    told = send(browser(SHOP), f"/points/vouchers/{bought.voucher}/cancel", "/points").text
    assert "20 积分退回存折" in told
    assert "撤销退回" in told


def _paid(tx):
    handlers.accept(tx, NEED, "demo-nuanxin")
    handlers.fulfil(tx, NEED, "demo-nuanxin", "")
    handlers.confirm(tx, NEED, Officer("周敏", HERE), "")


def test_the_supervisor_sees_the_ledger_and_that_it_is_sound(browser, do, raised):
    do(_paid)
    text = browser(SUPERVISOR).get("/points", headers=HTML).text
    assert "JF-0000" in text
    assert "每一笔都借贷相等" in text
    assert "绿币存折" in browser(SUPERVISOR).get("/points/demo-nuanxin", headers=HTML).text


def test_joining_and_being_approved(browser):
    boss = browser(SUPERVISOR)
    wrong = send(boss, "/partners/join", "/partners/join", name="快修社", code="JOIN")
    assert wrong.status_code == 422
    assert "代号用小写字母" in wrong.text
    fields = {
        "name": "快修社", "code": "kuaixiu", "kind": "community", "contact": "老李",
        "phone": "13805610001", "list": "service", "category": "repair", "offering": "开锁",
    }  # fmt: skip
    unreal = send(boss, "/partners/join", "/partners/join", **fields | {"credit_code": "123"})
    assert "统一社会信用代码不对" in unreal.text
    fields["credit_code"] = "91110000710934651M"
    assert "已登记" in send(boss, "/partners/join", "/partners/join", **fields).text
    again = send(boss, "/partners/join", "/partners/join", **fields)
    assert "已有合伙人使用" in again.text
    unknown = send(boss, "/partners/join", "/partners/join", **fields | {"category": "gold"})
    assert "没有这个类别" in unknown.text
    assert browser().get("/partners/kuaixiu", headers=HTML).status_code == 404
    assert "快修社" in boss.get("/partners", headers=HTML).text
    assert "欢迎加入" in send(boss, "/partners/kuaixiu/approve", "/partners/kuaixiu").text
    assert "快修社" in browser().get("/partners", headers=HTML).text
    assert "91110000710934651M" in browser().get("/partners/kuaixiu", headers=HTML).text


@pytest.mark.parametrize("user", [None, SHOP, DESK, SUPERVISOR])
@pytest.mark.parametrize("path", ["/partners", "/points", "/partners?view=directory"])
def test_no_english_page_shows_chinese_of_ours(browser, do, user, path):
    """Names of people and places stay; every label is English."""
    if user is None and path == "/points":
        return
    text = browser(user).get(f"{path}&lang=en" if "?" in path else f"{path}?lang=en", headers=HTML)
    assert text.status_code == 200
    visible = re.sub(r"<option.*?</option>|<script.*?</script>|<a [^>]*>中文</a>", "", text.text)
    shown = set(re.findall(r"[\u4e00-\u9fff]{2,}", re.sub(r"<[^>]+>", " ", visible)))
    names = {"相山区", "徐慧", "周敏", "郑建国"}
    places = {w for w in shown if w.endswith(("社区", "街道"))}
    assert shown - names - places == set()


def test_nothing_to_see_for_a_partner_without_its_account_bound(browser):
    unbound = browser(auth.User("x", "某某", auth.PARTNER))
    assert unbound.get("/partners", headers=HTML).status_code == 200
    assert unbound.get("/points", headers=HTML).status_code == 403
