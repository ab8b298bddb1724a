"""The examples of docs/departments.md against a running district; against compose all of them.

Each department is onboarded by the operator's one command and has an account, or a secret, of its
own. Against the embedded run, which no AMQP client reaches, those over HTTP.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.steps import NOISE, case_in, order_in, told
from tests.support.compose_broker import operator, way_in
from tests.support.department_programs import (
    AMQP,
    RESULT,
    need_node,
    password_in,
    running,
    shell,
)
from tests.support.waiting import wait_until
from tools.client import Baitong, Person

IN_COMPOSE = pytest.mark.skipif(
    not os.environ.get("BAITONG_URL"), reason="the embedded run's bus is inside its process"
)


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """``host:port`` by which departments reach the broker."""
    with way_in() as address:
        yield address


@pytest.fixture
def queue_account(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A department that was onboarded by amqp: its code, and its account's password."""
    code = AMQP[request.param][1]
    printed = operator("deploy/department.sh", "onboard", code, "--channel", "amqp")
    try:
        yield request.param, password_in(printed)
    finally:
        operator("deploy/department.sh", "offboard", code)
        operator("deploy/department-account.sh", "remove", code)


def transferred(desk: Person, code: str) -> str:
    """The number of a case that was transferred to the department."""
    case: dict[str, Any] = desk.accept(**NOISE)
    desk.act(case["number"], "transfer", department=code, reason="超出社区职责")
    return str(case["number"])


@IN_COMPOSE
@pytest.mark.parametrize("queue_account", AMQP, indirect=True)
def test_a_departments_own_program_resolves_the_case(desk, broker, queue_account, tmp_path):
    name, password = queue_account
    if name == "node":
        need_node()
    code = AMQP[name][1]
    number = transferred(desk, code)
    with running(name, f"amqp://dept-{code}:{password}@{broker}/", tmp_path):
        case = case_in(desk, number, "resolved")
    assert case["result"] == RESULT
    assert told(desk, number, "order.completed").count("order.completed") == 1


def test_a_signed_webhook_from_a_shell(baitong: Baitong, desk: Person, supervisor, admin):
    address = {"kind": "webhook", "address": "https://127.0.0.1:9/nobody-there"}
    secret = admin.post("/api/routing/channels/rs", address)["secret"]
    number = transferred(desk, "rs")
    order = wait_until(lambda: supervisor.orders_of(number), what=f"an order of {number}")[0]
    said = shell(
        "webhook", "rs", ORDER=order["number"], WEBHOOK_SECRET=secret, BAITONG_URL=baitong.url
    )
    assert '"applied":true' in said.replace(" ", "")
    assert order_in(supervisor, order["number"], "signed")
    items = supervisor.get("/api/routing/channels")["items"]
    waits = next(one for one in items if one["department"] == "rs")
    assert waits["waiting"] + waits["failed"] >= 1, "nobody is there to take it"
    admin.post("/api/routing/channels/rs/offboard", {})


def test_over_http_from_a_shell(baitong: Baitong, desk: Person, police: Person):
    number = transferred(desk, "ga")
    order = wait_until(lambda: police.orders_of(number), what=f"an order of {number}")[0]
    said = shell(
        "curl",
        "ga",
        ORDER=order["number"],
        BAITONG_URL=baitong.url,
        BAITONG_USER="dept-ga",
        BAITONG_PASSWORD=baitong.password,
    )
    assert order["number"] in said
    assert case_in(desk, number, "resolved")["result"] == RESULT
