"""The operator's ``broker`` command against a district in a vhost of a test's RabbitMQ."""

import io
import os
import re
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest import mock
from urllib.parse import unquote, urlsplit

import amqp

from services.command import main
from shared.contracts import SERVICES
from tests.support.brokers import Rabbit

_PASSWORD = re.compile(r"^Password of (\S+): (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Office:
    """Runs the command as an operator does, and opens connections as anybody."""

    rabbit: Rabbit
    amqp_url: str

    def run(self, *args: str) -> Ended:
        """``python -m services broker …``: how it ended and what it printed."""
        out, err = io.StringIO(), io.StringIO()
        settings = mock.patch.dict(os.environ, self._settings())
        with settings, redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(["broker", *args])
            except SystemExit as refused:  # from argparse
                code = int(refused.code or 0)
        return Ended(code, out.getvalue(), err.getvalue())

    def do(self, *args: str) -> str:
        """The same, where it must succeed; what it printed."""
        ended = self.run(*args)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def passwords_from(self, printed: str) -> dict[str, str]:
        """The passwords that were printed, by account."""
        return dict(_PASSWORD.findall(printed))

    def url(self, user: str, password: str) -> str:
        """The broker's address for this account."""
        return self.rabbit.url_of(self.vhost, user, password)

    def connect(self, user: str, password: str) -> "closing[amqp.Connection]":
        """A connection of this account, closed at the end.

        Raises:
            amqp.AccessRefused: the password is wrong.
        """
        connection = amqp.Connection(
            f"127.0.0.1:{self.rabbit.port}",
            userid=user,
            password=password,
            virtual_host=self.vhost,
            connect_timeout=30,
            confirm_publish=True,
        )
        connection.connect()
        return closing(connection)

    @property
    def vhost(self) -> str:
        """The district's own."""
        return unquote(urlsplit(self.amqp_url).path[1:])

    def remove_users(self) -> None:
        """Delete every account but the administrator's: users are not a vhost's."""
        for user in self.rabbit.management("GET", "/api/users"):
            if "administrator" not in user["tags"]:
                self.rabbit.management("DELETE", f"/api/users/{user['name']}")

    def _settings(self) -> dict[str, str]:
        passwords = {f"{name.upper()}_AMQP_PASSWORD": own_password(name) for name in SERVICES}
        return {
            "AMQP_URL": self.amqp_url,
            "MANAGEMENT_URL": self.rabbit.management_url,
            **passwords,
        }


def own_password(service: str) -> str:
    """What a service's account has in these tests."""
    return f"{service}-of-a-test"
