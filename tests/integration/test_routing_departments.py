"""A department's own program, knowing only docs/departments.md, against routing on real parts."""

import json
import secrets
from urllib.parse import urlsplit

import kombu
import pytest
import sqlalchemy as sa

from shared.bus.event import Event, encode, new_id
from shared.clock import now
from shared.contracts import intake
from tests.support.department_programs import AMQP, running
from tests.support.keys import DATA_KEYS
from tests.support.ports import free_port
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until

PROGRAMS = [name for name, (kind, *_) in AMQP.items() if kind == "python"]


@pytest.fixture
def routing(amqp_url, postgres):
    """The deployed service: RabbitMQ, PostgreSQL, migrations run before it serves."""
    address = f"127.0.0.1:{free_port()}"
    env = {
        "DATABASE_URL": postgres.fresh_database("routing"),
        "AMQP_URL": amqp_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATA_KEYS": DATA_KEYS,
        "HTTP_ADDRESS": address,
        "PSYCOPG_WAIT_FUNC": "wait_select",
    }
    migration = ServiceProcess(["services", "migrate", "routing"], env)
    migration.launch()
    wait_until(lambda: not migration.running, 60, "the migrations ran")
    healthy = f"http://{address}/healthz"
    with ServiceProcess(["services", "serve", "routing"], env, ready_url=healthy) as service:
        yield service


@pytest.fixture
def database(routing):
    engine = sa.create_engine(routing.env["DATABASE_URL"])
    yield engine
    engine.dispose()


@pytest.fixture
def department_url(rabbit, routing, amqp_url):
    """An account that may do what docs/operations.md lets department ga do."""
    user, password = "dept-ga", secrets.token_hex(16)
    vhost = urlsplit(amqp_url).path.lstrip("/")
    rabbit.management("PUT", f"/api/users/{user}", {"password": password, "tags": ""})
    rights = {"configure": "^$", "write": r"^department\.replies$", "read": r"^department\.ga$"}
    rabbit.management("PUT", f"/api/permissions/{vhost}/{user}", rights)
    keys = {"exchange": "department.replies", "write": r"^reply\.[a-z_]+\.ga$", "read": "^$"}
    rabbit.management("PUT", f"/api/topic-permissions/{vhost}/{user}", keys)
    yield rabbit.url_of(vhost, user, password)
    rabbit.management("DELETE", f"/api/users/{user}")


def transfer(amqp_url, case):
    """As intake says it."""
    data = dict(intake.transferred.example) | {"number": case}
    event = Event(new_id(), intake.transferred.type, "/intake", case, now(), 3, data)
    with kombu.Connection(amqp_url) as connection:
        connection.Producer().publish(
            encode(event),
            "case.transferred",
            exchange="intake.events",
            content_type="application/cloudevents+json",
            content_encoding="utf-8",
        )


def state(database, number):
    with database.connect() as connection:
        query = sa.text("SELECT state FROM orders WHERE number = :number")
        return connection.execute(query, {"number": number}).scalar_one_or_none()


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_of_the_document_completes_orders(
    name, amqp_url, database, department_url, tmp_path
):
    with running(name, department_url, tmp_path, "ga"):
        for case in ("XS-261121-0001-55", "XS-261121-0002-52"):
            transfer(amqp_url, case)
            wait_until(
                lambda number=f"{case}-1": state(database, number) == "completed",
                60,
                f"{name} completed {case}",
            )
    with database.connect() as connection:
        outcomes = connection.execute(sa.text("SELECT outcome, via FROM replies")).all()
    assert [tuple(row) for row in outcomes] == [("applied", "bus")] * 2


def test_what_is_wrong_comes_back_to_the_department(database, department_url):
    with kombu.Connection(department_url) as connection:
        connection.Producer().publish(
            "{}", "reply.signed.ga", exchange="department.replies", content_type="text/plain"
        )
        queue = kombu.Queue("department.ga", no_declare=True)(connection.default_channel)
        received = []

        def arrived():
            message = queue.get(no_ack=True)
            if message is not None:
                received.append(json.loads(message.body))
            return bool(received)

        wait_until(arrived, 60, "the rejection came back")
    [event] = received
    assert event["type"] == "cn.baitong.reply.rejected.v1"
    assert "specversion" in event["data"]["errors"]
    assert event["data"]["original"] == "{}"


def test_the_account_can_neither_answer_for_others_nor_read_their_orders(routing, department_url):
    confirmed = {"confirm_publish": True}
    with kombu.Connection(department_url, transport_options=confirmed) as connection:
        refused = connection.connection_errors + connection.channel_errors
        replies = connection.Producer()
        with pytest.raises(refused):
            replies.publish("{}", "reply.signed.cg", exchange="department.replies")
    with kombu.Connection(department_url) as connection:
        queue = kombu.Queue("department.cg", no_declare=True)(connection.default_channel)
        with pytest.raises(refused):
            queue.get()
