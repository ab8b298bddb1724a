"""Free TCP ports for servers that will be stopped and started again on the same port."""

import os
import random
import socket

# Below the kernel's ephemeral range. A client that keeps connecting to a stopped server on an
# ephemeral port can be given that very port as its own, and then the server cannot come back.
_FIRST, _LAST = 20_000, 32_000
_SLICE = 1_500
"""What one of several workers (pytest-xdist) takes from: nobody else's server may come up on the
port of one that is down for a moment."""
_given: set[int] = set()


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens, never the same twice."""
    candidates = list(_own())
    random.SystemRandom().shuffle(candidates)
    for port in candidates:
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise RuntimeError(f"No free TCP port between {_FIRST} and {_LAST}")


def _own() -> range:
    """The ports this process gives from: all, or its worker's."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if not worker:
        return range(_FIRST, _LAST)
    first = _FIRST + int(worker) * _SLICE % (_LAST - _FIRST)
    return range(first, first + _SLICE)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
