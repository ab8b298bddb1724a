"""The deployed form, as compose runs it: services killed in turn at random moments."""

import random

import pytest

from tests.support.clients import STEPS, Desks, cases, messages_per_step, orders_per_case
from tests.support.deployed import Deployment
from tests.support.waiting import wait_for_value

SEED = 20261122
KILLS = 6
MOST = 120


@pytest.fixture
def deployment(amqp_url, postgres):
    deployment = Deployment(amqp_url, postgres, ("intake", "routing", "notify"))
    yield deployment
    deployment.close()


def test_services_killed_in_turn_lose_nothing_and_do_nothing_twice(deployment):
    moments = random.Random(SEED)
    deployment.start()
    baitong = deployment.baitong
    desks = Desks(baitong, most=MOST)
    desks.start()
    victims = [deployment.processes[name] for name in ("intake", "routing", "notify", "intake")]
    done = 0
    for turn in range(KILLS):
        victim = victims[turn % len(victims)]
        done += moments.randint(5, 30)
        desks.wait_for(min(done, MOST - 10))
        victim.kill9()
        if victim is not deployment.processes["intake"]:  # the desks go on without it
            done += moments.randint(1, 10)
            desks.wait_for(min(done, MOST - 5))
        victim.start()
    numbers = desks.finish()
    each_once = dict.fromkeys(numbers, 1)
    assert len(each_once) == MOST
    wait_for_value(lambda: dict(cases(baitong)), each_once, 90, "each case once")
    wait_for_value(lambda: dict(orders_per_case(baitong)), each_once, 90, "one order a case")
    steps = {(number, step): 1 for number in numbers for step in STEPS}
    wait_for_value(lambda: dict(messages_per_step(baitong)), steps, 90, "one message a step")
    for name in deployment.processes:  # what was done is in the audit, and nothing is torn
        deployment.command("audit", "verify", name, service=name)
    print(  # shown with -rP
        f"{KILLS} kills, {desks.unknown} requests without an answer; {len(numbers)} cases, "
        f"{len(each_once)} orders, {len(steps)} messages: each once"
    )
