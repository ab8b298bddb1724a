"""RabbitMQ and PostgreSQL in containers, through testcontainers."""

import os
import socket
from pathlib import Path
from typing import Any

import yaml

# Read by testcontainers when it is imported. Its helper container "ryuk" would have to be pulled;
# our fixtures remove what they start. The ports we publish are on this host.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]
from testcontainers.core.container import DockerContainer

from tests.support.brokers import PASSWORD, POSTGRES_IMAGE, RABBIT_IMAGE, USER, Postgres, Rabbit
from tests.support.ports import free_port
from tests.support.processes import ROOT

_STOP_WITHIN = 60  # seconds before Docker turns a stop into a kill


def usable() -> bool:
    """Tell whether Docker answers and has, or can pull, the images."""
    if not _listens():
        return False
    try:
        client = docker.from_env()
    except DockerException:
        return False
    try:
        client.ping()
        for image in (RABBIT_IMAGE, POSTGRES_IMAGE):
            try:
                client.images.get(image)
            except ImageNotFound:
                client.images.pull(image)
    except (DockerException, OSError):
        return False
    finally:
        client.close()
    return True


def _listens() -> bool:
    """Tell whether we may speak to Docker's socket (its client leaks a socket finding out)."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(host.removeprefix("unix://"))
        except OSError:
            return False
    return True


class Container:
    """One container with fixed ports on 127.0.0.1, so that a restart keeps the address."""

    def __init__(self, image: str, ports: dict[int, int], **options: Any) -> None:
        self._container = DockerContainer(image, **options)
        self._created = False
        bindings: dict[str, Any] = self._container.ports
        for inside, outside in ports.items():
            # with_bind_ports() knows no host address; Docker's own form of a binding does
            bindings[f"{inside}/tcp"] = ("127.0.0.1", outside)

    def say(self, **environment: str) -> None:
        """Give it these variables; before the first start."""
        for name, value in environment.items():
            self._container.with_env(name, value)

    def start(self) -> None:
        """Start; the first time it is made."""
        if self._created:
            self._container.get_wrapped_container().start()
        else:
            self._created = True
            self._container.start()

    def stop(self) -> None:
        """Stop in an orderly way."""
        self._container.get_wrapped_container().stop(timeout=_STOP_WITHIN)

    def kill(self) -> None:
        """End it as SIGKILL does."""
        wrapped = self._container.get_wrapped_container()
        wrapped.kill()
        wrapped.wait()

    def remove(self) -> None:
        """Leave nothing of it."""
        self._container.stop(force=True, delete_volume=True)

    def execute(self, *args: str) -> str:
        """Run a program inside and return what it prints."""
        code, output = self._container.get_wrapped_container().exec_run(list(args))
        text: str = output.decode()
        if code != 0:
            raise RuntimeError(f"{' '.join(args)} ended with {code}: {text}")
        return text


class DockerRabbit(Rabbit):
    """RabbitMQ in a container."""

    def __init__(self, certificates: Path | None = None) -> None:
        super().__init__(free_port(), free_port())
        self._container = Container(
            RABBIT_IMAGE,
            {5672: self.port, 15672: self.management_port, 5671: self.tls_port},
            env={"RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": PASSWORD},
            hostname="rabbit",  # part of the node's name, under which its data is kept
            **(_as_deployed(certificates) if certificates else {}),
        )

    def rabbitmqctl(self, *args: str) -> str:
        """Run rabbitmqctl in the container, as the user the broker runs as."""
        return self._container.execute("rabbitmqctl", *args)

    def _launch(self) -> None:
        self._container.start()

    def _halt(self) -> None:
        self._container.stop()

    def _slay(self) -> None:
        self._container.kill()

    def _remove(self) -> None:
        self._container.remove()


def _as_deployed(certificates: Path) -> dict[str, Any]:
    """What deploy/tls.yml adds to RabbitMQ."""
    service = yaml.safe_load((ROOT / "deploy/tls.yml").read_text())["services"]["rabbitmq"]
    conf = (str(ROOT / "deploy/rabbitmq/tls.conf"), "/etc/rabbitmq/conf.d/20-tls.conf", "ro")
    return {
        "command": [part.replace("$$", "$") for part in service["command"]],
        "volumes": [conf, (str(certificates), "/certificates", "ro")],
    }


class DockerPostgres(Postgres):
    """PostgreSQL in a container."""

    def __init__(self) -> None:
        super().__init__(free_port())
        self._container = Container(
            POSTGRES_IMAGE,
            {5432: self.port},
            env={"POSTGRES_USER": USER, "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "postgres"},
            command="postgres -c max_connections=300",
        )

    def _launch(self) -> None:
        self._container.start()

    def _halt(self) -> None:
        self._container.stop()

    def _slay(self) -> None:
        self._container.kill()

    def _remove(self) -> None:
        self._container.remove()
