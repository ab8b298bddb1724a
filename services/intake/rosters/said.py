"""What somebody says to leave or a swap."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.case import Actor


@dataclass(frozen=True)
class Said:
    """Who, when, and in their words; `in_view`: why a gap in cover is taken all the same."""

    by: Actor
    at: datetime
    words: str = ""
    in_view: str = ""
