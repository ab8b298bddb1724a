"""A shared matter of each side."""

from typing import Any

from services.intake.case import Actor
from services.intake.deliberation import handlers
from services.intake.deliberation.handlers import Draft


def fill(run: Any, side: Any, _secret: str) -> None:
    """Raise it, and name it among the side's things."""
    clerk = Actor(side.things["clerk"], "丁一", "desk", side.community)
    draft = Draft(f"楼道堆物·{side.name}", "neighbours", "", ("community", "residents"))
    made = run(lambda tx: handlers.raise_matter(tx, clerk, draft))
    side.things["matter"] = made.number
