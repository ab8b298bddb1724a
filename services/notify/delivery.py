"""Sending what is due: taken in one transaction, sent outside of any, recorded in another.

A process that dies between sending and recording leaves a message taken; when its lease is over it
is sent again. So an SMS may come twice, and never not at all: at least once is what can be had from
a telephone network, and what we say. The message's id stays the same, so that a gateway which
looks for doubles can drop the second.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from nameko.extensions import DependencyProvider

from services.notify import handlers
from services.notify.channels import Channel, PermanentFailure, TemporaryFailure
from services.notify.channels.setup import set_up
from services.notify.message import DELIVERED, PERMANENT, TEMPORARY, Attempt, Message
from services.notify.pack import book_of
from shared.clock import now
from shared.db import Database, Unavailable
from shared.green import Pool, Timeout, sleep
from shared.runtime import Runtime, RuntimeExtension

log = structlog.get_logger(__name__)

OVERALL = 60
"""Seconds for one message in all: channels give up a silent connection long before, this ends one
that drips. Well below the lease, or a living process would lose what it is sending."""
RECORD_TRIES = 60


class Counter:
    """One channel's counter: takes what is due and sends it, so many at a time.

    Each channel has its own, so that one that hangs holds up no other.
    """

    def __init__(self, database: Database, channel: Channel) -> None:
        self._database = database
        self._channel = channel
        self._pool = Pool(channel.at_once)

    def serve(self) -> int:
        """Take what is due and begin to send it; returns how many were taken."""
        free = self._pool.free()
        if free <= 0:
            return 0
        channel = self._channel
        claim = partial(handlers.claim_due, channel=channel.name, most=free, pace=channel.pace)
        taken = self._database.run(claim)
        for message in taken:
            self._pool.spawn_n(self._send, message)
        return len(taken)

    def finish(self) -> None:
        """Return when everything under way is recorded."""
        self._pool.waitall()

    def _send(self, message: Message) -> None:
        self._record(message, attempt_by(self._channel, message))

    def _record(self, message: Message, attempt: Attempt) -> None:
        for _ in range(RECORD_TRIES):
            try:
                self._database.run(lambda tx: handlers.record(tx, message, attempt))
            except Unavailable as error:
                log.warning("record_waiting", message=message.id, error=str(error))
                sleep(1)
            else:
                return
        log.error("attempt_not_recorded", message=message.id, outcome=attempt.outcome)


def attempt_by(channel: Channel, message: Message) -> Attempt:
    """Send a message by a channel and say how it went."""
    started = now()
    ended: Callable[..., Attempt] = partial(_ended, channel, started)
    try:
        with Timeout(OVERALL, TemporaryFailure(f"not done within {OVERALL} s")):
            receipt = channel.send(message)
    except PermanentFailure as failure:
        return ended(PERMANENT, str(failure))
    except TemporaryFailure as failure:
        return ended(TEMPORARY, str(failure), failure.wait)
    except Exception as error:
        # A fault of ours: recorded where the desk can see it, and logged with its traceback.
        log.exception("channel_broke", channel=channel.name, message=message.id)
        return ended(TEMPORARY, f"fault in the channel: {type(error).__name__}")
    return ended(DELIVERED, receipt)


def _ended(
    channel: Channel, started: datetime, outcome: str, detail: str, wait: float = 0
) -> Attempt:
    return Attempt(channel.name, started, now(), outcome, detail, wait)


class Courier(DependencyProvider):  # type: ignore[misc]
    """All the counters of this process; stops when everything under way is recorded."""

    shared = RuntimeExtension()

    def setup(self) -> None:
        """Set up the channels; a wrong variable stops the start."""
        self.counters = counters_for(self.shared.runtime)

    def stop(self) -> None:
        """Finish what is under way."""
        for counter in self.counters:
            counter.finish()

    def get_dependency(self, _worker_ctx: object) -> "Courier":
        """Itself."""
        return self

    def deliver_due(self) -> None:
        """One round: put back what was left over, then serve every channel."""
        database = self.shared.runtime.database
        try:
            database.run(handlers.return_abandoned)
            for counter in self.counters:
                counter.serve()
        except Unavailable as error:
            log.warning("delivery_waiting", error=str(error))


def counters_for(runtime: Runtime) -> list[Counter]:
    """A counter for each channel this deployment has.

    Raises:
        BadSetting: a channel's variable is missing or wrong.

    """
    channels = set_up(runtime.settings, book_of(runtime.district).templates)
    log.info("channels", set_up=list(channels))
    return [Counter(runtime.database, channel) for channel in channels.values()]
