"""Data keys are changed while the deployed form is at work; a rotation is killed; all is kept."""

import subprocess

import pytest

from tests.support.clients import STEPS, Desks, cases, messages_per_step, orders_per_case
from tests.support.deployed import Deployment
from tests.support.keys import DATA_KEYS, rested
from tests.support.waiting import wait_for_value

MOST = 45
SERVICES = ("intake", "routing", "notify")


@pytest.fixture
def deployment(amqp_url, postgres, tmp_path):
    """Each service has a key file of its own, as compose gives it."""
    deployment = Deployment(amqp_url, postgres, SERVICES)
    for name, process in deployment.processes.items():
        keys = tmp_path / f"{name}.keys"
        keys.write_text(DATA_KEYS, encoding="utf-8")
        del process.env["DATA_KEYS"]
        process.env["DATA_KEYS_FILE"] = str(keys)
    yield deployment
    deployment.close()


def test_keys_change_under_load_and_nothing_is_lost(deployment, tmp_path):
    old = DATA_KEYS.split()[0]
    deployment.start()
    baitong = deployment.baitong
    desks = Desks(baitong, most=MOST)
    desks.start()
    desks.wait_for(MOST // 3)
    for name in SERVICES:
        deployment.command("keys", "new", service=name)
    desks.wait_for(MOST // 3 + 5)
    _killed_rotation(deployment)
    for name in SERVICES:
        _rotate_until_done(deployment, name)
    numbers = desks.finish()
    each_once = dict.fromkeys(numbers, 1)
    assert len(each_once) == MOST
    assert dict(cases(baitong)) == each_once
    wait_for_value(lambda: dict(orders_per_case(baitong)), each_once, 90, "one order a case")
    steps = {(number, step): 1 for number in numbers for step in STEPS}
    wait_for_value(lambda: dict(messages_per_step(baitong)), steps, 90, "one message a step")
    for name in SERVICES:
        _rotate_until_done(deployment, name)
        rested(tmp_path / f"{name}.keys")
        deployment.command("keys", "drop", old, name, service=name)
        assert old not in (tmp_path / f"{name}.keys").read_text(encoding="utf-8")
        deployment.command("audit", "verify", name, service=name)
        deployment.processes[name].restart()
    assert dict(cases(baitong)) == each_once  # read with the new keys alone


def _killed_rotation(deployment):
    """One that ends in the middle leaves nothing that the next one cannot finish."""
    process = deployment.processes["intake"]
    args = [*process.args[:2], "services", "keys", "rotate", "intake"]
    rotating = subprocess.Popen(args, env=process.env, stdout=subprocess.PIPE, text=True)
    rotating.stdout.readline()  # it has begun
    rotating.kill()
    rotating.communicate()


def _rotate_until_done(deployment, name):
    wait_for_value(lambda: _rotation(deployment, name), 0, 180, f"{name}: all is under the new key")


def _rotation(deployment, name):
    process = deployment.processes[name]
    args = [*process.args[:2], "services", "keys", "rotate", name]
    return subprocess.run(args, env=process.env, capture_output=True, check=False).returncode
