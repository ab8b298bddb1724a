"""Every exchange, queue and binding, made from the registry of contracts.

Declared before the first publish (promise 4): deployed by ``python -m services broker prepare``,
since services may declare nothing there (docs/adr/0009); otherwise by each service as it starts.
"""

from dataclasses import dataclass

from shared.contracts import DEPARTMENTS, REGISTRY, SERVICES

REPLIES = "department.replies"
UNROUTED = "baitong.unrouted"
"""What matched no binding is kept here instead of being dropped."""
DEAD = "baitong.dead"
"""What the broker itself gave up on: redelivered too often, as by a process that it kills."""


@dataclass(frozen=True)
class Binding:
    """Messages of ``exchange`` whose key matches ``pattern`` go to ``queue``."""

    exchange: str
    pattern: str
    queue: str


@dataclass(frozen=True)
class Topology:
    """The whole of it."""

    exchanges: tuple[str, ...]
    queues: tuple[str, ...]
    bindings: tuple[Binding, ...]


def queue_name(consumer: str, source: str) -> str:
    """The queue in which ``consumer`` hears everything from ``source``."""
    return f"{consumer}.from_{source}"


def department_queue(code: str) -> str:
    """The queue a department's own system reads."""
    return f"department.{code}"


def build(departments: tuple[str, ...]) -> Topology:
    """The topology of a district with these department codes."""
    heard = [
        Binding(contract.exchange, contract.pattern, queue_name(consumer, contract.owner))
        for contract in REGISTRY
        for consumer in contract.consumers
    ]
    outside = [
        Binding("routing.events", f"*.*.{code}", department_queue(code)) for code in departments
    ]
    bindings = tuple(dict.fromkeys(heard + outside))
    return Topology(
        exchanges=(*(f"{service}.events" for service in SERVICES), REPLIES),
        queues=tuple(dict.fromkeys(binding.queue for binding in bindings)),
        bindings=bindings,
    )


def sources_of(consumer: str) -> tuple[str, ...]:
    """The owners a service hears, each in a queue of its own."""
    owners = (*SERVICES, DEPARTMENTS)
    return tuple(
        o for o in owners if any(consumer in c.consumers for c in REGISTRY if c.owner == o)
    )


def matches(pattern: str, key: str) -> bool:
    """Whether a topic pattern (``*`` is one word) matches a routing key."""
    wanted, words = pattern.split("."), key.split(".")
    return len(wanted) == len(words) and all(
        w in ("*", word) for w, word in zip(wanted, words, strict=True)
    )
