"""``desk.yml`` of a district pack: ways, tracks, promises, public notice; read once and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.intake.desk.pack_schema import DeskSchema
from services.intake.desk.pack_values import UNITS, MinorMaterials, Notices, Remedies, Track, Way
from services.intake.grids.work import Group, work_for
from shared.district import (
    District,
    Document,
    Problem,
    every_urgency_listed,
    once_a_district,
    read_part,
)

FILE = "desk.yml"


@dataclass(frozen=True)
class DeskRules:
    """What a district decides about its desks, in the order of the file."""

    ways: tuple[Way, ...]
    back_office: tuple[Track, ...]
    promise: MinorMaterials
    public_notice: Notices
    remedies: Remedies
    reviewed_channels: tuple[str, ...]
    by_track: Mapping[str, Track] = field(default_factory=dict)

    @property
    def usual_way(self) -> str:
        """How a matter is handled when nobody says otherwise."""
        return self.ways[0].code

    def back_office_by(self, urgency: str, start: datetime, district: District) -> datetime:
        """When the back office has to be done with a matter it is given now (1-23)."""
        return after(self.by_track[urgency].within, start, district)

    def review_by(self, channel: str, start: datetime, district: District) -> datetime | None:
        """When somebody has to have looked at what came online (A42); None for other channels."""
        if channel not in self.reviewed_channels:
            return None
        workdays = district.rules.online_review_workdays
        return district.calendar.add_workdays(start, workdays)

    def promise_by(self, start: datetime, district: District) -> datetime:
        """When the materials promised now have to be here (A24)."""
        return district.calendar.add_workdays(start, self.promise.workdays)

    def notice_until(self, start: datetime, district: District) -> datetime:
        """When a public notice put up now ends."""
        return district.calendar.add_days(start, self.public_notice.days)


def after(limit: Mapping[str, int], start: datetime, district: District) -> datetime:
    """The end of a limit, given in exactly one of UNITS."""
    ((unit, number),) = limit.items()
    if unit == "hours":
        return start + timedelta(hours=number)
    return district.calendar.add_workdays(start, number)


def minutes_left(district: District, accepted_at: datetime, now: datetime) -> timedelta | None:
    """What is left of the 8 minutes for what is complete at the desk (N, 4-03); negative when over.

    None where the district does not promise them.
    """
    rules = district.rules
    if not rules.desk_minutes_promised:
        return None
    return accepted_at + timedelta(minutes=rules.desk_minutes) - now


def groups_of(district: District) -> tuple[Group, ...]:
    """The groups a resident may be of; grid workers answer for some of them (1-21)."""
    return work_for(district).groups


def load(district: District) -> DeskRules:
    """Read and check the district's ``desk.yml``.

    Raises:
        PackError: with every problem, its line and what was expected.
    """

    def codes_known(document: Document) -> Iterator[Problem]:
        yield from every_urgency_listed(document, district, "back_office", "limit")
        yield from _channels_known(document, district)

    read: Mapping[str, Any] = read_part(district.path, FILE, DeskSchema, [codes_known])
    return DeskRules(**read, by_track={track.code: track for track in read["back_office"]})


def _channels_known(document: Document, district: District) -> Iterator[Problem]:
    known = [one.code for one in district.rules.channels]
    data = document.data if isinstance(document.data, dict) else {}
    for code in data.get("reviewed_channels") or ():
        if code not in known:
            wrong = f"{code!r} is no channel"
            yield document.problem(("reviewed_channels",), wrong, f"one of {', '.join(known)}")


@once_a_district
def desk_of(district: District) -> DeskRules:
    """The district's rules of the desk, read once: a loaded pack never changes.

    Raises:
        PackError: the file is missing or wrong.
    """
    return load(district)


__all__ = [
    "UNITS",
    "DeskRules",
    "MinorMaterials",
    "Notices",
    "Remedies",
    "Track",
    "Way",
    "after",
    "desk_of",
    "groups_of",
    "load",
    "minutes_left",
]
