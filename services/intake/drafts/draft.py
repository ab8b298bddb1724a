"""A draft 草稿: what one officer typed into the desk's form and has not sent yet.

The clock of the eight minutes (N, 4-03: complete materials, done within eight minutes) starts with
the form where nothing is missing when it is opened, else with the tick of the last required
material; it stops when something is unticked again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.district import Item

KEPT = timedelta(days=1)
"""What nobody came back for within a day is forgotten: it holds names and numbers."""
MOST = 20
"""Of one officer; with one more the oldest goes."""
WORDS = (
    *("name", "applicant.phone", "applicant.id_no"),
    *("title", "description", "location", "result", "promise_reason"),
)
"""Fields that hold what somebody typed, in the order in which a draft is called by them."""


@dataclass(frozen=True)
class Draft:
    """One form that was begun. `content` is what stood in its fields, by name."""

    id: str
    username: str
    subject: str
    content: Mapping[str, Any]
    opened_at: datetime
    complete_at: datetime | None
    saved_at: datetime


def worth_keeping(content: Mapping[str, Any]) -> bool:
    """Whether anything was typed or ticked: an empty form is no draft."""
    return any(content.get(name) for name in (*WORDS, "materials"))


def complete(item: Item | None, ticked: Sequence[str]) -> bool:
    """Whether every material the item requires was ticked."""
    if item is None:
        return True
    return all(material.name in ticked for material in item.materials if material.required)


def complete_since(
    item: Item | None,
    ticked: Sequence[str],
    before: Draft | None,
    opened_at: datetime,
    at: datetime,
) -> datetime | None:
    """Since when nothing is missing; None while something is."""
    if not complete(item, ticked):
        return None
    if complete(item, ()):
        return opened_at
    return before.complete_at if before and before.complete_at else at
