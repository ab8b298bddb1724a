"""A slot: a time at a place that can be booked, and how many people it takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

OPEN = "open"
CLOSED = "closed"
WALK_IN = "walk_in"
"""The kind whose places are the tickets of one day's queue."""

TRANSITIONS = {"close": {OPEN: CLOSED}}
"""step -> state before -> state after. A closed slot is over: its bookings were cancelled."""


@dataclass(frozen=True)
class Slot:
    """A time, a place, and its people.

    Attributes:
        id: community, kind and start; by hand with a number of its own.
        kind: a code of slots.yml, or ``walk_in`` for the queue of a day.
        capacity: places; ``taken`` of them are given, and ``waiting`` people wait for one.
        officer: who receives, by username; empty where whoever is on duty does.
        departments: codes of the departments that come along (0-35).
        remarks: what people are told besides; names nobody.
        pattern: the pattern of slots.yml it was made from; empty by hand.

    """

    id: str
    version: int
    state: str
    community: str
    kind: str
    place: str
    place_en: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    waiting: int
    officer: str
    departments: tuple[str, ...]
    remarks: str
    pattern: str
    closed_reason: str

    @property
    def open(self) -> bool:
        """Whether it has not been closed."""
        return self.state == OPEN

    @property
    def left(self) -> int:
        """Places nobody has yet."""
        return max(0, self.capacity - self.taken)

    def begins_within(self, now: datetime, span: timedelta) -> bool:
        """Whether it begins sooner than that, or has begun."""
        return self.starts_at - now < span


def slot_id(community: str, kind: str, starts: datetime, mark: str = "") -> str:
    """The name of a slot; ``starts`` in local time. The same place in a plan, the same name."""
    return f"{community}-{kind}-{starts:%y%m%d%H%M}{mark}".replace("_", "")
