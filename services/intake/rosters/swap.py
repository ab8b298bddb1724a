"""Swaps 换班: asked by one, agreed by the other, seen by who answers for the community."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.intake.case import Actor
from services.intake.reason import Conflict, Reason, msgid
from services.intake.rosters.said import Said

ASKED, AGREED, DONE = "asked", "agreed", "done"
DECLINED, REFUSED, WITHDRAWN, LAPSED = "declined", "refused", "withdrawn", "lapsed"
STATES: dict[str, tuple[str, str]] = {
    ASKED: (msgid("等对方答复"), "Waiting for the other"),
    AGREED: (msgid("对方同意，等负责人过目"), "Agreed, to be seen by the manager"),
    DONE: (msgid("已换班"), "Swapped"),
    DECLINED: (msgid("对方不同意"), "Declined by the other"),
    REFUSED: (msgid("负责人未同意"), "Refused by the manager"),
    WITHDRAWN: (msgid("已撤回"), "Withdrawn"),
    LAPSED: (msgid("有一方已调离或停用，换班作废"), "Void: one of them has left"),
}
TRANSITIONS: dict[tuple[str, str], str] = {
    (ASKED, "agree"): AGREED,
    (ASKED, "decline"): DECLINED,
    (ASKED, "withdraw"): WITHDRAWN,
    (ASKED, "lapse"): LAPSED,
    (AGREED, "confirm"): DONE,
    (AGREED, "refuse"): REFUSED,
    (AGREED, "withdraw"): WITHDRAWN,
    (AGREED, "lapse"): LAPSED,
}
"""(state, action) -> the state after it. What is not here is refused."""
ACTIONS = ("agree", "decline", "withdraw", "confirm", "refuse", "lapse")
OPEN = (ASKED, AGREED)
BY_OTHER = ("agree", "decline")
BY_ASKER = ("withdraw",)


@dataclass(frozen=True)
class Swap:
    """One's duty for another's, or one's duty given away (`other_duty` empty).

    Attributes:
        number: of a series of its own, HB-….
        duty, other_duty: ids of duties.
        in_view: why the manager takes a gap in cover, in their words.
    """

    number: str
    community: str
    username: str
    name: str
    duty: str
    other_username: str
    other_name: str
    other_duty: str
    reason: str
    asked_at: datetime
    state: str = ASKED
    answered_at: datetime | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    answer: str = ""
    in_view: str = ""
    version: int = 1


def moved(swap: Swap, action: str, said: Said) -> Swap:
    """The swap after `action`.

    Raises:
        Conflict: its state does not allow it, or it is not theirs to say.
    """
    wrong = _not_theirs(swap, action, said.by)
    if wrong is not None:
        raise Conflict(wrong)
    after = TRANSITIONS.get((swap.state, action))
    if after is None:
        values = {"state": STATES[swap.state][0]}
        text = msgid("这次换班：%(state)s")
        raise Conflict(Reason("state", text, msgid("请刷新看看最新情况"), values))
    return replace(swap, state=after, version=swap.version + 1, **_kept(action, said))


def _kept(action: str, said: Said) -> dict[str, Any]:
    if action in BY_OTHER:
        return {"answered_at": said.at, "answer": said.words}
    return {
        "decided_by": said.by.name,
        "decided_at": said.at,
        "answer": said.words,
        "in_view": said.in_view,
    }


def _not_theirs(swap: Swap, action: str, by: Actor) -> Reason | None:
    """Only the other answers, only who asked takes it back."""
    if action in BY_OTHER and by.username != swap.other_username:
        values = {"name": swap.other_name}
        return Reason("swap", msgid("要由%(name)s本人答复"), "", values)
    if action in BY_ASKER and by.username != swap.username:
        return Reason("swap", msgid("只有提出的人可以撤回"), "")
    return None
