"""What ``rosters.yml`` says, as plain values: posts 岗, their seats, and how turns go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from services.intake.rosters.shift import Span
from shared.clock import LOCAL_ZONE
from shared.workdays import Hours, WorkCalendar

DAY, WEEK = "day", "week"
TURNS = (DAY, WEEK)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Named:
    """A code with its names."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True)
class Seat:
    """A place at a post. Seats of one post have their meals one after the other (0-27).

    ``starts`` and ``ends`` are local times; None: as the district's service hours.
    """

    code: str
    name: str
    name_en: str
    starts: time | None = None
    ends: time | None = None
    meal: tuple[time, time] | None = None


@dataclass(frozen=True)
class Post:
    """Something people do in turn.

    Attributes:
        roles: whose accounts take turns, where the manager says nothing else.
        turn: for a day or for a week at a time.
        weekday: 1 to 7; None: every working day.
        covers: it must never be empty in service hours.
        least: how many sit there on a day; there are seats for more.
    """

    code: str
    name: str
    name_en: str
    roles: tuple[str, ...]
    turn: str
    least: int
    seats: tuple[Seat, ...]
    weekday: int | None = None
    covers: bool = False
    source: tuple[str, ...] = ()
    confirmed: bool = False

    def seat(self, code: str) -> Seat | None:
        """The seat with this code."""
        return next((one for one in self.seats if one.code == code), None)

    def held_on(self, day: date, calendar: WorkCalendar) -> bool:
        """Whether it is done that day: a working day, and its own day of the week.

        A day of the week that is off moves to the last working day before it in that week.
        """
        if not calendar.is_workday(day):
            return False
        if self.weekday is None or day.isoweekday() == self.weekday:
            return True
        own = day + (self.weekday - day.isoweekday()) * _ONE_DAY
        if own < day:
            return False
        return not any(calendar.is_workday(day + i * _ONE_DAY) for i in _until(day, own))


def _until(day: date, own: date) -> range:
    return range(1, (own - day).days + 1)


@dataclass(frozen=True)
class Pack:
    """The file, loaded and checked, with the district's service hours."""

    weeks_ahead: int
    fair_days: int
    cover_days: int
    posts: Mapping[str, Post] = field(hash=False)
    leave_kinds: tuple[Named, ...]
    hours: Hours

    @property
    def covered(self) -> tuple[Post, ...]:
        """Posts that must not be empty in service hours."""
        return tuple(post for post in self.posts.values() if post.covers)

    def open_on(self, day: date) -> Span:
        """From when to when the desks are open on a day they are open."""
        return at(day, self.hours.opens), at(day, self.hours.closes)

    def times(self, seat: Seat, day: date) -> tuple[Span, Span | None]:
        """When a seat is taken on a day, and its meal."""
        opens, closes = self.open_on(day)
        begins = at(day, seat.starts) if seat.starts else opens
        ends = at(day, seat.ends) if seat.ends else closes
        meal = (at(day, seat.meal[0]), at(day, seat.meal[1])) if seat.meal else None
        return (begins, ends), meal


def at(day: date, clock: time) -> datetime:
    """A local time of a local day, as a moment."""
    return datetime.combine(day, clock, LOCAL_ZONE)
