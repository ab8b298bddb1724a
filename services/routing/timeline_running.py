"""When one clock ran: where its deadline goes after a halt, and when it is yellow."""

from datetime import datetime, timedelta

from services.routing.limits import NEVER_STOOD, Limit
from shared.workdays import Hours, WorkCalendar

_NOTHING = timedelta(0)


class Running:
    """One clock from its beginning on. Knows when it ran, not what it ran for.

    Attributes:
        halted_at: since when it stands still; None while it runs.
        given: working days it got for its halts so far.
    """

    def __init__(self, begun_at: datetime, calendar: WorkCalendar, service: Hours | None) -> None:
        self.halted_at: datetime | None = None
        self._from = begun_at
        self._ran: list[tuple[datetime, datetime]] = []
        self._stood = NEVER_STOOD
        self._calendar = calendar
        self._service = service

    @property
    def given(self) -> int:
        """The working days that its deadline was moved on by."""
        return self._stood.days

    def halt(self, at: datetime) -> None:
        """It stands still from here; where it does so already, that counts."""
        if self.halted_at is None:
            self._ran.append((self._from, at))
            self.halted_at = at

    def go_on(self, limit: Limit, due: datetime, at: datetime) -> datetime:
        """It runs again; returns the deadline from here, counted as `limit` is."""
        halted_at = self.halted_at or at
        self.halted_at, self._from = None, max(halted_at, at)
        moved = limit.resumed(due, halted_at, at, self._calendar, self._service, stood=self._stood)
        if limit.unit == "workdays" and halted_at < due:
            self._stood = self._stood.longer(due, halted_at, at, self._calendar)
        return moved

    def yellow(self, limit: Limit, due: datetime, share: float) -> datetime:
        """When the share is used up of the time the clock runs, halts left out.

        Service hours are counted in service time, so that a clock turns yellow while somebody is
        there; the other two in all hours. Where that share was used up before the last halt, it
        is yellow as soon as it goes on.
        """
        begin = self.halted_at or self._from  # while halted, as if it went on at once
        used = sum((self._ran_for(limit, a, b) for a, b in self._ran), _NOTHING)
        part = (used + self._ran_for(limit, begin, due)) * share
        rest = max(part - used, _NOTHING)
        return min(limit.advance(begin, rest, self._calendar, self._service), due)

    def _ran_for(self, limit: Limit, a: datetime, b: datetime) -> timedelta:
        return limit.measure(a, b, self._calendar, self._service)
