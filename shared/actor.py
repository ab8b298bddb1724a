"""Who is at it: the person (or department) a piece of work is done for, for the audit.

The web kit says it for each request, and a command takes it along to the committer. Timers and
events have nobody: their acts are the system's, and the histories hold them.
"""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

RESIDENT = "resident"
"""The role of somebody who is not signed in."""
SYSTEM = "system"
"""The role of nobody: what is recorded by a timer or an event."""
OPERATOR = "operator"
"""The role of who gives commands on the platform's own machine."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who acts.

    Attributes:
        username: empty for residents, who have none.
        role: a role of ``shared.permissions``, ``resident``, ``operator`` or ``system``.
        name: as people see it; never recorded.
        address: where from: the client's network address, or ``amqp``.
        act: what they are doing: the flask endpoint, unless the command says it better.
        subject: what it is about: a case number, an order's, …; may be empty.
    """

    username: str
    role: str
    name: str = ""
    address: str = ""
    act: str = ""
    subject: str = ""


_current: ContextVar[Actor | None] = ContextVar("actor", default=None)
_recorded: ContextVar[bool] = ContextVar("recorded", default=False)


def current() -> Actor | None:
    """Who acts in this greenlet; None for the system."""
    return _current.get()


def act_as(actor: Actor | None) -> None:
    """From now on it is this one, in this greenlet; for a request's beginning and end."""
    _current.set(actor)
    _recorded.set(False)


def was_recorded() -> None:
    """A command of who acts recorded what it did."""
    _recorded.set(True)


def is_recorded() -> bool:
    """Whether a command since ``act_as`` did."""
    return _recorded.get()


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """Inside, it is this one."""
    token = _current.set(actor)
    try:
        yield actor
    finally:
        _current.reset(token)


def operator(act: str) -> Actor:
    """Whoever gives a command on the machine: its user there, or the number of one without name."""
    try:
        username = getpass.getuser()
    except (KeyError, OSError):
        username = str(os.getuid())
    return Actor(username, OPERATOR, address="console", act=act)
