"""Who may do what at the broker, worked out from the contracts: nobody is given more than its part.

RabbitMQ checks three patterns of names for each account: what it may declare, what it may write to
and what it may read from; and, for an exchange, the routing keys it may use.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.bus.topology import REPLIES, department_queue, queue_name, sources_of
from shared.contracts.departments import VERBS

NOTHING = "^$"
PREFIX = "dept-"
"""Accounts of departments: ``dept-<code>``, or ``dept-<code>-<label>`` for one more."""


@dataclass(frozen=True)
class Rights:
    """An account's permissions and limits. Nobody may declare, bind or delete anything.

    Attributes:
        write: the exchanges it may publish to, a pattern.
        read: the queues it may read, a pattern.
        keys: exchange -> the routing keys it may publish with, a pattern.
        limits: how many connections and channels it may have open, by RabbitMQ's names of limits.
    """

    write: str
    read: str
    keys: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    configure: str = NOTHING


def of_service(name: str) -> Rights:
    """One of our own services: it reads what is said to it and says what is its own to say."""
    heard = [queue_name(name, source) for source in sources_of(name)]
    return Rights(write=_exactly(f"{name}.events"), read=_exactly(*heard))


def of_department(code: str) -> Rights:
    """A department's own system: it reads its queue and answers in its own name."""
    verbs = "|".join(sorted(VERBS))
    return Rights(
        write=_exactly(REPLIES),
        read=_exactly(department_queue(code)),
        keys={REPLIES: rf"^reply\.({verbs})\.{re.escape(code)}$"},
        limits={"max-connections": 10, "max-channels": 20},
    )


def account(code: str, label: str = "") -> str:
    """The name of a department's account."""
    return f"{PREFIX}{code}-{label}" if label else f"{PREFIX}{code}"


def department_of(user: str) -> str | None:
    """The code of the department whose account this is; None for anybody else's."""
    return user.removeprefix(PREFIX).partition("-")[0] if user.startswith(PREFIX) else None


def _exactly(*names: str) -> str:
    return f"^({'|'.join(map(re.escape, names))})$" if names else NOTHING
