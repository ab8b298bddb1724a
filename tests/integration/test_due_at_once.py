"""Ten thousand orders fall due within one minute; three replicas look, one of them is killed."""

import json
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.routing import models
from shared.clock import now
from shared.db import Database, connect
from shared.district import load
from tests.support import many_orders
from tests.support.deployed import Deployment
from tests.support.keys import KEYS
from tests.support.ports import free_port
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until

ORDERS = 10_000
MINUTE = timedelta(minutes=1)
REPLICAS = 3
LONG = 240
_history = models.history.c
_outbox = models.bus.outbox.c


@pytest.fixture
def deployment(amqp_url, postgres):
    deployment = Deployment(amqp_url, postgres, ["intake", "routing"])  # only routing is started
    yield deployment
    deployment.close()


@pytest.fixture
def engine(deployment):
    engine = connect(deployment.databases["routing"], KEYS)
    yield engine
    engine.dispose()


@pytest.fixture
def replicas(deployment):
    """Three of routing, ready to be started."""
    first = deployment.processes["routing"]
    ports = [free_port() for _ in range(REPLICAS - 1)]
    others = [
        ServiceProcess(
            ["services", "serve", "routing"],
            first.env | {"HTTP_ADDRESS": f"127.0.0.1:{port}"},
            ready_url=f"http://127.0.0.1:{port}/healthz",
        )
        for port in ports
    ]
    yield [first, *others]
    for process in others:
        if process.running:
            process.kill9()


def test_each_is_raised_once_though_one_of_three_is_killed(engine, replicas):
    _fall_due(engine)
    for process in replicas:
        process.launch()
    wait_until(lambda: _raised(engine) > ORDERS // 10, LONG, "the first tenth to be raised")
    replicas[0].kill9()
    assert _raised(engine) < ORDERS, "the kill came too late to show anything"
    for survivor in replicas[1:]:
        survivor.wait_ready()
    wait_until(lambda: not _still_due(engine), LONG, "every clock to be looked at")
    once = {1: ORDERS + 1}  # the copies, and what they are copies of
    raised = Counter(_column(engine, sa.select(_history.number).where(_history.what == "late")))
    assert dict(Counter(raised.values())) == once
    for fact in ("late", "escalated"):
        said = sa.select(_outbox.body).where(_outbox.type == f"cn.baitong.order.{fact}.v1")
        told = Counter(json.loads(body)["data"]["number"] for body in _column(engine, said))
        assert dict(Counter(told.values())) == once, fact
    pressed = Counter(_column(engine, sa.select(models.pressing.pressings.c.order_number)))
    assert dict(Counter(pressed.values())) == once
    wait_until(lambda: not _unsent(engine), LONG, "every fact to leave")


def _fall_due(engine):
    """Contact was due within the last minute for each of them."""
    database = Database(
        engine, service="routing", district=load("xiangshan"), serials=models.bus.serials
    )
    began = now() - timedelta(hours=1) - MINUTE
    order = many_orders.template(database, began)
    many_orders.copy(database, order, range(1, ORDERS + 1), now() - MINUTE, MINUTE)


def _raised(engine):
    return _count(engine, sa.select(sa.func.count()).where(_history.what == "late"))


def _still_due(engine):
    next_at = models.orders.c.next_at
    return _count(engine, sa.select(sa.func.count()).where(next_at <= now()))


def _unsent(engine):
    return _count(engine, sa.select(sa.func.count()).where(_outbox.sent_at.is_(None)))


def _count(engine, query):
    with engine.connect() as connection:
        return connection.execute(query).scalar_one()


def _column(engine, query):
    with engine.connect() as connection:
        return connection.execute(query).scalars().all()
