"""Hearing, as a nameko entrypoint: a service method is run once for each batch of a queue.

::

    @subscribe("intake", {contracts.intake.transferred: handlers.open_order})
    def hear_intake(self, batch):
        batch.apply()

nameko's own event handler acks a message whose handler raised, and so loses it (docs/adr/0002).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from nameko.extensions import Entrypoint

from shared.bus.inbox import Handler, Inbox, RawHandler
from shared.bus.topology import queue_name
from shared.bus.transport import Consumer, Delivery
from shared.contracts import Contract, heard_by
from shared.green import Signal, Timeout
from shared.runtime import RuntimeExtension

log = structlog.get_logger(__name__)

RETRY_POLL = 1.0


class IncompleteSubscription(LookupError):
    """The contracts and the handlers of a service do not name the same events."""


@dataclass
class Batch:
    """What is there in a queue, and how it is applied."""

    deliveries: list[Delivery]
    inbox: Inbox

    def apply(self) -> None:
        """Handle every message once, in one transaction; park those that cannot be handled."""
        self.inbox.apply(self.deliveries)


class Subscription(Entrypoint):  # type: ignore[misc]
    """Runs a method for every batch that ``source`` published to this service.

    Args:
        source: the service heard, or ``departments``.
        handlers: contract -> function(tx, event).
        raw: instead of handlers: function(tx, delivery), which checks and answers itself.

    Raises:
        IncompleteSubscription: (at start) the handlers are not those the contracts name.
    """

    runtime = RuntimeExtension()

    def __init__(
        self,
        source: str,
        handlers: Mapping[Contract, Handler] | None = None,
        *,
        raw: RawHandler | None = None,
        **kwargs: Any,
    ) -> None:
        self._source = source
        self._handlers = dict(handlers or {})
        self._raw = raw
        self._consumer: Consumer | None = None
        self._stopped = Signal()
        super().__init__(**kwargs)

    def setup(self) -> None:
        """Check that nothing the contracts promise goes unheard."""
        if self._raw is None:
            self._check_complete()
        runtime = self.runtime.runtime
        queue = queue_name(self.container.service_name, self._source)
        self._inbox = Inbox(runtime.database, runtime.tables, queue, self._handlers, self._raw)
        self._consumer = runtime.transport.consumer(queue)

    def start(self) -> None:
        """Begin to read."""
        self.container.spawn_managed_thread(self._consume)
        self.container.spawn_managed_thread(self._retry)

    def stop(self) -> None:
        """Finish the batch in hand, then read no more."""
        self._inbox.stop()
        if self._consumer is not None:
            self._consumer.stop()
        self._stopped.wait()

    def _consume(self) -> None:
        if self._consumer is not None:
            self._consumer.run(self._handle)
        self._stopped.send()

    def _retry(self) -> None:
        while not self._stopped.ready():
            try:
                self._inbox.retry_due()
            except ConnectionError as error:
                log.warning("retry_waiting", source=self._source, error=str(error))
            with Timeout(RETRY_POLL, exception=False):
                self._stopped.wait()

    def _handle(self, deliveries: list[Delivery]) -> None:
        finished = Signal()

        def done(_context: object, result: object, exc_info: Any) -> tuple[object, Any]:
            finished.send(exc_info)
            return result, exc_info

        self.container.spawn_worker(self, (Batch(deliveries, self._inbox),), {}, handle_result=done)
        exc_info = finished.wait()
        if exc_info is not None:
            raise exc_info[1]

    def _check_complete(self) -> None:
        service = self.container.service_name
        wanted, given = set(heard_by(service, self._source)), set(self._handlers)
        for names, what in (
            (wanted - given, "no handler for"),
            (given - wanted, "not named as consumer of"),
        ):
            if names:
                listed = ", ".join(sorted(c.name for c in names))
                raise IncompleteSubscription(f"{service} hears {self._source}: {what} {listed}")


subscribe: Callable[..., Any] = Subscription.decorator
__all__ = ["Batch", "IncompleteSubscription", "Subscription", "subscribe"]
