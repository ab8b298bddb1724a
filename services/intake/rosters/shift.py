"""A duty 值班: who sits where, from when to when, and when they are away for their meal."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

PLANNED = "planned"
CANCELLED = "cancelled"
ROTA, BY_HAND, STAND_IN, SWAPPED = "rota", "by_hand", "stand_in", "swapped"
"""Why somebody has a duty."""
TAKEN_OFF, LEFT_EMPTY = "taken_off", "left_empty"
"""How the manager took somebody off: the seat is given to another, or stays empty in view."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Duty:
    """One officer in one seat on one day. Whoever takes it over gets a duty of their own.

    Attributes:
        id: stable; calendars know the duty by it.
        seat: of the post, e.g. ``A``: the pair's A and B have their meals one after the other.
        meal_starts_at, meal_ends_at: when they are away for their meal, if they are.
        why: the rota, by hand, standing in for somebody, or swapped; once the manager took them
            off it: whether the seat is given to another.
        version: raised with every change; a calendar's SEQUENCE is one less.
    """

    id: str
    community: str
    day: date
    post: str
    seat: str
    username: str
    name: str
    starts_at: datetime
    ends_at: datetime
    meal_starts_at: datetime | None
    meal_ends_at: datetime | None
    made_at: datetime
    changed_at: datetime
    state: str = PLANNED
    why: str = ROTA
    version: int = 1

    @property
    def planned(self) -> bool:
        """Whether it still stands."""
        return self.state == PLANNED

    @property
    def sits(self) -> list[Span]:
        """When they sit there: before and after the meal."""
        if self.meal_starts_at is None or self.meal_ends_at is None:
            return [(self.starts_at, self.ends_at)]
        return [(self.starts_at, self.meal_starts_at), (self.meal_ends_at, self.ends_at)]

    def cancelled(self, at: datetime, why: str = "") -> "Duty":
        """It does not stand any more; calendars that know it are told."""
        version, reason = self.version + 1, why or self.why
        return replace(self, state=CANCELLED, why=reason, changed_at=at, version=version)


@dataclass(frozen=True)
class Away:
    """From when to when somebody is on leave."""

    username: str
    starts_at: datetime
    ends_at: datetime


def there(duty: Duty, moment: datetime, away: Iterable[Away] = ()) -> bool:
    """Whether they sit there at this moment: not at their meal, not on leave."""
    if not duty.planned or not any(begin <= moment < end for begin, end in duty.sits):
        return False
    return not any(
        one.username == duty.username and one.starts_at <= moment < one.ends_at for one in away
    )
