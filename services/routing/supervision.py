"""``supervision.yml`` of a district pack: reading and checking it."""

from collections.abc import Iterator
from typing import Any

from services.routing.supervision_schema import SupervisionSchema
from services.routing.supervision_values import (
    Arbitration,
    Clusters,
    FollowUps,
    GridLevel,
    Hours,
    Level,
    Named,
    OnDuty,
    Pause,
    Problems,
    Repeats,
    Step,
    Supervision,
    Track,
    Unit,
)
from shared.district import (
    District,
    Document,
    Problem,
    every_urgency_listed,
    once_a_district,
    read_part,
)

FILE = "supervision.yml"


def load(district: District) -> Supervision:
    """Read and check the district's ``supervision.yml``.

    Raises:
        PackError: with every problem, its line and what was expected.
    """

    def codes_known(document: Document) -> Iterator[Problem]:
        yield from every_urgency_listed(document, district, "tracks", "track")
        yield from _departments_known(document, district)
        yield from _levels_known(document)

    found: Supervision = read_part(district.path, FILE, SupervisionSchema, [codes_known])
    return found


def _departments_known(document: Document, district: District) -> Iterator[Problem]:
    known = ", ".join(district.departments)
    for path, entry in document.entries("units"):
        if entry.get("department") not in district.departments:
            wrong = f"{entry.get('department')!r} is no department"
            yield document.problem((*path, "department"), wrong, f"one of {known}")
    fallback = _of(document, "arbitration", "fallback")
    if fallback not in district.departments:
        wrong = f"{fallback!r} is no department"
        yield document.problem(("arbitration", "fallback"), wrong, f"one of {known}")


def _levels_known(document: Document) -> Iterator[Problem]:
    levels = [entry.get("level") for _, entry in document.entries("levels")]
    if levels != list(range(1, len(levels) + 1)):
        yield document.problem(("levels",), f"levels are {levels}", "1, 2, 3 … in order")
    for path, entry in document.entries("steps"):
        if entry.get("level", 0) not in (0, *levels):
            wrong = f"{entry.get('level')!r} is no level"
            yield document.problem((*path, "level"), wrong, f"one of {levels}")


def _of(document: Document, part: str, name: str) -> Any:
    data = document.data if isinstance(document.data, dict) else {}
    inner = data.get(part)
    return inner.get(name) if isinstance(inner, dict) else None


@once_a_district
def supervision_for(district: District) -> Supervision:
    """The district's supervision, read once: a loaded pack never changes.

    Raises:
        PackError: the file is missing or wrong.
    """
    return load(district)


__all__ = [
    "Arbitration",
    "Clusters",
    "FollowUps",
    "GridLevel",
    "Hours",
    "Level",
    "Named",
    "OnDuty",
    "Pause",
    "Problems",
    "Repeats",
    "Step",
    "Supervision",
    "Track",
    "Unit",
    "load",
    "supervision_for",
]
