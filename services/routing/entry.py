"""A line of an order's history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CODED = ("late", "due_soon")
"""What notes a code, not words: the clock that ran out, or soon will."""


@dataclass(frozen=True)
class Entry:
    """One line of an order's history; its version is the order's after it.

    ``data["clock"]`` are the clock facts from which both deadlines can be recomputed, with the
    numbers that were in force: a change of the pack does not rewrite what was.
    """

    version: int
    at: datetime
    what: str
    by: str
    department: str | None
    state: str
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
