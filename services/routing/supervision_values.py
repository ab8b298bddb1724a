"""How a district sees to it that orders get done: what ``supervision.yml`` says, as frozen values.

Limits are data, as ``limits.Limit.from_data`` reads them: ``{"workdays": 5}``, ``{"hours": 1}``
(around the clock) or ``{"service_hours": 4}`` (while the department is open).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

LimitData = Mapping[str, int]
UNITS = ("hours", "service_hours", "workdays")
OCCASIONS = (
    "contact_late",
    "finish_late",
    "undispatched",
    "unsigned",
    "bounced",
    "dissatisfied",
    "repeated",
    "arbitrated_late",
)
"""What a step of the ladder answers to; ``after`` counts from then, ``times`` how often."""


@dataclass(frozen=True)
class Track:
    """The clocks of an urgency (分级办理, 1-23); ``level``: of pressing, from the dispatch on."""

    code: str
    contact: LimitData = field(hash=False)
    finish: LimitData = field(hash=False)
    level: int
    source: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class Pause:
    """A named reason for which the finish clock stands still, and for how long at most."""

    code: str
    name: str
    name_en: str
    longest_workdays: int
    source: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class Arbitration:
    """派单异议裁定 (B12): after how many hops, by whom, within what, and who takes it otherwise."""

    after_hops: int
    arbiter: str
    arbiter_en: str
    fallback: str
    within: LimitData = field(hash=False)
    source: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class OnDuty:
    """Somebody of a rota. ``post`` is what they are; demo packs name nobody real."""

    name: str
    post: str


@dataclass(frozen=True)
class Level:
    """A level of pressing (三督办, 3-23) and who is on duty there, changing by day or by week."""

    level: int
    name: str
    name_en: str
    to: str
    rotate: str
    duty: tuple[OnDuty, ...]
    source: tuple[str, ...]

    def on_duty(self, day: date) -> OnDuty | None:
        """Who is on duty on a local day; None where the pack names nobody."""
        if not self.duty:
            return None
        turn = day.toordinal() if self.rotate == "day" else (day.toordinal() - 1) // 7
        return self.duty[turn % len(self.duty)]


@dataclass(frozen=True)
class Step:
    """A step of the ladder: on which occasion, how long after it, and to which level.

    ``raises`` is added to the level it has; ``level`` is reached at least. ``on_site`` calls the
    unit's leader to the spot (3-18).
    """

    code: str
    when: str
    after: LimitData | None = field(hash=False)
    times: int
    level: int
    raises: int
    on_site: bool
    source: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class Named:
    """An entry of a closed list."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True)
class FollowUps:
    """回访 (3-24): when, by which channels, and for which reasons one does not count."""

    due: LimitData = field(hash=False)
    channels: tuple[Named, ...]
    invalid: tuple[Named, ...]
    source: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class Repeats:
    """When a matter counts as repeated: the same resident and matter within some days, so often."""

    days: int
    times: int


@dataclass(frozen=True)
class Problems:
    """问题责任清单 (3-22): from when an open order is long unsolved; reviews and looking back."""

    unsolved_workdays: int
    review_workdays: int
    look_back_workdays: int
    source: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class Clusters:
    """未诉先办 (3-26): over how many days, and from how many orders on."""

    days: int
    least: int


@dataclass(frozen=True)
class Hours:
    """When a department is open, local time."""

    days: str
    opens: time
    closes: time


@dataclass(frozen=True)
class Unit:
    """A department's service hours and its three kinds of people in charge (3-20), by post."""

    department: str
    hours: Hours | None
    handler: str
    policy: str
    leader: str


@dataclass(frozen=True)
class GridLevel:
    """A level of the grid (4-10)."""

    level: int
    name: str
    name_en: str
    does: str


@dataclass(frozen=True)
class Supervision:
    """The file, loaded and checked. ``tracks`` has an entry for every urgency of the district."""

    tracks: Mapping[str, Track] = field(hash=False)
    pauses: Mapping[str, Pause] = field(hash=False)
    arbitration: Arbitration
    levels: Mapping[int, Level] = field(hash=False)
    steps: tuple[Step, ...]
    follow_ups: FollowUps
    repeats: Repeats
    problems: Problems
    clusters: Clusters
    hours: Hours
    units: Mapping[str, Unit] = field(hash=False)
    reminders_in_service_hours: bool
    grid_levels: tuple[GridLevel, ...]

    def hours_of(self, department: str | None) -> Hours:
        """When a department is open; the district's own hours where it has none of its own."""
        unit = self.units.get(department or "")
        return unit.hours if unit is not None and unit.hours is not None else self.hours

    def leader_of(self, department: str | None) -> str:
        """What a department's leader is called."""
        unit = self.units.get(department or "")
        return unit.leader if unit is not None else "单位主要负责人"
