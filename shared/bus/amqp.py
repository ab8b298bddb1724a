"""The bus over RabbitMQ: pipelined confirms going out, whole batches coming in."""

import contextlib
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import amqp
import amqp.method_framing
import structlog
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from shared.bus.event import CONTENT_TYPE
from shared.bus.topology import DEAD, UNROUTED, Topology
from shared.bus.transport import BusUnavailable, Delivery, Outgoing
from shared.green import Empty, LightQueue, sleep, spawn

log = structlog.get_logger(__name__)

HEARTBEAT = 30
CONFIRM_TIMEOUT = 30.0
CONNECT_TIMEOUT = 5.0
CHECK_EVERY = 3.0
MOST_IN_FLIGHT = 1000
QUORUM = {"x-queue-type": "quorum"}
WORK = QUORUM | {
    "x-dead-letter-exchange": DEAD,
    # Without these two a dead-lettered message can be lost on its way.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
BROKEN = (amqp.exceptions.AMQPError, OSError)


class AmqpTransport:
    """RabbitMQ at ``url``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._topology: Topology | None = None
        self._seen_alive = float("-inf")

    def connect(self) -> Connection:
        """A fresh connection.

        Raises:
            BusUnavailable: the broker cannot be reached.
        """
        connection = Connection(self.url, heartbeat=HEARTBEAT, connect_timeout=CONNECT_TIMEOUT)
        try:
            connection.connect()
        except BROKEN as error:
            raise BusUnavailable(f"RabbitMQ cannot be reached: {error}") from error
        return connection

    def declare(self, topology: Topology) -> None:
        """Declare exchanges, queues and bindings; harmless where they exist.

        An account that may not declare (docs/adr/0009) looks whether they are there instead.

        Raises:
            BusUnavailable: the broker cannot be reached, or nobody has declared them yet.
        """
        self._topology = topology
        with self.connect() as connection, _as_unavailable():
            try:
                _declare(connection.default_channel, topology)
            except amqp.exceptions.AccessRefused:
                _look(connection.channel(), topology)

    def publisher(self) -> "AmqpPublisher":
        """A publisher; it connects when first used and again after a failure."""
        return AmqpPublisher(self)

    def consumer(self, queue: str) -> "AmqpConsumer":
        """A consumer of one queue."""
        return AmqpConsumer(self, queue)

    def depths(self, queues: Iterable[str]) -> dict[str, int]:
        """How many messages are ready in each queue that is there; fetched ones are not counted.

        Raises:
            BusUnavailable: the broker cannot be asked.
        """
        found: dict[str, int] = {}
        with self.connect() as connection, _as_unavailable():
            for queue in queues:
                # Passive: it only asks, which an account may that can declare nothing.
                with contextlib.suppress(amqp.exceptions.NotFound), connection.channel() as channel:
                    found[queue] = channel.queue_declare(queue, passive=True).message_count
        return found

    def restore(self) -> None:
        """Declare everything again: the broker came back without what was declared at start.

        Raises:
            BusUnavailable: it cannot be reached.
        """
        if self._topology is not None:
            log.warning("bus_topology_restored")
            self.declare(self._topology)

    def check(self) -> None:
        """Raise BusUnavailable if the broker cannot be reached. Asks it every few seconds only."""
        if time.monotonic() - self._seen_alive > CHECK_EVERY:
            self.connect().release()
            self._seen_alive = time.monotonic()


class AmqpPublisher:
    """Publishes a batch, then waits for all its confirms: one round trip, not one a message."""

    def __init__(self, transport: AmqpTransport) -> None:
        self._transport = transport
        self._connection: Connection | None = None
        self._channel: Any = None
        self._sent = 0
        self._waiting: dict[int, Outgoing] = {}
        self._refused: list[Outgoing] = []

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Publish all and wait until each is confirmed.

        Raises:
            BusUnavailable: one was refused or the connection broke; publish all of them again.
        """
        try:
            connection = self._connect()
            with _one_write(connection):
                for message in messages:
                    self._send(message)
            self._await_confirms()
        except BROKEN as error:
            self.close()
            if isinstance(error, amqp.exceptions.NotFound):
                self._transport.restore()
            raise BusUnavailable(f"publishing was not confirmed: {error}") from error
        if self._refused:
            refused, self._refused = self._refused, []
            raise BusUnavailable(f"the broker refused {len(refused)} of {len(messages)} messages")

    def keep_alive(self) -> None:
        """Answer the broker's heartbeats while there is nothing to publish."""
        if self._connection is None:
            return
        try:
            self._connection.heartbeat_check()
            with contextlib.suppress(TimeoutError):
                self._connection.drain_events(timeout=0.01)
        except BROKEN:
            log.info("bus_connection_lost", while_doing="nothing")
            self.close()

    def close(self) -> None:
        """Let go of the connection; what was not confirmed will be published again."""
        connection, self._connection = self._connection, None
        self._waiting.clear()
        self._refused.clear()
        if connection is not None:
            _drop(connection)

    def _connect(self) -> Connection:
        if self._connection is not None:
            return self._connection
        self._connection = self._transport.connect()
        self._channel = self._connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._sent = 0
        return self._connection

    def _send(self, message: Outgoing) -> None:
        self._channel.basic_publish(
            amqp.basic_message.Message(
                message.body,
                content_type=CONTENT_TYPE,
                content_encoding="utf-8",
                delivery_mode=2,
                message_id=message.id,
                type=message.type,
                timestamp=message.timestamp,
                app_id="baitong",
            ),
            exchange=message.exchange,
            routing_key=message.routing_key,
        )
        self._sent += 1
        self._waiting[self._sent] = message

    def _await_confirms(self) -> None:
        while self._waiting:
            self._channel.connection.drain_events(timeout=CONFIRM_TIMEOUT)

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        for tag in self._settled(delivery_tag, multiple):
            del self._waiting[tag]

    def _on_nack(self, delivery_tag: int, multiple: bool, *_: object) -> None:
        for tag in self._settled(delivery_tag, multiple):
            self._refused.append(self._waiting.pop(tag))

    def _settled(self, delivery_tag: int, multiple: bool) -> list[int]:
        if not multiple:
            return [delivery_tag]
        return [tag for tag in self._waiting if tag <= delivery_tag]


class AmqpConsumer:
    """Reads a queue on a connection of its own.

    One greenlet only reads the socket, another only handles and acks. While a batch is being
    handled the next one gathers, so batches grow with the load and need no timer.
    """

    def __init__(self, transport: AmqpTransport, queue: str) -> None:
        self._transport = transport
        self._queue = queue
        self._stopping = False
        self._ready: LightQueue = LightQueue()

    def run(self, handle: Callable[[list[Delivery]], None]) -> None:
        """Read until stopped; after a lost connection, connect again with growing patience."""
        for delay in _patience():
            if self._stopping:
                return
            try:
                self._run_once(handle, delay)
            except (*BROKEN, BusUnavailable) as error:
                log.warning("bus_consumer_lost", queue=self._queue, error=str(error))
                delay.wait()
                if isinstance(error, amqp.exceptions.NotFound):
                    self._restore()

    def stop(self) -> None:
        """Finish the batch in hand and return from ``run``."""
        self._stopping = True
        self._ready.put(None)

    def _restore(self) -> None:
        try:
            self._transport.restore()
        except BusUnavailable as error:
            log.warning("bus_consumer_lost", queue=self._queue, error=str(error))

    def _run_once(self, handle: Callable[[list[Delivery]], None], delay: "_Delay") -> None:
        connection = self._transport.connect()
        self._ready = LightQueue()
        reader = None
        try:
            channel = connection.channel()
            channel.basic_qos(prefetch_size=0, prefetch_count=MOST_IN_FLIGHT, a_global=False)
            channel.basic_consume(self._queue, callback=self._ready.put)
            delay.reset()
            reader = spawn(self._read, connection)
            while not self._stopping:
                batch = self._take(connection)
                if batch:
                    handle([_delivery(self._queue, message) for message in batch])
                    channel.basic_ack(batch[-1].delivery_tag, multiple=True)
        finally:
            if reader is not None:
                reader.kill()
            _drop(connection)

    def _read(self, connection: Connection) -> None:
        try:
            while True:
                connection.drain_events()
        except Exception as error:  # noqa: BLE001 - whatever ended the reading ends the consumer
            self._ready.put(error)

    def _take(self, connection: Connection) -> list[Any]:
        """What is there now; waits at most a heartbeat for the first one."""
        try:
            batch = [self._ready.get(timeout=HEARTBEAT / 4)]
        except Empty:
            connection.heartbeat_check()
            return []
        while not self._ready.empty():
            batch.append(self._ready.get_nowait())
        for message in batch:
            if isinstance(message, Exception):
                raise message
        return [message for message in batch if message is not None]


class _Delay:
    """Growing pauses between attempts to connect: 0.2 s, doubling, at most 5 s."""

    shortest, longest = 0.2, 5.0

    def __init__(self) -> None:
        self._next = self.shortest

    def wait(self) -> None:
        sleep(self._next)
        self._next = min(self._next * 2, self.longest)

    def reset(self) -> None:
        self._next = self.shortest


def _patience() -> Iterator[_Delay]:
    delay = _Delay()
    while True:
        yield delay


def _declare(channel: Any, topology: Topology) -> None:
    for name in (UNROUTED, DEAD):
        safety_net = Exchange(name, "fanout", durable=True)
        Queue(name, safety_net, durable=True, queue_arguments=QUORUM)(channel).declare()
    spill = {"alternate-exchange": UNROUTED}
    for name in topology.exchanges:
        Exchange(name, "topic", durable=True, arguments=spill)(channel).declare()
    for name in topology.queues:
        Queue(name, durable=True, queue_arguments=WORK)(channel).queue_declare()
    for binding in topology.bindings:
        channel.queue_bind(binding.queue, binding.exchange, binding.pattern)


def _look(channel: Any, topology: Topology) -> None:
    """Whether all of it was declared. Bindings cannot be seen; they are made last, all at once."""
    for name in (*topology.exchanges, UNROUTED, DEAD):
        channel.exchange_declare(name, "topic", passive=True)
    for name in (*topology.queues, UNROUTED, DEAD):
        channel.queue_declare(name, passive=True)


def _delivery(queue: str, message: Any) -> Delivery:
    body = message.body
    return Delivery(
        queue=queue,
        routing_key=_storable(message.delivery_info["routing_key"]),
        body=body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body),
        message_id=_storable(message.properties.get("message_id")),
        user_id=_storable(message.properties.get("user_id")),
    )


def _storable(text: object) -> str:
    """Text from outside that every database takes: no half characters, no NUL."""
    return str(text or "").encode("utf-8", "replace").decode().replace("\x00", "?")


class _Forgiving(amqp.basic_message.Message):  # type: ignore[misc]
    """A message whose properties may be nonsense: its body still reaches the inbox.

    py-amqp raises on a property that is not UTF-8, in the middle of reading; the message would come
    again and again until the broker buries it with all that waits behind it.
    """

    def _load_properties(self, class_id: int, buf: bytes, offset: int) -> int:
        try:
            read: int = super()._load_properties(class_id, buf, offset)
        except (ValueError, struct.error, amqp.exceptions.FrameSyntaxError) as error:
            log.warning("bus_properties_unreadable", error=str(error))
            self.properties: dict[str, Any] = {}
            return len(buf)
        return read


amqp.method_framing.Message = _Forgiving  # the only place where py-amqp makes incoming messages


def _drop(connection: Connection) -> None:
    """Close without a handshake: the other side may be gone."""
    try:
        connection.collect(socket_timeout=0.1)
    except BROKEN as error:
        log.debug("bus_connection_dropped", error=str(error))


@contextlib.contextmanager
def _one_write(connection: Connection) -> Iterator[None]:
    """What is sent inside leaves as one write: a system call for the batch, not for each message.

    Nobody else may write to the connection meanwhile; nobody does, as it is the publisher's own and
    its greenlet does not pause inside.
    """
    transport = connection.connection.transport
    write, frames = transport._write, bytearray()  # noqa: SLF001 - py-amqp offers no other way
    transport._write = frames.extend  # noqa: SLF001
    try:
        yield
    finally:
        transport._write = write  # noqa: SLF001
    transport.write(frames)


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise BusUnavailable(str(error)) from error
