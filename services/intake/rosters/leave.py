"""Leave 请假: asked by an officer, decided by who answers for the community, seen in the cover."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.reason import Conflict, Reason, msgid
from services.intake.rosters.said import Said
from services.intake.rosters.shift import Away

ASKED, GRANTED, REFUSED, WITHDRAWN = "asked", "granted", "refused", "withdrawn"
STATES: dict[str, tuple[str, str]] = {
    ASKED: (msgid("等答复"), "Waiting for an answer"),
    GRANTED: (msgid("已准假"), "Granted"),
    REFUSED: (msgid("未准假"), "Refused"),
    WITHDRAWN: (msgid("已撤回"), "Withdrawn"),
}
TRANSITIONS: dict[tuple[str, str], str] = {
    (ASKED, "grant"): GRANTED,
    (ASKED, "refuse"): REFUSED,
    (ASKED, "withdraw"): WITHDRAWN,
    (GRANTED, "withdraw"): WITHDRAWN,
}
"""(state, action) -> the state after it. What is not here is refused."""
ACTIONS = ("grant", "refuse", "withdraw")


@dataclass(frozen=True)
class Leave:
    """Somebody will be away.

    Attributes:
        number: of a series of its own, QJ-….
        kind: a code of the pack's ``leave_kinds``.
        reason, answer, in_view: in people's words; `in_view` is why a gap in cover is taken.
    """

    number: str
    community: str
    username: str
    name: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    asked_at: datetime
    state: str = ASKED
    decided_by: str = ""
    decided_at: datetime | None = None
    answer: str = ""
    in_view: str = ""
    version: int = 1

    @property
    def away(self) -> Away:
        """What it means for the cover."""
        return Away(self.username, self.starts_at, self.ends_at)


def moved(leave: Leave, action: str, said: Said) -> Leave:
    """The leave after `action`.

    Raises:
        Conflict: its state does not allow it.
    """
    after = TRANSITIONS.get((leave.state, action))
    if after is None:
        raise Conflict(_not_now(leave))
    return replace(
        leave,
        state=after,
        decided_by=said.by.name,
        decided_at=said.at,
        answer=said.words,
        in_view=said.in_view,
        version=leave.version + 1,
    )


def _not_now(leave: Leave) -> Reason:
    values = {"state": STATES[leave.state][0]}
    return Reason("state", msgid("这次请假%(state)s"), msgid("请刷新看看最新情况"), values)
