"""The ten lines of docs/departments.md, from the desk to the resident's result, on real parts."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.e2e.steps import NOISE, case_in, told
from tests.support.deployed import Deployment
from tests.unit.routing.doc_examples import examples

PROGRAMS = examples("python")
RESULT = "已约谈店主,二十二点后停用音响。"


@pytest.fixture
def deployment(amqp_url, postgres):
    deployment = Deployment(amqp_url, postgres, ("intake", "routing"))
    try:
        deployment.start()
        yield deployment
    finally:
        deployment.close()


@pytest.fixture
def department_url(rabbit, amqp_url, deployment):
    """The account that docs/operations.md gives the system of department ga."""
    user, password = "dept-ga", secrets.token_hex(16)
    vhost = urlsplit(amqp_url).path.lstrip("/")
    rights = {"configure": "^$", "write": r"^department\.replies$", "read": r"^department\.ga$"}
    keys = {"exchange": "department.replies", "write": r"^reply\.[a-z_]+\.ga$", "read": "^$"}
    rabbit.management("PUT", f"/api/users/{user}", {"password": password, "tags": ""})
    rabbit.management("PUT", f"/api/permissions/{vhost}/{user}", rights)
    rabbit.management("PUT", f"/api/topic-permissions/{vhost}/{user}", keys)
    yield rabbit.url_of(vhost, user, password)
    rabbit.management("DELETE", f"/api/users/{user}")


def test_the_document_has_both_programs_in_about_ten_lines():
    assert set(PROGRAMS) == {"pika", "kombu"}
    assert all(text.count("\n") <= 14 for text in PROGRAMS.values())
    assert all("services" not in text and "shared" not in text for text in PROGRAMS.values())


def test_a_departments_own_program_resolves_the_case(deployment, department_url):
    desk = deployment.baitong.person("desk")
    for name, text in PROGRAMS.items():
        number = desk.accept(**NOISE)["number"]
        desk.act(number, "transfer", department="ga", reason="超出社区职责")
        with _running(text, department_url):
            case = case_in(desk, number, "resolved")
        assert (case["result"], case["resolved_by"]) == (RESULT, "公安"), name
        actions = told(desk, number, "order.dispatched", "order.completed", "answered")
        assert actions.count("order.completed") == 1


@contextmanager
def _running(text: str, url: str) -> Iterator[None]:
    """The program, as a department would start it: knowing only the address."""
    command = [sys.executable, "-W", "ignore", "-c", text]
    with subprocess.Popen(command, env=os.environ | {"AMQP_URL": url}) as program:
        try:
            yield
        finally:
            program.kill()
