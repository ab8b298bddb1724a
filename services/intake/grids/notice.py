"""A rectification notice 整改通知书: what is wrong, by when, looked at again, and looked back at.

Found, notified, pressed until it is put right (N, 3-30); later somebody looks whether it held
(回头看, N 3-32). Plain values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.intake.case import Officer
from services.intake.reason import Conflict, Reason, msgid

ISSUED = "issued"
FIXED = "fixed"
HELD = "held"
WITHDRAWN = "withdrawn"
STATES: Mapping[str, str] = {
    ISSUED: msgid("待复查"),
    FIXED: msgid("复查合格，待回头看"),
    HELD: msgid("没有反弹，已销号"),
    WITHDRAWN: msgid("已撤回"),
}
"""state -> its name."""
OPEN_STATES = (ISSUED, FIXED)
TRANSITIONS: Mapping[tuple[str, str], str] = {
    (ISSUED, "passed"): FIXED,
    (ISSUED, "failed"): ISSUED,
    (FIXED, "held"): HELD,
    (FIXED, "came-back"): ISSUED,
    (ISSUED, "withdraw"): WITHDRAWN,
}
"""(state, action) -> the state after it. What is not here is refused."""
ACTIONS = ("passed", "failed", "held", "came-back", "withdraw")
LINES: Mapping[str, str] = {
    "issue": msgid("发整改通知书"),
    "passed": msgid("复查合格"),
    "failed": msgid("复查不合格，重定期限"),
    "held": msgid("回头看：没有反弹"),
    "came-back": msgid("回头看：反弹了，重新整改"),
    "withdraw": msgid("撤回通知书"),
}
"""Action -> how the timeline calls it."""


@dataclass(frozen=True)
class Notice:
    """One notice.

    Attributes:
        wrong: what is wrong, one entry each.
        basis: the rule it rests on, in words; empty for none.
        checker: who looks again.
        due_at: until when it is to be put right, and looked at again.
        look_back_at: until when somebody looks whether it held; once it is fixed.
        found: what the last check found.

    """

    number: str
    state: str
    report_number: str
    community: str
    grid: str
    addressee: str
    place: str
    wrong: tuple[str, ...]
    basis: str
    issued_at: datetime
    by: Officer
    checker: Officer
    due_at: datetime
    look_back_at: datetime | None = None
    checks: int = 0
    found: str = ""
    ended_at: datetime | None = None
    version: int = 1

    @property
    def open(self) -> bool:
        """Somebody still has to look."""
        return self.state in OPEN_STATES

    @property
    def next_at(self) -> datetime | None:
        """Until when somebody has to look: again, or back."""
        return {ISSUED: self.due_at, FIXED: self.look_back_at}.get(self.state)

    def step(self, action: str, **values: Any) -> "Notice":
        """The notice after this action.

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
    text = msgid("这份通知书现在是“%(state)s”，不能这样办")
    return Reason("state", text, msgid("请刷新看看最新情况"), {"state": STATES[state]})


def after_today(field: str, until: datetime, now: datetime) -> Reason | None:
    """A date by which something is to be done is not over yet."""
    if until > now:
        return None
    return Reason(field, msgid("期限不能早于今天"), msgid("请选今天或以后的日子"))


def says_what_is_wrong(wrong: tuple[str, ...]) -> Reason | None:
    """A notice names what has to be put right."""
    if any(one.strip() for one in wrong):
        return None
    return Reason("wrong", msgid("没有写哪里要整改"), msgid("请一行写一条"))
