"""The programs of docs/departments.md, from the desk to the resident's result, on real parts.

Each department is onboarded by the one command, with an account or a secret of its own. The same
against compose: tests/e2e/test_departments.py.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.e2e.steps import NOISE, case_in, told
from tests.support.department_programs import (
    AMQP,
    RESULT,
    need_node,
    password_in,
    running,
    secret_in,
    shell,
    text_for,
)
from tests.support.deployed import COMMUNITY, PASSWORD, Deployment
from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.waiting import wait_until
from tests.unit.routing.doc_examples import examples

Onboard = Callable[..., str]


@pytest.fixture(scope="module")
def amqp_url(rabbit):
    url = rabbit.fresh_vhost()
    yield url
    rabbit.drop_vhost(url)


@pytest.fixture(scope="module")
def deployment(amqp_url, postgres):
    deployment = Deployment(amqp_url, postgres, ("intake", "routing"))
    try:
        deployment.start()
        deployment.add_account("dept-ga", "--role", "department", "--department", "ga")
        yield deployment
    finally:
        deployment.close()


@pytest.fixture(scope="module")
def address_of(rabbit, amqp_url) -> Callable[[str, str], str]:
    """The address of a department's account, with its password."""
    vhost = urlsplit(amqp_url).path.lstrip("/")
    return lambda code, password: rabbit.url_of(vhost, f"dept-{code}", password)


@pytest.fixture(scope="module")
def department(rabbit, deployment) -> Onboard:
    """`python -m services department …` and what it prints, as an administrator of the broker."""
    env = deployment.processes["routing"].env | {"MANAGEMENT_URL": rabbit.management_url}

    def command(*words: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "services", "department", *words],
            env=env,
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return command


def transferred(deployment, code: str, **more: object) -> str:
    """A complaint that was transferred to the department: the case's number."""
    desk = deployment.baitong.person("desk")
    number = desk.accept(**NOISE | more)["number"]
    desk.act(number, "transfer", department=code, reason="超出社区职责")
    return number


def order_of(deployment, number: str) -> dict[str, object]:
    supervisor = deployment.baitong.person("supervisor")
    return wait_until(lambda: supervisor.orders_of(number), what=f"an order of {number}")[0]


def test_the_document_has_every_kind_of_program():
    assert set(examples("python")) == {"pika", "kombu", "nameko", "receiver"}
    assert set(examples("js")) == {"node"}
    assert set(examples("sh")) == {"curl", "webhook"}
    for kind in ("python", "js", "sh"):
        for text in examples(kind).values():
            assert text.count("\n") <= 26
            assert "services" not in text
            assert "shared" not in text


@pytest.mark.parametrize("name", AMQP)
def test_a_departments_own_program_resolves_the_case(
    address_of, deployment, department, tmp_path, name
):
    if name == "node":
        need_node()
    code = AMQP[name][1]
    url = address_of(code, password_in(department("onboard", code, "--channel", "amqp")))
    number = transferred(deployment, code)
    desk = deployment.baitong.person("desk")
    with running(name, url, tmp_path):
        case = case_in(desk, number, "resolved")
        department("test", code)
    assert case["result"] == RESULT
    actions = told(desk, number, "order.dispatched", "order.completed", "answered")
    assert actions.count("order.completed") == 1


def test_webhooks_both_ways(deployment, department, tmp_path):
    port = free_port()
    out = department("onboard", "ga", "--channel", "webhook", "--url", f"http://127.0.0.1:{port}/")
    secret = secret_in(out)
    env = os.environ | {"WEBHOOK_SECRET": secret, "PORT": str(port)}
    log = tmp_path / "received"
    with log.open("w") as file:
        receiver = subprocess.Popen(
            [sys.executable, "-c", text_for("python", "receiver", "ga")], env=env, stdout=file
        )
    try:
        number = transferred(deployment, "ga")
        order = str(order_of(deployment, number)["number"])
        line = f"cn.baitong.order.dispatched.v1 {order}"
        wait_until(lambda: line in log.read_text(), what="the receiver has the order")
    finally:
        receiver.kill()
        receiver.wait()
    said = shell(
        "webhook",
        "ga",
        ORDER=order,
        WEBHOOK_SECRET=secret,
        BAITONG_URL=deployment.baitong.services["routing"],
    )
    assert '"applied":true' in said.replace(" ", "")
    assert order_of(deployment, number)["state"] == "signed"
    department("offboard", "ga")


def test_from_a_shell_over_http(deployment):
    number = transferred(deployment, "ga")
    order = str(order_of(deployment, number)["number"])
    services = deployment.baitong.services
    text = text_for("sh", "curl", "ga").replace("$BAITONG_URL/api/intake", "$INTAKE_URL/api/intake")
    env = {
        "INTAKE_URL": services["intake"],
        "BAITONG_URL": services["routing"],
        "BAITONG_USER": "dept-ga",
        "BAITONG_PASSWORD": PASSWORD,
        "ORDER": order,
        "no_proxy": "*",
    }
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        env=os.environ | env,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert order in ended.stdout
    case = case_in(deployment.baitong.person("desk"), number, "resolved")
    assert case["result"] == RESULT
    assert COMMUNITY in case["community"]["code"]


def test_the_age_of_what_waits_in_a_queue_is_shown(deployment, department):
    department("onboard", "zj", "--channel", "amqp")
    for n in range(3):
        # Three residents: one who came again would be pressed for, and the queue hold that too.
        neighbour = {"name": "周敏", "phone": f"1380561010{n}"}
        transferred(deployment, "zj", applicant=neighbour)
    supervisor = deployment.baitong.person("supervisor")

    def seen() -> dict[str, object] | None:
        items = supervisor.get("/api/routing/channels")["items"]
        found = next(one for one in items if one["department"] == "zj")
        return found if found["depth"] == 3 else None

    found = wait_until(seen, 60, what="the depth of the queue of zj")
    assert (found["waiting"], found["lamp"]["level"]) == (3, "green")
    assert found["oldest_since"] is not None
