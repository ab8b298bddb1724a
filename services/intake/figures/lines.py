"""Figures as people read them: shares, means and medians of sums. Plain Python."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from services.intake.figures.counted import GRADES, median
from services.intake.figures.pack import FigureRules

SATISFIED_FROM = 3
"""Grades from this one on are positive (好差评: 基本满意)."""


@dataclass(frozen=True)
class Line:
    """One line of figures. Shares are from 0 to 1, times are minutes; None where there is nothing.

    Attributes:
        median_above, median_upto: between which the median lies; the second is None past a year.
        grades: how many of each, from 1 (worst) to 5.
        baseline_minutes: what it took before, of this item or of everything.
    """

    code: str
    accepted: int
    done: int
    withdrawn: int
    refused: int
    on_spot: int
    on_spot_share: float | None
    mean_minutes: float | None
    spot_mean_minutes: float | None
    median_above_minutes: int | None
    median_upto_minutes: int | None
    first_visit_share: float | None
    timed: int
    on_time_share: float | None
    grades: tuple[int, ...]
    satisfied_share: float | None
    baseline_minutes: int | None

    @property
    def rated(self) -> int:
        """How many ratings there are."""
        return sum(self.grades)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def line_of(code: str, sums: Mapping[str, int], rules: FigureRules, item: str = "") -> Line:
    """The line of one group's sums."""
    done, grades = sums.get("done", 0), tuple(sums.get(name, 0) for name in GRADES)
    between = median(sums)
    return Line(
        code=code,
        accepted=sums.get("accepted", 0),
        done=done,
        withdrawn=sums.get("withdrawn", 0),
        refused=sums.get("refused", 0),
        on_spot=sums.get("on_spot", 0),
        on_spot_share=share(sums.get("on_spot", 0), done),
        mean_minutes=share(sums.get("minutes", 0), done),
        spot_mean_minutes=share(sums.get("spot_minutes", 0), sums.get("on_spot", 0)),
        median_above_minutes=between[0] if between else None,
        median_upto_minutes=between[1] if between else None,
        first_visit_share=share(sums.get("first_visit", 0), done),
        timed=sums.get("timed", 0),
        on_time_share=share(sums.get("on_time", 0), sums.get("timed", 0)),
        grades=grades,
        satisfied_share=share(sum(grades[SATISFIED_FROM - 1 :]), sum(grades)),
        baseline_minutes=rules.baseline(item).minutes if done else None,
    )


def share(part: int, whole: int) -> float | None:
    """A part of a whole, or None of nothing."""
    return part / whole if whole else None
