"""The clocks of an order: when they begin, stand still, move on, run out and stop.

Every act makes a clock fact. Where the clocks stand is never worked out here: ``timeline`` does so
from the facts, the same that the history keeps.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.routing import rules_decided, timeline
from services.routing.entry import Entry
from services.routing.limits import Limit
from services.routing.order_fields import STEP, Fact, Fields
from services.routing.rules import refuse
from services.routing.supervision import supervision_for
from services.routing.timeline import ClockFact, Timeline
from shared.clock import local
from shared.district import District
from shared.workdays import Hours, WorkCalendar

A_MOMENT = timedelta(seconds=1)
"""A deadline is written 23:59:59 and means 24:00: it is missed from a second later on."""


def timeline_of(facts: Iterable[Fact], calendar: WorkCalendar) -> Timeline | None:
    """Where the clocks stand after these facts; None before they began.

    Raises:
        ValueError: the facts cannot follow each other.
    """
    read = [ClockFact(datetime.fromisoformat(one["at"]), one["what"], one["data"]) for one in facts]
    began = [one for one in read if one.what == timeline.START]
    yellow_from = began[-1].data["yellow_from"] if began else 0.0
    return timeline.recompute(read, calendar, yellow_from)


def deadlines_moved(
    line: Timeline, contact_by: datetime | None, due_by: datetime | None, calendar: WorkCalendar
) -> bool:
    """Whether the clocks stand elsewhere by this calendar; never by days it does not know."""
    known = local(line.due_by).date() <= calendar.known_until
    return known and (line.contact_by, line.due_by) != (contact_by, due_by)


def facts_of(history: Iterable[Entry]) -> list[Fact]:
    """What an order's history says of its clocks, oldest first."""
    return [fact for entry in history for fact in entry.data.get("clock", ())]


class Clocked(Fields):
    """An order's clocks."""

    def pause_for(self, reason: str, note: str, at: datetime, by: str, district: District) -> None:
        """The finish clock stands still for a named reason of the district; contact runs on.

        Raises:
            Refused: the reason is not one of the pack's, or there is nothing to pause.
        """
        self._may("pause")
        pauses = supervision_for(district).pauses
        refuse(
            rules_decided.unknown_pause(reason, pauses),
            rules_decided.paused_before(self),
            rules_decided.nothing_left_to_pause(self, at),
        )
        named = pauses[reason]
        until = district.calendar.add_workdays(at, named.longest_workdays)
        over = until + A_MOMENT
        self.pause = {"reason": reason, "name": named.name, "until": until.isoformat()}
        fact = self._run(
            timeline.PAUSE, at, timeline.pause_data(named.name, named.name_en, over), district
        )
        self.set_timer("resume", over)
        self._move("pause", at, by, f"{named.name}：{note}" if note else named.name, [fact])

    def resume(self, note: str, at: datetime, by: str, district: District) -> None:
        """The finish clock goes on; what it stood still is made good.

        Where nobody looked when its longest time was over, no more than that counts.

        Raises:
            Refused: it is not paused.
        """
        self._may("resume")
        refuse(rules_decided.not_paused(self))
        fact = self._run(timeline.RESUME, at, {}, district)
        self._move("resume", at, by, note, [fact])

    # -- time ----------------------------------------------------------------------------------

    def sign_unsigned(self, at: datetime, by: str) -> None:
        """After the return window an unsigned order counts as signed (A50)."""
        self._may("sign_unsigned")
        self._move("sign_unsigned", at, by)

    def recount(self, note: str, at: datetime, by: str, district: District) -> bool:
        """Give it the deadlines of today's calendar; says whether any moved.

        What it was late or pressed for by the old one may be for the new.
        """
        self._may("recount")
        line = timeline_of(self.clock_facts, district.calendar)
        if line is None or not deadlines_moved(
            line, self.contact_by, self.due_by, district.calendar
        ):
            return False
        if line.due_by != self.due_by:
            self._forget_late(district)
        self._read_clocks(line)
        self._move("recount", at, by, note)
        return True

    def raise_late(self, clock: str, at: datetime, by: str) -> None:
        """A clock ran out: once for each deadline. What that raises is the ladder's (pressing)."""
        self._may("late")
        self._report(f"{clock}_late", clock)
        self._report(f"{clock}_yellow", clock)  # too late to say that it will be late
        self._move("late", at, by, clock)

    def warn(self, clock: str, at: datetime, by: str) -> None:
        """A clock turned yellow: once for each deadline."""
        self._may("due_soon")
        self._report(f"{clock}_yellow", clock)
        self._move("due_soon", at, by, clock)

    @property
    def stopped_at(self) -> datetime | None:
        """When its clocks stopped: with the reply, not with the review of it; None if they run."""
        ends = [one for one in self.clock_facts if one["what"] in (timeline.STOP, timeline.GO_ON)]
        if not ends or ends[-1]["what"] == timeline.GO_ON:
            return None
        return datetime.fromisoformat(ends[-1]["at"])

    def deadline(self, clock: str) -> datetime:
        """When a clock runs out.

        Raises:
            ValueError: it has not begun.
        """
        due = self.contact_by if clock == "contact" else self.due_by
        if due is None:
            raise ValueError(f"{self.number} has no {clock} deadline in state {self.state}")
        return due

    # -- inside --------------------------------------------------------------------------------

    def _start_clocks(self, at: datetime, since: str, district: District) -> Fact:
        """Both clocks begin anew, by the limits of the urgency's track (1-23).

        Who had its one extension before has had it (A50).
        """
        supervision = supervision_for(district)
        track, hours = supervision.tracks[self.urgency], supervision.hours_of(self.department)
        data = timeline.start_data(
            Limit.from_data(track.contact),
            Limit.from_data(track.finish),
            since,
            Hours(hours.opens, hours.closes, hours.days),
        )
        self.clock_facts, self.reported, self.pause, self.extension = [], {}, None, None
        return self._run(
            timeline.START, at, data | {"yellow_from": district.rules.yellow_from}, district
        )

    def _stop_clocks(self, at: datetime, district: District) -> list[Fact]:
        """Both clocks stop, where they run."""
        line = timeline_of(self.clock_facts, district.calendar)
        if line is None or line.stopped_at is not None:
            return []
        return [self._run(timeline.STOP, at, {}, district)]

    def _let_go_on(self, at: datetime, district: District) -> list[Fact]:
        """Both clocks run again, where they were stopped."""
        stopped = self.stopped_at is not None
        return [self._run(timeline.GO_ON, at, {}, district)] if stopped else []

    def _more_time(self, workdays: int, at: datetime, district: District) -> Fact:
        """The deadline moves on; what was pressed because of the old one may be for the new."""
        self._forget_late(district)
        return self._run(timeline.EXTEND, at, timeline.extend_data(workdays), district)

    def _forget_late(self, district: District) -> None:
        """The finish clock did not run out after all."""
        steps = supervision_for(district).steps
        late = {f"{STEP}{one.code}" for one in steps if one.when == "finish_late"}
        for step in late:
            self.set_timer(step, None)
        late.add("finish_late")
        self.reported = {name: mark for name, mark in self.reported.items() if name not in late}

    def _forget_clocks(self) -> None:
        """Nobody has it: there is nothing to be late for."""
        self.department = self.dispatched_at = self.clock_from = self.contacted_at = None
        self.contact_by = self.contact_yellow_at = self.due_by = self.due_yellow_at = None
        self.extensions, self.clock_facts, self.reported = 0, [], {}

    def _run(self, what: str, at: datetime, data: Mapping[str, Any], district: District) -> Fact:
        """Add a fact, and read from all of them where the clocks stand."""
        fact = {"what": what, "at": at.astimezone(UTC).isoformat(), "data": dict(data)}
        self.clock_facts = [*self.clock_facts, fact]
        line = timeline_of(self.clock_facts, district.calendar)
        if line is not None:
            self._read_clocks(line)
        return fact

    def _read_clocks(self, line: Timeline) -> None:
        self.clock_from, self.contacted_at = line.begun_at, line.contacted_at
        self.contact_by, self.contact_yellow_at = line.contact_by, line.contact_yellow_at
        self.due_by, self.due_yellow_at = line.due_by, line.yellow_at
        self.paused_at = line.paused_at
        if self.paused_at is None:
            self.pause = None
            self.set_timer("resume", None)
        self._arm("contact", line.contact_alarm_at, line.contact_yellow_at)
        self._arm("finish", line.due_alarm_at, line.yellow_at)

    def _arm(self, clock: str, alarm_at: datetime | None, yellow_at: datetime | None) -> None:
        """Set a clock's timers, where it runs and its deadline was not reported yet."""
        moments = {
            f"{clock}_yellow": yellow_at,
            f"{clock}_late": alarm_at + A_MOMENT if alarm_at else None,
        }
        for name, moment in moments.items():
            said = alarm_at is None or self.reported.get(name) == alarm_at.isoformat()
            self.set_timer(name, None if said else moment)

    def _report(self, name: str, clock: str) -> None:
        deadline = self.deadline(clock).astimezone(UTC)
        self.reported = self.reported | {name: deadline.isoformat()}
        self.set_timer(name, None)
