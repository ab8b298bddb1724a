"""What a bus must be able to do; RabbitMQ (amqp.py) and in process (local.py) both do it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.bus.topology import Topology


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish. ``id``, ``type`` and ``time`` are mirrored into AMQP properties."""

    exchange: str
    routing_key: str
    id: str
    type: str
    timestamp: int
    body: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came from a queue.

    Attributes:
        queue: where it was read.
        routing_key: the key it was published with; for replies it names verb and department.
        body: bytes as sent.
        message_id: AMQP property, may be empty.
        user_id: AMQP property, validated by the broker where given; may be empty.
    """

    queue: str
    routing_key: str
    body: bytes
    message_id: str = ""
    user_id: str = ""


class BusUnavailable(ConnectionError):
    """The bus cannot be reached or did not confirm; what was not confirmed stays."""


class Publisher(Protocol):
    """Publishes with confirms."""

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Publish all; return only when every one is confirmed to be safe.

        Raises:
            BusUnavailable: at least one was not confirmed; publish all of them again.
        """

    def keep_alive(self) -> None:
        """Do what the connection needs while there is nothing to publish; called again and again.

        A connection found broken is let go of; the next publish makes another.
        """

    def close(self) -> None:
        """Let go of the connection."""


class Consumer(Protocol):
    """Reads one queue, in batches."""

    def run(self, handle: Callable[[list[Delivery]], None]) -> None:
        """Read until stopped. ``handle`` gets what is there; when it returns, the batch is acked.

        ``handle`` must not return before every message of the batch is safe.
        """

    def stop(self) -> None:
        """Finish the batch in hand and return from ``run``."""


class Transport(Protocol):
    """A bus."""

    def declare(self, topology: Topology) -> None:
        """Declare everything; does nothing where it exists."""

    def publisher(self) -> Publisher:
        """A publisher with a connection of its own."""

    def consumer(self, queue: str) -> Consumer:
        """A consumer with a connection of its own."""

    def check(self) -> None:
        """Raise BusUnavailable if it cannot be reached."""
