"""The fields of a work order 工单, and how it goes from one state to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.routing import rules
from services.routing.entry import CODED, Entry
from services.routing.rules import refuse
from services.routing.states import (
    ARBITRATION,
    CANCELLED,
    CLOSED,
    DISPATCHED,
    HELD,
    PROPOSED,
    TRANSITIONS,
)

LEAD, ASSIST = "lead", "assist"
STEP = "step:"
"""Before the code of a step of the ladder of pressing: the name of its timer."""
Fact = Mapping[str, Any]
"""Something that happened to the clocks, as JSON: ``what``, ``at`` and ``data``."""


@dataclass
class Fields:
    """A work order: one case's way through one line department, and its clocks.

    The clocks run from dispatch, not from signature. Times are aware UTC.

    Attributes:
        number: ``<case number>-<transfer>``, with ``-a<n>`` for one that assists; kept when another
            department takes over.
        lead: the order that this one assists; None for a lead.
        assists: how many orders were opened to assist this one.
        first_department: the first it was dispatched to; answerable while nobody else is.
        clock_from: when the clocks began: dispatch, or reopening.
        clock_facts: what happened to the clocks since they last began.
        due_by: the deadline; while paused, where it stood when the pause began.
        timers: name -> when it is due, ISO 8601 in UTC. See ``timers.py``.
        next_at: the nearest of them; later where they could not be done, see ``timers.py``.
        reported: timer -> the deadline for which it has gone off, so that each does so once.
        pause: why the finish clock stands still and until when at most.
        arbitration: who decides, until when, and the department that was decided on.
        extension, return_request: what was asked and is not yet decided.
        replied_by: who wrote the reply in ``result``; reviewed_by: who read it before it went out.
        hops: how often it moved to another department.
        level: how often it was raised: late, or a dissatisfied resident.
        matter: the code of what it is about, for finding the same matter again.
        repeats: how many orders of the same telephone about the same matter came shortly before.
        version: raised by one with every entry of the history.
        case_version: of the newest event about the case that changed its state here.
        person_version: of the event about the case that said who the applicant is.
        owner_version: of the event about the case that said who answers for it.
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
    owner_version: int = 0
    erased_at: datetime | None = None
    department: str | None = None
    role: str = LEAD
    lead: str | None = None
    assists: int = 0
    first_department: str | None = None
    state: str = PROPOSED
    reasons: list[str] = field(default_factory=list)
    suggestions: list[dict[str, Any]] = field(default_factory=list)
    matter: str = ""
    repeats: int = 0
    dispatched_at: datetime | None = None
    clock_from: datetime | None = None
    contact_by: datetime | None = None
    contact_yellow_at: datetime | None = None
    contacted_at: datetime | None = None
    due_by: datetime | None = None
    due_yellow_at: datetime | None = None
    paused_at: datetime | None = None
    pause: dict[str, Any] | None = None
    clock_facts: list[Fact] = field(default_factory=list)
    timers: dict[str, str] = field(default_factory=dict)
    next_at: datetime | None = None
    reported: dict[str, str] = field(default_factory=dict)
    extensions: int = 0
    extension: dict[str, Any] | None = None
    return_request: dict[str, Any] | None = None
    arbitration: dict[str, Any] | None = None
    result: str = ""
    replied_by: str = ""
    completed_at: datetime | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str = ""
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

    @property
    def answerable(self) -> str | None:
        """The department that answers for it; between two, the first (B12, B14)."""
        if self.department is None and self.state not in (CANCELLED, CLOSED):
            return self.first_department
        return self.department

    # -- timers --------------------------------------------------------------------------------

    def set_timer(self, name: str, at: datetime | None) -> None:
        """Let a timer go off at a moment; None takes it away."""
        kept = {one: moment for one, moment in self.timers.items() if one != name}
        if at is not None:
            kept[name] = at.astimezone(UTC).isoformat()
        self._keep_timers(kept)

    def timers_due(self, at: datetime) -> list[str]:
        """The timers whose moment has come, the earliest first."""
        due = [(when, name) for name, when in self.timers.items() if _moment(when) <= at]
        return [name for _, name in sorted(due)]

    def _keep_timers(self, kept: dict[str, str]) -> None:
        self.timers = kept
        self.next_at = min(map(_moment, kept.values()), default=None)

    # -- moving --------------------------------------------------------------------------------

    def _may(self, verb: str) -> None:
        refuse(rules.not_in_this_state(self, verb, TRANSITIONS[verb]))

    def _move(
        self, verb: str, at: datetime, by: str, note: str = "", clock: Sequence[Fact] = ()
    ) -> None:
        before, self.state = self.state, TRANSITIONS[verb][self.state]
        if self.state != DISPATCHED:
            self.set_timer("sign", None)
        if self.state != ARBITRATION:
            self.set_timer("arbitrate_late", None)
        waits_on = before == self.state == PROPOSED
        if self.state not in HELD and not waits_on:
            self._keep_timers({})
        self._record(verb, at, by, note, clock)

    def _record(
        self, what: str, at: datetime, by: str, note: str = "", clock: Sequence[Fact] = ()
    ) -> None:
        self.version += 1
        if self.erased_at and what not in CODED:
            note = ""
        data = {"clock": list(clock)} if clock else {}
        entry = Entry(self.version, at, what, by, self.department, self.state, note, data)
        self.news.append(entry)


def _moment(iso: str) -> datetime:
    return datetime.fromisoformat(iso)
