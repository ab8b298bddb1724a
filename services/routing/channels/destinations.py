"""Where a webhook may lead: to departments' systems, and not into this deployment's own network.

A private address is a department's where the operator names its network (WEBHOOK_NETWORKS); in a
trial every one is. What belongs to the machine or its cloud is nobody's, whatever is named.
"""

import ipaddress
import socket

from shared.config import BadSetting, Settings

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
VARIABLE = "WEBHOOK_NETWORKS"
_EVERYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
_OF_CLOUDS = frozenset(
    ipaddress.ip_address(one)
    for one in ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds tell a machine its keys, beside the link-local 169.254.169.254."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def networks_of(settings: Settings) -> tuple[Network, ...]:
    """The networks inside which departments' systems stand.

    Raises:
        BadSetting: WEBHOOK_NETWORKS.
    """
    if settings.embedded:
        return _EVERYWHERE
    given = settings.channels.get(VARIABLE, "").replace(",", " ").split()
    try:
        return tuple(ipaddress.ip_network(one) for one in given)
    except ValueError as error:
        raise BadSetting(f"{VARIABLE}: {error}. Write it like 10.3.0.0/16,10.4.7.0/24.") from error


def forbidden(ip: Ip, inside: tuple[Network, ...]) -> bool:
    """Whether nothing may be sent to this address."""
    ip = _meant(ip)
    if nobodys(ip):
        return True
    if any(ip in network for network in inside):
        return False
    return not ip.is_global or ip.is_reserved


def nobodys(ip: Ip) -> bool:
    """Whether no department can have this address: link-local, the cloud's, many, none."""
    ip = _meant(ip)
    return ip in _OF_CLOUDS or ip.is_link_local or ip.is_multicast or ip.is_unspecified


def ip_of(host: str) -> Ip | None:
    """The address that a host's name spells, also as one number, in hex or in octal; or None."""
    host = host.rstrip(".")
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return _spelt_otherwise(host)


def _spelt_otherwise(host: str) -> Ip | None:
    try:
        return ipaddress.ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _meant(ip: Ip) -> Ip:
    """The IPv4 address inside an IPv6 one, where one is."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
