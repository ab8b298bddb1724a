"""Looking at the ledger: pages of it, newest first, its counts, and what a review is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.intake.case_states import REFUSED, WITHDRAWN
from services.intake.ledger.demand import BECAME_CASE, WAITING, Demand
from services.intake.ledger.store import demand_of
from services.intake.models import cases, ledger
from shared.types import Moment
from shared.years import within_years

_t = ledger.demands
ON_A_PAGE = 30
BYS = ("theme", "community", "channel", "month", "state")
_MARK = "~"
Place = tuple[datetime, str]
"""Where a page ends: what stands behind it is older."""


@dataclass(frozen=True)
class Wanted:
    """Which entries. What is empty does not narrow; `community` None is the district."""

    community: str | None = None
    theme: str = ""
    state: str = ""
    channel: str = ""
    month: str = ""
    no_item: bool = False
    before: Place | None = None

    def conditions(self) -> Iterator[sa.ColumnElement[bool]]:
        """As SQL."""
        equal = {"theme": self.theme, "channel": self.channel, "month": self.month}
        yield from (_t.c[name] == value for name, value in equal.items() if value)
        if self.state:
            waiting = self.state == "waiting"
            yield _t.c.state.in_(WAITING) if waiting else _t.c.state == self.state
        if self.community is not None:
            yield _t.c.community == self.community
        if self.no_item:
            yield _t.c.item == ""

    def page(self) -> Iterator[sa.ColumnElement[bool]]:
        """Those behind the place, too."""
        yield from self.conditions()
        if self.before is not None:
            place = sa.literal(self.before[0], Moment), sa.literal(self.before[1])
            yield sa.tuple_(_t.c.heard_at, _t.c.number) < sa.tuple_(*place)


@dataclass(frozen=True)
class Entry:
    """A demand with what is known of its case: title and state; empty where it has none."""

    demand: Demand
    case_title: str = ""
    case_state: str = ""


@dataclass(frozen=True)
class Found:
    """One page; `more` is where the next one begins, or None."""

    entries: tuple[Entry, ...]
    more: Place | None = None


def search(connection: sa.Connection, wanted: Wanted, most: int = ON_A_PAGE) -> Found:
    """A page of the ledger, the newest first: cases that came as demands among them."""
    query = (
        _with_cases()
        .where(*wanted.page())
        .order_by(_t.c.heard_at.desc(), _t.c.number.desc())
        .limit(most + 1)
    )
    found = [_entry(row) for row in connection.execute(query).mappings()]
    shown = tuple(found[:most])
    last = shown[-1].demand if len(found) > most else None
    return Found(shown, (last.heard_at, last.number) if last else None)


def entry(connection: sa.Connection, number: str) -> Entry | None:
    """One entry with its case."""
    row = connection.execute(_with_cases().where(_t.c.number == number)).mappings().first()
    return None if row is None else _entry(row)


def counts(connection: sa.Connection, wanted: Wanted, by: str) -> list[tuple[str, int]]:
    """How many there are, by one of BYS; the most first, months in their order."""
    column = _t.c[by]
    number = sa.func.count()
    order = [column.desc()] if by == "month" else [number.desc(), column]
    query = sa.select(column, number).where(*wanted.conditions()).group_by(column).order_by(*order)
    return [(row[0], row[1]) for row in connection.execute(query)]


def place_text(place: Place | None) -> str:
    """A place as an address holds it."""
    return f"{place[0].isoformat()}{_MARK}{place[1]}" if place else ""


def read_place(text: str) -> Place | None:
    """The place of an address; None for what is none."""
    moment, mark, number = text.partition(_MARK)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    given_out = mark and at.tzinfo is not None and within_years(at)
    return (at, number) if given_out else None


# -- what a review is about ------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """From when to before when a review looks, and at whose demands."""

    first: datetime
    end: datetime
    community: str | None

    def without_item(self) -> Iterator[sa.ColumnElement[bool]]:
        """As SQL: what was heard then and is about no item."""
        yield _t.c.item == ""
        yield _t.c.heard_at >= self.first
        yield _t.c.heard_at < self.end
        if self.community is not None:
            yield _t.c.community == self.community


def without_item(connection: sa.Connection, span: Span) -> list[tuple[str, int]]:
    """How many demands of each theme the catalogue has no item for, the most asked for first."""
    number = sa.func.count()
    query = (
        sa.select(_t.c.theme, number)
        .where(*span.without_item())
        .group_by(_t.c.theme)
        .order_by(number.desc(), _t.c.theme)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def asked_for(connection: sa.Connection, span: Span, theme: str, most: int) -> list[Entry]:
    """Demands of a theme without an item, the newest first."""
    where = _t.c.theme == theme, *span.without_item()
    order = _t.c.heard_at.desc(), _t.c.number.desc()
    query = _with_cases().where(*where).order_by(*order).limit(most)
    return [_entry(row) for row in connection.execute(query).mappings()]


def unmet(
    connection: sa.Connection, community: str | None, before: datetime, most: int
) -> list[Entry]:
    """Nothing came of them: written down long ago, or the case came to nothing. Oldest first."""
    ended = sa.and_(_t.c.state == BECAME_CASE, cases.c.state.in_((WITHDRAWN, REFUSED)))
    nothing = sa.or_(_t.c.state.in_(WAITING), ended)
    where = [nothing, _t.c.heard_at < before]
    if community is not None:
        where.append(_t.c.community == community)
    query = _with_cases().where(*where).order_by(_t.c.heard_at, _t.c.number).limit(most)
    return [_entry(row) for row in connection.execute(query).mappings()]


def reviews(connection: sa.Connection, period: str, community: str | None) -> list[Any]:
    """Who went through this period, in which community."""
    table = ledger.reviews
    query = sa.select(table).where(table.c.period == period).order_by(table.c.community)
    if community is not None:
        query = query.where(table.c.community == community)
    return list(connection.execute(query).mappings())


def _with_cases() -> sa.Select[Any]:
    known = cases.c.title.label("case_title"), cases.c.state.label("case_state")
    joined = _t.outerjoin(cases, cases.c.number == _t.c.case_number)
    return sa.select(_t, *known).select_from(joined)


def _entry(row: Any) -> Entry:
    return Entry(demand_of(row), row["case_title"] or "", row["case_state"] or "")
