"""A form that came too late: what was typed is shown, to copy, with the way back."""

import re

import pytest

from tests.unit.test_web_api import DEPARTMENT_CLERK, HTML, SECRET, make_app, sign_in

LOST = "您的登录已过期，刚才写的内容还没有保存"
TYPED = {"description": "</textarea><b>漏水</b>\n三楼", "applicant.phone": "13805610000"}
ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def client():
    return make_app().test_client()


@pytest.fixture
def unguarded():
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def kept(answer):
    """What the answer hands back, by label."""
    found = re.findall(
        r"<label[^>]*>([^<]*)</label>\s*<textarea[^>]* readonly[^>]*>\n(.*?)</textarea>",
        answer.text,
        re.DOTALL,
    )
    return dict(found)


def test_what_was_typed_without_a_session_is_handed_back(client, unguarded):
    for status, browser in ((400, client), (401, unguarded)):
        answer = browser.post("/page?a=1", headers=HTML, data=TYPED)
        assert answer.status_code == status
        assert LOST in answer.text
        assert kept(answer) == {
            "说明": "&lt;/textarea&gt;&lt;b&gt;漏水&lt;/b&gt;\n三楼",
            "手机号": "13805610000",
        }
        assert 'href="/sign-in?next=/page%3Fa%3D1"' in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_old_token_leads_back_to_the_form(client):
    sign_in(client)
    answer = client.post("/page", headers=HTML, data=TYPED | {"csrf_token": "old"})
    assert answer.status_code == 400
    assert "页面放得太久了，刚才写的内容还没有保存" in answer.text
    assert kept(answer)["手机号"] == "13805610000"
    assert 'href="/page">回到原来的页面' in answer.text
    assert "/sign-in?" not in answer.text


def test_secrets_are_not_shown(client):
    secrets = {
        "password": "hunter22",
        "again": "hunter22",
        "old": "hunter11",
        "csrf_token": "t0ken",
    }
    answer = client.post("/page", headers=HTML, data=secrets | {"odd": "x"})
    assert kept(answer) == {"odd": "x"}
    assert not [secret for secret in secrets.values() if secret in answer.text]


def test_who_typed_nothing_is_only_asked_to_sign_in(unguarded):
    answer = unguarded.post("/page", headers=HTML, data={"title": " "})
    assert answer.status_code == 401
    assert LOST not in answer.text
    assert not kept(answer)
    assert 'href="/sign-in?next=/page"' in answer.text


@pytest.mark.parametrize("headers", [ELSEWHERE, {"Origin": "https://evil.example"}])
def test_another_site_writes_nothing_on_our_page(client, headers):
    answer = client.post("/page", headers=HTML | headers, data=TYPED)
    assert answer.status_code == 400
    assert not kept(answer)


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/page?q=1", "/sign-in?next=/page%3Fq%3D1"),
        ("https://evil.example/page", "/sign-in"),
        ("http://localhost//evil.example", "/sign-in"),
    ],
)
def test_a_form_sent_to_no_page_leads_to_where_it_stood(referrer, back):
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    view = app.view_functions["send"]
    app.add_url_rule("/only-sent", "only_sent", view, methods=["POST"])
    answer = app.test_client().post(
        "/only-sent", headers=HTML | {"Referer": referrer}, data={"title": "x"}
    )
    assert answer.status_code == 401
    assert f'href="{back}"' in answer.text


def test_a_refusal_for_another_reason_shows_nothing(unguarded):
    sign_in(unguarded, DEPARTMENT_CLERK)
    answer = unguarded.post("/page", headers=HTML, data=TYPED)
    assert answer.status_code == 403
    assert not kept(answer)
    assert SECRET not in answer.text
