"""The deployed form without compose: each service a process, on RabbitMQ and PostgreSQL."""

import functools
import secrets
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from tests.support.brokers import Postgres
from tests.support.keys import DATA_KEYS
from tests.support.ports import free_port
from tests.support.processes import ROOT, ServiceProcess
from tools.client import Baitong

PASSWORD = "deployed-in-a-test"
COMMUNITY = "340603002001"
ACCOUNTS = {
    "desk": ("--role", "desk", "--community", COMMUNITY),
    "grid": ("--role", "grid", "--community", COMMUNITY),
    "supervisor": ("--role", "supervisor"),
    "admin": ("--role", "admin"),
}


class Deployment:
    """Some of the four services, migrated, with accounts, and ready to be started."""

    def __init__(self, amqp_url: str, postgres: Postgres, names: Iterable[str]) -> None:
        self._postgres = postgres
        self._shared = _settings(amqp_url)
        self.databases = _databases(postgres, tuple(names))
        ports = {name: free_port() for name in self.databases}
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.baitong = Baitong(addresses["intake"], PASSWORD, addresses)
        self.processes = {name: self._process(name, port) for name, port in ports.items()}

    def start(self) -> None:
        """Serve, all at once."""
        for process in self.processes.values():
            process.launch()
        for process in self.processes.values():
            process.wait_ready()

    def add_account(self, username: str, *role: str) -> None:
        """An account with the deployment's one password."""
        _add_account(self.processes["intake"].env, username, *role)

    def command(self, *args: str, service: str) -> None:
        """One of the operator's commands, as a container would run it."""
        _command(self.processes[service].env, *args)

    def close(self) -> None:
        """End what runs and leave no database behind."""
        for process in self.processes.values():
            if process.running:
                process.kill9()
        for url in self.databases.values():
            self._postgres.drop_database(url)

    def _process(self, name: str, port: int) -> ServiceProcess:
        env = {"DATABASE_URL": self.databases[name], "HTTP_ADDRESS": f"127.0.0.1:{port}"}
        ready = f"http://127.0.0.1:{port}/healthz"
        return ServiceProcess(["services", "serve", name], self._shared | env, ready_url=ready)


def _settings(amqp_url: str) -> dict[str, str]:
    return {
        "AMQP_URL": amqp_url,
        "SECRET_KEY": secrets.token_urlsafe(32),
        "DATA_KEYS": DATA_KEYS,
        "WEBHOOK_NETWORKS": "127.0.0.0/8,::1/128",  # where the tests' departments listen
    }


def _databases(postgres: Postgres, names: tuple[str, ...]) -> dict[str, str]:
    """A migrated database for each of the services."""
    with ThreadPoolExecutor() as pool:
        templates = list(pool.map(functools.partial(_template, postgres), names))
    return {
        name: postgres.fresh_database(name, template)
        for name, template in zip(names, templates, strict=True)
    }


@functools.cache
def _template(postgres: Postgres, service: str) -> str:
    """Brought up to date, and given accounts, by the operator's own commands: once a server."""
    url = postgres.fresh_database(f"{service}_template")
    settings = _settings("amqp://nobody.asks") | {"DATABASE_URL": url}
    env = ServiceProcess(["services", "migrate", service], settings).env
    _command(env, "migrate", service)
    if service == "intake":
        for username, role in ACCOUNTS.items():
            _add_account(env, username, *role)
    return url


def _add_account(env: Mapping[str, str], username: str, *role: str) -> None:
    who = ("account", "add", username, "--name", username, *role)
    _command(env, *who, "--password-stdin", "--keep-password", given=PASSWORD)


def _command(env: Mapping[str, str], *args: str, given: str = "") -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services", *args],
        env=env,
        cwd=ROOT,
        input=given,
        text=True,
        check=False,
        capture_output=True,
    )
    if ended.returncode:
        raise AssertionError(f"{args} ended with {ended.returncode}: {ended.stderr}")
