"""Looking: sums of what was archived and of what is not yet, by day, week, month, place and matter.

What is archived is read from `figure_days`, whole months as months; what is not, from the cases
themselves, of which there are as many as are in hand. Every case is in exactly one of the two.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from services.intake.case import OPEN_STATES
from services.intake.figures import of_cases
from services.intake.figures.counted import COUNTED, OF_KIND, Facts, OnTheSpot, counts_of
from services.intake.figures.tables import DAY, MONTH, WHOLE
from services.intake.models import archive, cases, figures, refusals

BY_DAY, BY_WEEK, BY_MONTH = "day", "week", "month"
BY_COMMUNITY, BY_ITEM, BY_CHANNEL = "community", "item", "channel"
PERIODS = (BY_DAY, BY_WEEK, BY_MONTH)
BYS = (*PERIODS, BY_COMMUNITY, BY_ITEM, BY_CHANNEL)
_ONE_DAY = timedelta(days=1)
_NEW_MONTH = timedelta(days=32)

Sums = dict[str, Counter[str]]


class Reader(Protocol):
    """A connection, or a command's transaction."""

    def execute(self, statement: Any, /) -> sa.CursorResult[Any]:
        """Run a SELECT."""


@dataclass(frozen=True)
class Asked:
    """Which figures. What is empty does not narrow.

    Attributes:
        communities: of the district; where `community` is None, all of them.
        community: 12 digits; None is the whole district, and "" nowhere.
        item: code, or `@` and a kind.
        by: one of BYS, or empty for one sum of everything.
    """

    first: date
    last: date
    communities: tuple[str, ...]
    community: str | None = None
    item: str = ""
    channel: str = ""
    by: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """The communities that are counted."""
        return self.communities if self.community is None else (self.community,)


def sums(reader: Reader, asked: Asked, spot: OnTheSpot) -> Sums:
    """The sums, by what they are grouped by: a day, the first day of a week or month, a code."""
    found: Sums = defaultdict(Counter)
    for group, counts in _archived(reader, asked):
        found[group].update(counts)
    for facts, sign in live(reader, asked.places, spot):
        if _wanted(asked, facts):
            _count(found, asked, facts, sign)
    return {group: counts for group, counts in found.items() if any(counts.values())}


def totals(reader: Reader, asked: Asked, spot: OnTheSpot) -> Counter[str]:
    """One sum of everything that is asked for."""
    return sums(reader, replace(asked, by=""), spot).get("", Counter())


def _archived(reader: Reader, asked: Asked) -> Iterator[tuple[str, dict[str, int]]]:
    for grain, first, last in spans(asked.first, asked.last, asked.by):
        named = _grouped(asked)
        chosen = sa.select(*named, *(sa.func.sum(figures.c[n]).label(n) for n in COUNTED))
        where = figures.c.grain == grain, figures.c.start.between(first, last), *_rows(asked)
        for row in reader.execute(chosen.where(*where).group_by(*named)).mappings():
            counts = {name: int(row[name] or 0) for name in COUNTED}
            group: Any = row[named[0].name] if named else ""
            yield period_of(group, asked.by) if asked.by in PERIODS else str(group), counts


def _grouped(asked: Asked) -> list[sa.Column[Any]]:
    if not asked.by:
        return []
    return [figures.c.start if asked.by in PERIODS else figures.c[asked.by]]


def _rows(asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    """The fewest rows that say it: each case stands in four of each grain (`store.keys_of`)."""
    plain = not (asked.item or asked.channel) and asked.by not in (BY_ITEM, BY_CHANNEL)
    district = asked.community is None and asked.by != BY_COMMUNITY and not plain
    yield figures.c.community.in_([WHOLE] if district else asked.places)
    yield figures.c.item == WHOLE if plain else figures.c.item != WHOLE
    if district:
        each = asked.channel or asked.by == BY_CHANNEL
        yield figures.c.channel != WHOLE if each else figures.c.channel == WHOLE
    if asked.item:
        yield figures.c.item == asked.item
    if asked.channel:
        yield figures.c.channel == asked.channel


def spans(first: date, last: date, by: str) -> Iterator[tuple[str, date, date]]:
    """Whole months as months, where that is fine enough, and the days before and after them."""
    opening = first if first.day == 1 else next_month(first)
    closing = next_month(last) if next_month(last) == last + _ONE_DAY else last.replace(day=1)
    if by in (BY_DAY, BY_WEEK) or opening >= closing:
        yield DAY, first, last
        return
    if first < opening:
        yield DAY, first, opening - _ONE_DAY
    yield MONTH, opening, closing - _ONE_DAY
    if closing <= last:
        yield DAY, closing, last


def next_month(day: date) -> date:
    """The first day of the month after it."""
    return (day.replace(day=1) + _NEW_MONTH).replace(day=1)


def period_of(day: date, by: str) -> str:
    """The day, or the first day of its week (Monday) or month, as text."""
    if by == BY_WEEK:
        day -= timedelta(days=day.weekday())
    return (day.replace(day=1) if by == BY_MONTH else day).isoformat()


def live(reader: Reader, places: tuple[str, ...], spot: OnTheSpot) -> Iterator[tuple[Facts, int]]:
    """What is not archived, as it is now, with 1; with -1 what the figures still have of it.

    A case that was archived and then reopened, rated or put right has both until it is sealed anew.
    """
    going_on = cases.c.state.in_(OPEN_STATES), cases.c.community.in_(places)
    ended = cases.c.closed_at.is_not(None), cases.c.archived_at.is_(None)
    over = (*ended, cases.c.community.in_(places), cases.c.state.not_in(OPEN_STATES))
    for where in (going_on, over):
        for case in reader.execute(_LIVE.where(*where)).mappings():
            yield _facts(case, spot), 1
            if case["facts"] is not None:
                yield Facts.of(case["facts"]), -1
    unsealed = refusals.c.archived_at.is_(None), refusals.c.community.in_(places)
    for row in reader.execute(_REFUSED.where(*unsealed)):
        yield of_cases.certificate(row.community, row.channel, row.at), 1


_NAMES = (
    *("community", "channel", "state", "kind", "accepted_at", "resolved_at", "closed_at"),
    *("due_at", "transfers", "visits", "item", "rating", "supplement_by", "back_office_by"),
)
_LIVE = sa.select(
    *(cases.c[name] for name in _NAMES),
    cases.c.promise.is_not(None).label("promised"),
    archive.documents.c.facts,
).select_from(cases.outerjoin(archive.documents, archive.documents.c.number == cases.c.number))
_REFUSED = sa.select(refusals.c.community, refusals.c.channel, refusals.c.at)


def _facts(row: Any, spot: OnTheSpot) -> Facts:
    item = row["item"]["code"] if row["item"] else f"{OF_KIND}{row['kind']}"
    later = (row["supplement_by"], row["back_office_by"])
    waited = row["promised"] or later != (None, None)
    grade = row["rating"]["grade"] if row["rating"] else 0
    return of_cases.of_row(row, item, spot, waited=waited, grade=grade)


def _wanted(asked: Asked, facts: Facts) -> bool:
    return facts.community in asked.places and all(
        wanted in ("", is_there)
        for wanted, is_there in ((asked.item, facts.item), (asked.channel, facts.channel))
    )


def _count(found: Sums, asked: Asked, facts: Facts, sign: int) -> None:
    for day, counts in counts_of(facts):
        if asked.first <= day <= asked.last:
            group = period_of(day, asked.by) if asked.by in PERIODS else _group(asked, facts)
            for name, count in counts.items():
                found[group][name] += sign * count


def _group(asked: Asked, facts: Facts) -> str:
    return str(getattr(facts, asked.by)) if asked.by else ""
