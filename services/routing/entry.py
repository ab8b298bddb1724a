"""A line of an order's history."""

from dataclasses import dataclass
from datetime import datetime

CODED = ("late",)
"""What notes a code, not words: the clock that ran out."""


@dataclass(frozen=True)
class Entry:
    """One line of an order's history; its version is the order's after it."""

    version: int
    at: datetime
    what: str
    by: str
    department: str | None
    state: str
    note: str = ""
