"""How many messages the other side takes in a time. What is too much waits in the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Pace:
    """At most ``count`` messages in any ``seconds``."""

    count: int
    seconds: int

    def still_counting(self, recent: Sequence[datetime], now: datetime) -> list[datetime]:
        """Those of the ``recent`` uses that are younger than the window."""
        since = now - timedelta(seconds=self.seconds)
        return [moment for moment in recent if moment > since]

    def free(self, recent: Sequence[datetime], now: datetime) -> int:
        """How many more may go now."""
        return max(0, self.count - len(self.still_counting(recent, now)))
