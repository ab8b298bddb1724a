"""What a supervisor, a unit's leader or an arbiter decides about an order."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.routing import rules, rules_decided
from services.routing.limits import Limit
from services.routing.order_answers import Answered
from services.routing.order_clocks import A_MOMENT
from services.routing.order_fields import ASSIST, Fact
from services.routing.rules import refuse
from services.routing.supervision import supervision_for
from shared.district import District
from shared.workdays import Hours


class Decided(Answered):
    """What is decided about an order."""

    # -- whose it is ---------------------------------------------------------------------------

    def dispatch(
        self, department: str, reasons: Sequence[str], at: datetime, by: str, district: District
    ) -> None:
        """Give it to a department; the clocks start now.

        Raises:
            Refused: it is not waiting for a department, or there is no such department.
        """
        self._may("dispatch")
        refuse(rules.unknown_department(department, district.departments))
        ruled = self.arbitration is not None
        since = "arbitration" if ruled else "redispatch" if self.hops else "dispatch"
        self.reasons = list(reasons)
        self._keep_timers({})  # of how long it waited
        facts = [self._give_to(department, since, at, district)]
        self.set_timer("sign", at + timedelta(hours=district.rules.return_window_hours))
        self._move("dispatch", at, by, "；".join(reasons), facts)

    def grant_return(self, note: str, at: datetime, by: str, district: District) -> None:
        """The return holds: the order waits for another department, its clocks stop (B12)."""
        self._may("grant_return")
        self.hops += 1
        self._take_back("grant_return", note, at, by, district)

    def refuse_return(self, note: str, at: datetime, by: str) -> None:
        """The return does not hold: the department goes on; the clocks never stopped (B14)."""
        self._may("refuse_return")
        refuse(rules.nothing_said("note", note))
        self.return_request = None
        self._move("refuse_return", at, by, note)

    def bounced_enough(self, district: District) -> bool:
        """Whether it moved so often that its next return goes to the arbiter (B12)."""
        return self.hops >= supervision_for(district).arbitration.after_hops

    def open_arbitration(self, at: datetime, by: str, district: District) -> None:
        """A named arbiter decides; meanwhile the first department has it, with fresh clocks."""
        self._may("open_arbitration")
        if self.first_department is None:
            raise ValueError(f"{self.number}: no department ever had it, so nothing is disputed")
        rule = supervision_for(district).arbitration
        until = Limit.from_data(rule.within).end(at, district.calendar, _always(district))
        facts = [self._give_to(self.first_department, "arbitration", at, district)]
        self.arbitration = {
            "arbiter": rule.arbiter,
            "arbiter_en": rule.arbiter_en,
            "fallback": rule.fallback,
            "until": until.isoformat(),
            "hops": self.hops,
            "department": None,
        }
        self.set_timer("arbitrate_late", until + A_MOMENT)
        self._move("open_arbitration", at, by, rule.arbiter, facts)

    def rule(self, department: str, note: str, at: datetime, by: str, district: District) -> None:
        """The arbiter decides for good; `dispatch` follows.

        Raises:
            Refused: nothing is before the arbiter, or there is no such department.
        """
        self._may("arbitrate")
        refuse(
            rules.unknown_department(department, district.departments),
            rules.nothing_said("note", note),
        )
        kept = self._ruled(department)
        self._take_back("arbitrate", note, at, by, district)
        self.extensions = kept

    def arbitrate_late(self, at: datetime, by: str, district: District) -> None:
        """The arbiter did not decide in time: it is the fallback department's."""
        self._may("arbitrate_late")
        fallback = str((self.arbitration or {})["fallback"])
        kept = self._ruled(fallback)
        self._take_back("arbitrate_late", "", at, by, district)
        self.extensions = kept

    # -- more time, and less ------------------------------------------------------------------

    def grant_extension(self, note: str, at: datetime, by: str, district: District) -> None:
        """The deadline moves on from where it stood, once (A50).

        Asked for in time, it may be granted when the deadline is over; lateness is then taken back.
        """
        self._may("grant_extension")
        refuse(rules.no_extension_asked(self), rules.extended_before(self, district.rules))
        self.extension = None
        self.extensions += 1
        fact = self._more_time(district.rules.extension_workdays, at, district)
        self._move("grant_extension", at, by, note, [fact])

    def refuse_extension(self, note: str, at: datetime, by: str) -> None:
        """The deadline stays."""
        self._may("refuse_extension")
        refuse(rules.no_extension_asked(self), rules.nothing_said("note", note))
        self.extension = None
        self._move("refuse_extension", at, by, note)

    def press(self, note: str, at: datetime, by: str, *, level: int = 1) -> None:
        """Ask the department to get on with it, at a level of pressing (督办)."""
        self._may("press")
        refuse(rules.nothing_said("note", note))
        self.pressed_at = at
        self.level = max(self.level, level)
        self._move("press", at, by, note)

    def escalate(self, level: int, note: str, at: datetime, by: str) -> None:
        """Raise it to a level of pressing, at least (督办, 3-23)."""
        self._may("escalate")
        self.level = max(self.level, level)
        self._move("escalate", at, by, note)

    def call_on_site(self, note: str, at: datetime, by: str) -> None:
        """The unit's leader is called to the spot (见人见事, N)."""
        self._may("on_site")
        self._move("on_site", at, by, note)

    def was_on_site(self, note: str, at: datetime, by: str) -> None:
        """The leader was on the spot; the note is the record of it."""
        self._may("on_site_done")
        refuse(rules.nothing_said("record", note))
        self._move("on_site_done", at, by, note)

    # -- who assists, and the end --------------------------------------------------------------

    def add_assist(self, department: str, note: str, at: datetime, by: str) -> str:
        """Another department assists; returns the number of its order. No clock is touched.

        Raises:
            Refused: this order assists itself, or that department leads.
        """
        self._may("assist")
        refuse(rules_decided.assists_itself(self), rules_decided.leads_already(self, department))
        self.assists += 1
        self._move("assist", at, by, note)
        return f"{self.number}-a{self.assists}"

    def drop_assist(self, note: str, at: datetime, by: str, district: District) -> None:
        """Help is not needed any more: it was returned, or its lead is over."""
        self._may("assist_dropped")
        if self.role != ASSIST:
            raise ValueError(f"{self.number} leads; only an order that assists is dropped")
        facts = self._stop_clocks(at, district)
        self._move("assist_dropped", at, by, note, facts)

    def close(self, note: str, at: datetime, by: str) -> None:
        """Nothing more is asked of the department."""
        self._may("close")
        self._move("close", at, by, note)

    # -- inside --------------------------------------------------------------------------------

    def _give_to(self, department: str, since: str, at: datetime, district: District) -> Fact:
        self.department, self.dispatched_at = department, at
        self.first_department = self.first_department or department
        return self._start_clocks(at, since, district)

    def _take_back(self, verb: str, note: str, at: datetime, by: str, district: District) -> None:
        """No department has it; the history still says from whom it was taken."""
        self.suggestions, self.return_request, self.extension = [], None, None
        facts = self._stop_clocks(at, district)
        self._move(verb, at, by, note, facts)
        self._forget_clocks()
        self.pressed_at = None

    def _ruled(self, department: str) -> int:
        """It is decided whose it is; returns how often that one had more time (A50)."""
        self.arbitration = {**(self.arbitration or {}), "department": department}
        self.hops += department != self.department
        return self.extensions if department == self.department else 0


def _always(district: District) -> Hours:
    hours = supervision_for(district).hours
    return Hours(hours.opens, hours.closes, hours.days)
