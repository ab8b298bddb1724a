"""Looking back 回头看: some time after a fix somebody looks whether it held (N, 3-32)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.routing.rules import Reason, Refused, msgid, nothing_said, refuse

DUE = "due"
HELD = "held"
CAME_BACK = "came_back"
DROPPED = "dropped"
"""There is nothing to look at any more: the person was erased."""
STATES = (DUE, HELD, CAME_BACK, DROPPED)
STATE_LABELS = {
    DUE: msgid("待回头看"),
    HELD: msgid("没有反弹"),
    CAME_BACK: msgid("反弹了"),
    DROPPED: msgid("不再回头看"),
}
TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "held": {DUE: HELD},
    "came_back": {DUE: CAME_BACK},
    "drop": {DUE: DROPPED},
}
"""verb -> state before -> state after. What is not here is refused."""


@dataclass
class LookBack:
    """A look-back of a problem, or by hand of an order.

    Attributes:
        number: ``<problem or order>-h<n>``.
        due_by: the last moment of the day by which somebody has looked.
        version: raised by one with every change.
    """

    number: str
    problem_number: str | None
    order_number: str | None
    department: str
    due_by: datetime
    created_at: datetime
    created_by: str
    state: str = DUE
    found: str = ""
    done_at: datetime | None = None
    done_by: str = ""
    version: int = 1

    @property
    def subject(self) -> str:
        """What is looked at."""
        return self.problem_number or self.order_number or ""

    def settle(self, verb: str, found: str, at: datetime, by: str) -> None:
        """Somebody looked: ``held`` or ``came_back``, and what they found.

        Raises:
            Refused: somebody looked before, or nothing is said.
        """
        refuse(nothing_said("found", found))
        self._move(verb, found, at, by)

    def drop(self, at: datetime, by: str) -> None:
        """Nobody will look.

        Raises:
            Refused: somebody looked before.
        """
        self._move("drop", "", at, by)

    def _move(self, verb: str, found: str, at: datetime, by: str) -> None:
        if self.state not in TRANSITIONS[verb]:
            raise Refused(looked_before(self))
        self.state = TRANSITIONS[verb][self.state]
        self.found, self.done_at, self.done_by = found, at, by
        self.version += 1


def looked_before(look_back: LookBack) -> Reason:
    """Why nothing more is said about it."""
    return Reason(
        "look_back",
        msgid("这次回头看已有结果：%(state)s"),
        msgid("如果又反弹了，请在问题清单里重新打开"),
        source="N",
        values={"state": STATE_LABELS[look_back.state]},
    )
