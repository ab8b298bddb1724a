"""Connections that lead only where a webhook may: the address is looked up once and checked.

Checking when the channel is onboarded is not enough, since a name may lead elsewhere later; nor is
checking before connecting, if connecting looks the name up again.
"""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

from services.routing.channels.destinations import Network, forbidden

Resolve = Callable[[str, int], list[str]]
"""Host and port -> every address of it; raises gaierror."""


class ForbiddenAddress(Exception):
    """A name leads where nothing may be sent."""


def resolve(host: str, port: int) -> list[str]:
    """Ask the system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class CheckedAdapter(HTTPAdapter):
    """Requests' own, with such connections."""

    def __init__(self, inside: tuple[Network, ...], look_up: Resolve = resolve) -> None:
        self._pools = _pools(inside, look_up)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As it is made, but for the classes of its connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _pools(inside: tuple[Network, ...], look_up: Resolve) -> dict[str, Any]:
    class Checked(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            """Connect to an address that was checked, and not to what the name means by then."""
            name, broken = self._dns_host, None
            for address in _checked(self, inside, look_up):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except NewConnectionError as error:
                    broken = error
                finally:
                    self._dns_host = name  # the certificate has to be the name's
            raise broken or NewConnectionError(self, "no address")

    class CheckedTls(Checked, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Checked

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = CheckedTls

    return {"http": Pool, "https": TlsPool}


def _checked(
    connection: HTTPConnection, inside: tuple[Network, ...], look_up: Resolve
) -> list[str]:
    """Every address of the host; one that is forbidden forbids all of them."""
    try:
        found = look_up(connection.host, connection.port)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(connection.host, connection, socket.gaierror()) from error
    if any(forbidden(ipaddress.ip_address(one), inside) for one in found):
        raise ForbiddenAddress(connection.host)
    return found
