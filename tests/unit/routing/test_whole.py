"""Masked by default; the whole for a reason that is kept; the copy a person may ask for; badges."""

import json

import pytest

from services.routing import handlers, people, replies
from tests.unit.routing import ground, web
from tests.unit.routing.ground import CASE, ORDER, acts, at, reply

API = "/api/routing"
NAME, PHONE = "王建国", "13805610000"
WORDS = f"{NAME}（{PHONE}）反映，身份证 340603199001010019"


@pytest.fixture
def db():
    with at():
        yield ground.database()


@pytest.fixture
def app(db, tmp_path):
    made = web.make_app(db, tmp_path)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def ga(app):
    return web.Caller(app, web.GA)


@pytest.fixture
def supervisor(app):
    return web.Caller(app, web.SUPERVISOR)


def opened(db, **changes: object):
    db.run(lambda tx: handlers.open_order(tx, ground.transferred(**changes)))


def full_of_words(db):
    """An order, asked to be returned and for more time, with the person in every word."""
    opened(db, description=WORDS, location=f"{NAME}家楼下", reason=WORDS, title=WORDS)
    reply(db, "progressed", note=WORDS)
    reply(db, "extension_requested", reason=WORDS, approved_by="周局长")
    reply(db, "return_requested", reason=WORDS, legal_ground="第十条")
    original = json.dumps({"note": WORDS})  # in JSON's own escapes
    db.run(
        lambda tx: replies.apply_reply(
            tx,
            "ga",
            "contacted",
            reply_id="r-9",
            data={"order": ORDER, "note": WORDS},
            via=replies.BUS,
            original=original,
        )
    )


def shows_nobody(text):
    found = [one for one in (NAME, PHONE, "340603199001010019") if one in text]
    return not found and "\\u738b" not in text


def test_every_list_page_and_answer_is_masked(db, ga, supervisor):
    full_of_words(db)
    for caller in (ga, supervisor):
        for path in (f"{API}/orders", f"{API}/orders/{ORDER}", f"{API}/replies"):
            answer = caller.get(path)
            assert answer.status_code == 200
            assert shows_nobody(json.dumps(answer.json, ensure_ascii=False)), path
        for path in ("/orders", "/orders?tab=returns", f"/orders/{ORDER}"):
            assert shows_nobody(caller.page(path).text), path
    assert shows_nobody(supervisor.page("/supervise").text)
    assert shows_nobody(supervisor.page(f"/orders/{ORDER}?act=grant-return").text)


def test_a_waiting_order_is_masked_too(db, supervisor):
    opened(db, department=None, description=WORDS)
    assert "派给公安" in supervisor.page("/supervise").text
    assert shows_nobody(supervisor.page("/supervise").text)


@pytest.mark.parametrize("user", [web.GA, web.SUPERVISOR])
def test_the_whole_is_shown_for_a_reason_that_is_kept(db, app, user):
    full_of_words(db)
    caller = web.Caller(app, user)
    whole = caller.post(f"{API}/orders/{ORDER}/reveal", reason="电话联系办事人")
    assert whole.json["applicant"] == {"name": NAME, "phone": PHONE}
    assert whole.json["description"] == WORDS
    assert whole.json["whole"] is True
    assert (user.username, "person.revealed", ORDER, "电话联系办事人") in acts(db)
    assert caller.get(f"{API}/orders/{ORDER}").json["whole"] is False


def test_without_a_reason_nothing_is_shown(db, ga):
    opened(db)
    answer = ga.post(f"{API}/orders/{ORDER}/reveal")
    assert answer.status_code == 422
    page = ga.submit(f"/orders/{ORDER}/reveal", why="other", words="")
    assert page.status_code == 422
    assert shows_nobody(page.text)
    assert "请写明为什么需要看完整信息" in page.text
    assert not [act for act in acts(db) if act[1] == "person.revealed"]


def test_the_page_shows_the_whole_once(db, ga):
    opened(db)
    text = ga.submit(f"/orders/{ORDER}/reveal", why="call").text
    assert f"{NAME} {PHONE}" in text
    assert "查看完整信息" not in text
    assert shows_nobody(ga.page(f"/orders/{ORDER}").text)
    assert (web.GA.username, "person.revealed", ORDER, "电话联系办事人") in acts(db)


def test_only_who_may_read_the_order_may_see_the_whole(db, app):
    opened(db)
    for user, status in ((web.CG, 404), (web.DESK, 404)):
        caller = web.Caller(app, user)
        answer = caller.post(f"{API}/orders/{ORDER}/reveal", reason="想看看")
        assert answer.status_code == status
        assert caller.submit(f"/orders/{ORDER}/reveal", why="call").status_code == status
    assert acts(db) == []


def test_acts_are_recorded_by_good_names(db, ga, supervisor):
    opened(db)
    ga.get(f"{API}/orders/{ORDER}")
    ga.submit(f"/orders/{ORDER}/signed")
    ga.post(f"{API}/orders/{ORDER}/completed", result="好了")
    ga.post(f"{API}/orders/{ORDER}/signed")
    supervisor.submit(f"/orders/{ORDER}/send-back", reason="没写何时")
    assert [(who, act, what) for who, act, what, _ in acts(db)] == [
        ("dept-ga", "order.read", ORDER),
        ("dept-ga", "order.reply.signed", ORDER),
        ("dept-ga", "order.reply.completed", ORDER),
        ("dept-ga", "order.reply.signed", ORDER),
        ("supervisor", "order.decide.send-back", ORDER),
    ]


def test_all_that_is_held_of_a_person(db, supervisor):
    full_of_words(db)
    opened(db, number="XS-261123-0043-00", applicant={"name": "李四", "phone": "13805619999"})
    for query in ({"phone": "138 0561 0000"}, {"case": CASE}):
        answer = supervisor.post(f"{API}/person", reason="本人申请查阅", **query).json
        [item] = answer["items"]
        [order] = item["orders"]
        assert (item["case"], order["number"]) == (CASE, ORDER)
        assert order["applicant"] == {"name": NAME, "phone": PHONE}
        assert order["description"] == WORDS
        assert WORDS in [line["note"] for line in order["history"]]
        assert [one["verb"] for one in order["replies"]][-1] == "contacted"
    exported = [act for act in acts(db) if act[1] == "person.exported"]
    assert [act[2:] for act in exported] == [
        ("138****0000", "本人申请查阅"),
        (CASE, "本人申请查阅"),
    ]


def test_the_copy_holds_what_waits_for_an_order(db, supervisor):
    db.run(lambda tx: handlers.remember_rating(tx, ground.rated(comment="很慢")))
    [item] = supervisor.post(f"{API}/person", case=CASE, reason="本人申请查阅").json["items"]
    assert item["kept_early"][0]["data"]["comment"] == "很慢"


def test_a_copy_is_given_within_the_officers_reach_and_with_a_reason(db, app, ga):
    opened(db)
    desk = web.Caller(app, web.DESK)
    elsewhere = web.Caller(app, web.ELSEWHERE)
    wanted = {"phone": PHONE, "reason": "本人申请查阅"}
    assert len(desk.post(f"{API}/person", **wanted).json["items"]) == 1
    assert elsewhere.post(f"{API}/person", **wanted).json["items"] == []
    assert ga.post(f"{API}/person", **wanted).status_code == 403
    assert desk.post(f"{API}/person", phone=PHONE).status_code == 422
    assert desk.post(f"{API}/person", reason="本人申请查阅").status_code == 422


def test_who_was_erased_is_shown_as_erased(db, ga):
    opened(db)
    reply(db, "completed", result="好了")
    db.run(lambda tx: people.erase(tx, ground.erased()))
    text = ga.page(f"/orders/{ORDER}").text
    assert "已按规定删除" in text
    assert "查看完整信息" not in text


def test_a_pressed_order_says_so_until_it_is_answered(db, ga, supervisor):
    opened(db)
    supervisor.submit(f"/orders/{ORDER}/press", note="请今日联系")
    assert ">督办中</span>" in ga.page("/orders").text
    reply(db, "signed")
    assert ">督办中</span>" in ga.page("/orders?tab=working").text
    reply(db, "contacted")
    assert ">督办中</span>" not in ga.page("/orders?tab=working").text


def test_lists_are_not_searched_by_what_is_sealed(db, ga):
    opened(db, location="幸福路 12 号")
    assert ga.get(f"{API}/orders", q="幸福路").json["total"] == 0
    assert ga.get(f"{API}/orders", q="供电社区").json["total"] == 1
