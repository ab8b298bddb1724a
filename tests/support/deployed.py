"""The deployed form without compose: each service a process, on RabbitMQ and PostgreSQL."""

import secrets
import subprocess
import sys
from collections.abc import Iterable

from tests.support.brokers import Postgres
from tests.support.keys import DATA_KEYS
from tests.support.ports import free_port
from tests.support.processes import ROOT, ServiceProcess
from tools.client import Baitong

PASSWORD = "deployed-in-a-test"
COMMUNITY = "340603002001"
ACCOUNTS = {
    "desk": ("--role", "desk", "--community", COMMUNITY),
    "supervisor": ("--role", "supervisor"),
    "admin": ("--role", "admin"),
}


class Deployment:
    """Some of the four services, migrated and ready to be started."""

    def __init__(self, amqp_url: str, postgres: Postgres, names: Iterable[str]) -> None:
        self._postgres = postgres
        self._shared = {
            "AMQP_URL": amqp_url,
            "SECRET_KEY": secrets.token_urlsafe(32),
            "DATA_KEYS": DATA_KEYS,
        }
        self.databases = {name: postgres.fresh_database(name) for name in names}
        ports = {name: free_port() for name in self.databases}
        addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        self.baitong = Baitong(addresses["intake"], PASSWORD, addresses)
        self.processes = {name: self._process(name, port) for name, port in ports.items()}

    def start(self) -> None:
        """Bring the databases up to date, make accounts, serve."""
        for name in self.processes:
            self.command("migrate", name, service=name)
        for username, role in ACCOUNTS.items():
            self.add_account(username, *role)
        for process in self.processes.values():
            process.launch()
        for process in self.processes.values():
            process.wait_ready()

    def add_account(self, username: str, *role: str) -> None:
        """An account with the deployment's one password."""
        asked = (
            "account",
            "add",
            username,
            "--name",
            username,
            *role,
            "--password-stdin",
            "--keep-password",
        )
        self.command(*asked, service="intake", given=PASSWORD)

    def command(self, *args: str, service: str, given: str = "") -> None:
        """One of the operator's commands, as a container would run it."""
        ended = subprocess.run(
            [sys.executable, "-m", "services", *args],
            env=self.processes[service].env,
            cwd=ROOT,
            input=given,
            text=True,
            check=False,
            capture_output=True,
        )
        if ended.returncode:
            raise AssertionError(f"{args} ended with {ended.returncode}: {ended.stderr}")

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
