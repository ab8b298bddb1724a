"""The promises of the bus, each on both buses (docs/bus.md)."""

import random

import pytest

from tests.support.bus_stand import Stand, acknowledged, deployed_stand, local_stand
from tests.support.waiting import wait_until


@pytest.fixture(params=["in-process", "rabbitmq"])
def stand(request, tmp_path) -> Stand:
    if request.param == "in-process":
        return local_stand(tmp_path)
    amqp_url = request.getfixturevalue("amqp_url")
    return deployed_stand(tmp_path, amqp_url, request.getfixturevalue("postgres"))


def test_promise_1_killed_between_commit_and_publish_loses_nothing(stand: Stand) -> None:
    stand.say(50)
    with stand.program("--speak", "--listen"):
        stand.wait_heard(50)
    assert stand.assert_each_once() == 50


def test_promise_2_delivered_again_after_the_effect_changes_nothing(stand: Stand) -> None:
    stand.say(20)
    with stand.program("--speak", "--listen"):
        stand.wait_heard(20)
    for _ in range(2):
        unsend(stand)
        with stand.program("--speak", "--listen", "--say", "1", "--first", str(100 + _)):
            stand.wait_heard(21 + _)
            wait_until(lambda: unsent(stand) == 0, 90, "all was published again")
    assert stand.assert_each_once() == 22


def test_promise_3_a_poison_message_is_parked_and_stops_nobody(stand: Stand) -> None:
    stand.say(1, title="poison", first=1)
    stand.say(30, first=2)
    with stand.program("--speak", "--listen", "--ladder", "0,0,1"):
        stand.wait_heard(30)
        wait_until(lambda: [p[0] for p in stand.parked()] == ["dead"], 60, "the poison is dead")
    (state, attempts, reason) = stand.parked()[0]
    assert (state, attempts) == ("dead", 4)
    assert reason.startswith("ValueError (bus_program.py:")
    assert set(stand.effects()) == {f"n{n}" for n in range(2, 32)}


def test_promise_5_an_early_event_waits_for_the_one_it_builds_on(stand: Stand) -> None:
    stand.say(1, title="early", first=1, reason="n2")
    with stand.program("--speak", "--listen"):
        wait_until(lambda: stand.parked() != [], 60, "the early event waits")
        stand.say(1, first=2)
        stand.wait_heard(2)
        wait_until(lambda: stand.parked() == [], 90, "nothing waits any more")
    assert stand.assert_each_once() == 2


def test_promise_7_killed_at_random_moments_loses_and_repeats_nothing(stand: Stand) -> None:
    chance = random.Random(20261121)
    promised: set[str] = set()
    for round_ in range(4):
        target = len(promised) + chance.randint(30, 200)
        first = str(10_000 * round_ + 1)
        with stand.program("--speak", "--listen", "--say-on", "--first", first) as process:
            wait_said(promised, process, target)
            process.kill9()
            promised |= acknowledged(process)
    with stand.program("--speak", "--listen"):
        stand.wait_heard(len(stand.said()))
    assert promised <= stand.said()
    assert stand.assert_each_once() >= len(promised)


def wait_said(before: set[str], process, target: int) -> None:
    """Until so many were said in all."""
    wait_until(lambda: len(before | acknowledged(process)) >= target, 60, "enough was said")


def unsend(stand: Stand) -> None:
    """Make the relay publish everything again, as if it had died before marking it sent."""
    import sqlalchemy as sa  # noqa: PLC0415

    engine = sa.create_engine(stand.speaker_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE outbox SET sent_at = NULL"))
    engine.dispose()


def unsent(stand: Stand) -> int:
    (count,) = stand.ask(stand.speaker_url, "SELECT count(*) FROM outbox WHERE sent_at IS NULL")[0]
    return count
