"""The department's system: reads its queue and notes when each order came."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from kombu.connection import Connection

PREFETCH = 500
ACK_EVERY = 50


class Consumer:
    """Reads ``queue`` at ``url``; keeps (moment, body) of every message for later."""

    def __init__(self, url: str, queue: str) -> None:
        self._connection = Connection(url)
        self._channel = self._connection.channel()
        self._channel.basic_qos(0, PREFETCH, a_global=False)
        self._channel.basic_consume(queue, callback=self._take)
        self._unacked = 0
        self.arrivals: list[tuple[float, Any]] = []

    def run(self, going_on: Callable[[], bool], count: Any) -> None:
        """Read as long as ``going_on``; ``count.value`` says how many have come."""
        while going_on():
            try:
                self._connection.drain_events(timeout=0.2)
            except TimeoutError:
                self._ack()
            count.value = len(self.arrivals)
            if self._unacked >= ACK_EVERY:
                self._ack()
        self._ack()
        self._connection.release()

    def _take(self, message: Any) -> None:
        self.arrivals.append((monotonic(), message.body))
        self._last, self._unacked = message.delivery_tag, self._unacked + 1

    def _ack(self) -> None:
        if self._unacked:
            self._channel.basic_ack(self._last, multiple=True)
            self._unacked = 0
