"""A work order 工单: one case's way through one line department, and its clocks.

The clocks run from dispatch, not from signature. Times are aware UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.routing import rules
from services.routing.entry import CODED, Entry
from services.routing.rules import refuse
from services.routing.states import (
    DISPATCHED,
    PROPOSED,
    TRANSITIONS,
)
from shared.district import District
from shared.mask import mask_text

Reply = Mapping[str, Any]
"""A department's answer, as loaded by its verb's contract."""
ERASED_TITLE = "（内容已删除）"


@dataclass
class Order:
    """A work order.

    Attributes:
        number: ``<case number>-<transfer>``; kept when another department takes over.
        clock_from: when the clocks began: dispatch, or the reopening of the case.
        contact_alarm_at, due_alarm_at: when a running clock that was not yet reported runs out.
        sign_at: when an unsigned order counts as signed (A50).
        extension, return_request: what was asked and is not yet decided.
        hops: how often it moved to another department.
        level: how often it was raised: late, or a dissatisfied resident.
        version: raised by one with every entry of the history.
        case_version: of the newest event about the case that changed its state here.
        person_version: of the event about the case that said who the applicant is.
        erased_at: when the applicant was forgotten; from then on no words are kept.
        pressed_at: when a supervisor pressed for it and the department has not answered since.
        news: what was added to the history since it was loaded.
    """

    number: str
    case_number: str
    transfer: int
    title: str
    description: str
    kind: str
    urgency: str
    location: str
    community_code: str
    community_name: str
    applicant_name: str
    applicant_phone: str
    owner_name: str
    item_code: str | None
    item_name: str
    opened_at: datetime
    case_version: int
    person_version: int = 0
    erased_at: datetime | None = None
    department: str | None = None
    role: str = "lead"
    state: str = PROPOSED
    reasons: list[str] = field(default_factory=list)
    suggestions: list[dict[str, Any]] = field(default_factory=list)
    dispatched_at: datetime | None = None
    clock_from: datetime | None = None
    contact_by: datetime | None = None
    contact_yellow_at: datetime | None = None
    contact_alarm_at: datetime | None = None
    contacted_at: datetime | None = None
    due_by: datetime | None = None
    due_yellow_at: datetime | None = None
    due_alarm_at: datetime | None = None
    sign_at: datetime | None = None
    extensions: int = 0
    extension: dict[str, Any] | None = None
    return_request: dict[str, Any] | None = None
    result: str = ""
    completed_at: datetime | None = None
    reviewed_at: datetime | None = None
    pressed_at: datetime | None = None
    hops: int = 0
    level: int = 0
    grade: int | None = None
    rated_version: int = 0
    version: int = 0
    news: list[Entry] = field(default_factory=list)

    def allows(self, verb: str) -> bool:
        """Whether the state allows it; the rules may still refuse it."""
        return self.state in TRANSITIONS[verb]

    # -- finding the department ---------------------------------------------------------------

    def propose(self, suggestions: Sequence[Mapping[str, Any]], at: datetime, by: str) -> None:
        """Wait for a person to confirm the department."""
        self.suggestions = [dict(one) for one in suggestions]
        self._record("propose", at, by)

    def dispatch(
        self, department: str, reasons: Sequence[str], at: datetime, by: str, district: District
    ) -> None:
        """Give it to a department; the clocks start now.

        Raises:
            Refused: it is not waiting for a department, or there is no such department.
        """
        self._may("dispatch")
        refuse(rules.unknown_department(department, district.departments))
        self.department, self.reasons = department, list(reasons)
        self.dispatched_at = at
        self.sign_at = at + timedelta(hours=district.rules.return_window_hours)
        self._start_clocks(at, district)
        self._move("dispatch", at, by, "；".join(reasons))

    # -- the department's six answers ----------------------------------------------------------

    def answer(self, verb: str, reply: Reply, at: datetime, district: District) -> None:
        """Apply one of the six verbs of the department protocol.

        Raises:
            Refused: the state or a rule does not allow it.
            KeyError: there is no such verb.
        """
        acts = {
            "signed": self._sign,
            "contacted": self._contact,
            "progressed": self._progress,
            "return_requested": self._ask_return,
            "extension_requested": self._ask_extension,
            "completed": self._complete,
        }
        act = acts[verb]
        self._may(verb)
        department = district.departments[self.department] if self.department else None
        act(reply, at, reply["officer"] or (department.short if department else ""), district)
        if verb != "signed":
            self.pressed_at = None

    def _sign(self, reply: Reply, at: datetime, by: str, _district: District) -> None:
        self._move("signed", at, by, reply["note"])

    def _contact(self, reply: Reply, at: datetime, by: str, _district: District) -> None:
        """The first contact stops the clock; later ones are only remembered."""
        contacted_at = reply["at"] or at
        refuse(rules.contact_out_of_time(self, contacted_at, at))
        self.contacted_at = self.contacted_at or contacted_at
        self.contact_alarm_at = None
        self._move("contacted", at, by, reply["note"])

    def _progress(self, reply: Reply, at: datetime, by: str, _district: District) -> None:
        refuse(rules.nothing_said("note", reply["note"]))
        self._move("progressed", at, by, reply["note"])

    def _ask_return(self, reply: Reply, at: datetime, by: str, district: District) -> None:
        proposed = reply["proposed_department"]
        refuse(
            rules.return_too_late(self, at, district.rules),
            rules.return_without_ground(reply["reason"], reply["legal_ground"]),
            rules.return_to_itself(self, proposed),
            rules.unknown_department(proposed, district.departments) if proposed else None,
        )
        self.return_request = {
            "reason": reply["reason"],
            "legal_ground": reply["legal_ground"],
            "proposed_department": proposed,
            "by": by,
            "at": at.isoformat(),
        }
        self._move("return_requested", at, by, f"{reply['reason']}（{reply['legal_ground']}）")

    def _ask_extension(self, reply: Reply, at: datetime, by: str, district: District) -> None:
        refuse(
            rules.extended_before(self, district.rules),
            rules.extension_pending(self),
            rules.extension_too_late(self, at),
            rules.extension_without_approver(reply["reason"], reply["approved_by"]),
        )
        self.extension = {
            "reason": reply["reason"],
            "approved_by": reply["approved_by"],
            "by": by,
            "at": at.isoformat(),
        }
        approved = f"{reply['reason']}（{reply['approved_by']}批准）"
        self._move("extension_requested", at, by, approved)

    def _complete(self, reply: Reply, at: datetime, by: str, _district: District) -> None:
        refuse(rules.nothing_said("result", reply["result"]))
        self.result = "" if self.erased_at else reply["result"]
        self.completed_at = at
        self.return_request = self.extension = None
        self._stop_alarms()
        self._move("completed", at, by, reply["result"])

    # -- the supervisor ------------------------------------------------------------------------

    def grant_return(self, note: str, at: datetime, by: str) -> None:
        """The return holds: the order waits for another department, its clocks stop (B12)."""
        self._may("grant_return")
        self.suggestions, self.return_request, self.extension = [], None, None
        self.hops += 1
        self._stop_alarms()
        self._move("grant_return", at, by, note)
        self.department = self.dispatched_at = self.clock_from = self.contacted_at = None
        self.pressed_at = None
        self.contact_by = self.contact_yellow_at = self.due_by = self.due_yellow_at = None
        self.extensions = 0

    def refuse_return(self, note: str, at: datetime, by: str) -> None:
        """The return does not hold: the department goes on; the clocks never stopped (B14)."""
        self._may("refuse_return")
        refuse(rules.nothing_said("note", note))
        self.return_request = self.sign_at = None
        self._move("refuse_return", at, by, note)

    def grant_extension(self, note: str, at: datetime, by: str, district: District) -> None:
        """The deadline moves on from where it stood, once (A50)."""
        self._may("grant_extension")
        refuse(rules.no_extension_asked(self), rules.extended_before(self, district.rules))
        self.extension = None
        self.extensions += 1
        days = district.rules.extension_workdays
        self._set_due(district.calendar.add_workdays(self._due(), days), district)
        self._move("grant_extension", at, by, note)

    def refuse_extension(self, note: str, at: datetime, by: str) -> None:
        """The deadline stays."""
        self._may("refuse_extension")
        refuse(rules.no_extension_asked(self), rules.nothing_said("note", note))
        self.extension = None
        self._move("refuse_extension", at, by, note)

    def press(self, note: str, at: datetime, by: str) -> None:
        """Ask the department to get on with it (督办)."""
        self._may("press")
        refuse(rules.nothing_said("note", note))
        self.pressed_at = at
        self._move("press", at, by, note)

    def send_back(self, reason: str, at: datetime, by: str) -> None:
        """The review finds the answer wanting; the deadline stays where it was (N, 审单)."""
        self._may("send_back")
        refuse(rules.nothing_said("reason", reason))
        in_time = self.completed_at is not None and self.completed_at <= self._due()
        self.due_alarm_at = self.due_by if in_time else None  # a late answer was reported before
        self.completed_at = self.reviewed_at = None
        self._move("send_back", at, by, reason)

    def approve(self, note: str, at: datetime, by: str) -> None:
        """The review finds the answer good (N, 审单)."""
        self._may("approve")
        self.reviewed_at = at
        self._move("approve", at, by, note)

    def close(self, note: str, at: datetime, by: str) -> None:
        """Nothing more is asked of the department."""
        self._may("close")
        self._move("close", at, by, note)

    # -- what happened to the case ------------------------------------------------------------

    def case_closed(self, note: str, at: datetime, by: str) -> None:
        """The case was closed."""
        self._may("case_closed")
        self._stop_alarms()
        self._move("case_closed", at, by, note)

    def case_withdrawn(self, note: str, at: datetime, by: str) -> None:
        """The case was withdrawn: the department may stop."""
        self._may("case_withdrawn")
        self._stop_alarms()
        self._move("case_withdrawn", at, by, note)

    def supersede(self, note: str, at: datetime, by: str) -> None:
        """The case was transferred anew: that order counts, this one stops."""
        self._may("supersede")
        self._stop_alarms()
        self._move("supersede", at, by, note)

    def case_reopened(self, note: str, at: datetime, by: str, district: District) -> None:
        """Not solved: the same department goes on, with fresh clocks (docs/departments.md)."""
        self._may("case_reopened")
        self.completed_at = self.reviewed_at = None
        self.level += 1
        self._start_clocks(at, district)
        self._move("case_reopened", at, by, note)

    def case_rated(
        self, grade: int, *, satisfied: bool, comment: str, at: datetime, by: str
    ) -> None:
        """Remember the resident's grade; a dissatisfied one raises the order a level (N)."""
        self.grade = grade
        self.level += 0 if satisfied else 1
        self._move("case_rated", at, by, f"{grade}/5 {comment}".strip())

    # -- the applicant -------------------------------------------------------------------------

    def correct_person(self, name: str, phone: str, version: int, at: datetime, by: str) -> None:
        """What was held of the applicant was wrong (PIPL 46)."""
        self._may("person_corrected")
        self.know_person(name, phone, version)
        self._move("person_corrected", at, by)

    def know_person(self, name: str, phone: str, version: int) -> None:
        """Who the applicant is, as the event of this version says."""
        self.applicant_name, self.applicant_phone = name, phone
        self.person_version = version
        self.title = mask_text(self.title, name)

    def erase_person(self, at: datetime, by: str) -> None:
        """Forget the applicant and all words; who works on it may stop (PIPL 47)."""
        self._may("person_erased")
        self.applicant_name = self.applicant_phone = ""
        self.description = self.location = self.result = ""
        self.title = self.item_name or ERASED_TITLE
        self.reasons, self.suggestions = [], []
        self.extension = self.return_request = self.pressed_at = None
        self._stop_alarms()
        self.erased_at = at
        self._move("person_erased", at, by)

    # -- time ----------------------------------------------------------------------------------

    def sign_unsigned(self, at: datetime, by: str) -> None:
        """After the return window an unsigned order counts as signed (A50)."""
        self._may("sign_unsigned")
        self._move("sign_unsigned", at, by)

    def late_clocks(self, at: datetime) -> list[tuple[str, datetime]]:
        """The clocks that ran out unreported: (``contact`` or ``finish``, deadline)."""
        alarms = (("contact", self.contact_alarm_at), ("finish", self.due_alarm_at))
        return [(clock, due) for clock, due in alarms if due is not None and due < at]

    def raise_late(self, clock: str, at: datetime, by: str) -> None:
        """A clock ran out: the order is raised a level, once for each clock."""
        self._may("late")
        if clock == "contact":
            self.contact_alarm_at = None
        else:
            self.due_alarm_at = None
        self.level += 1
        self._move("late", at, by, clock)

    # -- inside --------------------------------------------------------------------------------

    def _may(self, verb: str) -> None:
        refuse(rules.not_in_this_state(self, verb, TRANSITIONS[verb]))

    def _move(self, verb: str, at: datetime, by: str, note: str = "") -> None:
        self.state = TRANSITIONS[verb][self.state]
        if self.state != DISPATCHED:
            self.sign_at = None
        self._record(verb, at, by, note)

    def _record(self, what: str, at: datetime, by: str, note: str = "") -> None:
        self.version += 1
        if self.erased_at and what not in CODED:
            note = ""
        self.news.append(Entry(self.version, at, what, by, self.department, self.state, note))

    def _due(self) -> datetime:
        if self.due_by is None:
            raise ValueError(f"{self.number} has no deadline in state {self.state}")
        return self.due_by

    def _start_clocks(self, at: datetime, district: District) -> None:
        self.clock_from, self.contacted_at = at, None
        self.contact_by = at + timedelta(hours=district.rules.contact_hours)
        self.contact_yellow_at = _share(at, self.contact_by, district.rules.yellow_from)
        self.contact_alarm_at = self.contact_by
        self._set_due(district.calendar.add_workdays(at, district.rules.finish_workdays), district)

    def _set_due(self, due_by: datetime, district: District) -> None:
        self.due_by = self.due_alarm_at = due_by
        start = self.clock_from or due_by
        self.due_yellow_at = _share(start, due_by, district.rules.yellow_from)

    def _stop_alarms(self) -> None:
        self.contact_alarm_at = self.due_alarm_at = self.sign_at = None


def _share(start: datetime, end: datetime, share: float) -> datetime:
    """The moment at which this share of the span is used up."""
    return start + (end - start) * share
