"""A proposal to add, change or withdraw an item of the catalogue (服务+, 1-02), decided once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.intake.case import Actor
from services.intake.reason import Conflict, Reason, msgid

ADD, CHANGE, WITHDRAW = "add", "change", "withdraw"
CHANGES: Mapping[str, str] = {
    ADD: msgid("新增事项"),
    CHANGE: msgid("调整事项"),
    WITHDRAW: msgid("取消事项"),
}
"""What is proposed -> its name."""
OPEN, ACCEPTED, REFUSED = "open", "accepted", "refused"
STATES: Mapping[str, str] = {
    OPEN: msgid("待决定"),
    ACCEPTED: msgid("已采纳"),
    REFUSED: msgid("未采纳"),
}
TRANSITIONS: Mapping[tuple[str, str], str] = {
    (OPEN, "accept"): ACCEPTED,
    (OPEN, "refuse"): REFUSED,
}
"""(state, decision) -> the state after it: there is no second decision."""


@dataclass(frozen=True)
class Proposal:
    """What is proposed, why, and what was decided.

    Attributes:
        code: of the item; empty for a new one, which gets its code when it is accepted.
        base: the version that changed this item last, 0 for the pack's: as the proposer saw it.
        item: the whole item as it is to be (`documents`); None to withdraw it.
        made_version: the version that came of it.
    """

    number: str
    version: int
    state: str
    change: str
    code: str
    base: int
    item: Mapping[str, Any] | None
    why: str
    community: str
    at: datetime
    by_username: str
    by_name: str
    decided_at: datetime | None = None
    decided_by: str = ""
    decided_name: str = ""
    reason: str = ""
    made_version: int | None = None

    def decide(self, decision: str, actor: Actor, reason: str, now: datetime) -> "Proposal":
        """The proposal after the decision.

        Raises:
            Conflict: it was decided before.
        """
        after = TRANSITIONS.get((self.state, decision))
        if after is None:
            raise Conflict(_decided(self))
        return replace(
            self,
            state=after,
            decided_at=now,
            decided_by=actor.username,
            decided_name=actor.name,
            reason=reason.strip(),
        )


def _decided(proposal: Proposal) -> Reason:
    return Reason(
        "state",
        msgid("这条建议已经由%(name)s决定过：%(state)s"),
        msgid("还要调整，请另提一条建议"),
        {"name": proposal.decided_name, "state": STATES[proposal.state]},
    )
