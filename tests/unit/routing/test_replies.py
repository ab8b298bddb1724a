"""What departments' systems send: applied once, rejected with reasons, and nothing breaks it."""

import json
import random

import pytest
import sqlalchemy as sa

from services.routing import handlers, held, models, people, replies
from shared.bus.event import new_id
from shared.bus.inbox import Inbox
from shared.bus.transport import Delivery
from shared.contracts.departments import VERBS
from tests.unit.routing import ground
from tests.unit.routing.ground import ORDER, at, order_of, said


@pytest.fixture
def db():
    with at():
        database = ground.database()
        database.run(lambda tx: handlers.open_order(tx, ground.transferred()))
        yield database


def letter(verb="signed", department="ga", user_id=None, data=None, **envelope: object):
    """A reply as a department's system publishes it."""
    contract = VERBS.get(verb, VERBS["signed"])
    body = {
        "specversion": "1.0",
        "id": new_id(),
        "type": contract.type,
        "source": f"/departments/{department}",
        "time": "2026-11-23T09:05:00+08:00",
        "datacontenttype": "application/json",
        "data": dict(contract.example) | {"order": ORDER} | (data or {}),
    } | envelope
    user_id = f"dept-{department}" if user_id is None else user_id
    return raw(json.dumps(body, ensure_ascii=False).encode(), f"reply.{verb}.{department}", user_id)


def raw(body, key="reply.signed.ga", user_id="dept-ga"):
    return Delivery("routing.from_departments", key, body, user_id=user_id)


def send(db, *letters: Delivery):
    """As the subscription does it."""
    Inbox(db, models.bus, "routing.from_departments", raw=replies.take_reply).apply(letters)


def log(db):
    with db.read() as connection:
        return connection.execute(sa.select(models.replies)).all()


def rejections(db):
    return said(db, "reply.rejected")


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_applied(db, verb):
    send(db, letter(verb))
    assert order_of(db).version == 2
    assert [row.outcome for row in log(db)] == ["applied"]
    assert rejections(db) == []
    assert said(db)[-1][0].startswith("order.")


def test_a_reply_sent_twice_counts_once(db):
    reply = letter("completed")
    send(db, reply)
    send(db, reply)
    send(db, reply, reply)
    assert order_of(db).version == 2
    assert len(log(db)) == 1
    assert rejections(db) == []


def test_the_same_id_with_other_words_counts_once(db):
    send(db, letter("progressed", id="r-1", data={"note": "一"}))
    send(db, letter("progressed", id="r-1", data={"note": "二"}))
    assert order_of(db).version == 2


def test_another_departments_id_is_its_own(db):
    send(db, letter("signed", id="r-1"))
    send(db, letter("signed", "cg", id="r-1"))
    assert [row.department for row in log(db)] == ["ga", "cg"]


def test_another_departments_reply_is_rejected_and_changes_nothing(db):
    send(db, letter("completed", "cg"))
    assert order_of(db).state == "dispatched"
    [(key, data)] = rejections(db)
    assert key == "reply.rejected.cg"
    assert data["errors"] == {"order": ["这张工单现在不在贵单位。请核对工单编号"]}
    assert json.loads(data["original"])["data"]["order"] == ORDER


def test_an_unknown_order_is_rejected(db):
    send(db, letter("signed", data={"order": "XS-000000-0000-00-1"}))
    [(key, data)] = rejections(db)
    assert (key, data["reason"]) == ("reply.rejected.ga", "没有这张工单。请核对工单编号")


def test_an_illegal_reply_is_rejected_once(db):
    send(db, letter("completed"))
    late = letter("signed")
    send(db, late)
    send(db, late)
    [(_, data)] = rejections(db)
    assert "已答复" in data["reason"]
    assert [row.outcome for row in log(db)] == ["applied", "rejected"]


def test_a_rejected_reply_sent_again_is_not_rejected_again(db):
    reply = letter("signed", "cg", id="r-9")
    send(db, reply)
    send(db, letter("signed", "cg", id="r-9", data={"note": "另一份"}))
    assert len(rejections(db)) == 1


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (raw(b"{"), "body"),
        (raw(b"\xff\xfe\xfa"), "body"),
        (raw(b"[1, 2]"), "body"),
        (raw(b"[" * 200_000), "body"),
        (raw(b""), "body"),
        (letter(specversion="2.0"), "specversion"),
        (letter(id=""), "id"),
        (letter(id=["list"]), "id"),
        (letter(time="gestern"), "time"),
        (letter(time="2026-11-23T09:00:00"), "time"),
        (letter(data={"order": 5}), "order"),
        (letter("completed", data={"result": ""}), "result"),
        (letter("return_requested", data={"legal_ground": None}), "legal_ground"),
        (letter("return_requested", data={"proposed_department": "ZZ!"}), "proposed_department"),
        (raw(letter("completed").body, "reply.signed.ga"), "type"),
        (letter(type="cn.baitong.nothing.v1"), "type"),
        (letter(data={"note": "a\x00b"}), "note"),
        (letter(data={"unheard_of": "a\x00b"}), "data"),
        (raw(json.dumps({"id": "\ud800"}).encode()), "specversion"),
    ],
)
def test_what_is_malformed_is_rejected_with_the_field_at_fault(db, message, field):
    send(db, message)
    [(key, data)] = rejections(db)
    assert key == "reply.rejected.ga"
    assert field in data["errors"]
    assert data["reason"]
    assert order_of(db).version == 1
    [row] = log(db)
    assert (row.outcome, row.via) == ("rejected", "bus")


@pytest.mark.parametrize("code", ["zz", "", "ga.extra", "GA", "x" * 200, "\x00"])
def test_a_code_nobody_has_is_kept_without_an_answer(db, code):
    send(db, letter("signed", code))
    assert rejections(db) == []
    assert [row.outcome for row in log(db)] == ["rejected"]
    assert order_of(db).version == 1


@pytest.mark.parametrize(
    "user_id", ["dept-cg", "dept-gaga", "baitong", "routing", "dept-", "dept-\ud800"]
)
def test_an_account_that_is_not_the_departments_is_not_believed(db, user_id):
    send(db, letter("completed", user_id=user_id, id="the-same"))
    assert order_of(db).state == "dispatched"
    assert rejections(db) == [], "it was not ga's; ga is not troubled"
    [row] = log(db)
    assert (row.outcome, replies.storable(user_id) in row.reason) == ("rejected", True)
    send(db, letter("completed", user_id="dept-ga", id="the-same"))
    assert order_of(db).state == "completed", "an impostor uses up no id of ga's"


def test_a_second_account_of_the_department_is_believed(db):
    send(db, letter("completed", user_id="dept-ga-new"))
    assert order_of(db).state == "completed"


def test_a_reply_that_names_no_account_is_sent_back(db):
    send(db, letter("completed", user_id=""))
    assert order_of(db).state == "dispatched"
    [(key, data)] = rejections(db)
    assert (key, set(data["errors"])) == ("reply.rejected.ga", {"user_id"})
    assert "dept-ga" in data["reason"]


def test_another_departments_order_is_rejected_and_stays_as_it_is(db):
    send(db, letter("completed", "cg"))
    assert (order_of(db).state, order_of(db).version) == ("dispatched", 1)
    [(key, data)] = rejections(db)
    assert (key, set(data["errors"])) == ("reply.rejected.cg", {"order"})


NAME, PHONE = "王建国", "13805610000"
TOLD = {"note": f"已联系{NAME}，电话{PHONE}"}
_WHOLE = letter("progressed", data=TOLD)
UNREADABLE = {
    "time": letter("progressed", data=TOLD, time="bad"),
    "type": raw(_WHOLE.body, "reply.signed.ga"),
    "cut": raw(_WHOLE.body[:-2], "reply.progressed.ga"),
    "field": letter("return_requested", data=TOLD | {"legal_ground": None}),
    "account": raw(_WHOLE.body, "reply.progressed.ga", ""),
}


def words_kept(db):
    return [row.original for row in log(db) if row.original]


@pytest.mark.parametrize("fault", UNREADABLE)
def test_an_unreadable_reply_is_the_orders_and_goes_with_its_person(db, fault):
    send(db, UNREADABLE[fault])
    [row] = log(db)
    assert (row.outcome, row.order_number) == ("rejected", ORDER)
    assert NAME in row.original
    wanted = held.Wanted(ground.CASE, "", "")
    with db.read() as connection:
        copy = held.of_person(connection, db.keys, wanted)
    assert [NAME in one["original"] for one in copy["items"][0]["orders"][0]["replies"]] == [True]
    db.run(lambda tx: people.erase(tx, ground.erased()))
    assert words_kept(db) == []
    again = json.loads(_WHOLE.body) | {"id": new_id(), "time": "bad"}
    send(db, raw(json.dumps(again, ensure_ascii=False).encode(), "reply.progressed.ga"))
    assert (len(log(db)), words_kept(db)) == (2, [])


def test_an_impostor_puts_nothing_into_anybodys_copy(db):
    send(db, letter("progressed", user_id="dept-cg", data=TOLD))
    assert [row.order_number for row in log(db)] == [""]


def test_what_replies_said_is_kept_for_a_while_and_their_ids_for_ever(db):
    stray = letter("progressed", data=TOLD | {"order": "13805610000"}, id="r-2", time="bad")
    unknown = letter("progressed", data=TOLD | {"order": "XS-000000-0000-00-1"}, id="r-3")
    ours = letter("progressed", data=TOLD, id="r-1")
    send(db, ours, stray, unknown)
    assert [row.order_number for row in log(db)] == [ORDER, "", "XS-000000-0000-00-1"]
    with at(days=7, seconds=-1):
        assert db.run(replies.forget_words) == 0
    with at(days=7, seconds=1):
        assert (db.run(replies.forget_words), len(words_kept(db))) == (2, 1)
    with at(days=90, seconds=1):
        assert (db.run(replies.forget_words), words_kept(db)) == (1, [])
        assert db.run(replies.forget_words) == 0
        send(db, ours, stray, unknown)
    assert (len(log(db)), words_kept(db)) == (3, [])
    assert len(said(db, "order.progressed")) == 1


def test_a_long_original_is_cut(db):
    send(db, raw(b'{"x":"' + "长".encode() * 50_000 + b'"}'))
    [(_, data)] = rejections(db)
    assert len(data["original"]) == replies.MOST_KEPT


def test_a_good_reply_among_bad_ones_is_applied(db):
    bad = [raw(b"{"), letter("signed", "cg"), letter("signed", "zz")]
    send(db, *bad, letter("signed"), *bad)
    assert order_of(db).state == "signed"


def test_no_bytes_break_it(db):
    """Some hundred bodies: random bytes, cut letters, letters with random values anywhere."""
    chance = random.Random(20261121)
    letters = [random_letter(chance) for _ in range(400)]
    send(db, *letters)
    for one in letters[:100]:
        send(db, one)
    with db.read() as connection:
        assert connection.execute(sa.select(models.bus.parked)).all() == []
    assert len(log(db)) >= 300


def random_letter(chance):
    """Bytes that may be anything, or nearly a reply."""
    key = chance.choice(["reply.signed.ga", "reply.completed.ga", "reply.x.ga", "reply", "a.b.zz"])
    kind = chance.randrange(4)
    if kind == 0:
        return raw(chance.randbytes(chance.randrange(200)), key)
    body = bytearray(letter(chance.choice(list(VERBS))).body)
    if kind == 1:
        return raw(bytes(body[: chance.randrange(len(body))]), key)
    if kind == 2:
        for _ in range(chance.randrange(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        return raw(bytes(body), key)
    changed = json.loads(body)
    where = chance.choice([changed, changed["data"]])
    where[chance.choice([*where, "extra"])] = _random_value(chance)
    return raw(json.dumps(changed).encode(), key)


def _random_value(chance, depth=0):
    plain = [None, True, -1, 10**30, 1e308, "", "x" * 5000, "\x00", "\ud800", "ga", ORDER]
    plain += ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"]
    if depth < 3 and chance.random() < 0.4:
        inner = [_random_value(chance, depth + 1) for _ in range(chance.randrange(4))]
        return inner if chance.random() < 0.5 else {f"k{i}": v for i, v in enumerate(inner)}
    return chance.choice(plain)
