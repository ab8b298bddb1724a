"""All stories in the order of their moments, and the clock that makes a month of them.

Only the embedded run lets a demonstration move its clock (services/demo_clock.py). Against any
other deployment everything happens now: the mix of states is the same, but nothing can be late.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tools.client import Person, Refused
from tools.demo.stories import Story

HOLD = 120
"""Seconds after which the platform's clock comes back by itself, if we should be killed."""
SMALLEST_MOVE = timedelta(minutes=1)


@dataclass(order=True)
class _Turn:
    moment: datetime
    order: int
    story: Story = field(compare=False)


class Clock:
    """The platform's clock, moved by an admin; `moves` says whether this deployment allows it."""

    def __init__(self, admin: Person) -> None:
        self._admin = admin
        self._stands: datetime | None = None
        self.moves = self._set(datetime.now(UTC) - SMALLEST_MOVE)

    def go_to(self, moment: datetime) -> None:
        """It is that moment now; moves of less than a minute are not worth a request."""
        if self.moves and (self._stands is None or moment - self._stands >= SMALLEST_MOVE):
            self._set(moment)
            self._stands = moment

    def present(self) -> None:
        """Back to what the time really is."""
        if self.moves:
            self._set(None)

    def _set(self, moment: datetime | None) -> bool:
        asked = {"at": moment and moment.isoformat(), "hold": HOLD}
        try:
            self._admin.post("/api/intake/demo/clock", asked)
        except Refused as refused:
            if refused.status in (404, 405):
                return False
            raise
        return True


class Month:
    """Stories with the moments at which they begin."""

    def __init__(self) -> None:
        self._turns: list[_Turn] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, moment: datetime, story: Story) -> None:
        """A story that begins then."""
        self._count += 1
        heapq.heappush(self._turns, _Turn(moment, self._count, story))

    def tell(self, clock: Clock, began: Callable[[int, datetime], None]) -> Iterator[Refused]:
        """Tell them all up to the present; gives what the platform refused.

        A story that was refused something ends there. `began` hears how many have begun.
        """
        started: set[int] = set()
        while self._turns and self._turns[0].moment <= datetime.now(UTC):
            turn = heapq.heappop(self._turns)
            clock.go_to(turn.moment)
            if turn.order not in started:
                started.add(turn.order)
                began(len(started), turn.moment)
            try:
                pause = next(turn.story, None)
            except Refused as refused:
                yield refused
                continue
            if pause is not None:
                later = _Turn(turn.moment + pause, turn.order, turn.story)
                heapq.heappush(self._turns, later)
