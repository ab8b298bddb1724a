"""RabbitMQ and PostgreSQL for tests: in Docker (testcontainers) or from the system's packages.

Both come behind one interface and keep their data and their address over `restart()` and over
`kill()` followed by `start()`. `BAITONG_TEST_BROKERS` forces `docker` or `local`; the default,
`auto`, takes Docker where it answers and has the images, and local packages otherwise.
"""

import abc
import json
import os
import secrets
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import psycopg
from amqp.exceptions import AMQPError
from kombu.connection import Connection
from psycopg import sql

from tests.support.ports import free_port
from tests.support.waiting import wait_until

USER = PASSWORD = "baitong"  # of throw-away brokers that listen on 127.0.0.1 only
RABBIT_IMAGE = "rabbitmq:4-management"
POSTGRES_IMAGE = "postgres:17"

Mode = Literal["docker", "local"]
DESCRIPTIONS: dict[Mode, str] = {
    "docker": "Brokers: Docker (testcontainers)",
    "local": "Brokers: local packages",
}
_STARTED_WITHIN = 120.0
_NOT_YET = (OSError, HTTPException, AMQPError, psycopg.OperationalError)


class Broker(abc.ABC):
    """A server that a test may stop, kill and start again; it is started by whoever first asks."""

    def __init__(self) -> None:
        self._running = False

    @abc.abstractmethod
    def _launch(self) -> None:
        """Start the server; the first time with fresh data, later with what is there."""

    @abc.abstractmethod
    def _halt(self) -> None:
        """Stop the server in an orderly way and return when it has ended."""

    @abc.abstractmethod
    def _slay(self) -> None:
        """End the server as SIGKILL does and return when it has ended."""

    @abc.abstractmethod
    def _remove(self) -> None:
        """Remove processes, containers and data."""

    @abc.abstractmethod
    def _check(self) -> bool:
        """Tell whether the server serves; may raise one of `_NOT_YET`."""

    def start(self) -> None:
        """Start, and return when the server serves. Does nothing where it runs."""
        if self._running:
            return
        self._launch()
        self._running = True
        what = f"{type(self).__name__} serves"
        wait_until(self._check, _STARTED_WITHIN, what, ignoring=_NOT_YET)

    def stop(self) -> None:
        """Stop in an orderly way, keeping data and address."""
        if self._running:
            self._halt()
            self._running = False

    def kill(self) -> None:
        """End it as a power cut would, keeping data and address."""
        if self._running:
            self._slay()
            self._running = False

    def restart(self) -> None:
        """Stop and start, keeping data and address."""
        self.stop()
        self.start()

    def close(self) -> None:
        """End it for good and leave nothing behind."""
        self._remove()
        self._running = False

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Rabbit(Broker):
    """A RabbitMQ broker with quorum queues and the management plugin."""

    def __init__(self, port: int, management_port: int) -> None:
        super().__init__()
        self.port = port
        self.management_port = management_port
        self.management_url = f"http://127.0.0.1:{management_port}"
        self.tls_port = free_port()  # where it has a TLS listener

    @property
    def amqp_url(self) -> str:
        """The address of the default vhost, as an administrator."""
        return self.url_of("/")

    def url_of(self, vhost: str, user: str = USER, password: str = PASSWORD) -> str:
        """Return the address of `vhost` for `user`."""
        name = quote(vhost, safe="")
        return f"amqp://{quote(user)}:{quote(password)}@127.0.0.1:{self.port}/{name}"

    def fresh_vhost(self) -> str:
        """Make an empty vhost and return its address."""
        self.start()
        name = f"test-{secrets.token_hex(6)}"
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.management("PUT", f"/api/vhosts/{name}")
        self.management("PUT", f"/api/permissions/{name}/{USER}", everything)
        return self.url_of(name)

    def kill(self) -> None:
        """End it as a power cut would, keeping data and address.

        RabbitMQ (3.10 and 4.0 alike) writes down a new quorum queue's existence up to some five
        seconds after declaring it; killed before, it does not bring the queue back. Rather than
        have every test let its queues grow old, have that directory written now. Messages are
        not helped by this: what was confirmed is in the write-ahead log already.
        """
        if self._running:
            self.rabbitmqctl("eval", "[dets:sync(Table) || Table <- dets:all()].")
        super().kill()

    def drop_vhost(self, amqp_url: str) -> None:
        """Remove a vhost with all that is in it. A broker that is down is left down."""
        if self._running:
            self.management("DELETE", f"/api/vhosts/{amqp_url.rpartition('/')[2]}")

    def management(self, method: str, path: str, body: Any = None) -> Any:
        """Call the management API; return the decoded answer, None where it is empty."""
        connection = HTTPConnection("127.0.0.1", self.management_port, timeout=30)
        try:
            connection.request(
                method,
                path,
                body=json.dumps({} if body is None else body),
                headers={"Content-Type": "application/json", "Authorization": _BASIC},
            )
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise HTTPException(f"{method} {path}: {response.status} {answer.decode()}")
        return json.loads(answer) if answer else None

    @abc.abstractmethod
    def rabbitmqctl(self, *args: str) -> str:
        """Run rabbitmqctl against this broker and return what it prints."""

    def _check(self) -> bool:
        with Connection(self.amqp_url, connect_timeout=5) as connection:  # type: ignore[no-untyped-call]
            connection.connect()
        return bool(self.management("GET", "/api/overview"))


class Postgres(Broker):
    """A PostgreSQL server."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def fresh_database(self, prefix: str = "test", template: str | None = None) -> str:
        """Make a database and return its SQLAlchemy address: empty, or as the one at `template`.

        Nobody may be connected to a template; PostgreSQL waits five seconds for who is leaving.
        """
        self.start()
        name = f"{prefix}_{secrets.token_hex(6)}"
        made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            made += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template.rpartition("/")[2]))
        self._run(made)
        return f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove a database, ending the connections to it."""
        self.start()
        name = sql.Identifier(url.rpartition("/")[2])
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._maintenance, autocommit=True) as connection:
            connection.execute(statement)

    @property
    def _maintenance(self) -> str:
        return (
            f"host=127.0.0.1 port={self.port} user={USER} password={PASSWORD} "
            "dbname=postgres connect_timeout=5"
        )

    def _check(self) -> bool:
        self._run(sql.SQL("SELECT 1"))
        return True


_BASIC = "Basic YmFpdG9uZzpiYWl0b25n"  # baitong:baitong


def choose(wanted: str | None = None) -> Mode:
    """Say where the brokers come from, following BAITONG_TEST_BROKERS."""
    wanted = wanted or os.environ.get("BAITONG_TEST_BROKERS") or "auto"
    if wanted == "docker":
        return "docker"
    if wanted == "local":
        return "local"
    if wanted != "auto":
        raise ValueError(f"BAITONG_TEST_BROKERS is {wanted!r}; it may be docker, local or auto")
    from tests.support import docker_brokers  # noqa: PLC0415 (loads Docker's client only here)

    return "docker" if docker_brokers.usable() else "local"


def make_rabbit(mode: Mode, certificates: Path | None = None) -> Rabbit:
    """Return a RabbitMQ of the chosen kind, not yet started.

    With a folder of certificates it has the TLS listener of deploy/rabbitmq/tls.conf as well.
    """
    if mode == "docker":
        from tests.support.docker_brokers import DockerRabbit  # noqa: PLC0415 (see choose)

        return DockerRabbit(certificates)
    from tests.support.local_brokers import LocalRabbit  # noqa: PLC0415 (see choose)

    return LocalRabbit(certificates)


def make_postgres(mode: Mode) -> Postgres:
    """Return a PostgreSQL of the chosen kind, not yet started."""
    if mode == "docker":
        from tests.support.docker_brokers import DockerPostgres  # noqa: PLC0415 (see choose)

        return DockerPostgres()
    from tests.support.local_brokers import LocalPostgres  # noqa: PLC0415 (see choose)

    return LocalPostgres()
