"""Cover of a community over some days, asked of the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.intake.rosters import store
from services.intake.rosters.cover import Gap, Watch, gaps_of, pair_gaps
from services.intake.rosters.people import members_of, pairs_of
from services.intake.rosters.posts import Pack
from services.intake.rosters.shift import LEFT_EMPTY, TAKEN_OFF, Away, Duty
from shared.workdays import OPEN_DAYS, WorkCalendar


@dataclass(frozen=True)
class Days:
    """Some days of a community: what stands on them, and who is away.

    Attributes:
        duties: those of who still works here.
        pairs: usernames and names of the fixed pairs.
        left: duties that stand of who works here no more: nobody will be there.
        cancelled: what stands no more, the latest last.
    """

    pack: Pack
    days: tuple[date, ...]
    duties: tuple[Duty, ...]
    away: tuple[Away, ...]
    pairs: tuple[tuple[tuple[str, str], tuple[str, ...]], ...]
    left: tuple[Duty, ...] = ()
    cancelled: tuple[Duty, ...] = ()

    def taken_off(self, day: date, post: str) -> frozenset[str]:
        """Whom the manager took off this post that day: the rota does not draw them again."""
        gone = (one for one in self.cancelled if (one.day, one.post) == (day, post))
        return frozenset(one.username for one in gone if one.why in (TAKEN_OFF, LEFT_EMPTY))

    def left_empty(self, day: date, post: str) -> frozenset[str]:
        """The seats the manager last left empty in view, and gave to nobody since."""
        gone = (one for one in self.cancelled if (one.day, one.post) == (day, post))
        last = {one.seat: one.why for one in gone}
        given = {one.seat for one in self.duties if (one.day, one.post) == (day, post)}
        return frozenset(seat for seat, why in last.items() if why == LEFT_EMPTY) - given

    def gaps(
        self, duties: Sequence[Duty] | None = None, away: Sequence[Away] | None = None
    ) -> list[Gap]:
        """Where cover is missing; with other duties or leave: where it would be."""
        shifts = self.duties if duties is None else duties
        gone = self.away if away is None else away
        found: list[Gap] = []
        for day in self.days:
            span = self.pack.open_on(day)
            for post in self.pack.covered:
                found += gaps_of(Watch(day, span, post.code, post.least), shifts, gone)
            for pair, names in self.pairs:
                found += pair_gaps(day, span, pair, gone, names)
        return sorted(found, key=lambda gap: (gap.starts_at, gap.why))


def open_days(pack: Pack, calendar: WorkCalendar, first: date, last: date) -> tuple[date, ...]:
    """The days the desks are open."""
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    every = pack.hours.days == OPEN_DAYS[1]
    return tuple(day for day in days if every or calendar.is_workday(day))


def load_days(
    connection: Any, pack: Pack, calendar: WorkCalendar, community: str, span: tuple[date, date]
) -> Days:
    """The days from one to another, both included."""
    first, last = span
    begin, end = pack.open_on(first)[0] - timedelta(days=1), pack.open_on(last)[1]
    pairs = pairs_of(members_of(connection, pack, community))
    planned = store.duties_between(connection, community, first, last)
    here = store.working_in(connection, community)
    return Days(
        pack,
        open_days(pack, calendar, first, last),
        tuple(one for one in planned if one.username in here),
        tuple(store.away_between(connection, community, begin, end + timedelta(days=1))),
        tuple(((a.username, b.username), (a.name, b.name)) for a, b in pairs),
        tuple(one for one in planned if one.username not in here),
        tuple(store.cancelled_between(connection, community, first, last)),
    )
