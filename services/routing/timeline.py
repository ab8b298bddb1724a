"""Deadlines recomputed from an order's history: what was said, and when, makes every one of them.

A history row that moves a clock holds a `ClockFact`; `recompute` runs through them in their order
and says where both clocks stand. Nothing here knows the present moment, so that the same history
always gives the same deadlines. What is shown of it, in words, is in ``timeline_words``.

| fact | data | what it does |
|---|---|---|
| start | `start_data(...)` | both clocks begin anew |
| contacted | | the contact clock stops, the first time |
| pause | `pause_data(...)` | the finish clock stands still, for a named reason; contact runs on |
| resume | | what it stood still is made good, at most until `until` |
| extend | `extend_data(n)` | n working days from where the deadline stood; counted in those then |
| stop | | both stand: answered (read first or not), returned or over; ends a pause |
| go_on | | the answer was sent back: the deadline stays where it was, contact has what was left |
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from services.routing.limits import Left, Limit, Words, hours_data, hours_from
from services.routing.timeline_running import Running
from shared.workdays import Hours, WorkCalendar

START, CONTACTED, PAUSE, RESUME = "start", "contacted", "pause", "resume"
EXTEND, STOP, GO_ON = "extend", "stop", "go_on"
FACTS = (START, CONTACTED, PAUSE, RESUME, EXTEND, STOP, GO_ON)
SINCE = {
    "dispatch": Words("派单", "dispatch"),
    "redispatch": Words("改派", "dispatch to another department"),
    "case_reopened": Words("重新办理", "the reopening of the case"),
    "follow_up": Words("回访后重新办理", "the follow-up that reopened it"),
    "arbitration": Words("异议裁定", "the arbitration"),
}
"""From what the clocks may begin."""


@dataclass(frozen=True)
class ClockFact:
    """One thing that happened to the clocks. ``what`` is one of FACTS, ``data`` is JSON."""

    at: datetime
    what: str
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Pause:
    """A stretch in which the finish clock stood still; ``until`` is None while it does.

    ``left`` is what was left when it began; None where the clock had run out. ``moves`` says
    whether the deadline moves by it: not where it had run out and was not extended meanwhile.
    ``longest`` is when it ends by itself, seen or not; ``days`` the working days it gained, None
    while it lasts and where the clock counts hours.
    """

    since: datetime
    until: datetime | None
    reason: str
    reason_en: str
    left: Left | None
    moves: bool
    longest: datetime | None = None
    days: int | None = None


@dataclass(frozen=True)
class Extension:
    """So many working days more, from one deadline to another."""

    at: datetime
    workdays: int
    due_before: datetime
    due_by: datetime


@dataclass(frozen=True)
class Timeline:
    """Where the clocks of an order stand, and how they came there. Times are aware UTC.

    Attributes:
        begun_at, since: when the clocks last began, and from what (a key of SINCE).
        contact, finish: the limits in force then; ``contact`` is None where none is asked.
        service: the department's hours then, where a limit needs them.
        due_by: the deadline; while paused, where it stood when the pause began.
        yellow_at, contact_yellow_at: when the share `yellow_from` of the running time is used up.
        remaining: what is left of the finish clock while paused; otherwise None.
    """

    begun_at: datetime
    since: str
    contact: Limit | None
    finish: Limit
    service: Hours | None
    contact_by: datetime | None
    contact_yellow_at: datetime | None
    due_by: datetime
    yellow_at: datetime
    contacted_at: datetime | None = None
    stopped_at: datetime | None = None
    remaining: Left | None = None
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()

    @property
    def paused_at(self) -> datetime | None:
        """When the pause that lasts began; None while the clock runs."""
        return self.pauses[-1].since if self.pauses and self.pauses[-1].until is None else None

    @property
    def contact_alarm_at(self) -> datetime | None:
        """When the contact clock runs out; None once contacted or stopped."""
        return None if self.contacted_at or self.stopped_at else self.contact_by

    @property
    def due_alarm_at(self) -> datetime | None:
        """When the finish clock runs out; None while it is paused, and once it is stopped."""
        return None if self.paused_at or self.stopped_at else self.due_by

    @property
    def counted_in(self) -> Limit:
        """The unit the finish clock is counted in: an extension makes it working days."""
        return Limit(workdays=self.extensions[-1].workdays) if self.extensions else self.finish


def start_data(
    contact: Limit | None, finish: Limit, since: str, service: Hours | None = None
) -> dict[str, Any]:
    """Return the data of a `start`: limits in force, and the hours they are counted in, if any.

    Raises:
        ValueError: `since` is not in SINCE, or service hours are needed and none are given.
    """
    if since not in SINCE:
        raise ValueError(f"since: {since!r}; one of {', '.join(SINCE)} is needed")
    needed = "service_hours" in (finish.unit, contact.unit if contact else "")
    if needed and service is None:
        raise ValueError("service: none given; a limit in service_hours needs a department's hours")
    return {
        "contact": contact.as_data() if contact else None,
        "finish": finish.as_data(),
        "since": since,
        "service": hours_data(service) if needed and service else None,
    }


def pause_data(reason: str, reason_en: str, until: datetime | None = None) -> dict[str, Any]:
    """Return the data of a `pause`: the reason as the pack names it, and when it ends at last."""
    said = {"reason": reason, "reason_en": reason_en}
    return said if until is None else said | {"until": until.astimezone(UTC).isoformat()}


def extend_data(workdays: int) -> dict[str, int]:
    """Return the data of an `extend`."""
    return {"workdays": workdays}


def recompute(
    facts: Iterable[ClockFact], calendar: WorkCalendar, yellow_from: float
) -> Timeline | None:
    """Return where the clocks stand after these facts, in their order; None before any `start`.

    Raises:
        ValueError: a fact is unknown or cannot follow the ones before it.
    """
    run = _Run(calendar, yellow_from)
    for fact in facts:
        run.apply(fact)
    return run.line


class _Run:
    """Goes through a history, with both clocks as they run and halt."""

    def __init__(self, calendar: WorkCalendar, yellow_from: float) -> None:
        self.line: Timeline | None = None
        self._calendar = calendar
        self._yellow_from = yellow_from
        self._acts: dict[str, Callable[[Timeline, ClockFact], Timeline]] = {
            CONTACTED: self._contacted,
            PAUSE: self._pause,
            RESUME: self._resume,
            EXTEND: self._extend,
            STOP: self._stop,
            GO_ON: self._go_on,
        }

    def apply(self, fact: ClockFact) -> None:
        if fact.what not in FACTS:
            raise ValueError(f"what: {fact.what!r}; one of {', '.join(FACTS)} is needed")
        if fact.what == START:
            self.line = self._start(fact)
        elif self.line is not None:
            self.line = self._acts[fact.what](self.line, fact)
        elif fact.what != STOP:  # what never began may well be over
            raise ValueError(f"{fact.what} at {fact.at}: the clocks have not begun")

    # -- what happens --------------------------------------------------------------------------

    def _start(self, fact: ClockFact) -> Timeline:
        _refuse(fact, "" if fact.data["since"] in SINCE else f"since: not one of {list(SINCE)}")
        given = fact.data.get("contact"), fact.data.get("service")
        contact = Limit.from_data(given[0]) if given[0] else None
        service = hours_from(given[1]) if given[1] else None
        finish = Limit.from_data(fact.data["finish"])
        self._finish = Running(fact.at, self._calendar, service)
        self._contact = Running(fact.at, self._calendar, service)
        due_by = finish.end(fact.at, self._calendar, service)
        contact_by = contact.end(fact.at, self._calendar, service) if contact else None
        limits = contact, finish, service
        line = Timeline(fact.at, fact.data["since"], *limits, contact_by, None, due_by, due_by)
        return self._with_due(self._with_contact(line, contact_by), due_by)

    def _contacted(self, line: Timeline, fact: ClockFact) -> Timeline:
        if line.contacted_at:
            return line
        return replace(self._contact_goes_on(line, fact.at), contacted_at=fact.at)

    def _pause(self, line: Timeline, fact: ClockFact) -> Timeline:
        _refuse(fact, "the finish clock is stopped" if line.stopped_at else "")
        _refuse(fact, "it is paused already" if line.paused_at else "")
        self._finish.halt(fact.at)
        left = line.counted_in.left(fact.at, line.due_by, self._calendar, line.service)
        runs = fact.at < line.due_by
        names = fact.data["reason"], fact.data["reason_en"]
        until = fact.data.get("until")
        longest = datetime.fromisoformat(until) if until else None
        pause = Pause(fact.at, None, *names, left if runs else None, runs, longest)
        return replace(line, pauses=(*line.pauses, pause), remaining=left)

    def _resume(self, line: Timeline, fact: ClockFact) -> Timeline:
        if line.paused_at is None:
            raise ValueError(f"{fact.what} at {fact.at}: the finish clock is not paused")
        until = min(fact.at, line.pauses[-1].longest or fact.at)  # seen late, it still ended then
        until, given = max(until, line.paused_at), self._finish.given
        due_by = self._finish.go_on(line.counted_in, line.due_by, until)
        days = self._finish.given - given if line.counted_in.unit == "workdays" else None
        line = _last_pause(line, until=until, days=days)
        return self._with_due(replace(line, remaining=None), due_by)

    def _extend(self, line: Timeline, fact: ClockFact) -> Timeline:
        _refuse(fact, "the finish clock is stopped" if line.stopped_at else "")
        days = fact.data["workdays"]
        due_by = self._calendar.add_workdays(line.due_by, days)
        extension = Extension(fact.at, days, line.due_by, due_by)
        line = replace(line, extensions=(*line.extensions, extension))
        if line.paused_at:
            left = line.counted_in.left(line.paused_at, due_by, self._calendar)
            line = _last_pause(replace(line, remaining=left), moves=line.paused_at < due_by)
        return self._with_due(line, due_by)

    def _stop(self, line: Timeline, fact: ClockFact) -> Timeline:
        if line.stopped_at:
            return line  # answered, then closed: the answer counts
        line = self._resume(line, fact) if line.paused_at else line
        self._contact.halt(fact.at)
        return replace(line, stopped_at=fact.at)

    def _go_on(self, line: Timeline, fact: ClockFact) -> Timeline:
        _refuse(fact, "" if line.stopped_at else "the finish clock is not stopped")
        return replace(self._contact_goes_on(line, fact.at), stopped_at=None)

    # -- where the deadlines go ----------------------------------------------------------------

    def _contact_goes_on(self, line: Timeline, at: datetime) -> Timeline:
        """While a reply was read nobody had to call: that time is given back."""
        due = line.contact_by
        if due is None or line.contact is None or line.contacted_at or not self._contact.halted_at:
            return line
        moved = self._contact.go_on(line.contact, due, at)
        return self._with_contact(line, moved) if moved > due else line

    def _with_contact(self, line: Timeline, due: datetime | None) -> Timeline:
        if line.contact is None or due is None:
            return line
        yellow = self._contact.yellow(line.contact, due, self._yellow_from)
        return replace(line, contact_by=due, contact_yellow_at=yellow)

    def _with_due(self, line: Timeline, due_by: datetime) -> Timeline:
        yellow = self._finish.yellow(line.counted_in, due_by, self._yellow_from)
        return replace(line, due_by=due_by, yellow_at=yellow)


def _last_pause(line: Timeline, **changes: Any) -> Timeline:
    return replace(line, pauses=(*line.pauses[:-1], replace(line.pauses[-1], **changes)))


def _refuse(fact: ClockFact, reason: str) -> None:
    if reason:
        raise ValueError(f"{fact.what} at {fact.at}: {reason}")
