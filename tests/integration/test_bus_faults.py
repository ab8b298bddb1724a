"""What the bus stands on is taken away under load: nothing is lost, nothing happens twice."""

import amqp
import pytest
from kombu import Connection

from tests.support.bus_stand import Stand, acknowledged, deployed_stand
from tests.support.waiting import wait_until

CONTENT = "application/cloudevents+json"


@pytest.fixture
def stand(tmp_path, amqp_url, postgres) -> Stand:
    return deployed_stand(tmp_path, amqp_url, postgres)


def under_load(stand: Stand, trouble) -> int:
    """Say and hear without end, make the trouble, go on, stop; returns how many took effect."""
    with stand.program("--listen"), stand.program("--speak", "--say-on") as speaker:
        wait_until(lambda: len(acknowledged(speaker)) > 200, 60, "the load runs")
        trouble()
        reached = len(acknowledged(speaker))
        wait_until(lambda: len(acknowledged(speaker)) > reached + 200, 120, "the load runs again")
        speaker.kill9()
        promised = acknowledged(speaker)
        with stand.program("--speak"):
            stand.wait_heard(len(stand.said()), deadline=120)
    assert promised <= stand.said()
    return stand.assert_each_once()


def test_the_broker_is_restarted_under_load(stand: Stand, rabbit) -> None:
    assert under_load(stand, rabbit.restart) > 400


def test_the_broker_is_killed_under_load(stand: Stand, rabbit) -> None:
    def power_cut() -> None:
        rabbit.kill()
        rabbit.start()

    assert under_load(stand, power_cut) > 400


def test_the_database_is_restarted_under_load(stand: Stand, postgres) -> None:
    assert under_load(stand, postgres.restart) > 400


def test_the_same_event_many_times_at_once_for_two_listeners(stand: Stand) -> None:
    stand.say(25)
    bodies = stand.published()
    with stand.program("--speak"):  # declares the topology
        with Connection(stand.env["AMQP_URL"]) as connection:
            producer = connection.Producer()
            for _ in range(8):
                for key, body in bodies:
                    producer.publish(
                        body, exchange="intake.events", routing_key=key, content_type=CONTENT
                    )
        with stand.program("--listen"), stand.program("--listen"):
            stand.wait_heard(25)
            wait_until(lambda: depth(stand, "routing.from_intake") == 0, 60, "the queue is empty")
    assert stand.assert_each_once() == 25


def test_bytes_that_are_no_event_are_kept_with_their_reason(stand: Stand) -> None:
    with stand.program("--speak", "--listen"):
        with Connection(stand.env["AMQP_URL"]) as connection:
            producer = connection.Producer()
            for body in (b"\xff\xfe", b"{}", b"[1]", b'{"specversion":"1.0"}'):
                producer.publish(
                    body,
                    exchange="intake.events",
                    routing_key="case.transferred",
                    content_type=CONTENT,
                )
        wait_until(lambda: len(stand.parked()) == 4, 60, "all four are parked")
        stand.say(3)
        stand.wait_heard(3)
    assert {state for state, _, _ in stand.parked()} == {"dead"}
    assert all(reason.startswith("MalformedEvent") for _, _, reason in stand.parked())


def test_a_property_that_is_no_text_holds_up_nobody(stand: Stand) -> None:
    stand.say(1)
    ((key, body),) = stand.published()
    with stand.program("--listen"):  # declares the topology; nobody publishes but this test
        with Connection(stand.env["AMQP_URL"]) as connection:
            channel = connection.default_channel
            message = amqp.basic_message.Message(body, message_id=b"\xff\xfe")
            channel.basic_publish(message, exchange="intake.events", routing_key=key)
        stand.wait_heard(1)
    assert stand.assert_each_once() == 1


def test_a_broker_that_forgot_everything_is_told_again(stand: Stand) -> None:
    with stand.program("--speak", "--listen"):
        with Connection(stand.env["AMQP_URL"]) as connection:
            connection.default_channel.queue_delete("routing.from_intake")
            connection.default_channel.exchange_delete("intake.events")
        stand.say(5)
        stand.wait_heard(5)
    assert stand.assert_each_once() == 5


def test_promise_4_what_no_queue_wants_is_kept(stand: Stand, rabbit) -> None:
    with stand.program("--speak"), Connection(stand.env["AMQP_URL"]) as connection:
        connection.Producer().publish("{}", exchange="intake.events", routing_key="case.unheard_of")
        wait_until(lambda: depth(stand, "baitong.unrouted") == 1, 90, "it is in baitong.unrouted")


def depth(stand: Stand, queue: str) -> int:
    """Messages ready in a queue."""
    with Connection(stand.env["AMQP_URL"]) as connection:
        return connection.default_channel.queue_declare(queue, passive=True).message_count
