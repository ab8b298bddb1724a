"""A case 办件: what it is, the states it goes through, and who answers for it.

Plain values; `steps` changes them, `rules` says what may not be, `orders` hears of its work orders.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.intake.case_parts import (
    Applicant,
    Handler,
    ItemSnapshot,
    Material,
    Notice,
    Officer,
    Promise,
    Publication,
    Rating,
    Refused,
)
from services.intake.case_states import (
    ACCEPTED,
    ACTIONS,
    AWAITING,
    BACK_OFFICE,
    CLOSED,
    IN_PUBLIC_NOTICE,
    OPEN_STATES,
    REFUSED,
    RESOLVED,
    STATES,
    TRANSFERRED,
    TRANSITIONS,
    WITHDRAWN,
    WORKING_STATES,
)
from services.intake.reason import Conflict, Reason, msgid

APPLY = "application"
"""The pack's kind of an application; every other kind is a demand."""


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
class Case:
    """One matter, from receipt to archive. Times are aware UTC.

    Attributes:
        owner: the first responder 首问责任人; changes by a manager's hand-over only (N, B14).
        due_at: only where the limit is promised; None otherwise.
        transfers: how often it was transferred; the present transfer's number.
        resolutions: how often it was resolved; a rating belongs to one of them.
        resolved_order: the work order whose answer resolved it, or went to the owner, if one did.
        orders: intake's own copy of its work orders, by order number (see `orders`).
        way: how it is handled 即办/代办/陪办/上门办; a code of the pack's desk.yml.
        groups: of whom the resident is one: codes of desk.yml, such as living_alone (1-21).
        grid: the grid it lies in, if known.
        review_by: until when what came online is to be looked at (A42); None once it was.
        visits: how often the resident had to come: once, and when materials were brought later.
        handed_over: how often a manager gave it to another first responder.
        archived_at: when its dossier was sealed.
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
    way: str = ""
    groups: tuple[str, ...] = ()
    grid: str = ""
    promise: Promise | None = None
    back_office_by: datetime | None = None
    publication: Publication | None = None
    refused: Refused | None = None
    review_by: datetime | None = None
    visits: int = 1
    handed_over: int = 0
    catalogue_version: str = ""
    archived_at: datetime | None = None
    version: int = 1

    @property
    def missing(self) -> tuple[str, ...]:
        """The required materials that are not here."""
        return tuple(m.name for m in self.materials if m.required and not m.received)

    @property
    def needed(self) -> tuple[str, ...]:
        """The required materials that are not here and were not promised either (A24, A36)."""
        return tuple(name for name in self.missing if name not in self.promised)

    @property
    def promised(self) -> tuple[str, ...]:
        """The materials that were promised and are not here yet (A24)."""
        if self.promise is None or self.promise.kept_at is not None:
            return ()
        here = {m.name for m in self.materials if m.received}
        return tuple(name for name in self.promise.materials if name not in here)

    @property
    def promise_by(self) -> datetime | None:
        """When the promised materials have to be here; None if nothing is waited for (A24)."""
        waiting = self.promise and self.promised and self.may("promise_broken")
        return self.promise.due if self.promise and waiting else None

    @property
    def publication_until(self) -> datetime | None:
        """When the public notice that stands now ends."""
        running = self.publication is not None and self.state == IN_PUBLIC_NOTICE
        return self.publication.until if self.publication and running else None

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


__all__ = [
    "ACCEPTED",
    "ACTIONS",
    "APPLY",
    "AWAITING",
    "BACK_OFFICE",
    "CLOSED",
    "IN_PUBLIC_NOTICE",
    "OPEN_STATES",
    "REFUSED",
    "RESIDENT",
    "RESOLVED",
    "STATES",
    "SYSTEM",
    "TRANSFERRED",
    "TRANSITIONS",
    "WITHDRAWN",
    "WORKING_STATES",
    "Actor",
    "Applicant",
    "Case",
    "Entry",
    "Handler",
    "ItemSnapshot",
    "Material",
    "Notice",
    "Officer",
    "Promise",
    "Publication",
    "Rating",
    "Refused",
    "state_after",
    "without_result",
]
