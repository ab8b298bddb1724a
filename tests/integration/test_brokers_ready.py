"""The brokers the other tests stand on do what those tests take for granted."""

import pytest
from kombu import Connection, Exchange, Queue
from sqlalchemy import create_engine, text

from tests.support.waiting import wait_until

ORDERS = Queue(
    "orders",
    Exchange("orders", type="topic", durable=True),
    routing_key="order.#",
    durable=True,
    queue_arguments={"x-queue-type": "quorum"},
)


def publish(url, bodies):
    with Connection(url, transport_options={"confirm_publish": True}) as connection:
        producer = connection.Producer()
        for body in bodies:
            producer.publish(
                body,
                exchange=ORDERS.exchange,
                routing_key="order.dispatched",
                declare=[ORDERS],
                delivery_mode=2,
            )


def take(url):
    """Take what is in the queue, as one batch."""
    with Connection(url) as connection:
        queue = ORDERS(connection.default_channel)
        queue.declare()
        bodies = []
        while (message := queue.get()) is not None:
            bodies.append(message.payload)
            message.ack()
        return bodies


@pytest.fixture(params=["restart", "kill"])
def interrupt(request):
    """Two ways for a server to go away and come back."""

    def act(server):
        if request.param == "restart":
            server.restart()
        else:
            server.kill()
            server.start()

    return act


def test_a_quorum_queue_keeps_messages_while_the_broker_is_away(rabbit, amqp_url, interrupt):
    publish(amqp_url, [{"n": 1}, {"n": 2}])
    interrupt(rabbit)
    taken = wait_until(
        lambda: take(amqp_url),
        what="the messages are there after the interruption",
        ignoring=(OSError, *Connection(amqp_url).channel_errors),
    )
    assert taken == [{"n": 1}, {"n": 2}]
    publish(amqp_url, [{"n": 3}])
    assert take(amqp_url) == [{"n": 3}]


def test_each_vhost_is_empty_and_apart(rabbit, amqp_url):
    other = rabbit.fresh_vhost()
    assert other != amqp_url
    publish(amqp_url, [{"n": 1}])
    assert take(other) == []
    assert take(amqp_url) == [{"n": 1}]
    rabbit.drop_vhost(other)


def test_rabbitmqctl_speaks_to_this_broker(rabbit, amqp_url):
    vhosts = rabbit.rabbitmqctl("list_vhosts", "name", "--quiet").split()
    assert amqp_url.rpartition("/")[2] in vhosts


def test_a_broker_left_down_is_started_for_the_next_test(rabbit):
    rabbit.kill()
    assert take(rabbit.fresh_vhost()) == []


def test_committed_rows_survive_while_the_database_is_away(postgres, interrupt):
    engine = create_engine(postgres.fresh_database("intake"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cases (title text)"))
        connection.execute(text("INSERT INTO cases VALUES ('漏水')"))
    engine.dispose()
    interrupt(postgres)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT title FROM cases")).scalars().all() == ["漏水"]
    engine.dispose()


def test_each_database_is_empty_and_apart(postgres):
    first, second = postgres.fresh_database("intake"), postgres.fresh_database("intake")
    engines = [create_engine(url) for url in (first, second)]
    for engine in engines:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE cases (title text)"))
        engine.dispose()
    postgres.drop_database(first)
    postgres.drop_database(second)
