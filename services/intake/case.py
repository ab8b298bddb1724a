"""A case 办件: what it is, the states it goes through, and who answers for it.

Plain values; `steps` changes them, `rules` says what may not be, `orders` hears of its work orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.intake.reason import Conflict, Reason, msgid

ACCEPTED = "accepted"
AWAITING = "awaiting_materials"
BACK_OFFICE = "in_back_office"
TRANSFERRED = "transferred"
RESOLVED = "resolved"
CLOSED = "closed"
WITHDRAWN = "withdrawn"

STATES: dict[str, tuple[str, str]] = {
    ACCEPTED: (msgid("已受理"), "Accepted"),
    AWAITING: (msgid("待补正"), "Waiting for materials"),
    BACK_OFFICE: (msgid("后台办理"), "In the back office"),
    TRANSFERRED: (msgid("已转办"), "Transferred"),
    RESOLVED: (msgid("已办结"), "Resolved"),
    CLOSED: (msgid("已归档"), "Closed"),
    WITHDRAWN: (msgid("已撤回"), "Withdrawn"),
}
"""state -> its name in Chinese and in English."""

OPEN_STATES = (ACCEPTED, AWAITING, BACK_OFFICE, TRANSFERRED, RESOLVED)
"""The owner is still answerable: until the case is closed or withdrawn (N, B14)."""
WORKING_STATES = (ACCEPTED, BACK_OFFICE, TRANSFERRED)
"""The clock runs: not while the applicant fetches materials, nor once there is a result."""

ACTIONS = (
    "notice",
    "materials",
    "back-office",
    "transfer",
    "resolve",
    "rate",
    "reopen",
    "close",
    "withdraw",
    "need",
)
"""What people do. The rest of TRANSITIONS' actions are facts heard from other services."""

TRANSITIONS: dict[tuple[str, str], str] = {
    (ACCEPTED, "notice"): AWAITING,
    (AWAITING, "materials"): AWAITING,
    (AWAITING, "materials_complete"): ACCEPTED,
    (ACCEPTED, "back-office"): BACK_OFFICE,
    (ACCEPTED, "transfer"): TRANSFERRED,
    (BACK_OFFICE, "transfer"): TRANSFERRED,
    (ACCEPTED, "resolve"): RESOLVED,
    (BACK_OFFICE, "resolve"): RESOLVED,
    (TRANSFERRED, "resolve"): RESOLVED,
    (TRANSFERRED, "order_answered"): RESOLVED,
    (ACCEPTED, "order_reopened"): TRANSFERRED,
    (RESOLVED, "order_reopened"): TRANSFERRED,
    (RESOLVED, "rate"): RESOLVED,
    (RESOLVED, "reopen"): ACCEPTED,
    (CLOSED, "reopen"): ACCEPTED,
    (RESOLVED, "close"): CLOSED,
    (ACCEPTED, "withdraw"): WITHDRAWN,
    (AWAITING, "withdraw"): WITHDRAWN,
    (BACK_OFFICE, "withdraw"): WITHDRAWN,
    (TRANSFERRED, "withdraw"): WITHDRAWN,
    (ACCEPTED, "need"): ACCEPTED,
    (AWAITING, "need"): AWAITING,
    (BACK_OFFICE, "need"): BACK_OFFICE,
    (TRANSFERRED, "need"): TRANSFERRED,
    (RESOLVED, "need"): RESOLVED,
}
"""(state, action) -> the state after it. What is not here is refused."""

APPLY = "application"
"""The pack's kind of an application; every other kind is a demand."""


@dataclass(frozen=True)
class Officer:
    """A member of staff."""

    username: str
    name: str


@dataclass(frozen=True)
class Actor(Officer):
    """Who gives a command. `community` is None for who is not bound to one."""

    role: str = ""
    community: str | None = None


RESIDENT = Actor("", "@resident", "resident")
"""The applicant, by tracking link or by number and phone. `@` names are worded when shown."""
SYSTEM = Actor("", "@system", "system")
"""A rule that runs on a timer."""


@dataclass(frozen=True)
class Applicant:
    """The resident who brought the matter. `id_no` and `phone` are personal data: mask in lists."""

    name: str
    phone: str
    id_no: str = ""


@dataclass(frozen=True)
class ItemSnapshot:
    """The item 事项 as it stood when the case was accepted."""

    code: str
    name: str
    name_en: str
    procedure: tuple[str, ...]
    limit_zh: str
    limit_en: str


@dataclass(frozen=True)
class Material:
    """One thing to bring, and whether it is here."""

    name: str
    required: bool
    received: bool


@dataclass(frozen=True)
class Handler:
    """Who does the work now 承办人; the owner stays answerable all the same (N, B14).

    `kind`: owner, back_office, routing (looking for the department) or department.
    """

    kind: str
    code: str
    name: str


@dataclass(frozen=True)
class Notice:
    """The once-only notice 一次性告知书: everything missing, told once (A36)."""

    at: datetime
    by: str
    missing: tuple[str, ...]
    supplement_by: datetime


@dataclass(frozen=True)
class Rating:
    """The resident's grade 好差评 of one resolution: 5 is best."""

    grade: int
    satisfied: bool
    comment: str
    at: datetime
    resolution: int


@dataclass(frozen=True)
class Case:
    """One matter, from receipt to archive. Times are aware UTC.

    Attributes:
        owner: the first responder 首问责任人; never changes (N, B14).
        due_at: only where the limit is promised; None otherwise.
        transfers: how often it was transferred; the present transfer's number.
        resolutions: how often it was resolved; a rating belongs to one of them.
        resolved_order: the work order whose answer resolved it, if one did.
        orders: intake's own copy of its work orders, by order number (see `orders`).
        erased_at: when who brought it was forgotten (PIPL 47); numbers and times are left.
        version: raised by every entry of the timeline; the last entry's number.

    """

    number: str
    state: str
    kind: str
    title: str
    description: str
    community: str
    community_name: str
    owner: Officer
    handler: Handler
    applicant: Applicant
    channel: str
    urgency: str
    location: str
    language: str
    accepted_at: datetime
    item: ItemSnapshot | None = None
    materials: tuple[Material, ...] = ()
    due_at: datetime | None = None
    limit_zh: str = ""
    limit_en: str = ""
    notice: Notice | None = None
    transfers: int = 0
    transferred_at: datetime | None = None
    resolutions: int = 0
    result: str = ""
    resolved_by: str = ""
    resolved_at: datetime | None = None
    resolved_order: str = ""
    rating: Rating | None = None
    closed_at: datetime | None = None
    needs: int = 0
    orders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    erased_at: datetime | None = None
    version: int = 1

    @property
    def missing(self) -> tuple[str, ...]:
        """The required materials that are not here."""
        return tuple(m.name for m in self.materials if m.required and not m.received)

    @property
    def open(self) -> bool:
        """Whether the owner is still answerable for it."""
        return self.state in OPEN_STATES

    @property
    def with_owner(self) -> Handler:
        """The owner as the one who does the work."""
        return Handler("owner", self.owner.username, self.owner.name)

    def may(self, action: str) -> bool:
        """Whether the state allows `action`, and there is still somebody; rules may refuse it."""
        return self.erased_at is None and (self.state, action) in TRANSITIONS


@dataclass(frozen=True)
class Entry:
    """One line of the timeline 流转轨迹; `words` makes a sentence of it."""

    at: datetime
    who: str
    action: str
    data: Mapping[str, Any]
    seq: int = 0


def without_result(case: Case) -> Case:
    """It was not solved: the earlier result stands in the timeline only."""
    return replace(case, result="", resolved_by="", resolved_at=None)


def state_after(case: Case, action: str) -> str:
    """The state after `action`.

    Raises:
        Conflict: the state does not allow it.

    """
    if not case.may(action):
        raise Conflict(
            Reason(
                "state",
                msgid("办件现在是“%(state)s”，不能这样操作"),
                msgid("请刷新看看最新情况"),
                {"state": STATES[case.state][0]},
            )
        )
    return TRANSITIONS[case.state, action]
