"""Green threads: waiting, giving way and working side by side in one process (ADR 0001).

Whoever waits by these lets the others go on. They are named here once: another way of doing it
would change this module. Elsewhere eventlet is named only for what is its own: patching the
standard library (`services/__main__.py`), starting without its noise (`services/command.py`),
serving HTTP (`shared/hosting.py`), waiting for PostgreSQL (`shared/postgres.py`), pipes of a
process (`shared/uploads/reading.py`).
"""

import functools
from collections.abc import Callable
from typing import Any

from eventlet import GreenPool as Pool
from eventlet import Timeout, sleep, spawn, tpool
from eventlet.event import Event as Signal
from eventlet.queue import Empty, LightQueue
from eventlet.semaphore import Semaphore

__all__ = [
    "Empty",
    "LightQueue",
    "Pool",
    "Semaphore",
    "Signal",
    "Timeout",
    "give_way",
    "in_thread",
    "sleep",
    "spawn",
]


def give_way() -> None:
    """Let everybody who is ready have a turn, then go on."""
    sleep(0)


def in_thread(work: Callable[..., Any], *args: Any) -> Any:
    """Run what blocks in a thread of its own; returns what it returns, raises what it raises."""
    return tpool.execute(functools.partial(work, *args))
