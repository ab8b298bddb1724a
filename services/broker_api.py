"""RabbitMQ's management API: the few calls that accounts need (why not rabbitmqctl: docs/adr)."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests

from services.broker_rights import NOTHING, Rights

PATIENCE = 10.0
"""Seconds to wait for an answer."""
PORT = 15672
_NOT_THERE = 404


class BrokerRefused(RuntimeError):
    """The management API cannot be reached or does not do what it was asked. The text says why."""


@dataclass(frozen=True)
class User:
    """An account of the broker, and how many connections it has open now."""

    name: str
    connections: int


class Management:
    """The management API of the broker at ``amqp_url``, as that address's user, an administrator.

    Args:
        amqp_url: user, password and vhost.
        url: where the API is; by default port 15672 of the same host.
    """

    def __init__(self, amqp_url: str, url: str = "") -> None:
        parts = urlsplit(amqp_url)
        self.url = (url or f"http://{parts.hostname}:{PORT}").rstrip("/")
        self.vhost = unquote(parts.path[1:]) or "/"
        self._session = requests.Session()
        self._session.trust_env = False  # the broker is inside; a proxy for the outside is not
        self._session.auth = (unquote(parts.username or ""), unquote(parts.password or ""))

    def users(self) -> list[str]:
        """The names of all accounts."""
        return sorted(user["name"] for user in self._ask("GET", "users"))

    def connections(self, user: str) -> int:
        """How many connections it has open."""
        return len(self._ask("GET", "connections", "username", user))

    def set_user(self, user: str, password: str, rights: Rights) -> None:
        """Make an account, or give it this password and these rights alone; nothing else stays."""
        self._ask("PUT", "users", user, {"password_hash": hashed(password), "tags": ""})
        self.set_rights(user, rights)

    def set_rights(self, user: str, rights: Rights) -> None:
        """Give an account these rights."""
        allowed = {"configure": rights.configure, "write": rights.write, "read": rights.read}
        self._ask("PUT", "permissions", self.vhost, user, allowed)
        for exchange, pattern in rights.keys.items():
            keys = {"exchange": exchange, "write": pattern, "read": NOTHING}
            self._ask("PUT", "topic-permissions", self.vhost, user, keys)
        for limit, value in rights.limits.items():
            self._ask("PUT", "user-limits", user, limit, {"value": value})

    def disconnect(self, user: str) -> None:
        """Close its connections: the broker itself lets them live on after a change of password."""
        self._ask("DELETE", "connections", "username", user)

    def remove(self, user: str) -> None:
        """Delete an account; the broker closes its connections."""
        self._ask("DELETE", "users", user)

    def _ask(self, method: str, *path: str | dict[str, Any]) -> Any:
        body = path[-1] if isinstance(path[-1], dict) else None
        words = [quote(word, safe="") for word in path if isinstance(word, str)]
        address = "/".join((self.url, "api", *words))
        try:
            answer = self._session.request(
                method, address, json=body, timeout=PATIENCE, allow_redirects=False
            )
        except requests.RequestException as error:
            raise BrokerRefused(
                f"MANAGEMENT_URL: the management API of RabbitMQ cannot be reached at {self.url}: "
                f"{error}. Is the plugin rabbitmq_management enabled, and the address right?"
            ) from error
        if answer.status_code == _NOT_THERE and method == "DELETE":
            return None
        if not answer.ok or answer.is_redirect:
            raise BrokerRefused(
                f"{method} {address}: {answer.status_code} {answer.text[:200]}. "
                "AMQP_URL must name an administrator of RabbitMQ."
            )
        return answer.json() if answer.content else None


def hashed(password: str) -> str:
    """RabbitMQ's salted SHA-256: the broker and its log see the password only in this form."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
