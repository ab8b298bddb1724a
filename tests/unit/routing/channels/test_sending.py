"""Facts that wait for a department are brought once, in order, whatever the other side does."""

import json
from datetime import timedelta
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest

from services.routing import handlers as routing
from services.routing import models, people
from services.routing.channels import handlers, queues, signatures, status, store
from services.routing.channels.channel import GIVE_UP_AFTER, Sent, Unreached
from services.routing.channels.sender import Sender, ways_of
from services.routing.rules import Refused
from shared import clock
from shared.bus.outbox import emit
from shared.contracts import routing as facts
from tests.unit.routing import ground
from tests.unit.routing.channels.stand import (
    channel,
    onboard,
    rows,
    send_all,
    settings,
    states,
)


def open_orders(db, count=1, first=0):
    numbers = [f"XS-261123-{n:04d}-00" for n in range(first, first + count)]
    if numbers == ["XS-261123-0000-00"]:
        db.run(lambda tx: routing.open_order(tx, ground.transferred(number=numbers[0])))
        return numbers
    for number in numbers:  # the facts alone: like orders would be pressed for as repeated
        data = dict(facts.dispatched.example) | {"number": f"{number}-1", "case_number": number}
        db.run(lambda tx, data=data: say(tx, data))
    return numbers


def say(tx, data):
    fact = emit(tx, models.bus, facts.dispatched, data, subject=data["number"], version=1)
    handlers.send(tx, fact, "ga")


def claim(db):
    return db.run(lambda tx: handlers.claim(tx, ["webhook", "mail"], 20))


def record(db, claimed, *outcomes: Any):
    pairs = list(zip(claimed.deliveries, outcomes, strict=False))
    return db.run(lambda tx: handlers.record(tx, claimed, pairs))


def test_without_a_channel_nothing_waits(db):
    open_orders(db)
    assert rows(db) == []
    assert claim(db) == []


def test_a_fact_waits_only_for_the_department_it_is_for(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    onboard(db, "cg", "webhook", hook.url)
    open_orders(db)
    assert states(db) == ["waiting"]
    assert rows(db, "cg") == []


def test_a_corrected_telephone_reaches_the_departments_own_system(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    right = {"name": "王建军", "phone": "13805610001"}
    db.run(lambda tx: routing.open_order(tx, ground.transferred()))
    db.run(lambda tx: people.correct(tx, ground.corrected(applicant=right)))
    send_all(db)
    first, last = hook.events()
    assert (last["type"], last["data"]["applicant"]) == (facts.person_corrected.type, right)
    assert last["data"]["number"] == first["data"]["number"]
    assert last["aggregateversion"] > first["aggregateversion"]


def test_what_is_rolled_back_never_waits(db, hook):
    onboard(db, "ga", "webhook", hook.url)

    def work(tx):
        routing.open_order(tx, ground.transferred())
        raise LookupError

    with pytest.raises(LookupError):
        db.run(work)
    assert rows(db) == []


def test_it_comes_whole_and_signed_under_the_events_id(db, hook):
    made = onboard(db, "ga", "webhook", f"{hook.url}/orders")
    open_orders(db)
    event_id = rows(db)[0].event_id
    assert send_all(db) == 1
    headers, body = hook.asked[0]
    assert signatures.verify([made.secret], headers, body, clock.now()) == event_id
    assert headers["content-type"] == "application/cloudevents+json"
    event = json.loads(body)
    assert (event["id"], event["type"]) == (event_id, "cn.baitong.order.dispatched.v1")
    assert event["data"]["applicant"]["name"]
    row = rows(db)[0]
    assert (row.state, row.attempts, row.body) == ("sent", 1, ""), "kept no longer than needed"
    assert channel(db).last_sent_at == clock.now()
    assert send_all(db) == 0


def test_it_is_what_the_bus_says(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db)
    send_all(db)
    (_, on_the_bus), *_ = ground.said(db, "order.dispatched")
    assert hook.events()[0]["data"] == on_the_bus


def test_many_come_in_order_in_several_portions(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    numbers = open_orders(db, 3 * store.AT_ONCE + 5)
    send_all(db)
    assert [event["data"]["case_number"] for event in hook.events()] == numbers
    assert set(states(db)) == {"sent"}


def test_while_it_is_down_everything_waits_in_order(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    numbers = open_orders(db, 3)
    hook.answers = [500]
    send_all(db)
    assert states(db) == ["failed", "waiting", "waiting"]
    assert len(hook.asked) == 1, "the ones behind it are not sent past it"
    assert send_all(db) == 0, "it rests"
    with ground.at(seconds=5):
        send_all(db)
    assert [event["data"]["case_number"] for event in hook.events()] == [numbers[0], *numbers]
    assert states(db) == ["sent", "sent", "sent"]
    assert channel(db).failures == 0


@pytest.mark.parametrize("status", [302, 401, 404, 408, 429, 500, 502, 503])
def test_what_would_meet_any_message_is_tried_again(db, hook, status):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db)
    hook.answers = [status]
    send_all(db)
    assert states(db) == ["failed"]
    assert len(hook.asked) == 1, "redirects are not followed"
    assert str(status) in channel(db).error
    assert hook.url not in channel(db).error


def test_a_refused_one_holds_up_the_others_for_a_minute_at_most(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db, 2)
    hook.answers = [422, 422, 422]
    for seconds in (0, 5, 35):
        with ground.at(seconds=seconds):
            send_all(db)
    assert states(db) == ["dead", "waiting"]
    with ground.at(seconds=35):
        send_all(db)
    assert states(db) == ["dead", "sent"]
    assert rows(db)[0].error == f"127.0.0.1 answered 422 {HTTPStatus(422).phrase}"


@pytest.mark.parametrize("status", [422, 503])
def test_what_the_other_side_says_is_not_kept(db, hook, status):
    """It may quote the order, and the administrator who reads the reasons may not see residents."""
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db)
    hook.answers = [status]
    send_all(db)
    for error in (rows(db)[0].error, channel(db).error):
        assert str(status) in error
        assert "said why" not in error


def test_nobody_there_is_a_failure_like_any_other(db, hook):
    onboard(db, "ga", "webhook", "http://127.0.0.1:1/")
    onboard(db, "cg", "webhook", hook.url)
    open_orders(db)
    send_all(db)
    assert states(db) == ["failed"]
    assert channel(db).next_at == clock.now() + timedelta(seconds=5)


def test_after_three_days_it_is_given_up_and_can_be_sent_again(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db, 2)
    hook.answers = [503]
    with ground.at(days=3, minutes=1):
        open_orders(db, 1, first=7)
        send_all(db)
        assert states(db) == ["dead", "dead", "waiting"], "what is new is not given up with the old"
    assert timedelta(days=3) == GIVE_UP_AFTER
    with ground.at(days=3, hours=2):
        assert db.run(lambda tx: handlers.resend(tx, "ga")) == 2
        send_all(db)
    assert set(states(db)) == {"sent"}


def test_a_process_that_dies_holds_the_channel_only_for_a_while(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db)
    (taken,) = claim(db)
    assert claim(db) == [], "two never serve one channel"
    assert states(db) == ["waiting"]
    with ground.at(seconds=35):
        assert send_all(db) == 1
        assert states(db) == ["sent"]
        # The first one was only slow: what it sent counts, the channel is no longer its own.
        assert record(db, taken, Unreached("late")) is None
    assert states(db) == ["sent"]


def test_what_was_sent_counts_even_if_the_next_failed(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db, 3)
    (taken,) = claim(db)
    assert record(db, taken, Sent(), Unreached("gone")) is None
    assert states(db) == ["sent", "failed", "waiting"]
    assert channel(db).failures == 1


def test_stopping_gives_the_channel_back(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db)
    sender = Sender(db, ways_of(db.settings))
    sender.send_due()
    sender.finish()
    assert channel(db).next_at == clock.now()
    assert sender.send_due() == 0, "nothing is begun any more"


def test_one_that_hangs_holds_up_no_other(db, hook, monkeypatch):
    monkeypatch.setattr("services.routing.channels.webhook.READ", 0.2)
    onboard(db, "ga", "webhook", "http://127.0.0.1:1/")
    onboard(db, "cg", "webhook", hook.url)
    open_orders(db)
    event = ground.transferred(number="XS-261123-0077-00", department="cg")
    db.run(lambda tx: routing.open_order(tx, event))
    assert send_all(db) == 2
    assert states(db)[0] == "failed"
    assert set(states(db, "cg")) == {"sent"}


def test_another_secret_while_the_old_one_is_good(db, hook):
    first = onboard(db, "ga", "webhook", hook.url)
    second = db.run(lambda tx: handlers.rotate(tx, "ga"))
    open_orders(db)
    send_all(db)
    headers, body = hook.asked[0]
    for secret in (first.secret, second):
        assert signatures.verify([secret], headers, body, clock.now())
    with ground.at(days=1):
        assert channel(db).secrets(clock.now()) == (second,)


def test_another_way_takes_what_waits_along(db, hook):
    onboard(db, "ga", "webhook", "http://127.0.0.1:1/")
    open_orders(db)
    onboard(db, "ga", "webhook", hook.url)
    send_all(db)
    assert states(db) == ["sent"]


def test_offboarding_lists_what_waited(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db)
    db.run(lambda tx: handlers.offboard(tx, "ga"))
    assert states(db) == ["dead"]
    assert (channel(db).active, channel(db).secret) == (False, "")
    open_orders(db, 1, first=5)
    assert len(rows(db)) == 1, "the page is enough now"
    with pytest.raises(Refused):
        db.run(lambda tx: handlers.resend(tx, "ga"))


def test_an_erased_person_goes_nowhere(db, hook):
    onboard(db, "ga", "webhook", "http://127.0.0.1:1/")
    db.run(lambda tx: routing.open_order(tx, ground.transferred()))
    db.run(
        lambda tx: __import__("services.routing.people", fromlist=["erase"]).erase(
            tx, ground.erased()
        )
    )
    first, stop = rows(db)
    assert (first.state, first.body) == ("dead", "")
    assert stop.type == "cn.baitong.order.cancelled.v1"
    assert db.run(lambda tx: handlers.resend(tx, "ga")) == 0, "nor when somebody asks"


def test_the_audit_says_who_onboarded_whom(db, hook):
    from shared.actor import Actor, acting  # noqa: PLC0415

    with acting(Actor("limin", "admin", address="console")):
        onboard(db, "ga", "webhook", hook.url)
        db.run(lambda tx: handlers.rotate(tx, "ga"))
        db.run(lambda tx: handlers.offboard(tx, "ga"))
    assert [(who, what, whom) for who, what, whom, _ in ground.acts(db)] == [
        ("limin", "channel.onboarded", "ga"),
        ("limin", "channel.rotated", "ga"),
        ("limin", "channel.offboarded", "ga"),
    ]


@pytest.mark.parametrize(
    ("department", "kind", "address", "field"),
    [
        ("xx", "page", "", "department"),
        ("ga", "mail", "ga", "address"),
        ("ga", "amqp", "", "kind"),
    ],
)
def test_onboarding_is_refused_in_words(db, department, kind, address, field):
    with pytest.raises(Refused) as refused:
        onboard(db, department, kind, address)
    assert refused.value.reason.field == field


def test_mail_needs_a_mail_server(db):
    db.settings = settings()
    with pytest.raises(Refused, match="SMTP_URL"):
        onboard(db, "ga", "mail", "ga@example.gov.cn")


def test_what_was_brought_long_ago_is_forgotten(db, hook):
    onboard(db, "ga", "webhook", hook.url)
    open_orders(db, 2)
    send_all(db)
    open_orders(db, 1, first=8)
    with ground.at(days=31):
        assert db.run(handlers.forget_old) == 2
        assert db.run(handlers.forget_old) == 0
    assert states(db) == ["waiting"]


@pytest.mark.parametrize("kind", ["page", "amqp"])
def test_what_waits_is_over_where_nothing_is_pushed_any_more(db, kind):
    db.settings = settings(embedded=False)
    onboard(db, "ga", "webhook", "https://127.0.0.1:1/")
    open_orders(db)
    onboard(db, "ga", kind)
    assert [(row.state, row.body) for row in rows(db)] == [("dropped", "")]
    with ground.at(days=1):
        if kind == "amqp":
            db.run(lambda tx: handlers.looked(tx, "ga", 0, clock.now()))
        with db.read() as connection:
            (shown,) = status.statuses(connection, db.district, ["ga"], clock.now())
        assert (shown.oldest, shown.waiting, shown.level in ("none", "green")) == (None, 0, True)
    with ground.at(days=31):
        assert db.run(handlers.forget_old) == 1
    assert rows(db) == []


def test_what_was_given_up_is_kept_for_a_month_and_no_longer(db):
    onboard(db, "ga", "webhook", "http://127.0.0.1:1/")
    open_orders(db)
    db.run(lambda tx: handlers.offboard(tx, "ga"))
    with ground.at(days=29):
        assert db.run(handlers.forget_old) == 0
    with ground.at(days=31):
        assert db.run(handlers.forget_old) == 1
    assert rows(db) == []


def test_the_queue_of_depth_n_holds_the_newest_n(db):
    db.settings = settings(embedded=False)
    onboard(db, "ga", "amqp")
    open_orders(db, 5)
    assert [row.body for row in rows(db)] == [""] * 5, "the outbox brings them; nothing is kept"
    relay(db)
    look(db, 2)
    assert states(db) == ["sent", "sent", "sent", "waiting", "waiting"]
    assert channel(db).depth == 2
    look(db, 0, minutes=2)
    assert set(states(db)) == {"sent"}


def test_what_has_not_been_published_is_not_taken_for_fetched(db):
    """The broker is back, and the relay has not got round to it: the queue is empty."""
    db.settings = settings(embedded=False)
    onboard(db, "ga", "amqp")
    open_orders(db, 3)
    look(db, 0)
    assert set(states(db)) == {"waiting"}
    look(db, 0, minutes=2, meanwhile=lambda: relay(db))
    assert set(states(db)) == {"waiting"}, "published after the broker was asked"
    look(db, 1, minutes=3)
    assert states(db) == ["sent", "sent", "waiting"]


def relay(db):
    """Publish all that the outbox holds."""
    outbox = models.bus.outbox
    db.run(lambda tx: tx.execute(outbox.update().values(sent_at=tx.now)))


def look(db, depth, minutes=1, meanwhile=lambda: None):
    """Look at the queues, so long into Monday; the broker says that each is so long."""

    def depths(queues):
        found = dict.fromkeys(queues, depth)
        meanwhile()
        return found

    with ground.at(minutes=minutes):
        transport = SimpleNamespace(depths=depths)
        assert queues.look(SimpleNamespace(database=db, transport=transport)) == 1


def test_a_queue_is_looked_at_by_one_process_at_a_time(db):
    db.settings = settings(embedded=False)
    onboard(db, "ga", "amqp")
    assert [one.department for one in db.run(handlers.claim_queues)] == ["ga"]
    assert db.run(handlers.claim_queues) == []
    with ground.at(seconds=15):
        assert len(db.run(handlers.claim_queues)) == 1
