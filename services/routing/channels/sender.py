"""Bringing what waits: taken in one transaction, sent outside of any, recorded in another.

A channel is served by one process at a time, its oldest facts first, so that a department gets them
in order; channels are served side by side, so that a slow one holds up no other. A process that is
killed leaves the channel to whoever looks when its time is over, and what it had sent but not
recorded is sent again under the same id: at least once, and the receiver drops what it knows.
"""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import structlog
from nameko.extensions import DependencyProvider

from services.routing.channels import handlers
from services.routing.channels.channel import (
    MAIL,
    WEBHOOK,
    Channel,
    Delivery,
    Outcome,
    Sent,
    Unreached,
)
from services.routing.channels.handlers import Claim
from services.routing.channels.mail import MailWay
from services.routing.channels.webhook import WebhookWay
from shared.config import Settings
from shared.db import Database, Unavailable
from shared.green import Pool, Timeout, sleep
from shared.logs import fault
from shared.runtime import RuntimeExtension

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Channels that one process serves at the same time."""
OVERALL = 15
"""Seconds for one fact in all; ends an answer that drips."""
ROUND = 5
"""Seconds after which what was sent is recorded."""
RECORD_TRIES = 10
"""A second apart. With ``OVERALL`` and ``ROUND`` it stays below the lease."""


class Way(Protocol):
    """How facts leave."""

    def session(self) -> AbstractContextManager[Any]:
        """What is kept open while one channel is served."""

    def send(self, session: Any, channel: Channel, delivery: Delivery) -> Outcome:
        """Send one fact; raises nothing for what the other side does."""


def ways_of(settings: Settings) -> dict[str, Way]:
    """What this deployment can send by.

    Raises:
        BadSetting: a variable is wrong.
    """
    made: dict[str, Way] = {WEBHOOK: WebhookWay(settings)}
    if settings.channels.get("SMTP_URL"):
        made[MAIL] = MailWay(settings)
    return made


class Sender:
    """Serves the channels that are due."""

    def __init__(self, database: Database, ways: Mapping[str, Way]) -> None:
        self._database = database
        self._ways = ways
        self._pool = Pool(AT_ONCE)
        self._stopping = False

    def send_due(self) -> int:
        """Take what is due and begin to send it; returns how many channels were taken."""
        free = self._pool.free()
        if free <= 0 or self._stopping:
            return 0
        try:
            taken = self._database.run(lambda tx: handlers.claim(tx, list(self._ways), free))
        except Unavailable as error:
            log.warning("channels_waiting", error=str(error))
            return 0
        for claimed in taken:
            self._pool.spawn_n(self._serve, claimed)
        return len(taken)

    def finish(self) -> None:
        """Return when everything under way is recorded."""
        self._stopping = True
        self._pool.waitall()

    def _serve(self, claimed: Claim) -> None:
        way = self._ways[claimed.channel.kind]
        more: Claim | None = claimed
        with way.session() as session:
            while more is not None:
                more = self._record(more, self._send_all(way, session, more))

    def _send_all(self, way: Way, session: Any, claimed: Claim) -> list[tuple[Delivery, Outcome]]:
        """Send in order, until one fails or it is time to record."""
        until = time.monotonic() + ROUND
        outcomes: list[tuple[Delivery, Outcome]] = []
        for one in claimed.deliveries:
            outcome = attempt(way, session, claimed.channel, one)
            outcomes.append((one, outcome))
            if not isinstance(outcome, Sent) or time.monotonic() > until or self._stopping:
                break
        return outcomes

    def _record(self, claimed: Claim, outcomes: list[tuple[Delivery, Outcome]]) -> Claim | None:
        for _ in range(RECORD_TRIES):
            try:
                return self._database.run(
                    lambda tx: handlers.record(tx, claimed, outcomes, go_on=not self._stopping)
                )
            except Unavailable as error:
                log.warning("record_waiting", error=str(error))
                sleep(1)
        log.error("deliveries_not_recorded", department=claimed.channel.department)
        return None


def attempt(way: Way, session: Any, channel: Channel, delivery: Delivery) -> Outcome:
    """Send one fact and say how it went, within ``OVERALL`` seconds."""
    try:
        with Timeout(OVERALL):
            return way.send(session, channel, delivery)
    except Timeout:
        return Unreached(f"not done within {OVERALL} s")
    except Exception as error:
        # A fault of ours: recorded where the operator looks, and logged without what it quotes.
        log.exception("channel_broke", department=channel.department, error=fault(error))
        return Unreached(f"fault in the channel: {type(error).__name__}")


class Carrier(DependencyProvider):  # type: ignore[misc]
    """The sender of this process; stops when everything under way is recorded."""

    shared = RuntimeExtension()

    def setup(self) -> None:
        """Set up what it sends by; a wrong variable stops the start."""
        runtime = self.shared.runtime
        self.sender = Sender(runtime.database, ways_of(runtime.settings))

    def stop(self) -> None:
        """Finish what is under way."""
        self.sender.finish()

    def get_dependency(self, _worker_ctx: object) -> "Carrier":
        """Itself."""
        return self

    def send_due(self) -> int:
        """One round; returns how many channels were taken."""
        return self.sender.send_due()
