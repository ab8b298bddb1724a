"""Webhooks while things break: senders killed, a receiver that is down and comes back.

Real processes on RabbitMQ and PostgreSQL. Each order is delivered at least once under one id.
Facts of two orders that were committed at the same time may come in either order; those of one
order come as they happened (tests/unit/routing/channels).

And on PostgreSQL alone, two replicas of which one changes a channel while the other needs it.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from services.catalogue import HERE
from services.routing import handlers as routing
from services.routing import models
from services.routing.channels import handlers
from services.routing.channels.channel import OPEN
from shared.db import Database, connect
from shared.migrate import migrate
from tests.e2e.steps import NOISE
from tests.support.crossing import cross
from tests.support.deployed import Deployment
from tests.support.keys import KEYS
from tests.support.waiting import wait_until
from tests.unit.routing import ground
from tests.unit.routing.channels import stand
from tests.unit.routing.channels.stand import Hook, hook

ORDERS = 24
DISPATCHED = "cn.baitong.order.dispatched.v1"
DEPARTMENTS = ("ga", "cg")


@pytest.fixture
def deployment(amqp_url, postgres) -> Iterator[Deployment]:
    made = Deployment(amqp_url, postgres, ("intake", "routing"))
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture
def receivers() -> Iterator[dict[str, Hook]]:
    with hook() as first, hook() as second:
        yield dict(zip(DEPARTMENTS, (first, second), strict=True))


def open_orders(deployment: Deployment, count: int) -> None:
    """Transfer so many cases to each of the departments."""
    desk = deployment.baitong.person("desk")

    def one(number: int) -> None:
        case = desk.accept(**NOISE)["number"]
        department = DEPARTMENTS[number % len(DEPARTMENTS)]
        desk.act(case, "transfer", department=department, reason="超出社区职责")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(count * len(DEPARTMENTS))))


def firsts(received: Hook) -> list[str]:
    """The ids in the order in which each came first; repeats are dropped, as a receiver does."""
    return list(dict.fromkeys(e["id"] for e in received.events() if e["type"] == DISPATCHED))


def status(deployment: Deployment, code: str) -> dict[str, object]:
    items = deployment.baitong.person("supervisor").get("/api/routing/channels")["items"]
    return next(one for one in items if one["department"] == code)


def said(deployment: Deployment, code: str) -> list[str]:
    """The ids of a department's deliveries."""
    person = deployment.baitong.person("supervisor")
    path = f"/api/routing/channels/{code}/deliveries"
    rows = person.get(path, page_size=200)["items"]
    return [row["event_id"] for row in rows if row["type"] == DISPATCHED]


def test_senders_killed_and_a_receiver_that_comes_back(deployment, receivers):
    admin = deployment.baitong.person("admin")
    for code, one in receivers.items():
        address = one.url.replace("127.0.0.1", "localhost") if code == "cg" else one.url
        assert urlsplit(address).scheme == "http", "this machine's own address may be plain"
        admin.post(f"/api/routing/channels/{code}", {"kind": "webhook", "address": address})
    receivers["cg"].answers = [503]
    routing = deployment.processes["routing"]
    opening = threading.Thread(target=open_orders, args=(deployment, ORDERS))
    opening.start()
    for seen in (4, 12):
        wait_until(lambda seen=seen: len(receivers["ga"].asked) >= seen, 240, f"{seen} came")
        routing.kill9()
        routing.start()
    opening.join()
    for code, received in receivers.items():
        wait_until(lambda r=received: len(firsts(r)) == ORDERS, 240, f"all orders of {code}")
        wait_until(lambda c=code: not _waits(status(deployment, c)), 120, f"{code} is recorded")
        assert sorted(firsts(received)) == sorted(said(deployment, code))
    repeats = sum(len(one.asked) - len(set(one.ids())) for one in receivers.values())
    print(f"2 kills: {2 * ORDERS} orders delivered, {repeats} of them more than once")  # with -rP


def _waits(shown: dict[str, object]) -> bool:
    return bool(shown["waiting"] or shown["failed"] or shown["dead"])


ADDRESSES = {"amqp": "", "webhook": "https://oa.example.gov.cn/baitong", "page": ""}


@pytest.fixture
def replicas(postgres) -> Iterator[list[Database]]:
    """Two replicas of routing on one database, of a deployment with RabbitMQ."""
    url = postgres.fresh_database("routing")
    engines = [connect(url, KEYS), connect(url, KEYS)]
    migrate(engines[0], HERE / "routing" / "migrations")
    yield [
        Database(
            engine,
            service="routing",
            district=ground.DISTRICT,
            serials=models.bus.serials,
            settings=stand.settings(embedded=False),
        )
        for engine in engines
    ]
    for engine in engines:
        engine.dispose()


def opens(tx):
    routing.open_order(tx, ground.transferred())


def changes_to(kind):
    """Give the department another channel; or, without a kind, none any more."""
    if kind is None:
        return lambda tx: handlers.offboard(tx, "ga")
    return lambda tx: handlers.onboard(tx, "ga", kind, ADDRESSES[kind], "李敏")


@pytest.mark.parametrize("kept_first", [True, False])
@pytest.mark.parametrize(
    ("before", "after"),
    [("amqp", "webhook"), ("webhook", "amqp"), ("webhook", "page"), ("webhook", None)],
)
def test_what_is_kept_while_the_channel_is_changed_waits_for_no_other(
    replicas, before, after, kept_first
):
    """What waits for a channel that is gone would be brought by nobody, and kept for ever."""
    works = (opens, changes_to(after)) if kept_first else (changes_to(after), opens)
    replicas[0].run(changes_to(before))
    cross(replicas[0], works[0], replicas[1], works[1])
    channel, kept = stand.channel(replicas[0]), stand.rows(replicas[0])
    waiting = [row for row in kept if row.state in OPEN]
    pushed = channel.active and channel.kind == "webhook"
    assert [row for row in waiting if not channel.active or row.kind != channel.kind] == []
    assert [row for row in waiting if pushed and not row.body] == []
    assert bool(kept) == (kept_first or channel.takes(DISPATCHED))


def test_a_channel_is_sent_by_while_something_is_kept_for_it(replicas):
    """Only who changes it waits: a sender does not pass by a department that gets many orders."""
    replicas[0].run(changes_to("webhook"))
    replicas[0].run(opens)
    taken = []

    def keeps_another(tx):
        routing.open_order(tx, ground.transferred(number="XS-261123-0043-05"))

    def claims(tx):
        taken.extend(handlers.claim(tx, ["webhook"], 20))

    cross(replicas[0], keeps_another, replicas[1], claims)
    assert [one.channel.department for one in taken] == ["ga"]
