"""A ticket: a place in today's queue. It has a number and nobody's name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.reason import Conflict, Reason, msgid

WAITING = "waiting"
CALLED = "called"
SKIPPED = "skipped"
DONE = "done"
EXPIRED = "expired"

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    # step: {state before: state after}
    "call": {WAITING: CALLED, SKIPPED: CALLED},
    "again": {CALLED: CALLED},
    "skip": {CALLED: SKIPPED},
    "done": {CALLED: DONE},
    "expire": {WAITING: EXPIRED, CALLED: EXPIRED, SKIPPED: EXPIRED},  # the day is over
}
STATES: Mapping[str, str] = {
    WAITING: msgid("等候"),
    CALLED: msgid("正在叫号"),
    SKIPPED: msgid("过号"),
    DONE: msgid("已办"),
    EXPIRED: msgid("已过期"),
}


@dataclass(frozen=True)
class Ticket:
    """A number in the queue of one day at one community.

    Attributes:
        number: as called: A001.
        kind: a code of slots.yml's ticket kinds; ``rank`` 0 is called first.
        calls: how often it was called.
        case_number: the case that came of it.
        window: to which counter; ``called_by`` is who sits there.

    """

    id: str
    version: int
    state: str
    slot_id: str
    community: str
    number: str
    kind: str
    rank: int
    taken_at: datetime
    called_at: datetime | None = None
    calls: int = 0
    window: int = 0
    called_by: str = ""
    ended_at: datetime | None = None
    case_number: str = ""

    def called(self, at: datetime, by: str, window: int) -> "Ticket":
        """It is their turn, at this counter."""
        state = self._after("call")
        again = self.calls + 1
        return replace(
            self, state=state, called_at=at, called_by=by, window=window, calls=again, ended_at=None
        )

    def called_again(self, at: datetime) -> "Ticket":
        """Nobody came yet."""
        return replace(self, state=self._after("again"), called_at=at, calls=self.calls + 1)

    def skipped(self, at: datetime) -> "Ticket":
        """Nobody came; they may still be called later."""
        return replace(self, state=self._after("skip"), ended_at=at)

    def done(self, at: datetime) -> "Ticket":
        """They were received."""
        return replace(self, state=self._after("done"), ended_at=at)

    def expired(self, at: datetime) -> "Ticket":
        """The day is over."""
        return replace(self, state=self._after("expire"), ended_at=at)

    def allows(self, step: str) -> bool:
        """Whether the state lets this step."""
        return self.state in TRANSITIONS[step]

    def _after(self, step: str) -> str:
        if not self.allows(step):
            raise Conflict(
                Reason(
                    "state",
                    msgid("%(number)s 号现在是“%(state)s”"),
                    msgid("请看看最新的排队情况"),
                    {"number": self.number, "state": STATES[self.state]},
                )
            )
        return TRANSITIONS[step][self.state]


def ticket_number(letter: str, count: int) -> str:
    """The number as it is called: A001."""
    return f"{letter}{count:03d}"
