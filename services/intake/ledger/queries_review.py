"""The periodic review 定期梳理 (服务+, 1-02): what is asked for and missing, unmet, or unused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from services.intake.figures import queries as figures
from services.intake.figures.counted import NO_SPOT
from services.intake.figures.queries import BY_ITEM, Asked
from services.intake.ledger import queries
from services.intake.ledger.pack import LedgerRules, Theme
from services.intake.ledger.period import Period, before, months_back, period_of
from services.intake.ledger.queries import Entry, Span
from shared.clock import LOCAL_ZONE
from shared.district import District, Item

MOST_SHOWN = 8
MOST_THEMES = 6
MOST_UNMET = 20
_USED_CLASSES = ("guide", "extra")
"""Items that residents bring; duties of the community are nobody's application."""


@dataclass(frozen=True)
class Wish:
    """A theme with demands that no item answers."""

    theme: Theme
    count: int
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Review:
    """What a review looks at: the period that ended last, and the one that runs."""

    period: Period
    running: Period
    wishes: Sequence[Wish]
    unmet: Sequence[Entry]
    unused: Sequence[Item]


def review_of(
    connection: sa.Connection,
    district: District,
    rules: LedgerRules,
    community: str | None,
    today: date,
) -> Review:
    """The review of one community, or (None) of the district.

    Asked for and without an item: of the period that ended and of the one that runs.
    """
    running = period_of(rules.period, today)
    period = before(rules.period, running)
    span = Span(_start(period.first), _start(running.last + timedelta(days=1)), community)
    wishes = [
        Wish(
            rules.theme(code) or rules.themes[-1],
            count,
            queries.asked_for(connection, span, code, MOST_SHOWN),
        )
        for code, count in queries.without_item(connection, span)[:MOST_THEMES]
    ]
    late = _start(today - timedelta(days=rules.unmet_days))
    return Review(
        period=period,
        running=running,
        wishes=wishes,
        unmet=queries.unmet(connection, community, late, MOST_UNMET),
        unused=unused(connection, district, months_back(today, rules.unused_months), today),
    )


def unused(connection: sa.Connection, district: District, first: date, last: date) -> list[Item]:
    """Items that nobody in the whole district used in this time: one catalogue serves all."""
    asked = Asked(first, last, tuple(district.communities), by=BY_ITEM)
    used = {code for code, counts in figures.sums(connection, asked, NO_SPOT).items() if counts}
    items = district.items.values()
    return [one for one in items if one.item_class in _USED_CLASSES and one.code not in used]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL_ZONE).astimezone(UTC)
