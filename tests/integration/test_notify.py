"""Notify on real parts: PostgreSQL, RabbitMQ, two replicas and a gateway that counts."""

from collections import Counter as Tally

import pytest
import sqlalchemy as sa
from kombu import Connection

from services.notify import handlers, people, store
from services.notify.channels import TemporaryFailure
from services.notify.channels.wecom import WeComChannel
from services.notify.delivery import attempt_by
from services.notify.message import CANCELLED, DELIVERED, QUEUED
from services.notify.models import messages, metadata
from shared.bus.event import encode
from shared.clock import set_for_tests
from shared.contracts import intake, notify, routing
from shared.db import Transaction, connect
from tests.support.crossing import cross
from tests.support.keys import DATA_KEYS
from tests.support.ports import free_port
from tests.support.processes import ServiceProcess
from tests.support.waiting import wait_until
from tests.unit.notify.servers import Answer, gateway
from tests.unit.notify.stand import (
    DEPLOYED,
    MONDAY_MORNING,
    SECRET,
    FakeChannel,
    accept,
    another_replica,
    event_of,
    hear,
    make_runtime,
    sent,
    take,
)
from tests.unit.notify.test_delivery import serve
from tests.unit.notify.test_migrations import shape

CASES = 40
FORGOTTEN = {"number": intake.NUMBER, "erased_at": intake.NOW, "reason": "本人要求"}


@pytest.fixture
def runtime(postgres, tmp_path):
    made = make_runtime(tmp_path, DEPLOYED, postgres.fresh_database("notify"))
    yield made
    made.database.engine.dispose()


def number_of(n: int) -> str:
    return f"XS-261121-{n:05}-7"


def at_once(runtime, folder, work, other) -> None:
    """One replica's work, and another's before it is committed."""
    second = another_replica(folder, DEPLOYED, runtime.settings.database_url)
    cross(runtime.database, work, second.database, other)
    second.database.engine.dispose()


def test_the_migrations_make_what_the_models_say_on_postgresql(runtime, postgres) -> None:
    modelled = connect(postgres.fresh_database("notify_modelled"))
    metadata.create_all(modelled)
    assert shape(runtime.database.engine) == shape(modelled)
    modelled.dispose()


def test_steps_and_deliveries_are_the_same_on_postgresql(runtime) -> None:
    accept(runtime)
    hear(runtime, event_of(routing.signed))
    assert serve(runtime, FakeChannel()) == 2
    told = sent(runtime)
    assert [(m.state, len(m.attempts)) for m in told] == [(DELIVERED, 1)] * 2
    assert told[0].params["number"] == intake.NUMBER


def test_two_replicas_that_take_at_the_same_moment_never_take_the_same(runtime) -> None:
    for n in range(10):
        accept(runtime, number=number_of(n))
    engine = runtime.database.engine
    with engine.connect() as one, engine.connect() as other:
        first = store.claim(Transaction(one, runtime.database), "sms", 4)
        second = store.claim(Transaction(other, runtime.database), "sms", 10)
        other.commit()
        one.commit()
    ids = [message.id for message in (*first, *second)]
    assert (len(first), len(second), len(set(ids))) == (4, 6, 10)


def test_replicas_share_one_pace(runtime, tmp_path) -> None:
    second = another_replica(tmp_path, DEPLOYED, runtime.settings.database_url)
    with set_for_tests(MONDAY_MORNING):
        for n in range(15):
            accept(runtime, number=number_of(n))
            hear(runtime, event_of(routing.late, case_number=number_of(n)))
        pace = WeComChannel.pace
        taken = [len(take(r, "wecom", 12, pace)) for r in (runtime, second, runtime)]
    assert taken == [12, 8, 0]
    second.database.engine.dispose()


@pytest.mark.parametrize("erased_first", [False, True])
@pytest.mark.parametrize(
    ("answer", "state"),
    [("handed to 王建国", DELIVERED), (TemporaryFailure("no answer"), CANCELLED)],
)
def test_an_attempt_and_the_erasure_of_its_resident_at_once_leave_no_name_and_no_message(
    runtime, tmp_path, answer, state, erased_first
) -> None:
    accept(runtime)
    (taken,) = take(runtime, "sms")
    attempt = attempt_by(FakeChannel(answers=[answer]), taken)
    erased = event_of(intake.person_erased, version=9, **FORGOTTEN)
    works = [
        lambda tx: handlers.record(tx, taken, attempt),
        lambda tx: people.erase(tx, erased),
    ]
    at_once(runtime, tmp_path, *(reversed(works) if erased_first else works))
    (left,) = sent(runtime)
    assert (left.state, left.body) == (state, "")
    assert [(tried.outcome, tried.detail) for tried in left.attempts] == [(attempt.outcome, "")]


@pytest.mark.parametrize("end_first", [False, True])
def test_a_reminder_and_the_end_of_its_case_at_once_leave_no_reminder(
    runtime, tmp_path, end_first
) -> None:
    accept(runtime)
    late, closed = event_of(routing.late), event_of(intake.closed, version=9)
    works = [
        lambda tx: handlers.work_went_on(tx, late),
        lambda tx: handlers.case_ended(tx, closed),
    ]
    at_once(runtime, tmp_path, *(reversed(works) if end_first else works))
    assert not [m for m in sent(runtime, state=QUEUED) if m.keeps_hours]


def test_two_replicas_tell_every_resident_once(amqp_url, postgres, tmp_path) -> None:
    database = postgres.fresh_database("notify")
    with gateway() as house:
        house.answers = [Answer({"code": 0}) for _ in range(CASES)]
        house.answers[7] = Answer({"code": "1002", "msg": "空号"})
        env = settings(amqp_url, database, f"{house.url}/sms", tmp_path)
        migrate(env)
        with replica(env), replica(env):
            events = [event_of(intake.accepted, number=number_of(n)) for n in range(CASES)]
            publish(amqp_url, [*events, *events])  # everything twice
            wait_until(lambda: len(house.asked) >= CASES, 60, "every resident was told")
            wait_until(lambda: states(database) == {"delivered": CASES - 1, "failed": 1}, 90)
            wait_until(lambda: published(database) == [notify.failed.type], 90)
    told = Tally(body["id"] for body in house.bodies())
    assert len(told) == CASES
    assert set(told.values()) == {1}


def settings(amqp_url: str, database: str, sms: str, folder) -> dict[str, str]:
    return {
        "AMQP_URL": amqp_url,
        "DATABASE_URL": database,
        "SECRET_KEY": SECRET,
        "DATA_KEYS": DATA_KEYS,
        "DATA_DIR": str(folder),
        "PUBLIC_URL": "https://bt.example.cn",
        "SMS_GATEWAY_URL": sms,
        "SMS_GATEWAY_BODY": '{"mobile": "{phone}", "content": "{text}", "id": "{id}"}',
        "SMS_GATEWAY_SUCCESS": "code=0",
    }


def migrate(env: dict[str, str]) -> None:
    process = ServiceProcess(["services", "migrate", "notify"], env)
    process.launch()
    wait_until(lambda: not process.running, 60, "the migration ended")


def replica(env: dict[str, str]) -> ServiceProcess:
    port = free_port()
    own = env | {"HTTP_ADDRESS": f"127.0.0.1:{port}"}
    url = f"http://127.0.0.1:{port}/healthz"
    return ServiceProcess(["services", "serve", "notify"], own, ready_url=url)


def publish(amqp_url: str, events) -> None:
    with Connection(amqp_url) as connection, connection.Producer() as producer:
        for event in events:
            contract = event.contract
            producer.publish(
                encode(event),
                exchange=contract.exchange,
                routing_key=contract.routing_key(event.data),
                content_type="application/cloudevents+json",
                content_encoding="utf-8",
                message_id=event.id,
                type=event.type,
            )


def states(database: str) -> dict[str, int]:
    counted = sa.select(messages.c.state, sa.func.count()).group_by(messages.c.state)
    return dict(tuple(row) for row in ask(database, counted))


def published(database: str) -> list[str]:
    outbox = metadata.tables["outbox"]
    return [row.type for row in ask(database, sa.select(outbox.c.type))]


def ask(database: str, query: sa.Select) -> list:
    engine = connect(database)
    try:
        with engine.connect() as connection:
            return list(connection.execute(query).all())
    finally:
        engine.dispose()
