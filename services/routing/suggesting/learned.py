"""What a district learned: counts of confirmed dispatches, and nothing of what was told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.routing.suggesting.model import Counts
from services.routing.suggesting.phrases import pieces

FEWEST_PEOPLE = 3
"""Different applicants that must have said a piece, in one batch, before it is counted at all."""


@dataclass(frozen=True)
class Learned:
    """As read from the tables.

    Attributes:
        counts: piece -> department -> orders.
        matters: matter -> department -> orders.
    """

    counts: Counts = field(default_factory=Counts)
    matters: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """A confirmed order for counting: what was said, by whom, about what, and whose it was.

    ``person`` only tells applicants apart; it is never kept.
    """

    text: str
    person: str
    matter: str | None
    department: str


def count_said(told: Iterable[Told], language: frozenset[str]) -> dict[tuple[str, str], int]:
    """(piece, department) -> orders, for pieces of the pack's language that enough people said."""
    heard = [(one, pieces(one.text) & language) for one in told]
    people: dict[str, set[str]] = {}
    for one, said in heard:
        for piece in said:
            people.setdefault(piece, set()).add(one.person)
    counted: dict[tuple[str, str], int] = {}
    for one, said in heard:
        for piece in said:
            if len(people[piece]) >= FEWEST_PEOPLE:
                key = piece, one.department
                counted[key] = counted.get(key, 0) + 1
    return counted


def count_matters(told: Iterable[Told]) -> dict[tuple[str, str], int]:
    """(matter, department) -> orders."""
    counted: dict[tuple[str, str], int] = {}
    for one in told:
        if one.matter is not None:
            key = one.matter, one.department
            counted[key] = counted.get(key, 0) + 1
    return counted
