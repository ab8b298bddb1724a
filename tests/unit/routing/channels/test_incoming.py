"""Departments answer by webhook: signed, once, and refused in words."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.routing import handlers as routing
from services.routing import models
from services.routing.channels import handlers, signatures
from shared import clock
from shared.bus.event import new_id
from tests.unit.routing import ground, web
from tests.unit.routing.channels.stand import onboard

PATH = "/api/routing/departments/ga/webhook"


@pytest.fixture
def client(db, tmp_path):
    event = ground.transferred()
    db.run(lambda tx: routing.open_order(tx, event))
    return web.make_app(db, tmp_path).test_client()


@pytest.fixture
def secret(db):
    return onboard(db, "ga", "webhook", "https://oa.example.gov.cn/").secret


def reply(verb="signed", reply_id="", **data: Any):
    return {
        "specversion": "1.0",
        "id": reply_id or new_id(),
        "source": "/departments/ga",
        "type": f"cn.baitong.reply.{verb}.v1",
        "time": clock.now().isoformat(),
        "data": {"order": ground.ORDER, "officer": "赵警官"} | data,
    }


def post(client, secret, body, path=PATH, at=None, **headers: str):
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    signed = signatures.headers([secret], new_id(), at or clock.now(), text)
    return client.post(path, data=text.encode(), headers=signed | headers)


def logged(db):
    with db.read() as connection:
        rows = connection.execute(sa.select(models.replies).order_by(models.replies.c.at)).all()
    return [(row.via, row.outcome, row.verb, row.order_number) for row in rows]


def test_a_signed_reply_is_applied_once(db, client, secret):
    body = reply("signed")
    assert post(client, secret, body).get_json() == {"applied": True, "repeated": False}
    assert ground.order_of(db).state == "signed"
    assert post(client, secret, body).get_json() == {"applied": True, "repeated": True}
    assert logged(db) == [("webhook", "applied", "signed", ground.ORDER)]


def test_it_is_the_departments_act_in_the_audit(db, client, secret):
    post(client, secret, reply("signed"))
    assert ("dept-ga", "order.reply.signed", ground.ORDER, "") in ground.acts(db)


def test_all_six_verbs_come_this_way(db, client, secret):
    said = {
        "signed": {},
        "contacted": {"note": "已电话联系"},
        "progressed": {"note": "已到现场"},
        "extension_requested": {"reason": "等检测", "approved_by": "周局长"},
        "return_requested": {"reason": "属市容", "legal_ground": "条例第十条"},
        "completed": {"result": "已办妥。", "reviewed_by": "周局长"},
    }
    for verb, data in said.items():
        answer = post(client, secret, reply(verb, **data))
        assert answer.status_code == 200, answer.get_json()
    assert [row[2] for row in logged(db)] == list(said)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"data": {"order": "XS-261123-9999-99-1"}}, (409, "order")),
        ({"data": {"order": ground.ORDER, "officer": "赵" * 61}}, (422, "officer")),
        ({"data": {}}, (422, "order")),
        ({"data": []}, (422, "data")),
        ({"time": "gestern"}, (422, "time")),
        ({"specversion": "2"}, (422, "specversion")),
        ({"type": "cn.baitong.case.accepted.v1"}, (422, None)),
        ({"type": "cn.baitong.reply.sung.v1"}, (422, "type")),
        ({"type": 7}, (422, "type")),
    ],
)
def test_what_is_wrong_is_answered_and_remembered(db, client, secret, wrong, expected):
    status, field = expected
    answer = post(client, secret, reply() | wrong)
    problem = answer.get_json()
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert field is None or field in [error["field"] for error in problem["errors"]]
    assert [(via, outcome) for via, outcome, _, _ in logged(db)] == [("webhook", "rejected")]
    assert ground.order_of(db).state == "dispatched"
    assert ground.said(db, "reply.rejected") == [], "it was told by the answer"


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", "[" * 50_000, '"text"', '{"id": "\ud800"}']
)
def test_no_text_breaks_it(db, client, secret, body):
    text = body.encode("utf-8", "replace").decode()
    assert post(client, secret, text).status_code == 422
    assert [row[:2] for row in logged(db)] == [("webhook", "rejected")]


def test_what_was_rejected_stays_so(client, secret):
    body = reply("progressed", reply_id="ga-1", note="")
    first, second = post(client, secret, body), post(client, secret, body)
    assert (first.status_code, second.status_code) == (422, 422)


def test_a_late_or_future_message_is_a_replay(db, client, secret):
    for minutes in (-6, 6):
        at = clock.now() + timedelta(minutes=minutes)
        assert post(client, secret, reply(), at=at).status_code == 401
    assert logged(db) == []


def test_who_does_not_prove_to_be_the_department_learns_nothing(db, client, secret):
    other = onboard(db, "cg", "webhook", "https://cg.example.gov.cn/").secret
    answers = [
        post(client, other, reply()),
        post(client, secret, reply(), path=PATH.replace("ga", "cg")),
        post(client, secret, reply(), path=PATH.replace("ga", "zj")),
        post(client, secret, reply(), path=PATH.replace("ga", "nobody")),
        client.post(PATH, json=reply()),
    ]
    assert {answer.status_code for answer in answers} == {401}
    told = {answer.get_json()["detail"] for answer in answers}
    assert len(told) == 1
    assert logged(db) == []


def test_both_secrets_are_good_for_a_day(db, client, secret):
    new = db.run(lambda tx: handlers.rotate(tx, "ga"))
    assert post(client, secret, reply("signed")).status_code == 200
    assert post(client, new, reply("progressed", note="a")).status_code == 200
    with ground.at(days=1, seconds=1):
        assert post(client, secret, reply("progressed", note="b")).status_code == 401
        assert post(client, new, reply("progressed", note="c")).status_code == 200


def test_after_offboarding_nothing_is_taken(db, client, secret):
    db.run(lambda tx: handlers.offboard(tx, "ga"))
    assert post(client, secret, reply()).status_code == 401


def test_a_department_cannot_answer_for_another(db, client):
    secret = onboard(db, "cg", "webhook", "https://cg.example.gov.cn/").secret
    answer = post(client, secret, reply(), path=PATH.replace("ga", "cg"))
    assert answer.status_code in (409, 422)
    assert ground.order_of(db).state == "dispatched"


def test_it_is_bounded_in_size_and_in_number(client, secret):
    long = reply("progressed", note="x" * 300_000)
    assert post(client, secret, long).status_code == 413
    codes = [client.post(PATH, data=b"{}").status_code for _ in range(1201)]
    assert codes.count(429) >= 1
