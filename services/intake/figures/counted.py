"""What one case adds to the figures, and what sums of it mean. Plain Python.

A case is counted as accepted on the day it was accepted, and as done, withdrawn or refused on the
day that happened; times, first visits, deadlines and the grade belong to the day it was done.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from shared.clock import local

DAYS = 1440
EDGES = (
    *(1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 90, 120, 180, 240, 360, 480, 720),
    *(n * DAYS for n in (1, 2, 3, 5, 7, 10, 15, 20, 30, 60, 90, 180, 365)),
)
"""Upper ends, in minutes and included, of the classes of the histogram; the last has none."""
TIMES = tuple(f"t{n:02}" for n in range(len(EDGES) + 1))
GRADES = tuple(f"grade{n}" for n in range(1, 6))
DONE, WITHDRAWN, REFUSED = "done", "withdrawn", "refused"
COUNTED = (
    "accepted",
    DONE,
    WITHDRAWN,
    REFUSED,
    "on_spot",
    "spot_minutes",
    "minutes",
    "first_visit",
    "timed",
    "on_time",
    *GRADES,
    *TIMES,
)
"""The columns of the table; all are counts but `minutes` and `spot_minutes`, which are sums."""
OF_KIND = "@"
"""Before a kind of cases, where what came is no item of the catalogue."""
CERTIFICATE = "@certificate"
"""What was asked for and is not issued by communities (A38)."""


@dataclass(frozen=True)
class Facts:
    """What is counted of one case; nothing personal.

    Attributes:
        item: code of the item, or `@` and the kind.
        accepted: the local day, or None for a certificate that was refused at once.
        ended: the local day on which it was done, withdrawn or refused; None while it goes on.
        how: DONE, WITHDRAWN, REFUSED, or empty.
        minutes: whole ones, from acceptance to the result, around the clock.
        on_spot: done while the resident was there (`OnTheSpot`).
        on_time: None without a promised limit.
    """

    community: str
    item: str
    channel: str
    accepted: date | None
    ended: date | None = None
    how: str = ""
    minutes: int = 0
    on_spot: bool = False
    first_visit: bool = False
    on_time: bool | None = None
    grade: int = 0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        days = {"accepted": _told(self.accepted), "ended": _told(self.ended)}
        return asdict(self) | days

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Facts":
        """From JSON."""
        days = {name: _day(document[name]) for name in ("accepted", "ended")}
        return cls(**{**document, **days})


@dataclass(frozen=True)
class OnTheSpot:
    """What is done on the spot 当场办结: before the resident went away again.

    Attributes:
        minutes: within so many.
        channels: by which people bring their matter face to face; nobody stands there by others.
    """

    minutes: int
    channels: frozenset[str]


NO_SPOT = OnTheSpot(0, frozenset())
"""Where nobody asks what is done on the spot."""


@dataclass(frozen=True)
class Matter:
    """The little of a case that figures are made of; moments are aware.

    `waited`: for materials, of which a notice or a promise was given, or for the back office; so it
    was not done while the resident was there.
    """

    community: str
    item: str
    channel: str
    accepted_at: datetime | None
    resolved_at: datetime | None = None
    ended_at: datetime | None = None
    how: str = ""
    due_at: datetime | None = None
    transfers: int = 0
    visits: int = 1
    waited: bool = False
    grade: int = 0


def facts_of(matter: Matter, spot: OnTheSpot) -> Facts:
    """What is counted of a matter."""
    begun = _local_day(matter.accepted_at)
    facts = Facts(matter.community, matter.item, matter.channel, begun)
    if matter.how in (WITHDRAWN, REFUSED):
        return replace(facts, ended=_local_day(matter.ended_at), how=matter.how)
    if matter.resolved_at is None or matter.accepted_at is None:
        return facts
    minutes = max(0, int((matter.resolved_at - matter.accepted_at).total_seconds() // 60))
    return replace(
        facts,
        ended=_local_day(matter.resolved_at),
        how=DONE,
        minutes=minutes,
        on_spot=_on_spot(matter, minutes, spot),
        first_visit=matter.visits == 1,
        on_time=None if matter.due_at is None else matter.resolved_at <= matter.due_at,
        grade=matter.grade,
    )


def counts_of(facts: Facts) -> Iterator[tuple[date, dict[str, int]]]:
    """What it adds, by day: when it was accepted, and when it ended."""
    if facts.accepted is not None:
        yield facts.accepted, {"accepted": 1}
    if facts.ended is not None:
        yield facts.ended, _ended(facts)


def _on_spot(matter: Matter, minutes: int, spot: OnTheSpot) -> bool:
    there = matter.channel in spot.channels and minutes <= spot.minutes
    return there and not matter.transfers and not matter.waited


def _ended(facts: Facts) -> dict[str, int]:
    found = {facts.how: 1}
    if facts.how != DONE:
        return found
    found |= {"minutes": facts.minutes, TIMES[bisect_left(EDGES, facts.minutes)]: 1}
    if facts.on_spot:
        found |= {"on_spot": 1, "spot_minutes": facts.minutes}
    if facts.first_visit:
        found["first_visit"] = 1
    if facts.on_time is not None:
        found |= {"timed": 1, "on_time": int(facts.on_time)}
    if facts.grade:
        found[GRADES[facts.grade - 1]] = 1
    return found


def median(times: Mapping[str, int]) -> tuple[int, int | None] | None:
    """Between which minutes the median lies: above the first, up to the second; None of nothing.

    As exact as the histogram: the second is None where more than a year was needed.
    """
    whole = sum(times.get(name, 0) for name in TIMES)
    if not whole:
        return None
    running = accumulate(times.get(name, 0) for name in TIMES)
    n = next(n for n, passed in enumerate(running) if passed >= (whole + 1) // 2)
    return EDGES[n - 1] if n else -1, EDGES[n] if n < len(EDGES) else None


def _local_day(moment: datetime | None) -> date | None:
    return None if moment is None else local(moment).date()


def _told(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
