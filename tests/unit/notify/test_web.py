import re
from typing import Any

import pytest

from services.notify import lists, site
from services.notify import message as m
from services.notify.values import OF_EVENT
from services.notify.words import AUDIENCES, CHANNELS, EVENTS, LAMPS, OUTCOMES, STATES
from shared.contracts import intake, routing
from shared.web.auth import COOKIE, User, issue_token
from shared.web.i18n import missing_translations
from tests.unit.notify.stand import SECRET, FakeChannel, accept, event_of, hear, sent
from tests.unit.notify.test_delivery import serve

DESK = User("desk", "周敏", "desk", community="340603002001")
ELSEWHERE = User("desk-guiyuan", "孙丽华", "desk", community="340603009001")
SUPERVISOR = User("supervisor", "郑建国", "supervisor")
POLICE = User("dept-ga", "高峰", "department", department="ga")
HOUSING = User("dept-zj", "唐军", "department", department="zj")
PARTNER = User("partner", "徐慧", "partner")


@pytest.fixture
def app(embedded):
    made = site.create_app(embedded)
    made.config["WTF_CSRF_ENABLED"] = False
    accept(embedded)
    hear(embedded, event_of(routing.dispatched))
    hear(embedded, event_of(intake.resolved, version=2, language="en"))
    return made


def ask(app, user: User | None, method: str, path: str, **kwargs: Any):
    headers = kwargs.pop("headers", {})
    if user:
        headers |= {"Authorization": f"Bearer {issue_token(user, SECRET)}"}
    return app.test_client().open(path, method=method, headers=headers, **kwargs)


def browse(app, user: User, path: str, method: str = "GET"):
    client = app.test_client()
    client.set_cookie(COOKIE, issue_token(user, SECRET))
    return client.open(path, method=method, headers={"Accept": "text/html"})


def test_messages_of_a_case_newest_first_and_masked(app) -> None:
    answer = ask(app, DESK, "GET", f"/api/notify/messages?case={intake.NUMBER}")
    assert answer.status_code == 200
    body = answer.json
    assert (body["page"], body["page_size"], body["total"]) == (1, 20, 3)
    assert {item["template"] for item in body["items"]} == {"receipt", "new_order", "resolved"}
    resident = next(i for i in body["items"] if i["template"] == "receipt")
    assert resident["recipient"]["phone"] == "138****0000"
    assert resident["recipient"]["name"] == "王**"
    assert "王建国" not in answer.text
    assert "13805610000" not in answer.text


@pytest.mark.parametrize(
    ("query", "total"),
    [("", 3), ("channel=inbox", 3), ("channel=sms", 0), ("state=queued", 3), ("state=failed", 0),
     ("case=XS-0", 0), ("page_size=2&page=2", 3)],
)  # fmt: skip
def test_a_list_can_be_narrowed(app, query: str, total: int) -> None:
    assert ask(app, DESK, "GET", f"/api/notify/messages?{query}").json["total"] == total


@pytest.mark.parametrize(
    ("reader", "templates"),
    [
        (DESK, {"receipt", "new_order", "resolved"}),
        (SUPERVISOR, {"receipt", "new_order", "resolved"}),
        (ELSEWHERE, set()),
        (POLICE, {"new_order"}),
        (HOUSING, set()),
    ],
)
def test_each_sees_their_own(app, reader: User, templates: set[str]) -> None:
    listed = ask(app, reader, "GET", "/api/notify/messages").json
    assert {item["template"] for item in listed["items"]} == templates


def test_what_is_anothers_is_not_there(app, embedded) -> None:
    (receipt,) = sent(embedded, template="receipt")
    assert ask(app, ELSEWHERE, "GET", f"/api/notify/messages/{receipt.id}").status_code == 404
    path = f"/api/notify/messages/{receipt.id}/resend"
    assert ask(app, ELSEWHERE, "POST", path).status_code == 404
    assert browse(app, ELSEWHERE, f"/messages/{receipt.id}").status_code == 404


def test_who_may_not_and_who_is_not_signed_in(app) -> None:
    assert ask(app, None, "GET", "/api/notify/messages").status_code == 401
    assert ask(app, PARTNER, "GET", "/api/notify/messages").status_code == 403
    assert ask(app, POLICE, "POST", "/api/notify/messages/m-1/resend").status_code == 403


def test_a_wrong_filter_names_its_field(app) -> None:
    answer = ask(app, DESK, "GET", "/api/notify/messages?state=lost")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "state"


def test_one_message_with_its_attempts_and_sent_again(app, embedded) -> None:
    (receipt,) = sent(embedded, template="receipt")
    path = f"/api/notify/messages/{receipt.id}"
    refused = ask(app, DESK, "POST", f"{path}/resend")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (409, "state")
    serve(embedded, FakeChannel("inbox", at_once=10))
    told = ask(app, DESK, "GET", path).json
    assert (told["state"], told["attempts"][0]["outcome"]) == ("delivered", "delivered")
    again = ask(app, DESK, "POST", f"{path}/resend")
    assert (again.status_code, again.json["state"]) == (202, "queued")


def test_texts_are_listed_and_previewed(app) -> None:
    listed = ask(app, DESK, "GET", "/api/notify/templates").json
    receipt = next(item for item in listed["items"] if item["name"] == "receipt")
    assert receipt["events"] == ["case.accepted"]
    assert {"number", "link", "limit_shown"} <= set(receipt["placeholders"])
    path = "/api/notify/templates/receipt/preview"
    shown = ask(app, DESK, "POST", path, json={"data": {"owner": "周敏"}, "language": "zh"})
    assert "供电社区周敏负责" in shown.json["body"]
    assert shown.json["characters"] == len(shown.json["body"])
    assert ask(app, DESK, "POST", path, json={"language": "en"}).json["body"].startswith("Hello")


@pytest.mark.parametrize(
    ("name", "body", "status", "field"),
    [
        ("receipt", {"data": {"weather": "fine"}}, 422, "data.weather"),
        ("receipt", {"language": "fr"}, 422, "language"),
        ("nonsense", {}, 404, None),
    ],
)
def test_a_wrong_preview_is_told_what_is_wrong(app, name, body, status, field) -> None:
    answer = ask(app, DESK, "POST", f"/api/notify/templates/{name}/preview", json=body)
    assert answer.status_code == status
    assert [e["field"] for e in answer.json["errors"]] == ([field] if field else [])


def test_the_pages_in_both_languages(app, embedded) -> None:
    (receipt,) = sent(embedded, template="receipt")
    listed = browse(app, DESK, "/messages")
    assert listed.status_code == 200
    assert "待发送" in listed.text
    assert "王建国" not in listed.text
    shown = browse(app, DESK, f"/messages/{receipt.id}?lang=en")
    assert receipt.body not in shown.text  # the link in it is the resident's alone
    assert receipt.body.split("/track/")[0] in shown.text
    assert "As the recipient sees it" in shown.text
    assert "138****0000" in shown.text
    texts = browse(app, DESK, "/messages/templates?lang=en")
    assert "billed as" in texts.text


def test_no_chinese_is_left_on_an_english_page_but_the_texts_themselves(app) -> None:
    text = browse(app, DESK, "/messages?lang=en&state=failed").text
    seen = re.sub(r"相山区|中文|周敏", "", text)
    assert re.findall(r"[\u4e00-\u9fff]+", seen) == []


def test_a_failed_message_can_be_sent_again_from_its_page(app, embedded) -> None:
    serve(embedded, FakeChannel("inbox", at_once=10))
    (receipt,) = sent(embedded, template="receipt")
    page = browse(app, DESK, f"/messages/{receipt.id}")
    assert f"/messages/{receipt.id}/resend" in page.text
    answer = browse(app, DESK, f"/messages/{receipt.id}/resend", "POST")
    assert answer.status_code == 303
    assert sent(embedded, template="receipt")[0].state == "queued"
    assert "/resend" not in browse(app, POLICE, "/messages").text


def test_filters_and_odd_pages_do_not_break_the_list(app) -> None:
    for query in ("page=0", "page=x", "page=99999999999", "state=nonsense", "case=%27"):
        assert browse(app, DESK, f"/messages?{query}").status_code == 200


def test_who_is_not_signed_in_is_sent_to_sign_in(app) -> None:
    answer = app.test_client().get("/messages", headers={"Accept": "text/html"})
    assert answer.headers["Location"] == "/sign-in?next=/messages"


def test_every_word_is_there_and_in_english() -> None:
    assert set(STATES) == set(LAMPS) == set(m.STATES)
    assert set(CHANNELS) == set(m.CHANNELS)
    assert set(AUDIENCES) == set(m.AUDIENCES)
    assert set(OUTCOMES) == {m.DELIVERED, m.TEMPORARY, m.PERMANENT, m.INTERRUPTED}
    assert set(EVENTS) == set(OF_EVENT)
    assert missing_translations(site.HERE, site.HERE / "translations" / "en.po") == []


def test_counts_by_state(embedded) -> None:
    accept(embedded)
    with embedded.database.read() as connection:
        assert lists.count_by_state(connection, DESK) == {"queued": 1}
        assert lists.count_by_state(connection, ELSEWHERE) == {}
