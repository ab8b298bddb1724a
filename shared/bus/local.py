"""The bus inside one process, for the embedded run: durable queues in a SQLite file.

It keeps the same promises as RabbitMQ: a publish that returned is on disk, a message stays in its
queue until its batch was handled, and what was in hand when the process was killed comes again at
the next start.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from shared.bus.topology import UNROUTED, Topology, matches
from shared.bus.transport import BusUnavailable, Delivery, Outgoing
from shared.db import connect
from shared.green import Signal, Timeout
from shared.sealing import KeyRing, Sealed

MOST_AT_ONCE = 200
POLL = 1.0
"""Seconds between looks when nobody in this process published: another process may have."""

metadata = sa.MetaData()
queued = sa.Table(
    "queued",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("queue", sa.String(64), nullable=False),
    sa.Column("routing_key", sa.String(128), nullable=False),
    sa.Column("message_id", sa.String(200), nullable=False),
    sa.Column("body", Sealed("queued.body"), nullable=False),
    sa.Index("queued_by_queue", "queue", "id"),
    sqlite_autoincrement=True,
)


class LocalTransport:
    """Queues in the SQLite file at ``url``, shared by all services of the process.

    Attributes:
        engine: of the file; ``keys`` seal the messages in it.
    """

    def __init__(self, url: str, keys: KeyRing | None = None) -> None:
        self.engine = connect(url, keys)
        self._topology = Topology((), (), ())
        self._signals: dict[str, Signal] = defaultdict(Signal)

    def declare(self, topology: Topology) -> None:
        """Make the file's table and take the bindings."""
        metadata.create_all(self.engine)
        self._seal_old()
        self._topology = topology

    def publisher(self) -> "LocalTransport":
        """Itself: there is no connection to own."""
        return self

    def consumer(self, queue: str) -> "LocalConsumer":
        """A consumer of one queue."""
        return LocalConsumer(self, queue)

    def check(self) -> None:
        """Raise BusUnavailable if the file cannot be read."""
        self.depth("")

    def keep_alive(self) -> None:
        """Nothing to keep: there is no connection."""

    def close(self) -> None:
        """Nothing to let go of."""

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Put each message into every queue bound to it; on disk when this returns.

        Raises:
            BusUnavailable: the file could not be written; nothing of the batch was.
        """
        rows = [_row(queue, m) for m in messages for queue in self._queues_for(m)]
        try:
            with self.engine.begin() as connection:
                connection.execute(queued.insert(), rows)
        except SQLAlchemyError as error:
            raise BusUnavailable(f"the in-process bus cannot be written: {error}") from error
        for queue in {row["queue"] for row in rows}:
            self.wake(queue)

    def depth(self, queue: str) -> int:
        """How many messages wait in a queue."""
        count = sa.select(sa.func.count()).select_from(queued).where(queued.c.queue == queue)
        try:
            with self.engine.connect() as connection:
                return connection.execute(count).scalar_one()
        except SQLAlchemyError as error:
            raise BusUnavailable(f"the in-process bus cannot be read: {error}") from error

    def depths(self, queues: Iterable[str]) -> dict[str, int]:
        """As RabbitMQ tells it: how many messages wait in each queue."""
        return {queue: self.depth(queue) for queue in queues}

    def take(self, queue: str, limit: int = MOST_AT_ONCE) -> tuple[list[int], list[Delivery]]:
        """The oldest messages, left in the queue until ``done``."""
        oldest = sa.select(queued).where(queued.c.queue == queue).order_by(queued.c.id).limit(limit)
        with self.engine.connect() as connection:
            rows = connection.execute(oldest).all()
        return [row.id for row in rows], [
            Delivery(queue, row.routing_key, row.body.encode(), row.message_id) for row in rows
        ]

    def done(self, ids: Sequence[int]) -> None:
        """Forget messages that were handled."""
        with self.engine.begin() as connection:
            connection.execute(queued.delete().where(queued.c.id.in_(ids)))

    def forget_all_but(self, queue: str, newest: int) -> int:
        """Keep only the newest messages of a queue that nobody here reads; returns how many went.

        Raises:
            BusUnavailable: the file cannot be written.
        """
        mine = queued.c.queue == queue
        oldest = sa.select(queued.c.id).where(mine).order_by(queued.c.id.desc())
        try:
            with self.engine.begin() as connection:
                last = connection.execute(oldest.offset(newest).limit(1)).scalar_one_or_none()
                if last is None:
                    return 0
                return connection.execute(queued.delete().where(mine, queued.c.id <= last)).rowcount
        except SQLAlchemyError as error:
            raise BusUnavailable(f"the in-process bus cannot be written: {error}") from error

    def wake(self, queue: str) -> None:
        """Tell a waiting consumer that there is something."""
        if not self._signals[queue].ready():
            self._signals[queue].send()

    def rest(self, queue: str) -> None:
        """Wait until there is something, at most ``POLL`` seconds."""
        signal = self._signals[queue]
        with Timeout(POLL, exception=False):
            signal.wait()
        if signal.ready():
            signal.reset()

    def _seal_old(self) -> None:
        """Seal what a version before sealing left in its queues as plain text."""
        body = sa.type_coerce(queued.c.body, sa.Text)
        plain = sa.select(queued.c.id, body).where(sa.func.typeof(body) == "text")
        sealing = queued.update().where(queued.c.id == sa.bindparam("which"))
        with self.engine.begin() as connection:
            rows = [{"which": id_, "body": text} for id_, text in connection.execute(plain)]
            if rows:
                connection.execute(sealing, rows)

    def _queues_for(self, message: Outgoing) -> tuple[str, ...]:
        bound = dict.fromkeys(
            b.queue
            for b in self._topology.bindings
            if b.exchange == message.exchange and matches(b.pattern, message.routing_key)
        )
        return tuple(bound) or (UNROUTED,)


class LocalConsumer:
    """Reads one queue, in batches."""

    def __init__(self, transport: LocalTransport, queue: str) -> None:
        self._transport = transport
        self._queue = queue
        self._stopping = False

    def run(self, handle: Callable[[list[Delivery]], None]) -> None:
        """Read until stopped; a batch leaves the queue when ``handle`` returned."""
        while not self._stopping:
            ids, deliveries = self._transport.take(self._queue)
            if deliveries:
                try:
                    handle(deliveries)
                except ConnectionError:
                    if self._stopping:
                        return  # they stay in the queue for the next start
                    raise
                self._transport.done(ids)
            else:
                self._transport.rest(self._queue)

    def stop(self) -> None:
        """Finish the batch in hand and return from ``run``."""
        self._stopping = True
        self._transport.wake(self._queue)


def _row(queue: str, message: Outgoing) -> dict[str, str]:
    return {
        "queue": queue,
        "routing_key": message.routing_key,
        "message_id": message.id,
        "body": message.body,
    }
