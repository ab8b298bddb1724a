"""What the page, the API and the export ask alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.intake.archive.views import place_of
from services.intake.case import Actor
from services.intake.figures import queries
from services.intake.figures.lines import Line, line_of
from services.intake.figures.pack import FigureRules, figure_rules
from services.intake.figures.queries import BY_ITEM, PERIODS, Asked
from shared.clock import local, now
from shared.runtime import Runtime

USUAL_DAYS = 30


@dataclass(frozen=True)
class Told:
    """The figures that were asked for.

    Attributes:
        lines: by what they are grouped by; periods in their order, the rest by how much there is.
        total: of everything.
    """

    asked: Asked
    rules: FigureRules
    total: Line
    lines: tuple[Line, ...]


def figures(runtime: Runtime, given: Mapping[str, Any], actor: Actor) -> Told:
    """The figures for who asks; an officer sees those of their own community.

    Raises:
        Forbidden: another community was asked for.
    """
    rules = figure_rules(runtime.district)
    asked = asked_of(runtime, given, actor)
    with runtime.database.read() as connection:
        found = queries.sums(connection, asked, rules.on_spot)
        whole = queries.totals(connection, asked, rules.on_spot)
    lines = [
        line_of(code, sums, rules, code if asked.by == BY_ITEM else asked.item)
        for code, sums in found.items()
    ]
    total = line_of("", whole, rules, asked.item)
    return Told(asked, rules, total, tuple(sorted(lines, key=_order(asked.by))))


def _order(by: str) -> Any:
    if by in PERIODS:
        return lambda line: line.code
    return lambda line: (-line.accepted, -line.done, line.code)


def asked_of(runtime: Runtime, given: Mapping[str, Any], actor: Actor) -> Asked:
    """What is asked for: without a period, the thirty days up to the last one."""
    last: date = given["last"] or local(now()).date()
    first: date = given["first"] or last - timedelta(days=USUAL_DAYS - 1)
    return Asked(
        first=min(first, last),
        last=last,
        communities=tuple(runtime.district.communities),
        community=place_of(actor, given["community"]),
        item=given["item"],
        channel=given["channel"],
        by=given["by"],
    )
