"""The two systems that are measured: Baitong, and the plain version beside it.

Each gets a fresh vhost and fresh databases, and is started as two processes of its own.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from bench.matters import COMMUNITY, DEPARTMENT
from tests.support.brokers import Postgres, Rabbit
from tests.support.keys import DATA_KEYS
from tests.support.ports import free_port
from tests.support.processes import ROOT, ServiceProcess

QUEUE = f"department.{DEPARTMENT}"
_USER = "bench"


@dataclass(frozen=True)
class System:
    """One that runs.

    Attributes:
        address: where intake takes HTTP.
        headers: lines that each request carries.
        amqp_url: its vhost, in which ``QUEUE`` is the department's.
        processes: name -> process id, to look at the processor time.
    """

    name: str
    address: tuple[str, int]
    headers: tuple[str, ...]
    amqp_url: str
    processes: Mapping[str, int]


@contextmanager
def baitong(rabbit: Rabbit, postgres: Postgres) -> Iterator[System]:
    """Baitong as docker compose starts it: migrated, an account added, two services serving."""
    password, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
    amqp_url = rabbit.fresh_vhost()
    settings = {
        service: {
            "AMQP_URL": amqp_url,
            "DATABASE_URL": postgres.fresh_database(f"bench_{service}"),
            "HTTP_ADDRESS": f"127.0.0.1:{free_port()}",
            "SECRET_KEY": secret,
            "DATA_KEYS": DATA_KEYS,
        }
        for service in ("intake", "routing")
    }
    for service, env in settings.items():
        _command(["migrate", service], env)
    who = ["--name", "压测员", "--role", "desk", "--community", COMMUNITY]
    _command(
        ["account", "add", _USER, *who, "--password-stdin", "--keep-password"],
        settings["intake"],
        password,
    )
    with ExitStack() as running:
        pids = {
            service: running.enter_context(
                ServiceProcess(
                    ["services", "serve", service],
                    env,
                    ready_url=f"http://{env['HTTP_ADDRESS']}/healthz",
                )
            ).pid
            for service, env in settings.items()
        }
        address = _address(settings["intake"])
        token = _sign_in(address, password)
        yield System("baitong", address, (f"Authorization: Bearer {token}",), amqp_url, pids)


@contextmanager
def plain(rabbit: Rabbit, postgres: Postgres) -> Iterator[System]:
    """The plain version, with the department's queue bound as its operator would bind it."""
    amqp_url = rabbit.fresh_vhost()
    _bind_department(amqp_url)
    with ExitStack() as running:
        settings, pids = {}, {}
        for service in ("intake", "routing"):
            settings[service] = env = {
                "AMQP_URL": amqp_url,
                "DATABASE_URL": postgres.fresh_database(f"bench_plain_{service}"),
                "HTTP_ADDRESS": f"127.0.0.1:{free_port()}",
            }
            process = ServiceProcess(["bench.plain", service], env, ready_line="is ready")
            pids[service] = running.enter_context(process).pid
        yield System("plain", _address(settings["intake"]), (), amqp_url, pids)


SYSTEMS = {"baitong": baitong, "plain": plain}


def _address(settings: Mapping[str, str]) -> tuple[str, int]:
    host, _, port = settings["HTTP_ADDRESS"].partition(":")
    return host, int(port)


def _command(arguments: list[str], settings: Mapping[str, str], text: str = "") -> None:
    command = [sys.executable, "-m", "services", *arguments]
    env = {**os.environ, **settings}
    done = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, env=env, input=text, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def _sign_in(address: tuple[str, int], password: str) -> str:
    connection = HTTPConnection(*address, timeout=10)
    body = json.dumps({"username": _USER, "password": password})
    connection.request("POST", "/api/intake/session", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    if answer.status not in (200, 201):
        raise SystemExit(f"signing in failed: {answer.status} {said}")
    return str(json.loads(said)["token"])


def _bind_department(amqp_url: str) -> None:
    exchange = Exchange("plain_routing.events", "topic", durable=True)  # as nameko declares it
    with Connection(amqp_url) as connection:
        channel = connection.default_channel
        key = f"order.dispatched.{DEPARTMENT}"
        Queue(QUEUE, exchange, routing_key=key, durable=True)(channel).declare()
