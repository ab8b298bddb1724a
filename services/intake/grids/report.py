"""A report from the spot 网格上报: what was seen, and how it is followed to its end.

Patrol, report, solve, press (N, 4-09), by 接单 taking, 派单 dispatching, 督单 pressing and 审单
reviewing (N, 1-22). Plain values; `report_rules` says what may not be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.intake.case import Actor, Officer
from services.intake.reason import Conflict, Reason, msgid

RECORDED = "recorded"
REPORTED = "reported"
TAKEN = "taken"
DISPATCHED = "dispatched"
SOLVED = "solved"
CLOSED = "closed"
BECAME_CASE = "became_case"
DISMISSED = "dismissed"

STATES: Mapping[str, str] = {
    REPORTED: msgid("待接单"),
    TAKEN: msgid("已接单，待派单"),
    DISPATCHED: msgid("已派单，在办"),
    SOLVED: msgid("已解决，待审单"),
    CLOSED: msgid("审单通过"),
    BECAME_CASE: msgid("已转为办件"),
    DISMISSED: msgid("不予处理"),
    RECORDED: msgid("已记录"),
}
"""state -> its name."""
OPEN_STATES = (REPORTED, TAKEN, DISPATCHED, SOLVED)
RUNNING = (REPORTED, TAKEN, DISPATCHED)
"""The clock runs: not once it is solved."""

TRANSITIONS: Mapping[tuple[str, str], str] = {
    (REPORTED, "take"): TAKEN,
    (TAKEN, "dispatch"): DISPATCHED,
    (DISPATCHED, "dispatch"): DISPATCHED,
    (REPORTED, "press"): REPORTED,
    (TAKEN, "press"): TAKEN,
    (DISPATCHED, "press"): DISPATCHED,
    (TAKEN, "solve"): SOLVED,
    (DISPATCHED, "solve"): SOLVED,
    (SOLVED, "approve"): CLOSED,
    (SOLVED, "return"): DISPATCHED,
    (REPORTED, "to-case"): BECAME_CASE,
    (TAKEN, "to-case"): BECAME_CASE,
    (DISPATCHED, "to-case"): BECAME_CASE,
    (REPORTED, "dismiss"): DISMISSED,
    (TAKEN, "dismiss"): DISMISSED,
}
"""(state, action) -> the state after it. What is not here is refused."""
ACTIONS = ("take", "dispatch", "press", "solve", "approve", "return", "to-case", "dismiss")


@dataclass(frozen=True)
class Position:
    """Where the phone was (WGS 84), in degrees, and how far off that may be, in metres."""

    lat: float
    lng: float
    accuracy: float = 0


@dataclass(frozen=True)
class Draft:
    """A report as it was made, on a phone or by a passer-by.

    Attributes:
        client_id: the UUID the phone made; sent twice, it is one report.
        found: codes of the checklist's items that are not as they should be.
        answers: question -> choice, by their codes.
        care: number of the visited person on the care list.
        done: what was done about it on the spot; empty where it waits for somebody.
        edited: it may be known already: kept on the phone, it was changed before it was sent again.

    """

    client_id: str
    actor: Actor
    kind: str
    community: str
    seen_at: datetime
    grid: str = ""
    category: str = ""
    checklist: str = ""
    found: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    place: str = ""
    position: Position | None = None
    urgency: str = ""
    care: str = ""
    phone: str = ""
    done: str = ""
    photos: int = 0
    edited: bool = False


@dataclass(frozen=True)
class Report:
    """A report and what became of it.

    Attributes:
        title: kind and category, by the pack: plain, as lists show it, and of nobody.
        checked: ``category``, ``checklist``, ``found`` and ``answers``, by their codes.
        photos: how many the phone said would come.
        owner: who answers for it: the reporter, for a passer-by's an officer.
        handler: whom it was dispatched to, or who took it; nobody yet: empty.

    """

    number: str
    client_id: str
    kind: str
    state: str
    community: str
    grid: str
    urgency: str
    title: str
    words: str
    place: str
    position: Position | None
    checked: Mapping[str, Any]
    care: str
    phone: str
    photos: int
    by: Officer
    owner: Officer
    handler: Officer
    seen_at: datetime
    received_at: datetime
    due_at: datetime | None = None
    pressed: int = 0
    result: str = ""
    solved_by: str = ""
    closed_at: datetime | None = None
    case_number: str = ""
    erased_at: datetime | None = None
    version: int = 1

    @property
    def open(self) -> bool:
        """Somebody still has to do something."""
        return self.state in OPEN_STATES

    @property
    def running(self) -> bool:
        """Its clock runs."""
        return self.state in RUNNING

    def step(self, action: str, **values: Any) -> "Report":
        """The report after this action, with new values.

        Raises:
            Conflict: it cannot be done now.

        """
        after = TRANSITIONS.get((self.state, action))
        if after is None:
            raise Conflict(not_now(self.state))
        return replace(self, state=after, **values)


def possible(state: str) -> tuple[str, ...]:
    """What can be done in this state."""
    return tuple(action for action in ACTIONS if (state, action) in TRANSITIONS)


def not_now(state: str) -> Reason:
    """Why an action is refused."""
    return Reason(
        "state",
        msgid("这条上报现在是“%(state)s”，不能这样办"),
        msgid("请刷新看看最新情况"),
        {"state": STATES[state]},
    )


NOBODY = Officer("", "")
