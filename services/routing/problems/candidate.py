"""Orders that may be problems, found by rule, each once: a supervisor takes or dismisses them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.routing.problems import rules
from services.routing.rules import Refused, nothing_said, refuse
from services.routing.states import ARBITRATION
from services.routing.supervision_values import Supervision

PROPOSED = "proposed"
TAKEN = "taken"
DISMISSED = "dismissed"
STATES = (PROPOSED, TAKEN, DISMISSED)
TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "take": {PROPOSED: TAKEN},
    "dismiss": {PROPOSED: DISMISSED},
}


@dataclass
class Candidate:
    """An order that may be a problem. ``whys``: why it was proposed, of ``rules.WHYS``."""

    order_number: str
    whys: list[str]
    proposed_at: datetime
    state: str = PROPOSED
    problem_number: str | None = None
    reason: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    version: int = 1

    def take(self, problem_number: str, at: datetime, by: str) -> None:
        """It is on the list now.

        Raises:
            Refused: it was decided before.
        """
        self._move("take", at, by)
        self.problem_number = problem_number

    def dismiss(self, reason: str, at: datetime, by: str) -> None:
        """It is no problem, and why; it is not proposed again.

        Raises:
            Refused: it was decided before, or no reason is given.
        """
        refuse(nothing_said("reason", reason))
        self._move("dismiss", at, by)
        self.reason = reason

    def _move(self, verb: str, at: datetime, by: str) -> None:
        if self.state not in TRANSITIONS[verb]:
            raise Refused(rules.taken_before())
        self.state = TRANSITIONS[verb][self.state]
        self.decided_by, self.decided_at = by, at
        self.version += 1


@dataclass(frozen=True)
class Standing:
    """What the rules look at in an open order."""

    number: str
    state: str
    opened_at: datetime
    hops: int
    level: int


def whys_of(order: Standing, supervision: Supervision, unsolved_before: datetime) -> list[str]:
    """Why an open order belongs on the list; empty where it does not.

    Long unsolved; handed on so often that it goes to arbitration, or there already; pressed at the
    highest level (N, 3-22; B12).
    """
    reasons = {
        "long_unsolved": order.opened_at <= unsolved_before,
        "between": order.state == ARBITRATION or order.hops >= supervision.arbitration.after_hops,
        "pressed": order.level >= max(supervision.levels),
    }
    return [why for why, applies in reasons.items() if applies]
