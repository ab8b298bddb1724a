"""Home, guides, sign-in, languages."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.intake import site
from services.intake.seed import DEMO_PASSWORD
from services.intake.staff import passwords
from services.intake.staff.tries import LIMITS, MOST_TRIES, SIGN_INS_FROM, TRIES_WITHIN
from shared.web.context import web_of
from shared.web.i18n import missing_translations
from tests.unit.intake_pages.browser import HIDDEN, told

SERVICE = Path(site.__file__).parent
FOR_ANYONE = ("/", "/guides", "/guides?q=低保", "/guide/G-01", "/not-issued", "/track", "/sign-in")
FOR_OFFICERS = ("/desk", "/my", "/desk/new", "/desk/new?item=G-01", "/desk/new?kind=ask")


def test_every_word_has_its_english():
    assert missing_translations(SERVICE, SERVICE / "translations" / "en.po") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", FOR_ANYONE + FOR_OFFICERS)
def test_every_page_answers_in_both_languages(desk, anyone, path, lang):
    reader = desk if path in FOR_OFFICERS else anyone
    page = reader.page(path, lang)
    assert page.status_code == 200
    assert f'<html lang="{"en" if lang == "en" else "zh-CN"}"' in page.text


def test_a_guide_states_what_the_law_wants_stated(anyone):
    page = anyone.page("/guide/G-02").text
    for words in ("要带什么", "怎么办", "30 个工作日内", "不收费", "社会救助暂行办法第十一条"):
        assert words in page
    assert "由区里确认后公布" in anyone.page("/guide/g-01").text
    assert anyone.page("/guide/G-99").status_code == 404


def test_a_certificate_that_is_not_issued_says_where_to_go(anyone):
    page = anyone.page("/guides?q=我要开养狗证明").text
    assert "社区按规定不能开" in page
    assert "到公安部门办理养犬登记" in page
    assert anyone.page("/not-issued").text.count("<dt>") == 20


@pytest.mark.parametrize(
    ("username", "place"),
    [
        ("desk", "/desk"),
        ("dept-ga", "/orders"),
        ("supervisor", "/supervise"),
        ("partner", "/partners"),
    ],
)
def test_signing_in_leads_to_where_the_day_begins(accounts, anyone, username, place):
    answer = anyone.send("/sign-in", username=username, password="baitong")
    assert answer.status_code == 303
    assert answer.location == place


def test_signing_in_leads_back_and_nowhere_else(accounts, anyone):
    answer = anyone.send("/sign-in", username="desk", password="baitong", next="/desk/new")
    assert answer.location == "/desk/new"
    anyone.send("/desk", "/sign-out")
    answer = anyone.send("/sign-in", username="desk", password="baitong", next="//evil.example")
    assert answer.location == "/desk"


def test_signing_out_ends_it(accounts, anyone):
    anyone.send("/sign-in", username="desk", password="baitong")
    assert anyone.page("/desk").status_code == 200
    anyone.send("/desk", "/sign-out")
    assert anyone.page("/desk").status_code == 303


def test_a_wrong_password_says_neither_which_nor_what(accounts, anyone):
    wrong = anyone.send("/sign-in", username="desk", password="guess")
    unknown = anyone.send("/sign-in", username="nobody", password="guess")
    for answer in (wrong, unknown):
        assert answer.status_code == 422
        assert "用户名或密码不对" in answer.text
        assert "guess" not in answer.text


def test_demo_accounts_are_named_in_the_embedded_run_only(runtime, anyone):
    assert "这是演示环境" in anyone.page("/sign-in").text
    runtime.settings = replace(runtime.settings, embedded=False)
    assert "这是演示环境" not in anyone.page("/sign-in").text


def test_passwords_cannot_be_tried_out(accounts, anyone):
    for guess in range(MOST_TRIES):
        assert anyone.send("/sign-in", username="desk", password=f"p{guess}").status_code == 422
    answer = anyone.send("/sign-in", username="desk", password="baitong")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= TRIES_WITHIN.total_seconds()
    assert "试的次数太多了" in told(answer)
    assert anyone.send("/sign-in", username="supervisor", password="baitong").status_code == 303


def test_who_gets_it_right_starts_anew(accounts, anyone):
    for _ in range(2):
        for guess in range(MOST_TRIES - 1):
            anyone.client.post("/sign-in", data=form(anyone, "desk", f"p{guess}"))
        assert anyone.client.post("/sign-in", data=form(anyone, "desk")).status_code == 303
        anyone.send("/desk", "/sign-out")


def test_right_passwords_are_never_too_many(accounts, anyone):
    for _ in range(MOST_TRIES + 2):
        assert anyone.client.post("/sign-in", data=form(anyone, "desk")).status_code == 303
        anyone.send("/desk", "/sign-out")


def test_somebody_elses_guesses_lock_nobody_out(accounts, app, anyone, monkeypatch):
    monkeypatch.setattr(web_of(app), "behind_gateway", True)
    token = form(anyone, "desk", "guess")
    for _ in range(MOST_TRIES):
        anyone.client.post("/sign-in", data=token, headers={"X-Forwarded-For": "10.0.0.1"})
    right = form(anyone, "desk")
    there = anyone.client.post("/sign-in", data=right, headers={"X-Forwarded-For": "10.0.0.1"})
    here = anyone.client.post("/sign-in", data=right, headers={"X-Forwarded-For": "10.0.0.2"})
    assert (there.status_code, here.status_code) == (429, 303)


def test_a_list_of_usernames_cannot_be_tried_from_one_address(accounts, app, anyone, monkeypatch):
    monkeypatch.setattr(web_of(app), "behind_gateway", True)
    monkeypatch.setattr(passwords, "is_right", lambda password, _hash: password == DEMO_PASSWORD)
    token, right = form(anyone, "x", "guess"), form(anyone, "desk")
    for guess in range(LIMITS[SIGN_INS_FROM][0]):
        fields = token | {"username": f"somebody-{guess}"}
        headers = {"X-Forwarded-For": "10.0.0.1"}
        assert anyone.client.post("/sign-in", data=fields, headers=headers).status_code == 422
    there = anyone.client.post("/sign-in", data=right, headers={"X-Forwarded-For": "10.0.0.1"})
    here = anyone.client.post("/sign-in", data=right, headers={"X-Forwarded-For": "10.0.0.2"})
    assert (there.status_code, here.status_code) == (429, 303)
    assert "试的次数太多了" in told(there)


@pytest.mark.parametrize("way", ["in", "out"])
def test_the_next_person_has_another_form_token(accounts, anyone, way):
    before = form(anyone, "desk")
    assert anyone.client.post("/sign-in", data=before).status_code == 303
    if way == "out":
        before = dict(HIDDEN.findall(anyone.page("/account").text))
        anyone.send("/account", "/sign-out")
        assert anyone.client.post("/sign-in", data=form(anyone, "supervisor")).status_code == 303
    anyone.page("/account")  # a token of one's own is made here
    token = {"csrf_token": before["csrf_token"]}
    headers = {"Accept": "text/html"}
    assert anyone.client.post("/sign-out", data=token, headers=headers).status_code == 400
    assert anyone.send("/account", "/sign-out").status_code == 303


def form(person, username, password=DEMO_PASSWORD):
    hidden = dict(HIDDEN.findall(person.page("/sign-in").text))
    return hidden | {"username": username, "password": password, "next": ""}


def test_signing_in_takes_no_name_that_cannot_be_kept(accounts, anyone):
    answer = anyone.send("/sign-in", username="a\0b", password="x")
    assert answer.status_code == 422
    assert "含有不能保存的字符" in told(answer)
