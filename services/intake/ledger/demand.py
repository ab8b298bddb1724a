"""A demand heard 民情 (2-17): what somebody said, who heard it, and what became of it.

Plain values; `rules` says what may not be, `handlers` does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.intake.case import Actor
from services.intake.reason import Conflict, Reason, msgid

HEARD = "heard"
ANSWERED = "answered"
BECAME_CASE = "became_case"
WATCHED = "watched"
PROPOSED = "proposed"
DONE = "done"

STATES: Mapping[str, str] = {
    HEARD: msgid("已记下"),
    ANSWERED: msgid("已答复"),
    WATCHED: msgid("持续关注"),
    PROPOSED: msgid("已提建议"),
    BECAME_CASE: msgid("已转办件"),
    DONE: msgid("已落实"),
}
"""state -> its name."""
WAITING = (HEARD, WATCHED)
"""Nothing came of it yet."""

TRANSITIONS: Mapping[tuple[str, str], str] = {
    (HEARD, "answer"): ANSWERED,
    (WATCHED, "answer"): ANSWERED,
    (HEARD, "watch"): WATCHED,
    (ANSWERED, "watch"): WATCHED,
    (HEARD, "to-case"): BECAME_CASE,
    (ANSWERED, "to-case"): BECAME_CASE,
    (WATCHED, "to-case"): BECAME_CASE,
    (HEARD, "link"): WATCHED,
    (ANSWERED, "link"): ANSWERED,
    (WATCHED, "link"): WATCHED,
    (PROPOSED, "link"): PROPOSED,
    (HEARD, "propose"): PROPOSED,
    (ANSWERED, "propose"): PROPOSED,
    (WATCHED, "propose"): PROPOSED,
    (PROPOSED, "adopt"): DONE,
    (PROPOSED, "turn-down"): WATCHED,
    (HEARD, "finish"): DONE,
    (ANSWERED, "finish"): DONE,
    (WATCHED, "finish"): DONE,
    (BECAME_CASE, "finish"): DONE,
}
"""(state, action) -> the state after it. What is not here is refused."""
ACTIONS = (
    "answer", "to-case", "watch", "link", "finish", "propose", "adopt", "turn-down",
)  # fmt: skip
BY_HAND = ("answer", "to-case", "watch", "link", "finish")
"""What an officer does to one demand; the others follow from a proposal."""


@dataclass(frozen=True)
class Heard:
    """A demand as it was heard.

    Attributes:
        words: what was said.
        theme: code of ledger.yml; empty: by the words.
        item: code of the catalogue's item it is about; empty where it has none.
        heard_from: who heard it, where it was not the officer who writes it down.
        name: who said it, if they want to be known; `phone` likewise.
        client_id: the form's own key; sent twice, it is one demand.
    """

    actor: Actor
    community: str
    words: str
    channel: str = "desk"
    theme: str = ""
    item: str = ""
    grid: str = ""
    heard_from: str = ""
    tags: tuple[str, ...] = ()
    name: str = ""
    phone: str = ""
    client_id: str = ""


@dataclass(frozen=True)
class Demand:
    """An entry of the ledger. One that came as a case holds no words: the case does."""

    number: str
    version: int
    state: str
    community: str
    grid: str
    channel: str
    theme: str
    item: str
    month: str
    heard_at: datetime
    heard_by: str
    heard_name: str
    heard_from: str = ""
    words: str = ""
    tags: tuple[str, ...] = ()
    name: str = ""
    phone: str = ""
    answer: str = ""
    case_number: str = ""
    report_number: str = ""
    deliberation_number: str = ""
    proposal_number: str = ""
    client_id: str | None = None
    erased_at: datetime | None = None

    @property
    def of_a_case(self) -> bool:
        """Whether it came as a case: its words are there."""
        return self.number == self.case_number

    def may(self, action: str) -> bool:
        """Whether the state allows it."""
        return (self.state, action) in TRANSITIONS

    def step(self, action: str, **changes: Any) -> "Demand":
        """The demand after the action.

        Raises:
            Conflict: the state does not allow it.
        """
        after = TRANSITIONS.get((self.state, action))
        if after is None:
            raise Conflict(_not_now(self.state))
        return replace(self, state=after, **changes)


def _not_now(state: str) -> Reason:
    return Reason(
        "state",
        msgid("这条诉求现在是“%(state)s”，不能这样办"),
        msgid("请刷新看看最新情况"),
        {"state": STATES[state]},
    )
